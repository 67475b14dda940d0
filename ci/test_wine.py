# SPDX-License-Identifier: MIT
"""ci/wine starts again what Wine did not start, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

WINE = Path(__file__).resolve().parent / "wine"


class Stage:
    """A `wine` of the test's own, which counts how often it was started, and
    a `wineserver` that says that there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "prefix").mkdir()
        (folder / "prefix/mapmark-ready").touch()
        self.command("wineserver", "exit 2")

    def command(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        path.chmod(0o755)

    def run(
        self, body: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        count = f'echo start >>"{self.folder}/starts"\n'
        self.command("wine", count + body)
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
            timeout=20,
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


def test_the_server_stays_for_the_next_program(stage: Stage) -> None:
    said = stage.folder / "said"
    stage.command("wineserver", f'echo "$@" >>"{said}"; exit 2')
    assert stage.run("", "a.exe").returncode == 0
    assert said.read_text("utf-8") == "-p30\n"
    assert stage.starts() == 1


def test_what_stays_holds_no_output_of_the_first_program(
    stage: Stage,
) -> None:
    """Its reader waits for the end of what is written."""
    stays = stage.folder / "stays"
    stage.command("wineserver", "exit 0")
    # The first program starts the services, and they inherit from it.
    services = f'[ -e "{stays}" ] || {{ sleep 60 & echo $! >"{stays}"; }}\n'
    try:
        done = stage.run(services + 'echo "ran $*"', "a.exe")
    finally:
        os.kill(int(stays.read_text("utf-8")), signal.SIGKILL)
    assert done.stdout == "ran a.exe\n"
