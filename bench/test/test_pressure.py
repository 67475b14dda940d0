# SPDX-License-Identifier: MIT
"""Working sets larger than the memory allowed, as mapmark-bench measures
them."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from typing import Any

import pytest
from liar import LIAR
from program import EXE, PROGRAM
from test_laboratories import checksums, measure, samples_of

pytestmark = pytest.mark.skipif(
    bool(EXE), reason="Windows limits no cache of files"
)

GROUPS = pathlib.Path("/sys/fs/cgroup")
WALKS, SLICES = 3, 16
LIMIT = 16 << 20
FITS, TWICE = 8 << 20, 32 << 20
ROWS = "^pressure/(mapped/sequential|(mapped-random|read)/random)/size:(8|33)"


def left_groups(process: int) -> list[pathlib.Path]:
    """Those that a process of that number has made."""
    return list(GROUPS.glob(f"**/mapmark-limit-{process}-*"))


def run(folder: pathlib.Path, rows: str, **more: str) -> Any:
    """The record, whatever became of its rows."""
    sanitizers = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
    environment = {**os.environ, "ASAN_OPTIONS": sanitizers, **more}
    subprocess.run(
        [PROGRAM, "--repetitions", "1", "--filter", rows, "--out", "."],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return json.loads((folder / "bench.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("pressed")
    found = measure(folder, "--repetitions 2", ROWS, (0, 4, 77))
    states = {row["state"]: row["reason"] for row in found["rows"]}
    if set(states) == {"unsupported"}:
        pytest.skip(f"no limit here: {states['unsupported']}")
    return found


def walks(sample: Any) -> list[list[Any]]:
    slices = sample["mapmark"]["slices"]
    assert len(slices) == WALKS * SLICES
    return [slices[at : at + SLICES] for at in range(0, len(slices), SLICES)]


def total(slices: list[Any], what: str) -> int:
    return sum(item[what] for item in slices)


@pytest.mark.parametrize("size", [FITS, TWICE])
def test_slices_are_all_of_the_work(record: Any, size: int) -> None:
    found = samples_of(record, f"size:{size}")
    for sample in found:
        assert [total(walk, "bytes") for walk in walks(sample)] == [size] * 3
        slices = sample["mapmark"]["slices"]
        assert total(slices, "ns") == pytest.approx(
            sample["access_ns"], rel=1e-9
        )
    assert len(checksums(samples_of(record, "random", f"size:{size}"))) == 1


def test_the_memory_held_is_within_the_limit_and_fills_it(record: Any) -> None:
    for sample in samples_of(record, f"size:{TWICE}"):
        held = [item["held_bytes"] for item in sample["mapmark"]["slices"]]
        assert LIMIT / 2 < max(held) <= LIMIT
        assert held[0] < max(held)


def test_what_cannot_have_stayed_is_fetched_again(record: Any) -> None:
    for sample in samples_of(record, f"size:{TWICE}"):
        first, *later = walks(sample)
        assert total(first, "storage_bytes") >= TWICE
        for walk in later:
            assert total(walk, "storage_bytes") >= TWICE - LIMIT


def test_what_fits_is_fetched_once(record: Any) -> None:
    for sample in samples_of(record, f"size:{FITS}"):
        first, *later = walks(sample)
        assert total(first, "storage_bytes") >= FITS
        for walk in later:
            assert total(walk, "storage_bytes") <= FITS * 0.02


def test_a_limit_that_cannot_be_had_is_told(tmp_path: pathlib.Path) -> None:
    found = run(
        tmp_path,
        ROWS,
        LD_PRELOAD=str(LIAR),
        MAPMARK_LIE="no-groups",
        MAPMARK_LIE_FILE=str(PROGRAM),
    )
    assert {row["state"] for row in found["rows"]} == {"unsupported"}
    for row in found["rows"]:
        assert "limit on its memory: access not granted" in row["reason"]
        assert "run as root" in row["reason"]


def test_a_process_that_is_not_under_the_limit_is_void(
    record: Any, tmp_path: pathlib.Path
) -> None:
    """`record` has shown that there are limits here."""
    found = run(
        tmp_path,
        f"^pressure/read/random/size:{TWICE}",
        LD_PRELOAD=str(LIAR),
        MAPMARK_LIE="stay-outside",
        MAPMARK_LIE_FILE=str(PROGRAM),
    )
    assert {row["state"] for row in found["rows"]} == {"void"}
    assert "cannot have been in memory" in found["rows"][0]["reason"]


def test_a_group_that_a_killed_run_has_left_goes_with_the_next(
    record: Any, tmp_path: pathlib.Path
) -> None:
    rows = f"^pressure/read/(sequential|random)/size:{TWICE}"
    with subprocess.Popen(
        [PROGRAM, "--progress=json", "--filter", rows, "--scratch", "."],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        steps = (json.loads(line)["event"] for line in process.stdout)
        assert any(event == "step" for event in steps)
        groups = left_groups(process.pid)
        process.send_signal(signal.SIGKILL)
    assert groups
    run(tmp_path, rows)
    assert not left_groups(process.pid)
