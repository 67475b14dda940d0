# SPDX-License-Identifier: MIT
"""One launch of one row: both builds work in turn, milliseconds apart.

Both sides are fresh processes on the same CPU as this one, with environments
of random sizes, and take slices of the same number of iterations in random
order. What befalls the machine befalls both; what a process is born with, its
addresses and its pages, is drawn anew by the next launch.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mapmark import statistics
from mapmark.gate.worker import (
    OPEN_SECONDS,
    SLICE_SECONDS,
    Answer,
    Broken,
    Build,
    Worker,
)

PAIRS = 60

# Where a slice's proof takes long, fewer pairs are as good as can be had for
# the time: with 30, +5 % was found 98 to 100 % of the time.
PAIRS_LEAST = 20
_LAUNCH_SECONDS = 0.25

SLICE_NS = 1e6
_ITERATIONS_MOST = 1 << 24
_WARMING_SLICES = 3

# Half a page and more of what decides where the stack begins.
_PADDING_OCTETS_MOST = 4096

# A slice may fail its proof now and then; a launch of which more do is none.
_PAIRS_KEPT_LEAST = 0.5


@dataclass(frozen=True)
class Sides:
    baseline: Build
    candidate: Build

    def __iter__(self) -> Iterator[Build]:
        return iter((self.baseline, self.candidate))


@dataclass(frozen=True)
class Task:
    """`planted` is how much more the candidate's side has to do than it is
    measured by: a slow-down that must come out. `most`: iterations that a
    slice may have. `pair`: it takes two CPUs. `environment` is added to the
    candidate's."""

    row: str
    planted: float = 0.0
    most: int | None = None
    pair: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.row} +{self.planted:.0%}" if self.planted else self.row


@dataclass(frozen=True)
class Launch:
    """`log` is the median of log(candidate / baseline); times are medians."""

    log: float
    cpu_log: float | None
    pairs: int
    iterations: int
    baseline_ns: float
    candidate_ns: float
    seconds: float


class Unusable(Exception):
    """A launch that says nothing: which side, and why."""

    def __init__(self, side: str, state: str, reason: str) -> None:
        super().__init__(f"{side}: {state}: {reason}")
        self.side = side
        self.state = state
        self.reason = reason


@dataclass(frozen=True)
class _Slice:
    """Times of an iteration; `state` is not "ok" where they are no good."""

    real_ns: float
    cpu_ns: float
    state: str
    reason: str


def run_launch(
    sides: Sides, task: Task, scratch: Path, random_: random.Random
) -> Launch:
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_on_cpus(2 if task.pair else 1, random_))
        workers: dict[int, Worker] = {}
        # Who starts first gets the better pages: by lot.
        for side in random_.sample((0, 1), 2):
            build = _build_of(sides, side, task)
            padding = random_.randrange(_PADDING_OCTETS_MOST)
            worker = stack.enter_context(_guarded(build, scratch, padding))
            _open(worker, task.row)
            workers[side] = worker
        both = [workers[0], workers[1]]
        iterations = _iterations(both, task)
        pairs = _take_pairs(both, task, iterations, random_)
    return _launch(pairs, iterations, time.monotonic() - started)


def works_alone(build: Build, row: str, scratch: Path) -> bool:
    """Whether a side that is not to blame can take a slice of it."""
    try:
        with _guarded(build, scratch, 0) as worker:
            _open(worker, row)
            return _slice(worker, row, 1).state == "ok"
    except (Unusable, Broken):
        return False


def _build_of(sides: Sides, side: int, task: Task) -> Build:
    if side == 0:
        return sides.baseline
    build = sides.candidate
    return replace(build, environment={**build.environment, **task.environment})


@contextlib.contextmanager
def _on_cpus(count: int, random_: random.Random) -> Iterator[None]:
    """This process, and what it starts: where one has woken the other, no
    second CPU has to wake up for it. Rows that place their partners
    themselves do so in the same way for each build."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    chosen = random_.sample(sorted(before), min(count, len(before)))
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _guarded(build: Build, scratch: Path, padding: int) -> Iterator[Worker]:
    try:
        with Worker(build, scratch, padding) as worker:
            yield worker
    except Broken as broken:
        raise Unusable(build.name, "crashed", str(broken)) from broken


def _open(worker: Worker, row: str) -> None:
    answer = worker.ask(f"open {row}", OPEN_SECONDS)
    if "opened" in answer:
        return
    if "refused" in answer:
        state, reason = str(answer.get("state")), str(answer.get("reason"))
        raise Unusable(worker.build.name, state, reason)
    raise Unusable(
        worker.build.name, "missing", str(answer.get("error", answer))
    )


def _slice(worker: Worker, row: str, iterations: int) -> _Slice:
    try:
        answer = worker.ask(f"slice {row} {iterations}", SLICE_SECONDS)
    except Broken as broken:
        name = worker.build.name
        raise Unusable(name, "crashed", str(broken)) from broken
    return _read_slice(answer)


def _read_slice(answer: Answer) -> _Slice:
    """A time that is none, or not positive, cannot stand in a ratio."""
    judged = answer.get("mapmark")
    if not isinstance(judged, dict):
        return _Slice(0.0, 0.0, "crashed", str(answer.get("error", answer)))
    state, reason = str(judged.get("state")), str(judged.get("reason"))
    real_ns = _number(answer.get("real_time"))
    if state == "ok" and real_ns <= 0:
        state, reason = "void", "it took no time"
    return _Slice(real_ns, _number(answer.get("cpu_time")), state, reason)


def _number(value: object) -> float:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number else 0.0  # type: ignore[arg-type]


def _iterations(workers: list[Worker], task: Task) -> int:
    """So many that the baseline's slice takes a millisecond, for both. They
    also warm up what the first slice makes and later ones find."""
    most = task.most or _ITERATIONS_MOST
    iterations, quickest_ns = 1, math.inf
    for _ in range(_WARMING_SLICES):
        found = [_slice(worker, task.row, iterations) for worker in workers]
        # The quickest one: a slice that was interrupted says too much.
        if found[0].real_ns > 0:
            quickest_ns = min(quickest_ns, found[0].real_ns)
            wanted = round(SLICE_NS / quickest_ns)
            iterations = max(1, min(wanted, most))
    return _divisible(iterations) if task.planted else iterations


def _divisible(iterations: int) -> int:
    """So that a tenth more is a whole number."""
    return max(10, iterations - iterations % 10)


def _take_pairs(
    workers: list[Worker],
    task: Task,
    iterations: int,
    random_: random.Random,
) -> list[tuple[_Slice, _Slice]]:
    """All slices, of states good and bad."""
    counts = (iterations, max(1, round(iterations * (1 + task.planted))))
    weights = (1.0, counts[1] / iterations)
    taken: list[tuple[_Slice, _Slice]] = []
    until = time.monotonic() + _LAUNCH_SECONDS
    while len(taken) < PAIRS:
        if len(taken) >= PAIRS_LEAST and time.monotonic() > until:
            break
        order = (0, 1) if random_.random() < 0.5 else (1, 0)
        found: dict[int, _Slice] = {}
        for side in order:
            slice_ = _slice(workers[side], task.row, counts[side])
            found[side] = _weighed(slice_, weights[side])
        taken.append((found[0], found[1]))
    return taken


def _weighed(slice_: _Slice, weight: float) -> _Slice:
    return _Slice(
        slice_.real_ns * weight,
        slice_.cpu_ns * weight,
        slice_.state,
        slice_.reason,
    )


def _launch(
    pairs: list[tuple[_Slice, _Slice]], iterations: int, seconds: float
) -> Launch:
    kept = [
        (a, b) for a, b in pairs if a.state == "ok" and b.state == "ok"
    ]
    if len(kept) < _PAIRS_KEPT_LEAST * len(pairs):
        raise _why_unusable(pairs)
    return Launch(
        log=statistics.median([math.log(b.real_ns / a.real_ns) for a, b in kept]),
        cpu_log=_cpu_log(kept),
        pairs=len(kept),
        iterations=iterations,
        baseline_ns=statistics.median([a.real_ns for a, _ in kept]),
        candidate_ns=statistics.median([b.real_ns for _, b in kept]),
        seconds=seconds,
    )


def _cpu_log(kept: list[tuple[_Slice, _Slice]]) -> float | None:
    """A second view; where CPU times are coarse there is none."""
    logs = [
        math.log(b.cpu_ns / a.cpu_ns)
        for a, b in kept
        if a.cpu_ns > 0 and b.cpu_ns > 0
    ]
    return statistics.median(logs) if len(logs) >= len(kept) / 2 else None


def _why_unusable(pairs: list[tuple[_Slice, _Slice]]) -> Unusable:
    """The baseline's trouble first: what fails there too is no news of the
    candidate."""
    for side, name in ((0, "baseline"), (1, "candidate")):
        bad = [pair[side] for pair in pairs if pair[side].state != "ok"]
        if len(bad) > (1 - _PAIRS_KEPT_LEAST) * len(pairs) / 2:
            return Unusable(name, bad[-1].state, bad[-1].reason)
    raise AssertionError("every pair is good")
