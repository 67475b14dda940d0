# SPDX-License-Identifier: MIT
"""How the cache was filled, and what that costs.

The same octets, all of them cached, lie there in large pieces or in small ones,
and a mapping is entered piece by piece. So each row of a file that was filled
otherwise stands against the same row of the file that was read in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import (
    MAPPED_WAYS,
    READ,
    TIME,
    access_bytes,
    laboratories,
    way,
)
from mapmark.results import Results, Row
from mapmark.statistics import Ratio, Verdict, ratio

WARM = "warm"
_FILLINGS = {
    "scattered": "when it was cached in 4 KiB pieces",
    "found": "when it lay as it was found",
}


@dataclass(frozen=True)
class Filling:
    """A row, and how many times as long it takes as `warm`, the same row of
    the file that was read in order."""

    row: Row
    warm: Row
    factor: Ratio

    @property
    def cache(self) -> str:
        return self.row.words.get("cache", "")

    @property
    def is_slower(self) -> bool:
        """Beyond doubt: the same row warm is faster."""
        return self.factor.verdict is Verdict.FASTER


def fillings(results: Results) -> tuple[Filling, ...]:
    """Of reading, in the order of the laboratories."""
    rows = [
        row
        for laboratory in laboratories(results)
        for row in laboratory.rows
        if laboratory.setting.subject == READ and row.is_usable
    ]
    warm = {_alike(row): row for row in rows if row.words.get("cache") == WARM}
    return tuple(
        Filling(row, warm[_alike(row)], _factor(row, warm[_alike(row)]))
        for row in rows
        if row.words.get("cache") in _FILLINGS and _alike(row) in warm
    )


def _alike(row: Row) -> tuple[object, ...]:
    """Equal for rows that differ in the filling alone."""
    words = {key: word for key, word in row.words.items() if key != "cache"}
    return (*sorted(words.items()), *sorted(row.numbers.items()))


def _factor(row: Row, warm: Row) -> Ratio:
    return ratio(row.values(TIME), warm.values(TIME))


def sentence(found: Sequence[Filling]) -> str:
    """The mapped row to which the filling matters most, and reading beside
    it; empty where one of them was not measured."""
    mapped = [item for item in found if way(item.row) in MAPPED_WAYS]
    if not mapped:
        return ""
    slower = [item for item in mapped if item.is_slower]
    if not slower:
        return (
            "To a mapped reader, how the cache was filled makes no difference "
            "that is beyond doubt."
        )
    worst = max(slower, key=lambda item: item.factor.value)
    text = (
        f"The same cached file costs a mapped reader {_times(worst.factor)} as "
        f"much {_FILLINGS[worst.cache]} ({_where(worst)})"
    )
    reading = [item for item in found if _is_rival(item, worst)]
    if reading:
        text += f"; read calls {_times(reading[0].factor)}"
    return text + "."


def _is_rival(item: Filling, mapped: Filling) -> bool:
    """Read calls that do the same."""
    words = mapped.row.words | {"way": READ}
    return item.row.words == words and item.row.numbers == mapped.row.numbers


def _times(factor: Ratio) -> str:
    interval = units.span(factor.low, factor.high)
    return f"{units.times(factor.value)} ({interval})"


def _where(item: Filling) -> str:
    row = item.row
    access = access_bytes(row)
    size = f" at {units.size(access)}" if access else ""
    return f"{way(row)}, {row.words.get('pattern', '')}{size}"
