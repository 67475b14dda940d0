# SPDX-License-Identifier: MIT
"""Every row, and the command that measures it again."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from mapmark.comparisons import TIME
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    count_cell,
    interval_cell,
    make_table,
    median_of,
    name_cell,
    percent_cell,
    rate_cell,
    state_cell,
    time_cell,
)
from mapmark.results import MISSING, Results, Row
from mapmark.statistics import estimate

_COLUMNS = (
    ("row", "state", "median time", "interval", "coverage", "samples")
    + ("throughput",)
)

# What a regular expression would not take as itself.
_SPECIAL = re.compile(r"([][\\.*^$+?(){}|])")


@dataclass(frozen=True)
class RowsPart:
    table: Table
    commands: tuple[str, ...]


def rows_part(results: Results) -> RowsPart:
    lines = [_line(row) for row in results.rows]
    lines += [_empty_line(name, MISSING) for name in results.missing]
    names = [row.name for row in results.rows] + list(results.missing)
    return RowsPart(
        table=make_table("rows", "All rows", _COLUMNS, lines, text_columns=2),
        commands=tuple(command(name, results) for name in names),
    )


def _line(row: Row) -> tuple[Cell, ...]:
    times = row.values(TIME)
    if not times:
        return _empty_line(row.name, row.state)
    found = estimate(times)
    return (
        name_cell(row.name),
        state_cell(row.state),
        time_cell(found.median),
        interval_cell(found),
        percent_cell(found.coverage),
        count_cell(found.samples),
        rate_cell(median_of(row.values("bytes_per_second"))),
    )


def _empty_line(name: str, state: str) -> tuple[Cell, ...]:
    return (name_cell(name), state_cell(state), *[NOTHING] * 5)


def command(name: str, results: Results) -> str:
    """To be typed into a shell."""
    words = ["mapmark", "run"]
    if results.context.is_quick:
        words.append("--quick")
    literal = _SPECIAL.sub(r"\\\1", name)
    words += ["--filter", f"^{literal}$"]
    file = results.context.file
    if file is not None and file.is_given:
        words += ["--file", file.path]
    return shlex.join(words)
