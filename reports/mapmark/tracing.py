# SPDX-License-Identifier: MIT
"""Counts system calls: strace writes down those of `mapmark-bench --serve`
while it takes slices of N, 2 N and 3 N iterations of a row.

What is made around the iterations, to establish and to prove their
conditions, is the same in each slice, so the difference of two slices is what
N iterations make. It is exact when both differences are the same and N
divides them. The program answers each request by one write, which is where
the log is cut.
"""

from __future__ import annotations

import collections
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import files, inputs
from mapmark.calls import OPERATIONS, Calls, Counted
from mapmark.programs import Interrupts, run_program
from mapmark.record import ProgramEnd
from mapmark.results import Results
from mapmark.small_rows import Small, choose

TRACER = "strace"

# Of a pass: more of them are traced often enough by one iteration.
_ACCESSES_MANY = 4096

# Open, one slice that is not counted because what it makes for the first time
# stays, three that are, close.
_ANSWERS_PER_ROW = 6

_CALL = re.compile(r"(?:\d+ +)?(\w+)\((\w*)")

# Asked only where the system has no clock that a program can read by itself;
# the clock is the harness's.
_CLOCK = "clock_gettime"

Counts = collections.Counter[str]
Answer = Mapping[str, object]


@dataclass(frozen=True)
class Folders:
    """For generated files, and for the log."""

    scratch: Path
    log: Path


@dataclass(frozen=True)
class Asked:
    """A row, and N; the state in its name must last for three times that."""

    name: str
    iterations: int


@dataclass(frozen=True)
class Heard:
    """What a row answered and did, request by request; `problem`, with its
    `state`, says why `calls`, those of an iteration, are not known."""

    answers: Sequence[Answer]
    calls: Mapping[str, int]
    state: str = "ok"
    problem: str = ""

    @property
    def slices(self) -> Sequence[Answer]:
        """The three that are counted."""
        return self.answers[2:5]


@dataclass(frozen=True)
class Traced:
    """`calls` is None for the reason given."""

    calls: Calls | None
    reason: str
    programs: tuple[ProgramEnd, ...] = ()


def count_calls(
    bench: Path,
    results: Results,
    folders: Folders,
    interrupts: Interrupts,
    say: Callable[[str], None],
) -> Traced:
    """Those that the rows of `results` make."""
    tracer = shutil.which(TRACER)
    if results.context.is_wine:
        return Traced(None, "under Wine the calls are those of Wine")
    if tracer is None:
        return Traced(None, f"there is no {TRACER} here, which counts them")
    names: list[str] = []
    listing = [str(bench), "--all", "--list"]
    end = run_program(inputs.BENCH, listing, interrupts, names.append, _hush)
    if end.exit_code != 0:
        return Traced(None, f"{end.name} --list {end.ended}")
    rows = choose(results.rows, names)
    say("counting system calls")
    return _trace(tracer, bench, rows, folders, interrupts)


def _hush(line: str) -> None:
    """What goes wrong is in the end of the program."""


def _trace(
    tracer: str,
    bench: Path,
    rows: Sequence[Small],
    folders: Folders,
    interrupts: Interrupts,
) -> Traced:
    asked = [
        Asked(row.name, _iterations(row)) for row in rows if not row.problem
    ]
    end, heard = trace_rows(tracer, bench, asked, folders, interrupts)
    if isinstance(heard, str):
        return Traced(None, heard, (end,))
    return Traced(Calls(_entries(rows, heard)), "", (end,))


def trace_rows(
    tracer: str,
    bench: Path,
    rows: Sequence[Asked],
    folders: Folders,
    interrupts: Interrupts,
    more: Mapping[str, str] | None = None,
) -> tuple[ProgramEnd, tuple[Heard, ...] | str]:
    """What each row does, or why nothing is known; `more` is in the
    environment. The log stays in its folder until the next time."""
    log = folders.log / "calls.log"
    asked = folders.log / "requests"
    asked.unlink(missing_ok=True)
    files.write(asked, _requests(rows).encode())
    command = [tracer, "-f", "-qq", "-s", "0", "-e", "signal=none"]
    command += ["-o", str(log), str(bench), "--serve"]
    command += ["--scratch", str(folders.scratch)]
    answers: list[str] = []
    end = run_program(
        TRACER, command, interrupts, answers.append, _hush, asked, more
    )
    if end.exit_code != 0:
        return end, _complaint(end)
    pieces = _cut(files.read(log).decode(errors="replace"))
    if not len(answers) == len(pieces) == _answers(rows):
        what = f"{len(pieces)} writes, {len(answers)} answers to"
        return end, f"{TRACER} saw {what} {_answers(rows)} requests"
    return end, tuple(_listen(rows, answers, pieces))


def _listen(
    rows: Sequence[Asked], answers: Sequence[str], pieces: Sequence[Counts]
) -> Iterator[Heard]:
    at = 1
    for row in rows:
        end = at + _ANSWERS_PER_ROW
        told = [json.loads(line) for line in answers[at:end]]
        yield _hear(row.iterations, told, pieces[at:end])
        at = end


def _hear(
    iterations: int, answers: Sequence[Answer], pieces: Sequence[Counts]
) -> Heard:
    """Of the answers and calls of one row."""
    if "opened" not in answers[0]:
        state = str(answers[0].get("state", "error"))
        reason = str(answers[0].get("reason", answers[0]))
        return Heard(answers, {}, state, reason)
    failed = next(filter(None, map(_failure, answers[2:5])), None)
    if failed is not None:
        return Heard(answers, {}, *failed)
    calls, problem = _difference(iterations, pieces[2:5])
    if problem:
        return Heard(answers, {}, "unproved", problem)
    return Heard(answers, calls)


def _complaint(end: ProgramEnd) -> str:
    """What it said first, which is why: what follows is consequence."""
    said = f": {end.stderr[0]}" if end.stderr else ""
    return f"{end.name} {end.ended}{said}"


def _iterations(small: Small) -> int:
    """Where two are traced, N must divide what they make."""
    return 2 if small.accesses <= _ACCESSES_MANY else 1


def _requests(rows: Sequence[Asked]) -> str:
    lines = []
    for row in rows:
        n = row.iterations
        lines.append(f"open {row.name}")
        lines += [f"slice {row.name} {i}" for i in (1, n, 2 * n, 3 * n)]
        lines.append(f"close {row.name}")
    return "\n".join([*lines, "end", ""])


def _answers(rows: Sequence[Asked]) -> int:
    """With the greeting and the one to `end`."""
    return 2 + _ANSWERS_PER_ROW * len(rows)


def _cut(log: str) -> list[Counts]:
    """The calls before each answer, by name. Reading requests is nobody's
    work, and does not happen for each of them."""
    pieces: list[Counts] = []
    calls: Counts = collections.Counter()
    for line in log.splitlines():
        match _CALL.match(line):
            case None:
                continue  # the end of a call that another one came into
            case re.Match() as found if found[0].endswith("write(1"):
                pieces.append(calls)
                calls = collections.Counter()
            case re.Match() as found if found[0].endswith("read(0"):
                continue
            case re.Match() as found if found[1] != _CLOCK:
                calls[found[1]] += 1
    return pieces


def _entries(
    rows: Sequence[Small], heard: Sequence[Heard]
) -> tuple[Counted, ...]:
    entries = []
    waiting = iter(heard)
    for small in rows:
        if small.problem:
            entries.append(_entry(small, 0, "unsupported", small.problem))
        else:
            entries.append(_count(small, next(waiting)))
    return tuple(entries)


def _count(small: Small, heard: Heard) -> Counted:
    n = _iterations(small)
    if heard.problem:
        return _entry(small, n, heard.state, heard.problem)
    first = heard.slices[0]
    accesses = _counter(first, "accesses")
    operations = sum(_counter(first, name) for name in OPERATIONS)
    return _entry(small, n, "ok", "", accesses, operations, heard.calls)


def _failure(answer: Answer) -> tuple[str, str] | None:
    """Why a slice did not run, with its state. One that is unproved or void
    for its cache has made its calls, and they are what they are."""
    verdict = answer.get("mapmark", answer)
    assert isinstance(verdict, dict)
    state = str(verdict.get("state", "error"))
    if state not in ("unsupported", "error"):
        return None
    return state, str(verdict.get("reason", answer))


def _difference(
    n: int, pieces: Sequence[Counts]
) -> tuple[Mapping[str, int], str]:
    """What an iteration makes, from slices of N, 2 N and 3 N; or why that is
    not known."""
    one, two, three = pieces
    calls = {}
    for name in sorted(one | two | three):
        more = two[name] - one[name]
        if more != three[name] - two[name] or more < 0 or more % n:
            return {}, (
                f"{one[name]}, {two[name]} and {three[name]} calls of {name} "
                f"in {n}, {2 * n} and {3 * n} iterations are on no line"
            )
        if more:
            calls[name] = more // n
    return calls, ""


def _counter(answer: Answer, name: str) -> int:
    value = answer.get(name, 0)
    assert isinstance(value, int | float)
    return round(value)


def _entry(
    small: Small,
    iterations: int,
    state: str,
    reason: str,
    accesses: int = 0,
    operations: int = 0,
    calls: Mapping[str, int] | None = None,
) -> Counted:
    return Counted(
        small.name,
        small.subject,
        small.words,
        small.numbers,
        iterations,
        state,
        reason,
        accesses,
        operations,
        calls or {},
    )
