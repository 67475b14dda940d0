# SPDX-License-Identifier: MIT
"""Numbers as people read them; full precision stays in the tables."""

from __future__ import annotations

import math
import re

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DECIMAL = ("", "k", "M", "G", "T", "P")
_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))


def digits(value: float, count: int = 3) -> str:
    """With that many significant digits and no exponent."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    places = count - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if rounded and math.floor(math.log10(abs(rounded))) > count - 1 - places:
        places -= 1
    return f"{rounded:,.{max(0, places)}f}".replace(",", "\u202f")


def size(count: int | float) -> str:
    """Octets in the largest binary unit that leaves a number of 1 or more;
    exact multiples have no decimals."""
    value, unit = float(count), 0
    while abs(value) >= 1024 and unit + 1 < len(_BINARY):
        value, unit = value / 1024, unit + 1
    text = f"{value:.0f}" if value == int(value) else digits(value)
    return f"{text} {_BINARY[unit]}"


def duration(ns: float) -> str:
    for factor, unit in _TIMES:
        if abs(ns) >= factor:
            return f"{digits(ns / factor)} {unit}"
    return f"{digits(ns)} ns"


def rate(bytes_per_second: float) -> str:
    return f"{_decimal(bytes_per_second)}B/s"


def _decimal(value: float) -> str:
    unit = 0
    while abs(value) >= 1000 and unit + 1 < len(_DECIMAL):
        value, unit = value / 1000, unit + 1
    return f"{digits(value)} {_DECIMAL[unit]}"


def count(value: float) -> str:
    """Whole when it is whole."""
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    return digits(value)


def percent(share: float) -> str:
    """A share as per cent, never rounded up to 100."""
    value = 100 * share
    if 99.9 < value < 100:
        return "99.9 %"
    return f"{value:.1f} %" if value % 1 >= 0.05 else f"{value:.0f} %"


def shortened(text: str) -> str:
    """Of a round number: without the zeros behind its point."""
    return re.sub(r"\.0+(?!\d)|(\.\d*[1-9])0+(?!\d)", r"\1", text)


def times(value: float, count: int = 3) -> str:
    return f"{digits(value, count)}×"


def remaining(seconds: float) -> str:
    """A time to wait, as rough as it is known."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def span(low: float, high: float) -> str:
    """Of two numbers without a unit."""
    return f"{digits(low)} to {digits(high)}"


def ordinal(number: int) -> str:
    if number == 1:
        return "first"
    is_teen = number % 100 in (11, 12, 13)
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}" + ("th" if is_teen else ends.get(number % 10, "th"))
