# SPDX-License-Identifier: MIT
"""The gate's own mutants: what is wrong with its inputs or with itself, and
the exit code that says so."""

from __future__ import annotations

import dataclasses
import json
import mmap
from pathlib import Path

import pytest

from mapmark import __main__, identity
from mapmark.errors import ExitCode
from mapmark.gate import calibration, conduct, judgement, lockstep
from mapmark.gate.calibration import Calibration, Share
from mapmark.gate.counters import Counts, RowCounts
from tests.gate_programs import (
    MARKS,
    ROWS,
    build_of,
    fake_serve,
    steal_nothing,
)

HOST = identity.identify_build({}, 0, Path("/"))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows, whose counters are those of no program, and as few pairs
    as tell a fifth from nothing."""
    monkeypatch.setattr(lockstep, "PAIRS", lockstep.PAIRS_LEAST)
    monkeypatch.setattr(conduct, "read_marks", lambda: MARKS)
    monkeypatch.setattr(conduct, "count", lambda *_, **__: Counts(()))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    steal_nothing(monkeypatch)


def calibrated(path: Path, **changes: object) -> Path:
    good = Calibration(
        host_key=HOST.host_key,
        host=HOST.host,
        kernel=calibration.kernel(),
        made=calibration.now(),
        aa_reds=Share(0, 3),
        found_5=Share(36, 36),
        found_10=Share(36, 36),
        sds={},
    )
    calibration.write(
        dataclasses.replace(good, **changes),  # type: ignore[arg-type]
        path,
    )
    return path


def gate(tmp_path: Path, *more: str | Path) -> int:
    """Of the stand-ins in `a` and `b`, on a machine whose calibration is
    good unless there is another one."""
    kept = tmp_path / "calibration.json"
    if not kept.exists():
        calibrated(kept)
    arguments = ["gate", "--baseline", tmp_path / "a"]
    arguments += ["--candidate", tmp_path / "b", "--calibration", kept]
    arguments += ["--counters", tmp_path / "counters.json", *more]
    return __main__.main([str(argument) for argument in arguments])


def two_builds(tmp_path: Path, slower: float = 1.0) -> None:
    fake_serve(tmp_path / "a", "a")
    times = dict(ROWS, **{"work/one": ROWS["work/one"] * slower})
    fake_serve(tmp_path / "b", "b", times)


def test_equal_builds_pass(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    two_builds(tmp_path)
    assert gate(tmp_path) == ExitCode.OK
    said = capfd.readouterr().out
    assert said.startswith("No regression. 2 rows timed")
    assert "equal builds red in 0 of 3" in said


def test_a_slower_row_is_1_and_named_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    two_builds(tmp_path, slower=1.2)
    assert gate(tmp_path) == ExitCode.REGRESSION
    lines = capfd.readouterr().out.splitlines()
    rows = [line for line in lines if line.endswith(tuple(ROWS))]
    assert rows[0].startswith("regression") and "work/one" in rows[0]
    assert rows[1].startswith("equivalent") and "work/two" in rows[1]


def test_a_deleted_benchmark_is_5(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    two_builds(tmp_path)
    left = {row: ns for row, ns in ROWS.items() if row != "work/two"}
    fake_serve(tmp_path / "b", "b", left)
    assert gate(tmp_path) == ExitCode.INCOMPLETE
    assert "Missing: work/two" in capfd.readouterr().out


def test_a_new_benchmark_is_told_and_not_gated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake_serve(tmp_path / "a", "a")
    fake_serve(tmp_path / "b", "b", dict(ROWS, **{"work/new": 1.0}))
    assert gate(tmp_path) == ExitCode.OK
    assert "New, and not gated: work/new" in capfd.readouterr().out


@pytest.mark.parametrize("trouble", ["crashing", "void", "refused"])
def test_a_benchmark_that_only_the_candidate_fails_at_is_5(
    tmp_path: Path, trouble: str
) -> None:
    two_builds(tmp_path)
    fails = {trouble: ["work/two"]}
    fake_serve(tmp_path / "b", "b", **fails)  # type: ignore[arg-type]
    assert gate(tmp_path) == ExitCode.INCOMPLETE


def test_a_benchmark_that_both_fail_at_is_told_and_not_gated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake_serve(tmp_path / "a", "a", refused=["work/two"])
    fake_serve(tmp_path / "b", "b", refused=["work/two"])
    assert gate(tmp_path) == ExitCode.OK
    said = capfd.readouterr().out
    assert "Not compared: work/two" in said and "not here" in said


def test_a_candidate_without_rows_is_5(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    two_builds(tmp_path)
    fake_serve(tmp_path / "b", "b", {})
    assert gate(tmp_path) == ExitCode.INCOMPLETE
    assert "names no rows" in capfd.readouterr().err


def test_a_candidate_that_says_nothing_is_5(tmp_path: Path) -> None:
    two_builds(tmp_path)
    fake_serve(tmp_path / "b", "b", greets=False)
    assert gate(tmp_path) == ExitCode.INCOMPLETE


@pytest.mark.parametrize("file", ["calibration.json", "counters.json"])
def test_an_emptied_json_file_is_74(tmp_path: Path, file: str) -> None:
    two_builds(tmp_path)
    (tmp_path / file).write_text("")
    assert gate(tmp_path) == ExitCode.INPUT_OUTPUT


def test_swapped_times_are_3_in_the_run_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A real slow-down would be told as an improvement."""
    two_builds(tmp_path, slower=1.2)
    take_pairs = lockstep._take_pairs

    def swapped(
        workers: list[lockstep.Worker], *rest: object
    ) -> list[tuple[lockstep._Slice, lockstep._Slice]]:
        pairs = take_pairs(workers, *rest)  # type: ignore[arg-type]
        return [(b, a) for a, b in pairs]

    monkeypatch.setattr(lockstep, "_take_pairs", swapped)
    assert gate(tmp_path) == ExitCode.ENVIRONMENT
    assert "planted on the candidate's side" in capfd.readouterr().out


def test_swapped_programs_are_3(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What is asked for and what answers are two builds."""
    two_builds(tmp_path)
    sides_of = conduct.Sides

    def swapped(a: lockstep.Build, b: lockstep.Build) -> lockstep.Sides:
        return sides_of(
            dataclasses.replace(a, program=b.program),
            dataclasses.replace(b, program=a.program),
        )

    monkeypatch.setattr(conduct, "Sides", swapped)
    assert gate(tmp_path) == ExitCode.ENVIRONMENT
    assert "mixed up" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host_key": "0" * 64}, "corrupted"),
        ({"host": {"cpu_model": "another"}}, "corrupted"),
        (
            {
                "host": {"cpu_model": "another"},
                "host_key": identity.key_of({"cpu_model": "another"}),
            },
            "of another machine",
        ),
        ({"made": "2020-01-01T00:00:00Z"}, "stale"),
        ({"made": "2999-01-01T00:00:00Z"}, "no day that has been"),
        ({"kernel": "Linux 0.1"}, "stale"),
        ({"aa_reds": Share(1, 3)}, "equal builds were red"),
        ({"found_10": Share(20, 36)}, "only 20 of 36"),
    ],
)
def test_a_calibration_that_cannot_vouch_is_3(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    changes: dict[str, object],
    said: str,
) -> None:
    two_builds(tmp_path)
    calibrated(tmp_path / "calibration.json", **changes)
    assert gate(tmp_path) == ExitCode.ENVIRONMENT
    assert said in capfd.readouterr().err


def test_no_calibration_is_3_unless_one_does_without(tmp_path: Path) -> None:
    two_builds(tmp_path)
    none = ["--calibration", str(tmp_path / "none.json")]
    assert gate(tmp_path, *none) == ExitCode.ENVIRONMENT
    assert gate(tmp_path, *none, "--uncalibrated") == ExitCode.OK


def test_a_build_that_is_undecided_is_4_or_0_as_is_wished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_builds(tmp_path)
    monkeypatch.setattr(judgement, "settle", dict.fromkeys)
    undecided = ["--budget", "0s"]
    assert gate(tmp_path, *undecided) == ExitCode.INCONCLUSIVE
    passes = [*undecided, "--inconclusive", "pass"]
    assert gate(tmp_path, *passes) == ExitCode.OK


def test_one_more_call_an_iteration_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_builds(tmp_path)
    made = iter([2.0, 3.0])

    def count(*_: object, **__: object) -> Counts:
        calls = {"calls": next(made)}
        return Counts((RowCounts("work/one", calls, {}, {}),))

    monkeypatch.setattr(conduct, "count", count)
    assert gate(tmp_path) == ExitCode.REGRESSION


def test_a_deviating_parser_is_6(tmp_path: Path) -> None:
    two_builds(tmp_path)
    conform = tmp_path / "b" / "mapmark-conform"
    conform.write_text("#!/bin/sh\necho 1 deviation changed\nexit 6\n")
    conform.chmod(0o755)
    assert gate(tmp_path) == ExitCode.DEVIATION


def test_no_baseline_and_nonsense_are_2(tmp_path: Path) -> None:
    two_builds(tmp_path)
    assert gate(tmp_path, "--baseline", "no-such-commit") == ExitCode.USAGE
    assert gate(tmp_path, "--budget", "soon") == ExitCode.USAGE
    assert gate(tmp_path, "--filter", "(") == ExitCode.USAGE
    assert gate(tmp_path, "--inconclusive", "maybe") == ExitCode.USAGE
    assert __main__.main(["gate", "--candidate", str(tmp_path / "b")]) == 2


def test_a_filter_that_leaves_no_row_is_77(tmp_path: Path) -> None:
    two_builds(tmp_path)
    assert gate(tmp_path, "--filter", "nothing") == ExitCode.NOTHING_RAN


def test_the_files_of_a_gate_say_the_same(tmp_path: Path) -> None:
    two_builds(tmp_path, slower=1.2)
    out = tmp_path / "out"
    assert gate(tmp_path, "--out", out) == ExitCode.REGRESSION
    told = json.loads((out / "gate.json").read_text())
    assert told["exit_code"] == 1
    assert told["times"][0]["row"] == "work/one"
    assert told["times"][0]["verdict"] == "regression"
    assert "| regression |" in (out / "gate.md").read_text()
    assert '<failure type="regression"' in (out / "gate.xml").read_text()
    page = (out / "gate.html").read_text()
    assert "The candidate is worse: exit code 1" in page
    assert "<svg" in page and "work/one" in page


def test_committed_counts_are_looked_for_by_the_whole_environment(
    tmp_path: Path,
) -> None:
    """A page size that is left out is another environment: never found."""
    program = fake_serve(tmp_path / "a", "a")
    side = build_of(program, "baseline", "a")
    host = conduct.identify(lockstep.Sides(side, side), tmp_path)
    assert host.env["page_bytes"] == mmap.PAGESIZE
    assert host.env["build_type"] == "Release"
