# SPDX-License-Identifier: MIT
"""The sentences of the RFCs that cases cite: corpus/clauses.txt."""

from __future__ import annotations

import dataclasses
import fnmatch
import pathlib
import re
from collections.abc import Iterable, Iterator

SUPPLIED = pathlib.Path(__file__).resolve().parent.parent / "corpus"
NAME = re.compile(r"RFC\d+ \d+(?:\.\d+)*(?:\(\d+\))?")
WORDS = {"MUST", "SHOULD", "OUGHT", "MAY", "GRAMMAR", "CONTEXT"}


@dataclasses.dataclass(frozen=True)
class Clause:
    line: int
    name: str  # RFC, section and item
    word: str  # of WORDS
    says: str
    ids: tuple[str, ...]  # patterns; none stands for every case that cites it

    @property
    def wants_case(self) -> bool:
        return self.word != "CONTEXT"


@dataclasses.dataclass(frozen=True)
class Citation:
    name: str  # as that of a clause
    case: str  # id


def parse(number: int, text: str) -> Clause:
    parts = text.split(" | ")
    if len(parts) not in (3, 4):
        raise ValueError(f"line {number}: not CLAUSE | WORD | SENTENCE | IDS")
    name, word, says = parts[:3]
    if not NAME.fullmatch(name):
        raise ValueError(f'line {number}: clause "{name}"')
    if word not in WORDS:
        raise ValueError(f'line {number}: word "{word}"')
    if not says.endswith("."):
        raise ValueError(f"line {number}: not a sentence")
    ids = tuple(parts[3].split()) if len(parts) == 4 else ()
    return Clause(number, name, word, says, ids)


def read(corpus: pathlib.Path) -> list[Clause]:
    """Give the clauses of a corpus; of the supplied one if it has none.

    Raises ValueError for a line that is wrong.
    """
    path = corpus / "clauses.txt"
    if not path.exists():
        path = SUPPLIED / "clauses.txt"
    clauses = [
        parse(number, text)
        for number, text in enumerate(path.read_text("ascii").splitlines(), 1)
        if text and not text.startswith("#")
    ]
    seen: dict[tuple[str, str], int] = {}
    for clause in clauses:
        key = (clause.name, clause.says)
        if key in seen:
            raise ValueError(f"line {clause.line}: line {seen[key]} says so")
        seen[key] = clause.line
    return clauses


def names(epoch: str, verdict: str) -> list[str]:
    """Give what a verdict line cites; a bare section is of the line's RFC."""
    cited = verdict.split(" | ")[-1].split(", ")
    return [
        name if name.startswith("RFC") else f"{epoch.upper()} {name}"
        for name in cited
    ]


def citations(case: str, verdicts: dict[str, str]) -> Iterator[Citation]:
    for epoch, verdict in verdicts.items():
        for name in names(epoch, verdict):
            yield Citation(name, case)


def unknown(cited: Iterable[Citation], clauses: list[Clause]) -> list[str]:
    """Give the clauses that are cited and in no list, each once."""
    known = {clause.name for clause in clauses}
    return sorted({one.name for one in cited} - known)


def matches(clause: Clause, case: str) -> bool:
    """Tell whether an id is one that the patterns of a clause stand for."""
    wanted = [ids for ids in clause.ids if not ids.startswith("!")]
    unwanted = [ids[1:] for ids in clause.ids if ids.startswith("!")]
    if any(fnmatch.fnmatchcase(case, ids) for ids in unwanted):
        return False
    return not wanted or any(fnmatch.fnmatchcase(case, ids) for ids in wanted)


def covering(clause: Clause, cited: Iterable[Citation]) -> list[str]:
    """Give the ids of the cases that cover a clause, in their order."""
    found = [
        one.case
        for one in cited
        if one.name == clause.name and matches(clause, one.case)
    ]
    return list(dict.fromkeys(found))


def uncovered(cited: list[Citation], clauses: list[Clause]) -> Iterator[str]:
    for clause in clauses:
        if clause.wants_case and not covering(clause, cited):
            place = f"clauses.txt:{clause.line}: {clause.name}"
            yield f"{place}: not covered: {clause.says}"
