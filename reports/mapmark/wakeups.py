# SPDX-License-Identifier: MIT
"""What it costs to wake another process: the rows of the subject `ipc`.

Who spins has an answer sooner and burns a CPU meanwhile, so rows of different
wait policies are never ranked together. A ratio of two policies is told only
where it is asked for by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import TIME, place_of, way
from mapmark.results import Results, Row
from mapmark.statistics import Ratio, median, ratio

IPC, PINGPONG = "ipc", "pingpong"
POLICIES = ("park", "adaptive", "spin")
PLACEMENTS = ("cross", "same")

_POLICY_WORDS = {
    "park": "who sleeps at once",
    "adaptive": "who spins for a while, then sleeps",
    "spin": "who spins",
}
_PLACEMENT_WORDS = {"cross": "on two CPUs", "same": "on one CPU"}

# CPU time of both sides, of an iteration.
_CPU = ("user_ns", "system_ns", "partner_user_ns", "partner_system_ns")


@dataclass(frozen=True)
class Field:
    """The rows of one wait policy and placement that may be believed, with
    messages of one size, the cheapest first."""

    policy: str
    placement: str
    octets: int
    rows: tuple[Row, ...]

    @property
    def heading(self) -> str:
        where = _PLACEMENT_WORDS.get(self.placement, self.placement)
        size = f", {units.size(self.octets)}" if self.octets > 1 else ""
        return f"{self.policy.capitalize()}, {where}{size}"

    @property
    def who(self) -> str:
        where = _PLACEMENT_WORDS.get(self.placement, self.placement)
        return f"{_POLICY_WORDS.get(self.policy, self.policy)}, {where}"

    def over_cheapest(self, row: Row) -> Ratio:
        return ratio(row.values(TIME), self.rows[0].values(TIME))


def fields(results: Results) -> tuple[Field, ...]:
    """Of the round trips."""
    groups: dict[tuple[str, str, int], list[Row]] = {}
    for row in results.rows:
        if _is_round_trip(row) and row.is_usable:
            policy, placement = row.words["policy"], row.words["placement"]
            key = (policy, placement, row.numbers.get("octets", 1))
            groups.setdefault(key, []).append(row)
    found = [
        Field(*key, tuple(sorted(rows, key=_time)))
        for key, rows in groups.items()
    ]
    return tuple(sorted(found, key=_order))


def _is_round_trip(row: Row) -> bool:
    return row.subject == IPC and row.words.get("pattern") == PINGPONG


def _time(row: Row) -> float:
    return median(row.values(TIME))


def _order(field: Field) -> tuple[object, ...]:
    return (
        place_of(PLACEMENTS, field.placement),
        place_of(POLICIES, field.policy),
        field.octets,
    )


def cpu_ns(row: Row) -> float | None:
    """Of both sides together, for a round trip; None where not told."""
    found = [row.values(name) for name in _CPU]
    if not all(found):
        return None
    return sum(median(values) for values in found)


def sentences(results: Results) -> tuple[str, ...]:
    """The cheapest wake-up for each wait policy; none where times lie."""
    if results.context.is_wine:
        return ()
    return tuple(
        _sentence(field)
        for field in fields(results)
        if field.octets == 1 and len(field.rows) > 1
    )


def _sentence(field: Field) -> str:
    best, second = field.rows[0], field.rows[1]
    factor = field.over_cheapest(second)
    cpu = cpu_ns(best)
    price = (
        "" if cpu is None else f" and {units.duration(cpu)} of CPU time of both"
    )
    lead = (
        f"{way(second)} takes {units.times(factor.value)} as long "
        f"({units.span(factor.low, factor.high)})"
        if factor.low > 1
        else f"{way(second)} cannot be told from it"
    )
    return (
        f"The cheapest wake-up for {field.who}: {way(best)}, "
        f"{units.duration(_time(best))} a round trip{price}; {lead}."
    )


@dataclass(frozen=True)
class Aim:
    """What a way of the library may take at most, of what another one does."""

    what: str
    ours: str
    peer: str
    at_most: float


AIMS = (
    Aim(
        "set and wait, uncontended, of sem_t's post and wait",
        "ipc/event/uncontended",
        "ipc/sem_t/uncontended",
        1.3,
    ),
    Aim(
        "adaptive round trip on two CPUs, of the bare spinning word's",
        "ipc/event/pingpong/adaptive/cross",
        "ipc/word/pingpong/spin/cross",
        2.0,
    ),
    Aim(
        "parked round trip on one CPU, of sem_t's",
        "ipc/event/pingpong/park/same",
        "ipc/sem_t/pingpong/park/same",
        1.1,
    ),
    Aim(
        "mutex, uncontended, of a robust mutex shared by processes",
        "lib/library/mutex",
        "lib/bare/mutex",
        1.15,
    ),
)


@dataclass(frozen=True)
class Reached:
    aim: Aim
    factor: Ratio

    @property
    def verdict(self) -> str:
        """`unknown` where the interval lies on both sides of the aim."""
        if not self.factor.is_covered:
            return "unknown"
        if self.factor.high <= self.aim.at_most:
            return "reached"
        return "missed" if self.factor.low > self.aim.at_most else "unknown"

    @property
    def line(self) -> str:
        span = units.span(self.factor.low, self.factor.high)
        return (
            f"Aim of at most {units.times(self.aim.at_most)}: "
            f"{self.aim.what}: {units.times(self.factor.value)} ({span}), "
            f"{self.verdict}."
        )


def reached(results: Results) -> tuple[Reached, ...]:
    """The aims whose two rows may be believed; interleaved in one run."""
    if results.context.is_wine:
        return ()
    rows = {row.name: row for row in results.rows if row.is_usable}
    return tuple(
        Reached(aim, _factor(rows[aim.ours], rows[aim.peer]))
        for aim in AIMS
        if aim.ours in rows and aim.peer in rows
    )


def _factor(ours: Row, peer: Row) -> Ratio:
    return ratio(ours.values(TIME), peer.values(TIME))
