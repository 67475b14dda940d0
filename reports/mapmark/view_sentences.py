# SPDX-License-Identifier: MIT
"""What the view laboratory found, in sentences: of each setting one that
answers how large a view should be, and those that say what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mapmark import units
from mapmark.comparisons import way
from mapmark.regions import listed
from mapmark.results import Row
from mapmark.statistics import Ratio, Verdict, median, ratio
from mapmark.views import (
    EACH,
    READ,
    SLIDE,
    WHOLE,
    ViewSetting,
    beside_multiple,
    break_even,
    each_access_ns,
    smallest_as_good,
    view_bytes,
)


def sentence(setting: ViewSetting) -> str:
    """All that is to be said of a setting."""
    parts = [_answer(setting), _moving(setting), *_costs(setting)]
    more = [*_even(setting), *_start(setting), *_phases(setting)]
    more += _memory(setting)
    return " ".join([f"{setting.heading}: {'; '.join(parts)}.", *more])


def _size(row: Row) -> str:
    """Of a view, in words."""
    if way(row) == WHOLE:
        return "the whole file"
    return units.size(view_bytes(row))


def _view(row: Row) -> str:
    if way(row) == WHOLE:
        return "one view of the whole file"
    return f"a view of {_size(row)} that moves"


def _factor(found: Ratio) -> str:
    low, high = units.digits(found.low), units.digits(found.high)
    return f"{units.times(found.value)} ({low} to {high})"


def _answer(setting: ViewSetting) -> str:
    found = smallest_as_good(setting)
    row = found.likely
    if row is None:
        return f"no view is within 5 % of the best, {_best(setting)}"
    text = f"the smallest view within 5 % of the best is {_view(row)}"
    text += f", {_factor(setting.over_best(row))}"
    if found.is_told:
        return text
    start = _size(found.least or row)
    end = "any larger one" if found.sure is None else _size(found.sure)
    return f"{text}, but this run does not tell {start} and {end} apart"


def _best(setting: ViewSetting) -> str:
    return f"{way(setting.best)} of {_size(setting.best)}"


def _moving(setting: ViewSetting) -> str:
    least = setting.of_way(SLIDE)[0]
    factor = _factor(setting.over_best(least))
    return f"a moving view of {_size(least)} takes {factor} as long"


def _costs(setting: ViewSetting) -> Iterator[str]:
    for row in setting.of_way(EACH)[:1]:
        beyond = each_access_ns(setting, row)
        price = ""
        if beyond is not None and beyond > 0:
            price = f", {units.duration(beyond)} more an access"
        yield (
            f"one of {_size(row)} that is mapped for each access "
            f"{_factor(setting.over_best(row))}{price}"
        )
    for row in setting.of_way(READ)[:1]:
        yield f"read calls {_factor(setting.over_best(row))}"


def _sizes(rows: Sequence[Row]) -> str:
    return listed([_size(row) for row in rows], "and")


def _even(setting: ViewSetting) -> Iterator[str]:
    found = break_even(setting)
    if found is None:
        return
    if found.start is not None:
        size = _size(found.start)
        yield f"Moving beats read calls from views of {size} on."
    elif found.faster:
        sizes = _sizes(found.faster)
        yield f"Moving beats read calls with views of {sizes} alone."
    elif not found.untold:
        yield "No moving view that was measured beats read calls."
    if found.untold:
        sizes = _sizes(found.untold)
        yield f"Moving views of {sizes} and read calls are not told apart."


def _start(setting: ViewSetting) -> Iterator[str]:
    """Whether it matters where a view starts."""
    pairs = beside_multiple(setting)
    if not pairs:
        return
    start = "Starting beside the access and not at a multiple of its size"
    told = [
        (row, found)
        for row, found in pairs
        if found.verdict in (Verdict.FASTER, Verdict.SLOWER)
    ]
    if not told:
        yield f"{start} makes no difference that this run can tell."
        return
    row, found = max(told, key=lambda pair: abs(math.log(pair[1].value)))
    yield (
        f"{start}, a view of {_size(row)} takes {_factor(found)} as long, and "
        "no other size makes more of a difference."
    )


def _whole_and_least(setting: ViewSetting) -> tuple[Row, Row]:
    """Between these are all the others."""
    return setting.of_way(WHOLE)[0], setting.of_way(SLIDE)[0]


def _phases(setting: ViewSetting) -> Iterator[str]:
    parts = []
    for row in _whole_and_least(setting):
        if setting.walks > 1 and row.values("steady_ns"):
            found = ratio(row.values("steady_ns"), row.values("first_ns"))
            parts.append(f"{_factor(found)} through {_view(row)}")
        elif setting.is_written and row.values("flush_ns"):
            share = median(row.values("flush_ns")) / median(
                row.values("real_time_ns")
            )
            parts.append(f"{units.percent(share)} through {_view(row)}")
    if not parts:
        return
    if setting.is_written:
        yield f"Of the time, flushing takes {listed(parts, 'and')}."
    else:
        yield (
            "Without the moves, the second walk takes as much of the first "
            f"one's time: {listed(parts, 'and')}."
        )


def _memory(setting: ViewSetting) -> Iterator[str]:
    """Mapping takes addresses, touching takes memory (R-28)."""
    for row in _whole_and_least(setting):
        octets = [
            row.values(metric)
            for metric in ("mapped_bytes", "resident_before", "resident_after")
        ]
        if all(octets):
            mapped, before, after = (units.size(median(one)) for one in octets)
            yield (
                f"Of {mapped} that {_view(row)} has mapped, {before} were "
                f"resident before the first touch, and {after} at the end."
            )
