# SPDX-License-Identifier: MIT
"""ci/wine starts again what Wine did not start, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

WINE = Path(__file__).resolve().parent / "wine"


class Stage:
    """A `wine` of the test's own, which counts how often it was started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "prefix").mkdir()
        (folder / "prefix/mapmark-ready").touch()

    def run(
        self, body: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        count = f'echo start >>"{self.folder}/starts"\n'
        wine = self.folder / "wine"
        wine.write_text(f"#!/bin/sh\n{count}{body}\n", "utf-8")
        wine.chmod(0o755)
        return subprocess.run(
            [WINE, *arguments],
            env=os.environ
            | {
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "MAPMARK_WINEPREFIX": str(self.folder / "prefix"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def starts(self) -> int:
        path = self.folder / "starts"
        return len(path.read_text("utf-8").split()) if path.exists() else 0


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_program_that_did_not_begin_is_started_again(stage: Stage) -> None:
    silent_twice = f'[ $(wc -l <"{stage.folder}/starts") -lt 3 ] && exit 5\n'
    done = stage.run(silent_twice + 'echo "ran $*"', "--test", "a.exe", "b c")
    assert done.returncode == 0
    assert stage.starts() == 3
    told = "ci/wine: a.exe ended with 5 and without a word\n"
    assert done.stdout == 2 * told + "ran a.exe b c\n"


def test_it_is_given_up_after_three_starts(stage: Stage) -> None:
    done = stage.run("exit 5", "--test", "a.exe")
    assert done.returncode == 5
    assert stage.starts() == 3


@pytest.mark.parametrize("where", [1, 2])
def test_a_program_that_spoke_is_started_once(stage: Stage, where: int) -> None:
    done = stage.run(f"echo no >&{where}; exit 6", "--test", "a.exe")
    assert (done.returncode, done.stdout) == (6, "no\n")
    assert stage.starts() == 1


def test_silence_without_an_error_is_an_end(stage: Stage) -> None:
    assert stage.run("", "--test", "a.exe").returncode == 0
    assert stage.starts() == 1


def test_other_programs_keep_their_two_outputs(stage: Stage) -> None:
    done = stage.run("echo out; echo err >&2; exit 7", "a.exe")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert stage.starts() == 1


def test_a_test_without_a_program_is_refused(stage: Stage) -> None:
    done = stage.run("", "--test")
    assert done.returncode == 2
    assert "--test needs a program" in done.stderr
    assert stage.starts() == 0
