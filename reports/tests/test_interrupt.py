# SPDX-License-Identifier: MIT
"""An interrupted run leaves nothing, whoever is interrupted, and how often.

Each step waits for a line that the stand-in wrote; nothing waits for time.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programs import fake_bench, started

# Says when it runs, and how often it was asked to end.
POLITE = """
def asked(number, frame):
    with open(HERE / "asked", "a") as file:
        file.write(signal.Signals(number).name + " ")
    sys.exit(130)

signal.signal(signal.SIGINT, asked)
tell(event="plan", rows=2, seconds=4.0)
leave("bench.json")
print("running", file=sys.stderr, flush=True)
while True:
    signal.pause()
"""
STUBBORN = """
def asked(number, frame):
    print("heard " + signal.Signals(number).name, file=sys.stderr, flush=True)

signal.signal(signal.SIGINT, asked)
signal.signal(signal.SIGTERM, asked)
print("running", file=sys.stderr, flush=True)
while True:
    signal.pause()
"""

Send = Callable[[int, int], None]


@contextmanager
def running(tmp_path: Path, body: str) -> Iterator[subprocess.Popen[str]]:
    """In a group of its own, until the stand-in says that it runs."""
    fake_bench(tmp_path / "bin", body)
    arguments = ("run", "--out", tmp_path / "runs")
    with started(tmp_path / "bin", *arguments) as process:
        wait_for(process, "running")
        yield process


def wait_for(process: subprocess.Popen[str], wanted: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip() == wanted:
            return
    pytest.fail(f"it ended without saying '{wanted}'")


def assert_nothing_is_left(process: subprocess.Popen[str], out: Path) -> None:
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == ""
    assert complained.endswith("mapmark: interrupted; nothing was kept\n")
    assert not out.exists()


@pytest.fixture(autouse=True)
def no_signal_is_ignored_from_birth() -> Iterator[None]:
    """As it would be where the tests themselves are run by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
)
def test_an_interrupt_reaches_the_program_once_and_leaves_nothing(
    tmp_path: Path, send: Send, number: signal.Signals
) -> None:
    with running(tmp_path, POLITE) as process:
        send(process.pid, number)
        assert_nothing_is_left(process, tmp_path / "runs")
    assert (tmp_path / "bin/asked").read_text() == "SIGINT "


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    kept = tmp_path / "runs/mine"
    kept.mkdir(parents=True)
    with running(tmp_path, POLITE) as process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert list((tmp_path / "runs").iterdir()) == [kept]


def test_a_program_that_will_not_end_is_told_harder_each_time(
    tmp_path: Path,
) -> None:
    with running(tmp_path, STUBBORN) as process:
        process.send_signal(signal.SIGINT)
        wait_for(process, "heard SIGINT")
        process.send_signal(signal.SIGINT)
        wait_for(process, "heard SIGTERM")
        process.send_signal(signal.SIGINT)
        assert_nothing_is_left(process, tmp_path / "runs")


def test_a_program_that_ends_well_after_an_interrupt_is_not_kept(
    tmp_path: Path,
) -> None:
    body = POLITE.replace("sys.exit(130)", "sys.exit(0)")
    with running(tmp_path, body) as process:
        process.send_signal(signal.SIGINT)
        assert_nothing_is_left(process, tmp_path / "runs")


def test_a_program_that_was_interrupted_by_itself_is_an_interrupt(
    tmp_path: Path,
) -> None:
    body = POLITE.replace(
        "while True:", "os.kill(os.getpid(), signal.SIGINT)\nwhile True:"
    )
    fake_bench(tmp_path / "bin", body)
    # It ends by itself: whoever waited for a line of its might be given the
    # last one with it.
    arguments = ("run", "--out", tmp_path / "runs")
    with started(tmp_path / "bin", *arguments) as process:
        assert_nothing_is_left(process, tmp_path / "runs")
