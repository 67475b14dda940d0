# SPDX-License-Identifier: MIT
"""The view laboratory: the answer of each setting, and what every size and
policy costs, as a heat map with its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import svg, units
from mapmark.comparisons import TIME, way
from mapmark.page.tables import (
    Cell,
    ChartView,
    Table,
    count_cell,
    make_table,
    median_of,
    size_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.results import Results, Row
from mapmark.view_sentences import sentence
from mapmark.views import (
    READ,
    WHOLE,
    ViewSetting,
    sizes,
    view_bytes,
    view_settings,
)

_POLICIES = ("each", "slide", "near", "lru4", "lru16")
_MIB = 1 << 20

_COLUMNS = (
    *("way", "view", "times the best", "interval", "time of a pass"),
    *("map and unmap", "first walk", "second walk", "accesses", "flush"),
    *("maps a MiB", "faults a MiB", "pages a fault"),
)
_KEPT = 5

_LABEL, _CELL_WIDTH, _CELL_HEIGHT, _TOP = 90, 86, 34, 34

# From how many times the best on a cell gets darker.
_SHADES = (1.05, 1.5, 3.0, 10.0)


@dataclass(frozen=True)
class ViewsPart:
    sentences: tuple[str, ...]
    views: tuple[ChartView, ...]


def views_part(results: Results) -> ViewsPart:
    settings = view_settings(results)
    return ViewsPart(
        sentences=tuple(sentence(setting) for setting in settings),
        views=tuple(
            ChartView(
                heading=setting.heading,
                chart=_heat(setting, f"views-{place}"),
                table=_table(setting, f"views-{place}-table"),
            )
            for place, setting in enumerate(settings, 1)
        ),
    )


def _table(setting: ViewSetting, name: str) -> Table:
    rows = sorted(setting.rows, key=lambda row: (way(row), view_bytes(row)))
    table = make_table(
        name,
        f"Views: {setting.heading}",
        _COLUMNS,
        [_line(setting, row) for row in rows],
    )
    return without_empty_columns(table, keep=_KEPT)


def _line(setting: ViewSetting, row: Row) -> tuple[Cell, ...]:
    factor = setting.over_best(row)
    moves = _sum(row, ("map_ns", "unmap_ns"))
    return (
        Cell(way(row)),
        size_cell(view_bytes(row) or None),
        Cell(units.times(factor.value), f"{factor.value:.6g}"),
        Cell(units.span(factor.low, factor.high), f"{factor.low:.6g}"),
        time_cell(median_of(row.values(TIME))),
        time_cell(moves),
        *(
            time_cell(median_of(row.values(metric)))
            for metric in ("first_ns", "steady_ns", "access_ns", "flush_ns")
        ),
        count_cell(_by_mib(row, "maps")),
        count_cell(_by_mib(row, "minor_faults")),
        count_cell(_pages_a_fault(row)),
    )


def _pages_a_fault(row: Row) -> float | None:
    """Calls fault by chance only."""
    return None if way(row) == READ else median_of(row.values("pages_per_fault"))


def _sum(row: Row, metrics: Sequence[str]) -> float | None:
    found = [median_of(row.values(metric)) for metric in metrics]
    known = [value for value in found if value is not None]
    return sum(known) if known else None


def _by_mib(row: Row, metric: str) -> float | None:
    value, octets = median_of(row.values(metric)), median_of(row.values("bytes"))
    return value * _MIB / octets if value is not None and octets else None


def _heat(setting: ViewSetting, name: str) -> str:
    """A row of cells a policy, a column a size; the number is in the cell."""
    columns = sizes([setting])
    lines = [
        policy for policy in (*_POLICIES, WHOLE, READ) if setting.of_way(policy)
    ]
    parts = [
        svg.text(
            _LABEL + (place + 0.5) * _CELL_WIDTH,
            _TOP - 12,
            units.size(size),
            "side",
            "middle",
        )
        for place, size in enumerate(columns)
    ]
    for line, policy in enumerate(lines):
        y = float(_TOP + line * _CELL_HEIGHT)
        parts.append(
            svg.text(_LABEL - 10, y + 21, policy, "side", "end")
        )
        for row in setting.of_way(policy):
            parts.append(_cell(setting, row, columns, y))
    width = _LABEL + len(columns) * _CELL_WIDTH + 10
    height = _TOP + len(lines) * _CELL_HEIGHT + 10
    return svg.picture(
        name,
        (width, height),
        f"Views: {setting.heading}",
        "Time of a pass over that of the best mapped way, by policy and size "
        "of the view; darker is slower. Ways without a size span all columns.",
        "".join(parts),
    )


def _cell(
    setting: ViewSetting, row: Row, columns: Sequence[int], y: float
) -> str:
    factor = setting.over_best(row).value
    shade = sum(factor > limit for limit in _SHADES)
    place = columns.index(view_bytes(row)) if view_bytes(row) else 0
    span = 1 if view_bytes(row) else len(columns)
    x, width = float(_LABEL + place * _CELL_WIDTH), float(span * _CELL_WIDTH)
    box = svg.element(
        "rect",
        {
            "class": f"heat heat-{shade}",
            "x": x + 1,
            "y": y + 1,
            "width": width - 2,
            "height": _CELL_HEIGHT - 2.0,
        },
    )
    words = svg.text(
        x + width / 2, y + 21, units.times(factor), f"on-heat-{shade}", "middle"
    )
    return box + words
