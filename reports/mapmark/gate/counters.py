# SPDX-License-Identifier: MIT
"""What an iteration of a row counts, in two builds; and the counts that are
committed, by machine and environment.

Counts do not scatter as times do, so any more of them is a regression: exactly,
or by more than the slack that the row's mark declares.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import files
from mapmark.document import Node, check_schema, parse
from mapmark.record import Identity

SCHEMA = "mapmark-gate-counters/1"

CALLS = "calls"
FAULTS = "faults"
ALLOCATIONS = "allocations"
INSTRUCTIONS = "instructions"

# Faults that come once in many iterations belong to none; what comes in each
# is one at least.
_FAULTS_STRAY = 0.5

# Instructions differ by addresses: measured, a part in a million, and some tens
# in a slice.
_INSTRUCTIONS_SHARE = 0.001
_INSTRUCTIONS_STRAY = 2.0


@dataclass(frozen=True)
class RowCounts:
    """`values` of an iteration, by counter; `calls` are the system calls by
    name that the counter of that name sums up. Without values `reason` says
    why."""

    row: str
    values: Mapping[str, float]
    calls: Mapping[str, float]
    slack: Mapping[str, float]
    reason: str = ""


@dataclass(frozen=True)
class Counts:
    rows: tuple[RowCounts, ...]

    def find(self, row: str) -> RowCounts | None:
        return next((each for each in self.rows if each.row == row), None)


class Outcome(enum.StrEnum):
    SAME = "same"
    MORE = "more"
    LESS = "less"
    UNKNOWN = "unknown"  # in one of the two there is nothing to compare


@dataclass(frozen=True)
class CounterVerdict:
    """`detail` says which calls, or why it is not known."""

    row: str
    counter: str
    baseline: float | None
    candidate: float | None
    slack: float
    outcome: Outcome
    detail: str = ""


def compare(baseline: Counts, candidate: Counts) -> tuple[CounterVerdict, ...]:
    """Every counter of every row of the baseline, in its order. Rows that only
    the candidate has are new, and compared with nothing."""
    return tuple(
        verdict
        for row in baseline.rows
        for verdict in _compare_row(row, candidate.find(row.row))
    )


def _compare_row(
    before: RowCounts, after: RowCounts | None
) -> Iterator[CounterVerdict]:
    if after is None or before.reason or after.reason:
        reasons = (before.reason, "not counted" if after is None else after.reason)
        detail = next(filter(None, reasons))
        yield CounterVerdict(
            before.row, CALLS, None, None, 0.0, Outcome.UNKNOWN, detail
        )
        return
    for counter, value in before.values.items():
        yield _judge(before, after, counter, value)


def _judge(
    before: RowCounts, after: RowCounts, counter: str, old: float
) -> CounterVerdict:
    new = after.values.get(counter)
    slack = after.slack.get(counter, 0.0)
    if new is None:
        outcome, detail = Outcome.UNKNOWN, f"{counter} were not counted"
    elif abs(new - old) <= slack + _tolerance(counter, old):
        outcome, detail = Outcome.SAME, ""
    else:
        outcome = Outcome.MORE if new > old else Outcome.LESS
        detail = _changes(before, after) if counter == CALLS else ""
    return CounterVerdict(before.row, counter, old, new, slack, outcome, detail)


def _tolerance(counter: str, value: float) -> float:
    if counter == FAULTS:
        # Below, so that a half more is more.
        return _FAULTS_STRAY - 1e-9
    if counter == INSTRUCTIONS:
        return max(value * _INSTRUCTIONS_SHARE, _INSTRUCTIONS_STRAY)
    return 1e-9


def _changes(before: RowCounts, after: RowCounts) -> str:
    """By name: "1 more getppid, 2 fewer mmap"."""
    said = []
    for name in sorted({*before.calls, *after.calls}):
        more = after.calls.get(name, 0.0) - before.calls.get(name, 0.0)
        if more:
            word = "more" if more > 0 else "fewer"
            said.append(f"{abs(more):g} {word} {name}")
    return ", ".join(said)


# ---- what is committed -------------------------------------------------------


def read_baseline(path: Path, host_key: str, env_key: str) -> Counts | None:
    """Of this machine and environment; None where none were committed."""
    for machine in _machines(path):
        if _keys(machine) == (host_key, env_key):
            rows = machine.at("rows").members()
            return Counts(tuple(_row(name, node) for name, node in rows))
    return None


def _machines(path: Path) -> tuple[Node, ...]:
    if not path.exists():
        return ()
    document = parse(files.read(path), path.name)
    check_schema(document, SCHEMA)
    return tuple(document.at("machines").items())


def _keys(machine: Node) -> tuple[str, str]:
    return machine.at("host_key").text(), machine.at("env_key").text()


def _row(name: str, node: Node) -> RowCounts:
    return RowCounts(
        name,
        _numbers(node.at("values")),
        _numbers(node.at("calls")),
        _numbers(node.at("slack")),
    )


def _numbers(node: Node) -> Mapping[str, float]:
    return {name: number.number() for name, number in node.members()}


def write_baseline(path: Path, identity: Identity, counts: Counts) -> None:
    """In place of those that were committed for this machine and environment;
    rows that could not be counted are left out."""
    mine = (identity.host_key, identity.env_key)
    others: Sequence[object] = [
        machine.value for machine in _machines(path) if _keys(machine) != mine
    ]
    entry = {
        "host_key": identity.host_key,
        "host": dict(identity.host),
        "env_key": identity.env_key,
        "env": dict(identity.env),
        "rows": {
            row.row: {
                "values": dict(row.values),
                "calls": dict(row.calls),
                "slack": dict(row.slack),
            }
            for row in counts.rows
            if not row.reason
        },
    }
    document = {"schema": SCHEMA, "machines": [*others, entry]}
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    files.replace({path: text.encode()})
