# SPDX-License-Identifier: MIT
"""The marks in rows.txt: which rows the gate looks at, and how."""

from __future__ import annotations

import collections
import subprocess
from pathlib import Path

import pytest

from mapmark.errors import ExitCode, Failure
from mapmark.gate.marks import AREAS, Mark, read_marks
from tests.programs import serving_programs


def marks_of(folder: Path, *lines: str) -> tuple[Mark, ...]:
    path = folder / "rows.txt"
    path.write_text("\n".join(lines))
    return read_marks(path)


def test_a_mark_says_what_stands_in_its_line(tmp_path: Path) -> None:
    (mark,) = marks_of(
        tmp_path,
        "# rows",
        "",
        "lib/library/map time counters evidence mapping faults~0.5 # why",
    )
    assert mark == Mark(
        row="lib/library/map",
        timed=True,
        counted=True,
        control=False,
        evidence=True,
        pair=False,
        operation="mapping",
        fault_slack=0.5,
        most=None,
    )
    assert mark.subject == "lib"


def test_a_row_whose_state_lasts_for_few_iterations_says_so(
    tmp_path: Path,
) -> None:
    (mark,) = marks_of(tmp_path, "write/a time mapping iterations<=1")
    assert mark.most == 1


@pytest.mark.parametrize(
    "line",
    [
        "a/b",
        "a/b mapping",
        "a/b time",
        "a/b time mapping event",
        "a/b time control mapping",
        "a/b counters control",
        "a/b time mapping often",
        "a/b time mapping faults~",
        "a/b time mapping faults~-1",
        "a/b time mapping iterations<=0",
        "a/b counters pair event",
        "a/b/cold time mapping",
    ],
)
def test_a_line_that_makes_no_sense_is_refused(
    tmp_path: Path, line: str
) -> None:
    with pytest.raises(Failure, match=r"rows\.txt:1") as refused:
        marks_of(tmp_path, line)
    assert refused.value.code == ExitCode.INPUT_OUTPUT


def test_a_row_stands_once(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="twice"):
        marks_of(tmp_path, "a/b time event", "a/b counters event")


def test_about_100_rows_of_every_area_are_timed() -> None:
    timed = [mark for mark in read_marks() if mark.timed and not mark.control]
    areas = collections.Counter(mark.operation for mark in timed)
    assert 90 <= len(timed) <= 120
    assert set(areas) == set(AREAS)
    assert min(areas.values()) >= 5


def test_four_controls_use_nothing_of_the_library() -> None:
    controls = [mark for mark in read_marks() if mark.control]
    assert len(controls) == 4
    assert all(mark.operation is None for mark in controls)
    assert not any(mark.evidence for mark in controls)


def test_twelve_rows_of_all_five_areas_are_the_evidence() -> None:
    evidence = [mark for mark in read_marks() if mark.evidence]
    assert len(evidence) == 12
    assert all(mark.timed for mark in evidence)
    assert {mark.operation for mark in evidence} == set(AREAS)
    assert {mark.operation for mark in evidence if mark.counted} >= {
        "mapping",
        "event",
        "port",
    }


def test_every_marked_row_is_one_that_can_be_measured() -> None:
    programs = serving_programs()
    if programs is None:
        pytest.skip("mapmark-bench is not built")
    listed = subprocess.run(
        [programs / "mapmark-bench", "--all", "--list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    missing = {mark.row for mark in read_marks()} - set(listed)
    assert not missing
