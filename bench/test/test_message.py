# SPDX-License-Identifier: MIT
"""The ends of messages, as mapmark-bench measures how parsers find them."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import pytest
from liar import LIAR
from test_bench import bench, load
from test_laboratories import believed_of, checksums, measure

#: Those that need nothing but this project.
OWN = ("engine-rfc9112", "engine-rfc2616")
PATTERNS = (("length", 1), ("chunked", 512))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("messages")
    rows = "^message/.*/fields:4/octets:16$"
    return measure(folder, "--all --quick --repetitions 2", rows)


@pytest.mark.parametrize(("pattern", "ends"), PATTERNS)
@pytest.mark.parametrize("way", OWN)
def test_every_message_or_chunk_is_an_access(
    record: Any, way: str, pattern: str, ends: int
) -> None:
    for sample in believed_of(record, way, pattern):
        assert sample["accesses"] == ends


@pytest.mark.parametrize(("pattern", "_ends"), PATTERNS)
def test_every_parser_finds_the_same(
    record: Any, pattern: str, _ends: int
) -> None:
    found = [
        sample
        for sample in record["benchmarks"]
        if f"/{pattern}/" in sample["name"] and not sample.get("error_occurred")
    ]
    assert len(found) >= 2 * len(OWN)
    assert len(checksums(found)) == 1


def test_a_parser_that_is_not_here_says_why(record: Any) -> None:
    for row in record["rows"]:
        if row["state"] == "unsupported":
            assert "was not found when this was built" in row["reason"]


@pytest.mark.skipif(not LIAR.exists(), reason="only Linux has a liar")
def test_a_wrong_end_is_no_time(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.touch()
    sanitizers = os.environ.get("ASAN_OPTIONS", "")
    rows = "^message/.*/length/fields:4/"
    done = bench(
        *("--quick", "--all", "--filter", rows, "--out", "."),
        cwd=tmp_path,
        env={
            "LD_PRELOAD": str(LIAR),
            "MAPMARK_LIE": "message-end",
            "MAPMARK_LIE_FILE": str(file),
            "ASAN_OPTIONS": f"{sanitizers}:verify_asan_link_order=0",
        },
    )
    found = {
        row["words"]["way"]: row for row in load(tmp_path / "bench.json")["rows"]
    }
    if found["http-parser"]["state"] == "unsupported":
        pytest.skip(found["http-parser"]["reason"])
    assert done.returncode == 5
    assert found["http-parser"]["state"] == "void"
    assert "were found to end elsewhere" in found["http-parser"]["reason"]
    assert found["engine-rfc9112"]["state"] != "void"
