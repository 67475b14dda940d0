# SPDX-License-Identifier: MIT
"""Which rows both builds have: one that is gone is a finding, not a gap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark.errors import ExitCode, Failure, usage
from mapmark.gate.lockstep import Sides
from mapmark.gate.marks import Mark
from mapmark.gate.worker import OPEN_SECONDS, Broken, Build, Worker


@dataclass(frozen=True)
class Planned:
    """`missing`: in the baseline and not in the candidate. `new`: the other
    way round. `absent`: marked for the gate, and in neither."""

    marks: tuple[Mark, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def timed(self) -> tuple[Mark, ...]:
        return tuple(m for m in self.marks if m.timed and not m.control)

    @property
    def controls(self) -> tuple[Mark, ...]:
        return tuple(m for m in self.marks if m.control)

    @property
    def counted(self) -> tuple[Mark, ...]:
        return tuple(m for m in self.marks if m.counted)


def make_plan(
    sides: Sides, marks: Sequence[Mark], only: str | None, scratch: Path
) -> Planned:
    """Of rows in whose name `only` occurs; controls are always in."""
    wanted = _pattern(only)
    before = rows_of(sides.baseline, scratch)
    after = rows_of(sides.candidate, scratch)
    chosen = [m for m in marks if m.control or wanted.search(m.row)]
    either = before | after
    return Planned(
        marks=tuple(m for m in chosen if m.row in before and m.row in after),
        missing=_sorted(r for r in before - after if wanted.search(r)),
        new=_sorted(r for r in after - before if wanted.search(r)),
        absent=_sorted(m.row for m in chosen if m.row not in either),
    )


def _sorted(rows: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(rows))


def _pattern(only: str | None) -> re.Pattern[str]:
    try:
        return re.compile(only or "")
    except re.error as error:
        raise usage(f"--filter '{only}' is no regular expression: {error}")


def rows_of(build: Build, scratch: Path) -> frozenset[str]:
    """All that can be opened. A build without a row is broken."""
    try:
        with Worker(build, scratch) as worker:
            answer = worker.ask("rows", OPEN_SECONDS)
    except Broken as broken:
        raise Failure(
            ExitCode.INCOMPLETE, f"the {build.name} has no rows: {broken}"
        ) from broken
    rows = answer.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Failure(
            ExitCode.INCOMPLETE,
            f"the {build.name} '{build.program}' names no rows: nothing can "
            "be gated",
        )
    return frozenset(str(row) for row in rows)
