# SPDX-License-Identifier: MIT
"""agreement.json: whether fio, doing the same work in the same run, finds the
same times.

A sample is one round: fio's engine, fio's null engine and a row of ours, one
after the other. Its ratio is ours over the engine's time less the null
engine's, block by block, so that what drifts between rounds is in neither.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from mapmark import units
from mapmark.document import Node, check_schema, parse
from mapmark.statistics import COVERAGE_LEAST, Estimate, estimate, median

SCHEMA = "mapmark-agreement/1"

# The median of the ratios may be that far from 1, and no end of its interval
# further than twice that: beyond, the median says too little.
TOLERANCE = 0.1
SPREAD_MOST = 2 * TOLERANCE

# Below, fio's own cost of an operation is most of what it measures.
JUDGED_BYTES_LEAST = 64 << 10


class Verdict(enum.Enum):
    AGREES = "agrees"
    DEVIATES = "deviates"
    UNKNOWN = "unknown"
    REPORTED = "reported only"


@dataclass(frozen=True)
class Work:
    """`engine` is fio's, `way` ours."""

    engine: str
    way: str
    pattern: str
    block_bytes: int


@dataclass(frozen=True)
class Sample:
    """Times are of a block; blocks are all that were timed."""

    round: int
    engine_ns: float
    null_ns: float
    mapmark_ns: float
    engine_blocks: int
    null_blocks: int
    mapmark_blocks: int
    unproved: str

    @property
    def net_ns(self) -> float:
        return self.engine_ns - self.null_ns

    @property
    def ratio(self) -> float:
        return self.mapmark_ns / self.net_ns


@dataclass(frozen=True)
class Void:
    round: int
    reason: str


@dataclass(frozen=True)
class Line:
    work: Work
    arguments: tuple[str, ...]
    samples: tuple[Sample, ...]
    voids: tuple[Void, ...]

    @property
    def ratio(self) -> Estimate | None:
        if not self.samples:
            return None
        return estimate([sample.ratio for sample in self.samples])

    @property
    def verdict(self) -> Verdict:
        ratio = self.ratio
        if self.work.block_bytes < JUDGED_BYTES_LEAST:
            return Verdict.REPORTED
        if ratio is None or round(ratio.coverage, 9) < COVERAGE_LEAST:
            return Verdict.UNKNOWN
        if ratio.high < 1 - TOLERANCE or ratio.low > 1 + TOLERANCE:
            return Verdict.DEVIATES
        is_near = abs(ratio.median - 1) <= TOLERANCE
        is_narrow = 1 - SPREAD_MOST <= ratio.low <= ratio.high <= 1 + SPREAD_MOST
        return Verdict.AGREES if is_near and is_narrow else Verdict.UNKNOWN


@dataclass(frozen=True)
class Agreement:
    fio: str
    file: str
    size_bytes: int
    is_given: bool
    rounds: int
    lines: tuple[Line, ...]

    def of(self, *verdicts: Verdict) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.verdict in verdicts)

    @property
    def verdict(self) -> Verdict:
        if self.of(Verdict.DEVIATES):
            return Verdict.DEVIATES
        if self.of(Verdict.UNKNOWN) or not self.of(Verdict.AGREES):
            return Verdict.UNKNOWN
        return Verdict.AGREES

    def document(self) -> dict[str, object]:
        return {"schema": SCHEMA} | asdict(self)


def read_agreement(content: bytes) -> Agreement:
    node = parse(content, "agreement.json")
    check_schema(node, SCHEMA)
    return Agreement(
        fio=node.at("fio").text(),
        file=node.at("file").text(),
        size_bytes=node.at("size_bytes").whole(),
        is_given=node.at("is_given").truth(),
        rounds=node.at("rounds").whole(),
        lines=tuple(_line(item) for item in node.at("lines").items()),
    )


def _line(node: Node) -> Line:
    work = node.at("work")
    return Line(
        work=Work(
            engine=work.at("engine").text(),
            way=work.at("way").text(),
            pattern=work.at("pattern").text(),
            block_bytes=work.at("block_bytes").whole(),
        ),
        arguments=node.at("arguments").texts(),
        samples=tuple(_sample(item) for item in node.at("samples").items()),
        voids=tuple(
            Void(item.at("round").whole(), item.at("reason").text())
            for item in node.at("voids").items()
        ),
    )


def _sample(node: Node) -> Sample:
    sample = Sample(
        round=node.at("round").whole(),
        engine_ns=node.at("engine_ns").number(),
        null_ns=node.at("null_ns").number(),
        mapmark_ns=node.at("mapmark_ns").number(),
        engine_blocks=node.at("engine_blocks").whole(),
        null_blocks=node.at("null_blocks").whole(),
        mapmark_blocks=node.at("mapmark_blocks").whole(),
        unproved=node.at("unproved").text(),
    )
    if sample.net_ns <= 0 or sample.mapmark_ns <= 0:
        raise node.wrong("a sample with a ratio")
    return sample


def sentence(found: Agreement) -> str:
    """What the lines say together."""
    judged = [x for x in found.lines if x.verdict is not Verdict.REPORTED]
    allowed = f"{100 * TOLERANCE:.0f} %"
    match found.verdict:
        case Verdict.DEVIATES:
            words = ", ".join(_deviations(found.of(Verdict.DEVIATES)))
            return (
                f"mapmark and {found.fio} deviate by more than {allowed} in "
                f"{len(found.of(Verdict.DEVIATES))} of {len(judged)} lines: "
                f"{words}."
            )
        case Verdict.AGREES:
            medians = _medians(judged)
            return (
                f"mapmark and {found.fio} agree within {allowed} in all "
                f"{len(judged)} lines: mapmark takes "
                f"{min(medians):.2f} to {max(medians):.2f} times as long."
            )
        case _:
            unknown = len(judged) - len(found.of(Verdict.AGREES))
            return (
                f"Whether mapmark and {found.fio} agree within {allowed} is "
                f"unknown in {unknown} of {len(judged)} lines: rounds differ "
                "too much, or too few can be believed. Measure again at a "
                "quieter time."
            )


def _medians(lines: Sequence[Line]) -> list[float]:
    return [line.ratio.median for line in lines if line.ratio is not None]


def _deviations(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        if line.ratio is not None:
            yield f"{work_in_words(line.work)} {units.times(line.ratio.median)}"


def work_in_words(work: Work) -> str:
    return f"{work.engine}, {work.pattern}, {units.size(work.block_bytes)}"


def table_in_words(found: Agreement) -> Iterator[str]:
    """For a terminal: a line each, in columns."""
    yield (
        f"{'work':28}{'fio':>10}{'null':>10}{'mapmark':>10}  ratio"
        "  interval      verdict"
    )
    for line in found.lines:
        yield f"{work_in_words(line.work):28}{_figures(line)}"


def _figures(line: Line) -> str:
    ratio = line.ratio
    if ratio is None:
        return f"  no round can be believed: {line.voids[-1].reason}"
    times = [
        median([getattr(sample, name) for sample in line.samples])
        for name in ("engine_ns", "null_ns", "mapmark_ns")
    ]
    columns = "".join(f"{units.duration(ns):>10}" for ns in times)
    interval = f"{ratio.low:.2f} to {ratio.high:.2f}"
    return (
        f"{columns}  {ratio.median:5.2f}  {interval:12}  {line.verdict.value}"
    )
