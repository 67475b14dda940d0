# SPDX-License-Identifier: MIT
"""calls.json: which system calls a way makes, counted exactly.

What is counted is one small, warm row for all rows that differ from it only
in the file's size, in the cache's state and in threads, because a way makes
the same calls for each of its operations there. How many operations a row
makes for an access is in its own samples.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mapmark.document import Node, check_schema, parse
from mapmark.results import Row

SCHEMA = "mapmark-calls/1"

# A way's operations, as the samples of a row count them.
OPERATIONS = ("maps", "reads", "writes")

# Made at the end of a pass, however many operations there were.
_SYNCS = ("fsync", "fdatasync")

# What does not decide which calls are made.
_FREE_WORD = "cache"
_FREE_NUMBERS = ("size", "threads")


@dataclass(frozen=True)
class Kind:
    """What rows have in common that make the same calls."""

    subject: str
    words: frozenset[tuple[str, str]]
    numbers: frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Counted:
    """A row whose calls were counted; `calls`, `accesses` and `operations`
    are an iteration's. Without calls when it is not `ok`."""

    name: str
    subject: str
    words: Mapping[str, str]
    numbers: Mapping[str, int]
    iterations: int
    state: str
    reason: str
    accesses: int
    operations: int
    calls: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    @property
    def once(self) -> int:
        """Of the total, what an iteration makes once, however many operations
        it has: one call among several operations belongs to none of them."""
        return sum(
            count
            for name, count in self.calls.items()
            if name in _SYNCS or (count == 1 and self.operations > 1)
        )

    @property
    def per_access(self) -> float:
        """In this row, at its own size."""
        return self.total / self.accesses if self.accesses else 0.0


@dataclass(frozen=True)
class Calls:
    entries: tuple[Counted, ...]

    def find(self, row: Row) -> Counted | None:
        """What was counted for rows of its kind. Several threads make calls
        to wait for each other, which are not in it."""
        if row.numbers.get("threads", 1) != 1:
            return None
        kind = kind_of(row.subject, row.words, row.numbers)
        for entry in self.entries:
            if kind_of(entry.subject, entry.words, entry.numbers) == kind:
                return entry
        return None

    def per_access(self, row: Row) -> float | None:
        """System calls an access of this row, at its own size; None where
        that is not known."""
        entry = self.find(row)
        accesses = _median(row, "accesses")
        if entry is None or entry.state != "ok" or not accesses:
            return None
        operations = sum(_median(row, name) or 0.0 for name in OPERATIONS)
        repeated = entry.total - entry.once
        if repeated == 0:
            return entry.once / accesses
        if entry.operations == 0:
            return None
        repeated_here = repeated * operations / entry.operations
        return (repeated_here + entry.once) / accesses

    def document(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "entries": [
                asdict(entry)
                | {"total": entry.total, "per_access": entry.per_access}
                for entry in self.entries
            ],
        }


def kind_of(
    subject: str, words: Mapping[str, str], numbers: Mapping[str, int]
) -> Kind:
    return Kind(
        subject,
        frozenset(part for part in words.items() if part[0] != _FREE_WORD),
        frozenset(
            part for part in numbers.items() if part[0] not in _FREE_NUMBERS
        ),
    )


def _median(row: Row, metric: str) -> float | None:
    values = row.values(metric)
    return statistics.median(values) if values else None


def read_calls(content: bytes) -> Calls:
    node = parse(content, "calls.json")
    check_schema(node, SCHEMA)
    return Calls(tuple(_counted(item) for item in node.at("entries").items()))


def _counted(node: Node) -> Counted:
    return Counted(
        name=node.at("name").text(),
        subject=node.at("subject").text(),
        words={key: word.text() for key, word in node.at("words").members()},
        numbers=_wholes(node.at("numbers")),
        iterations=node.at("iterations").whole(),
        state=node.at("state").text(),
        reason=node.at("reason").text(),
        accesses=node.at("accesses").whole(),
        operations=node.at("operations").whole(),
        calls=_wholes(node.at("calls")),
    )


def _wholes(node: Node) -> Mapping[str, int]:
    return {key: number.whole() for key, number in node.members()}
