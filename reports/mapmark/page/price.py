# SPDX-License-Identifier: MIT
"""What a pass costs: CPU time, system calls, faults, storage; its spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    pages_a_fault_cell,
    percent_cell,
    size_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.results import Results, Row

_FAULTS = ("minor_faults", "major_faults")
_SWITCHES = ("voluntary_switches", "involuntary_switches")
_STORAGE = ("storage_bytes", "storage_write_bytes")
_PRICE_COLUMNS = (
    ("row", "time", "CPU of all", "user CPU", "system CPU", "CPU by time")
    + ("system calls an access",)
    + ("minor faults", "major faults", "pages a fault")
    + ("voluntary switches", "involuntary switches")
    + ("from storage", "to storage")
)
_SPREAD_COLUMNS = (
    ("row", "of", "count", "least")
    + tuple(f"p{100 * share:.6g}" for share in SHARES)
    + ("most", "out of range")
)


@dataclass(frozen=True)
class PricePart:
    prices: Table
    spread: Table


def price_part(
    results: Results,
    histograms: Sequence[Histogram],
    calls: Mapping[str, float],
) -> PricePart:
    """Of the rows that may be believed; `calls` has the system calls an access
    of the rows, by name, of which they were counted."""
    rows = [row for row in results.rows if row.is_usable]
    names = {row.name for row in rows}
    believed = [found for found in histograms if found.name in names]
    return PricePart(
        prices=_table(
            "prices",
            "What a pass costs",
            _PRICE_COLUMNS,
            [_price_line(row, calls.get(row.name)) for row in rows],
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


def _price_line(row: Row, calls: float | None) -> tuple[Cell, ...]:
    time = _median(row, TIME)
    user, kernel = _median(row, "user_ns"), _median(row, "system_ns")
    cpu = None if user is None or kernel is None else user + kernel
    busy = cpu / time if cpu is not None and time else None
    return (
        name_cell(row.name),
        *map(time_cell, (time, cpu, user, kernel)),
        percent_cell(busy),
        count_cell(calls),
        *(count_cell(_median(row, name)) for name in _FAULTS),
        pages_a_fault_cell(row),
        *(count_cell(_median(row, name)) for name in _SWITCHES),
        *(size_cell(_median(row, name)) for name in _STORAGE),
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
