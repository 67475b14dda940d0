# SPDX-License-Identifier: MIT
"""Where a word holds, in as few conditions as the settings allow.

A region is a choice of values of each factor in which settings differ, and
stands for every setting that takes its values from there. One is grown around
each setting that no earlier one holds: as wide as it gets without taking in a
setting of another word.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence

from mapmark import units
from mapmark.comparisons import Setting

Value = str | int
Region = Mapping[str, frozenset[Value]]
Spans = Mapping[str, tuple[Value, ...]]

# In the order in which a sentence names them.
_FACTORS = (
    *("subject", "size_bytes", "cache", "pattern", "consumer"),
    *("action", "promise", "other"),
)

_WORDS: Mapping[Value, str] = {
    "warm": "in the cache",
    "found": "cached as found",
    "scattered": "cached by scattered reads",
    "cold": "not in the cache",
    "sequential": "in order",
    "reverse": "backwards",
    "stride": "in strides",
    "random": "at random",
    "zipf": "by popularity",
    "sum": "summed",
    "touch": "touched once a page",
    "write": "written",
    "modify": "modified in place",
}
_NAMES_SHOWN = 3
_LEADS = {
    "subject": "measured by ",
    "size_bytes": "of ",
    "pattern": "accessed ",
    "other": "with ",
}


def where(chosen: Collection[Setting], all_of: Sequence[Setting]) -> list[str]:
    """What is true of a file in the chosen settings, and in no other of all:
    one text a region; none if there is nothing else to tell them from."""
    spans = _spans(all_of)
    found = _regions(chosen, all_of, spans)
    return [text for region in found if (text := _in_words(region, spans))]


def listed(parts: Sequence[str], word: str) -> str:
    """a, b `word` c"""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def some_of(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - _NAMES_SHOWN
    end = f", and {more} more" if more > 0 else ""
    return ", ".join(names[:_NAMES_SHOWN]) + end


def _spans(all_of: Sequence[Setting]) -> Spans:
    """Every value of each factor, in the order of the settings."""
    return {
        factor: tuple(dict.fromkeys(getattr(item, factor) for item in all_of))
        for factor in _FACTORS
    }


def _regions(
    chosen: Collection[Setting], all_of: Sequence[Setting], spans: Spans
) -> list[Region]:
    refused = [setting for setting in all_of if setting not in chosen]
    left = [setting for setting in all_of if setting in chosen]
    varied = [factor for factor in _FACTORS if len(spans[factor]) > 1]
    found = []
    while left:
        grown = (
            _grow(left[0], order, spans, refused)
            for order in itertools.permutations(varied)
        )
        widest = max(grown, key=lambda region: _count(region, left))
        left = [setting for setting in left if not _holds(widest, setting)]
        found.append(widest)
    return found


def _grow(
    seed: Setting,
    order: Sequence[str],
    spans: Spans,
    refused: Sequence[Setting],
) -> Region:
    """Around one setting; along a factor that comes first it gets widest."""
    region: dict[str, frozenset[Value]] = {
        factor: frozenset((getattr(seed, factor),)) for factor in _FACTORS
    }
    for factor in order:
        steps = [spans[factor], *((value,) for value in spans[factor])]
        for values in steps:
            wider = region | {factor: region[factor].union(values)}
            if not _count(wider, refused):
                region = wider
    return region


def _holds(region: Region, setting: Setting) -> bool:
    return all(
        getattr(setting, factor) in values for factor, values in region.items()
    )


def _count(region: Region, settings: Sequence[Setting]) -> int:
    return sum(_holds(region, setting) for setting in settings)


def _in_words(region: Region, spans: Spans) -> str:
    conditions = []
    for factor in _FACTORS:
        values = [v for v in spans[factor] if v in region[factor]]
        if len(values) < len(spans[factor]):
            words = listed([_word(value) for value in values], "or")
            conditions.append(_LEADS.get(factor, "") + words)
    return listed(conditions, "and")


def _word(value: Value) -> str:
    if isinstance(value, int):
        return units.size(value)
    return _WORDS.get(value, value or "nothing else")
