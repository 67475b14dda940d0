# SPDX-License-Identifier: MIT
"""The answer: sentences, and the chart and table that each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import charts, units
from mapmark.answers import Answer, Answers, heading
from mapmark.comparisons import TIME, Comparison, Setting, way
from mapmark.page.tables import (
    Cell,
    Table,
    make_table,
    percent_cell,
    time_cell,
)
from mapmark.statistics import Verdict, median

_COLUMNS = (
    ("file size", "access size", "best mapped way", "verdict", "times as fast")
    + ("interval", "coverage", "time mapped", "time read")
)

_VERDICT_WORDS = {
    Verdict.FASTER: "mapping is faster",
    Verdict.SLOWER: "reading is faster",
    Verdict.SAME: "same",
    Verdict.UNKNOWN: "unknown",
}


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
class AnswerPart:
    headline: str
    summary: str
    coverage: str
    views: tuple[AnswerView, ...]


def answer_part(answers: Answers) -> AnswerPart:
    ratios = [c.speedup for a in answers.each for c in a.comparisons]
    factor = charts.common_factor(ratios) if ratios else 1.0
    topics: dict[Setting, list[Answer]] = {}
    for item in answers.each:
        topics.setdefault(item.setting.topic, []).append(item)
    return AnswerPart(
        headline=answers.headline,
        summary=answers.summary,
        coverage=units.percent(answers.least_coverage),
        views=tuple(
            _view(heading(topic, list(topics)), items, f"answer-{n}", factor)
            for n, (topic, items) in enumerate(topics.items(), 1)
        ),
    )


def _view(
    title: str, items: Sequence[Answer], name: str, factor: float
) -> AnswerView:
    says = _sayings(items)
    comparisons = [c for item in items for c in item.comparisons]
    chart = charts.forest(
        name,
        f"{title}: how many times as fast mapping is",
        "One line a size of file and access: marker at the ratio of median "
        "times, bar over its interval, on a logarithmic axis with equal times "
        "in the middle and the zone of no difference shaded. "
        + " ".join(f"{said.size} {said.sentence}".strip() for said in says),
        [
            charts.ForestLine(_file(c), _access(c), c.speedup)
            for c in comparisons
        ],
        factor,
    )
    words = {item.word for item in items}
    return AnswerView(
        heading=title,
        word=words.pop() if len(words) == 1 else "By file size",
        says=says,
        chart=chart,
        table=_table(name, title, comparisons),
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


def _table(name: str, heading: str, group: Sequence[Comparison]) -> Table:
    rows = [_row(comparison) for comparison in group]
    return make_table(
        f"{name}-table",
        f"{heading}: the best mapped way against reading",
        _COLUMNS,
        rows,
        text_columns=4,
    )


def _row(item: Comparison) -> tuple[Cell, ...]:
    ratio = item.speedup
    interval = f"{units.digits(ratio.low)} to {units.digits(ratio.high)}"
    return (
        Cell(_file(item), str(item.setting.size_bytes)),
        Cell(_access(item), str(item.access_bytes)),
        Cell(way(item.mapped)),
        Cell(_VERDICT_WORDS[ratio.verdict]),
        Cell(units.times(ratio.value), f"{ratio.value:.6g}"),
        Cell(interval, f"{ratio.low:.6g}"),
        percent_cell(ratio.coverage),
        time_cell(median(item.mapped.values(TIME))),
        time_cell(median(item.read.values(TIME))),
    )
