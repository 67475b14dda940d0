# SPDX-License-Identifier: MIT
"""Instructions and allocations of an iteration, as callgrind counts them: of
the difference of two slices, so that what happens once is in neither.

It takes half a minute for ten rows, and is done on request.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import files
from mapmark.errors import ExitCode, Failure
from mapmark.gate.counters import ALLOCATIONS, INSTRUCTIONS
from mapmark.programs import Interrupts, run_program
from mapmark.tracing import Folders

TRACER = "valgrind"

# The harness's function that a slice runs in; each call of it is written to a
# file of its own.
_INSIDE = "run_body"

# The first slice is not counted, and the difference of the others is. What
# happens in every sixteenth iteration happens as often in each of them.
_LENGTHS = (16, 32, 96)

_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_CALLED = re.compile(r"^cfn=\((\d+)\)(?: (\S+))?$")
_NAMED = re.compile(r"^c?fn=\((\d+)\) (\S+)$")
_CALLS = re.compile(r"^calls=(\d+) ")
_ALLOCATORS = frozenset(
    ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign")
)


@dataclass(frozen=True)
class Slice:
    instructions: int
    allocations: int


def count(
    program: Path,
    names: Sequence[str],
    interrupts: Interrupts,
    folders: Folders,
    more: Mapping[str, str],
) -> Mapping[str, Mapping[str, float]]:
    """By row and counter, for those that have slices."""
    tracer = shutil.which(TRACER)
    if tracer is None:
        message = f"there is no {TRACER} here, which counts instructions"
        raise Failure(ExitCode.ENVIRONMENT, message)
    return {
        name: counted
        for name in names
        if (
            counted := _count_row(
                [tracer, "--tool=callgrind"],
                program,
                name,
                interrupts,
                folders,
                more,
            )
        )
    }


def _count_row(
    tracer: Sequence[str],
    program: Path,
    name: str,
    interrupts: Interrupts,
    folders: Folders,
    more: Mapping[str, str],
) -> Mapping[str, float]:
    """A process for each row: what it writes is numbered through."""
    out = folders.log / "callgrind"
    for old in folders.log.glob("callgrind*"):
        old.unlink()
    asked = folders.log / "requests"
    asked.unlink(missing_ok=True)
    requests = [f"open {name}", *(f"slice {name} {n}" for n in _LENGTHS)]
    files.write(asked, "\n".join([*requests, "end", ""]).encode())
    command = [*tracer, f"--callgrind-out-file={out}"]
    command += [f"--toggle-collect={_INSIDE}", f"--dump-after={_INSIDE}"]
    command += [str(program), "--serve", "--scratch", str(folders.scratch)]
    end = run_program(TRACER, command, interrupts, _hush, _hush, asked, more)
    if end.exit_code != 0:
        message = f"instructions cannot be counted: {end.name} {end.ended}"
        raise Failure(ExitCode.ENVIRONMENT, message)
    slices = [
        _read(files.read(path).decode(errors="replace"))
        for i in range(1, len(_LENGTHS) + 1)
        if (path := out.with_name(f"{out.name}.{i}")).exists()
    ]
    return _difference(slices) if len(slices) == len(_LENGTHS) else {}


def _difference(slices: Sequence[Slice]) -> Mapping[str, float]:
    _first, one, two = slices
    more = _LENGTHS[2] - _LENGTHS[1]
    return {
        INSTRUCTIONS: (two.instructions - one.instructions) / more,
        ALLOCATIONS: (two.allocations - one.allocations) / more,
    }


def _read(text: str) -> Slice:
    found = _TOTALS.search(text)
    total = int(found[1]) if found is not None else 0
    return Slice(total, sum(_allocations(text.splitlines())))


def _allocations(lines: Sequence[str]) -> Iterator[int]:
    """A function has its name where it is first told of, then its number."""
    names: dict[str, str] = {}
    called = ""
    for line in lines:
        if named := _NAMED.match(line):
            names[named[1]] = named[2]
        if found := _CALLED.match(line):
            called = names.get(found[1], "")
        elif (calls := _CALLS.match(line)) and called in _ALLOCATORS:
            yield int(calls[1])


def _hush(line: str) -> None:
    """What goes wrong is in the end of the program."""
