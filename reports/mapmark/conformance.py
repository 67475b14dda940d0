# SPDX-License-Identifier: MIT
"""conformance.json: where parsers find the end of a message, and whether
they may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mapmark.document import Node, check_schema, parse

SCHEMA = "mapmark-conformance/1"


@dataclass(frozen=True)
class Result:
    """`verdicts` by epoch."""

    subject: str
    outcome: str
    verdicts: Mapping[str, str]
    splits: int
    detail: str


@dataclass(frozen=True)
class Ruling:
    accepted: str
    level: str
    clause: str


@dataclass(frozen=True)
class Case:
    """`wire` is the beginning of the octets, as stanzas write them."""

    id: str
    class_name: str
    direction: str
    wire_octets: int
    wire: str
    peer: str
    answers: str
    harm: str
    refs: str
    why: str
    rulings: Mapping[str, Ruling]
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Subject:
    name: str
    version: str


@dataclass(frozen=True)
class Conformance:
    """`corpus_cases` counts those that were left out as well."""

    subjects: tuple[Subject, ...]
    cases: tuple[Case, ...]
    corpus_cases: int

    @property
    def epochs(self) -> tuple[str, ...]:
        found = {epoch for case in self.cases for epoch in case.rulings}
        return tuple(sorted(found))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({case.class_name for case in self.cases}))

    @cached_property
    def _tallies(self) -> Mapping[tuple[str, str, str | None], Counter[str]]:
        """By subject, epoch and class, and by subject and epoch alone."""
        found: defaultdict[tuple[str, str, str | None], Counter[str]]
        found = defaultdict(Counter)
        for case in self.cases:
            for result in case.results:
                for epoch, verdict in result.verdicts.items():
                    for class_name in (None, case.class_name):
                        found[result.subject, epoch, class_name][verdict] += 1
        return found

    def count(
        self, subject: str, epoch: str, class_name: str | None = None
    ) -> Counter[str]:
        """Cases by verdict; of all classes, or of one."""
        return self._tallies.get((subject, epoch, class_name), Counter())

    def is_judged(self, subject: str, epoch: str) -> bool:
        """Whether anything that it does is held against it."""
        return bool(set(self.count(subject, epoch)) - {"info"})


def read_conformance(content: bytes) -> Conformance:
    node = parse(content, "conformance.json")
    check_schema(node, SCHEMA)
    return Conformance(
        subjects=tuple(
            Subject(item.at("name").text(), item.text_or("version", ""))
            for item in node.at("subjects").items()
        ),
        cases=tuple(_case(item) for item in node.at("cases").items()),
        corpus_cases=node.at("corpus").at("cases").whole(),
    )


def _case(node: Node) -> Case:
    return Case(
        id=node.at("id").text(),
        class_name=node.at("class").text(),
        direction=node.at("direction").text(),
        wire_octets=node.at("wire_octets").whole(),
        wire=node.text_or("wire", ""),
        peer=node.text_or("peer", ""),
        answers=node.text_or("answers", ""),
        harm=node.text_or("harm", ""),
        refs=node.text_or("refs", ""),
        why=node.text_or("why", ""),
        rulings={
            epoch: Ruling(
                accepted=item.at("accepted").text(),
                level=item.at("level").text(),
                clause=item.text_or("clause", ""),
            )
            for epoch, item in node.at("epochs").members()
        },
        results=tuple(_result(item) for item in node.at("results").items()),
    )


def _result(node: Node) -> Result:
    verdicts = node.at("verdicts").members()
    return Result(
        subject=node.at("subject").text(),
        outcome=node.at("outcome").text(),
        verdicts={epoch: verdict.text() for epoch, verdict in verdicts},
        splits=node.at("splits").whole(),
        detail=node.text_or("detail", ""),
    )
