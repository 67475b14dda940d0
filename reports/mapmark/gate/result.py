# SPDX-License-Identifier: MIT
"""What a gate has found, whole: its exit code follows, and its file."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from mapmark.errors import ExitCode
from mapmark.gate.builds import CANDIDATE
from mapmark.gate.calibration import Calibration
from mapmark.gate.counters import CounterVerdict, Outcome
from mapmark.gate.judgement import Verdict
from mapmark.gate.plan import Planned
from mapmark.gate.suite import Found, Judged, Lost
from mapmark.gate.worker import Build
from mapmark.record import Identity

SCHEMA = "mapmark-gate/1"

_WORST_FIRST = {
    Verdict.REGRESSION: 0,
    Verdict.INCONCLUSIVE: 1,
    Verdict.IMPROVED: 2,
    Verdict.EQUIVALENT: 3,
}


class Conformance(enum.Enum):
    AS_EXPECTED = "as expected"
    DEVIATES = "deviates"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Counted:
    """The candidate's counts against the baseline build's own, and against
    those that are committed for this machine, if any are."""

    measured: tuple[CounterVerdict, ...]
    committed: tuple[CounterVerdict, ...] | None
    note: str


@dataclass(frozen=True)
class Result:
    baseline: Build
    candidate: Build
    host: Identity
    calibration: Calibration | None
    conformance: Conformance
    conformance_note: str
    planned: Planned
    counted: Counted
    found: Found
    inconclusive_passes: bool
    started: str
    seconds: float

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Worst first."""
        return tuple(
            sorted(
                self.found.judged,
                key=lambda j: (_WORST_FIRST[j.verdict], -j.change.estimate),
            )
        )

    @property
    def broken(self) -> tuple[Lost, ...]:
        """Lost on the candidate's side, though the baseline has them."""
        return tuple(lost for lost in self.found.lost if is_broken(lost))

    @property
    def more_counted(self) -> tuple[CounterVerdict, ...]:
        both = (*self.counted.measured, *(self.counted.committed or ()))
        return tuple(v for v in both if v.outcome is Outcome.MORE)

    @property
    def not_counted(self) -> tuple[CounterVerdict, ...]:
        """Times still say something of these rows."""
        measured = self.counted.measured
        return tuple(v for v in measured if v.outcome is Outcome.UNKNOWN)

    def rows_of(self, verdict: Verdict) -> tuple[Judged, ...]:
        return tuple(j for j in self.judged if j.verdict is verdict)

    @property
    def code(self) -> ExitCode:
        """What no noise touches comes first: it is true on an invalid run
        as well."""
        if self.conformance is Conformance.DEVIATES:
            return ExitCode.DEVIATION
        if self.planned.missing or self.broken:
            return ExitCode.INCOMPLETE
        if self.more_counted:
            return ExitCode.REGRESSION
        if self.found.why_invalid:
            return ExitCode.ENVIRONMENT
        if self.rows_of(Verdict.REGRESSION):
            return ExitCode.REGRESSION
        if not self.found.judged and not self.counted.measured:
            return ExitCode.NOTHING_RAN
        if self.rows_of(Verdict.INCONCLUSIVE) and not self.inconclusive_passes:
            return ExitCode.INCONCLUSIVE
        return ExitCode.OK

    @property
    def headline(self) -> str:
        words = {
            ExitCode.DEVIATION: "A parser deviates from what is expected of it",
            ExitCode.INCOMPLETE: "Rows are missing, void or crashed",
            ExitCode.ENVIRONMENT: "This run says nothing: it is invalid",
            ExitCode.REGRESSION: "The candidate is worse",
            ExitCode.NOTHING_RAN: "Nothing could be gated here",
            ExitCode.INCONCLUSIVE: "Some rows are not decided",
            ExitCode.OK: "No regression",
        }
        return words[self.code]


def is_broken(lost: Lost) -> bool:
    return lost.side == CANDIDATE


def sentences(result: Result) -> Iterator[str]:
    """All that is to be said but the table of times."""
    if result.conformance is not Conformance.AS_EXPECTED:
        note = result.conformance_note
        yield f"Conformance {result.conformance.value}: {note}"
    for reason in result.found.why_invalid:
        yield f"Invalid: {reason}"
    for row in result.planned.missing:
        yield f"Missing: {row}"
    for lost in result.found.lost:
        yield f"{_lost_word(lost)}: {lost.row}: {lost.side}: {lost.reason}"
    for verdict in result.more_counted:
        detail = f": {verdict.detail}" if verdict.detail else ""
        yield (
            f"Counts more {verdict.counter}: {verdict.row}: "
            f"{verdict.baseline:g} to {verdict.candidate:g}{detail}"
        )
    unknown = result.not_counted
    if unknown:
        reason = unknown[0].detail
        rows = _some(tuple(dict.fromkeys(v.row for v in unknown)))
        yield f"Not counted: {rows}: {reason}"
    if result.counted.note:
        yield result.counted.note
    if result.planned.new:
        yield f"New, and not gated: {_some(result.planned.new)}"
    if result.planned.absent:
        yield f"Marked, and in neither build: {_some(result.planned.absent)}"
    if result.calibration is None:
        yield "Not calibrated: how often the gate errs here is not known"
    else:
        yield result.calibration.in_words.capitalize()


def _lost_word(lost: Lost) -> str:
    return lost.fate.value.capitalize() if is_broken(lost) else "Not compared"


def _some(rows: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(rows[:most]) + more


def summary(result: Result) -> str:
    counts = ", ".join(
        f"{len(result.rows_of(verdict))} {verdict.value}"
        for verdict in Verdict
    )
    counted = len({v.row for v in result.counted.measured})
    return (
        f"{len(result.judged)} rows timed: {counts}; {counted} counted; "
        f"{result.seconds:.0f} s"
    )


def as_json(result: Result) -> bytes:
    whole = {
        "schema": SCHEMA,
        "exit_code": int(result.code),
        "headline": result.headline,
        "started": result.started,
        "seconds": round(result.seconds, 1),
        "baseline": _build(result.baseline),
        "candidate": _build(result.candidate),
        "host_key": result.host.host_key,
        "env_key": result.host.env_key,
        "calibration": (
            None if result.calibration is None else asdict(result.calibration)
        ),
        "conformance": result.conformance.value,
        "invalid": list(result.found.why_invalid),
        "steal": result.found.steal,
        "launches": result.found.launches,
        "missing": list(result.planned.missing),
        "new": list(result.planned.new),
        "absent": list(result.planned.absent),
        "times": [asdict(judged) for judged in result.judged],
        "lost": [asdict(lost) for lost in result.found.lost],
        "controls": [asdict(control) for control in result.found.controls],
        "planted": (
            None
            if result.found.planted is None
            else asdict(result.found.planted)
        ),
        "counters": [asdict(v) for v in result.counted.measured],
        "counters_committed": [
            asdict(v) for v in result.counted.committed or ()
        ],
    }
    text = json.dumps(whole, indent=1, default=_word, ensure_ascii=True)
    return text.encode() + b"\n"


def _build(build: Build) -> dict[str, object]:
    return {"program": str(build.program), "build": dict(build.identity)}


def _word(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"{value!r} has no place in JSON")
