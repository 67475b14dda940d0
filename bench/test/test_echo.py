# SPDX-License-Identifier: MIT
"""Echo servers, as mapmark-bench measures them."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

import pytest
from liar import LIAR
from program import EXE, PROGRAM
from test_laboratories import believed_of, measure

#: Those that need nothing but this project and its system.
OWN = ("port",) if EXE else ("port", "port-epoll", "epoll")
OCTETS = (1, 64, 65536)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("echoes")
    rows = "^echo/.*/connections:8/octets:(1|64|65536)$"
    return measure(folder, "--all --quick --repetitions 2", rows)


@pytest.mark.parametrize("octets", OCTETS)
@pytest.mark.parametrize("way", OWN)
def test_echoes_are_whole_and_the_server_s_time_is_told(
    record: Any, way: str, octets: int
) -> None:
    for sample in believed_of(record, way, f"octets:{octets}"):
        assert sample["accesses"] == 1
        assert sample["bytes"] == octets
        assert sample["partner_user_ns"] + sample["partner_system_ns"] > 0
        assert sample["partner_calls"] > 0


def test_a_pace_is_kept_and_latencies_begin_with_it(
    tmp_path: pathlib.Path,
) -> None:
    rate = 20000
    rows = f"^echo/port/paced/connections:64/octets:64/rate:{rate}$"
    found = measure(tmp_path, "--quick --all --repetitions 2", rows)
    for sample in believed_of(found, "port", "paced"):
        assert sample["real_time"] >= 1e9 / rate * 0.95


def test_posts_arrive_within_and_across_threads(tmp_path: pathlib.Path) -> None:
    found = measure(tmp_path, "--quick --all --repetitions 2", "^post/")
    for way in ("port", "semaphore"):
        for pattern in ("within", "across"):
            for sample in believed_of(found, way, pattern):
                assert sample["accesses"] == 1


def test_a_server_that_is_not_here_says_why(record: Any) -> None:
    for row in record["rows"]:
        if row["state"] == "unsupported":
            assert row["reason"]
            assert row["words"]["way"] not in OWN


@pytest.mark.skipif(not LIAR.exists(), reason="no program can be deceived here")
def test_an_echo_of_something_else_is_no_time(tmp_path: pathlib.Path) -> None:
    sanitizers = os.environ.get("ASAN_OPTIONS", "")
    subprocess.run(
        [PROGRAM, "--filter", "^echo/epoll/echo/connections:8/octets:64$"]
        + ["--out", "."],
        cwd=tmp_path,
        env={
            **os.environ,
            "LD_PRELOAD": str(LIAR),
            "MAPMARK_LIE": "garble",
            "MAPMARK_LIE_FILE": str(PROGRAM),
            "ASAN_OPTIONS": f"{sanitizers}:verify_asan_link_order=0",
        },
        capture_output=True,
        timeout=300,
        check=False,
    )
    (row,) = json.loads((tmp_path / "bench.json").read_text("utf-8"))["rows"]
    assert row["state"] == "error"
    assert "malformed" in row["reason"]
