# SPDX-License-Identifier: MIT
"""Conformance: what each parser scored, by class of cases and epoch, and what
has changed since an earlier run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mapmark import epochs, verdict_changes
from mapmark.conformance import Case, Conformance, Result
from mapmark.page.cases import ClassView, class_views
from mapmark.page.tables import (
    NOTHING,
    Cell,
    Table,
    count_cell,
    make_table,
    name_cell,
    without_empty_columns,
)

# Best first; what else a later version says stands behind them.
_VERDICTS = ("pass", "non-strict", "info", "fail", "flaky", "error")
_GOOD = frozenset(("pass", "non-strict", "info"))

# More would outgrow the page; the bundle has them all.
_DEVIATIONS_SHOWN = 200


@dataclass(frozen=True)
class ScorePart:
    sentences: tuple[str, ...]
    totals: Table
    classes: tuple[Table, ...]
    sides: Table
    differing: int
    deviations: Table
    deviations_hidden: int
    cases: tuple[ClassView, ...]
    changes: ChangesView | None


@dataclass(frozen=True)
class ChangesView:
    """Against an earlier run."""

    sentences: tuple[str, ...]
    table: Table


def score_part(
    found: Conformance, before: Conformance | None = None
) -> ScorePart:
    deviations = list(_deviations(found))
    columns = ("case", "parser", "epoch", "verdict", "expected", "found")
    return ScorePart(
        sentences=(*_sentences(found), *_left_out(found)),
        totals=_totals(found),
        classes=tuple(_classes(found, epoch) for epoch in found.epochs),
        sides=_sides(found),
        differing=len(epochs.differing(found)),
        deviations=make_table(
            "deviations",
            "Cases that failed",
            (*columns, "clause", "why it matters"),
            deviations[:_DEVIATIONS_SHOWN],
            text_columns=8,
        ),
        deviations_hidden=max(0, len(deviations) - _DEVIATIONS_SHOWN),
        cases=class_views(found),
        changes=None if before is None else changes_view(before, found),
    )


def changes_view(before: Conformance, after: Conformance) -> ChangesView:
    found = verdict_changes.compare(before, after)
    table = make_table(
        "verdict-changes",
        "Verdicts and outcomes that differ",
        ("case", "parser", "epoch", "before", "now"),
        [
            (
                name_cell(change.case),
                Cell(change.subject),
                Cell(change.epoch),
                Cell(change.before.words),
                Cell(change.after.words),
            )
            for change in found.changes[:_DEVIATIONS_SHOWN]
        ],
        text_columns=5,
    )
    return ChangesView(tuple(verdict_changes.sentences(found)), table)


def _sentences(found: Conformance) -> Iterator[str]:
    for subject in found.subjects:
        scores = []
        for epoch in found.epochs:
            counts = found.count(subject.name, epoch)
            total = sum(counts.values())
            good = sum(counts[verdict] for verdict in _GOOD)
            if found.is_judged(subject.name, epoch):
                scores.append(f"{good} of {total} by {epoch}")
        said = ", ".join(scores) or "no case"
        yield f"{subject.name} {subject.version}: {said}."


def _left_out(found: Conformance) -> Iterator[str]:
    left = found.corpus_cases - len(found.cases)
    if left:
        yield (
            f"{left} of {found.corpus_cases} cases of the corpus were left "
            "out: the quick plan asks no large ones."
        )
    if not any(result.splits for case in found.cases for result in case.results):
        yield (
            "Messages came whole and octet by octet, and were not cut in two: "
            "the full plan does that at every place."
        )


def _sides(found: Conformance) -> Table:
    columns = ("both", epochs.OLD, epochs.NEW, "neither")
    rows = []
    for subject in found.subjects:
        counts = epochs.sides(found, subject.name)
        if counts:
            cells = (count_cell(counts[side]) for side in columns)
            rows.append((Cell(subject.name), *cells))
    return make_table(
        "sides",
        "Cases that the RFCs rule differently on, by who accepts what it did",
        ("parser", "both", f"only {epochs.OLD}", f"only {epochs.NEW}", "neither"),
        rows,
    )


def _totals(found: Conformance) -> Table:
    verdicts = _verdicts(found)
    rows = []
    for subject in found.subjects:
        for epoch in found.epochs:
            counts = found.count(subject.name, epoch)
            if not found.is_judged(subject.name, epoch):
                continue
            start = (Cell(subject.name), Cell(epoch))
            rows.append((*start, *_counts(verdicts, counts)))
    table = make_table(
        "scores",
        "Cases by verdict",
        ("parser", "epoch", *verdicts),
        rows,
        text_columns=2,
    )
    return without_empty_columns(table, keep=2)


def _counts(
    verdicts: tuple[str, ...], counts: Counter[str]
) -> Iterator[Cell]:
    for verdict in verdicts:
        count = counts[verdict]
        yield count_cell(count) if count else NOTHING


def _verdicts(found: Conformance) -> tuple[str, ...]:
    there = {
        verdict
        for case in found.cases
        for result in case.results
        for verdict in result.verdicts.values()
    }
    return (*_VERDICTS, *sorted(there - set(_VERDICTS)))


def _classes(found: Conformance, epoch: str) -> Table:
    """Cases without a deviation, of all, by class and parser."""
    rows = [
        (Cell(class_name), *_class_cells(found, epoch, class_name))
        for class_name in found.classes
    ]
    return make_table(
        f"classes-{epoch}",
        f"By {epoch}: cases without a deviation, of all",
        ("class", *(subject.name for subject in found.subjects)),
        rows,
    )


def _class_cells(
    found: Conformance, epoch: str, class_name: str
) -> Iterator[Cell]:
    for subject in found.subjects:
        counts = found.count(subject.name, epoch, class_name)
        total = sum(counts.values())
        good = sum(counts[verdict] for verdict in _GOOD)
        if not total or not found.is_judged(subject.name, epoch):
            yield NOTHING
        else:
            look = "" if good == total else "lacking"
            yield Cell(f"{good} of {total}", f"{good / total:.6g}", look)


def _deviations(found: Conformance) -> Iterator[tuple[Cell, ...]]:
    for case in found.cases:
        for result in case.results:
            for epoch, verdict in sorted(result.verdicts.items()):
                if verdict not in _GOOD:
                    yield _deviation(case, result, epoch, verdict)


def _deviation(
    case: Case, result: Result, epoch: str, verdict: str
) -> tuple[Cell, ...]:
    ruling = case.rulings.get(epoch)
    return (
        name_cell(case.id),
        Cell(result.subject),
        Cell(epoch),
        Cell(verdict),
        Cell(ruling.accepted if ruling else "–"),
        Cell(result.outcome),
        Cell(f"{ruling.level} {ruling.clause}" if ruling else "–"),
        Cell(result.detail or case.why),
    )
