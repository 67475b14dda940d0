# SPDX-License-Identifier: MIT
"""`mapmark gate`: is a build worse than another one?"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import typer
from rich.console import Console

from mapmark import identity, inputs
from mapmark.errors import ExitCode, Failure, usage
from mapmark.gate import calibrate, outputs, words
from mapmark.gate import calibration as calibrations
from mapmark.gate.conduct import ROOT, Request, gate, update_counters
from mapmark.programs import caught_interrupts
from mapmark.progress import PLAIN_SECONDS_BETWEEN

COUNTERS = ROOT / "ci/gate-counters.json"

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


_BASELINE = typer.Option(
    None,
    metavar="REF|BUILD_DIR",
    help="What is held against: a commit, which is built, or a folder.",
)
_CANDIDATE = typer.Option(
    None, metavar="BUILD_DIR", help="Another candidate than this build."
)
_FILTER = typer.Option(
    None,
    metavar="RE",
    help="Only rows in whose name this regular expression occurs.",
)
_BUDGET = typer.Option(
    "5m",
    metavar="TIME",
    help="After so long, rows that are not decided get no more launches.",
)
_CALIBRATE = typer.Option(
    False,
    "--calibrate",
    help="Find out how well the gate works on this machine.",
)
_INJECTED = typer.Option(
    None,
    metavar="BUILD_DIR",
    help="For --calibrate: a build with MAPMARK_INJECT; HEAD is built so.",
)
_RUNS = typer.Option(
    3, min=1, help="For --calibrate: runs of the small suite of each kind."
)
_UNCALIBRATED = typer.Option(
    False, "--uncalibrated", help="Gate without a calibration."
)
_CALIBRATION = typer.Option(
    None, metavar="FILE", help="Another calibration than this machine's."
)
_VOUCHED = typer.Option(
    False,
    "--vouched",
    help="Only say whether a calibration vouches for this machine.",
)
_UPDATE = typer.Option(
    False,
    "--update-counters",
    help="Write what the candidate counts into the committed file.",
)
_COUNTERS = typer.Option(
    COUNTERS, metavar="FILE", help="The committed counts."
)
_INSTRUCTIONS = typer.Option(
    False, "--instructions", help="Count instructions too, with Callgrind."
)
_INCONCLUSIVE = typer.Option(
    "fail",
    metavar="fail|pass",
    help="Whether rows that are not decided fail.",
)
_NO_CONFORMANCE = typer.Option(
    False, "--no-conformance", help="Do not examine the library's parser."
)
_REPOSITORY = typer.Option(
    ROOT, metavar="DIR", help="Where a commit is looked for."
)
_OUT = typer.Option(
    None, help="Directory for gate.html, gate.json, gate.xml and gate.md."
)


def gate_command(
    baseline: Optional[str] = _BASELINE,
    candidate: Optional[Path] = _CANDIDATE,
    filter: Optional[str] = _FILTER,
    budget: str = _BUDGET,
    calibrate_: bool = _CALIBRATE,
    injected: Optional[Path] = _INJECTED,
    runs: int = _RUNS,
    uncalibrated: bool = _UNCALIBRATED,
    calibration: Optional[Path] = _CALIBRATION,
    vouched: bool = _VOUCHED,
    update: bool = _UPDATE,
    counters: Path = _COUNTERS,
    instructions: bool = _INSTRUCTIONS,
    inconclusive: str = _INCONCLUSIVE,
    no_conformance: bool = _NO_CONFORMANCE,
    repository: Path = _REPOSITORY,
    out: Optional[Path] = _OUT,
) -> ExitCode:
    """Say whether this build is worse than another one, both in lockstep.

    Exits 0 if no row is, 1 if one is, 3 if the run says nothing, 4 if some
    rows are not decided, 5 if rows are missing, 6 if the parser deviates.
    """
    if inconclusive not in {"fail", "pass"}:
        raise usage(f"--inconclusive is 'fail' or 'pass', not '{inconclusive}'")
    if out is not None:
        inputs.check_out(out)
    request = Request(
        baseline=baseline or "",
        candidate=candidate or inputs.choose_bench(None).parent,
        repository=repository,
        only=filter,
        budget_seconds=seconds_of(budget),
        calibration=calibration,
        uncalibrated=uncalibrated,
        counters=counters,
        instructions=instructions,
        with_conformance=not no_conformance,
        inconclusive_passes=inconclusive == "pass",
    )
    if vouched:
        return _vouched(request)
    if update:
        return _update(request)
    if calibrate_:
        return _calibrate(request, injected, runs)
    if baseline is None:
        raise usage("name what is held against: --baseline REF|BUILD_DIR")
    return _gate(request, out)


def seconds_of(text: str) -> float:
    """Such as 300, 300s or 5m."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise usage(f"--budget '{text}' is no time; say 5m or 300s")
    return float(found.group(1)) * _SECONDS[found.group(2)]


class _Progress:
    """How far each stage is, in lines that are not too many."""

    def __init__(self) -> None:
        self._what = ""
        self._said = 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        if what != self._what:
            self._what = what
            self._say(f"{what}: {of} launches" if of > 1 else what)
        elif time.monotonic() - self._said >= PLAIN_SECONDS_BETWEEN:
            self._say(f"{what}: {done} of {of} launches")

    def _say(self, line: str) -> None:
        self._said = time.monotonic()
        print(f"mapmark gate: {line}", file=sys.stderr, flush=True)


def _gate(request: Request, out: Path | None) -> ExitCode:
    with caught_interrupts() as interrupts:
        result = gate(request, interrupts, _Progress())
    page = None if out is None else outputs.write(result, out)
    outputs.add_to_step_summary(result)
    _print(words.lines(result, Console()))
    if page is not None:
        _print(iter([str(page)]))
    return result.code


def _vouched(request: Request) -> ExitCode:
    """Ends with 3 where none does."""
    host = identity.identify_build({}, 0, Path.cwd())
    path = request.calibration or calibrations.path_of(host.host_key)
    known = calibrations.vouching(path, host, needed=True)
    assert known is not None
    _print(iter([known.in_words.capitalize()]))
    return ExitCode.OK


def _update(request: Request) -> ExitCode:
    with caught_interrupts() as interrupts:
        rows = update_counters(request, interrupts)
    _print(iter([f"{request.counters}: counts of {rows} rows"]))
    return ExitCode.OK


def _calibrate(
    request: Request, injected: Path | None, runs: int
) -> ExitCode:
    with caught_interrupts() as interrupts:
        found, path = calibrate.calibrate(
            request, injected, runs, interrupts, _Progress()
        )
    _print(iter([str(path), found.in_words]))
    reason = calibrations.trouble(found)
    if reason is not None:
        raise Failure(ExitCode.ENVIRONMENT, f"nothing can be gated: {reason}")
    return ExitCode.OK


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)
