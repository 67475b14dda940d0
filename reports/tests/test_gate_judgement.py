# SPDX-License-Identifier: MIT
"""Synthetic launches, whose truth is known, against what is said of them."""

from __future__ import annotations

import math
import random

import pytest

from mapmark.gate import judgement
from mapmark.gate.judgement import Leaning, Sample, Verdict


def drawn(
    random_: random.Random, effect: float, sd: float, count: int
) -> Sample:
    middle = math.log1p(effect)
    return Sample(tuple(random_.gauss(middle, sd) for _ in range(count)))


def test_the_bound_of_ten_launches_is_the_second_and_misses_11_in_1024() -> (
    None
):
    assert judgement.tail(10, 1) == 11 / 1024
    assert judgement.bound_depth(10) == 2
    assert judgement.bound_depth(6) == 0
    assert judgement.bound_depth(7) == 1


def test_one_launch_of_ten_may_point_the_other_way_and_two_may_not() -> None:
    slower = (0.05,) * 9 + (-0.01,)
    assert judgement.lean(Sample(slower)) is Leaning.SLOWER
    twice = (0.05,) * 8 + (-0.01, -0.01)
    assert judgement.lean(Sample(twice)) is Leaning.OPEN


def test_a_mirrored_row_is_faster() -> None:
    faster = Sample((-0.05,) * 10)
    assert judgement.lean(faster) is Leaning.FASTER
    assert judgement.lean(faster.mirrored) is Leaning.SLOWER


def test_what_is_sure_but_within_the_zone_is_equivalent() -> None:
    assert judgement.lean(Sample((0.02,) * 10)) is Leaning.EQUIVALENT


def test_what_may_lie_in_or_outside_the_zone_is_open() -> None:
    logs = tuple(0.025 + 0.002 * n for n in range(-5, 5))
    assert judgement.lean(Sample(logs)) is Leaning.OPEN


def test_the_zone_grows_with_the_scatter_of_equal_builds() -> None:
    logs = (0.05,) * 10
    assert Sample(logs).zone == pytest.approx(math.log(1.03))
    wide = Sample(logs, aa_sd=0.06)
    assert wide.zone == pytest.approx(3 * 0.06 / math.sqrt(10))
    assert judgement.lean(wide) is Leaning.EQUIVALENT


def test_a_single_bad_launch_does_not_widen_the_zone() -> None:
    logs = (0.05,) * 9 + (3.0,)
    assert Sample(logs).zone == pytest.approx(math.log(1.03))


def test_holm_asks_less_of_each_next_one_and_stops_at_the_first_that_fails() -> (
    None
):
    found = judgement.holm({"a": 0.002, "b": 0.004, "c": 0.02, "d": 0.9}, 0.01)
    assert found == {"a"}
    found = judgement.holm({"a": 0.002, "b": 0.003, "c": 0.0049, "d": 0.9}, 0.01)
    assert found == {"a", "b", "c"}


def test_a_red_takes_two_looks_however_clear_it_is() -> None:
    assert judgement.settle({"a": Sample((0.5,) * 10)})["a"] is None
    settled = judgement.settle({"a": Sample((0.5,) * 20)})
    assert settled["a"] is Verdict.REGRESSION


def test_the_more_rows_there_are_the_fewer_launches_may_differ() -> None:
    logs = (0.05,) * 18 + (-0.01,) * 2
    few = {"a": Sample(logs)} | {f"{n}": Sample((0.0,) * 20) for n in range(9)}
    assert judgement.settle(few)["a"] is Verdict.REGRESSION
    many = few | {f"{n}": Sample((0.0,) * 20) for n in range(99)}
    assert judgement.settle(many)["a"] is None


def test_equal_builds_are_hardly_ever_red_and_mostly_equivalent() -> None:
    random_ = random.Random(1)
    reds = equivalents = 0
    for _ in range(200):
        suite = {f"{n}": drawn(random_, 0.0, 0.015, 20) for n in range(12)}
        verdicts = list(judgement.settle(suite).values())
        reds += verdicts.count(Verdict.REGRESSION)
        equivalents += verdicts.count(Verdict.EQUIVALENT)
    assert reds == 0
    assert equivalents >= 0.95 * 200 * 12


def test_five_per_cent_is_found_where_launches_scatter_by_one() -> None:
    random_ = random.Random(2)
    found = 0
    for _ in range(200):
        suite = {f"{n}": drawn(random_, 0.0, 0.01, 20) for n in range(11)}
        suite["slow"] = drawn(random_, 0.05, 0.01, 20)
        found += judgement.settle(suite)["slow"] is Verdict.REGRESSION
    assert found >= 196


def test_the_detectable_effect_is_found_about_as_often_as_it_says() -> None:
    random_ = random.Random(3)
    normal = Sample(
        tuple(random_.gauss(0.0, 0.02) for _ in range(400)), aa_sd=0.02
    )
    twenty = Sample(normal.logs[:20], aa_sd=0.02)
    effect = math.expm1(judgement.detectable(twenty, 12))
    found = 0
    for _ in range(400):
        sample = drawn(random_, effect, 0.02, 20)
        others = {f"{n}": Sample((0.0,) * 20) for n in range(11)}
        verdicts = judgement.settle(others | {"slow": sample})
        found += verdicts["slow"] is Verdict.REGRESSION
    assert 0.90 <= found / 400 <= 0.995


def test_a_control_may_move_by_one_per_cent() -> None:
    least = judgement.CONTROL_ZONE_LEAST
    assert not judgement.moved(Sample((0.009,) * 10, zone_least=least))
    assert judgement.moved(Sample((0.011,) * 10, zone_least=least))
    assert judgement.moved(Sample((-0.011,) * 10, zone_least=least))


def test_a_plant_must_come_out_on_its_side_and_about_as_large() -> None:
    assert judgement.shows_plant(Sample((0.095,) * 10), 0.1)
    assert not judgement.shows_plant(Sample((-0.095,) * 10), 0.1)
    assert not judgement.shows_plant(Sample((0.0,) * 10), 0.1)
    assert not judgement.shows_plant(Sample((0.6,) * 10), 0.1)


def test_a_change_is_told_as_a_share_with_its_bounds() -> None:
    logs = tuple(math.log(1.05) + 0.001 * n for n in range(-5, 6))
    found = judgement.change(Sample(logs), 12)
    assert found.estimate == pytest.approx(0.05)
    assert found.low < found.estimate < found.high
    assert found.zone == pytest.approx(0.03)
    assert found.detectable > found.zone
    assert found.launches == 11
