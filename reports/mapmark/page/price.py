# SPDX-License-Identifier: MIT
"""What a pass costs: its time by phase, CPU time and faults, its spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import TIME
from mapmark.latency import SHARES, Histogram
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    count_cell,
    make_table,
    median_of,
    name_cell,
    percent_cell,
    size_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.results import Results, Row

_PHASES = ("map_ns", "prefetch_ns", "access_ns", "unmap_ns")
_PHASE_COLUMNS = ("row", "map", "prefetch", "access", "unmap")
_COUNTS = (
    ("minor_faults", "major_faults", "pages_per_fault")
    + ("voluntary_switches", "involuntary_switches")
)
_PRICE_COLUMNS = (
    ("row", "time", "user CPU", "system CPU", "CPU by time")
    + ("minor faults", "major faults", "pages a fault")
    + ("voluntary switches", "involuntary switches", "from storage")
)
_SPREAD_COLUMNS = (
    ("row", "of", "count", "least")
    + tuple(f"p{100 * share:.6g}" for share in SHARES)
    + ("most", "out of range")
)


@dataclass(frozen=True)
class PricePart:
    phases: Table
    prices: Table
    spread: Table


def price_part(
    results: Results, histograms: Sequence[Histogram]
) -> PricePart:
    """Of the rows that may be believed."""
    rows = [row for row in results.rows if row.is_usable]
    names = {row.name for row in rows}
    believed = [found for found in histograms if found.name in names]
    phases = [line for row in rows if (line := _phase_line(row))]
    return PricePart(
        phases=_table(
            "phases", "Time of a pass by phase", _PHASE_COLUMNS, phases
        ),
        prices=_table(
            "prices",
            "What a pass costs",
            _PRICE_COLUMNS,
            [_price_line(row) for row in rows],
        ),
        spread=_table(
            "spread",
            "How long single passes take",
            _SPREAD_COLUMNS,
            [_spread_line(found) for found in believed],
            text_columns=2,
        ),
    )


def _table(
    name: str,
    caption: str,
    columns: Sequence[str],
    lines: Sequence[tuple[Cell, ...]],
    text_columns: int = 1,
) -> Table:
    table = make_table(name, caption, columns, lines, text_columns)
    return without_empty_columns(table, keep=text_columns)


def _median(row: Row, metric: str) -> float | None:
    return median_of(row.values(metric))


def _phase_line(row: Row) -> tuple[Cell, ...]:
    """Shares are of the phases' sum; nothing where no phase is known."""
    phases = [_median(row, phase) for phase in _PHASES]
    total = sum(phase or 0 for phase in phases)
    if total <= 0:
        return ()
    return (name_cell(row.name), *(_phase_cell(p, total) for p in phases))


def _phase_cell(phase: float | None, total: float) -> Cell:
    if not phase:
        return NOTHING
    words = f"{units.duration(phase)} ({units.percent(phase / total)})"
    return Cell(words, f"{phase:.6g}")


def _price_line(row: Row) -> tuple[Cell, ...]:
    time = _median(row, TIME)
    user, kernel = _median(row, "user_ns"), _median(row, "system_ns")
    cpu = None if user is None or kernel is None else user + kernel
    busy = cpu / time if cpu is not None and time else None
    return (
        name_cell(row.name),
        *map(time_cell, (time, user, kernel)),
        percent_cell(busy),
        *(count_cell(_median(row, name)) for name in _COUNTS),
        size_cell(_median(row, "storage_bytes")),
    )


def _spread_line(found: Histogram) -> tuple[Cell, ...]:
    return (
        name_cell(found.name),
        Cell(found.what),
        count_cell(found.count),
        time_cell(found.min_ns),
        *(time_cell(found.percentile_ns(share)) for share in SHARES),
        time_cell(found.max_ns),
        count_cell(found.clamped) if found.clamped else NOTHING,
    )
