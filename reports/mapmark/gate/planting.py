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
_SEARCH_ROUNDS_MOST = 12

# What is tried around the shares that are wanted, as parts of the largest; a
# curve through so many medians is good to a quarter of a per cent, where
# launches scatter by one.
_PARTS = (0.25, 0.5, 0.75, 1.0, 1.25)
_LAUNCHES = 7


@dataclass(frozen=True)
class Dose:
    """`share` is what so many units make, not what was wanted."""

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

        curve = find_curve(max(shares), measure)
        for share in shares:
            units = curve.units(share)
            found[share][task.row] = Dose(task.row, units, curve.share(units))
    return found


@dataclass(frozen=True)
class Curve:
    """What units of work make: proportional when they are many, and less
    where they are few. No constant: nothing makes nothing."""

    linear: float
    square: float
    units_most: int

    def share(self, units: int) -> float:
        return self.linear * units + self.square * units * units

    def units(self, share: float) -> int:
        """The number that comes nearest."""
        low, high = 0, self.units_most
        while low < high:
            middle = (low + high) // 2
            if self.share(middle) < share:
                low = middle + 1
            else:
                high = middle
        return min((low, max(0, low - 1)), key=lambda u: abs(self.share(u) - share))


def find_curve(share: float, measure: Measure) -> Curve:
    """`measure` says what so many units make, as the median of so many
    launches."""
    units = _come_near(share, _FIRST_UNITS, measure)
    doses = sorted({_bounded(units * part) for part in _PARTS})
    return fit([(dose, measure(dose, _LAUNCHES)) for dose in doses])


def fit(points: Sequence[tuple[int, float]]) -> Curve:
    """By least squares; a straight line where the points bend downwards,
    which more work cannot do, or are too few for more."""
    most = max(units for units, _ in points)
    scaled = [(units / most, share) for units, share in points]
    s2, s3, s4 = (sum(u**power for u, _ in scaled) for power in (2, 3, 4))
    t1, t2 = (sum(y * u**power for u, y in scaled) for power in (1, 2))
    bent = s2 * s4 - s3 * s3
    linear, square = t1 / s2, 0.0
    if len(points) > 2 and bent > 0:
        by_square = (s2 * t2 - s3 * t1) / bent
        by_linear = (t1 * s4 - t2 * s3) / bent
        if by_square > 0 and by_linear > 0:
            linear, square = by_linear, by_square
    return Curve(linear / most, square / most / most, 2 * most)


def _come_near(share: float, units: int, measure: Measure) -> int:
    """So many as make about that share."""
    for _ in range(_SEARCH_ROUNDS_MOST):
        seen = measure(units, 1)
        factor = share / seen if seen > share / 8 else 8.0
        bounded = _bounded(units * factor)
        if share / 1.5 <= seen <= share * 1.5 or bounded == units:
            return bounded
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
