# SPDX-License-Identifier: MIT
"""What the launches of a row allow to say about it.

A launch gives one number, the median of log(candidate's time / baseline's
time) over its pairs of slices; launches are what is independent, and all that
is counted. Bounds are those of the sign test, which knows no distribution.
Nothing here measures: numbers in, verdicts out.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from mapmark import statistics

# The numbers of launches after which a verdict may be given, declared before
# anything is seen.
LOOKS = (10, 20, 40)
CONFIRMATION_LAUNCHES = LOOKS[0]

# What two of ten launches on the other side would be too many for.
BOUND_ERROR = 11 / 1024

# All rows of a suite together are called red this often by chance, at most.
FAMILY_ERROR = 0.01

ZONE_LEAST = 0.03
CONTROL_ZONE_LEAST = 0.01
_ZONE_SDS = 3.0

# A median absolute deviation times this is the sd of a normal distribution;
# an sd of a median is that of the mean times the other.
_SD_OF_MAD = 1.4826
_MEDIAN_TO_MEAN = 1.2533

# How often an effect is found that is called detectable.
DETECTION = 0.95


class Leaning(enum.Enum):
    """What one row's launches say by themselves."""

    SLOWER = "slower"
    FASTER = "faster"
    EQUIVALENT = "equivalent"
    OPEN = "open"


class Verdict(enum.Enum):
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    IMPROVED = "improved"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Sample:
    """Log ratios of a row's launches, and the sd of such launches of equal
    builds on this machine, 0 where it is not known."""

    logs: tuple[float, ...]
    aa_sd: float = 0.0
    zone_least: float = ZONE_LEAST

    @property
    def count(self) -> int:
        return len(self.logs)

    @property
    def median(self) -> float:
        return statistics.median(self.logs)

    @property
    def sd(self) -> float:
        """A busier machine than the calibrated one shows in the launches
        themselves; a real change, which moves all of them, does not."""
        return max(self.aa_sd, scatter(self.logs))

    @property
    def zone(self) -> float:
        """Within it, either way, nothing is called a change."""
        return max(
            math.log1p(self.zone_least), _ZONE_SDS * self.sd / math.sqrt(self.count)
        )

    @property
    def mirrored(self) -> Sample:
        logs = tuple(-log for log in self.logs)
        return Sample(logs, self.aa_sd, self.zone_least)


@dataclass(frozen=True)
class Change:
    """By how much a row takes longer, as a share: .05 is 5 % longer."""

    estimate: float
    low: float
    high: float
    zone: float
    detectable: float
    launches: int


def scatter(logs: Sequence[float]) -> float:
    """Robust: one launch in a bad moment does not make it."""
    middle = statistics.median(logs)
    return _SD_OF_MAD * statistics.median([abs(log - middle) for log in logs])


def tail(count: int, most: int) -> float:
    """How often at most `most` of `count` fair coins show heads."""
    ways = sum(math.comb(count, heads) for heads in range(most + 1))
    return ways / float(1 << count)


def bound_depth(count: int, error: float = BOUND_ERROR) -> int:
    """The deepest sample, counted from the end, that bounds the median with
    that error; 0 where even the last one does not."""
    depth = 0
    while 2 * depth < count and tail(count, depth) <= error:
        depth += 1
    return depth


def slower_p(logs: Sequence[float]) -> float:
    """How often equal builds have as few launches that are not slower."""
    return tail(len(logs), sum(log <= 0 for log in logs))


def lean(sample: Sample) -> Leaning:
    if _is_slower(sample):
        return Leaning.SLOWER
    if _is_slower(sample.mirrored):
        return Leaning.FASTER
    bounds = statistics.estimate(sample.logs)
    covered = bounds.coverage >= statistics.COVERAGE_WANTED
    if covered and -sample.zone <= bounds.low and bounds.high <= sample.zone:
        return Leaning.EQUIVALENT
    return Leaning.OPEN


def _is_slower(sample: Sample) -> bool:
    depth = bound_depth(sample.count)
    if depth == 0:
        return False
    return sorted(sample.logs)[depth - 1] > 0 and sample.median > sample.zone


def holm(p_values: Mapping[str, float], error: float = FAMILY_ERROR) -> set[str]:
    """Those that stand when all are asked at once."""
    found: set[str] = set()
    ordered = sorted(p_values, key=lambda name: p_values[name])
    for place, name in enumerate(ordered):
        if p_values[name] > error / (len(ordered) - place):
            break
        found.add(name)
    return found


def settle(samples: Mapping[str, Sample]) -> dict[str, Verdict | None]:
    """The verdicts of a suite after a look: None where more launches are
    wanted. A change takes Holm's word over all rows, and two looks."""
    leanings = {name: lean(sample) for name, sample in samples.items()}
    slower = holm({n: slower_p(s.logs) for n, s in samples.items()})
    faster = holm({n: slower_p(s.mirrored.logs) for n, s in samples.items()})
    found: dict[str, Verdict | None] = {}
    for name, sample in samples.items():
        leaning = leanings[name]
        seen_enough = sample.count >= LOOKS[1]
        verdict: Verdict | None = None
        if leaning is Leaning.EQUIVALENT:
            verdict = Verdict.EQUIVALENT
        elif leaning is Leaning.SLOWER and name in slower and seen_enough:
            verdict = Verdict.REGRESSION
        elif leaning is Leaning.FASTER and name in faster and seen_enough:
            verdict = Verdict.IMPROVED
        found[name] = verdict
    return found


def confirms(block: Sample) -> bool:
    """Whether a fresh block repeats a red by itself."""
    return lean(block) is Leaning.SLOWER


def moved(control: Sample) -> bool:
    """Whether the same code on both sides differs by more than it may: the
    machine or the gate is at fault."""
    return abs(control.median) > control.zone


def shows_plant(sample: Sample, planted: float) -> bool:
    """Whether a slow-down planted on the candidate's side came out there,
    and about as large as it was."""
    wanted = math.log1p(planted)
    return (
        lean(sample) is Leaning.SLOWER
        and wanted / 2 <= sample.median <= wanted * 2
    )


def change(sample: Sample, suite_size: int) -> Change:
    bounds = statistics.estimate(sample.logs)
    return Change(
        estimate=math.expm1(bounds.median),
        low=math.expm1(bounds.low),
        high=math.expm1(bounds.high),
        zone=math.expm1(sample.zone),
        detectable=math.expm1(detectable(sample, suite_size)),
        launches=sample.count,
    )


def detectable(sample: Sample, suite_size: int) -> float:
    """The least log ratio that as many launches, at least those of the second
    look, would find 95 % of the time, if they scatter as these do."""
    count = max(sample.count, LOOKS[1])
    normal = NormalDist()
    of_median = _MEDIAN_TO_MEAN * sample.sd / math.sqrt(count)
    by_size = sample.zone + normal.inv_cdf(DETECTION) * of_median
    most = _most_against(count, FAMILY_ERROR / max(1, suite_size))
    by_sign = sample.sd * normal.inv_cdf(1 - _share_against(count, most))
    return max(by_size, by_sign)


def _most_against(count: int, error: float) -> int:
    most = 0
    while tail(count, most + 1) <= error:
        most += 1
    return most


def _share_against(count: int, most: int) -> float:
    """The chance of one launch to point the other way at which more than
    `most` of them do so 5 % of the time."""
    low, high = 0.0, 0.5
    for _ in range(40):
        share = (low + high) / 2
        at_most = sum(
            math.comb(count, n) * share**n * (1 - share) ** (count - n)
            for n in range(most + 1)
        )
        low, high = (share, high) if at_most >= DETECTION else (low, share)
    return low
