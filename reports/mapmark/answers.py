# SPDX-License-Identifier: MIT
"""Map or read? And to write? The comparisons of a run in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.agreement import listed, where
from mapmark.comparisons import WRITE, Comparison, Setting, comparisons
from mapmark.questions import (
    PROMISE_WORDS,
    READING,
    Choice,
    Question,
    writing,
)
from mapmark.results import Results
from mapmark.statistics import SAME_WITHIN, Ratio, Verdict

_CACHE_WORDS = {
    "warm": "warm cache",
    "found": "cache as found",
    "scattered": "cache filled by scattered reads",
    "cold": "cold cache",
}
_ACTION_WORDS = {"write": "written", "modify": "modified in place"}
_PATTERN_WORDS = {"stride": "strided"}
_SIZES_LISTED = 3

# More conditions than that are harder to read than the settings themselves,
# and more settings than that are no plan of ours.
_PLACES_NAMED = 3
_SETTINGS_DESCRIBED = 256


@dataclass(frozen=True)
class Answer:
    """To one setting: a word, a sentence, and what they rest on."""

    setting: Setting
    heading: str
    choice: Choice
    word: str
    sentence: str
    note: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Answers:
    """To one question."""

    question: Question
    headline: str
    summary: str
    each: tuple[Answer, ...]

    @property
    def says(self) -> str:
        """Beside the headline: the summary, or of a single common setting its
        sentence."""
        if self.summary or not self.each:
            return self.summary
        return _common(self.each)[0].sentence

    @property
    def least_coverage(self) -> float:
        return min(
            (c.speedup.coverage for a in self.each for c in a.comparisons),
            default=0.0,
        )


def no_answer(why: str) -> Answers:
    return Answers(READING, "No answer.", why, ())


def answer(results: Results) -> Answers:
    """Map or read?"""
    if results.context.is_wine:
        return no_answer("Times under Wine mean nothing.")
    return _answers(READING, comparisons(results))


def written(results: Results) -> tuple[Answers, ...]:
    """How to write, once for each promise; none where nothing was written."""
    if results.context.is_wine:
        return ()
    groups = comparisons(results)
    promises = dict.fromkeys(
        group[0].setting.promise
        for group in groups
        if group[0].setting.subject == WRITE
    )
    return tuple(_answers(writing(promise), groups) for promise in promises)


def _answers(
    question: Question, groups: Sequence[tuple[Comparison, ...]]
) -> Answers:
    own = [group for group in groups if question.is_of(group[0].setting)]
    settings = [group[0].setting for group in own]
    each = tuple(_answer(question, group, settings) for group in own)
    common = _common(each)
    headline, summary = _headline(question, common), _summary(question, common)
    return Answers(question, headline, summary, each)


def _common(each: Sequence[Answer]) -> Sequence[Answer]:
    """What the headline and the summary are of."""
    return [item for item in each if item.setting.is_common] or each


def _answer(
    question: Question,
    group: Sequence[Comparison],
    all_of: Sequence[Setting],
) -> Answer:
    choice = _choice([comparison.verdict for comparison in group])
    return Answer(
        setting=group[0].setting,
        heading=heading(group[0].setting, all_of),
        choice=choice,
        word=question.word(choice),
        sentence=_sentence(question, group),
        note=_note(group),
        comparisons=tuple(group),
    )


def heading(setting: Setting, all_of: Sequence[Setting]) -> str:
    """Cache and pattern, and of the rest what tells the settings apart."""
    parts = [
        _CACHE_WORDS.get(setting.cache, setting.cache),
        _PATTERN_WORDS.get(setting.pattern, setting.pattern),
    ]
    if len({other.consumer for other in all_of if other.consumer}) > 1:
        parts.append(setting.consumer)
    if len({other.action for other in all_of if other.action}) > 1:
        parts.append(_ACTION_WORDS.get(setting.action, setting.action))
    if len({other.promise for other in all_of}) > 1:
        parts.append(PROMISE_WORDS.get(setting.promise, setting.promise))
    if len({other.size_bytes for other in all_of}) > 1:
        parts.append(units.size(setting.size_bytes))
    if len({other.subject for other in all_of}) > 1:
        parts.insert(0, setting.subject)
    parts.append(setting.other)
    text = ", ".join(part for part in parts if part) or setting.subject
    return text[:1].upper() + text[1:]


def _choice(verdicts: Sequence[Verdict]) -> Choice:
    found = set(verdicts)
    if 2 * verdicts.count(Verdict.UNKNOWN) > len(verdicts):
        return Choice.UNTOLD
    if {Verdict.FASTER, Verdict.SLOWER} <= found:
        return Choice.DEPENDS
    if Verdict.FASTER in found:
        return Choice.MAP
    if Verdict.SLOWER in found:
        return Choice.CALL
    return Choice.TIE if found == {Verdict.SAME} else Choice.UNTOLD


def _sentence(question: Question, group: Sequence[Comparison]) -> str:
    """One clause a verdict, in the order in which access sizes bring it."""
    verdicts = {item.verdict: None for item in group}
    text = "; ".join(_clause(question, verdict, group) for verdict in verdicts)
    return text[0].upper() + text[1:] + "."


def _clause(
    question: Question, verdict: Verdict, group: Sequence[Comparison]
) -> str:
    found = [item for item in group if item.verdict is verdict]
    where = _where(found, group)
    if verdict is Verdict.SAME:
        return (
            f"mapping and {question.calls} are within "
            f"{SAME_WITHIN * 100:.0f} % of each other {where}"
        )
    if verdict is Verdict.UNKNOWN:
        return f"this run cannot tell {where}: {_doubt(found)}"
    winner = f"{question.calls} {question.verb}"
    if verdict is Verdict.FASTER:
        winner = "mapping is"
    return f"{winner} faster {where}, {_factors(found)}"


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
    interval = units.span(ratio.low, ratio.high)
    return f"{units.times(ratio.value)} ({interval}){size}"


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


def _headline(question: Question, each: Sequence[Answer]) -> str:
    choices = {item.choice for item in each}
    if not each:
        return "No answer."
    if len(choices) > 1:
        return question.headlines[Choice.DEPENDS]
    return question.headlines[choices.pop()]


def _summary(question: Question, each: Sequence[Answer]) -> str:
    """Which word holds where; of a single setting its sentence tells."""
    if not each:
        return "No mapped row and read row can be compared."
    if len(each) == 1:
        return ""
    choices = {item.choice for item in each}
    if len(choices) == 1:
        return question.everywhere(choices.pop(), len(each))
    said = [_said(question, one, each) for one in Choice if one in choices]
    return " ".join(said)


def _said(question: Question, choice: Choice, each: Sequence[Answer]) -> str:
    chosen = {item.setting for item in each if item.choice is choice}
    said = question.said(choice)
    places = []
    if len(each) <= _SETTINGS_DESCRIBED:
        places = where(chosen, [item.setting for item in each])
    if not 0 < len(places) <= _PLACES_NAMED:
        return f"{said} in {len(chosen)} of {len(each)} settings."
    conditions = ", or when it is ".join(places)
    return f"{said} when the file is {conditions}."
