# SPDX-License-Identifier: MIT
"""ci/gate-evidence: how often the gate errs, and what it finds.

Every suite run is a line in a file of results, written when it has ended. A
part that was stopped goes on where it was; what was made on another machine
is not counted.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mapmark import files, identity
from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds
from mapmark.gate.conduct import ROOT, scratch_folder
from mapmark.gate.ledger import Ledger, Line, summary
from mapmark.gate.marks import read_marks
from mapmark.gate.trials import PARTS, Bench, say
from mapmark.gate.worker import Build
from mapmark.programs import Interrupts, caught_interrupts

# Committed, as counts are: whoever goes on begins where others have stopped.
RESULTS = ROOT / "ci/gate-evidence.jsonl"
DOSES = ROOT / "build/gate-evidence"


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        with caught_interrupts() as interrupts:
            return _work(options, interrupts)
    except Failure as failure:
        what = str(failure)
        if failure.code is ExitCode.INTERRUPTED:
            what = "interrupted; the runs that have ended are kept"
        print(f"gate-evidence: {what}", file=sys.stderr)
        return int(failure.code)
    except BrokenPipeError:
        files.drop_output()
        return int(ExitCode.INPUT_OUTPUT)


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
        if options.summary:
            _tell_all(ledger)
            return int(ExitCode.OK)
        with scratch_folder() as scratch:
            bench = _bench(options, interrupts, ledger, scratch)
            try:
                for part in options.parts or PARTS:
                    PARTS[part](bench, part)
            finally:
                _tell(ledger.lines)
    return int(ExitCode.OK)


def _tell(lines: Sequence[Line]) -> None:
    for line in summary(lines):
        say(line)


def _tell_all(ledger: Ledger) -> None:
    if not ledger.lines:
        say("nothing yet from this machine")
    _tell(ledger.lines)
    for host_key, lines in ledger.others.items():
        say(f"\nfrom the machine {host_key[:16]}")
        _tell(lines)


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
        doses=DOSES,
        long=options.long,
        until=time.monotonic() + options.seconds,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
