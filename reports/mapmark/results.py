# SPDX-License-Identifier: MIT
"""What mapmark-bench measured: bench.json as rows with their samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapmark.document import Node, check_schema, parse
from mapmark.errors import damaged

SCHEMA = "mapmark-bench/1"

STATES = ("ok", "unproved", "inconclusive", "void", "unsupported", "error")
MISSING = "missing"

NS_PER_UNIT = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}

# Google Benchmark's own members of a sample that are no metric.
_NO_METRIC = frozenset(
    ("repetitions", "repetition_index", "threads", "iterations")
    + ("family_index", "per_family_instance_index")
    + ("real_time", "cpu_time")
)


@dataclass(frozen=True)
class Slice:
    """A part of a sample; None is what the system did not tell."""

    ns: float
    octets: float
    storage_octets: float | None
    major_faults: float | None
    held_octets: float | None


@dataclass(frozen=True)
class Sample:
    """One repetition of one row; without metrics when it failed."""

    name: str
    repetition: int
    order: int
    iterations: int
    state: str
    reason: str
    checksum: str
    metrics: Mapping[str, float]
    slices: tuple[Slice, ...] = ()


@dataclass(frozen=True)
class Row:
    name: str
    subject: str
    words: Mapping[str, str]
    numbers: Mapping[str, int]
    state: str
    reason: str
    samples: tuple[Sample, ...]

    @property
    def is_usable(self) -> bool:
        """Whether a sentence may speak of it."""
        return self.state in ("ok", "unproved") and bool(
            self.values("real_time_ns")
        )

    def values(self, metric: str) -> tuple[float, ...]:
        """The metric in every sample that may be believed; of a row that may
        not, in every sample there is."""
        believed = ("ok", "unproved")
        return tuple(
            sample.metrics[metric]
            for sample in self.samples
            if metric in sample.metrics
            and (sample.state in believed or self.state not in believed)
        )

    def metric_names(self) -> tuple[str, ...]:
        """In the order in which the samples bring them up."""
        names = {name: None for s in self.samples for name in s.metrics}
        return tuple(names)


@dataclass(frozen=True)
class MeasuredFile:
    path: str
    size_bytes: int
    is_given: bool


@dataclass(frozen=True)
class Cache:
    kind: str
    level: int
    size_bytes: int


@dataclass(frozen=True)
class Context:
    version: str
    date: str
    system: str
    build: Mapping[str, str]
    libraries: Mapping[str, str]
    caches: tuple[Cache, ...]
    logical_cpus: int
    page_bytes: int
    granularity_bytes: int
    clock_cost_ns: float
    clock_resolution_ns: float
    file: MeasuredFile | None
    is_quick: bool
    is_complete: bool
    seed: int

    @property
    def is_wine(self) -> bool:
        return "Wine" in self.system


@dataclass(frozen=True)
class Results:
    context: Context
    expected: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        there = {row.name for row in self.rows}
        return tuple(name for name in self.expected if name not in there)

    def in_state(self, state: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state == state)


def read_results(content: bytes) -> Results:
    node = parse(content, "bench.json")
    context = node.at("context")
    check_schema(context.at("mapmark"), SCHEMA)
    samples = _samples_by_name(node.at("benchmarks"))
    rows = tuple(_row(item, samples) for item in node.at("rows").items())
    names = {row.name for row in rows}
    if len(names) != len(rows):
        raise damaged("bench.json has two rows of one name")
    for name in samples:
        if name not in names:
            raise damaged(f"bench.json has samples of no row: '{name}'")
    return Results(_context(context), node.at("expected").texts(), rows)


def _context(node: Node) -> Context:
    own = node.at("mapmark")
    clock = own.at("clock")
    return Context(
        version=own.at("version").text(),
        date=node.text_or("date", ""),
        system=own.at("system").text(),
        build=_texts(own.find("build")),
        libraries=_texts(own.find("libraries")),
        caches=_caches(node.find("caches")),
        logical_cpus=int(node.number_or("num_cpus", 0)),
        page_bytes=own.at("page_size").whole(),
        granularity_bytes=own.at("granularity").whole(),
        clock_cost_ns=clock.at("cost_ns").number(),
        clock_resolution_ns=clock.at("resolution_ns").number(),
        file=_file(own.find("file")),
        is_quick=own.at("quick").truth(),
        is_complete=own.at("complete").truth(),
        seed=int(own.number_or("seed", 0)),
    )


def _texts(node: Node | None) -> Mapping[str, str]:
    if node is None:
        return {}
    return {key: value.text() for key, value in node.members()}


def _caches(node: Node | None) -> tuple[Cache, ...]:
    if node is None:
        return ()
    return tuple(
        Cache(
            kind=item.text_or("type", ""),
            level=int(item.number_or("level", 0)),
            size_bytes=int(item.number_or("size", 0)),
        )
        for item in node.items()
    )


def _file(node: Node | None) -> MeasuredFile | None:
    if node is None:
        return None
    return MeasuredFile(
        path=node.at("path").text(),
        size_bytes=node.at("size").whole(),
        is_given=node.at("origin").text() == "given",
    )


def _state(node: Node) -> str:
    state = node.at("state").text()
    if state not in STATES:
        raise node.at("state").wrong("one of " + ", ".join(STATES))
    return state


def _row(node: Node, samples: Mapping[str, list[Sample]]) -> Row:
    name = node.at("name").text()
    return Row(
        name=name,
        subject=node.at("subject").text(),
        words={key: word.text() for key, word in node.at("words").members()},
        numbers={
            key: number.whole() for key, number in node.at("numbers").members()
        },
        state=_state(node),
        reason=node.text_or("reason", ""),
        samples=tuple(samples.get(name, ())),
    )


def _samples_by_name(node: Node) -> dict[str, list[Sample]]:
    """In the order of bench.json."""
    found: dict[str, list[Sample]] = {}
    for item in node.items():
        if item.find("mapmark") is None:
            continue  # stands for a row that never came to a sample
        sample = _sample(item)
        found.setdefault(sample.name, []).append(sample)
    return found


def _sample(node: Node) -> Sample:
    own = node.at("mapmark")
    failed = node.find("error_occurred")
    is_failed = failed is not None and failed.truth()
    return Sample(
        name=node.at("name").text(),
        repetition=int(node.number_or("repetition_index", 0)),
        order=int(own.number_or("order", 0)),
        iterations=int(node.number_or("iterations", 0)),
        state=_state(own),
        reason=own.text_or("reason", ""),
        checksum=own.text_or("checksum", ""),
        metrics={} if is_failed else _metrics(node),
        slices=_slices(own.find("slices")),
    )


def _slices(node: Node | None) -> tuple[Slice, ...]:
    return () if node is None else tuple(map(_slice, node.items()))


def _slice(node: Node) -> Slice:
    return Slice(
        ns=_above_zero(node.at("ns")),
        octets=_above_zero(node.at("bytes")),
        storage_octets=_number_or_none(node.find("storage_bytes")),
        major_faults=_number_or_none(node.find("major_faults")),
        held_octets=_number_or_none(node.find("held_bytes")),
    )


def _number_or_none(node: Node | None) -> float | None:
    return None if node is None else node.number()


def _above_zero(node: Node) -> float:
    if node.number() <= 0:
        raise node.wrong("above 0")
    return node.number()


def _metrics(node: Node) -> dict[str, float]:
    unit = node.at("time_unit")
    factor = NS_PER_UNIT.get(unit.text())
    if factor is None:
        raise unit.wrong("a unit of time")
    metrics = {
        "real_time_ns": _above_zero(node.at("real_time")) * factor,
        "cpu_time_ns": node.at("cpu_time").number() * factor,
    }
    for key, member in node.members():
        if key not in _NO_METRIC and _is_number(member.value):
            metrics[key] = member.number()
    return metrics


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
