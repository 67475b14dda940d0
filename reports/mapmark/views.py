# SPDX-License-Identifier: MIT
"""How large a view should be, computed from the rows of the view laboratory.

The rows of a setting differ in their way and in the size of their views. The
best of the mapped ones is the measure: the answer is the smallest view that
moves and is as good, and from which size on moving beats read calls.
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
from mapmark.statistics import Ratio, median, ratio

VIEW, SLIDE, EACH, WHOLE, READ = "view", "slide", "each", "whole", "read"

# The smallest view that costs no more than that is as good as the best.
WITHIN = 1.05

_ACCESSED = {
    "sequential": "in order",
    "reverse": "backwards",
    "stride": "in strides",
    "random": "at random",
    "zipf": "by popularity",
}


@dataclass(frozen=True)
class ViewSetting:
    """The rows that are one comparison, and may be believed."""

    words: tuple[tuple[str, str], ...]
    size_bytes: int
    access_bytes: int
    rows: tuple[Row, ...]

    @property
    def pattern(self) -> str:
        return dict(self.words).get("pattern", "")

    @property
    def heading(self) -> str:
        how = _ACCESSED.get(self.pattern, self.pattern)
        others = [
            word for kind, word in self.words if kind in ("consumer", "cache")
        ]
        text = f"{how}, {units.size(self.access_bytes)} at a time"
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
    """Those with a view that moves and one of the whole file. Views that start
    beside the access are rows of their own, and show a single fact."""
    groups: dict[tuple[tuple[tuple[str, str], ...], int, int], list[Row]] = {}
    for row in results.rows:
        if row.subject == VIEW and row.is_usable and not row.numbers["start"]:
            words = tuple(w for w in row.words.items() if w[0] != "way")
            key = (words, row.numbers["size"], access_bytes(row))
            groups.setdefault(key, []).append(row)
    found = [
        ViewSetting(words, size, access, tuple(rows))
        for (words, size, access), rows in groups.items()
    ]
    told = [item for item in found if item.of_way(SLIDE) and item.of_way(WHOLE)]
    return tuple(sorted(told, key=_order))


def _order(setting: ViewSetting) -> tuple[object, ...]:
    return (
        place_of(PATTERNS, setting.pattern),
        setting.access_bytes,
        setting.words,
        setting.size_bytes,
    )


def _time(row: Row) -> float:
    return median(row.values(TIME))


def smallest_as_good(setting: ViewSetting) -> Row:
    """The smallest view that moves, or else the one of the whole file, whose
    median is within 5 % of the best."""
    limit = WITHIN * _time(setting.best)
    moving = [row for row in setting.of_way(SLIDE) if _time(row) <= limit]
    return moving[0] if moving else setting.of_way(WHOLE)[0]


def break_even(setting: ViewSetting) -> Row | None:
    """The smallest view that moves and still takes less time than read
    calls, beyond doubt; None where none does, or nothing was read."""
    for read in setting.of_way(READ):
        for row in setting.of_way(SLIDE):
            if ratio(read.values(TIME), row.values(TIME)).low > 1:
                return row
    return None


def sentence(setting: ViewSetting) -> str:
    parts = [_answer(setting), _moving(setting)]
    for row in setting.of_way(EACH)[:1]:
        parts.append(
            f"one of {units.size(view_bytes(row))} that is mapped for each "
            f"access {_factor(setting, row)}"
        )
    for row in setting.of_way(READ)[:1]:
        parts.append(f"read calls {_factor(setting, row)}")
    return f"{setting.heading}: {'; '.join(parts)}. {_even(setting)}".strip()


def _answer(setting: ViewSetting) -> str:
    row = smallest_as_good(setting)
    what = (
        "one view of the whole file"
        if way(row) == WHOLE
        else f"a view of {units.size(view_bytes(row))} that moves"
    )
    return f"the smallest view within 5 % of the best is {what}"


def _moving(setting: ViewSetting) -> str:
    least = setting.of_way(SLIDE)[0]
    size = units.size(view_bytes(least))
    return f"a moving view of {size} takes {_factor(setting, least)} as long"


def _factor(setting: ViewSetting, row: Row) -> str:
    found = setting.over_best(row)
    low, high = units.digits(found.low), units.digits(found.high)
    return f"{units.times(found.value)} ({low} to {high})"


def _even(setting: ViewSetting) -> str:
    if not setting.of_way(READ):
        return ""
    row = break_even(setting)
    if row is None:
        return "No moving view that was measured beats read calls."
    size = units.size(view_bytes(row))
    return f"Moving beats read calls from views of {size} on."


def sizes(settings: Sequence[ViewSetting]) -> tuple[int, ...]:
    """Of views, in all of them."""
    found = {view_bytes(row) for item in settings for row in item.mapped}
    return tuple(sorted(found - {0}))
