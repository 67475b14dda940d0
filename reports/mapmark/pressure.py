# SPDX-License-Identifier: MIT
"""Working sets larger than the memory allowed: what the walks after the first
one cost, in sentences. Rows of subject `pressure`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import way
from mapmark.results import Results, Row, Sample, Slice
from mapmark.statistics import median, ratio
from mapmark.verdicts import judgement

PRESSURE = "pressure"
MAPPED, RANDOM, READ = "mapped", "mapped-random", "read"

WAYS = {
    MAPPED: "a mapping",
    RANDOM: "a mapping with the hint that accesses are random",
    READ: "reading",
}
_ORDERS = {"sequential": "in order", "random": "at random"}


@dataclass(frozen=True)
class Setting:
    """Rows that differ in their way alone, and may be believed."""

    pattern: str
    size: int
    limit: int
    access: int
    rows: tuple[Row, ...]

    @property
    def heading(self) -> str:
        order = _ORDERS.get(self.pattern, self.pattern)
        return (
            f"{units.size(self.size)} in use, {units.size(self.limit)} allowed, "
            f"{order}, {units.size(self.access)} an access"
        )

    @property
    def fits(self) -> bool:
        return self.size < self.limit

    def of_way(self, name: str) -> Row | None:
        return next((row for row in self.rows if way(row) == name), None)


def settings(results: Results) -> tuple[Setting, ...]:
    """In the order of the run."""
    found: dict[tuple[str, int, int, int], list[Row]] = {}
    for row in results.rows:
        if row.subject == PRESSURE and row.is_usable and samples(row):
            size, limit = row.numbers.get("size", 0), row.numbers.get("limit", 0)
            pattern = row.words.get("pattern", "")
            key = (pattern, size, limit, row.numbers.get("access", 0))
            found.setdefault(key, []).append(row)
    return tuple(Setting(*key, tuple(rows)) for key, rows in found.items())


def samples(row: Row) -> tuple[Sample, ...]:
    """Those that may be believed."""
    return tuple(
        sample
        for sample in row.samples
        if sample.state in ("ok", "unproved") and sample.slices
    )


def walks(sample: Sample, size: int) -> tuple[tuple[Slice, ...], ...]:
    """Its slices by walk: each walk accesses all of the working set."""
    made: list[list[Slice]] = [[]]
    for item in sample.slices:
        if sum(kept.octets for kept in made[-1]) >= size:
            made.append([])
        made[-1].append(item)
    return tuple(tuple(walk) for walk in made)


def times_of_walk(setting: Setting, row: Row) -> tuple[float, ...]:
    """Of a walk after the first, one a sample, in ns."""
    return tuple(
        sum(item.ns for item in later) / len(rest)
        for sample in samples(row)
        if (rest := walks(sample, setting.size)[1:])
        for later in [[item for walk in rest for item in walk]]
    )


def times_of_first(setting: Setting, row: Row) -> tuple[float, ...]:
    return tuple(
        sum(item.ns for item in walks(sample, setting.size)[0])
        for sample in samples(row)
    )


def fetched_again(setting: Setting, row: Row) -> float | None:
    """Octets from storage over octets accessed, in walks after the first."""
    shares = []
    for sample in samples(row):
        later = [s for walk in walks(sample, setting.size)[1:] for s in walk]
        known = [s.storage_octets for s in later if s.storage_octets is not None]
        if later and len(known) == len(later):
            shares.append(sum(known) / sum(s.octets for s in later))
    return median(shares) if shares else None


def sentences(results: Results) -> tuple[str, ...]:
    return tuple(
        text for setting in settings(results) for text in _said(setting)
    )


def _said(setting: Setting) -> Iterator[str]:
    reading = setting.of_way(READ)
    for name in (MAPPED, RANDOM):
        row = setting.of_way(name)
        if row is not None and reading is not None:
            yield _compared(setting, row, reading)
    fetched = [
        (WAYS.get(way(row), way(row)), fetched_again(setting, row))
        for row in setting.rows
    ]
    known = [f"{units.percent(share)} for {who}" for who, share in fetched
             if share is not None]
    if known and not setting.fits:
        yield (
            f"{setting.heading}: of what a walk after the first accesses, "
            f"storage is read for {_listed(known)}; {_least(setting)} is the "
            "least there can be."
        )


def _least(setting: Setting) -> str:
    return units.percent(1 - setting.limit / setting.size)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else (
        ", ".join(parts[:-1]) + " and " + parts[-1]
    )


def _compared(setting: Setting, row: Row, reading: Row) -> str:
    times = [times_of_walk(setting, item) for item in (reading, row)]
    if not all(times):
        return f"{setting.heading}: there was one walk only."
    said = judgement(ratio(times[0], times[1]), WAYS[way(row)], "reading is")
    return f"{setting.heading}: after the first walk, {said}."
