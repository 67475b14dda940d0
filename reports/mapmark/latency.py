# SPDX-License-Identifier: MIT
"""histograms.json: how long one pass, or one operation, takes.

Repetitions are combined by adding counts; a percentile is taken from the sum
and is known to the width of a bucket. One that fewer values than two stand
above is not told: it would be the maximum under another name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapmark.document import Node, check_schema, parse
from mapmark.errors import damaged

SCHEMA = "mapmark-histograms/1"
SHARES = (0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True)
class Bucket:
    """lower <= value < upper"""

    lower_ns: float
    upper_ns: float
    count: int


@dataclass(frozen=True)
class Histogram:
    name: str
    what: str
    count: int
    clamped: int
    min_ns: float
    max_ns: float
    buckets: tuple[Bucket, ...]

    def percentile_ns(self, share: float) -> float | None:
        """The middle of the bucket that holds it."""
        if share > 0.5 and self.count * (1 - share) < 2:
            return None
        wanted = math.ceil(self.count * share)
        for bucket in self.buckets:
            wanted -= bucket.count
            if wanted <= 0:
                middle = (bucket.lower_ns + bucket.upper_ns) / 2
                return min(max(middle, self.min_ns), self.max_ns)
        return None


def read_histograms(content: bytes) -> tuple[Histogram, ...]:
    """One a row and kind of value, in the order of their first mention."""
    node = parse(content, "histograms.json")
    check_schema(node, SCHEMA)
    parts: dict[tuple[str, str], list[Histogram]] = {}
    for item in node.at("rows").items():
        part = _histogram(item)
        if part.count:
            parts.setdefault((part.name, part.what), []).append(part)
    return tuple(merge(found) for found in parts.values())


def merge(parts: Sequence[Histogram]) -> Histogram:
    """Of one row; at least one part."""
    counts: dict[tuple[float, float], int] = {}
    for part in parts:
        for bucket in part.buckets:
            key = (bucket.lower_ns, bucket.upper_ns)
            counts[key] = counts.get(key, 0) + bucket.count
    return Histogram(
        name=parts[0].name,
        what=parts[0].what,
        count=sum(part.count for part in parts),
        clamped=sum(part.clamped for part in parts),
        min_ns=min(part.min_ns for part in parts),
        max_ns=max(part.max_ns for part in parts),
        buckets=_sorted_buckets(counts),
    )


def _sorted_buckets(
    counts: Mapping[tuple[float, float], int]
) -> tuple[Bucket, ...]:
    return tuple(Bucket(*bounds, counts[bounds]) for bounds in sorted(counts))


def _histogram(node: Node) -> Histogram:
    buckets = tuple(_bucket(item) for item in node.at("buckets").items())
    count = node.at("count").whole()
    if sum(bucket.count for bucket in buckets) != count:
        raise damaged(f"{node.where}: the buckets do not add up to the count")
    return Histogram(
        name=node.at("name").text(),
        what=node.at("what").text(),
        count=count,
        clamped=node.at("clamped").whole(),
        min_ns=node.at("min").number(),
        max_ns=node.at("max").number(),
        buckets=buckets,
    )


def _bucket(node: Node) -> Bucket:
    members = list(node.items())
    if len(members) != 3:
        raise node.wrong("a bucket of lower, upper and count")
    lower, upper, count = members
    return Bucket(lower.number(), upper.number(), count.whole())
