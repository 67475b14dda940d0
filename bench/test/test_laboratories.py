# SPDX-License-Identifier: MIT
"""Databases, sparse files and copies, as mapmark-bench measures them."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from program import PROGRAM, run

#: Calls that the program makes beside those of the way.
STRAY = 16

UPDATES = 5000


def measure(
    folder: pathlib.Path,
    plan: str,
    rows: str,
    codes: Sequence[int] = (0, 4),
) -> Any:
    """The record; how much times scatter is the machine's affair."""
    done = run(*plan.split(), "--filter", rows, "--out", ".", cwd=folder)
    assert done.returncode in codes, done.stdout + done.stderr
    left = {path.name for path in folder.iterdir()}
    assert left == {"bench.json", "histograms.json"}
    record = json.loads((folder / "bench.json").read_text("utf-8"))
    assert record["rows"]
    return record


def samples_of(record: Any, *parts: str) -> list[Any]:
    """Those of rows that have all these parts in their names, and every one
    of them with its conditions shown."""
    found = [
        sample
        for sample in record["benchmarks"]
        if set(parts) <= set(sample["name"].split("/"))
    ]
    assert found
    assert {sample["mapmark"]["state"] for sample in found} == {"ok"}
    return found


def believed_of(record: Any, *parts: str) -> list[Any]:
    """As samples_of(), of rows that fill a set time: a busy machine may leave
    it unproved that they did."""
    found = [
        sample
        for sample in record["benchmarks"]
        if set(parts) <= set(sample["name"].split("/"))
    ]
    assert found
    assert {sample["mapmark"]["state"] for sample in found} <= {"ok", "unproved"}
    return found


def checksums(samples: Sequence[Any]) -> set[str]:
    return {sample["mapmark"]["checksum"] for sample in samples}


def phases(sample: Any) -> float:
    names = (
        ("open", "map", "hint", "prefetch", "access", "first", "steady")
        + ("flush", "unmap", "close")
    )
    return sum(sample[f"{name}_ns"] for name in names)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return measure(
        tmp_path_factory.mktemp("database"),
        "--quick",
        "^record/(mapped|calls|stdio)/",
    )


def test_every_way_finds_and_reads_the_same_records(database: Any) -> None:
    found = samples_of(database, "find")
    assert {sample["name"].split("/")[1] for sample in found} == {
        "mapped",
        "calls",
        "stdio",
    }
    assert len(checksums(found)) == 1
    assert len(checksums(samples_of(database, "read"))) == 1


def test_a_find_by_calls_takes_a_call_a_probe(database: Any) -> None:
    for sample in samples_of(database, "calls", "find"):
        probes = sample["reads"] / sample["accesses"]
        assert 15 < probes <= 20  # 2^20 is more than a million
        assert sample["read_calls"] >= sample["reads"]


def test_the_database_was_cached_all_along(database: Any) -> None:
    for sample in samples_of(database, "records:1000000"):
        assert sample["cached_before"] == 1
        assert sample["cached_after"] == 1
        assert sample["storage_bytes"] == 0


# W-14
def test_updates_within_a_page_make_calls_or_make_none(database: Any) -> None:
    mapped = samples_of(database, "mapped", "update-page")
    calls = samples_of(database, "calls", "update-page")
    for sample in mapped + calls:
        assert sample["accesses"] == UPDATES
        # One page became dirty, or a few that the system keeps together.
        assert 4096 <= sample["storage_write_bytes"] <= 4 << 20
    for sample in mapped:
        assert sample["write_calls"] < STRAY
    for sample in calls:
        assert UPDATES <= sample["write_calls"] < UPDATES + STRAY


def test_without_a_flush_no_time_is_spent_on_one(database: Any) -> None:
    for sample in samples_of(database, "update", "none"):
        assert sample["flush_ns"] == 0
        assert sample["access_ns"] > 0


def test_flushes_are_timed_apart_and_every_way_has_them(
    tmp_path: pathlib.Path,
) -> None:
    record = measure(
        tmp_path,
        "--all",
        "^record/.*/update/periodic/warm/records:10000$",
    )
    for way in ("mapped", "mapped-window", "calls", "stdio"):
        for sample in samples_of(record, way):
            assert sample["flush_ns"] > 0
            assert sample["access_ns"] > 0
            assert phases(sample) == pytest.approx(
                sample["real_time"], rel=0.01
            )
    # All updates were in the file, whichever way they took.
    assert len(checksums(record["benchmarks"])) == 1


def test_each_update_can_be_flushed_by_itself(tmp_path: pathlib.Path) -> None:
    record = measure(
        tmp_path,
        "--all",
        "^record/(mapped|calls)/update-page/each/warm/records:10000$",
    )
    for sample in samples_of(record, "each"):
        assert sample["flush_ns"] > 0
    for sample in samples_of(record, "calls"):
        assert sample["writes"] == sample["accesses"]


def test_a_cold_database_is_read_from_storage(tmp_path: pathlib.Path) -> None:
    record = measure(
        tmp_path,
        "--all",
        "^record/(mapped|calls)/read/none/cold/records:10000$",
    )
    samples = samples_of(record, "cold")
    assert len(checksums(samples)) == 1
    for sample in samples:
        assert sample["cached_before"] == 0
        assert sample["storage_bytes"] > 0


def test_a_part_of_a_sparse_file_is_touched_in_every_way(
    tmp_path: pathlib.Path,
) -> None:
    record = measure(tmp_path, "", "^sparse/.*/cold/.*segment:65536$")
    samples = samples_of(record, "size:17179869184")
    assert len(checksums(samples)) == 1
    for sample in samples:
        assert sample["bytes"] == 65536
        assert sample["cached_before"] == 0
        assert sample["storage_bytes"] >= 65536
        assert sample["open_ns"] > 0
        assert sample["close_ns"] > 0
        assert phases(sample) == pytest.approx(sample["real_time"], rel=0.01)
    for way in ("mapped", "mapped-whole"):
        for sample in samples_of(record, way):
            assert sample["maps"] == 1
            assert sample["read_calls"] < STRAY
    for sample in samples_of(record, "calls"):
        assert sample["maps"] == 0
        assert sample["reads"] == 1


def test_a_sparse_file_needs_no_room_of_its_size(
    tmp_path: pathlib.Path,
) -> None:
    free = os.statvfs(tmp_path)
    if free.f_bavail * free.f_frsize > 1 << 40:
        pytest.skip("there is room for the whole file here")
    record = measure(
        tmp_path, "--all", "^sparse/.*/cold/size:1099511627776/segment:65536$"
    )
    assert samples_of(record, "size:1099511627776")


def test_where_no_file_is_that_large_the_rows_are_unsupported(
    tmp_path: pathlib.Path,
) -> None:
    def allow_small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))

    done = subprocess.run(
        [PROGRAM, "--quick", "--filter", "^sparse/", "--out", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=allow_small_files_only,
        restore_signals=False,  # or going beyond the limit would kill it
    )
    assert done.returncode == 77
    rows = json.loads((tmp_path / "bench.json").read_text("utf-8"))["rows"]
    assert {row["state"] for row in rows} == {"unsupported"}
    assert all("sparse file of 17179869184" in row["reason"] for row in rows)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"bench.json", "histograms.json"}


def test_copies_are_equal_and_made_in_their_way(
    tmp_path: pathlib.Path,
) -> None:
    record = measure(tmp_path, "", "^copy/.*/dirty/warm/size:65536$")
    for sample in samples_of(record, "calls"):
        assert sample["reads"] == 2  # the second one finds the end
        assert sample["writes"] == 1
        assert 1 <= sample["write_calls"] < 2
    for way in ("mapped", "mapped-window"):
        for sample in samples_of(record, way):
            assert sample["maps"] == 2
            assert sample["write_calls"] * sample["iterations"] < STRAY
    assert len(checksums(record["benchmarks"])) == 1


def test_only_a_durable_copy_is_flushed(tmp_path: pathlib.Path) -> None:
    record = measure(tmp_path, "", "^copy/(mapped|calls)/.*/size:0$")
    for sample in samples_of(record, "dirty"):
        assert sample["flush_ns"] == 0
    for sample in samples_of(record, "durable"):
        assert sample["flush_ns"] > 0
        assert sample["bytes"] == 0


@pytest.mark.parametrize("subject", ["record", "sparse", "copy"])
def test_a_scratch_directory_that_is_not_there_is_named(
    subject: str, tmp_path: pathlib.Path
) -> None:
    done = run(
        *("--quick", "--filter", f"^{subject}/", "--out", "."),
        *("--scratch", "no such place"),
        cwd=tmp_path,
    )
    assert done.returncode == 5
    rows = json.loads((tmp_path / "bench.json").read_text("utf-8"))["rows"]
    assert {row["state"] for row in rows} == {"error"}
    assert all("no such place" in row["reason"] for row in rows)
    assert all("--scratch" in row["reason"] for row in rows)
