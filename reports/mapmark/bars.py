# SPDX-License-Identifier: MIT
"""The third chart of the report: what a time is made of, one bar a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapmark import svg, units
from mapmark.statistics import median

_WIDTH = 440.0
_ROW_HEIGHT = 24.0
_BAR_HEIGHT = 15.0
_LEFT, _RIGHT = 178.0, _WIDTH - 74
_GROUP_END, _LABEL_END = 52.0, _LEFT - 8
_KEY_PITCH = 146.0
_KEYS_ABREAST = 3
_STEPS_MOST = 4

# A bar that is longer than the usual one by more is drawn shorter and broken:
# it would leave no room to see what the others are made of.
_LONGEST_OVER_MEDIAN = 4.0


@dataclass(frozen=True)
class Part:
    """`look` is a class of the style sheet; `hatched` parts are told apart
    without their colour."""

    label: str
    look: str
    is_hatched: bool = False


@dataclass(frozen=True)
class Bar:
    """`lengths` are those of the chart's parts, in their order."""

    group: str
    label: str
    lengths: tuple[float, ...]
    words: str

    @property
    def total(self) -> float:
        return sum(self.lengths)


def stacked(
    name: str,
    title: str,
    desc: str,
    parts: Sequence[Part],
    bars: Sequence[Bar],
    words: Callable[[float], str],
) -> str:
    """Of at least one bar that is longer than nothing. Parts that no bar has
    are not in the key."""
    shown = [
        part
        for place, part in enumerate(parts)
        if any(bar.lengths[place] for bar in bars)
    ]
    top = 34.0 + 20 * ((len(shown) - 1) // _KEYS_ABREAST)
    bottom = top + _ROW_HEIGHT * len(bars)
    longest = _longest(bars)
    body = _hatch(name) + _key(name, shown)
    body += _ground(longest, top, bottom, words)
    group = ""
    for place, bar in enumerate(bars):
        y = top + _ROW_HEIGHT * (place + 0.5)
        if bar.group != group:
            group = bar.group
            body += svg.text(_GROUP_END, y + 4.5, group, "label", "end")
        body += _bar(name, bar, parts, y, longest)
    return svg.picture(name, (_WIDTH, bottom + 24), title, desc, body)


def _longest(bars: Sequence[Bar]) -> float:
    totals = [bar.total for bar in bars]
    return min(max(totals), _LONGEST_OVER_MEDIAN * median(totals))


def _hatch(name: str) -> str:
    return svg.element(
        "pattern",
        {
            "id": f"{name}-hatch",
            "width": 5,
            "height": 5,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
        svg.line(1, 0, 1, 5, "hatch"),
    )


def _box(name: str, part: Part, x: float, y: float, width: float) -> str:
    attributes: dict[str, object] = {
        "class": f"part {part.look}",
        "x": x,
        "y": y - _BAR_HEIGHT / 2,
        "width": width,
        "height": _BAR_HEIGHT,
    }
    if part.is_hatched:
        attributes["fill"] = f"url(#{name}-hatch)"
    return svg.element("rect", attributes)


def _key(name: str, parts: Sequence[Part]) -> str:
    pieces = []
    for place, part in enumerate(parts):
        x = _KEY_PITCH * (place % _KEYS_ABREAST)
        y = 10.0 + 20 * (place // _KEYS_ABREAST)
        pieces.append(_box(name, part, x + 1, y, 18))
        pieces.append(svg.text(x + 25, y + 4.5, part.label, "tick"))
    return "".join(pieces)


def _ground(
    longest: float, top: float, bottom: float, words: Callable[[float], str]
) -> str:
    parts = [svg.line(_LEFT, top - 4, _LEFT, bottom, "axis")]
    step = _step(longest)
    for count in range(1, int(longest / step) + 1):
        x = _LEFT + (_RIGHT - _LEFT) * count * step / longest
        label = units.shortened(words(count * step))
        parts.append(svg.line(x, top - 4, x, bottom, "grid"))
        parts.append(svg.text(x, bottom + 17, label, "tick", "middle"))
    return "".join(parts)


def _step(longest: float) -> float:
    """The smallest round one that leaves room for the words."""
    unit = 10.0 ** math.floor(math.log10(longest / _STEPS_MOST))
    steps = (factor * unit for factor in (1, 2, 5, 10))
    return next(step for step in steps if longest < _STEPS_MOST * step)


def _bar(
    name: str, bar: Bar, parts: Sequence[Part], y: float, longest: float
) -> str:
    is_broken = bar.total > longest
    scale = (_RIGHT - _LEFT) / max(bar.total, longest)
    x = _LEFT
    pieces = [svg.text(_LABEL_END, y + 4.5, bar.label, "label", "end")]
    for part, length in zip(parts, bar.lengths, strict=True):
        if length:
            pieces.append(_box(name, part, x, y, length * scale))
            x += length * scale
    if is_broken:
        pieces.append(_break(y))
    pieces.append(svg.text(_RIGHT + 8, y + 4.5, bar.words, "value"))
    return "".join(pieces)


def _break(y: float) -> str:
    """Two strokes across the bar."""
    x, reach = (_LEFT + _RIGHT) / 2, _BAR_HEIGHT / 2 + 3
    corners = [(x - 1, y + reach), (x + 5, y - reach)]
    corners += [(x + 10, y - reach), (x + 4, y + reach)]
    return svg.path(corners, "break") + "".join(
        svg.line(*corners[a], *corners[b], "axis") for a, b in ((0, 1), (2, 3))
    )
