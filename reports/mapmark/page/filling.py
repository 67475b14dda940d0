# SPDX-License-Identifier: MIT
"""How the cache was filled, as a table of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mapmark import units
from mapmark.answers import heading
from mapmark.comparisons import (
    TIME,
    Setting,
    access_bytes,
    setting_of,
    way,
)
from mapmark.fillings import Filling, fillings
from mapmark.page.tables import (
    Cell,
    Table,
    make_table,
    median_of,
    pages_a_fault_cell,
    size_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.results import Results, Row

_COLUMNS = (
    ("setting", "access size", "way", "filling")
    + ("times warm", "interval", "a page", "warm")
    + ("pages a fault", "warm")
)


def filling_part(results: Results) -> Table:
    found = fillings(results)
    settings = [_setting(item) for item in found]
    table = make_table(
        "fillings",
        "The same rows, by how the cache was filled",
        _COLUMNS,
        [_line(item, settings) for item in found],
        text_columns=4,
    )
    return without_empty_columns(table, keep=4)


def _line(item: Filling, settings: Sequence[Setting]) -> tuple[Cell, ...]:
    factor = item.factor
    interval = units.span(factor.low, factor.high)
    return (
        Cell(heading(_setting(item), settings)),
        size_cell(access_bytes(item.row)),
        Cell(way(item.row)),
        Cell(item.cache),
        Cell(units.times(factor.value), f"{factor.value:.6g}"),
        Cell(interval, f"{factor.low:.6g}"),
        *(time_cell(_time_of_page(row)) for row in (item.row, item.warm)),
        *(pages_a_fault_cell(row) for row in (item.row, item.warm)),
    )


def _setting(item: Filling) -> Setting:
    """The filling has a column of its own."""
    return replace(setting_of(item.row), cache="")


def _time_of_page(row: Row) -> float | None:
    time, pages = median_of(row.values(TIME)), median_of(row.values("pages"))
    return time / pages if time and pages else None
