# SPDX-License-Identifier: MIT
"""What changed between two runs, row by row.

The interval of a row's ratio holds what its samples scatter by, and not what
the machine has become between the runs: slower storage, a busier neighbour.
That shows in rows which cannot have changed themselves, the controls. Within
what those may have moved by, nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark.comparisons import TIME, way
from mapmark.results import Results, Row
from mapmark.statistics import (
    COVERAGE_WANTED,
    SAME_WITHIN,
    Ratio,
    Verdict,
    ratio,
)

# Of runs of the same code, the share in which any row may be called slower or
# faster by chance, if that many samples were taken.
FALSE_ALARMS_WANTED = 0.05

_MEMORY = "memory"
_SYSTEM_CALLS = ("read", "write")

# In a run that has lost what an earlier one had, a gate must not pass.
_LOST_STATES = ("void", "error", "unsupported")

_WORST_FIRST = (
    Verdict.SLOWER,
    Verdict.UNKNOWN,
    Verdict.SAME,
    Verdict.FASTER,
)


_Pair = tuple[Row, Row]


@dataclass(frozen=True)
class Kind:
    """Rows that lean on the same parts of the machine."""

    subject: str
    is_cold: bool
    has_threads: bool

    @property
    def words(self) -> str:
        state = "not in the cache" if self.is_cold else "in the cache"
        threads = ", several threads" if self.has_threads else ""
        return f"{self.subject}, {state}{threads}"


@dataclass(frozen=True)
class Moved:
    """One row of both runs; `ratio` is the time in B over that in A."""

    before: Row
    after: Row
    ratio: Ratio

    @property
    def name(self) -> str:
        return self.before.name

    @property
    def most(self) -> float:
        """The factor by which it may have moved, either way."""
        return max(self.ratio.high, 1 / self.ratio.low)


@dataclass(frozen=True)
class Zone:
    """Factors from 1 / `factor` to `factor` are not told from the machine's
    own drift. Without a control nothing bounds that."""

    kind: Kind
    controls: tuple[Moved, ...]

    @property
    def is_known(self) -> bool:
        return bool(self.controls)

    @property
    def widest(self) -> Moved:
        return max(self.controls, key=lambda control: control.most)

    @property
    def factor(self) -> float:
        least = 1 + SAME_WITHIN
        return max([least, *(control.most for control in self.controls)])

    @property
    def is_drift(self) -> bool:
        """Whether the controls have widened it."""
        return self.factor > 1 + SAME_WITHIN


@dataclass(frozen=True)
class Change:
    moved: Moved
    zone: Zone

    @property
    def is_decidable(self) -> bool:
        return self.zone.is_known and self.moved.ratio.is_covered

    @property
    def verdict(self) -> Verdict:
        """Of B against A; in doubt where the interval overlaps the zone."""
        found, factor = self.moved.ratio, self.zone.factor
        if not self.is_decidable:
            return Verdict.UNKNOWN
        if 1 / factor <= found.low and found.high <= factor:
            return Verdict.SAME
        if found.low > factor:
            return Verdict.SLOWER
        if found.high < 1 / factor:
            return Verdict.FASTER
        return Verdict.UNKNOWN

    @property
    def slower_from(self) -> float:
        """The least ratio that is called slower with samples that scatter
        like these: what low would have to be, times the way there."""
        found = self.moved.ratio
        return self.zone.factor * found.value / found.low


@dataclass(frozen=True)
class LeftOut:
    """A row that cannot be compared; `is_lost` if A has it and B fails to."""

    name: str
    reason: str
    is_lost: bool


@dataclass(frozen=True)
class Changes:
    """`tested` has the worst first."""

    tested: tuple[Change, ...]
    controls: tuple[Moved, ...]
    zones: tuple[Zone, ...]
    left_out: tuple[LeftOut, ...]

    def in_verdict(self, verdict: Verdict) -> tuple[Change, ...]:
        return tuple(item for item in self.tested if item.verdict is verdict)

    @property
    def decidable(self) -> tuple[Change, ...]:
        return tuple(item for item in self.tested if item.is_decidable)

    @property
    def is_decided(self) -> bool:
        return any(item.verdict is not Verdict.UNKNOWN for item in self.tested)

    @property
    def has_lost(self) -> bool:
        return any(item.is_lost for item in self.left_out)

    @property
    def false_alarms(self) -> float:
        """How often, at most, any interval that a verdict rests on misses."""
        misses = (1 - item.moved.ratio.coverage for item in self.decidable)
        return min(1.0, sum(misses))


def compare(before: Results, after: Results) -> Changes:
    """B, `after`, against A, `before`."""
    pairs, left_out = _pair(_Run("A", before), _Run("B", after))
    zones = _zones(pairs)
    controls = {c.name: c for zone in zones.values() for c in zone.controls}
    tested = [pair for pair in pairs if pair[0].name not in controls]
    # Bonferroni: if each interval misses in that share of runs, any of them
    # does in the share wanted. Seven samples a side reach it for 85 rows; of
    # more rows, all samples are the interval, and false_alarms says what that
    # adds up to.
    coverage = 1 - FALSE_ALARMS_WANTED / max(1, len(tested))
    changes = [
        Change(_moved(pair, coverage), zones[kind_of(pair[0])])
        for pair in tested
    ]
    kinds = {kind_of(before) for before, _ in tested}
    return Changes(
        tested=tuple(sorted(changes, key=_badness)),
        controls=tuple(controls.values()),
        zones=tuple(zone for kind, zone in zones.items() if kind in kinds),
        left_out=left_out,
    )


def kind_of(row: Row) -> Kind:
    return Kind(
        subject=row.subject,
        is_cold=row.words.get("cache") == "cold",
        has_threads=row.numbers.get("threads", 1) > 1,
    )


def _badness(change: Change) -> tuple[int, float, str]:
    moved = change.moved
    place = _WORST_FIRST.index(change.verdict)
    return place, -moved.ratio.value, moved.name


def _moved(pair: _Pair, coverage: float = COVERAGE_WANTED) -> Moved:
    before, after = pair
    times = ratio(after.values(TIME), before.values(TIME), coverage)
    return Moved(before, after, times)


def _zones(pairs: Sequence[_Pair]) -> dict[Kind, Zone]:
    memory = [pair for pair in pairs if way(pair[0]) == _MEMORY]
    by_kind: dict[Kind, list[_Pair]] = {}
    for pair in pairs:
        by_kind.setdefault(kind_of(pair[0]), []).append(pair)
    return {
        kind: Zone(kind, tuple(map(_moved, _controls(of_kind, memory))))
        for kind, of_kind in by_kind.items()
    }


def _controls(
    of_kind: Sequence[_Pair], memory: Sequence[_Pair]
) -> list[_Pair]:
    """Where plain memory shows nothing of what a kind leans on, storage or a
    second CPU, system calls have to: what they take is the kernel's more than
    the program's."""
    if any(way(before) == _MEMORY for before, _ in of_kind):
        return list(memory)
    calls = [pair for pair in of_kind if way(pair[0]) in _SYSTEM_CALLS]
    return [*memory, *calls] if calls else []


def _pair(
    a: _Run, b: _Run
) -> tuple[tuple[_Pair, ...], tuple[LeftOut, ...]]:
    """The rows that can be compared, and the others."""
    pairs: list[_Pair] = []
    left_out: list[LeftOut] = []
    for name in dict.fromkeys((*a.names, *b.names)):
        reasons = [run.lack(name) for run in (a, b)]
        if any(reasons):
            lost = not reasons[0] and b.has_lost(name)
            said = "; ".join(filter(None, reasons))
            left_out.append(LeftOut(name, said, lost))
        elif said := _other_work(a.rows[name], b.rows[name]):
            left_out.append(LeftOut(name, said, False))
        else:
            pairs.append((a.rows[name], b.rows[name]))
    return tuple(pairs), tuple(left_out)


def _other_work(before: Row, after: Row) -> str:
    """Same name, and yet not the same octets read in the same order."""
    sums = [{s.checksum for s in row.samples} for row in (before, after)]
    if not sums[0].isdisjoint(sums[1]):
        return ""
    return "not the same work in A and B: the checksums differ"


class _Run:
    """One side, and what it lacks."""

    def __init__(self, label: str, results: Results) -> None:
        self.rows = {row.name: row for row in results.rows}
        self.names = (*self.rows, *results.missing)
        self._label = label
        self._missing = frozenset(results.missing)

    def lack(self, name: str) -> str:
        """Why the row has no times; empty if it has."""
        row = self.rows.get(name)
        if row is None:
            is_missing = name in self._missing
            word = "missing in" if is_missing else "not in the plan of"
            return f"{word} {self._label}"
        if row.is_usable:
            return ""
        said = f": {row.reason}" if row.reason else ""
        return f"{row.state} in {self._label}{said}"

    def has_lost(self, name: str) -> bool:
        row = self.rows.get(name)
        return row is None or row.state in _LOST_STATES
