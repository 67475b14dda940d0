# SPDX-License-Identifier: MIT
"""What it costs to wake another process: the rows of the subject `ipc`.

Who spins has an answer sooner and burns a CPU meanwhile, so rows of different
wait policies are never ranked together. A ratio of two policies is told only
where it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import TIME, place_of, way
from mapmark.results import Results, Row
from mapmark.statistics import Ratio, median, ratio

IPC, PINGPONG, GAP = "ipc", "pingpong", "gap"
POLICIES = ("park", "adaptive", "spin")
PLACEMENTS = ("cross", "same")

_POLICY_WORDS = {
    "park": "who sleeps at once",
    "adaptive": "who spins for a while, then sleeps",
    "spin": "who spins",
}
_PLACEMENT_WORDS = {"cross": "on two CPUs", "same": "on one CPU"}

# CPU time of an iteration: of the side that measures, and of the others.
_OWN_CPU = ("user_ns", "system_ns")
_OTHERS_CPU = ("partner_user_ns", "partner_system_ns")


@dataclass(frozen=True)
class Pattern:
    """What is done between processes, in words."""

    thing: str
    unit: str  # what the time is of
    price: str  # whose CPU time is told
    where: str  # with the row's numbers and words
    counted: tuple[str, ...] = _OWN_CPU + _OTHERS_CPU

    def place(self, row: Row) -> str:
        placement = row.words.get("placement", "")
        known: dict[str, object] = {
            **row.numbers,
            "placement": _PLACEMENT_WORDS.get(placement, placement),
        }
        for time in ("gap", "due"):
            known[time] = units.duration(row.numbers.get(time, 0))
        return self.where.format(**known)


_PATTERNS = {
    PINGPONG: Pattern("wake-up", "a round trip", "CPU of both", "{placement}"),
    # The side that measures looks at the clock until the gap is over.
    GAP: Pattern(
        "wake-up",
        "a round trip",
        "partner's CPU",
        "after {gap} without one",
        _OTHERS_CPU,
    ),
    "broadcast": Pattern(
        "broadcast", "a round", "CPU of all", "{members} waiting"
    ),
    "lock": Pattern(
        "lock", "an acquisition", "CPU of all", "{processes} wanting it"
    ),
    "queue": Pattern(
        "queue", "a thing", "CPU of all", "{givers} giving and {takers} taking"
    ),
    "owner-death": Pattern(
        "notice of a death",
        "a death",
        "heir's CPU",
        "of a mutex's owner",
        _OWN_CPU,
    ),
    "late": Pattern("timer", "late", "CPU", "due in {due}", _OWN_CPU),
    "any": Pattern("wait", "a wait", "CPU", "for any of {count}", _OWN_CPU),
    "all": Pattern("wait", "a wait", "CPU", "for all of {count}", _OWN_CPU),
    "create": Pattern("name", "a time", "CPU", "made and closed", _OWN_CPU),
    "open": Pattern("name", "a time", "CPU", "opened and closed", _OWN_CPU),
}


@dataclass(frozen=True)
class Field:
    """The rows of one pattern and wait policy that may be believed, alike in
    all but their ways, the cheapest first."""

    pattern: str
    policy: str
    rows: tuple[Row, ...]

    @property
    def words(self) -> Pattern:
        return _PATTERNS[self.pattern]

    @property
    def octets(self) -> int:
        return self.rows[0].numbers.get("octets", 1)

    @property
    def place(self) -> str:
        return self.words.place(self.rows[0])

    @property
    def heading(self) -> str:
        thing = "" if self.pattern == PINGPONG else self.words.thing
        size = units.size(self.octets) if self.octets > 1 else ""
        parts = (thing, self.policy, self.place, size)
        return _begun(", ".join(part for part in parts if part))

    @property
    def what(self) -> str:
        """The thing, who waits for it, and where."""
        who = _POLICY_WORDS.get(self.policy, self.policy)
        of = f"{self.words.thing} for {who}" if who else self.words.thing
        return f"{of}, {self.place}"

    def over_cheapest(self, row: Row) -> Ratio:
        return ratio(row.values(TIME), self.rows[0].values(TIME))

    def cpu_ns(self, row: Row) -> float | None:
        """Of an iteration; None where not told."""
        found = [row.values(name) for name in self.words.counted]
        if not all(found):
            return None
        return sum(median(values) for values in found)


def fields(results: Results) -> tuple[Field, ...]:
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in results.rows:
        pattern = row.words.get("pattern", "")
        if row.subject == IPC and pattern in _PATTERNS and row.is_usable:
            others = [w for key, w in row.words.items() if key != "way"]
            key = (*others, *sorted(row.numbers.items()))
            groups.setdefault(key, []).append(row)
    found = [
        Field(
            rows[0].words["pattern"],
            rows[0].words.get("policy", ""),
            tuple(sorted(rows, key=_time)),
        )
        for rows in groups.values()
    ]
    return tuple(sorted(found, key=_order))


def _begun(text: str) -> str:
    """As a sentence begins."""
    return text[0].upper() + text[1:]


def _time(row: Row) -> float:
    return median(row.values(TIME))


def _order(field: Field) -> tuple[object, ...]:
    row = field.rows[0]
    return (
        place_of(tuple(_PATTERNS), field.pattern),
        place_of(PLACEMENTS, row.words.get("placement", "")),
        place_of(POLICIES, field.policy),
        sorted(row.numbers.items()),
    )


def sentences(results: Results) -> tuple[str, ...]:
    """The cheapest wake-up for each wait policy, and what a pause does to it;
    none where times lie."""
    return _told(results, (PINGPONG,)) + _told_of_gaps(results)


def more_sentences(results: Results) -> tuple[str, ...]:
    """The cheapest way of all that is no round trip of two alone."""
    return _told(results, tuple(_PATTERNS)[1:])


def _told(results: Results, patterns: Sequence[str]) -> tuple[str, ...]:
    if results.context.is_wine:
        return ()
    return tuple(
        _sentence(field)
        for field in fields(results)
        if field.pattern in patterns
        and field.octets == 1
        and len(field.rows) > 1
    )


def _sentence(field: Field) -> str:
    best, second = field.rows[0], field.rows[1]
    factor = field.over_cheapest(second)
    cpu = field.cpu_ns(best)
    price = (
        ""
        if cpu is None
        else f" and {units.duration(cpu)} of {_price(field.words.price)}"
    )
    lead = (
        f"{way(second)} takes {units.times(factor.value)} as long "
        f"({units.span(factor.low, factor.high)})"
        if factor.low > 1
        else f"{way(second)} cannot be told from it"
    )
    return (
        f"The cheapest {field.what}: {way(best)}, "
        f"{units.duration(_time(best))} {field.words.unit}{price}; {lead}."
    )


def _price(label: str) -> str:
    """`CPU of both` in a sentence."""
    whose, _, of = label.partition("CPU")
    return f"{whose}CPU time{of}"


def _told_of_gaps(results: Results) -> tuple[str, ...]:
    """One sentence a policy, of the way that is cheapest after the shortest
    gap."""
    if results.context.is_wine:
        return ()
    found: dict[str, list[Field]] = {}
    for field in fields(results):
        if field.pattern == GAP:
            found.setdefault(field.policy, []).append(field)
    return tuple(
        sentence
        for policy, gaps in found.items()
        for sentence in _of_gaps(policy, gaps)
    )


def _of_gaps(policy: str, gaps: Sequence[Field]) -> tuple[str, ...]:
    best = gaps[0].rows[0]
    late = [row for row in gaps[-1].rows if way(row) == way(best)]
    if len(gaps) < 2 or not late:
        return ()
    factor = ratio(late[0].values(TIME), best.values(TIME))
    return (
        f"{_begun(gaps[-1].place)}, a wake-up of {way(best)} takes "
        f"{units.duration(_time(late[0]))} for {_POLICY_WORDS[policy]}: "
        f"{units.times(factor.value)} ({units.span(factor.low, factor.high)}) "
        f"of what it takes {gaps[0].place}.",
    )


@dataclass(frozen=True)
class Aim:
    """What a way of the library may take at most, of what another one does;
    of CPU time where nothing is waited for."""

    what: str
    ours: str
    peer: str
    at_most: float
    metric: str = TIME


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


def reached(
    results: Results, aims: Sequence[Aim] = AIMS
) -> tuple[Reached, ...]:
    """The aims whose two rows may be believed; interleaved in one run."""
    if results.context.is_wine:
        return ()
    rows = {row.name: row for row in results.rows if row.is_usable}
    return tuple(
        Reached(aim, _factor(rows[aim.ours], rows[aim.peer], aim.metric))
        for aim in aims
        if aim.ours in rows and aim.peer in rows
    )


def _factor(ours: Row, peer: Row, metric: str) -> Ratio:
    return ratio(ours.values(metric), peer.values(metric))
