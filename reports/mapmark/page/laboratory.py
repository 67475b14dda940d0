# SPDX-License-Identifier: MIT
"""The laboratory: what each way reaches, by access size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapmark import charts, units
from mapmark.answers import heading
from mapmark.comparisons import (
    CHARTED_WAYS,
    MAPPED_WAYS,
    PHASES,
    READ,
    TABLED_WAYS,
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
    count_cell,
    interval_cell,
    make_table,
    median_of,
    rate_cell,
    size_cell,
    state_cell,
    time_cell,
    without_empty_columns,
)
from mapmark.pressure import PRESSURE
from mapmark.results import Results, Row
from mapmark.statistics import Estimate, estimate, median
from mapmark.svg import MARKERS
from mapmark.views import VIEW

# Where the next access does not follow the last one, its time says more than
# octets by second.
_STREAMED = ("sequential", "reverse")

_COLUMNS = (
    ("access size", "way", "state", "median time", "interval")
    + ("throughput", "an access", "samples")
)


@dataclass(frozen=True)
class _Measure:
    """What a laboratory's chart shows of a row."""

    title: str
    values: Callable[[Row], tuple[float, ...]]
    words: Callable[[float], str]


_RATE = _Measure(
    "throughput",
    lambda row: row.values("bytes_per_second"),
    units.rate,
)
_ACCESS_TIME = _Measure(
    "time of an access", lambda row: _access_times(row), units.duration
)


def laboratory_part(results: Results) -> tuple[ChartView, ...]:
    """Phases have a part of their own: a pass of theirs is two walks."""
    found = [
        laboratory
        for laboratory in laboratories(results)
        if laboratory.setting.subject not in (PHASES, VIEW, PRESSURE)
        and _has_accesses(laboratory)
    ]
    settings = [laboratory.setting for laboratory in found]
    views = [
        _view(laboratory, heading(laboratory.setting, settings), place)
        for place, laboratory in enumerate(found, 1)
    ]
    return tuple(view for view in views if view is not None)


def _has_accesses(laboratory: Laboratory) -> bool:
    """Rows of a single call have no access size to draw it by."""
    return all(access_bytes(row) > 0 for row in laboratory.rows)


def _access_times(row: Row) -> tuple[float, ...]:
    times, accesses = row.values(TIME), row.values("accesses")
    if len(times) != len(accesses):
        return ()
    pairs = zip(times, accesses, strict=True)
    return tuple(time / count for time, count in pairs if count > 0)


def _measure_of(laboratory: Laboratory, rows: Sequence[Row]) -> _Measure | None:
    """The first that all rows have."""
    order = [_ACCESS_TIME, _RATE]
    if laboratory.setting.pattern in _STREAMED:
        order.reverse()
    for measure in order:
        if rows and all(measure.values(row) for row in rows):
            return measure
    return None


def _view(laboratory: Laboratory, title: str, place: int) -> ChartView | None:
    rows = [
        row
        for row in laboratory.rows
        if row.is_usable and way(row) not in TABLED_WAYS
    ]
    measure = _measure_of(laboratory, rows)
    if measure is None:
        return None
    name = f"lab-{place}"
    chart = charts.curves(
        name,
        f"{title}: {measure.title} by access size",
        "One line a main way, marker at the median, bar over its interval; both "
        "axes are logarithmic. " + _in_words(laboratory, rows, measure),
        charts.Axis("access size", units.size),
        charts.Axis(measure.title, measure.words),
        _curves(laboratory, rows, measure),
    )
    return ChartView(title, chart, _table(name, title, laboratory))


def _curves(
    laboratory: Laboratory, rows: Sequence[Row], measure: _Measure
) -> list[charts.Curve]:
    curves = []
    for name in laboratory.ways:
        points = tuple(
            charts.Point(access_bytes(row), estimate(measure.values(row)))
            for row in rows
            if way(row) == name
        )
        if points:
            curves.append(charts.Curve(name, _look(name), points))
    return curves


def _look(name: str) -> int:
    """The known ways look the same in every chart, and so do all calls."""
    name = READ if name == WRITE else name
    if name in CHARTED_WAYS:
        return CHARTED_WAYS.index(name)
    known = len(MAPPED_WAYS) + 1
    return known + sum(name.encode()) % (len(MARKERS) - known)


def _in_words(
    laboratory: Laboratory, rows: Sequence[Row], measure: _Measure
) -> str:
    sentences = []
    for name in laboratory.ways:
        medians = [
            median(measure.values(row)) for row in rows if way(row) == name
        ]
        if medians:
            first, last = measure.words(medians[0]), measure.words(medians[-1])
            sentences.append(
                f"{name}: {first}."
                if len(medians) == 1
                else f"{name}: from {first} to {last}."
            )
    return " ".join(sentences)


def _table(name: str, title: str, laboratory: Laboratory) -> Table:
    rows = [_row(row) for row in laboratory.rows]
    table = make_table(f"{name}-table", title, _COLUMNS, rows, text_columns=3)
    return without_empty_columns(table, keep=5)


def _row(row: Row) -> tuple[Cell, ...]:
    start = (
        size_cell(access_bytes(row)),
        Cell(way(row)),
        state_cell(row.state),
    )
    times = row.values(TIME)
    if not times:
        return (*start, *[NOTHING] * 5)
    found: Estimate = estimate(times)
    return (
        *start,
        time_cell(found.median),
        interval_cell(found),
        rate_cell(median_of(row.values("bytes_per_second"))),
        time_cell(median_of(_access_times(row))),
        count_cell(found.samples),
    )
