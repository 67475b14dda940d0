# SPDX-License-Identifier: MIT
"""The results of evidence: a line of JSON for each run of a suite, and what
all of them say, with exact bounds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from mapmark.document import Node, check_schema, parse
from mapmark.gate.judgement import Verdict

SCHEMA = "mapmark-gate-evidence/1"

CONFIDENCE = 0.95


@dataclass(frozen=True)
class RowLine:
    """`planted`: by how much the row was really made slower."""

    row: str
    verdict: str
    estimate: float
    launches: int
    planted: float


@dataclass(frozen=True)
class Line:
    """`missed` and `strays` of a real regression: rows that had to be found
    and were not, and such as were and had nothing to do with it. A line of
    several `repeats` says the worst of each row, and the seconds of one."""

    part: str
    share: float
    build: str
    ended: str
    seconds: float
    steal: float
    invalid: tuple[str, ...]
    rows: tuple[RowLine, ...]
    missed: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    repeats: int = 1

    @property
    def title(self) -> str:
        return f"{self.part} +{self.share:.0%}" if self.share else self.part

    @property
    def reds(self) -> tuple[str, ...]:
        return self._with(Verdict.REGRESSION.value)

    def _with(self, verdict: str) -> tuple[str, ...]:
        return tuple(r.row for r in self.rows if r.verdict == verdict)

    @property
    def in_words(self) -> str:
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        words = ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
        invalid = "".join(f"; invalid: {reason}" for reason in self.invalid)
        missed = "".join(f"; missed {row}" for row in self.missed)
        strays = "".join(f"; and wrongly {row}" for row in self.strays)
        return f"{words}; {self.seconds:.0f} s{invalid}{missed}{strays}"


class Ledger:
    """`lines` are of this machine; those of `others`, by their keys, are kept
    and not counted."""

    def __init__(self, path: Path, host_key: str) -> None:
        self._path, self._host_key = path, host_key
        self._file: IO[bytes] | None = None
        self.lines: list[Line] = []
        self.others: dict[str, list[Line]] = {}

    def __enter__(self) -> Ledger:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        self._file.seek(0)
        for text in self._file:
            if text.endswith(b"\n"):
                self._read(text)
            else:
                self._drop(text)
        return self

    def _drop(self, text: bytes) -> None:
        """One that a crash has cut says nothing, and would spoil the next."""
        assert self._file is not None
        self._file.truncate(self._file.tell() - len(text))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, text: bytes) -> None:
        node = parse(text, self._path.name)
        check_schema(node, SCHEMA)
        host_key = node.at("host_key").text()
        if host_key == self._host_key:
            self.lines.append(_line(node))
        else:
            self.others.setdefault(host_key, []).append(_line(node))

    def append(self, line: Line) -> None:
        assert self._file is not None
        whole = {"schema": SCHEMA, "host_key": self._host_key, **asdict(line)}
        self._file.write(json.dumps(whole).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.lines.append(line)

    def count(self, part: str, share: float) -> int:
        return sum(
            line.repeats
            for line in self.lines
            if line.part == part and line.share == share
        )


def _line(node: Node) -> Line:
    return Line(
        part=node.at("part").text(),
        share=node.at("share").number(),
        build=node.at("build").text(),
        ended=node.at("ended").text(),
        seconds=node.at("seconds").number(),
        steal=node.at("steal").number(),
        invalid=node.at("invalid").texts(),
        missed=node.at("missed").texts(),
        strays=node.at("strays").texts(),
        repeats=round(node.number_or("repeats", 1)),
        rows=tuple(
            RowLine(
                row=row.at("row").text(),
                verdict=row.at("verdict").text(),
                estimate=row.at("estimate").number(),
                launches=row.at("launches").whole(),
                planted=row.at("planted").number(),
            )
            for row in node.at("rows").items()
        ),
    )


def clopper_pearson(found: int, of: int) -> tuple[float, float]:
    """What the true share lies between, both ends with 95 % each: the ends
    are one-sided bounds."""
    # Takes half a second, which no other command should wait for.
    from scipy import stats

    error = 1 - CONFIDENCE
    low = 0.0 if found == 0 else stats.beta.ppf(error, found, of - found + 1)
    high = (
        1.0 if found == of else stats.beta.ppf(1 - error, found + 1, of - found)
    )
    return float(low), float(high)


def summary(lines: Sequence[Line]) -> Iterator[str]:
    groups = sorted({(line.part, line.share) for line in lines})
    for part, share in groups:
        group = [li for li in lines if (li.part, li.share) == (part, share)]
        yield from _group(part, share, group)


def _group(part: str, share: float, lines: Sequence[Line]) -> Iterator[str]:
    """Runs that called themselves invalid say nothing, and are told."""
    valid = [line for line in lines if not line.invalid]
    runs = sum(line.repeats for line in lines)
    seconds = sum(line.seconds * line.repeats for line in lines) / runs
    invalid = len(lines) - len(valid)
    yield (
        f"{lines[0].title}: {runs} runs of {seconds:.0f} s, "
        f"{invalid} invalid"
    )
    red_runs = sum(bool(line.reds) for line in valid)
    if valid and any(row.launches for row in valid[0].rows):
        yield f"  suite runs with a red: {_bounded(red_runs, len(valid))}"
    rows = [
        row for line in valid for row in line.rows for _ in range(line.repeats)
    ]
    for verdict in sorted({row.verdict for row in rows}):
        count = sum(row.verdict == verdict for row in rows)
        yield f"  rows {verdict}: {_bounded(count, len(rows))}"
    if share:
        yield from _missed(rows)
    missed = {row for line in valid for row in line.missed}
    strays = {row for line in valid for row in line.strays}
    yield from (f"  not found once or more: {row}" for row in sorted(missed))
    yield from (f"  found wrongly: {row}" for row in sorted(strays))


def _missed(rows: Sequence[RowLine]) -> Iterator[str]:
    names = sorted({row.row for row in rows})
    for name in names:
        of_row = [row for row in rows if row.row == name]
        found = sum(r.verdict == Verdict.REGRESSION.value for r in of_row)
        if found < len(of_row):
            planted = sorted(row.planted for row in of_row)
            yield (
                f"  {name}: {found} of {len(of_row)}, "
                f"planted {planted[0]:.1%} to {planted[-1]:.1%}"
            )


def _bounded(found: int, of: int) -> str:
    low, high = clopper_pearson(found, of)
    return (
        f"{found} of {of}: {found / of:.1%}, at least {low:.2%} and at most "
        f"{high:.2%}"
    )
