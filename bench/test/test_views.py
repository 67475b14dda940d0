# SPDX-License-Identifier: MIT
"""The view laboratory: its counts are the same in every run, its phases add
up, and what it writes is its own."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from program import PROGRAM
from test_laboratories import measure, phases

RUNS = 5

#: How far the faults of a row may be apart, in parts of them and besides, as
#: BUNDLE.md says: where a view lies decides how far a fault reaches around.
SLACK_SHARE = 0.1
SLACK_FAULTS = 8

#: Every policy, on a file so small that a fault reaches as far as the system
#: lets it, however large the pieces are in which the file is cached.
COUNTED = (
    "^view/(each|slide|near|lru4|whole|read)/(sequential|random)/sum/warm/"
    r"size:\d+/access:4096(/view:(65536|262144))?$"
)
FILE_BYTES = 4 << 20

TWICE = "^view/(slide|lru16|whole|read)/{}/sum/warm/.*(view:65536/)?walks:2$"



def lay_out(folder: pathlib.Path, plan: str, rows: str) -> Any:
    """The record; void samples of a busy machine are none of a view's."""
    return measure(folder, plan, rows, codes=(0, 4, 5))


def samples_of(record: Any, *parts: str) -> list[Any]:
    """Those whose conditions were shown, of rows with all these parts."""
    found = [
        sample
        for sample in record["benchmarks"]
        if set(parts) <= set(sample["name"].split("/"))
        and sample["mapmark"]["state"] == "ok"
    ]
    assert found
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    file = tmp_path_factory.mktemp("measured") / "file"
    file.write_bytes(os.urandom(FILE_BYTES))
    subprocess.run(["sync", str(file)], check=True)
    plan = f"--quick --all --repetitions 3 --file {file}"
    return [
        lay_out(tmp_path_factory.mktemp("run"), plan, COUNTED)
        for _ in range(RUNS)
    ]


def counts(runs: list[Any], counter: str) -> dict[str, list[float]]:
    """By row, from all samples of all runs."""
    found: dict[str, list[float]] = {}
    for record in runs:
        for sample in samples_of(record, "sum"):
            found.setdefault(sample["name"], []).append(sample[counter])
    assert len(found) == 18
    return found


def test_map_calls_are_exactly_the_same_in_every_run(runs: list[Any]) -> None:
    for name, maps in counts(runs, "maps").items():
        assert len(maps) >= RUNS
        assert len(set(maps)) == 1, name


def test_maps_of_a_walk_in_order_are_what_arithmetic_says(
    runs: list[Any],
) -> None:
    by_row = counts(runs, "maps")
    accesses = FILE_BYTES // 4096
    for view in (65536, 262144):
        end = f"sequential/sum/warm/size:{FILE_BYTES}/access:4096/view:{view}"
        assert by_row[f"view/slide/{end}"][0] == FILE_BYTES / view
        assert by_row[f"view/lru4/{end}"][0] == FILE_BYTES / view
        assert by_row[f"view/each/{end}"][0] == accesses


def test_faults_are_the_same_in_every_run_within_the_slack(
    runs: list[Any],
) -> None:
    maps = counts(runs, "maps")
    for name, faults in counts(runs, "minor_faults").items():
        least, most = min(faults), max(faults)
        if name.startswith("view/read/"):
            continue  # calls fault by chance only
        # A view that lies across the pieces of addresses that one fault
        # reaches needs one more of them; a single page never does.
        across = 0 if name.startswith("view/each/") else maps[name][0]
        assert most <= least * (1 + SLACK_SHARE) + SLACK_FAULTS + across, name


def test_a_view_of_an_access_faults_once_for_it(runs: list[Any]) -> None:
    for name, faults in counts(runs, "minor_faults").items():
        if name.startswith("view/each/"):
            assert min(faults) >= FILE_BYTES / 4096


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return lay_out(
        tmp_path_factory.mktemp("twice"),
        "--repetitions 3",
        TWICE.format("sequential"),
    )


def test_two_walks_are_timed_apart_and_moves_apart_from_them(
    twice: Any,
) -> None:
    for sample in samples_of(twice, "walks:2"):
        assert sample["access_ns"] == 0
        assert sample["first_ns"] > 0
        assert sample["steady_ns"] > 0
        assert phases(sample) == pytest.approx(sample["real_time"], rel=0.01)
    for sample in samples_of(twice, "slide", "walks:2"):
        assert sample["map_ns"] > 0
        assert sample["unmap_ns"] > 0


def test_a_view_that_moves_is_mapped_again_in_the_second_walk(
    twice: Any,
) -> None:
    for sample in samples_of(twice, "slide", "view:65536"):
        assert sample["maps"] == 2 * (64 << 20) / 65536
    for sample in samples_of(twice, "whole"):
        assert sample["maps"] == 1


#
def test_mapping_takes_addresses_and_touching_takes_memory(
    twice: Any,
) -> None:
    for view in walked_twice(twice):
        assert view["resident_before"] == 0
        assert view["resident_after"] == view["mapped_bytes"]
    (whole,) = {s["mapped_bytes"] for s in samples_of(twice, "whole")}
    assert whole == 64 << 20
    for sample in samples_of(twice, "lru16", "view:65536"):
        assert sample["mapped_bytes"] == 16 * 65536


def walked_twice(record: Any) -> Iterator[Any]:
    """Samples of mapped ways."""
    for sample in samples_of(record, "walks:2"):
        if sample["name"].split("/")[1] == "read":
            assert "mapped_bytes" not in sample
        else:
            yield sample


def test_views_at_random_hold_less_memory_than_addresses(
    tmp_path: pathlib.Path,
) -> None:
    record = lay_out(
        tmp_path,
        "--repetitions 3",
        "^view/slide/random/sum/.*view:16777216/walks:2$",
    )
    # Whether the file stayed in the cache or not: what left it is not held.
    for sample in record["benchmarks"]:
        assert sample["mapped_bytes"] == 16 << 20
        assert 0 < sample["resident_after"] < sample["mapped_bytes"]


def test_what_is_written_through_views_is_flushed_apart(
    tmp_path: pathlib.Path,
) -> None:
    record = lay_out(
        tmp_path,
        "--repetitions 3",
        "^view/(slide|whole)/sequential/write/.*access:4096(/view:1048576)?$",
    )
    samples = samples_of(record, "write")
    assert len({sample["name"] for sample in samples}) == 2
    for sample in samples:
        assert sample["flush_ns"] > 0
        assert sample["access_ns"] > 0
        assert phases(sample) == pytest.approx(sample["real_time"], rel=0.01)
        assert sample["writes"] == 0


def test_no_view_of_a_given_file_is_written(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(FILE_BYTES))
    done = subprocess.run(
        [PROGRAM, "--all", "--list", "--file", file, "--filter", "^view/"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "/sum/" in done.stdout
    assert "/write/" not in done.stdout
