# SPDX-License-Identifier: MIT
"""How much injected work makes a row so many per cent slower.

The library of both sides is one that was built to be slowed down; it asks its
environment by how much. What a unit of that work adds to an iteration differs
from row to row, and a few units cost less than their share of many, because
the CPU does them beside other work. So the dose of each share is found by
trying, in lockstep, as everything.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapmark import files, statistics
from mapmark.document import parse
from mapmark.gate import injection
from mapmark.gate.lockstep import Sides, Task, run_launch

_FIRST_UNITS = 64
_UNITS_MOST = 1 << 28

# To come near, and then to know where it is: with launches that scatter by
# 1 %, a median of five is good to half a per cent.
_SEARCH_ROUNDS_MOST = 12
_ROUNDS = 3
_LAUNCHES = 5


@dataclass(frozen=True)
class Dose:
    """`share` is what was seen of so many units, not what was wanted."""

    row: str
    units: int
    share: float


Doses = Mapping[float, Mapping[str, Dose]]
Measure = Callable[[int, int], float]


def slowed(task: Task, dose: Dose) -> Task:
    return replace(
        task, environment=injection.environment(injection.WORK, dose.units)
    )


def find_doses(
    sides: Sides,
    tasks: Sequence[Task],
    shares: Sequence[float],
    scratch: Path,
    random_: random.Random,
    check: Callable[[], None],
) -> dict[float, dict[str, Dose]]:
    """For each share, of each row."""
    found: dict[float, dict[str, Dose]] = {share: {} for share in shares}
    for task in tasks:

        def measure(units: int, launches: int, task: Task = task) -> float:
            check()
            slow = slowed(task, Dose(task.row, units, 0.0))
            logs = [
                run_launch(sides, slow, scratch, random_).log
                for _ in range(launches)
            ]
            return math.expm1(statistics.median(logs))

        units = _FIRST_UNITS
        for share in sorted(shares, reverse=True):
            dose = find_dose(task.row, share, units, measure)
            found[share][task.row] = dose
            units = dose.units or units
    return found


def find_dose(row: str, share: float, units: int, measure: Measure) -> Dose:
    """`measure` says what so many units make, as the median of so many
    launches."""
    if share == 0:
        return Dose(row, 0, 0.0)
    units = _come_near(share, units, measure)
    tried: list[Dose] = []
    for _ in range(_ROUNDS):
        seen = measure(units, _LAUNCHES)
        tried.append(Dose(row, units, seen))
        step = share / seen if seen > 0 else 2.0
        units = _bounded(units * min(2.0, max(0.5, step)))
    best = min(tried, key=lambda dose: abs(dose.share - share))
    alike = [dose.share for dose in tried if dose.units == best.units]
    return replace(best, share=statistics.median(alike))


def _come_near(share: float, units: int, measure: Measure) -> int:
    """Within a factor of two."""
    for _ in range(_SEARCH_ROUNDS_MOST):
        seen = measure(units, 1)
        if share / 2 <= seen <= share * 2:
            break
        factor = share / seen if seen > share / 8 else 8.0
        bounded = _bounded(units * factor)
        if bounded == units:
            break
        units = bounded
    return units


def _bounded(units: float) -> int:
    return min(_UNITS_MOST, max(1, round(units)))


def write_doses(path: Path, doses: Doses) -> None:
    whole = {
        f"{share:g}": {
            row: {"units": dose.units, "share": dose.share}
            for row, dose in of_share.items()
        }
        for share, of_share in doses.items()
    }
    files.replace({path: json.dumps(whole, indent=1).encode() + b"\n"})


def read_doses(path: Path) -> dict[float, dict[str, Dose]]:
    """None of a file that is not there."""
    if not path.exists():
        return {}
    return {
        float(share): {
            row: Dose(row, node.at("units").whole(), node.at("share").number())
            for row, node in of_share.members()
        }
        for share, of_share in parse(files.read(path), path.name).members()
    }
