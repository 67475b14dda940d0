# SPDX-License-Identifier: MIT
"""Where the time goes: phases of a pass, first touches against later ones,
and what it takes to bring octets down to the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import bars, units
from mapmark.answers import heading
from mapmark.comparisons import (
    CALLS,
    MAPPED_WAYS,
    PHASES,
    TIME,
    WRITE,
    Laboratory,
    access_bytes,
    laboratories,
    way,
)
from mapmark.page.tables import (
    NOTHING,
    Cell,
    ChartView,
    Table,
    interval_cell,
    make_table,
    median_of,
    name_cell,
    size_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.payback import FirstTouch, first_touches, payback
from mapmark.results import Results, Row

# In the order in which a pass goes through them.
_PHASES = (
    *("open", "map", "hint", "prefetch", "access"),
    *("first", "steady", "flush", "unmap", "close"),
)
_MAIN_WAYS = frozenset((*MAPPED_WAYS, *CALLS.values()))

# The flush comes last, so that what is in front of it is the dirty part.
_PARTS = (
    (bars.Part("map, prefetch", "p-before"), ("map", "hint", "prefetch")),
    (bars.Part("access", "p-access"), ("access",)),
    (bars.Part("first walk", "p-access"), ("first",)),
    (bars.Part("second walk", "p-again"), ("steady",)),
    (bars.Part("unmap", "p-unmap"), ("unmap",)),
    (bars.Part("flush to the device", "p-flush", True), ("flush",)),
)
_TOUCH_COLUMNS = (
    ("setting", "access size", "way", "mapping beats reading")
    + ("first touch of a page, beyond a later one", "interval")
    + ("first mapped pass", "later one", "first pass by calls", "later one")
)


@dataclass(frozen=True)
class PhasesPart:
    views: tuple[ChartView, ...]
    touches: Table
    all_rows: Table


def phases_part(results: Results) -> PhasesPart:
    found = [
        laboratory
        for laboratory in laboratories(results)
        if laboratory.setting.subject in (PHASES, WRITE)
        and laboratory.setting.is_common
    ]
    settings = [laboratory.setting for laboratory in found]
    views = [
        _view(laboratory, heading(laboratory.setting, settings), place)
        for place, laboratory in enumerate(found, 1)
    ]
    return PhasesPart(
        views=tuple(view for view in views if view is not None),
        touches=_touch_table(first_touches(results)),
        all_rows=_all_rows(results),
    )


def _phase(row: Row, phase: str) -> float:
    return median_of(row.values(f"{phase}_ns")) or 0.0


def _total(row: Row) -> float:
    return sum(_phase(row, phase) for phase in _PHASES)


def _view(laboratory: Laboratory, title: str, place: int) -> ChartView | None:
    rows = [
        row
        for row in laboratory.rows
        if row.is_usable and way(row) in _MAIN_WAYS and _total(row) > 0
    ]
    if not rows:
        return None
    name = f"phase-{place}"
    chart = bars.stacked(
        name,
        f"{title}: time of a pass by phase",
        "One bar a row, from the left: what comes before the accesses, the "
        "accesses, what comes after them. A broken bar is longer than drawn, "
        "and its parts keep their shares. "
        + " ".join(_in_words(row) for row in rows),
        [part for part, _ in _PARTS],
        [_bar(row) for row in rows],
        units.duration,
    )
    return ChartView(title, chart, _view_table(name, title, rows))


def _bar(row: Row) -> bars.Bar:
    size = access_bytes(row)
    return bars.Bar(
        group=units.size(size) if size else "all",
        label=way(row),
        lengths=tuple(
            sum(_phase(row, phase) for phase in phases) for _, phases in _PARTS
        ),
        words=units.duration(median_of(row.values(TIME)) or 0.0),
    )


def _in_words(row: Row) -> str:
    bar = _bar(row)
    parts = [
        f"{part.label} {units.percent(length / bar.total)}"
        for (part, _), length in zip(_PARTS, bar.lengths, strict=True)
        if length
    ]
    return f"{bar.label} at {bar.group}: {bar.words}, {', '.join(parts)}."


def _view_table(name: str, title: str, rows: Sequence[Row]) -> Table:
    columns = ("access size", "way", "time of a pass", *_PHASES)
    lines = [
        (
            size_cell(access_bytes(row)),
            Cell(way(row)),
            time_cell(median_of(row.values(TIME))),
            *_phase_cells(row),
            *_promise_cells(row),
        )
        for row in rows
    ]
    table = make_table(
        f"{name}-table",
        f"{title}: time of a pass by phase",
        (*columns, "dirty part", "durable part"),
        lines,
        text_columns=2,
    )
    return without_empty_columns(table, keep=3)


def _phase_cells(row: Row) -> list[Cell]:
    """Shares are of the phases' sum."""
    total = _total(row)
    return [_share_cell(_phase(row, phase), total) for phase in _PHASES]


def _share_cell(time: float, total: float) -> Cell:
    if not time:
        return NOTHING
    words = f"{units.duration(time)} ({units.percent(time / total)})"
    return Cell(words, f"{time:.6g}")


def _promise_cells(row: Row) -> tuple[Cell, Cell]:
    """Of writing: until the octets are in the cache, and from there on."""
    if row.subject != WRITE:
        return NOTHING, NOTHING
    total, durable = _total(row), _phase(row, "flush")
    return _share_cell(total - durable, total), _share_cell(durable, total)


def _touch_table(found: Sequence[FirstTouch]) -> Table:
    settings = list(dict.fromkeys(item.setting for item in found))
    lines = [
        (
            Cell(heading(item.setting, settings)),
            size_cell(access_bytes(item.row)),
            Cell(way(item.row)),
            Cell(payback(item.mapped, item.read).in_words),
            time_cell(item.touch.median),
            interval_cell(item.touch),
            *(
                time_cell(estimate.median)
                for walks in (item.mapped, item.read)
                for estimate in (walks.first, walks.later)
            ),
        )
        for item in found
    ]
    caption = "First touches, and when a mapping that is kept pays off"
    return make_table("touches", caption, _TOUCH_COLUMNS, lines, 4)


def _all_rows(results: Results) -> Table:
    """Of those that may be believed."""
    lines = [
        (name_cell(row.name), *_phase_cells(row))
        for row in results.rows
        if row.is_usable and _total(row) > 0
    ]
    caption = "Time of a pass by phase, all rows"
    table = make_table("phases", caption, ("row", *_PHASES), lines)
    return without_empty_columns(table, keep=1)
