# SPDX-License-Identifier: MIT
"""Runs mapmark-bench with a C library that lies to it: liar.c."""

from __future__ import annotations

import os
import pathlib
import subprocess
from typing import Any

import pytest

from program import PROGRAM
from test_bench import bench, load

LIAR = PROGRAM.parent / "liar.so"

#: States of rows that no lie has touched: the clock costs more with the liar,
#: and times scatter on a busy machine.
BELIEVED = {"ok", "unproved", "inconclusive"}

pytestmark = pytest.mark.skipif(
    not LIAR.exists(), reason="only Linux lets a test come between a program "
    "and its C library"
)  # fmt: skip


def deceive(
    lie: str,
    file: pathlib.Path,
    pattern: str,
    *options: str,
    opening: int = 0,
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """What the rows of a quick plan came to, by way; the lie begins with that
    opening of the file, three of which make a sample."""
    sanitizers = os.environ.get("ASAN_OPTIONS", "")
    done = bench(
        "--quick", "--file", file, "--filter", pattern, "--out", ".", *options,
        cwd=file.parent,
        env={
            "LD_PRELOAD": str(LIAR),
            "MAPMARK_LIE": lie,
            "MAPMARK_LIE_FILE": str(file),
            "MAPMARK_LIE_AT": str(opening),
            "ASAN_OPTIONS": f"{sanitizers}:verify_asan_link_order=0",
        },
    )  # fmt: skip
    record = load(file.parent / "bench.json")
    assert record["context"]["mapmark"]["complete"] is True
    names = [row["name"] for row in record["rows"]]
    assert names == record["expected"]
    return done, {row["words"]["way"]: row for row in record["rows"]}


def judgements(folder: pathlib.Path, way: str) -> set[tuple[str, str]]:
    """State and reason of each sample of the way; a row that scatters has
    another state for itself."""
    return {
        (sample["mapmark"]["state"], sample["mapmark"]["reason"])
        for sample in load(folder / "bench.json")["benchmarks"]
        if f"/{way}/" in sample["name"]
    }
