# SPDX-License-Identifier: MIT
"""Pieces of SVG: elements as text, logarithmic scales and their ticks.

Looks are left to the page's style sheet, by class, so that a chart follows
the reader's choice of light, dark or paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# Densities of ticks within a decade: the first that gives enough is taken.
_STEPS = (
    (1.0,),
    (1.0, 3.0),
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    tuple(1 + step / 5 for step in range(45)),
)
_TICKS_WANTED = 3
_TICKS_MOST = 8

MARKERS = ("circle", "square", "triangle", "diamond", "cross", "plus")


@dataclass(frozen=True)
class LogScale:
    """Maps low..high to start..end; equal factors are equal distances."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = math.log(self.high / self.low)
        share = math.log(value / self.low) / span if span else 0.5
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class LinearScale:
    """Maps low..high to start..end; equal differences are equal distances."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def element(
    tag: str, attributes: dict[str, object], *children: str
) -> str:
    """Numbers are rounded to what a screen can show."""
    parts = [tag]
    for name, value in attributes.items():
        text = _number(value) if isinstance(value, float) else str(value)
        parts.append(f'{name}="{escape(text)}"')
    if not children:
        return f"<{' '.join(parts)}/>"
    return f"<{' '.join(parts)}>{''.join(children)}</{tag}>"


def text(
    x: float, y: float, content: str, class_name: str = "", anchor: str = ""
) -> str:
    attributes: dict[str, object] = {"x": x, "y": y}
    if class_name:
        attributes["class"] = class_name
    if anchor:
        attributes["text-anchor"] = anchor
    return element("text", attributes, escape(content, quote=False))


def line(x1: float, y1: float, x2: float, y2: float, class_name: str) -> str:
    return element(
        "line",
        {"class": class_name, "x1": x1, "y1": y1, "x2": x2, "y2": y2},
    )


def path(points: Sequence[tuple[float, float]], class_name: str) -> str:
    return element("path", {"class": class_name, "d": _steps(points)})


def _steps(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def marker(shape: str, x: float, y: float, size: float, name: str) -> str:
    """Its area does not depend much on the shape."""
    if shape == "circle":
        return element(
            "circle", {"class": name, "cx": x, "cy": y, "r": size}
        )
    corners = [(x + dx, y + dy) for dx, dy in _corners(shape, size)]
    return element("path", {"class": name, "d": _steps(corners) + "Z"})


def _corners(shape: str, size: float) -> list[tuple[float, float]]:
    a, b, c = size * 0.9, size * 1.3, size * 0.4
    if shape == "square":
        return [(-a, -a), (a, -a), (a, a), (-a, a)]
    if shape == "triangle":
        return [(0, -b), (b, a), (-b, a)]
    if shape == "diamond":
        return [(0, -b), (b, 0), (0, b), (-b, 0)]
    plus = [(-c, -b), (c, -b), (c, -c), (b, -c), (b, c), (c, c)]
    plus += [(c, b), (-c, b), (-c, c), (-b, c), (-b, -c), (-c, -c)]
    if shape == "plus":
        return plus
    half = math.sqrt(0.5)
    return [((x - y) * half, (x + y) * half) for x, y in plus]


def picture(
    name: str, size: tuple[float, float], title: str, desc: str, body: str
) -> str:
    """A whole SVG; `name` is unique in the page."""
    width, height = size
    return element(
        "svg",
        {
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
        },
        element("title", {"id": f"{name}-title"}, escape(title)),
        element("desc", {"id": f"{name}-desc"}, escape(desc)),
        body,
    )


def widened(
    low: float, high: float, least_factor: float
) -> tuple[float, float]:
    """At least that factor wide, around the middle: what is within a few per
    cent must not look like a cliff."""
    missing = least_factor / (high / low)
    by = math.sqrt(missing) if missing > 1 else 1.05
    return low / by, high * by


def ticks(low: float, high: float) -> list[float]:
    """Round numbers within low..high, not too few and not too many."""
    found: list[float] = []
    for steps in _STEPS:
        found = _ticks_at(low, high, steps)
        if len(found) >= _TICKS_WANTED:
            break
    while len(found) > _TICKS_MOST:
        found = found[::2]
    return found


def _ticks_at(low: float, high: float, steps: Sequence[float]) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    candidates = (
        step * 10.0**exponent
        for exponent in range(first, last + 1)
        for step in steps
    )
    return [value for value in candidates if low <= value <= high]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
