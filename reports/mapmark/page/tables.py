# SPDX-License-Identifier: MIT
"""A table as the page shows it, before it is HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mapmark import units
from mapmark.comparisons import is_mapped
from mapmark.results import Row
from mapmark.statistics import Estimate, median

_ROWS_SORTABLE = 10


@dataclass(frozen=True)
class Cell:
    """`sort` orders numbers that are written in different units."""

    text: str
    sort: str = ""
    class_name: str = ""


@dataclass(frozen=True)
class Table:
    """The first column heads its rows. Columns of figures stand right."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: frozenset[int] = field(default_factory=frozenset)
    is_sortable: bool = False


@dataclass(frozen=True)
class ChartView:
    """A chart, and the table beside it."""

    heading: str
    chart: str
    table: Table


def make_table(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    text_columns: int = 1,
) -> Table:
    """All columns behind the first `text_columns` hold figures; it can be
    sorted if it is too long to be seen as a whole."""
    return Table(
        name=name,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        figures=frozenset(range(text_columns, len(columns))),
        is_sortable=len(rows) >= _ROWS_SORTABLE,
    )


def fact_table(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
) -> Table:
    """Of words, in an order that means something."""
    table = make_table(name, caption, columns, rows, len(columns))
    return replace(table, is_sortable=False)


def without_empty_columns(table: Table, keep: int) -> Table:
    """Leave out those behind the first `keep` that say nothing in any row."""
    kept = [
        index
        for index in range(len(table.columns))
        if index < keep
        or any(row[index].text != NOTHING.text for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(
            tuple(row[index] for index in kept) for row in table.rows
        ),
        figures=frozenset(
            place for place, index in enumerate(kept) if index in table.figures
        ),
    )


NOTHING = Cell("–", "-1")


def name_cell(name: str) -> Cell:
    """Of a row: it may be broken at its slashes."""
    return Cell(name, class_name="name")


def state_cell(state: str) -> Cell:
    return Cell(state, class_name=f"state {state}")


def time_cell(ns: float | None) -> Cell:
    return NOTHING if ns is None else Cell(units.duration(ns), f"{ns:.6g}")


def rate_cell(per_second: float | None) -> Cell:
    if per_second is None:
        return NOTHING
    return Cell(units.rate(per_second), f"{per_second:.6g}")


def size_cell(octets: float | None) -> Cell:
    if octets is None:
        return NOTHING
    return Cell(units.size(octets), f"{octets:.6g}")


def count_cell(value: float | None) -> Cell:
    if value is None:
        return NOTHING
    return Cell(units.count(value), f"{value:.6g}")


def percent_cell(share: float | None) -> Cell:
    if share is None:
        return NOTHING
    return Cell(units.percent(share), f"{share:.6g}")


def pages_a_fault_cell(row: Row) -> Cell:
    """Faults of ways that map nothing have nothing to do with the file."""
    if not is_mapped(row):
        return NOTHING
    return count_cell(median_of(row.values("pages_per_fault")))


def median_of(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def interval_cell(found: Estimate) -> Cell:
    """Of times."""
    words = f"{units.duration(found.low)} to {units.duration(found.high)}"
    return Cell(words, f"{found.low:.6g}")
