# SPDX-License-Identifier: MIT
"""ci/gate-evidence: how often the gate errs, and what it finds.

Every suite run is a line in a file of results, written when it has ended. A
part that was stopped goes on where it was; what was made on another machine
is not counted.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import identity
from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds, injection
from mapmark.gate.burners import burning
from mapmark.gate.ledger import Ledger, Line, RowLine, summary
from mapmark.gate.lockstep import Sides, Task
from mapmark.gate.conduct import scratch_folder, task_of
from mapmark.gate.marks import Mark, read_marks
from mapmark.gate.planting import (
    Dose,
    find_doses,
    read_doses,
    slowed,
    write_doses,
)
from mapmark.gate.suite import Found, Order, run_suite
from mapmark.gate.worker import Build
from mapmark.programs import Interrupts, caught_interrupts

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "build/gate-evidence/results.jsonl"

BURNERS = 2

SHARES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.10)

# A run of the suite is 12 rows: 60 runs without a red say at most 5 % of runs
# are red, 25 with each of 300 rows found at least 99 % are.
_SHORT = 3
_LONG_AA = {"aa-idle": 60, "aa-busy": 40}
_LONG_POWER = {0.0: 5, 0.01: 5, 0.02: 5, 0.03: 5, 0.05: 10, 0.10: 25}


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


# ---- parts -----------------------------------------------------------------


def equal_builds(bench: Bench, part: str) -> None:
    """A build against itself: every red is a lie."""
    sides = _twice(bench.plain())
    wanted = _LONG_AA[part] if bench.long else _SHORT
    with _noise_of(part):
        while bench.ledger.count(part, 0.0) < wanted and not bench.is_over:
            _run(bench, part, 0.0, sides, bench.evidence, {})


def power(bench: Bench, part: str) -> None:
    """Real extra work in the library, level by level, and round again, so
    that what is stopped has seen all of them alike."""
    sides = _twice(bench.injected())
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
    """Found once: what goes on later injects the same."""
    path = bench.doses
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
    write_doses(path, doses)
    return doses


def _next_share(
    bench: Bench, part: str, wanted: Mapping[float, int]
) -> float | None:
    """That of which the least part has been done."""
    done = {s: bench.ledger.count(part, s) / wanted[s] for s in wanted}
    share = min(done, key=lambda s: done[s])
    return None if done[share] >= 1 or bench.is_over else share


PARTS: dict[str, Callable[[Bench, str], None]] = {
    "aa-idle": equal_builds,
    "aa-busy": equal_builds,
    "power": power,
    "power-busy": power,
}


def _twice(build: Build) -> Sides:
    return Sides(
        Build(builds.BASELINE, build.program, build.identity),
        Build(builds.CANDIDATE, build.program, build.identity),
    )


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
    order = Order(tuple(tasks), bench.controls, {}, budget_seconds=60.0)
    found = run_suite(
        sides,
        order,
        bench.scratch,
        bench.random_,
        lambda what, done, of: None,
        bench.interrupts.check,
    )
    line = _line(part, share, sides, found, doses)
    bench.ledger.append(line)
    number = bench.ledger.count(part, share)
    say(f"{part} +{share:.0%} run {number}: {line.in_words}")


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
        ended=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds=round(found.seconds, 1),
        steal=round(found.steal, 4),
        invalid=found.why_invalid,
        rows=tuple(rows),
    )


def _planted(dose: Dose | None) -> float:
    """What was seen of it before."""
    return 0.0 if dose is None else dose.share


# ---- command ---------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        with caught_interrupts() as interrupts:
            return _work(options, interrupts)
    except Failure as failure:
        print(f"gate-evidence: {failure}", file=sys.stderr)
        return int(failure.code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ci/gate-evidence",
        description="Shows how often the gate errs and what it finds. What "
        "was stopped goes on where it was.",
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"one of {' '.join(PARTS)}; all of them",
    )
    parser.add_argument(
        "--long", action="store_true", help="as many runs as figures need"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=float("inf"),
        help="begin no run of a suite after so long",
    )
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build/release", metavar="DIR"
    )
    parser.add_argument(
        "--injected",
        type=Path,
        metavar="DIR",
        help="a build with MAPMARK_INJECT; made in build/inject if not given",
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument(
        "--summary", action="store_true", help="run nothing, print what is"
    )
    return parser


def _work(options: argparse.Namespace, interrupts: Interrupts) -> int:
    for part in options.parts:
        if part not in PARTS:
            raise Failure(ExitCode.USAGE, f"there is no part '{part}'")
    host = identity.identify(None, ROOT)
    with Ledger(options.results, host.host_key) as ledger:
        with scratch_folder() as scratch:
            bench = _bench(options, interrupts, ledger, scratch)
            try:
                if not options.summary:
                    for part in options.parts or PARTS:
                        PARTS[part](bench, part)
            finally:
                for line in summary(ledger.lines):
                    say(line)
    return int(ExitCode.OK)


def _bench(
    options: argparse.Namespace,
    interrupts: Interrupts,
    ledger: Ledger,
    scratch: Path,
) -> Bench:
    def plain() -> Build:
        return builds.resolve(builds.BASELINE, str(options.build), ROOT)

    def injected() -> Build:
        folder = options.injected
        if folder is None:
            folder = ROOT / "build/inject"
            say("building the library that can be slowed down")
            builds.make(ROOT, folder, ["MAPMARK_INJECT=ON"])
        return builds.resolve(builds.BASELINE, str(folder), ROOT)

    return Bench(
        plain=plain,
        injected=injected,
        marks=read_marks(),
        scratch=scratch,
        random_=random.Random(),
        interrupts=interrupts,
        ledger=ledger,
        doses=options.results.with_name("doses.json"),
        long=options.long,
        until=time.monotonic() + options.seconds,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
