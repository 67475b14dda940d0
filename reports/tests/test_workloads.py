# SPDX-License-Identifier: MIT
"""Databases, sparse files, copies and memory in sentences, from rows alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mapmark import bundle, report
from mapmark.answers import answer
from mapmark.results import Results, read_results
from mapmark.workloads import workloads
from tests import synthetic
from tests.markup import read_page

Row = tuple[str, Mapping[str, str], Mapping[str, int], Sequence[float]]

MILLION = {"records": 1_000_000}
LARGE = {"size": 16 << 30, "segment": 1 << 20}


def record_row(way: str, operation: str, flush: str, base: float) -> Row:
    words = {"way": way, "operation": operation, "flush": flush}
    return ("record", words | {"cache": "warm"}, MILLION, around(base))


def around(middle: float) -> list[float]:
    return [middle * (0.99 + 0.002 * i) for i in range(11)]


def document(
    rows: Sequence[Row], system: str = "Linux 6.18.4", **more: Any
) -> dict[str, Any]:
    """bench.json of these rows, whose samples have `more` counters."""
    made = synthetic.bench_document([], system=system)
    for subject, words, numbers, times in rows:
        name = "/".join(
            [subject, *words.values()]
            + [f"{key}:{value}" for key, value in numbers.items()]
        )
        made["expected"].append(name)
        made["rows"].append(
            {
                "name": name,
                "subject": subject,
                "words": words,
                "numbers": numbers,
                "state": "ok",
                "reason": "",
                "repetitions": len(times),
            }
        )
        made["benchmarks"] += [
            {
                "name": name,
                "repetition_index": index,
                "real_time": time,
                "cpu_time": time,
                "time_unit": "ns",
                "mapmark": {"order": index, "state": "ok"},
            }
            | more
            for index, time in enumerate(times)
        ]
    return made


def read(made: Mapping[str, Any]) -> Results:
    return read_results(json.dumps(made).encode())


def sentences(rows: Sequence[Row], **more: Any) -> list[str]:
    found = workloads(read(document(rows, **more)))
    return [text for item in found for text in item.sentences]


def test_the_faster_side_is_named_with_its_factor_and_interval() -> None:
    faster = sentences(
        [
            record_row("mapped", "find", "none", 100),
            record_row("calls", "find", "none", 1000),
        ]
    )
    assert faster == [
        "To find a record by its key, a mapping is 10.0× (9.88 to 10.1) as "
        "fast as calls."
    ]
    (slower,) = sentences(
        [
            record_row("mapped", "update", "each", 1000),
            record_row("calls", "update", "each", 500),
        ]
    )
    assert slower.startswith("The same, with a flush after each update, calls")
    assert "calls are 2.00× (1.98 to 2.02) as fast as a mapping" in slower


def test_equal_times_and_doubt_are_said() -> None:
    same = [("mapped", 100.0), ("calls", 100.2)]
    (text,) = sentences(
        [
            ("copy", {"way": way, "promise": "dirty", "cache": "warm"}, {"size": 65536}, around(time))
            for way, time in same
        ]
    )  # fmt: skip
    assert text == (
        "To copy 64 KiB into the cache, cached, a mapping and calls are within "
        "3 % of each other."
    )
    (text,) = sentences(
        [
            ("sparse", {"way": way, "cache": "cold"}, LARGE, times)
            for way, times in (
                ("mapped", [50.0, 100, 150, 200, 110, 90, 70]),
                ("calls", [60.0, 110, 130, 210, 80, 95, 100]),
            )
        ]
    )
    assert text.startswith(
        "To open a file of 16 GiB and touch 1 MiB, not cached, this run cannot "
        "tell: a mapping takes between "
    )


def test_few_samples_give_no_verdict() -> None:
    (text,) = sentences(
        [
            ("sparse", {"way": way, "cache": "warm"}, LARGE, [time, time])
            for way, time in (("mapped", 1.0), ("calls", 9.0))
        ]
    )
    assert text.endswith("this run cannot tell: too few samples.")


def test_a_copy_is_compared_with_the_systems_own_as_well() -> None:
    found = sentences(
        [
            (
                "copy",
                {"way": way, "promise": "durable", "cache": "warm"},
                {"size": 16 << 20},
                around(time),
            )
            for way, time in (("mapped", 400), ("calls", 200), ("system", 100))
        ]
    )
    assert len(found) == 2
    assert "calls are 2.00×" in found[0]
    assert "the system's own copy is 4.00×" in found[1]
    assert all("16 MiB down to the device" in text for text in found)


# W-14
def test_updates_of_one_page_are_told_in_calls_and_octets() -> None:
    found = sentences(
        [
            record_row("mapped", "update-page", "none", 10),
            record_row("calls", "update-page", "none", 1000),
        ],
        accesses=5000,
        write_calls=7,
        storage_write_bytes=4096,
    )
    assert found[1:] == [
        f"Through {words}, 5000 updates of one page made 7 write calls, and "
        "4 KiB to be written at the next flush."
        for words in ("a mapping", "calls")
    ]


def test_a_system_that_counts_no_calls_has_no_sentence_of_them() -> None:
    found = sentences(
        [
            record_row("mapped", "update-page", "none", 10),
            record_row("calls", "update-page", "none", 1000),
        ]
    )
    assert len(found) == 1


def test_a_missing_or_void_side_gives_no_sentence() -> None:
    assert sentences([record_row("mapped", "find", "none", 1)]) == []
    made = document(
        [
            record_row("mapped", "find", "none", 1),
            record_row("calls", "find", "none", 2),
        ]
    )
    made["rows"][1]["state"] = "void"
    assert workloads(read(made)) == ()


def test_times_under_wine_are_not_compared() -> None:
    rows = [
        record_row("mapped", "find", "none", 1),
        record_row("calls", "find", "none", 2),
    ]
    made = document(rows, system="Windows 10.0 (Wine 8.0)")
    assert workloads(read(made)) == ()


def test_the_main_answer_does_not_count_these_rows() -> None:
    rows = [
        record_row("mapped", "find", "none", 1),
        record_row("calls", "find", "none", 2),
    ]
    assert answer(read(document(rows))).each == ()


def test_the_page_has_the_sentences_and_a_way_to_them(tmp_path: Path) -> None:
    made = document(
        [
            record_row("mapped", "find", "none", 1),
            record_row("calls", "find", "none", 2),
        ]
    )
    path = synthetic.make_bundle(tmp_path, made)
    page = read_page(report.render(bundle.read_bundle(path)))
    part = page.one("section", "workloads")
    assert "A flat-file database" in part.words
    assert "as fast as calls" in part.words
    assert any(
        link.attributes.get("href") == "#workloads" for link in page.all("a")
    )


def test_a_run_without_such_rows_has_no_such_part(tmp_path: Path) -> None:
    rows = synthetic.typical_rows()
    path = synthetic.make_bundle(tmp_path, synthetic.bench_document(rows), rows)
    content = report.render(bundle.read_bundle(path))
    assert b'id="workloads"' not in content
    assert b"#workloads" not in content


def allocate_row(way: str, pattern: str, base: float, **numbers: int) -> Row:
    words = {"way": way, "pattern": pattern}
    return ("allocate", words, numbers, around(base))


def test_the_cheapest_source_of_a_large_array_is_named() -> None:
    told = sentences(
        [
            allocate_row("heap", "array", 30e6, size=64 << 20),
            allocate_row("reserve", "array", 20e6, size=64 << 20),
        ],
        resident_before=4096.0,
        resident_after=float(64 << 20),
    )
    assert told == [
        "To get 64 MiB, write to each page twice and give it back, it takes "
        "20.0 ms from reserved and committed pages; from the heap 1.50× (1.48 "
        "to 1.52) as long.",
        "Of 64 MiB that are committed, 4 KiB are resident before the first "
        "touch, and 64 MiB after it.",
    ]


def test_what_a_small_block_holds_is_told_of_both_sources() -> None:
    told = sentences(
        [
            allocate_row("heap", "blocks", 1e5, block=32, threads=2),
            allocate_row("reserve", "blocks", 1e7, block=32, threads=2),
        ],
        mapped_bytes=float(1 << 17),
        resident_after=float(1 << 24),
    )
    assert told == [
        "A block of 32 B holds 4 KiB in the heap, and 4 KiB as pages of its "
        "own, which take 100× (98.8 to 101) as long to get, write and give "
        "back, with 2 threads at once."
    ]


def test_blocks_of_one_source_alone_tell_nothing() -> None:
    row = allocate_row("heap", "blocks", 1e5, block=32, threads=1)
    assert sentences([row], mapped_bytes=1.0, resident_after=2.0) == []


def share_row(way: str, base: float) -> Row:
    words = {"way": way, "pattern": "share"}
    return ("share", words, {"size": 20 << 20, "members": 2}, around(base))


def test_sharing_is_told_by_source_by_phase_and_by_copy() -> None:
    phases = {
        "open_ns": 1e3, "access_ns": 2e3, "map_ns": 3e3, "first_ns": 4e3,
        "steady_ns": 5e3, "close_ns": 6e3,
    }  # fmt: skip
    told = sentences(
        [share_row("paging", 20e6), share_row("temporary", 40e6)],
        mapped_bytes=float(60 << 20),
        resident_after=float(20 << 20),
        **phases,
    )
    assert told == [
        "To share 20 MiB with 2 others, it takes 20.0 ms from the paging "
        "store; from a new temporary file 2.00× (1.98 to 2.02) as long.",
        "Of the paging store, it is made in 1.00 µs, written in 2.00 µs, "
        "opened in 3.00 µs, read in 4.00 µs, read again in 5.00 µs, closed in "
        "6.00 µs.",
        "All of them have mapped 60 MiB, and hold 20 MiB.",
    ]


def echo_row(way: str, rate: int = 0) -> Row:
    words = {"way": way, "pattern": "paced" if rate else "echo"}
    numbers = {"connections": 64, "octets": 64, "rate": rate}
    return ("echo", words, numbers, around(9e3))


def test_echoes_are_compared_by_the_server_s_cpu_time() -> None:
    """The times of the rows are the same, and say nothing."""
    made = document([echo_row("port"), echo_row("libuv"), echo_row("asio")])
    cpu = {"port": 2000.0, "libuv": 3000.0, "asio": 1000.0}
    for sample in made["benchmarks"]:
        sample["partner_user_ns"] = 500.0
        sample["partner_system_ns"] = cpu[sample["name"].split("/")[1]] - 500.0
    told = [text for item in workloads(read(made)) for text in item.sentences]
    assert told == [
        "With 64 connections and messages of 64 B, an echo costs a server by "
        "the library's port 2.00 µs of CPU time; by others, times as much CPU "
        "time: asio 0.500× (0.500 to 0.500), libuv 1.50× (1.50 to 1.50)."
    ]


def test_the_system_calls_of_an_echo_are_told_where_they_are_counted() -> None:
    told = sentences(
        [echo_row("port")],
        partner_user_ns=1e3, partner_system_ns=4e3, partner_calls=0.25,
    )  # fmt: skip
    assert told == [
        "With 64 connections and messages of 64 B, an echo costs a server by "
        "the library's port 5.00 µs of CPU time and 0.250 system calls."
    ]


def test_an_echo_without_the_library_s_own_is_not_told() -> None:
    made = document([echo_row("libuv")], partner_user_ns=1.0, partner_system_ns=1.0)
    assert workloads(read(made)) == ()


def test_paced_echoes_are_told_with_their_pace() -> None:
    told = sentences(
        [echo_row("port", 20000)], partner_user_ns=1e3, partner_system_ns=4e3
    )
    assert told == [
        "With 64 connections and messages of 64 B at a pace of 20000 a second, "
        "an echo costs a server by the library's port 5.00 µs of CPU time."
    ]


def tables_row(way: str, base: float) -> Row:
    words = {"way": way, "pattern": "load"}
    return ("tables", words, {"size": 1 << 20, "members": 3}, around(base))


def test_tables_are_told_by_memory_and_by_time() -> None:
    made = document([tables_row("private", 2e6), tables_row("shared", 1e6)])
    for sample in made["benchmarks"]:
        shared = "/shared/" in sample["name"]
        sample["resident_after"] = float((1 if shared else 4) << 20)
        sample["open_ns"] = 1e6 if shared else 2e6
    told = [text for item in workloads(read(made)) for text in item.sentences]
    assert told == [
        "4 processes that load tables of 1 MiB at the same time hold 4 MiB if "
        "each computes its own, and have them after 2.00 ms; 1 MiB if the "
        "first one initialises a mapping that all share, after 1.00 ms."
    ]


def test_tables_of_one_kind_alone_tell_nothing() -> None:
    row = tables_row("shared", 1e6)
    assert sentences([row], resident_after=1.0, open_ns=1.0) == []


def codec_row(way: str, operation: str, content: str, base: float) -> Row:
    words = {"way": way, "operation": operation, "format": "zlib"}
    size = 125 if content == "records" else 1 << 16
    return (
        "codec",
        words | {"content": content},
        {"size": size, "level": 6},
        around(base),
    )


def test_codecs_are_compared_with_the_library_s_own() -> None:
    told = sentences(
        [
            codec_row("library", "decode", "binary", 1e5),
            codec_row("zlib", "decode", "binary", 1e5),
            codec_row("libdeflate", "decode", "binary", 5e4),
        ],
        encoded_bytes=16384.0,
    )
    assert told == [
        "To decode 64 KiB of binary (16 KiB encoded), zlib, level 6, takes "
        "100 µs by a codec that is kept; by others, times as long: libdeflate "
        "0.500× (0.494 to 0.506), zlib 1.00× (0.988 to 1.01)."
    ]


def test_the_aims_of_codecs_are_told_with_their_verdicts() -> None:
    told = sentences(
        [
            codec_row("library", "decode", "records", 400.0),
            codec_row("zlib-once", "decode", "records", 500.0),
            codec_row("library", "encode", "records", 5200.0),
            codec_row("zlib-once", "encode", "records", 5500.0),
        ]
    )
    aims = [text for text in told if text.startswith("Aim")]
    assert [text.rsplit(" ", 1)[-1] for text in aims] == ["reached.", "missed."]
    assert "CPU time to decode a record of 125 octets, of uncompress" in aims[0]


def test_a_file_that_is_decoded_is_told_by_its_window() -> None:
    def row(way: str, view: int, base: float) -> Row:
        words = {"way": way, "operation": "decode-file", "content": "noise"}
        numbers = {"size": 1 << 26, "view": view}
        return ("codec", words | {"cache": "warm"}, numbers, around(base))

    told = sentences(
        [
            row("mapped", 65536, 1e8),
            row("read", 65536, 2e8),
            row("mapped", 0, 1e8),
            row("read", 0, 1e8),
            row("memory", 0, 1e8),
        ]
    )
    assert [text.split(", a mapping")[0] for text in told] == [
        "To decode a file to 64 MiB of noise, 64 KiB at a time, cached",
        "To decode a file to 64 MiB of noise, all at once, cached",
    ]
    assert "2.00× (1.98 to 2.02) as fast as reading" in told[0]
