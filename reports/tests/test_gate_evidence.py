# SPDX-License-Identifier: MIT
"""What has been shown of the gate is kept line by line, and counted."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mapmark.gate import evidence
from mapmark.gate.ledger import (
    Ledger,
    Line,
    RowLine,
    clopper_pearson,
    summary,
)
from tests.programs import environment


def line(part: str = "aa-idle", share: float = 0.0, red: int = 0) -> Line:
    rows = [
        RowLine(
            f"row/{n}", "regression" if n < red else "equivalent", 0.1, 10, share
        )
        for n in range(12)
    ]
    return Line(part, share, "abc", "2026-01-01T00:00:00Z", 20.0, 0.0, (), tuple(rows))


def leave_half_a_line(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"schema": "mapm')


def test_a_stopped_part_goes_on_with_what_is_in_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "folder" / "results.jsonl"
    with Ledger(path, "host") as ledger:
        ledger.append(line())
        ledger.append(line("power", 0.05, red=12))
    with Ledger(path, "host") as ledger:
        assert ledger.count("aa-idle", 0.0) == 1
        assert ledger.count("power", 0.05) == 1
        assert ledger.lines == [line(), line("power", 0.05, red=12)]


def test_lines_of_another_machine_and_half_a_line_do_not_count(
    tmp_path: Path,
) -> None:
    path = tmp_path / "results.jsonl"
    with Ledger(path, "other") as ledger:
        ledger.append(line())
    leave_half_a_line(path)
    with Ledger(path, "host") as ledger:
        assert not ledger.lines
        assert ledger.count("aa-idle", 0.0) == 0
        assert ledger.others == {"other": [line()]}


def test_half_a_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with Ledger(path, "host") as ledger:
        ledger.append(line())
    leave_half_a_line(path)
    with Ledger(path, "host") as ledger:
        ledger.append(line("aa-busy"))
    with Ledger(path, "host") as ledger:
        assert ledger.lines == [line(), line("aa-busy")]


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (0, 60, 0.0, 0.0487),
        (300, 300, 0.9901, 1.0),
        (60, 60, 0.9513, 1.0),
        (5, 10, 0.2224, 0.7776),
    ],
)
def test_bounds_are_those_of_the_binomial_distribution(
    found: int, of: int, low: float, high: float
) -> None:
    assert clopper_pearson(found, of) == pytest.approx((low, high), abs=1e-4)


def test_the_summary_counts_runs_and_rows_and_names_what_was_missed() -> None:
    lines = [line(), line(), line("power", 0.05, red=11)]
    said = "\n".join(summary(lines))
    assert "aa-idle: 2 runs of 20 s, 0 invalid" in said
    assert "suite runs with a red: 0 of 2" in said
    assert "rows regression: 11 of 12" in said
    assert "row/11: 0 of 1, planted 5.0 % to 5.0 %" in said.replace("%", " %")


def test_a_line_of_many_repeats_counts_as_so_many(tmp_path: Path) -> None:
    many = replace(line("counters-none"), repeats=50)
    with Ledger(tmp_path / "results.jsonl", "host") as ledger:
        ledger.append(many)
        ledger.append(line("counters-none"))
    with Ledger(tmp_path / "results.jsonl", "host") as ledger:
        assert ledger.count("counters-none", 0.0) == 51
        said = "\n".join(summary(ledger.lines))
    assert "counters-none: 51 runs of 20 s" in said
    assert "rows equivalent: 612 of 612" in said


def test_an_invalid_run_is_told_and_not_counted() -> None:
    bad = Line("aa-idle", 0.0, "abc", "", 20.0, 0.2, ("stolen",), line(red=3).rows)
    said = "\n".join(summary([line(), bad]))
    assert "2 runs of 20 s, 1 invalid" in said
    assert "suite runs with a red: 0 of 1" in said


def test_what_other_machines_have_shown_is_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.jsonl"
    with Ledger(path, "0123456789abcdef" * 4) as ledger:
        ledger.append(line(red=1))
    assert evidence.main(["--summary", "--results", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "nothing yet from this machine",
        "",
        "from the machine 0123456789abcdef",
        "aa-idle: 1 runs of 20 s, 0 invalid",
    ]


def test_a_reader_of_the_summary_may_go(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "mapmark.gate.evidence",
            "--summary",
            "--results",
            str(tmp_path / "results.jsonl"),
        ],
        env=environment(None),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (74, b"")
