# SPDX-License-Identifier: MIT
"""Made-up runs: documents in the formats of BUNDLE.md, the same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mapmark import bundle, files, table
from mapmark.record import Identity, Plan, ProgramEnd, Record
from mapmark.results import Results, read_results
from mapmark.statistics import median

Document = dict[str, Any]

KIB, MIB = 1 << 10, 1 << 20
WAYS = ("mapped", "mapped-window", "mapped-populated", "read")

# How much of reading's time a way takes, by cache and pattern; 1 for reading.
SHARES = {
    ("warm", "sequential"): {"mapped": 0.7, "mapped-populated": 0.6},
    ("warm", "random"): {"mapped": 0.4, "mapped-populated": 0.8},
    ("cold", "sequential"): {"mapped": 1.6, "mapped-populated": 1.5},
    ("cold", "random"): {"mapped": 1.01, "mapped-populated": 3.0},
}


@dataclass(frozen=True)
class RowSpec:
    """Times of its samples in ns. A row of subject `write` has an action and
    a promise, and no consumer."""

    way: str = "mapped"
    pattern: str = "sequential"
    consumer: str = "sum"
    cache: str = "warm"
    size: int = MIB
    access: int = 4 * KIB
    times: Sequence[float] = (1000.0,) * 7
    state: str = "ok"
    reason: str = ""
    more: Document = field(default_factory=dict)
    threads: int = 1
    subject: str = "read"
    action: str = ""
    promise: str = ""

    @property
    def words(self) -> dict[str, str]:
        words = {
            "way": self.way,
            "pattern": self.pattern,
            "consumer": self.consumer,
            "action": self.action,
            "promise": self.promise,
            "cache": self.cache,
        }
        return {key: word for key, word in words.items() if word}

    @property
    def name(self) -> str:
        start = "/".join((self.subject, *self.words.values()))
        end = f"/threads:{self.threads}" if self.threads > 1 else ""
        return f"{start}/size:{self.size}/access:{self.access}{end}"


def scattered(
    middle: float, count: int = 7, spread: float = 0.02, seed: str = ""
) -> tuple[float, ...]:
    """Around `middle`, the same for the same seed."""
    chance = random.Random(f"{seed}{middle}")
    return tuple(middle * chance.lognormvariate(0, spread) for _ in range(count))


def typical_rows(
    sizes: Sequence[int] = (MIB, 64 * MIB),
    accesses: Sequence[int] = (4 * KIB, 64 * KIB),
) -> list[RowSpec]:
    """A quick plan: every way, warm and cold, in order and at random."""
    rows = []
    for (cache, pattern), shares in SHARES.items():
        for size in sizes:
            for access in accesses:
                base = size / 6 + 900 * size / access
                for way in WAYS:
                    share = shares.get(way, shares["mapped"] * 1.1)
                    if way == "read":
                        share = 1.0
                    times = scattered(
                        base * share * (9 if cache == "cold" else 1),
                        20 if cache == "cold" else 7,
                        seed=f"{way}{cache}{pattern}{access}",
                    )
                    rows.append(
                        RowSpec(
                            way,
                            pattern,
                            cache=cache,
                            size=size,
                            access=access,
                            times=times,
                        )
                    )
    return rows


def controlled_rows() -> list[RowSpec]:
    """A quick plan with rows of plain memory, which nothing but the machine
    can move."""
    memory = [
        RowSpec("memory", pattern, size=size, times=(size / 10,) * 7)
        for size in (MIB, 64 * MIB)
        for pattern in ("sequential", "random")
    ]
    return [*typical_rows(), *memory]


def measured_again(
    rows: Sequence[RowSpec],
    seed: str,
    by: Callable[[RowSpec], float] = lambda row: 1.0,
    spread: float = 0.01,
) -> list[RowSpec]:
    """The same rows with other samples, all of them times a factor."""
    return [
        replace(
            row,
            times=scattered(
                median(row.times) * by(row),
                len(row.times),
                spread,
                f"{seed}{row.name}",
            ),
        )
        for row in rows
    ]


def writing_rows(
    mapped_ns: float,
    write_ns: float,
    access: int = 4 * KIB,
    pattern: str = "sequential",
    action: str = "write",
    promise: str = "durable",
) -> list[RowSpec]:
    """A mapped row and its rival, without scatter."""
    return [
        RowSpec(
            way,
            pattern,
            "",
            size=16 * MIB,
            access=access,
            times=[time] * 7,
            subject="write",
            action=action,
            promise=promise,
        )
        for way, time in (("mapped", mapped_ns), ("write", write_ns))
    ]


def phase_rows(
    mapped: tuple[float, float],
    read: tuple[float, float],
    cache: str = "warm",
    pattern: str = "sequential",
    way: str = "mapped",
    access: int = 4 * KIB,
) -> list[RowSpec]:
    """First and later walk of 256 pages, in ns; mapping and unmapping take
    10 000 ns more."""
    return [
        RowSpec(
            name,
            pattern,
            cache=cache,
            access=access,
            times=[first + later + beside] * 7,
            subject="phases",
            more={
                "access_ns": 0,
                "prefetch_ns": 0,
                "first_ns": first,
                "steady_ns": later,
            },
        )
        for name, (first, later), beside in (
            (way, mapped, 10_000),
            ("read", read, 0),
        )
    ]


def bench_document(
    rows: Sequence[RowSpec],
    missing: Sequence[str] = (),
    quick: bool = True,
    complete: bool = True,
    system: str = "Linux 6.18.4",
    file: Document | None = None,
) -> Document:
    samples = [
        _sample(row, index) for row in rows for index in range(len(row.times))
    ]
    for row in rows:
        if not row.times:
            samples.append(_failure(row))
    return {
        "context": {
            "date": "2026-01-31T12:00:00+00:00",
            "executable": "mapmark-bench",
            "num_cpus": 2,
            "mhz_per_cpu": 2450,
            "cpu_scaling_enabled": False,
            "caches": [
                {"type": "Data", "level": 1, "size": 32768, "num_sharing": 1},
                {"type": "Unified", "level": 3, "size": 33554432},
            ],
            "library_build_type": "release",
            "mapmark": {
                "schema": "mapmark-bench/1",
                "version": "0.1.0",
                "build": {
                    "id": "0123456789abcdef",
                    "compiler": "GNU 12.2.0",
                    "type": "Release",
                    "flags": "-O2 -g",
                },
                "libraries": {"benchmark": "1.7.1"},
                "system": system,
                "page_size": 4096,
                "granularity": 65536,
                "clock": {"cost_ns": 31.2, "resolution_ns": 1},
                "file": file,
                "quick": quick,
                "seed": 1,
                "complete": complete,
            },
        },
        "expected": [row.name for row in rows] + list(missing),
        "rows": [_row(row) for row in rows],
        "benchmarks": samples,
    }


def _row(row: RowSpec) -> Document:
    return {
        "name": row.name,
        "subject": row.subject,
        "words": row.words,
        "numbers": {
            "size": row.size,
            "access": row.access,
            "threads": row.threads,
        },
        "state": row.state,
        "reason": row.reason,
        "repetitions": len(row.times),
    }


def add_library_calls(document: Document) -> None:
    """As subject lib has them: in two ways, without cache or access size."""
    for way, time in (("library", 55.0), ("bare", 50.0)):
        name = f"lib/{way}/read"
        words, numbers = {"way": way, "call": "read"}, {"octets": 1}
        row = _row(RowSpec(times=[time] * 7))
        row |= {"name": name, "subject": "lib"}
        row |= {"words": words, "numbers": numbers}
        document["rows"].append(row)
        document["expected"].append(name)
        for index in range(7):
            sample = _sample(RowSpec(times=[time] * 7), index)
            sample |= {"name": name, "run_name": name, "accesses": 1}
            document["benchmarks"].append(sample)


def _failure(row: RowSpec) -> Document:
    """As earlier versions wrote it."""
    return {
        "name": row.name,
        "run_name": row.name,
        "run_type": "iteration",
        "repetitions": 0,
        "error_occurred": True,
        "error_message": row.reason,
    }


def _sample(row: RowSpec, index: int) -> Document:
    time = row.times[index]
    accesses = row.size / row.access
    pages = row.size / 4096
    is_mapped = row.way.startswith("mapped")
    document: Document = {
        "name": row.name,
        "run_name": row.name,
        "run_type": "iteration",
        "repetitions": len(row.times),
        "repetition_index": index,
        "threads": 1,
        "iterations": 12,
        "real_time": time,
        "cpu_time": time * 0.97,
        "time_unit": "ns",
        "bytes_per_second": row.size / time * 1e9,
        "items_per_second": accesses / time * 1e9,
        "user_ns": time * 0.6,
        "system_ns": time * 0.37,
        "minor_faults": pages / 16 if is_mapped else 0,
        "major_faults": 0,
        "voluntary_switches": 0,
        "involuntary_switches": 0.25,
        "storage_bytes": row.size if row.cache == "cold" else 0,
        "storage_write_bytes": row.size if row.promise else 0,
        "accesses": accesses,
        "bytes": row.size,
        "pages": pages,
        "maps": 1 if is_mapped else 0,
        "reads": accesses if row.way == "read" else 0,
        "cached_before": 0 if row.cache == "cold" else 1,
        "cached_after": 1,
        "map_ns": 4000 if is_mapped else 0,
        "hint_ns": 0,
        "prefetch_ns": time * 0.3 if "populated" in row.way else 0,
        "access_ns": time * 0.6,
        "flush_ns": time * 0.3 if row.promise == "durable" else 0,
        "unmap_ns": 6000 if is_mapped else 0,
        "clock_share": 0.0004,
        "mapmark": {
            "order": index,
            "state": row.state,
            "reason": row.reason,
            "checksum": "0x1f",
        },
    }
    if is_mapped:
        document["pages_per_fault"] = 16.0
    else:
        document["buffer_alignment"] = 4096
    return document | row.more


def results_of(rows: Sequence[RowSpec], **bench: Any) -> Results:
    return read_results(json.dumps(bench_document(rows, **bench)).encode())


def histograms_document(rows: Sequence[RowSpec]) -> Document:
    found = []
    for row in rows:
        for index, time in enumerate(row.times):
            lower = int(time)
            found.append(
                {
                    "name": row.name,
                    "what": "pass",
                    "repetition": index,
                    "count": 12,
                    "clamped": 0,
                    "min": lower,
                    "max": lower + 9,
                    "buckets": [[lower, lower + 10, 12]],
                }
            )
    schema = {"schema": "mapmark-histograms/1", "unit": "ns"}
    return schema | {"rows": found}


def conformance_document() -> Document:
    def case(name: str, class_name: str, verdicts: Sequence[str]) -> Document:
        subjects = ("http-parser", "engine")
        return {
            "id": name,
            "class": class_name,
            "direction": "request",
            "wire_octets": 96,
            "why": "a reader that disagrees can be smuggled past",
            "epochs": {
                epoch: {"accepted": "cl:5@53", "level": "MUST", "clause": "4.4"}
                for epoch in ("rfc2616", "rfc9112")
            },
            "results": [
                {
                    "subject": subject,
                    "outcome": "cl:5@53",
                    "verdicts": {"rfc2616": "pass", "rfc9112": verdict},
                    "splits": 17,
                    "detail": "" if verdict == "pass" else "took <both>",
                }
                for subject, verdict in zip(subjects, verdicts, strict=True)
            ],
        }

    return {
        "schema": "mapmark-conformance/1",
        "mapmark": "0.1.0",
        "corpus": {"cases": 3, "files": ["length.cases"]},
        "subjects": [
            {"name": "http-parser", "version": "2.9.4", "counts": {}},
            {"name": "engine", "version": "0.1.0", "counts": {}},
        ],
        "cases": [
            case("cl-plain", "content-length", ("pass", "pass")),
            case("cl-twice", "content-length", ("fail", "pass")),
            case("te-and-cl", "smuggling", ("non-strict", "pass")),
        ],
    }


def calls_document() -> Document:
    """Of the two rows that a RowSpec gives for mapping and for reading."""

    def entry(way: str, operations: int, calls: Document) -> Document:
        spec = RowSpec(way)
        row = _row(spec)
        return {
            key: row[key] for key in ("name", "subject", "words", "numbers")
        } | {
            "iterations": 2,
            "state": "ok",
            "reason": "",
            "accesses": 256,
            "operations": operations,
            "calls": calls,
            "total": sum(calls.values()),
            "per_access": sum(calls.values()) / 256,
        }

    return {
        "schema": "mapmark-calls/1",
        "entries": [
            entry("mapped", 1, {"mmap": 1, "munmap": 1}),
            entry("read", 256, {"pread64": 256}),
        ],
    }


def record(**changes: Any) -> Record:
    members: Document = {
        "mapmark": "0.1.0",
        "started": "2026-01-31T12:00:00+00:00",
        "ended": "2026-01-31T12:03:00+00:00",
        "command": "mapmark run --quick",
        "plan": Plan(quick=True, file=None, filter=None),
        "identity": Identity(
            host_key="ab" * 32,
            host={"cpu_vendor": "AuthenticAMD", "logical_cpus": 2},
            env_key="cd" * 32,
            env={"kernel": "Linux 6.18.4", "page_bytes": 4096},
            about={"cpu": "Example 9000 Processor"},
        ),
        "noise": {
            "before": {"cpu_seconds": 100.0, "cpu_stolen_seconds": 1.0},
            "after": {"cpu_seconds": 200.0, "cpu_stolen_seconds": 1.5},
        },
        "programs": (
            ProgramEnd("mapmark-bench", ("mapmark-bench",), 0, None, 9.5, ()),
        ),
        "missing": (),
        "absent": {},
    }
    return Record(**(members | changes))


def make_bundle(
    out: Path,
    bench: Document,
    rows: Sequence[RowSpec] = (),
    conformance: Document | None = None,
    calls: Document | None = None,
    change: Callable[[Document], None] = lambda document: None,
    **record_changes: Any,
) -> Path:
    """Sealed under `out`; `rows` have histograms."""
    making = out / "making"
    making.mkdir(parents=True)
    absent: dict[str, str] = {}
    if conformance is None:
        absent["conformance.json"] = "switched off with --no-conformance"
    else:
        write(making / bundle.CONFORMANCE, conformance)
    if calls is not None:
        write(making / bundle.CALLS, calls)
    content = json.dumps(bench).encode()
    files.write(making / bundle.BENCH, content)
    write(making / bundle.HISTOGRAMS, histograms_document(rows))
    results = read_results(content)
    files.write(making / bundle.SAMPLES, table.samples_csv(results))
    changes: Document = {"absent": absent, "missing": results.missing}
    document = record(**(changes | record_changes)).document()
    change(document)
    write(making / bundle.RUN, document)
    return bundle.seal(making, out)


def write(path: Path, document: Document) -> None:
    files.write(path, json.dumps(document).encode())


def awkward_rows() -> list[RowSpec]:
    """One of each state beside good ones."""
    rows = typical_rows()
    changed = {
        0: ("void", "only 93.1 % of the file was still cached at the end"),
        21: ("void", "3 % of the file stayed in the cache: somebody maps it"),
        43: ("unproved", "only 4096 of 1048576 octets came from storage"),
        44: ("inconclusive", "its samples scatter by 31 %"),
    }
    found = []
    for index, row in enumerate(rows):
        state, reason = changed.get(index, ("ok", ""))
        times = row.times
        if row.way == "mapped-populated" and row.size == MIB:
            state, reason = "unsupported", "the system has no such hint <&>"
            times = ()
        found.append(
            RowSpec(
                row.way,
                row.pattern,
                row.consumer,
                row.cache,
                row.size,
                row.access,
                times,
                state,
                reason,
            )
        )
    return found
