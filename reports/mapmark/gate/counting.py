# SPDX-License-Identifier: MIT
"""Counts what an iteration of marked rows does, in one build.

System calls come from the tracer, by the difference of slices, as for a run's
calls.json. Minor faults come from slices that nobody traces, by a difference as
well: what is touched once a slice belongs to no iteration. What a row counts
itself it tells with each slice.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import files, inputs, tracing
from mapmark.errors import ExitCode, Failure
from mapmark.gate import callgrind
from mapmark.gate.counters import CALLS, FAULTS, Counts, RowCounts
from mapmark.gate.marks import Mark
from mapmark.programs import Interrupts, run_program
from mapmark.tracing import Answer, Asked, Folders, Heard

# Of a traced slice: where two are traced, what is made must divide.
_TRACED = 2

# Of a slice whose faults are counted, and how often: what strays comes in the
# one or the other, and the least is what is always there.
_FAULTING = 32
_TIMES = 3

# What rows count of their own work, an iteration; another build that does less
# for an access has changed the row.
_OWN = ("maps", "reads", "writes", "bytes", "accesses")

# A trace that something came into is made once more.
_TRIES = 3


@dataclass(frozen=True)
class Bench:
    """A build's program, and what more is in its environment."""

    program: Path
    more: Mapping[str, str]
    interrupts: Interrupts


def count(
    program: Path,
    marks: Sequence[Mark],
    interrupts: Interrupts,
    *,
    scratch: Path | None = None,
    environment: Mapping[str, str] | None = None,
    instructions: bool = False,
) -> Counts:
    """Of those of `marks` that are counted; `scratch` is for generated files,
    whose file system decides what is counted."""
    tracer = shutil.which(tracing.TRACER)
    if tracer is None:
        message = f"there is no {tracing.TRACER} here; install it"
        raise Failure(ExitCode.ENVIRONMENT, message)
    bench = Bench(program, environment or {}, interrupts)
    counted = [mark for mark in marks if mark.counted]
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folders = Folders(Path(name), Path(name))
        heard = _trace(tracer, bench, counted, folders)
        faults = _count_faults(bench, counted, folders)
        dear: Mapping[str, Mapping[str, float]] = {}
        if instructions:
            names = [m.row for m in counted if m.most is None]
            dear = callgrind.count(
                program, names, interrupts, folders, bench.more
            )
    return Counts(
        tuple(
            _row(mark, heard[mark.row], faults.get(mark.row), dear)
            for mark in counted
        )
    )


def _row(
    mark: Mark,
    heard: Heard,
    faults: float | None,
    dear: Mapping[str, Mapping[str, float]],
) -> RowCounts:
    if heard.problem:
        return RowCounts(mark.row, {}, {}, {}, heard.problem)
    calls = {name: float(number) for name, number in heard.calls.items()}
    values = {CALLS: sum(calls.values(), 0.0)}
    slack = {}
    if faults is not None and mark.fault_slack is not None:
        values[FAULTS] = faults
        slack[FAULTS] = mark.fault_slack
    values |= _own(heard.slices[0]) | dict(dear.get(mark.row, {}))
    return RowCounts(mark.row, values, calls, slack)


def _own(answer: Answer) -> dict[str, float]:
    return {
        name: float(value)
        for name in _OWN
        if isinstance(value := answer.get(name), int | float)
    }


# ---- system calls ------------------------------------------------------------


def _trace(
    tracer: str, bench: Bench, marks: Sequence[Mark], folders: Folders
) -> Mapping[str, Heard]:
    found: dict[str, Heard] = {}
    left = [Asked(mark.row, _traced(mark)) for mark in marks]
    for _ in range(_TRIES):
        if not left:
            break
        _end, heard = tracing.trace_rows(
            tracer, bench.program, left, folders, bench.interrupts, bench.more
        )
        if isinstance(heard, str):
            message = f"system calls cannot be counted: {heard}"
            raise Failure(ExitCode.ENVIRONMENT, message)
        found |= {row.name: one for row, one in zip(left, heard, strict=True)}
        left = [row for row in left if found[row.name].state == "unproved"]
    return found


def _traced(mark: Mark) -> int:
    """One where the state lasts no longer: then a slice of two and of three is
    unproved for that, and its calls are what they are."""
    return _TRACED if mark.most is None else 1


# ---- faults ------------------------------------------------------------------


def _count_faults(
    bench: Bench, marks: Sequence[Mark], folders: Folders
) -> Mapping[str, float]:
    names = [
        mark.row
        for mark in marks
        if mark.fault_slack is not None and mark.most is None
    ]
    answers = ask(bench, folders, list(_requests(names)))
    each = 2 + len(_lengths())
    parts = (answers[at : at + each] for at in range(1, len(answers), each))
    return {
        name: faults
        for name, part in zip(names, parts, strict=False)
        if (faults := _faults(part[1:-1])) is not None
    }


def _lengths() -> tuple[int, ...]:
    """Of a row's slices; the first one is not counted."""
    return (_FAULTING, *(_FAULTING, 2 * _FAULTING) * _TIMES)


def _requests(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield f"open {name}"
        yield from (f"slice {name} {length}" for length in _lengths())
        yield f"close {name}"


def _faults(slices: Sequence[Answer]) -> float | None:
    """An iteration's; None where a slice does not tell."""
    totals: dict[int, list[float]] = {}
    for answer, length in zip(slices[1:], _lengths()[1:], strict=True):
        each = answer.get("minor_faults")
        if not isinstance(each, int | float):
            return None
        totals.setdefault(length, []).append(round(each * length))
    more = min(totals[2 * _FAULTING]) - min(totals[_FAULTING])
    return more / _FAULTING


def ask(
    bench: Bench, folders: Folders, requests: Sequence[str]
) -> list[Answer]:
    """The greeting, and an answer to each of them."""
    asked = folders.log / "requests"
    asked.unlink(missing_ok=True)
    files.write(asked, "\n".join([*requests, "end", ""]).encode())
    answers: list[str] = []
    command = [str(bench.program), "--serve", "--scratch"]
    command.append(str(folders.scratch))
    end = run_program(
        inputs.BENCH,
        command,
        bench.interrupts,
        answers.append,
        _hush,
        asked,
        bench.more,
    )
    if end.exit_code != 0 or len(answers) != len(requests) + 2:
        message = f"{end.name} --serve {end.ended} after {len(answers)} answers"
        raise Failure(ExitCode.INCOMPLETE, message)
    return [json.loads(line) for line in answers[:-1]]


def _hush(line: str) -> None:
    """What goes wrong is in the end of the program."""
