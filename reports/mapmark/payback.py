# SPDX-License-Identifier: MIT
"""What the first touch of a mapping costs, and when a mapping has paid back.

Rows of the subject `phases` walk the same accesses twice under one mapping. A
whole pass of theirs is one walk of each kind, which few programs do, so they
are in no comparison of passes: the two walks tell what any number of them
takes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.agreement import listed
from mapmark.comparisons import (
    MAPPED_WAYS,
    PHASES,
    READ,
    Laboratory,
    Setting,
    access_bytes,
    is_mapped,
    laboratories,
    way,
)
from mapmark.results import Results, Row
from mapmark.statistics import Estimate, estimate

# All that is paid once, however often the file is walked; a populated mapping
# pays in its prefetch what others pay at the first touch.
_ONCE = ("map_ns", "hint_ns", "prefetch_ns", "first_ns", "unmap_ns")
_TOUCH = ("prefetch_ns", "first_ns")

_CACHE_PLACES = {
    "warm": "in a warm cache",
    "found": "in the cache as found",
    "scattered": "in a cache filled by scattered reads",
    "cold": "in a cold cache",
}


@dataclass(frozen=True)
class Walks:
    """What the first pass takes, with all that is paid once, and a later one."""

    first: Estimate
    later: Estimate


@dataclass(frozen=True)
class Payback:
    """The pass from which on a mapping takes less time than reading, in the
    best and in the worst case that the intervals allow; None: from no pass on.
    """

    best: int | None
    worst: int | None

    @property
    def in_words(self) -> str:
        if self.best is None:
            return "in no long run"
        start = f"from the {units.ordinal(self.best)} pass"
        if self.best == self.worst:
            return start
        if self.worst is None:
            return f"{start} at best and in no long run at worst"
        return f"{start} at best and the {units.ordinal(self.worst)} at worst"


@dataclass(frozen=True)
class FirstTouch:
    """`touch` is by page, and beyond what a later touch costs."""

    setting: Setting
    row: Row
    touch: Estimate
    mapped: Walks
    read: Walks

    @property
    def is_plain(self) -> bool:
        """Sentences are about it: no hint, no prefetch."""
        return way(self.row) == MAPPED_WAYS[0]


def payback(mapped: Walks, read: Walks) -> Payback:
    return Payback(
        best=_pass_of_gain(
            mapped.first.low - read.first.high,
            read.later.high - mapped.later.low,
        ),
        worst=_pass_of_gain(
            mapped.first.high - read.first.low,
            read.later.low - mapped.later.high,
        ),
    )


def _pass_of_gain(loss: float, gain: float) -> int | None:
    """What mapping loses in the first pass, and gains in each later one."""
    if gain <= 0:
        return None
    return 1 + max(0, math.ceil(loss / gain))


def first_touches(results: Results) -> tuple[FirstTouch, ...]:
    """By setting, access size and way."""
    found: list[FirstTouch] = []
    for laboratory in laboratories(results):
        if laboratory.setting.subject == PHASES:
            found += _of(laboratory)
    return tuple(found)


def _of(laboratory: Laboratory) -> list[FirstTouch]:
    rows = [row for row in laboratory.rows if row.is_usable]
    reads = {access_bytes(row): row for row in rows if way(row) == READ}
    found = []
    for row in rows:
        rival = reads.get(access_bytes(row))
        if rival is None or not is_mapped(row):
            continue
        touch, mapped, read = _touch(row), _walks(row), _walks(rival)
        if touch and mapped and read:
            setting = laboratory.setting
            found.append(FirstTouch(setting, row, touch, mapped, read))
    return found


def _walks(row: Row) -> Walks | None:
    once, later = _sums(row, _ONCE), row.values("steady_ns")
    if not once or not later:
        return None
    return Walks(estimate(once), estimate(later))


def _touch(row: Row) -> Estimate | None:
    touch, later = _sums(row, _TOUCH), row.values("steady_ns")
    pages = row.values("pages")
    if not touch or not len(touch) == len(later) == len(pages):
        return None
    samples = zip(touch, later, pages, strict=True)
    beyond = [(first - again) / page for first, again, page in samples if page]
    return estimate(beyond) if beyond else None


def _sums(row: Row, phases: Sequence[str]) -> tuple[float, ...]:
    """Sample by sample; nothing where a phase is unknown."""
    columns = [row.values(phase) for phase in phases]
    if len({len(column) for column in columns}) > 1:
        return ()
    return tuple(map(sum, zip(*columns, strict=True)))


def sentences(found: Sequence[FirstTouch]) -> tuple[str, ...]:
    """Of plain mappings in common settings; empty if there are none."""
    plain = [item for item in found if item.is_plain]
    common = [item for item in plain if item.setting.is_common] or plain
    if not common:
        return ()
    return _touch_sentence(common), _payback_sentence(common)


def _touch_sentence(found: Sequence[FirstTouch]) -> str:
    parts: list[str] = []
    for cache in dict.fromkeys(item.setting.cache for item in found):
        own = [i.touch.median for i in found if i.setting.cache == cache]
        beyond = "more" if parts else "more than a later one"
        place = _CACHE_PLACES.get(cache, cache)
        parts.append(f"{_range(own)} {beyond} {place}")
    return (
        "Through a mapping, the first touch of a page costs "
        f"{listed(parts, 'and')}."
    )


def _range(values: Sequence[float]) -> str:
    low, high = units.duration(min(values)), units.duration(max(values))
    return low if low == high else f"{low} to {high}"


def _payback_sentence(found: Sequence[FirstTouch]) -> str:
    """Cases are settings and access sizes."""
    counts = Counter(payback(i.mapped, i.read).in_words for i in found)
    start = "Over repeated passes, a mapping that is kept beats read calls"
    if len(counts) == 1:
        (words,) = counts
        return f"{start} {words}."
    parts = [f"{w} in {n} of {len(found)} cases" for w, n in counts.items()]
    return f"{start} {listed(parts, 'and')}."
