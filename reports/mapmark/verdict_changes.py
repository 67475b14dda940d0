# SPDX-License-Identifier: MIT
"""What became different between two examinations of parsers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mapmark.conformance import Conformance


@dataclass(frozen=True)
class Told:
    """What one parser did in one case, and what one RFC says of it."""

    outcome: str
    verdict: str

    @property
    def words(self) -> str:
        return f"{self.verdict}: {self.outcome}"


@dataclass(frozen=True)
class VerdictChange:
    case: str
    subject: str
    epoch: str
    before: Told
    after: Told


@dataclass(frozen=True)
class VerdictChanges:
    """Cases and parsers that one side alone has are named, not compared."""

    compared: int
    changes: tuple[VerdictChange, ...]
    new_cases: tuple[str, ...]
    lost_cases: tuple[str, ...]
    new_subjects: tuple[str, ...]
    lost_subjects: tuple[str, ...]


_Key = tuple[str, str, str]


def compare(before: Conformance, after: Conformance) -> VerdictChanges:
    old, new = _told(before), _told(after)
    both = [key for key in new if key in old]
    return VerdictChanges(
        compared=len(both),
        changes=tuple(
            VerdictChange(*key, old[key], new[key])
            for key in both
            if old[key] != new[key]
        ),
        new_cases=_only(_cases(after), _cases(before)),
        lost_cases=_only(_cases(before), _cases(after)),
        new_subjects=_only(_subjects(after), _subjects(before)),
        lost_subjects=_only(_subjects(before), _subjects(after)),
    )


def sentences(found: VerdictChanges) -> Iterator[str]:
    yield (
        f"{len(found.changes)} of {found.compared} verdicts or outcomes "
        "differ."
    )
    for names, what in (
        (found.new_subjects, "examined for the first time"),
        (found.lost_subjects, "not examined any more"),
    ):
        if names:
            yield f"{', '.join(names)}: {what}."
    for names, what in (
        (found.new_cases, "new"),
        (found.lost_cases, "gone"),
    ):
        if names:
            word = "case is" if len(names) == 1 else "cases are"
            yield f"{len(names)} {word} {what}."


def _told(found: Conformance) -> Mapping[_Key, Told]:
    return {
        (case.id, result.subject, epoch): Told(result.outcome, verdict)
        for case in found.cases
        for result in case.results
        for epoch, verdict in result.verdicts.items()
    }


def _cases(found: Conformance) -> tuple[str, ...]:
    return tuple(case.id for case in found.cases)


def _subjects(found: Conformance) -> tuple[str, ...]:
    return tuple(subject.name for subject in found.subjects)


def _only(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    known = set(others)
    return tuple(name for name in names if name not in known)
