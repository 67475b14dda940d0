# SPDX-License-Identifier: MIT
"""Which rows answer the same question, and how they compare.

Rows that differ in their way alone do the same accesses and the same work.
The best mapped way stands against the calls that do the same; a comparison over
several access sizes is one group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mapmark.results import Results, Row
from mapmark.statistics import Ratio, Verdict, median, ratio

READ, WRITE, PHASES = "read", "write", "phases"
# Of each subject in which mapping stands against calls: the way of the calls.
CALLS = {READ: READ, WRITE: WRITE}
MAPPED_WAYS = ("mapped", "mapped-window", "mapped-populated")
# Those that a chart has room for, then those that only tables show.
CHARTED_WAYS = (*MAPPED_WAYS, READ, "memory", "stdio")
_HINTED_WAYS = (
    *("mapped-sequential", "mapped-random", "mapped-will-need"),
    "mapped-huge",
)
TABLED_WAYS = (*_HINTED_WAYS, "read-misaligned", "write-misaligned")
_WAYS = (
    *(*MAPPED_WAYS, *_HINTED_WAYS, READ, "read-misaligned"),
    *(WRITE, "write-misaligned", "stdio", "async", "memory"),
)

TIME = "real_time_ns"
PATTERNS = ("sequential", "reverse", "stride", "random", "zipf")
CACHES = ("warm", "found", "scattered", "cold")
ACTIONS = ("write", "modify")
PROMISES = ("dirty", "durable")
_NAMED_WORDS = ("way", "cache", "pattern", "consumer", "action", "promise")


@dataclass(frozen=True)
class Setting:
    """What all rows of a group have in common."""

    subject: str
    cache: str
    pattern: str
    consumer: str
    size_bytes: int
    other: str
    action: str = ""
    promise: str = ""

    @property
    def order(self) -> tuple[object, ...]:
        """As readers meet them: caches, then patterns, as they are listed
        above, others behind them."""
        return (
            self.subject,
            place_of(CACHES, self.cache),
            place_of(PATTERNS, self.pattern),
            self.consumer,
            place_of(ACTIONS, self.action),
            place_of(PROMISES, self.promise),
            self.other,
            self.size_bytes,
        )

    @property
    def is_common(self) -> bool:
        """Whether a choice between mapping and calls is likely to be made for
        it: the rest show single facts."""
        return (
            not self.other
            and self.cache != "scattered"
            and self.pattern in ("", "sequential", "random")
        )

    @property
    def topic(self) -> Setting:
        """The same for every size of the file."""
        return replace(self, size_bytes=0)


@dataclass(frozen=True)
class Comparison:
    """`speedup` is the calls' time over mapping's."""

    setting: Setting
    access_bytes: int
    mapped: Row
    calls: Row
    speedup: Ratio

    @property
    def verdict(self) -> Verdict:
        return self.speedup.verdict

    @property
    def unproved(self) -> tuple[str, ...]:
        """Why the rows' conditions are not proved, if so."""
        rows = (self.mapped, self.calls)
        found = {r.reason: None for r in rows if r.state == "unproved"}
        return tuple(found)


@dataclass(frozen=True)
class Laboratory:
    """All rows of one setting, of every way and access size."""

    setting: Setting
    rows: tuple[Row, ...]

    @property
    def ways(self) -> tuple[str, ...]:
        found = {way(row) for row in self.rows}
        return tuple(sorted(found, key=lambda name: place_of(_WAYS, name)))


def way(row: Row) -> str:
    return row.words.get("way", "")


def is_mapped(row: Row) -> bool:
    return way(row).startswith("mapped")


def access_bytes(row: Row) -> int:
    return row.numbers.get("access", 0)


def place_of(known: Sequence[str], word: str) -> tuple[int, str]:
    if word in known:
        return known.index(word), word
    return len(known), word


def setting_of(row: Row) -> Setting:
    others = [w for key, w in row.words.items() if key not in _NAMED_WORDS]
    # What a name leaves out is as usual.
    named = row.name.split("/")
    others += [
        f"{number} {key}"
        for key, number in row.numbers.items()
        if key not in ("size", "access") and f"{key}:{number}" in named
    ]
    return Setting(
        subject=row.subject,
        cache=row.words.get("cache", ""),
        pattern=row.words.get("pattern", ""),
        consumer=row.words.get("consumer", ""),
        size_bytes=row.numbers.get("size", 0),
        other=", ".join(others),
        action=row.words.get("action", ""),
        promise=row.words.get("promise", ""),
    )


def laboratories(results: Results) -> tuple[Laboratory, ...]:
    """Every row that has a way, grouped by setting."""
    groups: dict[Setting, list[Row]] = {}
    for row in results.rows:
        if way(row):
            groups.setdefault(setting_of(row), []).append(row)
    return tuple(
        Laboratory(setting, tuple(sorted(groups[setting], key=_row_order)))
        for setting in sorted(groups, key=lambda found: found.order)
    )


def _row_order(row: Row) -> tuple[object, ...]:
    return (access_bytes(row), place_of(_WAYS, way(row)))


def comparisons(results: Results) -> tuple[tuple[Comparison, ...], ...]:
    """One group a setting, ordered by access size; empty ones left out, and
    subjects that ask something else."""
    groups = []
    for laboratory in laboratories(results):
        if laboratory.setting.subject not in CALLS:
            continue
        by_size: dict[int, list[Row]] = {}
        for row in laboratory.rows:
            if row.is_usable:
                by_size.setdefault(access_bytes(row), []).append(row)
        found = [_compare(laboratory.setting, rows) for rows in by_size.values()]
        group = tuple(item for item in found if item is not None)
        if group:
            groups.append(group)
    return tuple(groups)


def _compare(setting: Setting, rows: Sequence[Row]) -> Comparison | None:
    """Of rows of one access size."""
    calls = [row for row in rows if way(row) == CALLS[setting.subject]]
    mapped = [row for row in rows if way(row) in MAPPED_WAYS]
    if not calls or not mapped:
        return None
    best = min(mapped, key=lambda row: median(row.values(TIME)))
    speedup = ratio(calls[0].values(TIME), best.values(TIME))
    return Comparison(setting, access_bytes(best), best, calls[0], speedup)
