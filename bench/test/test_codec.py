# SPDX-License-Identifier: MIT
"""Encoding and decoding, as mapmark-bench measures them."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import pytest
from program import EXE
from test_laboratories import believed_of, checksums, measure, samples_of

KIB_64 = 1 << 16
MIB_64 = 1 << 26

#: Those that need no other library than the one that ours stands on.
OWN = {"library", "library-once", "library-pieces", "zlib", "zlib-once"}


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rows = (
        "^codec/.*/records/size:65536/level:6$|"
        "^codec/.*/zlib/records/size:125/level:6$|"
        "^codec/zlib/encode/raw/records/size:65536/level:1$"
    )
    folder = tmp_path_factory.mktemp("items")
    return measure(folder, "--quick --all --repetitions 1", rows)


def ways(samples: list[Any]) -> set[str]:
    return {sample["name"].split("/")[1] for sample in samples}


@pytest.mark.parametrize("operation", ["encode", "decode"])
@pytest.mark.parametrize("form", ["zlib", "raw", "gzip"])
def test_every_way_comes_to_the_same_octets(
    items: Any, operation: str, form: str
) -> None:
    for size in ("size:125", "size:65536"):
        if form != "zlib" and size == "size:125":
            continue
        found = [
            sample
            for sample in items["benchmarks"]
            if sample["name"].split("/")[2:4] == [operation, form]
            and f"/{size}/level:6" in sample["name"]
        ]
        assert OWN <= ways(found)
        assert len(checksums(found)) == 1
        states = {sample["mapmark"]["state"] for sample in found}
        assert states <= {"ok", "unproved"}


def test_zlib_and_the_library_encode_alike(items: Any) -> None:
    """But for items that a kept encoder was told of."""
    found = [
        sample
        for sample in items["benchmarks"]
        if "/encode/gzip/records/size:65536/level:6" in sample["name"]
    ]
    sizes = {
        sample["encoded_bytes"]
        for sample in found
        if sample["name"].split("/")[1] in OWN
    }
    assert len(sizes) == 1
    assert sizes.pop() < KIB_64 / 2


def test_a_higher_level_makes_less(items: Any) -> None:
    def octets(level: int) -> float:
        (size,) = {
            sample["encoded_bytes"]
            for sample in items["benchmarks"]
            if sample["name"].startswith(
                f"codec/zlib/encode/raw/records/size:65536/level:{level}"
            )
        }
        return float(size)

    assert octets(6) < octets(1)


# W-11
def test_hello_is_14_and_8_and_26_octets(tmp_path: pathlib.Path) -> None:
    rows = "^codec/(library|zlib-once)/.*/hello/size:6/level:6$"
    record = measure(tmp_path, "--quick --all --repetitions 1", rows)
    found = {
        (sample["name"].split("/")[3], sample["encoded_bytes"])
        for sample in record["benchmarks"]
    }
    assert found == {("zlib", 14), ("raw", 8), ("gzip", 26)}


@pytest.mark.skipif(
    os.environ.get("MAPMARK_BUILD_TYPE") != "Release" or bool(EXE),
    reason="sanitizers have allocators of their own, and Wine counts no faults",
)
def test_no_memory_comes_anew(items: Any) -> None:
    for sample in items["benchmarks"]:
        if sample["iterations"] >= 1000:
            assert sample["minor_faults"] < 1, sample["name"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rows = "^codec/.*/decode-file/noise/.*(65536|size:67108864)$"
    # Of several, or what slows one sample of the ceiling makes all others void.
    return measure(tmp_path_factory.mktemp("file"), "--repetitions 3", rows)


def test_a_file_is_decoded_alike_from_views_and_buffers(file: Any) -> None:
    for cache in ("warm", "cold"):
        found = believed_of(file, cache)
        assert {"mapped", "read"} <= ways(found)
        assert len(checksums(found)) == 1
        for sample in found:
            assert sample["bytes"] == MIB_64
    assert ways(believed_of(file, "warm")) == {"mapped", "read", "memory"}


def test_windows_follow_each_other(file: Any) -> None:
    for sample in believed_of(file, "view:65536"):
        mapped = "/mapped/" in sample["name"]
        windows = -(-sample["encoded_bytes"] // KIB_64)
        assert sample["maps"] == (windows if mapped else 0)
        assert sample["reads"] == (0 if mapped else windows)


def test_what_is_cold_comes_from_storage(file: Any) -> None:
    for sample in samples_of(file, "cold"):
        assert sample["cached_before"] == 0
        assert sample["storage_bytes"] >= sample["encoded_bytes"]


def test_what_comes_short_is_told(tmp_path: pathlib.Path) -> None:
    """The headers in a tar are of a system that has a compiler's."""
    record = measure(
        tmp_path,
        "--quick --all --repetitions 1",
        "^codec/zlib/encode/zlib/source/size:4096/level:1$",
        (0, 4, 77),
    )
    (row,) = record["rows"]
    if row["state"] == "unsupported":
        assert "'source'" in row["reason"]
    else:
        assert record["benchmarks"][0]["encoded_bytes"] < 4096
