# SPDX-License-Identifier: MIT
from __future__ import annotations

import itertools
import math
import random

import pytest

from mapmark.statistics import (
    COVERAGE_LEAST,
    COVERAGE_WANTED,
    Ratio,
    Verdict,
    estimate,
    median,
    median_coverage,
    median_depth,
    ratio,
    ratio_coverage,
    ratio_depth,
)


def covered(value: float, low: float, high: float) -> Ratio:
    return Ratio(value, low, high, coverage=0.95)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0], 5.0), ([3.0, 1.0, 2.0], 2.0), ([4.0, 1.0, 3.0, 2.0], 2.5)],
)
def test_median(values: list[float], expected: float) -> None:
    assert median(values) == expected


@pytest.mark.parametrize(
    ("count", "depth", "coverage"),
    [
        (6, 1, 0.96875),  # 1 - 2 / 2^6
        (9, 2, 0.9609375),  # 1 - 2 (1 + 9) / 2^9
        (20, 6, 0.9586105),  # Conover, Practical Nonparametric Statistics
        (100, 40, 0.9647998),
    ],
)
def test_depth_and_coverage_of_a_median_are_those_of_the_tables(
    count: int, depth: int, coverage: float
) -> None:
    assert median_depth(count) == depth
    assert median_coverage(count, depth) == pytest.approx(coverage, abs=1e-6)


def test_one_sample_covers_nothing() -> None:
    found = estimate([7.0])
    assert (found.low, found.high) == (7.0, 7.0)
    assert found.coverage == 0


def test_too_few_samples_are_all_the_interval_and_say_what_they_cover() -> None:
    found = estimate([3.0, 9.0, 5.0])
    assert (found.low, found.median, found.high) == (3.0, 5.0, 9.0)
    assert found.coverage == 0.75


def test_interval_of_a_median_does_not_depend_on_order() -> None:
    values = [float(value) for value in range(20)]
    shuffled = values.copy()
    random.Random(1).shuffle(shuffled)
    assert estimate(shuffled) == estimate(values)
    assert (estimate(values).low, estimate(values).high) == (5.0, 14.0)


@pytest.mark.parametrize(
    ("above", "below"), [(1, 1), (2, 2), (3, 3), (5, 8), (8, 5), (7, 7)]
)
def test_coverage_of_a_ratio_counts_every_order_of_the_samples(
    above: int, below: int
) -> None:
    """Of two like rows every order is as likely, and the true ratio is 1."""
    places = range(1, above + below + 1)
    held = []
    for upper in itertools.combinations(places, above):
        lower = [float(place) for place in places if place not in upper]
        found = ratio([float(place) for place in upper], lower)
        held.append(found.low <= 1 <= found.high)
        assert found.coverage == ratio_coverage(
            above, below, ratio_depth(above, below)
        )
    assert found.coverage == pytest.approx(sum(held) / len(held))


def test_interval_of_a_ratio_divides_opposite_ends() -> None:
    found = ratio([20.0, 22.0, 21.0], [10.0, 12.0, 11.0])
    assert found.value == 21 / 11
    assert (found.low, found.high) == (20 / 12, 22 / 10)
    assert found.coverage == pytest.approx(0.9)


@pytest.mark.parametrize(("above", "below"), [(7, 7), (20, 20), (7, 20)])
def test_interval_of_a_ratio_holds_the_true_one_as_often_as_it_says(
    above: int, below: int
) -> None:
    chance = random.Random(f"{above} {below}")
    true, trials, held = 1.7, 3000, 0

    def draw(middle: float, count: int) -> list[float]:
        return [middle * chance.lognormvariate(0, 0.2) for _ in range(count)]

    for _ in range(trials):
        found = ratio(draw(true, above), draw(1.0, below))
        held += found.low <= true <= found.high
    claimed = ratio_coverage(above, below, ratio_depth(above, below))
    noise = 4 * math.sqrt(claimed * (1 - claimed) / trials)
    assert COVERAGE_WANTED <= claimed
    assert held / trials == pytest.approx(claimed, abs=noise)


def test_interval_of_a_median_holds_the_true_one_as_often_as_it_says() -> None:
    chance = random.Random(1)
    trials, held = 3000, 0
    for _ in range(trials):
        found = estimate([chance.expovariate(1.0) for _ in range(20)])
        held += found.low <= math.log(2) <= found.high
    noise = 4 * math.sqrt(found.coverage * (1 - found.coverage) / trials)
    assert held / trials == pytest.approx(found.coverage, abs=noise)


def test_inverse_turns_the_interval_round() -> None:
    found = covered(2.0, 1.6, 2.5).inverse
    assert (found.value, found.low, found.high) == (0.5, 0.4, 0.625)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.5, 1.7, Verdict.FASTER),
        (0.5, 0.7, Verdict.SLOWER),
        (0.97, 1.03, Verdict.SAME),
        (1.01, 1.02, Verdict.SAME),  # certain, and of no importance
        (0.98, 0.99, Verdict.SAME),
        (0.969, 1.02, Verdict.UNKNOWN),
        (0.98, 1.031, Verdict.UNKNOWN),
        (0.5, 2.0, Verdict.UNKNOWN),
        (1.0, 2.0, Verdict.UNKNOWN),
        (1.01, 1.031, Verdict.FASTER),
    ],
)
def test_verdict(low: float, high: float, verdict: Verdict) -> None:
    assert covered((low * high) ** 0.5, low, high).verdict is verdict


def test_no_verdict_without_samples_enough() -> None:
    two = ratio([20.0, 21.0], [10.0, 11.0])
    three = ratio([20.0, 21.0, 22.0], [10.0, 11.0, 12.0])
    assert two.coverage < COVERAGE_LEAST
    assert two.verdict is Verdict.UNKNOWN
    assert three.verdict is Verdict.FASTER
