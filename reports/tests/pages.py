# SPDX-License-Identifier: MIT
"""Pages of made-up runs, and what stands in their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mapmark import bundle, report
from tests import synthetic
from tests.markup import Element, read_page
from tests.synthetic import RowSpec


def sealed(
    out: Path, rows: Sequence[RowSpec], conform: bool = True, **bench: Any
) -> bundle.Bundle:
    return bundle.read_bundle(
        synthetic.make_bundle(
            out,
            synthetic.bench_document(rows, **bench),
            rows,
            synthetic.conformance_document() if conform else None,
        )
    )


def page_of(
    out: Path, rows: Sequence[RowSpec], conform: bool = True, **bench: Any
) -> Element:
    return read_page(report.render(sealed(out, rows, conform, **bench)))


def table_rows(found: Element) -> list[list[str]]:
    body = found.one("tbody")
    return [
        [cell.words for cell in row.all() if cell.tag in ("th", "td")]
        for row in body.all("tr")
    ]


def full_rows() -> list[RowSpec]:
    """Of every part of the page: reading in two fillings, phases, writing."""
    rows = [RowSpec(way) for way in ("mapped", "mapped-window", "read")]
    rows += [
        replace(row, cache="scattered", times=[2000.0] * 7) for row in rows
    ]
    rows += synthetic.phase_rows((512_000, 256_000), (600_000, 600_000))
    rows += synthetic.writing_rows(300, 100)
    return rows
