# SPDX-License-Identifier: MIT
"""The answer: sentences, and the chart and table that each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import charts, units
from mapmark.answers import Answer, Answers
from mapmark.comparisons import TIME, Comparison, way
from mapmark.page.tables import (
    Cell,
    Table,
    make_table,
    percent_cell,
    time_cell,
)
from mapmark.statistics import Verdict, median

_COLUMNS = (
    ("access size", "best mapped way", "verdict", "times as fast")
    + ("interval", "coverage", "time mapped", "time read")
)

_VERDICT_WORDS = {
    Verdict.FASTER: "mapping is faster",
    Verdict.SLOWER: "reading is faster",
    Verdict.SAME: "same",
    Verdict.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class AnswerView:
    heading: str
    word: str
    sentence: str
    note: str
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
    return AnswerPart(
        headline=answers.headline,
        summary=answers.summary,
        coverage=units.percent(answers.least_coverage),
        views=tuple(
            _view(item, f"answer-{place}", factor)
            for place, item in enumerate(answers.each, 1)
        ),
    )


def _view(item: Answer, name: str, factor: float) -> AnswerView:
    lines = [
        charts.ForestLine(_access(comparison), comparison.speedup)
        for comparison in item.comparisons
    ]
    chart = charts.forest(
        name,
        f"{item.heading}: how many times as fast mapping is",
        "One line an access size: marker at the ratio of median times, bar "
        "over its interval, on a logarithmic axis with equal times in the "
        f"middle and the zone of no difference shaded. {item.sentence}",
        lines,
        factor,
    )
    return AnswerView(
        heading=item.heading,
        word=item.word,
        sentence=item.sentence,
        note=item.note,
        chart=chart,
        table=_table(name, item.heading, item.comparisons),
    )


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
        text_columns=3,
    )


def _row(item: Comparison) -> tuple[Cell, ...]:
    ratio = item.speedup
    interval = f"{units.digits(ratio.low)} to {units.digits(ratio.high)}"
    return (
        Cell(_access(item), str(item.access_bytes)),
        Cell(way(item.mapped)),
        Cell(_VERDICT_WORDS[ratio.verdict]),
        Cell(units.times(ratio.value), f"{ratio.value:.6g}"),
        Cell(interval, f"{ratio.low:.6g}"),
        percent_cell(ratio.coverage),
        time_cell(median(item.mapped.values(TIME))),
        time_cell(median(item.read.values(TIME))),
    )
