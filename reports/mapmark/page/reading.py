# SPDX-License-Identifier: MIT
"""How to read the page: its words, as this run uses them."""

from __future__ import annotations

from dataclasses import dataclass

from mapmark import units
from mapmark.results import Results
from mapmark.statistics import COVERAGE_WANTED, SAME_WITHIN

_WAYS = (
    ("mapped", "one view of the whole file: map, access, unmap"),
    ("mapped-window", "a view that moves along with the accesses"),
    (
        "mapped-populated",
        "as mapped, with all pages brought in before the first access",
    ),
    ("mapped-sequential", "as mapped, with a hint that it is read in order"),
    ("mapped-random", "as mapped, with a hint that it is read at random"),
    ("mapped-will-need", "as mapped, with a hint that all will be needed"),
    ("mapped-huge", "as mapped, with a hint that huge pages are wanted"),
    ("read", "one read call an access, into a page-aligned buffer"),
    ("read-misaligned", "the same, into a buffer 16 octets off its page"),
    ("stdio", "a stream of the C library, with its own buffer"),
    ("mapped-whole", "a view of the whole file, of which a part is used"),
    ("calls", "read and write calls, into a page-aligned buffer"),
    ("calls-sequential", "the same, with a hint that it is read in order"),
    ("system", "what the system itself has for copying files"),
    ("memory", "no file: the octets are in memory, which nothing can beat"),
)
_STATES = (
    ("ok", "every condition of the row was shown to hold"),
    (
        "unproved",
        "nothing contradicts the conditions, but one could not be shown; "
        "answers use such rows and say so",
    ),
    (
        "void",
        "a condition was shown not to hold; the figure is printed, and used "
        "in no answer",
    ),
    ("unsupported", "cannot be done on this system"),
    ("error", "failed, with the reason given"),
    ("missing", "in the plan, and never ran"),
)


@dataclass(frozen=True)
class ReadingPart:
    example: str
    parts: tuple[tuple[str, str], ...]
    ways: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    coverage_wanted: str
    same_within: str


def reading_part(results: Results) -> ReadingPart:
    """The example is a row of this run."""
    example = results.rows[0] if results.rows else None
    parts: list[tuple[str, str]] = []
    if example is not None:
        parts.append(("subject", example.subject))
        parts += example.words.items()
        parts += [(k, _in_words(k, v)) for k, v in example.numbers.items()]
    return ReadingPart(
        example="" if example is None else example.name,
        parts=tuple(parts),
        ways=_WAYS,
        states=_STATES,
        coverage_wanted=units.percent(COVERAGE_WANTED),
        same_within=units.percent(SAME_WITHIN),
    )


def _in_words(name: str, number: int) -> str:
    return units.size(number) if name in ("size", "access") else str(number)
