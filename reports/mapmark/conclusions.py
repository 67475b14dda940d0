# SPDX-License-Identifier: MIT
"""All that a run has to say, in the order in which it is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapmark import fillings, payback, pressure, wakeups
from mapmark.answers import Answer, Answers, answer, no_answer, written
from mapmark.questions import READING
from mapmark.results import Results
from mapmark.view_sentences import sentence
from mapmark.views import view_settings
from mapmark.workloads import workloads

_LINES_IN_TERMINAL = 12


@dataclass(frozen=True)
class Conclusions:
    """Writing is never mixed with reading, and facts decide nothing; `aims`
    are what the library sets itself."""

    reading: Answers
    writing: tuple[Answers, ...] = ()
    facts: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()
    details: tuple[str, ...] = ()  # what the parts of the report say besides

    @property
    def first(self) -> str:
        return f"{self.reading.headline} {self.reading.summary}".strip()

    @property
    def answers(self) -> tuple[Answers, ...]:
        return (self.reading, *self.writing)


NOTHING = Conclusions(no_answer("Nothing was measured."))


def conclude(results: Results) -> Conclusions:
    if results.context.is_wine:
        return Conclusions(answer(results))
    facts = [
        *payback.sentences(payback.first_touches(results)),
        fillings.sentence(fillings.fillings(results)),
        *wakeups.sentences(results),
    ]
    return Conclusions(
        reading=answer(results),
        writing=written(results),
        facts=tuple(fact for fact in facts if fact),
        aims=tuple(item.line for item in wakeups.reached(results)),
        details=tuple(_details(results)),
    )


def _details(results: Results) -> Iterator[str]:
    for setting in view_settings(results):
        yield f"Views. {sentence(setting)}"
    for workload in workloads(results):
        for text in workload.sentences:
            yield f"{workload.title}. {text}"
    for text in pressure.sentences(results):
        yield f"Under pressure. {text}"
    for text in wakeups.more_sentences(results):
        yield f"Waking. {text}"


def in_words(conclusions: Conclusions, every: bool = False) -> list[str]:
    """For a terminal: a line an answer, unless there are too many, and `every`
    one is not asked for."""
    lines = [
        _line(answers, item)
        for answers in conclusions.answers
        for item in answers.each
    ]
    shown = lines if every else lines[:_LINES_IN_TERMINAL]
    more = len(lines) - len(shown)
    if more > 0:
        shown.append(f"The report has the other {more} settings.")
    written = [f"{item.headline} {item.says}" for item in conclusions.writing]
    said = [conclusions.first, *written, *conclusions.facts]
    details = conclusions.details if every else ()
    return [*said, *conclusions.aims, *shown, *details]


def _line(answers: Answers, item: Answer) -> str:
    title = item.heading
    if answers.question is not READING:
        title = f"{answers.question.title}, {title[:1].lower()}{title[1:]}"
    note = f" ({item.note})" if item.note else ""
    return f"{title}: {item.sentence}{note}"
