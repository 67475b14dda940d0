# SPDX-License-Identifier: MIT
"""Chooses, for each kind of row in a plan, the one to count the calls of: a
small file, cached, one thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mapmark.calls import Kind, kind_of, median
from mapmark.results import Row

_BYTES_MAX = 1 << 20
_ACCESSES_MAX = 1024

# Tracing takes some 30 us a call, and a row is traced for 12 passes: those of
# one row may take two seconds.
_CALLS_MAX = 1 << 12

# Several processes make the calls of these, or none tells anything.
_UNTRACED = frozenset(
    ("allocate", "codec", "echo", "ipc", "post", "pressure", "share", "tables")
)

# Made for each operation; a view goes as well.
_CALLS = {"maps": 2, "reads": 1, "writes": 1}


@dataclass(frozen=True)
class Small:
    """A row by its parts, as calls.json has it; `problem` says why no row of
    the kind can be counted."""

    name: str
    subject: str
    words: Mapping[str, str]
    numbers: Mapping[str, int]
    problem: str = ""

    @property
    def accesses(self) -> int:
        """Of a pass, roughly; an empty file is copied as well."""
        size = self.numbers.get("size", 1)
        return max(1, size // max(1, self.numbers.get("access", size)))


def choose(rows: Sequence[Row], names: Iterable[str]) -> tuple[Small, ...]:
    """One for each kind in `rows`, in their order; `names` are those of all
    the rows that there are."""
    wanted: dict[Kind, Row] = {}
    for row in rows:
        if row.subject not in _UNTRACED:
            kind = kind_of(row.subject, row.words, row.numbers)
            wanted.setdefault(kind, row)
    patterns = _patterns(rows)
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
        _check(best.get(kind), row) for kind, row in wanted.items()
    )


def _check(small: Small | None, row: Row) -> Small:
    """`small`, or why it cannot stand for its kind, of which `row` is one."""
    if small is None:
        problem = "no small, cached row of one thread is of its kind"
        return Small("", row.subject, row.words, row.numbers, problem)
    calls = sum((median(row, name) or 0.0) * n for name, n in _CALLS.items())
    if small.numbers != row.numbers:
        calls *= small.accesses / (median(row, "accesses") or 1.0)
    if calls > _CALLS_MAX:
        problem = f"a pass makes about {calls:.0f} calls: too many to trace"
        return replace(small, problem=problem)
    return small


@dataclass(frozen=True)
class _Pattern:
    """What a name of this subject leaves to be known: what its words are, and
    numbers whose usual value it does not show."""

    words: tuple[str, ...]
    usual: dict[str, int]


def _patterns(rows: Sequence[Row]) -> Mapping[str, _Pattern]:
    patterns: dict[str, _Pattern] = {}
    for row in rows:
        new = _Pattern(tuple(row.words), {})
        usual = patterns.setdefault(row.subject, new).usual
        for key, value in row.numbers.items():
            if f"/{key}:" not in row.name:
                usual[key] = value
    return patterns


def _parse(name: str, patterns: Mapping[str, _Pattern]) -> Small | None:
    """None for a row that is of no use here."""
    subject, *parts = name.split("/")
    values = [part for part in parts if ":" not in part]
    pattern = patterns.get(subject)
    if pattern is None or len(values) != len(pattern.words):
        return None
    words = dict(zip(pattern.words, values, strict=True))
    numbers = dict(pattern.usual)
    for part in parts[len(values) :]:
        key, _, value = part.partition(":")
        numbers[key] = int(value)
    if words.get("cache", "warm") != "warm" or numbers.get("threads", 1) != 1:
        return None
    return Small(name, subject, words, numbers)


def _rank(small: Small) -> tuple[bool, int]:
    """The largest of those that are small; else the smallest."""
    size = small.numbers.get("size", 0)
    fits = size <= _BYTES_MAX and small.accesses <= _ACCESSES_MAX
    return (not fits, -size if fits else size)
