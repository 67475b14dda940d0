# SPDX-License-Identifier: MIT
"""Working sets larger than the memory allowed: a chart over time a setting,
with its table, because a mean of all would hide when the memory is full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapmark import charts, pressure, units
from mapmark.comparisons import CHARTED_WAYS, way
from mapmark.page.tables import (
    Cell,
    ChartView,
    Table,
    count_cell,
    interval_cell,
    make_table,
    median_of,
    percent_cell,
    size_cell,
    state_cell,
    time_cell,
)
from mapmark.pressure import Setting
from mapmark.results import Results, Row, Slice
from mapmark.statistics import estimate
from mapmark.svg import MARKERS

_COLUMNS = (
    *("way", "state", "first walk", "a later walk", "interval"),
    *("fetched again", "major faults", "memory held"),
)
_NS = 1e9


@dataclass(frozen=True)
class PressurePart:
    sentences: tuple[str, ...]
    views: tuple[ChartView, ...]


def pressure_part(results: Results) -> PressurePart:
    return PressurePart(
        sentences=pressure.sentences(results),
        views=tuple(
            _view(setting, f"pressure-{place}")
            for place, setting in enumerate(pressure.settings(results), 1)
        ),
    )


def _view(setting: Setting, name: str) -> ChartView:
    chart = charts.courses(
        name,
        f"{setting.heading}: throughput over time",
        "One line a way, from slice to slice of equal work; a bar is the "
        "interval of a slice over the samples. The vertical axis is "
        "logarithmic.",
        charts.Axis("walks over all that is in use", _walk),
        charts.Axis("throughput", units.rate),
        [_course(setting, row) for row in setting.rows],
    )
    return ChartView(setting.heading, chart, _table(setting, f"{name}-table"))


def _walk(number: float) -> str:
    return f"{units.ordinal(int(number))} walk"


def _course(setting: Setting, row: Row) -> charts.Curve:
    """Each slice over all samples."""
    points, octets = [], 0.0
    for slices in zip(
        *(sample.slices for sample in pressure.samples(row)), strict=False
    ):
        octets += slices[0].octets
        rates = [item.octets / item.ns * _NS for item in slices]
        points.append(charts.Point(octets / setting.size, estimate(rates)))
    return charts.Curve(way(row), _look(way(row)), tuple(points))


def _look(name: str) -> int:
    known = [*CHARTED_WAYS]
    return known.index(name) if name in known else len(MARKERS) - 1


def _table(setting: Setting, name: str) -> Table:
    rows = [_line(setting, row) for row in setting.rows]
    return make_table(
        name, f"Pressure: {setting.heading}", _COLUMNS, rows, text_columns=2
    )


def _line(setting: Setting, row: Row) -> tuple[Cell, ...]:
    later = estimate(pressure.times_of_walk(setting, row))
    first = pressure.times_of_first(setting, row)
    return (
        Cell(way(row)),
        state_cell(row.state),
        time_cell(median_of(first)),
        time_cell(later.median),
        interval_cell(later),
        percent_cell(pressure.fetched_again(setting, row)),
        count_cell(_of_slices(row, lambda item: item.major_faults, sum)),
        size_cell(_of_slices(row, lambda item: item.held_octets, max)),
    )


def _of_slices(
    row: Row,
    value: Callable[[Slice], float | None],
    together: Callable[[Sequence[float]], float],
) -> float | None:
    """Of all slices of a sample; the median of the samples."""
    found = []
    for sample in pressure.samples(row):
        known = [value(item) for item in sample.slices]
        values = [item for item in known if item is not None]
        if len(values) == len(known):
            found.append(together(values))
    return median_of(found)
