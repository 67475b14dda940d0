# SPDX-License-Identifier: MIT
"""The answer: sentences, and the chart and table that each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import charts, units
from mapmark.answers import Answer, Answers, heading
from mapmark.comparisons import TIME, Comparison, Setting, way
from mapmark.conclusions import Conclusions
from mapmark.page.tables import (
    Cell,
    Table,
    make_table,
    percent_cell,
    time_cell,
)
from mapmark.questions import Question
from mapmark.statistics import Verdict, median

_COLUMNS = (
    ("file size", "access size", "best mapped way", "verdict", "times as fast")
    + ("interval", "coverage", "time mapped", "time by calls")
)


@dataclass(frozen=True)
class Saying:
    """`size` and `word` are empty where every saying has the same."""

    size: str
    word: str
    sentence: str
    note: str


@dataclass(frozen=True)
class AnswerView:
    """Of one topic: settings that differ in the file's size alone."""

    heading: str
    word: str
    says: tuple[Saying, ...]
    chart: str
    table: Table


@dataclass(frozen=True)
class AnswerGroup:
    """To one question; no title where there is only one."""

    title: str
    views: tuple[AnswerView, ...]


@dataclass(frozen=True)
class AnswerPart:
    headline: str
    summary: str
    writing: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]
    coverage: str
    groups: tuple[AnswerGroup, ...]


def answer_part(conclusions: Conclusions) -> AnswerPart:
    told = [answers for answers in conclusions.answers if answers.each]
    coverages = [answers.least_coverage for answers in told]
    return AnswerPart(
        headline=conclusions.reading.headline,
        summary=conclusions.reading.summary,
        writing=tuple((i.headline, i.says) for i in conclusions.writing),
        facts=conclusions.facts,
        coverage=units.percent(min(coverages, default=0.0)),
        groups=tuple(
            AnswerGroup(
                title=answers.question.title if conclusions.writing else "",
                views=_views(answers, f"answer-{place}"),
            )
            for place, answers in enumerate(told, 1)
        ),
    )


def _views(answers: Answers, name: str) -> tuple[AnswerView, ...]:
    ratios = [c.speedup for a in answers.each for c in a.comparisons]
    factor = charts.common_factor(ratios)
    topics: dict[Setting, list[Answer]] = {}
    for item in answers.each:
        topics.setdefault(item.setting.topic, []).append(item)
    return tuple(
        _view(
            answers.question,
            heading(topic, list(topics)),
            items,
            f"{name}-{place}",
            factor,
        )
        for place, (topic, items) in enumerate(topics.items(), 1)
    )


def _view(
    question: Question,
    title: str,
    items: Sequence[Answer],
    name: str,
    factor: float,
) -> AnswerView:
    sayings = _sayings(items)
    comparisons = [c for item in items for c in item.comparisons]
    chart = charts.forest(
        name,
        f"{title}: how many times as fast mapping is",
        "One line a size of file and access: marker at the ratio of median "
        "times, bar over its interval, on a logarithmic axis with equal times "
        "in the middle and the zone of no difference shaded. "
        + " ".join(f"{said.size} {said.sentence}".strip() for said in sayings),
        [
            charts.ForestLine(_file(c), _access(c), c.speedup)
            for c in comparisons
        ],
        factor,
        question.calls,
    )
    words = {item.word for item in items}
    return AnswerView(
        heading=title,
        word=words.pop() if len(words) == 1 else "By file size",
        says=sayings,
        chart=chart,
        table=_table(question, name, title, comparisons),
    )


def _sayings(items: Sequence[Answer]) -> tuple[Saying, ...]:
    is_one_word = len({item.word for item in items}) == 1
    return tuple(
        Saying(
            size=units.size(item.setting.size_bytes) if len(items) > 1 else "",
            word="" if is_one_word else item.word,
            sentence=item.sentence,
            note=item.note,
        )
        for item in items
    )


def _file(comparison: Comparison) -> str:
    size = comparison.setting.size_bytes
    return units.size(size) if size else "all"


def _access(comparison: Comparison) -> str:
    size = comparison.access_bytes
    return units.size(size) if size else "all"


def _table(
    question: Question, name: str, heading: str, group: Sequence[Comparison]
) -> Table:
    rows = [_row(question, comparison) for comparison in group]
    return make_table(
        f"{name}-table",
        f"{heading}: the best mapped way against {question.calls}",
        _COLUMNS,
        rows,
        text_columns=4,
    )


def _verdict(question: Question, verdict: Verdict) -> str:
    winners = {
        Verdict.FASTER: "mapping is faster",
        Verdict.SLOWER: f"{question.calls} {question.verb} faster",
    }
    return winners.get(verdict, verdict.value)


def _row(question: Question, item: Comparison) -> tuple[Cell, ...]:
    ratio = item.speedup
    interval = units.span(ratio.low, ratio.high)
    return (
        Cell(_file(item), str(item.setting.size_bytes)),
        Cell(_access(item), str(item.access_bytes)),
        Cell(way(item.mapped)),
        Cell(_verdict(question, ratio.verdict)),
        Cell(units.times(ratio.value), f"{ratio.value:.6g}"),
        Cell(interval, f"{ratio.low:.6g}"),
        percent_cell(ratio.coverage),
        time_cell(median(item.mapped.values(TIME))),
        time_cell(median(item.calls.values(TIME))),
    )
