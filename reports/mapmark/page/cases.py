# SPDX-License-Identifier: MIT
"""Every conformance case: its octets, what both RFCs say, what parsers did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapmark.conformance import Case, Conformance, Result, Ruling
from mapmark.page.tables import NOTHING, Cell, Table, fact_table, name_cell

#: Of what is shown of a case's octets; --show tells the rest.
_WIRE_SHOWN = 400


@dataclass(frozen=True)
class ClassView:
    heading: str
    table: Table


def class_views(found: Conformance) -> tuple[ClassView, ...]:
    return tuple(_class_view(found, name) for name in found.classes)


def _class_view(found: Conformance, class_name: str) -> ClassView:
    cases = [case for case in found.cases if case.class_name == class_name]
    subjects = [subject.name for subject in found.subjects]
    table = fact_table(
        f"cases-{class_name}",
        f"Cases of the class {class_name}",
        ("case", "octets", *found.epochs, "why", *subjects),
        [tuple(_cells(found, case)) for case in cases],
    )
    word = "case" if len(cases) == 1 else "cases"
    return ClassView(f"{class_name}, {len(cases)} {word}", table)


def _cells(found: Conformance, case: Case) -> Iterator[Cell]:
    yield name_cell(case.id)
    yield Cell(_octets(case), class_name="wire")
    for epoch in found.epochs:
        yield _ruling_cell(case.rulings.get(epoch))
    yield Cell(_why(case))
    results = {result.subject: result for result in case.results}
    for subject in found.subjects:
        yield _result_cell(case, results.get(subject.name))


def _octets(case: Case) -> str:
    shown = case.wire[:_WIRE_SHOWN]
    if len(case.wire) > len(shown) or case.wire_octets > len(case.wire):
        shown += f"… ({case.wire_octets} octets)"
    return shown


def _ruling_cell(ruling: Ruling | None) -> Cell:
    if ruling is None:
        return NOTHING
    return Cell(f"{ruling.accepted} · {ruling.level} {ruling.clause}")


def _why(case: Case) -> str:
    told = [case.why]
    if case.answers and case.answers != "GET":
        told.append(f"Answers {case.answers}.")
    if case.peer == "eof":
        told.append("The sender closes.")
    if case.harm:
        told.append(f"Harm: {case.harm}.")
    if case.refs:
        told.append(case.refs)
    return " ".join(told)


def _result_cell(case: Case, result: Result | None) -> Cell:
    """An outcome is told where the verdict does not tell it."""
    if result is None:
        return NOTHING
    verdicts = [
        result.verdicts[epoch]
        for epoch in sorted(case.rulings)
        if epoch in result.verdicts
    ]
    words = "/".join(dict.fromkeys(verdicts))
    if words != "pass":
        words = f"{words}: {result.outcome}"
    worst = "lacking" if {"fail", "flaky", "error"} & set(verdicts) else ""
    return Cell(words, class_name=worst)
