# SPDX-License-Identifier: MIT
"""`mapmark gate --calibrate`: the gate, tried on this machine with a build
against itself, and against itself slowed down by a known share."""

from __future__ import annotations

import random
from pathlib import Path

from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds, calibration, injection
from mapmark.gate.calibration import Calibration, Share
from mapmark.gate.conduct import (
    Request,
    identify,
    scratch_folder,
    task_of,
    twice,
)
from mapmark.gate.judgement import Verdict
from mapmark.gate.lockstep import Sides, Task
from mapmark.gate.marks import Mark, read_marks
from mapmark.gate.planting import find_doses, slowed
from mapmark.gate.suite import Found, Order, Say, run_suite
from mapmark.gate.worker import Build
from mapmark.programs import Interrupts

SHARES = (0.05, 0.10)

# What is not decided then is not found.
_BUDGET_SECONDS = 120.0


class _Trial:
    """Runs the small suite, and remembers nothing."""

    def __init__(
        self,
        sides: Sides,
        scratch: Path,
        interrupts: Interrupts,
        say: Say,
    ) -> None:
        marks = read_marks()
        self._sides, self._scratch = sides, scratch
        self._interrupts, self._say = interrupts, say
        self._random = random.Random()
        self._controls = _tasks([m for m in marks if m.control])
        self._tasks = _tasks([m for m in marks if m.evidence])

    def equal(self) -> Found:
        return self._run(self._tasks)

    def slower(self, runs: int) -> dict[float, Share]:
        """How many rows were found, for each share."""
        self._say("doses", 0, 1)
        doses = find_doses(
            self._sides,
            self._tasks,
            SHARES,
            self._scratch,
            self._random,
            self._interrupts.check,
        )
        found: dict[float, Share] = {}
        for share in SHARES:
            tasks = tuple(
                slowed(task, doses[share][task.row]) for task in self._tasks
            )
            results = [self._run(tasks) for _ in range(runs)]
            found[share] = _found(results, len(tasks))
        return found

    def _run(self, tasks: tuple[Task, ...]) -> Found:
        order = Order(tasks, self._controls, {}, _BUDGET_SECONDS)
        return run_suite(
            self._sides,
            order,
            self._scratch,
            self._random,
            self._say,
            self._interrupts.check,
        )


def _tasks(marks: list[Mark]) -> tuple[Task, ...]:
    return tuple(task_of(mark) for mark in marks)


def _found(results: list[Found], rows: int) -> Share:
    """Of the runs that were valid."""
    valid = [result for result in results if not result.why_invalid]
    return Share(sum(map(_reds, valid)), rows * len(valid))


def _reds(result: Found) -> int:
    verdicts = [judged.verdict for judged in result.judged]
    return verdicts.count(Verdict.REGRESSION)


def calibrate(
    request: Request,
    injected: Path | None,
    runs: int,
    interrupts: Interrupts,
    say: Say,
) -> tuple[Calibration, Path]:
    say("building the library that can be slowed down", 0, 1)
    build = _injected_build(request, injected)
    sides = twice(build)
    with scratch_folder() as scratch:
        host = identify(sides, scratch)
        trial = _Trial(sides, scratch, interrupts, say)
        equal = [trial.equal() for _ in range(runs)]
        found = trial.slower(runs)
    valid = [result for result in equal if not result.why_invalid]
    known = Calibration(
        host_key=host.host_key,
        host=host.host,
        kernel=calibration.kernel(),
        made=calibration.now(),
        aa_reds=Share(sum(_reds(result) > 0 for result in valid), len(valid)),
        found_5=found[0.05],
        found_10=found[0.10],
        sds=_sds(valid),
    )
    path = request.calibration or calibration.path_of(host.host_key)
    calibration.write(known, path)
    return known, path


def _injected_build(request: Request, injected: Path | None) -> Build:
    if injected is not None:
        build = builds.resolve(
            builds.BASELINE, str(injected), request.repository
        )
    else:
        head = builds.find_commit("HEAD", request.repository)
        build = builds.of_commit(
            builds.BASELINE, head, request.repository, ["MAPMARK_INJECT=ON"]
        )
    if not injection.has_injection(build.identity):
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"'{build.program}' was not built with MAPMARK_INJECT",
        )
    return build


def _sds(results: list[Found]) -> dict[str, float]:
    """The largest seen of each row, so that a quiet hour does not promise
    too much."""
    found: dict[str, float] = {}
    for result in results:
        for judged in result.judged:
            found[judged.row] = max(found.get(judged.row, 0.0), judged.sd)
    return found

