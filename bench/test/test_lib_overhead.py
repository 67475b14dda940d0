# SPDX-License-Identifier: MIT
"""The rows of subject lib: the library's calls beside the system's own."""

from __future__ import annotations

import pathlib

import pytest
from test_bench import bench, load, some_file


def test_both_ways_of_a_call_stand_side_by_side(tmp_path: pathlib.Path) -> None:
    done = bench("--quick", "--list", "--filter", "^lib/", cwd=tmp_path)
    assert done.stdout.split() == [
        "lib/library/clock",
        "lib/bare/clock",
        "lib/library/read",
        "lib/bare/read",
        "lib/library/map",
        "lib/bare/map",
        "lib/library/mutex",
        "lib/bare/mutex",
        "lib/library/read/octets:4096",
        "lib/bare/read/octets:4096",
    ]


def test_every_call_is_in_the_full_plan(tmp_path: pathlib.Path) -> None:
    rows = bench("--list", "--filter", "^lib/", cwd=tmp_path).stdout.split()
    calls = {row.split("/", 2)[2] for row in rows}
    assert len(rows) == 2 * len(calls)
    assert {"size", "write", "sync", "prefetch", "flush-durable"} < calls


def test_a_given_file_has_no_part_in_them(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    done = bench("--all", "--list", "--file", file, cwd=tmp_path)
    assert "read/mapped/" in done.stdout
    assert "lib/" not in done.stdout


@pytest.mark.parametrize("octets", [1, 4096])
def test_an_iteration_is_one_call(tmp_path: pathlib.Path, octets: int) -> None:
    end = "" if octets == 1 else f"/octets:{octets}"
    done = bench(
        "--quick", "--filter", f"^lib/.*/read{end}$", "--out", ".",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    samples = load(tmp_path / "bench.json")["benchmarks"]
    assert {s["name"].split("/")[1] for s in samples} == {"library", "bare"}
    for sample in samples:
        assert sample["reads"] == 1
        assert sample["bytes"] == octets
        assert sample["storage_bytes"] == 0
        assert sample["read_calls"] == pytest.approx(1, abs=0.1)
        assert int(sample["mapmark"]["checksum"], 16) == octets
