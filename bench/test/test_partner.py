# SPDX-License-Identifier: MIT
"""The second process of rows that have one never outlives the first."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import time

import pytest

from program import PROGRAM

PATIENCE_SECONDS = 60


def partners(parent: int) -> list[int]:
    """Children of it that are partners."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2]
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        is_child = int(after_name.split()[1]) == parent
        if is_child and b"--partner" in command:
            found.append(int(folder.name))
    return found


def is_alive(process: int) -> bool:
    try:
        status = pathlib.Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize(
    "row",
    ["sem_t/pingpong/park/same", "pipe/pingpong/park/same"]
    + ["tcp/pingpong/park/same"],
)
def test_a_partner_goes_with_a_program_that_is_killed(row: str) -> None:
    command = [str(PROGRAM), "--filter", f"^ipc/{row}$"]
    # So many that it is still at work when it is looked at.
    command += ["--repetitions", "1000", "--progress=none"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as program:
        try:
            found: list[int] = []
            while not found:
                program.send_signal(signal.SIGCONT)
                time.sleep(0.001)
                program.send_signal(signal.SIGSTOP)
                assert program.poll() is None
                found = partners(program.pid)
        finally:
            program.kill()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_alive(process) for process in found):
        assert time.monotonic() < deadline, "a partner was left behind"
        time.sleep(0.001)
