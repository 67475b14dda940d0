# SPDX-License-Identifier: MIT
"""Counts of two builds, compared; the committed ones; and real counts of a
real program."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mapmark.errors import ExitCode, Failure
from mapmark.gate import callgrind
from mapmark.gate.counters import (
    CounterVerdict,
    Counts,
    Outcome,
    RowCounts,
    compare,
    read_baseline,
    write_baseline,
)
from mapmark.gate.counting import count
from mapmark.gate.marks import Mark, read_marks
from mapmark.programs import Interrupts, caught_interrupts
from mapmark.record import Identity
from tests.programs import serving_programs

ROOT = Path(__file__).resolve().parents[2]
MAP = "lib/library/map"


def counted(
    row: str = "a/b",
    calls: Mapping[str, float] | None = None,
    slack: Mapping[str, float] | None = None,
    reason: str = "",
    **values: float,
) -> RowCounts:
    calls = calls or {}
    if not reason:
        values = {"calls": float(sum(calls.values()))} | values
    return RowCounts(row, values, calls, slack or {}, reason)


def counts(*rows: RowCounts) -> Counts:
    return Counts(rows)


def verdict_of(
    before: RowCounts, after: RowCounts, counter: str = "calls"
) -> CounterVerdict:
    verdicts = compare(counts(before), counts(after))
    (verdict,) = (each for each in verdicts if each.counter == counter)
    return verdict


def test_one_call_more_is_more_and_has_its_name() -> None:
    verdict = verdict_of(
        counted(calls={"mmap": 1, "munmap": 1}),
        counted(calls={"mmap": 1, "munmap": 1, "getppid": 1}),
    )
    assert verdict.outcome is Outcome.MORE
    assert (verdict.baseline, verdict.candidate) == (2, 3)
    assert verdict.detail == "1 more getppid"


def test_fewer_calls_are_less() -> None:
    verdict = verdict_of(counted(calls={"read": 4}), counted(calls={"read": 1}))
    assert verdict.outcome is Outcome.LESS
    assert verdict.detail == "3 fewer read"


def test_other_calls_in_the_same_number_are_the_same() -> None:
    verdict = verdict_of(
        counted(calls={"read": 1}), counted(calls={"pread64": 1})
    )
    assert verdict.outcome is Outcome.SAME


@pytest.mark.parametrize(
    ("before", "after", "slack", "outcome"),
    [
        (0, 0.03, 0, Outcome.SAME),  # one fault in 32 iterations
        (0, 0.5, 0, Outcome.MORE),
        (256, 257, 0, Outcome.MORE),
        (256, 255, 0, Outcome.LESS),
        (17, 19, 4, Outcome.SAME),
        (17, 22, 4, Outcome.MORE),
    ],
)
def test_faults_may_differ_by_what_is_declared(
    before: float, after: float, slack: float, outcome: Outcome
) -> None:
    verdict = verdict_of(
        counted(faults=before, slack={"faults": slack}),
        counted(faults=after, slack={"faults": slack}),
        "faults",
    )
    assert verdict.outcome is outcome


def test_instructions_may_differ_by_a_thousandth() -> None:
    before = counted(instructions=10000.0)
    same = counted(instructions=10009.0)
    more = counted(instructions=10011.0)
    few = counted(instructions=100.0)
    stray = counted(instructions=101.5)
    assert verdict_of(before, same, "instructions").outcome is Outcome.SAME
    assert verdict_of(before, more, "instructions").outcome is Outcome.MORE
    assert verdict_of(few, stray, "instructions").outcome is Outcome.SAME


def test_what_was_not_counted_is_unknown_and_never_the_same() -> None:
    gone = compare(counts(counted()), counts())
    failed = compare(counts(counted()), counts(counted(reason="no line")))
    lacking = verdict_of(counted(faults=0.0), counted(), "faults")
    assert [each.outcome for each in (*gone, *failed)] == [Outcome.UNKNOWN] * 2
    assert failed[0].detail == "no line"
    assert lacking.outcome is Outcome.UNKNOWN


def test_a_new_row_is_compared_with_nothing() -> None:
    assert compare(counts(), counts(counted())) == ()


# ---- what is committed -------------------------------------------------------


def machine(host: str = "h1", env: str = "e1") -> Identity:
    return Identity(host, {"logical_cpus": 2}, env, {"kernel": "Linux"}, {})


def test_what_is_committed_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "counters.json"
    row = counted(calls={"mmap": 1}, slack={"faults": 0.0}, faults=3.0)
    write_baseline(path, machine(), counts(row))
    assert read_baseline(path, "h1", "e1") == counts(row)
    assert read_baseline(path, "h1", "e2") is None
    assert read_baseline(path, "h2", "e1") is None


def test_nothing_is_committed_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none.json", "h1", "e1") is None


def test_an_update_replaces_one_machine_and_keeps_the_others(
    tmp_path: Path,
) -> None:
    path = tmp_path / "counters.json"
    for host, faults in (("h1", 1.0), ("h2", 2.0), ("h1", 3.0)):
        write_baseline(path, machine(host), counts(counted(faults=faults)))
    for host, faults in (("h1", 3.0), ("h2", 2.0)):
        found = read_baseline(path, host, "e1")
        assert found is not None
        assert found.rows[0].values["faults"] == faults


def test_a_row_that_could_not_be_counted_is_not_committed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "counters.json"
    write_baseline(path, machine(), counts(counted(), counted("c", reason="x")))
    found = read_baseline(path, "h1", "e1")
    assert found is not None and [row.row for row in found.rows] == ["a/b"]


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "other/1"}'])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "counters.json"
    path.write_text(content)
    with pytest.raises(Failure) as refused:
        read_baseline(path, "h1", "e1")
    assert refused.value.code == ExitCode.INPUT_OUTPUT


def test_the_committed_file_counts_rows_that_are_marked() -> None:
    path = ROOT / "ci/gate-counters.json"
    document = json.loads(path.read_text())
    marked = {mark.row for mark in read_marks() if mark.counted}
    for entry in document["machines"]:
        found = read_baseline(path, entry["host_key"], entry["env_key"])
        assert found is not None
        assert {row.row for row in found.rows} <= marked
        assert len(found.rows) >= 0.9 * len(marked)


# ---- a real program ----------------------------------------------------------


@pytest.fixture
def bench() -> Path:
    folder = serving_programs()
    if folder is None:
        pytest.skip("mapmark-bench is not built")
    return folder / "mapmark-bench"


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    with caught_interrupts() as found:
        yield found


def marks(*names: str) -> list[Mark]:
    return [mark for mark in read_marks() if mark.row in names]


def test_a_view_is_two_calls_and_memory_a_fault_a_page(
    bench: Path, interrupts: Interrupts, tmp_path: Path
) -> None:
    array = "allocate/reserve/array/size:1048576"
    found = count(bench, marks(MAP, array), interrupts, scratch=tmp_path)
    view, memory = found.rows
    assert view.calls == {"mmap": 1, "munmap": 1}
    assert (view.values["calls"], view.values["faults"]) == (2, 0)
    assert memory.values["faults"] == 256
    assert not list(tmp_path.iterdir())


def test_two_counts_of_one_build_are_the_same(
    bench: Path, interrupts: Interrupts
) -> None:
    evidence = [mark for mark in read_marks() if mark.evidence]
    first, second = (count(bench, evidence, interrupts) for _ in range(2))
    verdicts = compare(first, second)
    assert {each.outcome for each in verdicts} == {Outcome.SAME}
    assert len(verdicts) >= 2 * len(first.rows)


def test_a_build_without_the_row_is_told(
    bench: Path, interrupts: Interrupts
) -> None:
    gone = Mark(
        "lib/library/gone", False, True, False, False, False, "mapping", 0, None
    )
    (row,) = count(bench, [gone], interrupts).rows
    assert "there is no row" in row.reason and not row.values


def test_a_program_that_is_none_is_an_environment_without_it(
    tmp_path: Path, interrupts: Interrupts
) -> None:
    with pytest.raises(Failure) as refused:
        count(tmp_path / "none", marks(MAP), interrupts)
    assert refused.value.code == ExitCode.ENVIRONMENT


# ---- callgrind ---------------------------------------------------------------


@pytest.mark.skipif(
    shutil.which("valgrind") is None, reason="valgrind is not installed"
)
def test_instructions_and_allocations_are_counted_on_request(
    bench: Path, interrupts: Interrupts
) -> None:
    once = "codec/library-once/decode/zlib/records/size:4096/level:6"
    found = count(bench, marks(MAP, once), interrupts, instructions=True)
    view, decoded = (row.values for row in found.rows)
    assert 50 < view["instructions"] < 1000
    assert view["allocations"] == 0
    assert decoded["instructions"] > 4096
    assert decoded["allocations"] >= 1

DUMP = """
fn=(1) run_body
1 10
cfn=(2) malloc
calls=3 5
1 90
cfn=(3) mm_view_map
calls=7 5
1 20
fn=(3)
1 4
cfn=(2)
calls=2 5
1 60
totals: 184
"""


def test_calls_of_allocators_are_allocations() -> None:
    assert callgrind._read(DUMP) == callgrind.Slice(184, 5)
