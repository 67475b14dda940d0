# SPDX-License-Identifier: MIT
"""The lies that benchmarks of files tell, provoked one by one: a row never
passes one on as a time to be believed."""

from __future__ import annotations

import os
import pathlib

import pytest

from liar import BELIEVED, deceive, judgements
from liar import pytestmark  # noqa: F401: pytest looks for it
from program import PROGRAM
from test_bench import MAIN, ONE, load, some_file

#: An opening of the file for the third sample: every row has some after it.
THIRD_SAMPLE = 8

#: What the liar makes each mapping of the file take at least.
SLOW_MAP_NS = 200_000

COLD = f"{MAIN}/random/sum/cold/.*access:4096$"
HINTED_COLD = "^read/mapped-(random|will-need)/random/sum/cold/.*access:4096$"


def only_one(rows: dict[str, dict[str, str]], key: str) -> str:
    """What all rows say of themselves."""
    (value,) = {row[key] for row in rows.values()}
    return value


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ("evict-nothing", "100.0 % of the file stayed in the cache"),
        ("evict-nothing-and-hide", "only 0 of 3000001 octets came from"),
    ],
)
def test_a_warm_file_is_not_called_cold(
    lie: str, reason: str, tmp_path: pathlib.Path
) -> None:
    done, rows = deceive(lie, some_file(tmp_path), COLD)
    assert done.returncode == 5
    assert only_one(rows, "state") == "void"
    assert reason in only_one(rows, "reason")


def test_a_hint_that_is_refused_is_no_time(tmp_path: pathlib.Path) -> None:
    done, rows = deceive("refuse-hint", some_file(tmp_path), HINTED_COLD)
    assert done.returncode == 77
    assert only_one(rows, "state") == "unsupported"
    assert "give a hint" in only_one(rows, "reason")
    samples = load(tmp_path / "bench.json")["benchmarks"]
    assert all(sample["error_occurred"] for sample in samples)


def test_a_hint_that_does_nothing_is_seen_by_its_faults(
    tmp_path: pathlib.Path,
) -> None:
    _, rows = deceive("ignore-hint", some_file(tmp_path), HINTED_COLD)
    assert rows["mapped-random"]["state"] in {"unproved", "inconclusive"}
    for state, reason in judgements(tmp_path, "mapped-random"):
        assert state == "unproved"
        assert "more was read than was touched" in reason


def test_a_hint_that_works_is_seen_by_its_faults(
    tmp_path: pathlib.Path,
) -> None:
    deceive("none", some_file(tmp_path), HINTED_COLD)
    assert judgements(tmp_path, "mapped-random") == {("ok", "")}


def test_a_file_object_is_not_used_by_two_samples(
    tmp_path: pathlib.Path,
) -> None:
    done, rows = deceive("reuse", some_file(tmp_path), ONE)
    assert done.returncode == 5
    assert only_one(rows, "state") == "void"
    assert "an earlier sample had opened" in only_one(rows, "reason")


def test_pages_are_not_counted_as_faults(tmp_path: pathlib.Path) -> None:
    done, rows = deceive(
        "count-pages", some_file(tmp_path),
        "^read/mapped/random/sum/warm/.*access:4096$",
    )  # fmt: skip
    assert done.returncode == 5
    assert rows["mapped"]["state"] == "void"
    assert "was not filled alike" in rows["mapped"]["reason"]


def test_faults_are_those_that_the_system_counts(
    tmp_path: pathlib.Path,
) -> None:
    """All of the process's faults are fewer than the pages of one pass."""
    pages = 65_536
    file = tmp_path / "many pages"
    with file.open("wb") as stream:
        stream.truncate(pages * 4096)
    process = os.posix_spawn(
        PROGRAM,
        [
            str(PROGRAM), "--quick", "--file", str(file),
            "--out", str(tmp_path), "--filter",
            "^read/mapped/sequential/sum/warm/.*access:65536$",
        ],
        os.environ,
    )  # fmt: skip
    _, _, used = os.wait4(process, 0)
    samples = load(tmp_path / "bench.json")["benchmarks"]
    faults = sum(
        sample["iterations"] * (sample["minor_faults"] + sample["major_faults"])
        for sample in samples
    )
    touched = pages * sum(sample["iterations"] for sample in samples)
    assert faults <= used.ru_minflt + used.ru_majflt
    for sample in samples:
        assert sample["pages_per_fault"] == pytest.approx(
            pages / (sample["minor_faults"] + sample["major_faults"])
        )
    assert touched > 2 * faults


def test_a_cache_that_is_filled_otherwise_in_between_is_seen(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path, 64 << 20)
    pattern = "^read/mapped/sequential/sum/warm/.*access:4096$"
    deceive("none", file, pattern)
    for sample in load(tmp_path / "bench.json")["benchmarks"]:
        if sample["pages_per_fault"] < 20:
            pytest.skip("this file system caches in small pieces only")
    done, rows = deceive("refill", file, pattern)
    assert done.returncode == 5
    assert rows["mapped"]["state"] == "void"
    assert "was not filled alike" in rows["mapped"]["reason"]


def test_reads_from_a_view_are_no_read_calls(tmp_path: pathlib.Path) -> None:
    done, rows = deceive("read-from-view", some_file(tmp_path), ONE)
    assert done.returncode == 5
    assert rows["read"]["state"] == "void"
    assert "the system saw" in rows["read"]["reason"]
    assert rows["mapped"]["state"] in BELIEVED


@pytest.mark.parametrize(
    ("cache", "reason"),
    [("warm", "read and write calls"), ("cold", "octets went through read")],
)
def test_a_copy_of_the_file_is_no_view(
    cache: str, reason: str, tmp_path: pathlib.Path
) -> None:
    done, rows = deceive(
        "view-from-read", some_file(tmp_path),
        f"^read/(mapped|read)/sequential/sum/{cache}/.*access:4096$",
    )  # fmt: skip
    assert done.returncode == 5
    assert rows["mapped"]["state"] == "void"
    assert reason in rows["mapped"]["reason"]
    assert rows["read"]["state"] in BELIEVED


def test_work_that_is_left_out_changes_the_checksum(
    tmp_path: pathlib.Path,
) -> None:
    done, rows = deceive("skip-work", some_file(tmp_path, 3 << 20), ONE)
    assert done.returncode == 5
    assert only_one(rows, "state") == "void"
    assert "disagree about what they read" in only_one(rows, "reason")


def test_a_clock_that_costs_what_is_timed_proves_nothing(
    tmp_path: pathlib.Path,
) -> None:
    _, rows = deceive("slow-clock", some_file(tmp_path, 65_536), ONE)
    assert rows["mapped"]["state"] in {"unproved", "inconclusive"}
    for state, reason in judgements(tmp_path, "mapped"):
        assert state == "unproved"
        assert "reading the clock is" in reason


def test_a_clock_that_stands_still_is_no_time(tmp_path: pathlib.Path) -> None:
    done, rows = deceive(
        "stop-clock", some_file(tmp_path), ONE, opening=THIRD_SAMPLE
    )
    assert done.returncode == 5
    assert only_one(rows, "state") == "error"
    assert "took no time" in only_one(rows, "reason")


WALKED_TWICE = (
    "^view/slide/sequential/sum/warm/.*access:65536/view:65536/walks:2$"
)


def test_moves_that_are_timed_stand_for_as_many_as_there_are(
    tmp_path: pathlib.Path,
) -> None:
    """Or they would take longer than the walk that they are a part of."""
    file = some_file(tmp_path, 64 << 20)
    deceive("slow-map", file, WALKED_TWICE, "--all", "--repetitions", "3")
    samples = load(tmp_path / "bench.json")["benchmarks"]
    assert len(samples) == 3
    for sample in samples:
        assert sample["maps"] == 2048
        assert sample["map_ns"] >= 2048 * SLOW_MAP_NS
    assert any(sample["steady_ns"] > 0 for sample in samples)


def test_moves_that_come_to_more_than_their_walk_prove_nothing(
    tmp_path: pathlib.Path,
) -> None:
    """Of each eight moves the one is slow that is timed more often than the
    others are, in the second walk."""
    file = some_file(tmp_path, 64 << 20)
    deceive("slow-eighth-map", file, WALKED_TWICE, "--all", "--repetitions", "3")
    for state, reason in judgements(tmp_path, "slide"):
        assert state == "unproved"
        assert "more time than the walk took" in reason
