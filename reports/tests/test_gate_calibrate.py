# SPDX-License-Identifier: MIT
"""A calibration says what its runs have found, and is kept whole."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from mapmark import __main__
from mapmark.errors import ExitCode
from mapmark.gate import calibrate, calibration, injection, planting, suite
from mapmark.gate.lockstep import Launch, Sides, Task
from tests.gate_programs import MARKS, fake_serve, steal_nothing


def calibrate_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    share_of_unit: float,
    build_id: str = "abc+inject",
) -> int:
    """Launches find what is injected: so much for each unit."""
    random_ = random.Random(1)

    def run_launch(
        sides: Sides, task: Task, scratch: Path, _: random.Random
    ) -> Launch:
        words = task.environment.get(injection.VARIABLE, "work:0")
        units = int(words.partition(":")[2] or 0)
        log = math.log1p(units * share_of_unit + task.planted)
        log += random_.gauss(0.0, 0.002)
        return Launch(log, log, 60, 100, 1000.0, 1000.0, 0.2)

    steal_nothing(monkeypatch)
    monkeypatch.setattr(suite, "run_launch", run_launch)
    monkeypatch.setattr(planting, "run_launch", run_launch)
    monkeypatch.setattr(calibrate, "read_marks", lambda: MARKS)
    fake_serve(tmp_path / "built", build_id)
    arguments = ["gate", "--calibrate", "--runs", "2"]
    arguments += ["--candidate", str(tmp_path / "built")]
    arguments += ["--injected", str(tmp_path / "built")]
    arguments += ["--calibration", str(tmp_path / "kept.json")]
    return __main__.main(arguments)


def test_what_the_runs_found_is_kept_for_this_machine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert calibrate_with(tmp_path, monkeypatch, 0.0001) == ExitCode.OK
    kept = calibration.read(tmp_path / "kept.json")
    assert (kept.aa_reds.found, kept.aa_reds.of) == (0, 2)
    assert (kept.found_5.found, kept.found_5.of) == (4, 4)
    assert (kept.found_10.found, kept.found_10.of) == (4, 4)
    assert set(kept.sds) == {"work/one", "work/two"}
    assert all(0 < sd < 0.01 for sd in kept.sds.values())
    assert "rows found at +5 % 4 of 4" in capfd.readouterr().out


def test_a_machine_on_which_nothing_is_found_is_told_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert calibrate_with(tmp_path, monkeypatch, 0.0) == ExitCode.ENVIRONMENT
    assert "nothing can be gated" in capfd.readouterr().err


def test_a_build_that_cannot_be_slowed_down_calibrates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = calibrate_with(tmp_path, monkeypatch, 0.0001, build_id="abc")
    assert code == ExitCode.ENVIRONMENT
    assert not (tmp_path / "kept.json").exists()
