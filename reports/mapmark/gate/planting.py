# SPDX-License-Identifier: MIT
"""How much injected work makes a row so many per cent slower.

The library of both sides is one that was built to be slowed down; it asks its
environment by how much. What a unit of that work adds to an iteration differs
from row to row, so it is measured: in lockstep, as everything.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapmark import statistics
from mapmark.gate import injection
from mapmark.gate.lockstep import Sides, Task, run_launch

# So large that the scatter of a launch is small beside it, and so small that
# it adds up as a few per cent do.
_WANTED = 0.30
_FIRST_UNITS = 50
_UNITS_MOST = 1 << 28
_ROUNDS_MOST = 8
_LAUNCHES = 3


@dataclass(frozen=True)
class Price:
    """What a unit adds, as a share of the row's time."""

    row: str
    share_of_unit: float

    def units(self, share: float) -> int:
        """The nearest whole number: what it really makes is `share_of`."""
        return round(share / self.share_of_unit)

    def share_of(self, units: int) -> float:
        return units * self.share_of_unit


def slowed(task: Task, price: Price, share: float) -> Task:
    units = price.units(share)
    return replace(
        task, environment=injection.environment(injection.WORK, units)
    )


def find_prices(
    sides: Sides,
    tasks: Sequence[Task],
    scratch: Path,
    random_: random.Random,
    check: Callable[[], None],
) -> dict[str, Price]:
    found: dict[str, Price] = {}
    for task in tasks:
        check()
        found[task.row] = _find_price(sides, task, scratch, random_)
    return found


def _find_price(
    sides: Sides, task: Task, scratch: Path, random_: random.Random
) -> Price:
    """Ever more until it shows, then a few launches with as much as is
    wanted."""
    units = _FIRST_UNITS
    for _ in range(_ROUNDS_MOST):
        share = _share(sides, task, units, scratch, random_)
        if _WANTED / 2 <= share <= _WANTED * 2:
            break
        factor = _WANTED / share if share > _WANTED / 10 else 10.0
        units = min(_UNITS_MOST, max(1, round(units * factor)))
    shares = [
        _share(sides, task, units, scratch, random_) for _ in range(_LAUNCHES)
    ]
    share = max(statistics.median(shares), 1e-9)
    return Price(task.row, share / units)


def _share(
    sides: Sides,
    task: Task,
    units: int,
    scratch: Path,
    random_: random.Random,
) -> float:
    environment = injection.environment(injection.WORK, units)
    launch = run_launch(
        sides, replace(task, environment=environment), scratch, random_
    )
    return math.expm1(launch.log)
