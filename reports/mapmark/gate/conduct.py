# SPDX-License-Identifier: MIT
"""The layers of a gate, the cheapest first."""

from __future__ import annotations

import contextlib
import mmap
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapmark import identity, inputs
from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds, calibration, counters
from mapmark.gate.calibration import Calibration
from mapmark.gate.counters import Counts
from mapmark.gate.counting import count
from mapmark.gate.lockstep import Sides, Task
from mapmark.gate.marks import Mark, read_marks
from mapmark.gate.plan import Planned, make_plan
from mapmark.gate.result import Conformance, Counted, Result
from mapmark.gate.suite import Order, Say, run_suite
from mapmark.gate.worker import Build
from mapmark.programs import Interrupts, find_program
from mapmark.record import Identity

ROOT = Path(__file__).resolve().parents[3]

# The library's own parser; what others do is no matter of a change here.
_ENGINE = "engine*"
_CONFORM_SECONDS = 600.0


@dataclass(frozen=True)
class Request:
    """`candidate` is a build folder; `baseline` one, or a commit of
    `repository`."""

    baseline: str
    candidate: Path
    repository: Path
    only: str | None
    budget_seconds: float
    calibration: Path | None
    uncalibrated: bool
    counters: Path
    instructions: bool
    with_conformance: bool
    inconclusive_passes: bool


def gate(request: Request, interrupts: Interrupts, say: Say) -> Result:
    started, begin = calibration.now(), time.monotonic()
    say("builds", 0, 1)
    candidate = builds.resolve(
        builds.CANDIDATE, str(request.candidate), request.repository
    )
    sides = Sides(
        builds.resolve(builds.BASELINE, request.baseline, request.repository),
        candidate,
    )
    with scratch_folder() as scratch:
        host = identify(sides, scratch)
        known = _calibration(request, host)
        say("conformance", 0, 1)
        conformance, note = _conformance(request, candidate.program.parent)
        say("rows", 0, 1)
        planned = make_plan(sides, read_marks(), request.only, scratch)
        say("counters", 0, 1)
        counted = _count(request, sides, planned, host, scratch, interrupts)
        found = run_suite(
            sides,
            _order(planned, known, request.budget_seconds),
            scratch,
            random.Random(),
            say,
            interrupts.check,
        )
    return Result(
        baseline=sides.baseline,
        candidate=sides.candidate,
        host=host,
        calibration=known,
        conformance=conformance,
        conformance_note=note,
        planned=planned,
        counted=counted,
        found=found,
        inconclusive_passes=request.inconclusive_passes,
        started=started,
        seconds=time.monotonic() - begin,
    )


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Generated files of both sides lie on one file system."""
    with tempfile.TemporaryDirectory(prefix="mapmark-gate-") as folder:
        yield Path(folder)


def identify(sides: Sides, scratch: Path) -> Identity:
    facts = sides.candidate.identity
    return identity.identify_build(facts, mmap.PAGESIZE, scratch)


def twice(build: Build) -> Sides:
    """A build against itself."""
    return Sides(
        replace(build, name=builds.BASELINE),
        replace(build, name=builds.CANDIDATE),
    )


def task_of(mark: Mark) -> Task:
    return Task(mark.row, most=mark.most, pair=mark.pair)


def _calibration(request: Request, host: Identity) -> Calibration | None:
    path = request.calibration or calibration.path_of(host.host_key)
    return calibration.vouching(path, host, not request.uncalibrated)


def _order(
    planned: Planned, known: Calibration | None, budget_seconds: float
) -> Order:
    return Order(
        timed=tuple(task_of(mark) for mark in planned.timed),
        controls=tuple(task_of(mark) for mark in planned.controls),
        aa_sds={} if known is None else known.sds,
        budget_seconds=budget_seconds,
    )


# ---- conformance -------------------------------------------------------------


def _conformance(request: Request, folder: Path) -> tuple[Conformance, str]:
    """Where there is no program for it, that is said and no failure."""
    program = find_program(inputs.CONFORM, folder)
    expected = ROOT / "conformance/expect/engine.expect"
    if not request.with_conformance:
        return Conformance.NOT_RUN, "it was not wanted"
    if program is None or not expected.is_file():
        return Conformance.NOT_RUN, f"there is no {inputs.CONFORM} here"
    done = subprocess.run(
        [program, "--subject", _ENGINE, "--no-splits", "--expect", expected],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_CONFORM_SECONDS,
    )
    last = (done.stdout + done.stderr).strip().splitlines()[-1:]
    note = last[0] if last else f"exit code {done.returncode}"
    if done.returncode == ExitCode.OK:
        return Conformance.AS_EXPECTED, note
    if done.returncode == ExitCode.NOTHING_RAN:
        return Conformance.NOT_RUN, note
    if done.returncode == ExitCode.DEVIATION:
        return Conformance.DEVIATES, note
    raise Failure(
        ExitCode.INCOMPLETE,
        f"'{program}' ended with {done.returncode}: {note}",
    )


# ---- counters ----------------------------------------------------------------


def _count(
    request: Request,
    sides: Sides,
    planned: Planned,
    host: Identity,
    scratch: Path,
    interrupts: Interrupts,
) -> Counted:
    before, after = (
        _counts_of(build.program, planned.counted, request, scratch, interrupts)
        for build in sides
    )
    committed = counters.read_baseline(
        request.counters, host.host_key, host.env_key
    )
    measured = counters.compare(before, after)
    if committed is None:
        note = "No counts are committed for this machine and environment"
        return Counted(measured, None, note)
    rows = {mark.row for mark in planned.counted}
    wanted = Counts(tuple(r for r in committed.rows if r.row in rows))
    return Counted(measured, counters.compare(wanted, after), "")


def _counts_of(
    program: Path,
    marks: Sequence[Mark],
    request: Request,
    scratch: Path,
    interrupts: Interrupts,
) -> Counts:
    return count(
        program,
        marks,
        interrupts,
        scratch=scratch,
        instructions=request.instructions,
    )


def update_counters(request: Request, interrupts: Interrupts) -> int:
    """Those of the candidate become the committed ones; how many rows."""
    candidate = builds.resolve(
        builds.CANDIDATE, str(request.candidate), request.repository
    )
    with scratch_folder() as scratch:
        sides = Sides(candidate, candidate)
        planned = make_plan(sides, read_marks(), None, scratch)
        counts = _counts_of(
            candidate.program, planned.counted, request, scratch, interrupts
        )
        host = identify(sides, scratch)
    counters.write_baseline(request.counters, host, counts)
    return sum(not row.reason for row in counts.rows)
