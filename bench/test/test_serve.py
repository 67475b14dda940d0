# SPDX-License-Identifier: MIT
"""mapmark-bench --serve as a gate meets it: two processes, real rows."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from types import TracebackType
from typing import Any

import pytest
from program import PROGRAM

ROW = "read/read/random/sum/warm/size:1048576/access:4096"
RIVAL = "read/mapped/random/sum/warm/size:1048576/access:4096"
COLD = "read/read/sequential/sum/cold/size:1048576/access:4096"
WRITER = "write/mapped/random/write/dirty/warm/size:1048576/access:4096"


class Server:
    """Ends with the block; what it has not answered is an error."""

    def __init__(self, folder: pathlib.Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [PROGRAM, "--serve", *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting = self._hear()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (
            self.process.stdin,
            self.process.stdout,
            self.process.stderr,
        ):
            if stream is not None:
                stream.close()

    def _hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, request: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self._hear()


def user_ticks(process: int) -> int:
    """CPU time of its main thread; see proc(5)."""
    stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[11])


def test_the_greeting_names_protocol_and_build(tmp_path: pathlib.Path) -> None:
    with Server(tmp_path) as server:
        assert server.greeting["protocol"] == "mapmark-serve/1"
        assert server.greeting["version"]
        assert server.greeting["build"]["id"]


def test_every_row_of_a_plan_can_be_served(tmp_path: pathlib.Path) -> None:
    small = "size:1048576/access:65536$"
    listed = subprocess.run(
        [PROGRAM, "--quick", "--filter", small, "--list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    with Server(tmp_path, "--quick", "--filter", small) as server:
        assert server.ask("rows")["rows"] == listed
        for name in listed:
            assert server.ask(f"open {name}") == {"opened": name}
            answer = server.ask(f"slice {name} 1")
            assert answer["slice"] == name
            assert answer["iterations"] == 1
            assert answer["real_time"] > 0
            assert answer["mapmark"]["state"] == "ok", answer
            assert server.ask(f"close {name}") == {"closed": name}
        assert len(listed) >= 8


def test_slices_of_two_rows_alternate_and_agree(
    tmp_path: pathlib.Path,
) -> None:
    checksums = set()
    with Server(tmp_path) as server:
        for name in (ROW, RIVAL, WRITER):
            assert server.ask(f"open {name}") == {"opened": name}
        for turn in range(1, 4):
            for name in (ROW, RIVAL):
                answer = server.ask(f"slice {name} {turn}")
                assert answer["iterations"] == turn
                assert answer["accesses"] == 256
                checksums.add(answer["mapmark"]["checksum"])
            answer = server.ask(f"slice {WRITER} 1")
            assert answer["mapmark"]["state"] == "ok"
    assert len(checksums) == 1


def test_two_servers_in_one_folder_do_not_meet(tmp_path: pathlib.Path) -> None:
    with Server(tmp_path) as one, Server(tmp_path) as other:
        for server in (one, other):
            assert server.ask(f"open {ROW}") == {"opened": ROW}
        answers = [
            server.ask(f"slice {ROW} 2")
            for server in (one, other, one, other)
        ]
        assert one.ask("end") == {"end": True}
        assert one.process.wait(timeout=60) == 0
        answers.append(other.ask(f"slice {ROW} 2"))
    assert {answer["mapmark"]["state"] for answer in answers} == {"ok"}
    assert len({answer["mapmark"]["checksum"] for answer in answers}) == 1


def test_the_end_of_input_is_the_end(tmp_path: pathlib.Path) -> None:
    with Server(tmp_path) as server:
        server.ask(f"open {ROW}")
        assert list(tmp_path.iterdir())
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.process.wait(timeout=60) == 0
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_server_that_waits(
    tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    with Server(tmp_path) as server:
        server.ask(f"open {ROW}")
        server.process.send_signal(number)
        assert server.process.wait(timeout=60) == 130
        assert not list(tmp_path.iterdir())


def test_answers_that_nobody_takes_end_it(tmp_path: pathlib.Path) -> None:
    full = pathlib.Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    with full.open("wb") as output:
        done = subprocess.run(
            [PROGRAM, "--serve"],
            cwd=tmp_path,
            input=b"rows\n",
            stdout=output,
            timeout=60,
            check=False,
        )
    assert done.returncode == 74


def test_a_client_that_has_gone_leaves_no_file(tmp_path: pathlib.Path) -> None:
    with Server(tmp_path) as server:
        server.ask(f"open {ROW}")
        process = server.process
        assert process.stdin is not None and process.stdout is not None
        process.stdout.close()
        process.stdin.write("rows\n")
        process.stdin.flush()
        assert process.wait(timeout=60) == 74
    assert not list(tmp_path.iterdir())


def test_an_input_that_cannot_be_read_is_74(tmp_path: pathlib.Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        done = subprocess.run(
            [PROGRAM, "--serve"],
            cwd=tmp_path,
            stdin=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(folder)
    assert done.returncode == 74


def test_a_cold_file_is_cold_once(tmp_path: pathlib.Path) -> None:
    with Server(tmp_path) as server:
        server.ask(f"open {COLD}")
        answer = server.ask(f"slice {COLD} 2")["mapmark"]
        if answer["state"] == "unsupported":
            pytest.skip(answer["reason"])
        assert answer["state"] in {"unproved", "void"}


def test_an_interrupt_ends_a_slice_and_cleans_up(
    tmp_path: pathlib.Path,
) -> None:
    with Server(tmp_path) as server:
        server.ask(f"open {RIVAL}")
        process = server.process
        assert process.stdin is not None
        begin = user_ticks(process.pid)
        process.stdin.write(f"slice {RIVAL} 1000000000000\n")
        process.stdin.flush()
        while user_ticks(process.pid) < begin + 3:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert not list(tmp_path.iterdir())


def test_a_given_file_is_served(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "some file"
    file.write_bytes(os.urandom(300_000))
    subprocess.run(["sync", str(file)], check=True)
    with Server(tmp_path, "--file", str(file)) as server:
        name = "read/mapped/sequential/sum/warm/size:300000/access:4096"
        assert server.ask(f"open {name}") == {"opened": name}
        assert server.ask(f"slice {name} 2")["bytes"] == 300_000
        refused = server.ask(f"open {ROW}")
        assert "there is no row" in refused["error"]
