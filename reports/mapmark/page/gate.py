# SPDX-License-Identifier: MIT
"""A gate's page: the verdict, the forest of changes, and every table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import charts, statistics, units
from mapmark.gate.counters import CounterVerdict, Outcome
from mapmark.gate.judgement import Change, Verdict
from mapmark.gate.result import Result, sentences, summary
from mapmark.gate.suite import Judged
from mapmark.gate.words import interval, signed
from mapmark.page import html
from mapmark.page.machine import short_key
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    fact_table,
    make_table,
    name_cell,
    state_cell,
    time_cell,
)

# More would be taller than anybody scrolls; the table has them all.
_CHARTED = 24

# The chart's verdicts are those of a comparison: of the same times.
_LOOKS = {
    Verdict.REGRESSION: statistics.Verdict.SLOWER,
    Verdict.IMPROVED: statistics.Verdict.FASTER,
    Verdict.EQUIVALENT: statistics.Verdict.SAME,
    Verdict.INCONCLUSIVE: statistics.Verdict.UNKNOWN,
}

_COLUMNS = (
    "row",
    "verdict",
    "change",
    "interval",
    "zone",
    "found from",
    "repeated",
    "launches",
    "baseline",
    "candidate",
)


@dataclass(frozen=True)
class GatePage:
    title: str
    occasion: str
    bundle: str
    headline: str
    summary: str
    said: tuple[str, ...]
    chart: str
    uncharted: int
    times: Table
    counters: Table
    controls: Table
    facts: Table


def render(result: Result) -> bytes:
    charted = result.judged[:_CHARTED]
    a, b = result.baseline.id, result.candidate.id
    page = GatePage(
        title=f"Is it worse? {b} against {a}",
        occasion=f"{result.started} · baseline {a} · candidate {b}",
        bundle="a gate's result",
        headline=f"{result.headline}: exit code {int(result.code)}",
        summary=f"{summary(result)}.",
        said=tuple(sentences(result)),
        chart=_chart(charted) if charted else "",
        uncharted=len(result.judged) - len(charted),
        times=_times_table(result.judged),
        counters=_counters_table(result.counted.measured),
        controls=_controls_table(result),
        facts=_facts_table(result),
    )
    return html.render("gate.html.j2", page)


def _chart(charted: Sequence[Judged]) -> str:
    return charts.changes(
        "changes",
        "How many times as long each row takes in the candidate",
        "One line a row, the worst first: marker at the median over launches, "
        "bar over its interval, on a logarithmic axis with equal times in the "
        "middle and the zone shaded in which nothing is called a change. The "
        "table of all rows has the figures.",
        [_line(judged) for judged in charted],
        after="candidate",
    )


def _line(judged: Judged) -> charts.ChangeLine:
    change = judged.change
    ratio = statistics.Ratio(
        value=1 + change.estimate,
        low=1 + change.low,
        high=1 + change.high,
        coverage=statistics.COVERAGE_WANTED,
    )
    look = _LOOKS[judged.verdict]
    return charts.ChangeLine(judged.row, ratio, look, 1 + change.zone)


def _times_table(judged: Sequence[Judged]) -> Table:
    lines = [
        (
            name_cell(each.row),
            _verdict_cell(each.verdict),
            *_change_cells(each.change),
            _repeated_cell(each),
            Cell(str(each.change.launches), str(each.change.launches)),
            time_cell(each.baseline_ns),
            time_cell(each.candidate_ns),
        )
        for each in judged
    ]
    return make_table("times", "Worst first", _COLUMNS, lines, text_columns=2)


def _verdict_cell(verdict: Verdict) -> Cell:
    look = state_cell(_LOOKS[verdict].value).class_name
    return Cell(verdict.value, class_name=look)


def _change_cells(change: Change) -> tuple[Cell, ...]:
    return (
        _signed_cell(change.estimate),
        Cell(interval(change), f"{change.low:.6g}"),
        Cell(units.percent(change.zone), f"{change.zone:.6g}"),
        _signed_cell(change.detectable),
    )


def _signed_cell(share: float) -> Cell:
    return Cell(signed(share), f"{share:.6g}")


def _repeated_cell(judged: Judged) -> Cell:
    """What the fresh block of a red said."""
    if judged.confirmation is None:
        return NOTHING
    return _signed_cell(judged.confirmation.estimate)


def _counters_table(verdicts: Sequence[CounterVerdict]) -> Table:
    """Those that differ or are not known; how many are the same is said."""
    lines = [
        (
            name_cell(v.row),
            Cell(v.counter),
            Cell(v.outcome.value),
            _count_cell(v.baseline),
            _count_cell(v.candidate),
            Cell(v.detail or NOTHING.text),
        )
        for v in verdicts
        if v.outcome is not Outcome.SAME
    ]
    same = sum(v.outcome is Outcome.SAME for v in verdicts)
    columns = ("row", "counter", "outcome", "baseline", "candidate", "what")
    return fact_table("counters", f"{same} more are the same", columns, lines)


def _count_cell(value: float | None) -> Cell:
    return NOTHING if value is None else Cell(f"{value:g}", f"{value:.6g}")


def _controls_table(result: Result) -> Table:
    found = result.found
    planted = () if found.planted is None else (found.planted,)
    lines = [
        (
            name_cell(control.row),
            Cell("planted +10 %" if control in planted else "the same code"),
            Cell("wrong" if control.moved else "as it must be"),
            _signed_cell(control.change.estimate),
            Cell(interval(control.change)),
        )
        for control in (*found.controls, *planted)
    ]
    columns = ("row", "what", "outcome", "change", "interval")
    return fact_table("controls", "What they moved by", columns, lines)


def _facts_table(result: Result) -> Table:
    facts = [
        ("baseline", str(result.baseline.id)),
        ("candidate", str(result.candidate.id)),
        ("machine", short_key(result.host.host_key)),
        ("environment", short_key(result.host.env_key)),
        ("stolen by other guests", units.percent(result.found.steal)),
        ("launches", str(result.found.launches)),
        ("conformance", result.conformance.value),
    ]
    lines = [(Cell(name), Cell(value)) for name, value in facts]
    return fact_table("facts", "What was gated", ("fact", "value"), lines)
