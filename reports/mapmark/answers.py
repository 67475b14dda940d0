# SPDX-License-Identifier: MIT
"""Map or read? The comparisons of a run in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import Comparison, Setting, comparisons
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


@dataclass(frozen=True)
class Answer:
    """To one setting: a word, a sentence, and what they rest on."""

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
    groups = comparisons(results)
    settings = [group[0].setting for group in groups]
    each = tuple(_answer(group, settings) for group in groups)
    return Answers(_headline(each), _summary(each), each)


def in_words(answers: Answers) -> list[str]:
    """For a terminal: one line an answer."""
    lines = [f"{answers.headline} {answers.summary}".strip()]
    for item in answers.each:
        note = f" ({item.note})" if item.note else ""
        lines.append(f"{item.heading}: {item.sentence}{note}")
    return lines


def _answer(group: Sequence[Comparison], all_of: Sequence[Setting]) -> Answer:
    return Answer(
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
    return text[0].upper() + text[1:]


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
        return "at every access size"
    first = group.index(found[0])
    if list(group[first : first + len(found)]) == list(found):
        return f"from {sizes[0]} to {sizes[-1]}"
    return f"at {', '.join(sizes[:-1])} and {sizes[-1]}"


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
    if words == {MAP}:
        return "Map it."
    if words == {READ}:
        return "Read it."
    if words == {TIE}:
        return "Either will do."
    return "This run cannot tell." if words == {UNTOLD} else "It depends."


def _summary(each: Sequence[Answer]) -> str:
    """Which word holds where; of more than one word only."""
    if not each:
        return "No mapped row and read row can be compared."
    said = {MAP: "Map", READ: "Read", TIE: "Either", DEPENDS: "By access size"}
    clauses = []
    for word in (MAP, READ, TIE, DEPENDS, UNTOLD):
        headings = [item.heading for item in each if item.word == word]
        if headings and len(headings) < len(each):
            listed = "; ".join(_lower(text) for text in headings)
            clauses.append(f"{said.get(word, word)}: {listed}.")
    return " ".join(clauses)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
