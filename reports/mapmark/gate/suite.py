# SPDX-License-Identifier: MIT
"""All rows of a gate in lockstep, until as much as may be said is known.

Ten launches of each row in an order drawn over all of them; then those that
are not settled go on to the declared looks; then a red has to repeat in a
fresh block. What is red there is red. Nothing is measured again because of
what it said.
"""

from __future__ import annotations

import collections
import enum
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapmark import identity, statistics
from mapmark.gate import judgement
from mapmark.gate.judgement import (
    CONFIRMATION_LAUNCHES,
    CONTROL_ZONE_LEAST,
    LOOKS,
    Change,
    Sample,
    Verdict,
)
from mapmark.gate.lockstep import (
    Launch,
    Sides,
    Task,
    Unusable,
    run_launch,
    works_alone,
)

# What a gate must find nearly always.
PLANTED = 0.10

STEAL_MOST = 0.10

# A launch that could not be used is made again; a row of which so many in a
# row could not is lost.
_FAILURES_MOST = 3


BOTH_SIDES = "both sides"


class Fate(enum.Enum):
    """Of a row without a verdict."""

    MISSING = "missing"
    CRASHED = "crashed"
    VOID = "void"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Judged:
    """`confirmation` is what the fresh block of a red said."""

    row: str
    verdict: Verdict
    change: Change
    confirmation: Change | None
    cpu: float | None
    pairs: int
    iterations: int
    baseline_ns: float
    candidate_ns: float
    sd: float
    reason: str


@dataclass(frozen=True)
class Lost:
    """A row that could not be compared, and on which side that lay."""

    row: str
    fate: Fate
    side: str
    reason: str


@dataclass(frozen=True)
class Controlled:
    row: str
    change: Change
    moved: bool


@dataclass(frozen=True)
class Found:
    judged: tuple[Judged, ...]
    lost: tuple[Lost, ...]
    controls: tuple[Controlled, ...]
    planted: Controlled | None
    steal: float
    seconds: float
    launches: int

    @property
    def why_invalid(self) -> tuple[str, ...]:
        """Why nothing else that was found may be believed."""
        reasons = [
            f"control '{control.row}' moved by {control.change.estimate:+.1%}, "
            "though both sides run the same code"
            for control in self.controls
            if control.moved
        ]
        if self.planted is None:
            reasons.append("no control row shows what the gate can find")
        elif self.planted.moved:
            reasons.append(
                f"{PLANTED:.0%} more work, planted on the candidate's side, "
                f"came out as {self.planted.change.estimate:+.1%}: "
                "the sides are mixed up, or times are not those of the work"
            )
        if self.steal > STEAL_MOST:
            reasons.append(
                f"{self.steal:.0%} of the CPU time went to other guests of "
                f"this host; more than {STEAL_MOST:.0%} is too much"
            )
        return tuple(reasons)


@dataclass(frozen=True)
class Order:
    """What a suite is to do. After `budget_seconds` rows that are not settled
    get no more launches; what may be red is followed to its end."""

    timed: tuple[Task, ...]
    controls: tuple[Task, ...]
    aa_sds: Mapping[str, float]
    budget_seconds: float


Say = Callable[[str, int, int], None]


def run_suite(
    sides: Sides,
    order: Order,
    scratch: Path,
    random_: random.Random,
    say: Say,
    check: Callable[[], None],
) -> Found:
    """`say` hears what is done, how many launches are and how many will be;
    `check` raises where the user wants an end."""
    suite = _Suite(sides, order, scratch, random_, say, check)
    before, started = identity.noise(), time.monotonic()
    suite.measure()
    steal = stolen_share(before, identity.noise())
    return suite.found(steal, time.monotonic() - started)


def stolen_share(
    before: Mapping[str, object], after: Mapping[str, object]
) -> float:
    """Of the time of all CPUs in between."""

    def passed(fact: str) -> float:
        numbers = (after.get(fact), before.get(fact))
        late, early = (
            n if isinstance(n, int | float) else 0.0 for n in numbers
        )
        return late - early

    whole = passed("cpu_seconds")
    return passed("cpu_stolen_seconds") / whole if whole > 0 else 0.0


class _Suite:
    def __init__(
        self,
        sides: Sides,
        order: Order,
        scratch: Path,
        random_: random.Random,
        say: Say,
        check: Callable[[], None],
    ) -> None:
        self._sides, self._order, self._scratch = sides, order, scratch
        self._random, self._say, self._check = random_, say, check
        self._timed = list(order.timed)
        self._controls = list(order.controls)
        self._plant = [
            replace(task, planted=PLANTED) for task in order.controls[:1]
        ]
        self._launches: dict[str, list[Launch]] = collections.defaultdict(list)
        self._blocks: dict[str, list[Launch]] = collections.defaultdict(list)
        self._lost: dict[str, Lost] = {}
        self._confirmed: dict[str, bool] = {}
        self._done = 0
        self._until = time.monotonic() + order.budget_seconds

    def measure(self) -> None:
        tasks = self._timed + self._controls + self._plant
        self._extend(tasks, LOOKS[0], "first look")
        self._extend(self._restless_controls(), LOOKS[1], "controls")
        for look in LOOKS[1:]:
            self._extend(self._unsettled(), look, f"look at {look}")
        self._confirm()

    def _extend(
        self, tasks: Iterable[Task], launches: int, what: str
    ) -> None:
        wanted = [
            task
            for task in tasks
            for _ in range(launches - len(self._launches[task.name]))
        ]
        self._run(wanted, self._launches, what)

    def _run(
        self,
        wanted: list[Task],
        into: dict[str, list[Launch]],
        what: str,
    ) -> None:
        self._random.shuffle(wanted)
        for place, task in enumerate(wanted):
            self._check()
            self._say(what, place, len(wanted))
            if task.name not in self._lost:
                self._launch(task, into[task.name])

    def _launch(self, task: Task, into: list[Launch]) -> None:
        unusable: Unusable | None = None
        for _ in range(_FAILURES_MOST):
            self._check()
            try:
                launch = run_launch(
                    self._sides, task, self._scratch, self._random
                )
            except Unusable as error:
                unusable = error
            else:
                into.append(launch)
                self._done += 1
                return
        assert unusable is not None
        self._lost[task.name] = self._blamed(task.row, unusable)

    def _blamed(self, row: str, unusable: Unusable) -> Lost:
        """Which side failed first is chance where both do."""
        baseline = self._sides.baseline
        side = unusable.side
        if side != baseline.name and not works_alone(
            baseline, row, self._scratch
        ):
            side = BOTH_SIDES
        return _lost(row, side, unusable)

    def _sample(self, task: Task, launches: Sequence[Launch]) -> Sample:
        least = judgement.ZONE_LEAST
        if task in self._controls:
            least = CONTROL_ZONE_LEAST
        logs = tuple(launch.log for launch in launches)
        return Sample(logs, self._order.aa_sds.get(task.row, 0.0), least)

    def _samples(self, tasks: Iterable[Task]) -> dict[str, Sample]:
        return {
            task.name: self._sample(task, self._launches[task.name])
            for task in tasks
            if task.name not in self._lost and self._launches[task.name]
        }

    def _restless_controls(self) -> list[Task]:
        """One more look, as rows have it, before a run is thrown away."""
        samples = self._samples(self._controls)
        return [
            task
            for task in self._controls
            if task.name in samples and judgement.moved(samples[task.name])
        ]

    def _unsettled(self) -> list[Task]:
        samples = self._samples(self._timed)
        verdicts = judgement.settle(samples)
        is_late = time.monotonic() > self._until
        return [
            task
            for task in self._timed
            if task.name in samples
            and verdicts[task.name] is None
            and not (is_late and not _may_be_red(samples[task.name]))
        ]

    def _confirm(self) -> None:
        verdicts = judgement.settle(self._samples(self._timed))
        reds = [
            task
            for task in self._timed
            if verdicts.get(task.name) is Verdict.REGRESSION
        ]
        wanted = [task for task in reds for _ in range(CONFIRMATION_LAUNCHES)]
        self._run(wanted, self._blocks, "confirming")
        for task in reds:
            block = self._blocks[task.name]
            if block:
                sample = self._sample(task, block)
                self._confirmed[task.name] = judgement.confirms(sample)

    def found(self, steal: float, seconds: float) -> Found:
        samples = self._samples(self._timed)
        verdicts = judgement.settle(samples)
        planted = [self._controlled(task) for task in self._plant]
        controls = [self._controlled(task) for task in self._controls]
        return Found(
            judged=tuple(
                self._judged(task, samples[task.name], verdicts[task.name])
                for task in self._timed
                if task.name in samples
            ),
            lost=tuple(self._lost.values()),
            controls=tuple(found for found in controls if found is not None),
            planted=next((found for found in planted if found), None),
            steal=steal,
            seconds=seconds,
            launches=self._done,
        )

    def _judged(
        self, task: Task, sample: Sample, settled: Verdict | None
    ) -> Judged:
        launches, block = self._launches[task.name], self._blocks[task.name]
        verdict, reason = self._verdict(task, sample, settled)
        size = len(self._timed)
        logs = [launch.cpu_log for launch in launches]
        cpu_logs = [log for log in logs if log is not None]
        return Judged(
            row=task.row,
            verdict=verdict,
            change=judgement.change(sample, size),
            confirmation=(
                judgement.change(self._sample(task, block), size)
                if block
                else None
            ),
            cpu=statistics.median(cpu_logs) if cpu_logs else None,
            pairs=sum(launch.pairs for launch in launches),
            iterations=launches[-1].iterations,
            baseline_ns=_median(launches, "baseline_ns"),
            candidate_ns=_median(launches, "candidate_ns"),
            sd=judgement.scatter(sample.logs),
            reason=reason,
        )

    def _verdict(
        self, task: Task, sample: Sample, settled: Verdict | None
    ) -> tuple[Verdict, str]:
        if settled is Verdict.REGRESSION:
            if self._confirmed.get(task.name, False):
                return settled, ""
            reason = "it was slower, and a fresh block does not repeat it"
            return Verdict.INCONCLUSIVE, reason
        if settled is not None:
            return settled, ""
        if sample.count < LOOKS[-1]:
            return Verdict.INCONCLUSIVE, "the budget was spent"
        reason = f"{sample.count} launches do not tell"
        return Verdict.INCONCLUSIVE, reason

    def _controlled(self, task: Task) -> Controlled | None:
        samples = self._samples([task])
        if task.name not in samples:
            return None
        sample = samples[task.name]
        return Controlled(
            row=task.row,
            change=judgement.change(sample, len(self._timed)),
            moved=(
                not judgement.shows_plant(sample, task.planted)
                if task.planted
                else judgement.moved(sample)
            ),
        )


def _may_be_red(sample: Sample) -> bool:
    return judgement.lean(sample) is judgement.Leaning.SLOWER


def _lost(row: str, side: str, unusable: Unusable) -> Lost:
    try:
        fate = Fate(unusable.state)
    except ValueError:
        fate = Fate.VOID
    return Lost(row, fate, side, unusable.reason)


def _median(launches: Sequence[Launch], name: str) -> float:
    return statistics.median([getattr(each, name) for each in launches])
