# SPDX-License-Identifier: MIT
"""mapmark compare: one run against another, in words, a page and a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from mapmark import (
    changes,
    files,
    findings,
    inputs,
    sides,
    table,
    verdict_changes,
)
from mapmark.bundle import Bundle
from mapmark.changes import Changes
from mapmark.errors import ExitCode
from mapmark.page import html
from mapmark.page.changed import (
    ChangedPart,
    SidesPart,
    changed_part,
    sides_part,
)
from mapmark.page.scores import ChangesView, changes_view
from mapmark.statistics import Verdict
from mapmark.terminal import change_lines


@dataclass(frozen=True)
class Compared:
    a: Bundle
    b: Bundle
    changes: Changes
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    title: str
    occasion: str
    bundle: str
    notes: tuple[str, ...]
    changed: ChangedPart
    verdicts: ChangesView | None
    sides: SidesPart
    table_link: str


def compare(a: Bundle, b: Bundle, other_host: bool = False) -> Compared:
    """B against A, if that can mean anything."""
    before, after = sides.results_of(a), sides.results_of(b)
    sides.check_hosts(a, b, other_host)
    return Compared(
        a, b, changes.compare(before, after), tuple(sides.notes(a, b))
    )


def exit_code(found: Changes, fail: bool) -> ExitCode:
    """A regression is told before anything else, and only where asked."""
    if fail and found.in_verdict(Verdict.SLOWER):
        return ExitCode.REGRESSION
    if fail and found.has_lost:
        return ExitCode.INCOMPLETE
    return ExitCode.OK if found.is_decided else ExitCode.INCONCLUSIVE


def in_words(found: Compared, console: Console) -> Iterator[str]:
    """For that console, the answer first."""
    said = found.changes
    yield f"{findings.headline(said)} {findings.summary(said)}"
    yield from found.notes
    yield from findings.limits(said)
    yield from change_lines(said, console)
    yield from findings.left_out(said)
    before, after = found.a.conformance, found.b.conformance
    if before is not None and after is not None:
        changed = verdict_changes.compare(before, after)
        words = " ".join(verdict_changes.sentences(changed))
        yield f"Parsers: {words}"


def write_comparison(found: Compared, out: Path) -> Path:
    """compare.html and compare.csv; returns the page's path."""
    inputs.check_page_folder(out, found.a.path, found.b.path)
    with files.directory(out):
        files.replace(
            {
                out / "compare.html": render(found),
                out / "compare.csv": table.compare_csv(found.changes),
            }
        )
    return out / "compare.html"


def render(found: Compared) -> bytes:
    a, b = found.a.path.name, found.b.path.name
    page = Page(
        title=f"Did it change? {b} against {a}",
        occasion=f"A is {a} · B is {b}",
        bundle=f"{a} and {b}",
        notes=found.notes,
        changed=changed_part(found.changes),
        verdicts=_verdicts(found),
        sides=sides_part(found.a, found.b),
        table_link=html.table_link(table.compare_csv(found.changes)),
    )
    return html.render("compare.html.j2", page)


def _verdicts(found: Compared) -> ChangesView | None:
    before, after = found.a.conformance, found.b.conformance
    if before is None or after is None:
        return None
    return changes_view(before, after)
