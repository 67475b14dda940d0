# SPDX-License-Identifier: MIT
"""Doses of injected work, for rows whose answer to it is known."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mapmark.gate import planting
from mapmark.gate.planting import Dose


def test_the_dose_of_a_share_is_found_through_the_scatter_of_launches() -> (
    None
):
    random_ = random.Random(1)

    def measure(units: int, launches: int) -> float:
        scatter = 0.01 / launches**0.5
        return units * 0.0001 + random_.gauss(0.0, scatter)

    curve = planting.find_curve(0.10, measure)
    for share in (0.02, 0.05, 0.10):
        assert curve.units(share) * 0.0001 == pytest.approx(share, abs=0.006)


def test_the_first_units_may_cost_less_than_later_ones() -> None:
    def measure(units: int, launches: int) -> float:
        return 0.001 * units + 0.0004 * units * units

    curve = planting.find_curve(0.10, measure)
    assert curve.share(curve.units(0.05)) == pytest.approx(0.05, abs=0.008)
    assert measure(curve.units(0.05), 1) == pytest.approx(0.05, abs=0.008)


def test_a_share_of_nothing_is_no_unit() -> None:
    assert planting.fit([(10, 0.05), (20, 0.1)]).units(0.0) == 0


def test_points_that_bend_downwards_are_met_by_a_straight_line() -> None:
    curve = planting.fit([(10, 0.06), (20, 0.1), (30, 0.13)])
    assert curve.square == 0
    assert curve.linear == pytest.approx(0.0047, abs=0.0003)


def test_doses_are_read_as_they_were_written(tmp_path: Path) -> None:
    doses = {0.05: {"a/b": Dose("a/b", 7, 0.049)}, 0.1: {}}
    planting.write_doses(tmp_path / "doses.json", doses)
    assert planting.read_doses(tmp_path / "doses.json") == doses
    assert planting.read_doses(tmp_path / "none.json") == {}
