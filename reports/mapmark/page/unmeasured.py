# SPDX-License-Identifier: MIT
"""What was not measured, or may not be believed, and why; what no report of
this kind covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapmark.agreement import some_of
from mapmark.bundle import BENCH, Bundle
from mapmark.comparisons import WRITE
from mapmark.questions import PROMISE_WORDS
from mapmark.page.tables import (
    Cell,
    Table,
    count_cell,
    make_table,
    name_cell,
    state_cell,
)
from mapmark.record import Record
from mapmark.results import MISSING, Results

# What is worth a line, worst first.
_STATES = ("error", "void", "inconclusive", "unproved", "unsupported")

# With these a program has done its work; 4, 5 and 77 are told by the rows.
_QUIET_CODES = (0, 4, 5, 6, 77)

_STATE_MEANS = {
    "error": "failed",
    "void": "shown not to hold its conditions, in no answer",
    "inconclusive": "scattered or drifted too much, in no answer",
    "unproved": "its conditions could not be shown, answers say so",
    "unsupported": "cannot be done here",
    MISSING: "planned, and never ran",
}


@dataclass(frozen=True)
class UnmeasuredPart:
    summary: str
    table: Table
    troubles: tuple[str, ...]
    limits: tuple[str, ...]


def unmeasured_part(bundle: Bundle) -> UnmeasuredPart:
    return UnmeasuredPart(
        summary=_summary(bundle.results),
        table=_table(bundle.results),
        troubles=tuple(_troubles(bundle.record)),
        limits=tuple(_limits(bundle)),
    )


def _summary(results: Results | None) -> str:
    if results is None:
        return "Nothing was measured."
    planned = len({*results.expected, *(row.name for row in results.rows)})
    parts = [f"{len(results.in_state('ok'))} ok"]
    for state in _STATES:
        count = len(results.in_state(state))
        parts += [f"{count} {state}"] if count else []
    parts += [f"{len(results.missing)} missing"] if results.missing else []
    if len(parts) == 1:
        return f"All {planned} rows of the plan were measured and proved."
    return f"Of {planned} rows of the plan: {', '.join(parts)}."


def _table(results: Results | None) -> Table:
    """One line a state and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    if results is not None:
        for state in _STATES:
            for row in results.in_state(state):
                found.setdefault((state, row.reason), []).append(row.name)
        if results.missing:
            why = "the program ended before it"
            if results.context.is_complete:
                why = "the program left it out"
            found[MISSING, why] = list(results.missing)
    rows = [
        (
            state_cell(state),
            Cell(_STATE_MEANS[state]),
            Cell(reason or "no reason was given"),
            name_cell(some_of(names)),
            count_cell(len(names)),
        )
        for (state, reason), names in found.items()
    ]
    columns = ("state", "that is", "reason", "rows", "count")
    return make_table("unmeasured", "Not ok", columns, rows, text_columns=4)


def _troubles(record: Record) -> Iterator[str]:
    """How programs ended that did not end well."""
    for end in record.programs:
        if end.exit_code not in _QUIET_CODES:
            said = f"; it said: {end.stderr[-1]}" if end.stderr else ""
            yield f"{end.name} {end.ended}{said}."
    for name, why in sorted(record.absent.items()):
        yield f"{name} is absent: {why}."


def _limits(bundle: Bundle) -> Iterator[str]:
    plan, results = bundle.record.plan, bundle.results
    if plan.filter is not None:
        yield f"Only rows that match “{plan.filter}” were planned."
    if plan.quick:
        yield "The quick plan leaves rows out: fewer sizes, one consumer."
    if results is not None:
        if not results.context.is_complete:
            yield f"The plan was not finished when {BENCH} was written."
        yield from _state_limits(results)
        yield from _writing_limits(results)
    yield (
        "Nothing is said about several processes at once, or about other "
        "machines, file systems and storage."
    )


def _state_limits(results: Results) -> Iterator[str]:
    caches = {
        row.words.get("cache")
        for row in results.rows
        if row.is_usable and row.subject != WRITE
    }
    if "cold" not in caches:
        yield "Nothing is said about a file that is not in the cache."
    if "warm" not in caches:
        yield "Nothing is said about a file that is in the cache."


def _writing_limits(results: Results) -> Iterator[str]:
    """Of both promises: none at all, or the one that is not there."""
    promises = {
        row.words.get("promise")
        for row in results.rows
        if row.is_usable and row.subject == WRITE
    }
    if not promises:
        yield "Nothing is said about writing."
        return
    for promise, words in PROMISE_WORDS.items():
        if promise not in promises:
            yield f"Nothing is said about writing {words}."
