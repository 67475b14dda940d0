# SPDX-License-Identifier: MIT
"""calls.json, and what it says of a row of another size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mapmark.calls import Calls, read_calls
from mapmark.errors import Failure
from mapmark.results import Row, read_results
from mapmark.small_rows import choose
from tests import synthetic
from tests.synthetic import KIB, MIB, Document, RowSpec


def rows_of(*specs: RowSpec) -> tuple[Row, ...]:
    document = synthetic.bench_document(specs)
    return read_results(json.dumps(document).encode()).rows


def row_of(way: str, **members: Any) -> Row:
    return rows_of(RowSpec(way, **members))[0]


def calls_of(
    way: str, operations: int, calls: Mapping[str, int], **changes: Any
) -> Calls:
    """Counted for this way, in 256 accesses of 4 KiB."""
    document = synthetic.calls_document()
    row = synthetic.bench_document([RowSpec(way)])["rows"][0]
    document["entries"] = [
        document["entries"][0]
        | {key: row[key] for key in ("name", "words", "numbers")}
        | {"operations": operations, "calls": dict(calls)}
        | changes
    ]
    return read(document)


def read(document: Document) -> Calls:
    return read_calls(json.dumps(document).encode())


def test_what_is_written_reads_back_the_same() -> None:
    document = synthetic.calls_document()
    assert read(document).document() == document


def test_a_row_of_the_size_counted_makes_what_was_counted() -> None:
    calls = read(synthetic.calls_document())
    assert calls.per_access(row_of("read")) == 1
    assert calls.per_access(row_of("mapped")) == 2 / 256


def test_a_larger_file_is_still_mapped_once() -> None:
    calls = read(synthetic.calls_document())
    assert calls.per_access(row_of("read", size=64 * MIB)) == 1
    assert calls.per_access(row_of("mapped", size=64 * MIB)) == 2 / 16384


def test_a_view_that_moves_is_mapped_as_often_as_the_row_says() -> None:
    calls = calls_of("mapped-window", 1, {"mmap": 1, "munmap": 1})
    row = row_of("mapped-window", size=64 * MIB, more={"maps": 12000})
    assert calls.per_access(row) == 2 * 12000 / 16384


def test_what_is_made_once_a_pass_is_not_made_more_often() -> None:
    calls = calls_of("read", 256, {"lseek": 1, "read": 256})
    assert calls.entries[0].per_access == 257 / 256
    assert calls.per_access(row_of("read", size=64 * MIB)) == 16385 / 16384


def test_a_file_is_synchronized_once_however_often_a_view_moves() -> None:
    made = {"mmap": 1, "munmap": 1, "fsync": 1}
    calls = calls_of("mapped-window", 1, made)
    row = row_of("mapped-window", size=64 * MIB, more={"maps": 64})
    assert calls.per_access(row) == (2 * 64 + 1) / 16384


def test_a_way_without_operations_makes_no_calls() -> None:
    calls = calls_of("memory", 0, {})
    row = row_of("memory", more={"maps": 0, "reads": 0})
    assert calls.per_access(row) == 0


def test_calls_that_belong_to_no_operation_are_not_carried_over() -> None:
    calls = calls_of("memory", 0, {"brk": 3})
    assert calls.per_access(row_of("memory", more={"maps": 0})) is None


@pytest.mark.parametrize(
    "row",
    [
        row_of("read", pattern="random"),
        row_of("read", consumer="touch"),
        row_of("read", access=64 * KIB),
        row_of("stdio"),
        row_of("read", threads=2),
        row_of("read", times=(), state="unsupported", reason="no"),
    ],
)
def test_a_row_of_another_kind_is_not_known(row: Row) -> None:
    assert read(synthetic.calls_document()).per_access(row) is None


def test_the_cache_makes_no_difference() -> None:
    calls = read(synthetic.calls_document())
    for cache in ("cold", "scattered", "found"):
        assert calls.per_access(row_of("read", cache=cache)) == 1


def test_calls_that_are_unproved_are_not_told() -> None:
    calls = calls_of("read", 256, {"pread64": 256}, state="unproved")
    row = row_of("read")
    assert calls.per_access(row) is None
    found = calls.find(row)
    assert found is not None and found.state == "unproved"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "mapmark-calls/2"}, "the schema 'mapmark-calls/2'"),
        ({"entries": [{"name": "x"}]}, "entries[0] has no 'subject'"),
        ({"entries": 1}, "entries is not a list"),
    ],
)
def test_what_cannot_be_read_is_named(change: Document, message: str) -> None:
    with pytest.raises(Failure) as caught:
        read(synthetic.calls_document() | change)
    assert message in str(caught.value)


def listed(way: str = "read", end: str = "/size:1048576/access:4096") -> str:
    return f"read/{way}/sequential/sum/warm{end}"


def test_one_small_row_stands_for_all_of_its_kind() -> None:
    rows = rows_of(
        RowSpec("read", size=64 * MIB),
        RowSpec("read", size=64 * MIB, cache="cold"),
        RowSpec("read", size=64 * MIB, threads=2),
        RowSpec("read", size=MIB),
    )
    names = [
        listed(end=f"/size:{size}/access:4096")
        for size in (64 * KIB, MIB, 64 * MIB)
    ]
    names.append(listed(end="/size:1048576/access:4096/threads:2"))
    names.append(names[1].replace("warm", "cold"))
    (small,) = choose(rows, names)
    assert small.name == names[1]
    assert small.numbers == {"size": MIB, "access": 4096, "threads": 1}
    assert small.words["cache"] == "warm"


def test_a_pass_of_many_accesses_takes_the_smallest_file() -> None:
    rows = rows_of(RowSpec("read", access=1))
    names = [
        listed(end=f"/size:{size}/access:1") for size in (MIB, 64 * KIB)
    ]
    assert [small.name for small in choose(rows, names)] == [names[1]]


def test_kinds_come_in_the_order_of_their_rows() -> None:
    rows = rows_of(RowSpec("stdio"), RowSpec("mapped"), RowSpec("read"))
    names = [listed(way) for way in ("mapped", "mapped-huge", "read", "stdio")]
    chosen = [small.words["way"] for small in choose(rows, names)]
    assert chosen == ["stdio", "mapped", "read"]


def test_a_kind_without_a_small_row_is_told() -> None:
    (small,) = choose(rows_of(RowSpec("read", cache="cold")), ["ipc/a/b"])
    assert small.name == ""
    assert small.words["cache"] == "cold"
