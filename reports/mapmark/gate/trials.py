# SPDX-License-Identifier: MIT
"""The parts of the evidence: each knows how often it wants to be run, runs the
gate's own layers, and leaves a line for each run."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapmark import files
from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds, conduct, counters, injection
from mapmark.gate.burners import burning
from mapmark.gate.conduct import ROOT, Request, task_of, twice
from mapmark.gate.counters import Counts, CounterVerdict, Outcome
from mapmark.gate.counting import count
from mapmark.gate.ledger import Ledger, Line, RowLine
from mapmark.gate.lockstep import Sides, Task
from mapmark.gate.marks import Mark
from mapmark.gate.planting import (
    Dose,
    find_doses,
    read_doses,
    slowed,
    write_doses,
)
from mapmark.gate.regressions import Regression, read_regressions
from mapmark.gate.suite import Found, Order, run_suite
from mapmark.gate.worker import Build
from mapmark.programs import Interrupts

REGRESSIONS = ROOT / "ci/regressions"

BURNERS = 2

# The ones that are promised first: what is stopped has them.
SHARES = (0.10, 0.05, 0.0, 0.03, 0.02, 0.01)

# A run of the suite is 12 rows: 60 runs without a red say at most 5 % of runs
# are red; 25 with each of 300 rows found say at least 99 % are, 10 with 119 of
# 120 at least 95 %. The levels below are there for the curve.
_SHORT = 3
_LONG_AA = {"aa-idle": 60, "aa-busy": 40}
_LONG_POWER = {0.0: 3, 0.01: 3, 0.02: 3, 0.03: 3, 0.05: 10, 0.10: 25}

# Each compares every counted row of the small suite. Of those that find
# nothing a line holds many.
_LONG_COUNTS = {"call": 30, "fault": 40, "none": 1000}
_COUNTS_A_LINE = {"call": 1, "fault": 1, "none": 50}
_LONG_REVERTS = 3

_BUDGET_SECONDS = 60.0


@dataclass(frozen=True)
class Bench:
    """What a suite run is made with."""

    plain: Callable[[], Build]
    injected: Callable[[], Build]
    marks: tuple[Mark, ...]
    scratch: Path
    random_: random.Random
    interrupts: Interrupts
    ledger: Ledger
    doses: Path
    long: bool
    until: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until

    @property
    def evidence(self) -> tuple[Task, ...]:
        return tuple(task_of(m) for m in self.marks if m.evidence)

    @property
    def controls(self) -> tuple[Task, ...]:
        return tuple(task_of(m) for m in self.marks if m.control)


def say(text: str) -> None:
    print(text, flush=True)


# ---- equal and slowed builds -------------------------------------------------


def equal_builds(bench: Bench, part: str) -> None:
    """A build against itself: every red is a lie."""
    sides = twice(bench.plain())
    wanted = _LONG_AA[part] if bench.long else _SHORT
    with _noise_of(part):
        while bench.ledger.count(part, 0.0) < wanted and not bench.is_over:
            _run(bench, part, 0.0, sides, bench.evidence, {})


def power(bench: Bench, part: str) -> None:
    """Real extra work in the library, level by level, and round again, so
    that what is stopped has seen all of them alike."""
    sides = twice(bench.injected())
    if not injection.has_injection(sides.candidate.identity):
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"'{sides.candidate.program}' was not built to be slowed down",
        )
    wanted = {s: _LONG_POWER[s] if bench.long else 1 for s in SHARES}
    doses = _doses(bench, sides)
    with _noise_of(part):
        while (share := _next_share(bench, part, wanted)) is not None:
            tasks = tuple(
                slowed(task, doses[share][task.row]) for task in bench.evidence
            )
            _run(bench, part, share, sides, tasks, doses[share])


def _doses(bench: Bench, sides: Sides) -> dict[float, dict[str, Dose]]:
    """Found once for a build: what goes on later injects the same."""
    path = bench.doses / f"doses-{sides.candidate.id}.json"
    doses = read_doses(path)
    rows = {task.row for task in bench.evidence}
    if all(rows <= set(doses.get(share, {})) for share in SHARES):
        return doses
    say("how much injected work makes how many per cent, row by row")
    doses = find_doses(
        sides,
        bench.evidence,
        SHARES,
        bench.scratch,
        bench.random_,
        bench.interrupts.check,
    )
    with files.directory(bench.doses):
        write_doses(path, doses)
    return doses


def _next_share(
    bench: Bench, part: str, wanted: Mapping[float, int]
) -> float | None:
    """That of which the least part has been done."""
    done = {s: bench.ledger.count(part, s) / wanted[s] for s in wanted}
    share = min(done, key=lambda s: done[s])
    return None if done[share] >= 1 or bench.is_over else share


def _noise_of(part: str) -> contextlib.AbstractContextManager[None]:
    return burning(BURNERS if part.endswith("busy") else 0)


def _run(
    bench: Bench,
    part: str,
    share: float,
    sides: Sides,
    tasks: Sequence[Task],
    doses: Mapping[str, Dose],
) -> None:
    found = _suite(bench, sides, tasks)
    _keep(bench, _line(part, share, sides, found, doses))


def _suite(bench: Bench, sides: Sides, tasks: Sequence[Task]) -> Found:
    return run_suite(
        sides,
        Order(tuple(tasks), bench.controls, {}, _BUDGET_SECONDS),
        bench.scratch,
        bench.random_,
        lambda what, done, of: None,
        bench.interrupts.check,
    )


def _keep(bench: Bench, line: Line) -> None:
    bench.ledger.append(line)
    number = bench.ledger.count(line.part, line.share)
    say(f"{line.title} run {number}: {line.in_words}")


def _line(
    part: str,
    share: float,
    sides: Sides,
    found: Found,
    doses: Mapping[str, Dose],
) -> Line:
    rows = [
        RowLine(
            row=each.row,
            verdict=each.verdict.value,
            estimate=each.change.estimate,
            launches=each.change.launches,
            planted=_planted(doses.get(each.row)),
        )
        for each in found.judged
    ]
    rows += [
        RowLine(each.row, each.fate.value, 0.0, 0, 0.0) for each in found.lost
    ]
    return Line(
        part=part,
        share=share,
        build=sides.candidate.id,
        ended=_now(),
        seconds=round(found.seconds, 1),
        steal=round(found.steal, 4),
        invalid=found.why_invalid,
        rows=tuple(rows),
    )


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _planted(dose: Dose | None) -> float:
    """What was seen of it before."""
    return 0.0 if dose is None else dose.share


# ---- real regressions --------------------------------------------------------


def reverts(bench: Bench, part: str) -> None:
    """Each patch against the commit that it is made from."""
    commit = builds.find_commit("HEAD", ROOT)
    wanted = _LONG_REVERTS if bench.long else 1
    for patch in read_regressions(REGRESSIONS):
        name = f"{part}-{patch.name}"
        while bench.ledger.count(name, 0.0) < wanted and not bench.is_over:
            say(f"{name}: building both sides")
            _revert(bench, name, patch, commit)


def _revert(bench: Bench, part: str, patch: Regression, commit: str) -> None:
    sides = Sides(
        builds.of_commit(builds.BASELINE, commit, ROOT),
        builds.of_commit(builds.CANDIDATE, commit, ROOT, patch=patch.path),
    )
    marks = [m for m in bench.marks if m.evidence or m.row in patch.red]
    found = _suite(bench, sides, [task_of(m) for m in marks])
    line = _line(part, 0.0, sides, found, {})
    verdicts = counters.compare(*(_counts(bench, b, marks) for b in sides))
    more = {v.row for v in verdicts if v.outcome is Outcome.MORE}
    rows = tuple(
        replace(row, verdict="counts more") if row.row in more else row
        for row in line.rows
    )
    worse = {*line.reds, *more}
    _keep(
        bench,
        replace(
            line,
            rows=rows,
            missed=tuple(row for row in patch.red if row not in worse),
            strays=tuple(r for r in sorted(worse) if not patch.may_be_red(r)),
        ),
    )


# ---- counters ----------------------------------------------------------------


def counted(bench: Bench, part: str) -> None:
    """One call and one fault more, and nothing more, many times. A fault is
    looked for where the row's own do not come and go by more."""
    build = bench.injected()
    counted_marks = [m for m in bench.marks if m.evidence and m.counted]
    steady = [
        m
        for m in counted_marks
        if m.fault_slack is not None and m.fault_slack < 1
    ]
    kinds = {
        "call": (injection.environment(injection.CALL, 1), counted_marks),
        "fault": (injection.environment(injection.FAULT, 1), steady),
        "none": (injection.environment(injection.CALL, 0), counted_marks),
    }
    for kind, (environment, marks) in kinds.items():
        before = _counts(bench, build, marks)
        name = f"{part}-{kind}"
        wanted = _LONG_COUNTS[kind] if bench.long else _SHORT
        while (
            left := wanted - bench.ledger.count(name, 0.0)
        ) > 0 and not bench.is_over:
            repeats = min(_COUNTS_A_LINE[kind], left)
            begin = time.monotonic()
            slow = replace(build, environment=environment)
            verdicts = [
                verdict
                for _ in range(repeats)
                for verdict in counters.compare(
                    before, _counts(bench, slow, marks)
                )
            ]
            seconds = (time.monotonic() - begin) / repeats
            _keep(bench, _counted_line(name, build, verdicts, seconds, repeats))


def _counts(bench: Bench, build: Build, marks: Sequence[Mark]) -> Counts:
    return count(
        build.program,
        marks,
        bench.interrupts,
        scratch=bench.scratch,
        environment=build.environment,
    )


def _counted_line(
    part: str,
    build: Build,
    verdicts: Sequence[CounterVerdict],
    seconds: float,
    repeats: int,
) -> Line:
    """A row is what the worst of its counters ever is."""
    harmless = Outcome.SAME.value
    rows: dict[str, str] = {}
    for verdict in verdicts:
        said = rows.get(verdict.row, harmless)
        if said == harmless or verdict.outcome is Outcome.MORE:
            rows[verdict.row] = verdict.outcome.value
    return Line(
        part=part,
        share=0.0,
        build=build.id,
        ended=_now(),
        seconds=round(seconds, 1),
        steal=0.0,
        invalid=(),
        rows=tuple(RowLine(row, word, 0.0, 0, 0.0) for row, word in rows.items()),
        repeats=repeats,
    )


# ---- time --------------------------------------------------------------------


def whole_gate(bench: Bench, part: str) -> None:
    """All rows and layers, of a build against itself."""
    folder = bench.plain().program.parent
    request = Request(
        baseline=str(folder),
        candidate=folder,
        repository=ROOT,
        only=None,
        budget_seconds=300.0,
        calibration=None,
        uncalibrated=True,
        counters=ROOT / "ci/gate-counters.json",
        instructions=False,
        with_conformance=True,
        inconclusive_passes=False,
    )
    while bench.ledger.count(part, 0.0) < 1 and not bench.is_over:
        result = conduct.gate(
            request, bench.interrupts, lambda what, done, of: None
        )
        sides = Sides(result.baseline, result.candidate)
        line = _line(part, 0.0, sides, result.found, {})
        _keep(bench, replace(line, seconds=round(result.seconds, 1)))


PARTS: dict[str, Callable[[Bench, str], None]] = {
    "aa-idle": equal_builds,
    "aa-busy": equal_builds,
    "power": power,
    "power-busy": power,
    "counters": counted,
    "reverts": reverts,
    "time": whole_gate,
}
