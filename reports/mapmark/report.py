# SPDX-License-Identifier: MIT
"""mapmark report: one page and one table of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mapmark import files, inputs, table, units
from mapmark.bundle import Bundle, conformance_before
from mapmark.conclusions import NOTHING, conclude
from mapmark.page import html
from mapmark.page.agreement import AgreementPart, agreement_part
from mapmark.page.answer import AnswerPart, answer_part
from mapmark.page.filling import filling_part
from mapmark.page.laboratory import laboratory_part
from mapmark.page.machine import MachinePart, machine_part
from mapmark.page.messages import message_table
from mapmark.page.phases import PhasesPart, phases_part
from mapmark.page.pressure import PressurePart, pressure_part
from mapmark.page.price import PricePart, price_part
from mapmark.page.reading import ReadingPart, reading_part
from mapmark.page.rows import RowsPart, rows_part
from mapmark.page.scores import ScorePart, score_part
from mapmark.page.tables import ChartView, Table
from mapmark.page.unmeasured import UnmeasuredPart, unmeasured_part
from mapmark.page.views import ViewsPart, views_part
from mapmark.page.wakeups import WakeupsPart, wakeups_part
from mapmark.results import Results
from mapmark.workloads import Workload, workloads


@dataclass(frozen=True)
class MeasuredParts:
    """What there is to say only if rows were measured."""

    workloads: tuple[Workload, ...]
    laboratory: tuple[ChartView, ...]
    price: PricePart
    views: ViewsPart
    pressure: PressurePart
    filling: Table
    phases: PhasesPart
    wakeups: WakeupsPart
    messages: Table | None
    rows: RowsPart
    reading: ReadingPart
    table_link: str


@dataclass(frozen=True)
class Page:
    title: str
    subject: str
    occasion: str
    bundle: str
    is_wine: bool
    answer: AnswerPart
    unmeasured: UnmeasuredPart
    machine: MachinePart
    agreement: AgreementPart | None
    measured: MeasuredParts | None
    scores: ScorePart | None


def write_report(bundle: Bundle, out: Path | None) -> Path:
    """report.html and report.csv; returns the page's path."""
    folder = _folder(bundle, out)
    contents = {folder / "report.html": render(bundle)}
    if bundle.results is not None:
        lines = table.report_csv(bundle.results)
        contents[folder / "report.csv"] = lines
    with files.directory(folder):
        files.replace(contents)
    return folder / "report.html"


def _folder(bundle: Bundle, out: Path | None) -> Path:
    """Beside the bundle, which is never changed."""
    if out is None:
        return bundle.path.with_name(f"{bundle.path.name}-report")
    inputs.check_page_folder(out, bundle.path)
    return out


def render(bundle: Bundle) -> bytes:
    return html.render("report.html.j2", _page(bundle))


def _page(bundle: Bundle) -> Page:
    results, record = bundle.results, bundle.record
    conclusions = NOTHING if results is None else conclude(results)
    subject = _subject(results)
    return Page(
        title=f"Map or read? {subject}",
        subject=subject,
        occasion=_occasion(bundle),
        bundle=bundle.path.name,
        is_wine=results is not None and results.context.is_wine,
        answer=answer_part(conclusions),
        unmeasured=unmeasured_part(bundle),
        machine=machine_part(record, results),
        agreement=_agreement(bundle),
        measured=_measured(bundle),
        scores=_scores(bundle),
    )


def _agreement(bundle: Bundle) -> AgreementPart | None:
    found = bundle.agreement
    return None if found is None else agreement_part(found)


def _scores(bundle: Bundle) -> ScorePart | None:
    found = bundle.conformance
    if found is None:
        return None
    return score_part(found, conformance_before(bundle))


def _measured(bundle: Bundle) -> MeasuredParts | None:
    results = bundle.results
    if results is None:
        return None
    return MeasuredParts(
        workloads=workloads(results),
        laboratory=laboratory_part(results),
        price=price_part(results, bundle.histograms, _calls(bundle, results)),
        views=views_part(results),
        pressure=pressure_part(results),
        filling=filling_part(results),
        phases=phases_part(results),
        wakeups=wakeups_part(results, bundle.histograms),
        messages=message_table(results, bundle.conformance),
        rows=rows_part(results),
        reading=reading_part(results),
        table_link=html.table_link(table.report_csv(results)),
    )


def _calls(bundle: Bundle, results: Results) -> dict[str, float]:
    """System calls an access, by row, where they were counted."""
    if bundle.calls is None:
        return {}
    found = {row.name: bundle.calls.per_access(row) for row in results.rows}
    return {name: calls for name, calls in found.items() if calls is not None}


def _subject(results: Results | None) -> str:
    """What was measured: the file, or the sizes of generated ones."""
    if results is None:
        return "nothing was measured"
    file = results.context.file
    if file is not None:
        made = "" if file.is_given else ", generated"
        return f"{file.path}, {units.size(file.size_bytes)}{made}"
    sizes = sorted({row.numbers.get("size", 0) for row in results.rows})
    known = [units.size(size) for size in sizes if size]
    if not known:
        return "no file"
    listed = ", ".join(known[:-1])
    if not listed:
        return f"a generated file of {known[0]}"
    return f"generated files of {listed} and {known[-1]}"


def _occasion(bundle: Bundle) -> str:
    """When, where and how much, in a line."""
    record, results = bundle.record, bundle.results
    parts = [record.started[:10]]
    cpu = record.identity.about.get("cpu")
    parts += [str(cpu)] if cpu else []
    if results is not None:
        parts.append(results.context.system)
        plan = "quick plan" if record.plan.quick else "full plan"
        parts.append(f"{plan}, {len(results.rows)} rows")
    return " · ".join(parts)
