# SPDX-License-Identifier: MIT
"""The patches that a gate must find: they apply, and name rows that it has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mapmark.errors import Failure
from mapmark.gate.marks import AREAS, read_marks
from mapmark.gate.regressions import Regression, read_regressions

ROOT = Path(__file__).resolve().parents[2]
REGRESSIONS = read_regressions(ROOT / "ci/regressions")

each = pytest.mark.parametrize(
    "regression", REGRESSIONS, ids=lambda regression: regression.name
)


def test_there_is_one_for_each_part_of_the_library() -> None:
    assert {regression.name for regression in REGRESSIONS} == set(AREAS)


@each
def test_a_patch_applies(regression: Regression) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this tree is not under version control")
    done = subprocess.run(
        ["git", "apply", "--check", regression.path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@each
def test_a_patch_changes_the_library_alone(regression: Regression) -> None:
    changed = [
        line.split()[1]
        for line in regression.path.read_text().splitlines()
        if line.startswith(("--- ", "+++ "))
    ]
    assert changed
    assert all(path[1:].startswith("/lib/src/") for path in changed)


@each
def test_what_is_to_be_red_is_evidence_of_that_part(
    regression: Regression,
) -> None:
    marks = {mark.row: mark for mark in read_marks()}
    for row in regression.red:
        assert marks[row].evidence
        assert marks[row].operation == regression.name


@each
def test_what_may_be_red_is_of_that_part_as_well(
    regression: Regression,
) -> None:
    for mark in read_marks():
        if mark.evidence and regression.may_be_red(mark.row):
            assert mark.operation == regression.name
        if mark.control:
            assert not regression.may_be_red(mark.row)


def test_a_patch_that_does_not_say_what_it_does_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "event.patch").write_text("diff --git a/x b/x\n")
    with pytest.raises(Failure, match="which rows are to be red"):
        read_regressions(tmp_path)


def test_a_folder_without_patches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no patches"):
        read_regressions(tmp_path)
