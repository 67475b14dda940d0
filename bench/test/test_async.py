# SPDX-License-Identifier: MIT
"""Reads through a completion port, as a way of the laboratory."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from program import PROGRAM
from test_laboratories import believed_of, checksums, measure

MIB = 1 << 20


@pytest.mark.parametrize("pattern", ["sequential", "random"])
def test_reads_in_any_order_are_consumed_in_that_of_the_trace(
    tmp_path: pathlib.Path, pattern: str
) -> None:
    """The checksum depends on the order."""
    found = measure(
        tmp_path,
        "--all --quick --repetitions 2",
        f"^read/(read|async)/{pattern}/sum/warm/size:{MIB}/access:4096$",
    )
    one = believed_of(found, "read", pattern)
    async_ = believed_of(found, "async", pattern)
    assert len(checksums([*one, *async_])) == 1
    for sample in async_:
        assert sample["reads"] == MIB / 4096


def test_what_is_cold_comes_from_storage(tmp_path: pathlib.Path) -> None:
    found = measure(
        tmp_path,
        "--all --quick --repetitions 2",
        f"^read/async/random/sum/cold/size:{MIB}/access:4096$",
    )
    for sample in believed_of(found, "async", "cold"):
        # Where a file system is in memory, its rows are unproved.
        if sample["mapmark"]["state"] == "ok":
            assert sample["storage_bytes"] >= MIB


def test_a_port_reads_for_one_thread() -> None:
    listed = subprocess.run(
        [PROGRAM, "--all", "--list", "--filter", "^read/(read|async)/"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ways = {name.split("/")[1] for name in listed if "threads:2" in name}
    assert ways == {"read"}
    assert any("/async/" in name for name in listed)
