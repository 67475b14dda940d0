# SPDX-License-Identifier: MIT
"""What databases, sparse files, copies and memory cost, mapped and otherwise,
in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mapmark import units
from mapmark.comparisons import TIME, way
from mapmark.results import Results, Row
from mapmark.statistics import median, ratio
from mapmark.verdicts import factor, judgement
from mapmark.wakeups import Aim, reached

MAPPED, CALLS, SYSTEM = "mapped", "calls", "system"

_OPERATIONS = {
    ("find", "none"): "To find a record by its key",
    ("read", "none"): "To read one field of a record",
    ("update", "none"): "To update one field of a record, without a flush",
    ("update", "periodic"): "The same, with a flush now and then",
    ("update", "each"): "The same, with a flush after each update",
    ("update-page", "none"): "To update records of one page again and again",
}
_PROMISES = {"dirty": "into the cache", "durable": "down to the device"}
_CACHES = {"warm": "cached", "cold": "not cached"}


@dataclass(frozen=True)
class Workload:
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class _Group:
    """Rows that differ in their way alone, by way."""

    words: Mapping[str, str]
    numbers: Mapping[str, int]
    rows: Mapping[str, Row]


def workloads(results: Results) -> tuple[Workload, ...]:
    """Those of which the run has something to say."""
    if results.context.is_wine:
        return ()
    found = (
        Workload("A flat-file database", tuple(_database(results))),
        Workload("A small part of a large file", tuple(_sparse(results))),
        Workload("Copying a file", tuple(_copies(results))),
        Workload("Allocating memory", tuple(_allocations(results))),
        Workload("Sharing a mapping", tuple(_shared(results))),
        Workload("Tables of a library", tuple(_tables(results))),
        Workload("Echoing over TCP", tuple(_echoes(results))),
        Workload("Encoding and decoding", tuple(_codecs(results))),
    )
    return tuple(item for item in found if item.sentences)


def _groups(results: Results, subject: str) -> Iterator[_Group]:
    """Of the rows that may be believed, in the order of the run."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in results.rows:
        if row.subject == subject and row.is_usable:
            words = [item for item in row.words.items() if item[0] != "way"]
            key = (*words, *row.numbers.items())
            found.setdefault(key, []).append(row)
    for rows in found.values():
        yield _Group(
            rows[0].words, rows[0].numbers, {way(row): row for row in rows}
        )


def _database(results: Results) -> Iterator[str]:
    groups = [
        group
        for group in _groups(results, "record")
        if group.words["cache"] == "warm"
    ]
    most = max((group.numbers["records"] for group in groups), default=0)
    of_most = [group for group in groups if group.numbers["records"] == most]
    for operation, start in _OPERATIONS.items():
        for group in of_most:
            if (group.words["operation"], group.words["flush"]) == operation:
                yield from _sentence(start, group, CALLS, "calls are")
                if operation[0] == "update-page":
                    yield from _price_of_a_page(group)


def _price_of_a_page(group: _Group) -> Iterator[str]:
    """What it takes before a flush, which is counted and not timed."""
    for name, words in ((MAPPED, "a mapping"), (CALLS, "calls")):
        counts = [
            _middle(group.rows.get(name), metric)
            for metric in ("accesses", "write_calls", "storage_write_bytes")
        ]
        if all(count is not None for count in counts):
            updates, calls, octets = (count or 0.0 for count in counts)
            yield (
                f"Through {words}, {units.count(updates)} updates of one page "
                f"made {units.count(calls)} write calls, and "
                f"{units.size(octets)} to be written at the next flush."
            )


def _middle(row: Row | None, metric: str) -> float | None:
    values = () if row is None else row.values(metric)
    return median(values) if values else None


def _sparse(results: Results) -> Iterator[str]:
    for group in _groups(results, "sparse"):
        segment = units.size(group.numbers["segment"])
        size = units.size(group.numbers["size"])
        cache = _CACHES.get(group.words["cache"], group.words["cache"])
        start = f"To open a file of {size} and touch {segment}, {cache}"
        yield from _sentence(start, group, CALLS, "calls are")


def _copies(results: Results) -> Iterator[str]:
    for group in _groups(results, "copy"):
        size = units.size(group.numbers["size"])
        promise = group.words["promise"]
        to = _PROMISES.get(promise, promise)
        cache = _CACHES.get(group.words["cache"], group.words["cache"])
        start = f"To copy {size} {to}, {cache}"
        yield from _sentence(start, group, CALLS, "calls are")
        yield from _sentence(start, group, SYSTEM, "the system's own copy is")


def _allocations(results: Results) -> Iterator[str]:
    for group in _groups(results, "allocate"):
        if group.words["pattern"] == "array":
            yield from _array(group)
        else:
            yield from _blocks(group)


_SOURCES = {
    "heap": "the heap",
    "reserve": "reserved and committed pages",
    "mapping": "a mapping of the paging store",
    "paging": "the paging store",
    "existing": "a file that exists",
    "temporary": "a new temporary file",
    "file": "a mapping of a file that is cached",
}


def _array(group: _Group) -> Iterator[str]:
    size = units.size(group.numbers["size"])
    yield from _ranking(
        f"To get {size}, write to each page twice and give it back", group
    )
    before = _middle(group.rows.get("reserve"), "resident_before")
    after = _middle(group.rows.get("reserve"), "resident_after")
    if before is not None and after is not None:
        yield (
            f"Of {size} that are committed, {units.size(before)} are resident "
            f"before the first touch, and {units.size(after)} after it."
        )


def _ranking(start: str, group: _Group) -> Iterator[str]:
    """The cheapest source, and the others over it."""
    rows = sorted(group.rows.values(), key=lambda row: median(row.values(TIME)))
    if len(rows) < 2:
        return
    best, others = rows[0], rows[1:]
    over = ", ".join(
        f"{_SOURCES.get(way(row), way(row))} "
        f"{factor(ratio(row.values(TIME), best.values(TIME)))}"
        for row in others
    )
    yield (
        f"{start}, it takes {units.duration(median(best.values(TIME)))} from "
        f"{_SOURCES.get(way(best), way(best))}; from {over} as long."
    )


# What is done to a mapping that others open, and the phase that tells it.
_SHARED = (
    ("made", "open_ns"),
    ("written", "access_ns"),
    ("opened", "map_ns"),
    ("read", "first_ns"),
    ("read again", "steady_ns"),
    ("closed", "close_ns"),
)


def _shared(results: Results) -> Iterator[str]:
    for group in _groups(results, "share"):
        size = units.size(group.numbers["size"])
        members = group.numbers.get("members", 1)
        others = "another process" if members == 1 else f"{members} others"
        yield from _ranking(f"To share {size} with {others}", group)
        row = group.rows.get("paging")
        times = [_middle(row, metric) for _, metric in _SHARED]
        if None not in times:
            told = ", ".join(
                f"{what} in {units.duration(time or 0.0)}"
                for (what, _), time in zip(_SHARED, times, strict=True)
            )
            yield f"Of {_SOURCES['paging']}, it is {told}."
        held = _middle(row, "resident_after")
        mapped = _middle(row, "mapped_bytes")
        if held is not None and mapped is not None:
            yield (
                f"All of them have mapped {units.size(mapped)}, and hold "
                f"{units.size(held)}."
            )


def _tables(results: Results) -> Iterator[str]:
    """Each process that loads them has its own, or all of them share one."""
    for group in _groups(results, "tables"):
        rows = [group.rows.get(name) for name in ("private", "shared")]
        held = [_middle(row, "resident_after") for row in rows]
        times = [_middle(row, "open_ns") for row in rows]
        if None in held or None in times:
            continue
        size = units.size(group.numbers["size"])
        loaders = group.numbers["members"] + 1
        own, one = (units.size(octets or 0.0) for octets in held)
        each, all_of = (units.duration(time or 0.0) for time in times)
        yield (
            f"{loaders} processes that load tables of {size} at the same time "
            f"hold {own} if each computes its own, and have them after {each}; "
            f"{one} if the first one initialises a mapping that all share, "
            f"after {all_of}."
        )


OWN_SERVER = "port"


def _echoes(results: Results) -> Iterator[str]:
    """By the CPU time of the server: the time of an echo is also its
    client's."""
    for group in _groups(results, "echo"):
        costs = {name: _cpu_of_others(row) for name, row in group.rows.items()}
        own = costs.pop(OWN_SERVER, ())
        others = {name: cost for name, cost in costs.items() if cost}
        if not own:
            continue
        connections = group.numbers["connections"]
        many = "1 connection" if connections == 1 else f"{connections} connections"
        rate = group.numbers.get("rate", 0)
        pace = f" at a pace of {units.count(rate)} a second" if rate else ""
        text = (
            f"With {many} and messages of {units.size(group.numbers['octets'])}"
            f"{pace}, an echo costs a server by the library's port "
            f"{units.duration(median(own))} of CPU time"
        )
        listed = ", ".join(
            f"{name} {factor(ratio(cost, own))}"
            for name, cost in sorted(
                others.items(), key=lambda item: median(item[1])
            )
        )
        calls = _middle(group.rows[OWN_SERVER], "partner_calls")
        if calls is not None:
            text += f" and {units.digits(calls)} system calls"
        listed = f"; by others, times as much CPU time: {listed}" if listed else ""
        yield f"{text}{listed}."


def _cpu_of_others(row: Row) -> tuple[float, ...]:
    user, system = (
        row.values(f"partner_{kind}_ns") for kind in ("user", "system")
    )
    return tuple(map(sum, zip(user, system, strict=False)))


CODEC, OWN_CODEC = "codec", "library"

_CPU_TIME = "cpu_time_ns"

_CODEC_AIMS = (
    Aim(
        "CPU time to decode 64 KiB, of zlib's own calls",
        "codec/library/decode/zlib/source/size:65536/level:6",
        "codec/zlib/decode/zlib/source/size:65536/level:6",
        1.01,
        _CPU_TIME,
    ),
    Aim(
        "CPU time to encode 64 KiB, of zlib's own calls",
        "codec/library/encode/zlib/source/size:65536/level:6",
        "codec/zlib/encode/zlib/source/size:65536/level:6",
        1.01,
        _CPU_TIME,
    ),
    Aim(
        "CPU time to decode a record of 125 octets, of uncompress",
        "codec/library/decode/zlib/records/size:125/level:6",
        "codec/zlib-once/decode/zlib/records/size:125/level:6",
        1.0,
        _CPU_TIME,
    ),
    Aim(
        "CPU time to encode a record of 125 octets, of compress2",
        "codec/library/encode/zlib/records/size:125/level:6",
        "codec/zlib-once/encode/zlib/records/size:125/level:6",
        1 / 1.3,
        _CPU_TIME,
    ),
)


def _codecs(results: Results) -> Iterator[str]:
    for group in _groups(results, CODEC):
        if group.words["operation"] == "decode-file":
            yield from _decoded_file(group)
        else:
            yield from _coded(group)
    for item in reached(results, _CODEC_AIMS):
        yield item.line


def _coded(group: _Group) -> Iterator[str]:
    own = group.rows.get(OWN_CODEC)
    others = [row for row in group.rows.values() if row is not own]
    if own is None or not others:
        return
    size = units.size(group.numbers["size"])
    encoded = _middle(own, "encoded_bytes")
    to = "" if encoded is None else f" ({units.size(encoded)} encoded)"
    listed = ", ".join(
        f"{way(row)} {factor(ratio(row.values(TIME), own.values(TIME)))}"
        for row in sorted(others, key=lambda row: median(row.values(TIME)))
    )
    yield (
        f"To {group.words['operation']} {size} of {group.words['content']}{to}, "
        f"{group.words['format']}, level {group.numbers['level']}, takes "
        f"{units.duration(median(own.values(TIME)))} by a codec that is kept; "
        f"by others, times as long: {listed}."
    )


def _decoded_file(group: _Group) -> Iterator[str]:
    view = group.numbers.get("view", 0)
    window = f"{units.size(view)} at a time" if view else "all at once"
    cache = _CACHES.get(group.words["cache"], group.words["cache"])
    start = (
        f"To decode a file to {units.size(group.numbers['size'])} of "
        f"{group.words['content']}, {window}, {cache}"
    )
    yield from _sentence(start, group, "read", "reading is")


def _blocks(group: _Group) -> Iterator[str]:
    heap, pages = group.rows.get("heap"), group.rows.get("reserve")
    held = [_held_by_one(row, group.numbers["block"]) for row in (heap, pages)]
    if heap is None or pages is None or None in held:
        return
    one, other = (units.size(octets or 0.0) for octets in held)
    threads = group.numbers.get("threads", 1)
    where = f", with {threads} threads at once" if threads > 1 else ""
    found = ratio(pages.values(TIME), heap.values(TIME))
    yield (
        f"A block of {units.size(group.numbers['block'])} holds {one} in the "
        f"heap, and {other} as pages of its own, which take {factor(found)} "
        f"as long to get, write and give back{where}."
    )


def _held_by_one(row: Row | None, block: int) -> float | None:
    """Octets of memory, of all pages that the blocks lie in."""
    held, asked = (
        _middle(row, metric) for metric in ("resident_after", "mapped_bytes")
    )
    return held / asked * block if held is not None and asked else None


def _sentence(
    start: str, group: _Group, rival: str, rival_is: str
) -> Iterator[str]:
    """The mapped way against one other; nothing where either is missing."""
    if MAPPED in group.rows and rival in group.rows:
        mapped, other = group.rows[MAPPED], group.rows[rival]
        found = ratio(other.values(TIME), mapped.values(TIME))
        said = judgement(found, "a mapping", rival_is)
        yield f"{start}, {said}."
