# SPDX-License-Identifier: MIT
"""How large a view should be, computed from the rows of the view laboratory.

The rows of a setting differ in their way and in the size of their views. The
best of the mapped ones is the measure: the answer is the smallest view that
moves and is as good, and from which size on moving beats read calls; where the
intervals allow several sizes, the answer is all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import (
    PATTERNS,
    TIME,
    access_bytes,
    place_of,
    way,
)
from mapmark.results import Results, Row
from mapmark.statistics import Ratio, Verdict, median, ratio

VIEW, WRITTEN = "view", "write"
SLIDE, NEAR, EACH, WHOLE, READ = "slide", "near", "each", "whole", "read"

# The smallest view that costs no more than that is as good as the best.
WITHIN = 1.05

_ACCESSED = {
    "sequential": "in order",
    "reverse": "backwards",
    "stride": "in strides",
    "random": "at random",
    "zipf": "by popularity",
}


# What the rows of a setting have in common, in the order of its members.
_Key = tuple[tuple[tuple[str, str], ...], int, int, int]


@dataclass(frozen=True)
class ViewSetting:
    """The rows that are one comparison, and may be believed."""

    words: tuple[tuple[str, str], ...]
    size_bytes: int
    access_bytes: int
    walks: int
    rows: tuple[Row, ...]

    @property
    def pattern(self) -> str:
        return dict(self.words).get("pattern", "")

    @property
    def is_written(self) -> bool:
        return dict(self.words).get("consumer") == WRITTEN

    @property
    def heading(self) -> str:
        how = _ACCESSED.get(self.pattern, self.pattern)
        others = [
            word for kind, word in self.words if kind in ("consumer", "cache")
        ]
        text = f"{how}, {units.size(self.access_bytes)} at a time"
        if self.walks > 1:
            text += ", twice"
        return ", ".join([text[:1].upper() + text[1:], *others])

    def of_way(self, wanted: str) -> tuple[Row, ...]:
        found = [row for row in self.rows if way(row) == wanted]
        return tuple(sorted(found, key=view_bytes))

    @property
    def mapped(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if way(row) != READ)

    @property
    def best(self) -> Row:
        return min(self.mapped, key=_time)

    def over_best(self, row: Row) -> Ratio:
        """The row's time over that of the best mapped one."""
        return ratio(row.values(TIME), self.best.values(TIME))


def view_bytes(row: Row) -> int:
    """0 for a way that has no views of a size."""
    return row.numbers.get("view", 0)


def view_settings(results: Results) -> tuple[ViewSetting, ...]:
    """Those with a view that moves and one of the whole file."""
    if results.context.is_wine:
        return ()
    groups: dict[_Key, list[Row]] = {}
    for row in results.rows:
        if row.subject == VIEW and row.is_usable:
            words = tuple(w for w in row.words.items() if w[0] != "way")
            size, walks = row.numbers["size"], row.numbers.get("walks", 1)
            key = (words, size, access_bytes(row), walks)
            groups.setdefault(key, []).append(row)
    found = [ViewSetting(*key, tuple(rows)) for key, rows in groups.items()]
    told = [item for item in found if item.of_way(SLIDE) and item.of_way(WHOLE)]
    return tuple(sorted(told, key=_order))


def _order(setting: ViewSetting) -> tuple[object, ...]:
    return (
        setting.is_written,
        setting.walks,
        place_of(PATTERNS, setting.pattern),
        setting.access_bytes,
        setting.words,
        setting.size_bytes,
    )


def _time(row: Row) -> float:
    return median(row.values(TIME))


@dataclass(frozen=True)
class Smallest:
    """The smallest view that is as good as the best: by the medians, and the
    least and the largest that the intervals allow. None: not even one of the
    whole file."""

    likely: Row | None
    least: Row | None
    sure: Row | None

    @property
    def is_told(self) -> bool:
        """Whether the intervals leave one size."""
        return self.least is self.sure


def smallest_as_good(setting: ViewSetting) -> Smallest:
    """Among views that move, and then the one of the whole file."""
    rows = (*setting.of_way(SLIDE), *setting.of_way(WHOLE))
    factors = [(row, setting.over_best(row)) for row in rows]

    def first(limits: Sequence[float]) -> Row | None:
        for row, limit in zip(rows, limits, strict=True):
            if limit <= WITHIN:
                return row
        return None

    return Smallest(
        likely=first([factor.value for _, factor in factors]),
        least=first([factor.low for _, factor in factors]),
        # The best is as good as itself, however its times scatter.
        sure=first(
            [
                1.0 if row is setting.best else factor.high
                for row, factor in factors
            ]
        ),
    )


@dataclass(frozen=True)
class BreakEven:
    """Views that move and take less time than read calls: beyond doubt, and
    those of which the run cannot tell. `start`: it and all larger ones do."""

    faster: tuple[Row, ...]
    untold: tuple[Row, ...]
    start: Row | None


def break_even(setting: ViewSetting) -> BreakEven | None:
    """None where nothing was read."""
    moving = setting.of_way(SLIDE)
    for read in setting.of_way(READ):
        verdicts = [
            ratio(read.values(TIME), row.values(TIME)).verdict for row in moving
        ]
        start = len(moving)
        while start and verdicts[start - 1] is Verdict.FASTER:
            start -= 1
        told = list(zip(moving, verdicts, strict=True))
        untold = (Verdict.UNKNOWN, Verdict.SAME)
        return BreakEven(
            faster=tuple(row for row, one in told if one is Verdict.FASTER),
            untold=tuple(row for row, one in told if one in untold),
            start=moving[start] if start < len(moving) else None,
        )
    return None


def beside_multiple(setting: ViewSetting) -> tuple[tuple[Row, Ratio], ...]:
    """Each view that starts beside its access, and its time over that of one
    as large that starts at a multiple of its size."""
    slides = {view_bytes(row): row for row in setting.of_way(SLIDE)}
    return tuple(
        (row, ratio(row.values(TIME), slides[view_bytes(row)].values(TIME)))
        for row in setting.of_way(NEAR)
        if view_bytes(row) in slides
    )


def each_access_ns(setting: ViewSetting, row: Row) -> float | None:
    """What the row takes for an access beyond one view of the whole file."""
    accesses = row.values("accesses")
    if not accesses:
        return None
    beyond = _time(row) - _time(setting.of_way(WHOLE)[0])
    return beyond / median(accesses)


def sizes(settings: Sequence[ViewSetting]) -> tuple[int, ...]:
    """Of views, in all of them."""
    found = {view_bytes(row) for item in settings for row in item.mapped}
    return tuple(sorted(found - {0}))
