# SPDX-License-Identifier: MIT
"""Medians and ratios of medians, each with an interval and its coverage.

No distribution is assumed. The interval of a median lies between two samples
of equal depth, counted from both ends of their order; how often such an
interval holds the true median follows from the number of samples alone. The
interval of a ratio divides a deep sample of one row by a high one of the
other, and the reverse; its coverage follows from the two numbers of samples if
one distribution is a multiple of the other.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

COVERAGE_WANTED = 0.95
SAME_WITHIN = 0.03

# Three samples a side reach it; with fewer no verdict is given.
COVERAGE_LEAST = 0.9


@dataclass(frozen=True)
class Estimate:
    """A median; `coverage` is the chance that low..high holds the true one,
    0 for a single sample."""

    median: float
    low: float
    high: float
    coverage: float
    samples: int


class Verdict(enum.Enum):
    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ratio:
    """Above 1: what stands below the line is the smaller one."""

    value: float
    low: float
    high: float
    coverage: float

    @property
    def is_covered(self) -> bool:
        """Whether there are samples enough for a verdict."""
        return round(self.coverage, 9) >= COVERAGE_LEAST

    @property
    def verdict(self) -> Verdict:
        """Of a ratio of times, rival over candidate: is the candidate
        faster? `same` takes an interval that lies within 3 % of 1."""
        if not self.is_covered:
            return Verdict.UNKNOWN
        if 1 - SAME_WITHIN <= self.low and self.high <= 1 + SAME_WITHIN:
            return Verdict.SAME
        if self.low > 1:
            return Verdict.FASTER
        if self.high < 1:
            return Verdict.SLOWER
        return Verdict.UNKNOWN

    @property
    def inverse(self) -> Ratio:
        return Ratio(1 / self.value, 1 / self.high, 1 / self.low, self.coverage)


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def estimate(values: Sequence[float]) -> Estimate:
    """Of at least one value."""
    ordered = sorted(values)
    depth = median_depth(len(ordered))
    return Estimate(
        median=median(ordered),
        low=ordered[depth - 1],
        high=ordered[-depth],
        coverage=median_coverage(len(ordered), depth),
        samples=len(ordered),
    )


def median_coverage(count: int, depth: int) -> float:
    """How often the true median lies between the depth-th smallest and the
    depth-th largest of `count` samples: unless fewer than `depth` of them
    fall on one side of it."""
    missed: int = sum(math.comb(count, below) for below in range(depth))
    return max(0.0, 1 - missed / (1 << (count - 1)))


def median_depth(count: int) -> int:
    """The deepest that covers enough; 1, all samples, where none does."""
    depth = 1
    while (
        2 * (depth + 1) <= count
        and median_coverage(count, depth + 1) >= COVERAGE_WANTED
    ):
        depth += 1
    return depth


def ratio(
    above: Sequence[float],
    below: Sequence[float],
    coverage_wanted: float = COVERAGE_WANTED,
) -> Ratio:
    """Median of `above` over median of `below`, all values positive."""
    upper, lower = sorted(above), sorted(below)
    depth = ratio_depth(len(upper), len(lower), coverage_wanted)
    other = _other_depth(depth, len(upper), len(lower))
    return Ratio(
        value=median(upper) / median(lower),
        low=upper[depth - 1] / lower[-other],
        high=upper[-depth] / lower[other - 1],
        coverage=ratio_coverage(len(upper), len(lower), depth),
    )


def ratio_coverage(above: int, below: int, depth: int) -> float:
    """How often the interval of a ratio holds the true one, for numbers of
    samples and the depth in `above`. It is missed when, of two like rows, the
    high sample of one comes before the deep sample of the other."""
    other = _other_depth(depth, above, below)
    missed = _chance_of_order(below, below + 1 - other, above, depth)
    missed += _chance_of_order(above, above + 1 - depth, below, other)
    return max(0.0, 1 - missed)


def ratio_depth(
    above: int, below: int, coverage_wanted: float = COVERAGE_WANTED
) -> int:
    """The deepest in `above` that covers enough; 1 where none does."""
    depth = 1
    while (
        2 * (depth + 1) <= above
        and ratio_coverage(above, below, depth + 1) >= coverage_wanted
    ):
        depth += 1
    return depth


def _other_depth(depth: int, count: int, other_count: int) -> int:
    """As deep among the other row's samples, in proportion."""
    scaled = round(depth * (other_count + 1) / (count + 1))
    return min(max(1, scaled), (other_count + 1) // 2)


def _chance_of_order(
    first_count: int, first_place: int, second_count: int, second_place: int
) -> float:
    """That the first's sample of that place precedes the second's, when all
    samples come from one distribution: every interleaving is as likely."""
    ways = 0
    for passed in range(second_place):
        before = math.comb(first_place - 1 + passed, passed)
        after = math.comb(
            first_count - first_place + second_count - passed,
            second_count - passed,
        )
        ways += before * after
    return ways / math.comb(first_count + second_count, first_count)
