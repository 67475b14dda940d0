# SPDX-License-Identifier: MIT
"""rows.txt: which rows of mapmark-bench the gate looks at, and how."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mapmark import files
from mapmark.errors import damaged

ROWS = Path(__file__).parent / "rows.txt"

# The parts of the library that a row exercises.
AREAS = ("mapping", "event", "port", "message", "codec")

_WORDS = ("time", "counters", "control", "evidence", "pair")
_FAULTS = "faults~"
_MOST = "iterations<="


@dataclass(frozen=True)
class Mark:
    """`operation` is the area of the library whose operations each iteration
    runs; a control runs none. `pair`: partner processes work with it, so it
    needs two CPUs. `fault_slack`: minor faults by which two builds may differ
    in an iteration; None: they are not counted. `most`: iterations that a
    slice may have, because the state in the row's name lasts no longer."""

    row: str
    timed: bool
    counted: bool
    control: bool
    evidence: bool
    pair: bool
    operation: str | None
    fault_slack: float | None
    most: int | None

    @property
    def subject(self) -> str:
        return self.row.split("/", 1)[0]


def read_marks(path: Path = ROWS) -> tuple[Mark, ...]:
    lines = files.read(path).decode(errors="replace").splitlines()
    marks = [
        _mark(f"{path.name}:{number}", words)
        for number, line in enumerate(lines, 1)
        if (words := line.partition("#")[0].split())
    ]
    _check_alone(path.name, (mark.row for mark in marks))
    return tuple(marks)


def _mark(where: str, line: list[str]) -> Mark:
    row, *words = line
    areas = [word for word in words if word in AREAS]
    for word in words:
        if word not in (*_WORDS, *AREAS) and not word.startswith(
            (_FAULTS, _MOST)
        ):
            raise damaged(f"{where}: '{word}' is no mark of a row")
    most = _number(where, words, _MOST)
    mark = Mark(
        row=row,
        timed="time" in words,
        counted="counters" in words,
        control="control" in words,
        evidence="evidence" in words,
        pair="pair" in words,
        operation=areas[0] if areas else None,
        fault_slack=_number(where, words, _FAULTS),
        most=None if most is None else round(most),
    )
    _check(where, mark, len(areas))
    return mark


def _number(where: str, words: list[str], prefix: str) -> float | None:
    """What stands behind `prefix`, where it stands at all."""
    for word in words:
        if word.startswith(prefix):
            try:
                number = float(word.removeprefix(prefix))
            except ValueError:
                number = -1.0
            if not 0 <= number < math.inf:
                raise damaged(f"{where}: '{word}' has no number")
            return number
    return None


def _check(where: str, mark: Mark, areas: int) -> None:
    """What does not go together."""
    if not (mark.timed or mark.counted):
        raise damaged(f"{where}: '{mark.row}' is neither timed nor counted")
    if areas > 1 or mark.control == bool(areas):
        raise damaged(
            f"{where}: '{mark.row}' needs one area of the library, and a "
            "control has none"
        )
    if mark.control and not mark.timed:
        raise damaged(f"{where}: a control is timed")
    if mark.most == 0:
        raise damaged(f"{where}: a slice has an iteration at least")
    if mark.timed and "/cold" in mark.row:
        raise damaged(f"{where}: a cold row is gated by counters only")
    if mark.counted and mark.pair:
        raise damaged(
            f"{where}: several processes' calls depend on how they meet"
        )


def _check_alone(name: str, rows: Iterable[str]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row in seen:
            raise damaged(f"{name}: '{row}' stands twice")
        seen.add(row)
