# SPDX-License-Identifier: MIT
"""The charts of the pages.

`forest`: how many times as fast mapping is, one line an access size.
`changes`: by how much each row has changed, one line a row.
`curves`: what each way reaches at each access size, one line a way.
`courses`: what each way reaches from slice to slice, one line a way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapmark import svg, units
from mapmark.statistics import SAME_WITHIN, Estimate, Ratio, Verdict

_NICE_FACTORS = (1.1, 1.2, 1.3, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)

_WIDTH = 440.0
_ROW_HEIGHT = 30.0
_LABEL_WIDTH = 62.0
_MARKER_PITCH = 9.0
_CHANGE_HEIGHT = 36.0

# Verdicts differ in shape as well as in colour.
_VERDICT_MARKERS = {
    Verdict.FASTER: "circle",
    Verdict.SLOWER: "square",
    Verdict.SAME: "diamond",
    Verdict.UNKNOWN: "plus",
}


@dataclass(frozen=True)
class ForestLine:
    file: str
    access: str
    ratio: Ratio


@dataclass(frozen=True)
class ChangeLine:
    """`zone` is the factor within which nothing is said."""

    name: str
    ratio: Ratio
    verdict: Verdict
    zone: float


@dataclass(frozen=True)
class Point:
    x: float
    estimate: Estimate


@dataclass(frozen=True)
class Curve:
    """`look` chooses among the ways' classes and markers."""

    label: str
    look: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Axis:
    title: str
    words: Callable[[float], str]


def common_factor(ratios: Sequence[Ratio], least: float = 1.5) -> float:
    """A round factor within which all of them lie, either way."""
    widest = max(least, *(max(r.high, 1 / r.low) for r in ratios))
    for factor in _NICE_FACTORS:
        if widest <= factor:
            return factor
    return widest


def forest(
    name: str,
    title: str,
    desc: str,
    lines: Sequence[ForestLine],
    factor: float,
    calls: str,
) -> str:
    """`calls` stand against mapping."""
    left, right, top = 2 * _LABEL_WIDTH, _WIDTH - 62, 24.0
    bottom = top + _ROW_HEIGHT * len(lines)
    scale = svg.LogScale(1 / factor, factor, left, right)
    body = _forest_ground(scale, top, bottom, calls)
    file = ""
    for index, line in enumerate(lines):
        y = top + _ROW_HEIGHT * (index + 0.5)
        if line.file != file:
            file = line.file
            x = _LABEL_WIDTH - 10
            body += svg.text(x, y + 4.5, file, "label", "end")
        body += _forest_line(line, scale, y)
    return svg.picture(name, (_WIDTH, bottom + 24), title, desc, body)


def _forest_ground(
    scale: svg.LogScale, top: float, bottom: float, calls: str
) -> str:
    return "".join(
        (
            _zone(scale, 1 - SAME_WITHIN, 1 + SAME_WITHIN, top, bottom),
            svg.text(_LABEL_WIDTH - 10, top - 9, "file", "side", "end"),
            svg.text(scale.start - 10, top - 9, "access", "side", "end"),
            _factor_axis(
                scale,
                top,
                bottom,
                (f"← {calls} faster", "mapping faster →"),
            ),
        )
    )


def _zone(
    scale: svg.LogScale, low: float, high: float, top: float, bottom: float
) -> str:
    left, right = scale(low), scale(high)
    return svg.element(
        "rect",
        {
            "class": "zone",
            "x": left,
            "y": top,
            "width": right - left,
            "height": bottom - top,
        },
    )


def _factor_axis(
    scale: svg.LogScale, top: float, bottom: float, sides: tuple[str, str]
) -> str:
    """Equal in the middle, and what lies on each side of it."""
    parts = [
        svg.line(scale(1), top - 6, scale(1), bottom, "axis"),
        svg.text(scale(1) - 10, top - 9, sides[0], "side", "end"),
        svg.text(scale(1) + 10, top - 9, sides[1], "side"),
    ]
    for value in _factor_ticks(scale.high):
        x = scale(value)
        if value != 1:
            parts.append(svg.line(x, top, x, bottom, "grid"))
        label = "equal"
        if value != 1:
            label = units.shortened(units.times(max(value, 1 / value)))
        parts.append(svg.text(x, bottom + 17, label, "tick", "middle"))
    return "".join(parts)


def _factor_ticks(factor: float) -> list[float]:
    """1, the ends, and a middle where there is room for one."""
    middle = {3.0: 1.5, 5.0: 2.0, 10.0: 3.0, 20.0: 5.0, 50.0: 7.0}
    inner = middle.get(factor, 10.0 if factor >= 100 else 1.0)
    both = {1.0, inner, factor, 1 / inner, 1 / factor}
    return sorted(both)


def _forest_line(line: ForestLine, scale: svg.LogScale, y: float) -> str:
    ratio = line.ratio
    shown = ratio.inverse if ratio.value < 1 else ratio
    return "".join(
        (
            svg.text(scale.start - 10, y + 4.5, line.access, "label", "end"),
            _interval(ratio, ratio.verdict, scale, y),
            svg.text(
                scale.end + 10, y + 4.5, units.times(shown.value), "value"
            ),
        )
    )


def _interval(
    ratio: Ratio, verdict: Verdict, scale: svg.LogScale, y: float
) -> str:
    look = f"v-{verdict.value}"
    low, high = scale(ratio.low), scale(ratio.high)
    middle, shape = scale(ratio.value), _VERDICT_MARKERS[verdict]
    return "".join(
        (
            svg.line(low, y, high, y, f"bar {look}"),
            svg.line(low, y - 4, low, y + 4, f"bar {look}"),
            svg.line(high, y - 4, high, y + 4, f"bar {look}"),
            svg.marker(shape, middle, y, 5, look),
        )
    )


def changes(
    name: str,
    title: str,
    desc: str,
    lines: Sequence[ChangeLine],
    after: str = "B",
) -> str:
    """Each row's name stands above its interval, where there is room. `after`
    is what is held against something."""
    left, right, top = 16.0, _WIDTH - 66, 24.0
    bottom = top + _CHANGE_HEIGHT * len(lines)
    widest = max(1.1, *(line.zone for line in lines))
    factor = common_factor([line.ratio for line in lines], widest)
    scale = svg.LogScale(1 / factor, factor, left, right)
    places = [top + _CHANGE_HEIGHT * index for index in range(len(lines))]
    pairs = list(zip(lines, places, strict=True))
    zones = "".join(
        _zone(scale, 1 / line.zone, line.zone, y, y + _CHANGE_HEIGHT)
        for line, y in pairs
    )
    sides = (f"← {after} faster", f"{after} slower →")
    axis = _factor_axis(scale, top, bottom, sides)
    body = zones + axis
    body += "".join(_change_line(line, scale, y) for line, y in pairs)
    return svg.picture(name, (_WIDTH, bottom + 24), title, desc, body)


def _change_line(line: ChangeLine, scale: svg.LogScale, top: float) -> str:
    y = top + 25
    times = units.times(line.ratio.value)
    return "".join(
        (
            svg.text(scale.start, top + 13, line.name, "row"),
            _interval(line.ratio, line.verdict, scale, y),
            svg.text(scale.end + 10, y + 4.5, times, "value"),
        )
    )


def curves(
    name: str,
    title: str,
    desc: str,
    x_axis: Axis,
    y_axis: Axis,
    lines: Sequence[Curve],
) -> str:
    """Of at least one point."""
    points = [point for line in lines for point in line.points]
    key_rows = (len(lines) + 1) // 2
    left, right = 74.0, _WIDTH - 16
    top = 38.0 + 20 * key_rows
    bottom = top + 190
    low = min(point.estimate.low for point in points)
    high = max(point.estimate.high for point in points)
    y_scale = svg.LogScale(*svg.widened(low, high, 4.0), bottom, top)
    xs = sorted({point.x for point in points})
    margin = 28.0
    x_scale = svg.LogScale(xs[0], xs[-1], left + margin, right - margin)
    body = _y_ground(y_axis, y_scale, left, right)
    body += _x_ground(x_axis, x_scale, xs, bottom)
    body += _key(lines, left)
    for index, line in enumerate(lines):
        shift = _MARKER_PITCH * (index - (len(lines) - 1) / 2)
        body += _curve(line, x_scale, y_scale, shift)
    return svg.picture(name, (_WIDTH, bottom + 42), title, desc, body)


def _y_ground(
    axis: Axis, scale: svg.LogScale, left: float, right: float
) -> str:
    parts = [svg.text(4, scale.end - 20, axis.title, "side")]
    for value in svg.ticks(scale.low, scale.high):
        y = scale(value)
        parts.append(svg.line(left, y, right, y, "grid"))
        words = units.shortened(axis.words(value))
        parts.append(svg.text(left - 8, y + 4, words, "tick", "end"))
    return "".join(parts)


def _x_ground(
    axis: Axis, scale: svg.LogScale, xs: Sequence[float], bottom: float
) -> str:
    """The values measured are the ticks; those too near are not named."""
    middle = (scale.start + scale.end) / 2
    parts = [svg.text(middle, bottom + 36, axis.title, "side", "middle")]
    named_to = -1000.0
    for value in xs:
        x = scale(value)
        parts.append(svg.line(x, bottom, x, bottom + 5, "axis"))
        if x - named_to >= 48:
            label = axis.words(value)
            parts.append(svg.text(x, bottom + 18, label, "tick", "middle"))
            named_to = x
    return "".join(parts)


def _key(lines: Sequence[Curve], left: float) -> str:
    parts = []
    for index, line in enumerate(lines):
        x = left + 170 * (index % 2)
        y = 14.0 + 20 * (index // 2)
        look = f"way-{line.look}"
        shape = svg.MARKERS[line.look]
        parts.append(svg.line(x, y - 4, x + 30, y - 4, f"curve {look}"))
        parts.append(svg.marker(shape, x + 15, y - 4, 4, f"dot {look}"))
        parts.append(svg.text(x + 38, y, line.label, "label"))
    return "".join(parts)


def _curve(
    line: Curve, x_scale: svg.LogScale, y_scale: svg.LogScale, shift: float
) -> str:
    """Shifted sideways a little, so that the intervals stand side by side."""
    look, shape = f"way-{line.look}", svg.MARKERS[line.look]
    places = [
        (x_scale(point.x) + shift, y_scale(point.estimate.median))
        for point in line.points
    ]
    parts = [svg.path(places, f"curve {look}")] if len(places) > 1 else []
    for (x, y), point in zip(places, line.points, strict=True):
        low, high = y_scale(point.estimate.low), y_scale(point.estimate.high)
        parts.append(svg.line(x, low, x, high, f"bar {look}"))
        parts.append(svg.marker(shape, x, y, 4, f"dot {look}"))
    return "".join(parts)


def courses(
    name: str,
    title: str,
    desc: str,
    x_axis: Axis,
    y_axis: Axis,
    lines: Sequence[Curve],
) -> str:
    """From left to right in time. `x` of the points is where they end; each is
    a step of its own, with its interval as a bar."""
    points = [point for line in lines for point in line.points]
    left, right = 74.0, _WIDTH - 16
    top = 38.0 + 20 * ((len(lines) + 1) // 2)
    bottom = top + 190
    low = min(point.estimate.low for point in points)
    high = max(point.estimate.high for point in points)
    y_scale = svg.LogScale(*svg.widened(low, high, 4.0), bottom, top)
    end = max(point.x for point in points)
    x_scale = svg.LinearScale(0.0, end, left, right)
    body = _y_ground(y_axis, y_scale, left, right)
    body += _walks(x_axis, x_scale, top, bottom)
    body += _key(lines, left)
    for line in lines:
        body += _course(line, x_scale, y_scale)
    return svg.picture(name, (_WIDTH, bottom + 42), title, desc, body)


def _walks(
    axis: Axis, scale: svg.LinearScale, top: float, bottom: float
) -> str:
    """A line where each whole unit ends."""
    middle = (scale.start + scale.end) / 2
    parts = [svg.text(middle, bottom + 36, axis.title, "side", "middle")]
    for value in range(1, round(scale.high) + 1):
        x, centre = scale(value), scale(value - 0.5)
        parts.append(svg.line(x, top, x, bottom + 5, "grid"))
        label = axis.words(value)
        parts.append(svg.text(centre, bottom + 18, label, "tick", "middle"))
    return "".join(parts)


def _course(
    line: Curve, x_scale: svg.LinearScale, y_scale: svg.LogScale
) -> str:
    look = f"way-{line.look}"
    places: list[tuple[float, float]] = []
    bars: list[str] = []
    start = 0.0
    for point in line.points:
        y, x = y_scale(point.estimate.median), x_scale(point.x)
        places += [(x_scale(start), y), (x, y)]
        middle = (x_scale(start) + x) / 2
        low, high = y_scale(point.estimate.low), y_scale(point.estimate.high)
        bars.append(svg.line(middle, low, middle, high, f"bar {look}"))
        start = point.x
    return svg.path(places, f"curve {look}") + "".join(bars)
