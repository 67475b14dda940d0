# SPDX-License-Identifier: MIT
"""mapmark report: one page and one table of a bundle.

The page asks nothing of a network and runs nothing but its own script: what
is inline is named by its hash in the page's content security policy. The same
bundle gives the same bytes.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import jinja2

from mapmark import files, table, units
from mapmark.answers import Answers, answer
from mapmark.bundle import Bundle
from mapmark.errors import usage
from mapmark.page.agreement import AgreementPart, agreement_part
from mapmark.page.answer import AnswerPart, answer_part
from mapmark.page.laboratory import LabView, laboratory_part
from mapmark.page.machine import MachinePart, machine_part
from mapmark.page.price import PricePart, price_part
from mapmark.page.reading import ReadingPart, reading_part
from mapmark.page.rows import RowsPart, rows_part
from mapmark.page.scores import ScorePart, score_part
from mapmark.page.unmeasured import UnmeasuredPart, unmeasured_part
from mapmark.results import Results

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class MeasuredParts:
    """What there is to say only if rows were measured."""

    laboratory: tuple[LabView, ...]
    price: PricePart
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
    if out.exists() and not out.is_dir():
        raise usage(f"--out '{out}' is a file; name a directory")
    if out.resolve().is_relative_to(bundle.path):
        raise usage(
            f"--out '{out}' is in the bundle, which never changes; name "
            "another directory"
        )
    return out


def render(bundle: Bundle) -> bytes:
    """The page as UTF-8; what a path holds that is none becomes `?`."""
    style, script = _template_text("report.css"), _template_text("report.js")
    text = _environment().get_template("report.html.j2").render(
        page=_page(bundle),
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
    )
    return text.encode("utf-8", "replace")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template_text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _page(bundle: Bundle) -> Page:
    results, record = bundle.results, bundle.record
    answers = _no_answers() if results is None else answer(results)
    subject = _subject(results)
    return Page(
        title=f"Map or read? {subject}",
        subject=subject,
        occasion=_occasion(bundle),
        bundle=bundle.path.name,
        is_wine=results is not None and results.context.is_wine,
        answer=answer_part(answers),
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
    return None if found is None else score_part(found)


def _no_answers() -> Answers:
    return Answers("No answer.", "Nothing was measured.", ())


def _measured(bundle: Bundle) -> MeasuredParts | None:
    results = bundle.results
    if results is None:
        return None
    return MeasuredParts(
        laboratory=laboratory_part(results),
        price=price_part(results, bundle.histograms),
        rows=rows_part(results),
        reading=reading_part(results),
        table_link=_table_link(results),
    )


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


def _table_link(results: Results) -> str:
    """The table in the page itself, packed: as text it would be most of
    it."""
    packed = gzip.compress(table.report_csv(results), mtime=0)
    return f"data:application/gzip;base64,{base64.b64encode(packed).decode()}"
