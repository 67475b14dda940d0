# SPDX-License-Identifier: MIT
"""Map or read? The comparisons of a run in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import Comparison, Setting, comparisons
from mapmark.regions import listed, where
from mapmark.results import Results
from mapmark.statistics import SAME_WITHIN, Ratio, Verdict

_CACHE_WORDS = {
    "warm": "warm cache",
    "found": "cache as found",
    "scattered": "cache filled by scattered reads",
    "cold": "cold cache",
}
_PATTERN_WORDS = {"stride": "strided"}
_SIZES_LISTED = 3

MAP, READ, TIE = "Map", "Read", "Either"
DEPENDS, UNTOLD = "It depends", "Cannot tell"

_HEADLINES = {
    MAP: "Map it.",
    READ: "Read it.",
    TIE: "Either will do.",
    DEPENDS: "It depends.",
    UNTOLD: "This run cannot tell.",
}

# How a summary says a word of some settings, and of all of them.
_SAID = {
    MAP: "Map",
    READ: "Read",
    TIE: "Either will do",
    DEPENDS: "It depends on the access size",
    UNTOLD: "This run cannot tell",
}
_EVERYWHERE = {
    MAP: (
        "In each of the {count} settings measured mapping is faster at some "
        "access size, and slower at none."
    ),
    READ: (
        "In each of the {count} settings measured reading is faster at some "
        "access size, and slower at none."
    ),
    TIE: (
        "In each of the {count} settings measured mapping and reading take "
        "the same time."
    ),
    DEPENDS: (
        "In each of the {count} settings measured it depends on the access "
        "size."
    ),
    UNTOLD: (
        "In none of the {count} settings measured is there a difference "
        "beyond doubt."
    ),
}

# More conditions than that are harder to read than the settings themselves,
# and more settings than that are no plan of ours.
_PLACES_NAMED = 3
_SETTINGS_DESCRIBED = 256
_LINES_IN_TERMINAL = 12


@dataclass(frozen=True)
class Answer:
    """To one setting: a word, a sentence, and what they rest on."""

    setting: Setting
    heading: str
    word: str
    sentence: str
    note: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Answers:
    headline: str
    summary: str
    each: tuple[Answer, ...]

    @property
    def least_coverage(self) -> float:
        return min(
            (c.speedup.coverage for a in self.each for c in a.comparisons),
            default=0.0,
        )


def answer(results: Results) -> Answers:
    if results.context.is_wine:
        return Answers("No answer.", "Times under Wine mean nothing.", ())
    groups = comparisons(results)
    settings = [group[0].setting for group in groups]
    each = tuple(_answer(group, settings) for group in groups)
    common = [item for item in each if item.setting.is_common] or each
    return Answers(_headline(common), _summary(common), each)


def in_words(answers: Answers) -> list[str]:
    """For a terminal: a line an answer, unless there are too many."""
    lines = [f"{answers.headline} {answers.summary}".strip()]
    for item in answers.each[:_LINES_IN_TERMINAL]:
        note = f" ({item.note})" if item.note else ""
        lines.append(f"{item.heading}: {item.sentence}{note}")
    more = len(answers.each) - _LINES_IN_TERMINAL
    if more > 0:
        lines.append(f"The report has the other {more} settings.")
    return lines


def _answer(group: Sequence[Comparison], all_of: Sequence[Setting]) -> Answer:
    return Answer(
        setting=group[0].setting,
        heading=heading(group[0].setting, all_of),
        word=_word([comparison.verdict for comparison in group]),
        sentence=_sentence(group),
        note=_note(group),
        comparisons=tuple(group),
    )


def heading(setting: Setting, all_of: Sequence[Setting]) -> str:
    """Cache and pattern, and of the rest what tells the settings apart."""
    parts = [
        _CACHE_WORDS.get(setting.cache, setting.cache),
        _PATTERN_WORDS.get(setting.pattern, setting.pattern),
    ]
    if len({other.consumer for other in all_of}) > 1:
        parts.append(setting.consumer)
    if len({other.size_bytes for other in all_of}) > 1:
        parts.append(units.size(setting.size_bytes))
    if len({other.subject for other in all_of}) > 1:
        parts.insert(0, setting.subject)
    parts.append(setting.other)
    text = ", ".join(part for part in parts if part) or setting.subject
    return text[:1].upper() + text[1:]


def _word(verdicts: Sequence[Verdict]) -> str:
    found = set(verdicts)
    if 2 * verdicts.count(Verdict.UNKNOWN) > len(verdicts):
        return UNTOLD
    if {Verdict.FASTER, Verdict.SLOWER} <= found:
        return DEPENDS
    if Verdict.FASTER in found:
        return MAP
    if Verdict.SLOWER in found:
        return READ
    return TIE if found == {Verdict.SAME} else UNTOLD


def _sentence(group: Sequence[Comparison]) -> str:
    """One clause a verdict, in the order in which access sizes bring it."""
    verdicts = {item.verdict: None for item in group}
    text = "; ".join(_clause(verdict, group) for verdict in verdicts)
    return text[0].upper() + text[1:] + "."


def _clause(verdict: Verdict, group: Sequence[Comparison]) -> str:
    found = [item for item in group if item.verdict is verdict]
    where = _where(found, group)
    if verdict is Verdict.SAME:
        return (
            f"mapping and reading are within {SAME_WITHIN * 100:.0f} % of "
            f"each other {where}"
        )
    if verdict is Verdict.UNKNOWN:
        return f"this run cannot tell {where}: {_doubt(found)}"
    winner = "mapping" if verdict is Verdict.FASTER else "reading"
    return f"{winner} is faster {where}, {_factors(found)}"


def _where(found: Sequence[Comparison], group: Sequence[Comparison]) -> str:
    sizes = [units.size(item.access_bytes) for item in found]
    if not found[0].access_bytes:
        return "here"
    if len(sizes) == 1:
        return f"at {sizes[0]}"
    if len(found) == len(group):
        is_told = found[0].verdict is not Verdict.UNKNOWN
        return f"at {'every' if is_told else 'any'} access size"
    first = group.index(found[0])
    if list(group[first : first + len(found)]) == list(found):
        return f"from {sizes[0]} to {sizes[-1]}"
    return f"at {listed(sizes, 'and')}"


def _factors(run: Sequence[Comparison]) -> str:
    """Each factor of a short run; of a long one the smallest and largest."""
    if len(run) <= _SIZES_LISTED:
        return ", ".join(_factor(item, len(run) > 1) for item in run)
    ordered = sorted(run, key=lambda item: _winning(item.speedup).value)
    least, most = ordered[0], ordered[-1]
    return f"from {_factor(least, True)} up to {_factor(most, True)}"


def _factor(item: Comparison, with_size: bool) -> str:
    ratio = _winning(item.speedup)
    size = f" at {units.size(item.access_bytes)}" if with_size else ""
    return (
        f"{units.times(ratio.value)} "
        f"({units.digits(ratio.low)} to {units.digits(ratio.high)}){size}"
    )


def _winning(ratio: Ratio) -> Ratio:
    return ratio.inverse if ratio.verdict is Verdict.SLOWER else ratio


def _doubt(found: Sequence[Comparison]) -> str:
    """What the intervals of an undecided comparison leave possible."""
    if not all(item.speedup.is_covered for item in found):
        return "too few samples"
    low = min(item.speedup.low for item in found)
    high = max(item.speedup.high for item in found)
    return (
        f"mapping is between {units.times(1 / low)} slower and "
        f"{units.times(high)} faster"
    )


def _note(group: Sequence[Comparison]) -> str:
    reasons = {reason: None for item in group for reason in item.unproved}
    if not reasons:
        return ""
    return "unproved: " + "; ".join(reason for reason in reasons if reason)


def _headline(each: Sequence[Answer]) -> str:
    words = {item.word for item in each}
    if not each:
        return "No answer."
    return _HEADLINES[words.pop()] if len(words) == 1 else "It depends."


def _summary(each: Sequence[Answer]) -> str:
    """Which word holds where; of a single setting its sentence tells."""
    if not each:
        return "No mapped row and read row can be compared."
    if len(each) == 1:
        return ""
    words = {item.word for item in each}
    if len(words) == 1:
        return _EVERYWHERE[words.pop()].format(count=len(each))
    said = [_said(word, each) for word in _SAID if word in words]
    return " ".join(said)


def _said(word: str, each: Sequence[Answer]) -> str:
    chosen = {item.setting for item in each if item.word == word}
    places = []
    if len(each) <= _SETTINGS_DESCRIBED:
        places = where(chosen, [item.setting for item in each])
    if not 0 < len(places) <= _PLACES_NAMED:
        return f"{_SAID[word]} in {len(chosen)} of {len(each)} settings."
    conditions = ", or when it is ".join(places)
    return f"{_SAID[word]} when the file is {conditions}."
