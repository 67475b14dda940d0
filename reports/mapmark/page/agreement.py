# SPDX-License-Identifier: MIT
"""Whether fio finds the same times."""

from __future__ import annotations

from dataclasses import dataclass

from mapmark import units
from mapmark.agreement import (
    SPREAD_MOST,
    TOLERANCE,
    Agreement,
    Line,
    Verdict,
    sentence,
)
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    count_cell,
    make_table,
    median_of,
    size_cell,
    time_cell,
)

_COLUMNS = (
    ("fio's engine", "mapmark's way", "pattern", "verdict", "block")
    + ("fio", "its null engine", "fio less null", "mapmark")
    + ("mapmark by fio", "interval", "rounds")
)


@dataclass(frozen=True)
class AgreementPart:
    sentence: str
    rule: str
    table: Table
    doubts: tuple[str, ...]


def agreement_part(found: Agreement) -> AgreementPart:
    return AgreementPart(
        sentence=sentence(found),
        rule=_rule(found),
        table=make_table(
            "agreement",
            "Time of a block, medians",
            _COLUMNS,
            [_line(line) for line in found.lines],
            text_columns=4,
        ),
        doubts=_doubts(found),
    )


def _rule(found: Agreement) -> str:
    kind = "the file given" if found.is_given else "a generated file"
    return (
        f"Both read {kind} of {units.size(found.size_bytes)} from the cache, "
        f"in turns, in {found.rounds} rounds; each round gives one ratio, "
        "and a line that a round proved nothing about is taken again. "
        "A line agrees when the median of its ratios is within "
        f"{units.percent(TOLERANCE)} of 1 and its interval within "
        f"{units.percent(SPREAD_MOST)}, and deviates when the whole interval "
        f"is further than {units.percent(TOLERANCE)}. Smaller blocks than "
        "64 KiB are reported only: fio's own cost of an operation is most of "
        "them. Two things are in no subtraction: fio's own data, touched "
        "between two blocks, delays the copy that follows, which the null "
        "engine cannot show; and mapmark touches one octet a page of what it "
        "has copied."
    )


def _line(line: Line) -> tuple[Cell, ...]:
    work, ratio = line.work, line.ratio
    times = [
        median_of([getattr(sample, name) for sample in line.samples])
        for name in ("engine_ns", "null_ns", "net_ns", "mapmark_ns")
    ]
    interval = factor = NOTHING
    if ratio is not None:
        factor = Cell(f"{ratio.median:.2f}", f"{ratio.median:.6g}")
        interval = Cell(f"{ratio.low:.2f} to {ratio.high:.2f}")
    return (
        Cell(work.engine),
        Cell(work.way),
        Cell(work.pattern),
        Cell(line.verdict.value, class_name=_look(line.verdict)),
        size_cell(work.block_bytes),
        *map(time_cell, times),
        factor,
        interval,
        count_cell(len(line.samples)),
    )


def _look(verdict: Verdict) -> str:
    return "lacking" if verdict is Verdict.DEVIATES else ""


def _doubts(found: Agreement) -> tuple[str, ...]:
    """Each reason once, with how often it was met."""
    counts: dict[str, int] = {}
    for line in found.lines:
        reasons = [f"void: {void.reason}" for void in line.voids]
        reasons += [f"unproved: {s.unproved}" for s in line.samples if s.unproved]
        for reason in reasons:
            counts[reason] = counts.get(reason, 0) + 1
    return tuple(f"{n} samples are {why}." for why, n in counts.items())
