# SPDX-License-Identifier: MIT
"""The files of a gate, in one folder: all of them or none."""

from __future__ import annotations

import os
from pathlib import Path

from mapmark import files
from mapmark.gate.junit import as_junit
from mapmark.gate.result import Result, as_json
from mapmark.gate.words import markdown
from mapmark.page.gate import render

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def write(result: Result, out: Path) -> Path:
    """Returns the page's path."""
    with files.directory(out):
        files.replace(
            {
                out / "gate.json": as_json(result),
                out / "gate.xml": as_junit(result),
                out / "gate.md": markdown(result),
                out / "gate.html": render(result),
            }
        )
    return out / "gate.html"


def add_to_step_summary(result: Result) -> None:
    """Where a CI job offers a place for it; what other steps have written
    stays, and counts."""
    place = os.environ.get(STEP_SUMMARY)
    if place:
        with Path(place).open("ab") as file:
            file.write(markdown(result))
