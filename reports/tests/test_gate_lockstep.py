# SPDX-License-Identifier: MIT
"""Workers and launches, with programs whose times are known."""

from __future__ import annotations

import math
import os
import random
from pathlib import Path

import pytest

from mapmark.errors import ExitCode, Failure
from mapmark.gate.lockstep import Sides, Task, Unusable, run_launch
from mapmark.gate.worker import Broken, Worker
from tests.gate_programs import ROWS, build_of, fake_serve


def sides_of(tmp_path: Path, slower: float = 1.0, **more: object) -> Sides:
    times = {row: ns * slower for row, ns in ROWS.items()}
    a = fake_serve(tmp_path / "a", "a")
    b = fake_serve(tmp_path / "b", "b", times, **more)  # type: ignore[arg-type]
    return Sides(build_of(a, "baseline", "a"), build_of(b, "candidate", "b"))


def launched(tmp_path: Path, sides: Sides, task: Task) -> float:
    return run_launch(sides, task, tmp_path, random.Random(1)).log


def test_a_launch_finds_by_how_much_the_candidate_takes_longer(
    tmp_path: Path,
) -> None:
    found = launched(tmp_path, sides_of(tmp_path, 1.2), Task("work/one"))
    assert found == pytest.approx(math.log(1.2), abs=0.03)


def test_what_is_planted_comes_out_on_the_candidates_side(
    tmp_path: Path,
) -> None:
    task = Task("work/one", planted=0.1)
    found = launched(tmp_path, sides_of(tmp_path), task)
    assert found == pytest.approx(math.log(1.1), abs=0.03)


def test_a_slice_takes_a_millisecond_and_no_more_than_its_state_lasts(
    tmp_path: Path,
) -> None:
    sides, random_ = sides_of(tmp_path), random.Random(1)
    launch = run_launch(sides, Task("work/one"), tmp_path, random_)
    assert launch.iterations == pytest.approx(1000, rel=0.1)
    few = run_launch(sides, Task("work/one", most=7), tmp_path, random_)
    assert few.iterations == 7


def test_a_launch_leaves_this_process_on_its_cpus(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    launched(tmp_path, sides_of(tmp_path), Task("work/one"))
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("trouble", "state"),
    [("crashing", "crashed"), ("refused", "unsupported"), ("void", "void")],
)
def test_a_row_that_fails_on_one_side_is_told_with_its_side(
    tmp_path: Path, trouble: str, state: str
) -> None:
    sides = sides_of(tmp_path, **{trouble: ["work/one"]})
    with pytest.raises(Unusable) as caught:
        launched(tmp_path, sides, Task("work/one"))
    assert (caught.value.side, caught.value.state) == ("candidate", state)


def test_a_worker_of_another_build_ends_the_run_as_invalid(
    tmp_path: Path,
) -> None:
    right = sides_of(tmp_path)
    swapped = Sides(
        build_of(right.candidate.program, "baseline", "a"),
        build_of(right.baseline.program, "candidate", "b"),
    )
    with pytest.raises(Failure, match="mixed up") as caught:
        launched(tmp_path, swapped, Task("work/one"))
    assert caught.value.code is ExitCode.ENVIRONMENT


def test_a_worker_of_another_protocol_is_not_listened_to(
    tmp_path: Path,
) -> None:
    program = fake_serve(tmp_path, "a", protocol="mapmark-serve/2")
    with pytest.raises(Failure, match="mapmark-serve/2"):
        with Worker(build_of(program, "baseline", "a"), tmp_path):
            pass


def test_a_worker_that_never_greets_is_broken(tmp_path: Path) -> None:
    program = fake_serve(tmp_path, "a", greets=False)
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(Broken, match="exit code 3"):
        with Worker(build_of(program, "baseline", "a"), tmp_path):
            pass


def test_an_answer_that_does_not_come_in_time_is_no_answer(
    tmp_path: Path,
) -> None:
    program = fake_serve(tmp_path, "a")
    text = program.read_text()
    program.write_text(text.replace('say(opened=name)', "pass"))
    with Worker(build_of(program, "baseline", "a"), tmp_path) as worker:
        with pytest.raises(Broken, match="no answer"):
            worker.ask("open work/one", 0.05)
