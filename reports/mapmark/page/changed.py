# SPDX-License-Identifier: MIT
"""What changed between two runs: sentences, a chart and the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import charts, findings, units
from mapmark.bundle import Bundle
from mapmark.changes import Change, Changes, Moved
from mapmark.comparisons import TIME
from mapmark.page.machine import noise_says, short_key
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    fact_table,
    make_table,
    name_cell,
    percent_cell,
    state_cell,
    time_cell,
)
from mapmark.results import Context
from mapmark.statistics import Ratio, Verdict, median

_COLUMNS = ("row", "verdict", "B over A", "interval")
_TIMES = ("time in A", "time in B")

# More would be taller than anybody scrolls; the table has them all.
_CHARTED = 24


@dataclass(frozen=True)
class ChangedPart:
    headline: str
    summary: str
    limits: tuple[str, ...]
    chart: str
    uncharted: int
    rows: Table
    controls: Table
    left_out: Table


@dataclass(frozen=True)
class SidesPart:
    facts: Table
    noise: tuple[str, ...]


def changed_part(found: Changes) -> ChangedPart:
    charted = _charted(found.tested)
    return ChangedPart(
        headline=findings.headline(found),
        summary=findings.summary(found),
        limits=tuple(findings.limits(found)),
        chart=_chart(charted, found) if charted else "",
        uncharted=len(found.tested) - len(charted),
        rows=_rows_table(found.tested),
        controls=_controls_table(found),
        left_out=_left_out_table(found),
    )


def _charted(tested: Sequence[Change]) -> list[Change]:
    """Those that moved most, verdicts first, in the order of the table."""

    def interest(change: Change) -> tuple[bool, float]:
        told = change.verdict in (Verdict.SLOWER, Verdict.FASTER)
        value = change.moved.ratio.value
        return told, max(value, 1 / value)

    chosen = sorted(tested, key=interest, reverse=True)[:_CHARTED]
    names = {change.moved.name for change in chosen}
    return [change for change in tested if change.moved.name in names]


def _chart(charted: Sequence[Change], found: Changes) -> str:
    return charts.changes(
        "changes",
        "How many times as long each row takes in B",
        "One line a row, the worst first: marker at the ratio of median times, "
        "bar over its interval, on a logarithmic axis with equal times in the "
        "middle and the zone shaded in which nothing is said. The table of "
        f"all rows has the figures. {findings.summary(found)}",
        [
            charts.ChangeLine(
                change.moved.name,
                change.moved.ratio,
                change.verdict,
                change.zone.factor,
            )
            for change in charted
        ],
    )


def _rows_table(tested: Sequence[Change]) -> Table:
    columns = (*_COLUMNS, "same within", "slower from", *_TIMES)
    lines = [
        (
            name_cell(change.moved.name),
            state_cell(change.verdict.value),
            *_ratio_cells(change.moved.ratio),
            *_zone_cells(change),
            *_time_cells(change.moved),
        )
        for change in tested
    ]
    return make_table("rows", "Worst first", columns, lines, text_columns=2)


def _zone_cells(change: Change) -> tuple[Cell, Cell]:
    if not change.is_decidable:
        return NOTHING, NOTHING
    width, least = change.zone.factor - 1, change.slower_from
    return (percent_cell(width), Cell(units.times(least), f"{least:.6g}"))


def _ratio_cells(ratio: Ratio) -> tuple[Cell, Cell]:
    interval = f"{units.digits(ratio.low)} to {units.digits(ratio.high)}"
    return (
        Cell(units.times(ratio.value), f"{ratio.value:.6g}"),
        Cell(interval, f"{ratio.low:.6g}"),
    )


def _time_cells(moved: Moved) -> tuple[Cell, Cell]:
    return (
        time_cell(median(moved.before.values(TIME))),
        time_cell(median(moved.after.values(TIME))),
    )


def _controls_table(found: Changes) -> Table:
    columns = ("row", *_COLUMNS[2:], *_TIMES)
    lines = [
        (
            name_cell(control.name),
            *_ratio_cells(control.ratio),
            *_time_cells(control),
        )
        for control in found.controls
    ]
    return make_table("controls", "What they moved by", columns, lines)


def _left_out_table(found: Changes) -> Table:
    lines = [
        (name_cell(item.name), Cell(item.reason)) for item in found.left_out
    ]
    return make_table("left-out", "Why not", ("row", "why"), lines, 2)


def sides_part(a: Bundle, b: Bundle) -> SidesPart:
    """A and B side by side."""
    facts = [_facts(bundle) for bundle in (a, b)]
    rows = [
        (Cell(key), *(Cell(of_side[key]) for of_side in facts))
        for key in facts[0]
    ]
    return SidesPart(
        facts=fact_table("sides", "A and B", ("fact", "A", "B"), rows),
        noise=tuple(
            f"{label}: {noise_says(bundle.record.noise)}"
            for label, bundle in (("A", a), ("B", b))
        ),
    )


def _facts(bundle: Bundle) -> dict[str, str]:
    record, identity = bundle.record, bundle.record.identity
    facts = {
        "bundle": bundle.path.name,
        "started": record.started,
        "command": record.command,
        "CPU": str(identity.about.get("cpu", "unknown")),
        "machine": short_key(identity.host_key),
        "environment": short_key(identity.env_key),
        "mapmark": record.mapmark,
    }
    if bundle.results is not None:
        facts |= _program_facts(bundle.results.context)
    return facts


def _program_facts(context: Context) -> dict[str, str]:
    return {
        "build": context.build.get("id", "unknown"),
        "system": context.system,
        "file": "generated" if context.file is None else context.file.path,
        "plan": "quick" if context.is_quick else "full",
    }
