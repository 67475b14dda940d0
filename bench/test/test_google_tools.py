# SPDX-License-Identifier: MIT
"""bench.json as Google Benchmark's own compare.py reads it, Debian's copy."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Any

import pytest
from test_bench import bench

TOOL = pathlib.Path("/usr/share/benchmark/compare.py")
SHARED_MEMORY = pathlib.Path("/dev/shm")

HEADING = ["Benchmark", "Time", "CPU", "Time Old", "Time New", "CPU Old"]


@pytest.fixture(autouse=True)
def _needs_the_tool() -> None:
    if not TOOL.exists():
        pytest.skip("libbenchmark-tools is not installed")


def measure(folder: pathlib.Path, file: pathlib.Path, rows: str) -> Any:
    """A run whose exit code may tell of rows that cannot be had here."""
    folder.mkdir()
    done = bench(
        "--quick", "--file", file, "--filter", rows, "--out", ".", cwd=folder
    )
    assert done.returncode in (0, 5), done.stdout + done.stderr
    return json.loads((folder / "bench.json").read_text("utf-8"))


def compare(a: pathlib.Path, b: pathlib.Path) -> list[str]:
    runs = [str(folder / "bench.json") for folder in (a, b)]
    done = subprocess.run(
        [sys.executable, TOOL, "--no-color", "benchmarks", *runs],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def measured_rows(record: Any) -> collections.Counter[str]:
    return collections.Counter(s["name"] for s in record["benchmarks"])


def check_lines(lines: list[str], a: Any, b: Any) -> None:
    """One a pair of samples, and one a row with what the U test says."""
    heading = next(line for line in lines if line.startswith("Benchmark "))
    assert re.split(r"\s{2,}", heading)[: len(HEADING)] == HEADING
    found = collections.Counter(line.split()[0] for line in lines if line)
    counts = [measured_rows(record) for record in (a, b)]
    assert counts[0].keys() == counts[1].keys()
    for name in counts[0]:
        assert found[name] == min(count[name] for count in counts)
        (tested,) = [ln for ln in lines if ln.startswith(f"{name}_pvalue")]
        _, time, cpu, *said = tested.split()
        assert 0 <= float(time) <= 1 and 0 <= float(cpu) <= 1
        assert " ".join(said).startswith("U Test, Repetitions: ")
    assert found["OVERALL_GEOMEAN"] == 1


def test_compare_prints_a_line_a_sample_and_a_test_a_row(
    tmp_path: pathlib.Path,
) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(300_001))
    a, b = tmp_path / "a", tmp_path / "b"
    rows = "^read/(mapped|read)/sequential/sum/warm/.*access:4096$"
    records = [measure(folder, file, rows) for folder in (a, b)]
    assert measured_rows(records[0])
    check_lines(compare(a, b), *records)


def test_a_row_that_failed_breaks_no_comparison(
    tmp_path: pathlib.Path,
) -> None:
    """Cold rows of a file system in memory cannot be had."""
    if not SHARED_MEMORY.is_dir():
        pytest.skip("there is no /dev/shm")
    a, b = tmp_path / "a", tmp_path / "b"
    rows = "^read/mapped/sequential/sum/(warm|cold)/.*access:4096$"
    with tempfile.NamedTemporaryFile(dir=SHARED_MEMORY) as file:
        file.write(os.urandom(300_001))
        file.flush()
        path = pathlib.Path(file.name)
        records = [measure(folder, path, rows) for folder in (a, b)]
    failed = {
        row["name"]
        for row in records[0]["rows"]
        if row["state"] in ("unsupported", "error")
    }
    if not failed:
        pytest.skip("here even this file can be driven out of the cache")
    assert not failed & measured_rows(records[0]).keys()
    check_lines(compare(a, b), *records)
