# SPDX-License-Identifier: MIT
"""Waking other processes: a table a pattern, wait policy and placement, each
with the distribution of its times and their price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapmark import units, wakeups
from mapmark.comparisons import TIME, way
from mapmark.latency import SHARES, Histogram
from mapmark.page.tables import (
    Cell,
    Table,
    count_cell,
    interval_cell,
    make_table,
    median_of,
    state_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.results import Results, Row
from mapmark.statistics import estimate

_SHARES = ("p50", "p90", "p99", "p99.9", "p99.99", "longest")
_KEPT = 5


@dataclass(frozen=True)
class WakeupsPart:
    aims: tuple[str, ...]
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def wakeups_part(
    results: Results, histograms: Sequence[Histogram]
) -> WakeupsPart:
    by_name = {found.name: found for found in histograms}
    return WakeupsPart(
        aims=tuple(item.line for item in wakeups.reached(results)),
        sentences=wakeups.more_sentences(results),
        tables=tuple(
            _table(field, f"wakeups-{place}", by_name)
            for place, field in enumerate(wakeups.fields(results), 1)
        ),
    )


def _table(
    field: wakeups.Field, name: str, histograms: Mapping[str, Histogram]
) -> Table:
    rows = [_line(field, row, histograms.get(row.name)) for row in field.rows]
    columns = (
        *("way", "state", field.words.unit, "interval", "times the cheapest"),
        *(*_SHARES, "timed together"),
        *(field.words.price, "switches", "others' switches"),
    )
    table = make_table(name, field.heading, columns, rows, text_columns=2)
    return without_empty_columns(table, keep=_KEPT)


def _line(
    field: wakeups.Field, row: Row, histogram: Histogram | None
) -> tuple[Cell, ...]:
    factor = field.over_cheapest(row)
    found = estimate(row.values(TIME))
    return (
        Cell(way(row)),
        state_cell(row.state),
        time_cell(found.median),
        interval_cell(found),
        Cell(units.times(factor.value), f"{factor.value:.6g}"),
        *_distribution(histogram),
        count_cell(median_of(row.values("batch"))),
        time_cell(field.cpu_ns(row)),
        count_cell(_switches(row, "")),
        count_cell(_switches(row, "partner_")),
    )


def _distribution(histogram: Histogram | None) -> tuple[Cell, ...]:
    if histogram is None:
        return (time_cell(None),) * (len(SHARES) + 1)
    shares = [histogram.percentile_ns(share) for share in SHARES]
    return tuple(time_cell(ns) for ns in (*shares, histogram.max_ns))


def _switches(row: Row, whose: str) -> float | None:
    kinds = ("voluntary_switches", "involuntary_switches")
    found = [median_of(row.values(whose + kind)) for kind in kinds]
    known = [value for value in found if value is not None]
    return sum(known) if known else None
