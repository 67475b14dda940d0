# SPDX-License-Identifier: MIT
"""Chooses, for each kind of row in a plan, the one to count the calls of: a
small file, cached, one thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mapmark.calls import Kind, kind_of
from mapmark.results import Row

_BYTES_MAX = 1 << 20
_ACCESSES_MAX = 1024


@dataclass(frozen=True)
class Small:
    """A row by its parts, as calls.json has it; `name` is empty when no row
    of the kind can be counted."""

    name: str
    subject: str
    words: Mapping[str, str]
    numbers: Mapping[str, int]

    @property
    def accesses(self) -> int:
        """Of a pass, roughly: how much there is to trace."""
        size = self.numbers.get("size", 1)
        return max(1, size // self.numbers.get("access", size))


def choose(rows: Sequence[Row], names: Iterable[str]) -> tuple[Small, ...]:
    """One for each kind in `rows`, in their order; `names` are those of all
    the rows that there are."""
    wanted: dict[Kind, Row] = {}
    for row in rows:
        wanted.setdefault(kind_of(row.subject, row.words, row.numbers), row)
    patterns = {row.subject: row for row in rows}
    best: dict[Kind, Small] = {}
    for name in names:
        small = _parse(name, patterns)
        if small is None:
            continue
        kind = kind_of(small.subject, small.words, small.numbers)
        if kind in wanted and (
            kind not in best or _rank(small) < _rank(best[kind])
        ):
            best[kind] = small
    return tuple(
        best.get(kind) or Small("", row.subject, row.words, row.numbers)
        for kind, row in wanted.items()
    )


def _parse(name: str, patterns: Mapping[str, Row]) -> Small | None:
    """The parts of a name, by a row of the same subject; None for a row that
    is of no use here."""
    subject, *parts = name.split("/")
    values = [part for part in parts if ":" not in part]
    pattern = patterns.get(subject)
    if pattern is None or len(values) != len(pattern.words):
        return None
    words = dict(zip(pattern.words, values, strict=True))
    numbers = _left_out(pattern)
    for part in parts[len(values) :]:
        key, _, value = part.partition(":")
        numbers[key] = int(value)
    if words.get("cache", "warm") != "warm" or numbers.get("threads", 1) != 1:
        return None
    return Small(name, subject, words, numbers)


def _left_out(row: Row) -> dict[str, int]:
    """Numbers whose usual value is left out of names."""
    return {
        key: value
        for key, value in row.numbers.items()
        if f"/{key}:" not in row.name
    }


def _rank(small: Small) -> tuple[bool, int]:
    """The largest of those that are small; else the smallest."""
    size = small.numbers.get("size", 0)
    fits = size <= _BYTES_MAX and small.accesses <= _ACCESSES_MAX
    return (not fits, -size if fits else size)
