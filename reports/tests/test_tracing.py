# SPDX-License-Identifier: MIT
"""System calls are counted exactly, or it is said why not: with a tracer that
writes what a test wants, and with the real one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mapmark import bundle
from mapmark.calls import Calls, Counted
from mapmark.programs import caught_interrupts
from mapmark.results import read_results
from mapmark.small_rows import choose
from mapmark.tracing import Folders, Traced, count_calls
from tests import synthetic
from tests.programs import (
    REPORTS,
    fake_bench,
    fake_program,
    mapmark,
    serving_programs,
    started,
)
from tests.synthetic import Document, RowSpec

ROW = RowSpec("read")

_COUNTINGS_MOST = 3

# What the loop of a slice makes beside its iterations.
AROUND = ['fsync(3) = 0', 'openat(AT_FDCWD, ""..., O_RDONLY) = 4', "close(4)"]

TRACES = """
Path(option("-o")).write_text((HERE / "log").read_text())
print((HERE / "answers").read_text(), flush=True)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found before any other."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    fake_bench(folder, rows=[ROW], listed=[ROW.name])
    return folder


def sliced(iterations: int, state: str = "ok", reason: str = "") -> Document:
    verdict = {"state": state, "reason": reason}
    counters = {"accesses": 4, "maps": 0, "reads": 4}
    answer = {"slice": ROW.name, "iterations": iterations, "mapmark": verdict}
    return answer | counters


def log_of(slices: Sequence[Sequence[str]]) -> str:
    """Of a row that is opened, sliced and closed."""
    lines = ["execve(...) = 0", "read(0, ...) = 300", "write(1, ...) = 80"]
    for calls in ([], *slices, []):
        lines += [*AROUND, *calls, "write(1, ...) = 80"]
    lines += ["write(1, ...) = 12", "exit_group(0) = ?"]
    return "".join(f"4711 {line}\n" for line in lines)


def answers_of(slices: Sequence[Document]) -> list[Document]:
    opened, closed = {"opened": ROW.name}, {"closed": ROW.name}
    return [{"protocol": "mapmark-serve/1"}, opened, *slices, closed, {"end": True}]


GOOD = [sliced(n) for n in (1, 2, 4, 6)]
READS = [["pread64(4, ...) = 9"] * (4 * n) for n in (1, 2, 4, 6)]


def trace(
    place: Path,
    slices: Sequence[Sequence[str]] = READS,
    answers: Sequence[Document] | None = None,
    body: str = TRACES,
    system: str = "Linux 6.18.4",
) -> Traced:
    answers = answers_of(GOOD) if answers is None else answers
    (place / "log").write_text(log_of(slices))
    (place / "answers").write_text("\n".join(map(json.dumps, answers)))
    fake_program(place / "strace", body)
    return count(place / "mapmark-bench", place, system)


def count(bench: Path, place: Path, system: str = "Linux 6.18.4") -> Traced:
    document = synthetic.bench_document([ROW], system=system)
    results = read_results(json.dumps(document).encode())
    scratch = place / "scratch"
    scratch.mkdir()
    with caught_interrupts() as interrupts:
        folders = Folders(scratch, scratch)
        return count_calls(bench, results, folders, interrupts, print)


def the_entry(traced: Traced) -> Counted:
    assert traced.calls is not None, traced.reason
    (entry,) = traced.calls.entries
    return entry


def test_an_iteration_makes_what_more_iterations_add(place: Path) -> None:
    entry = the_entry(trace(place))
    assert (entry.state, entry.reason) == ("ok", "")
    assert entry.calls == {"pread64": 4}
    assert (entry.iterations, entry.accesses, entry.operations) == (2, 4, 4)
    assert entry.per_access == 1


def test_the_first_slice_may_make_what_it_likes(place: Path) -> None:
    slices = [[*READS[0], "brk(0)", "mmap(0)"], *READS[1:]]
    assert the_entry(trace(place, slices)).calls == {"pread64": 4}


@pytest.mark.parametrize(
    "stray",
    [
        "clock_gettime(CLOCK_MONOTONIC, ...) = 0",
        "read(0, ...) = 4096",
        "<... pread64 resumed>) = 4096",
        "+++ exited with 0 +++",
    ],
)
def test_what_is_no_call_of_the_way_is_not_counted(
    place: Path, stray: str
) -> None:
    slices = [READS[0], READS[1], [*READS[2], stray], READS[3]]
    assert the_entry(trace(place, slices)).calls == {"pread64": 4}


def test_a_call_that_another_one_comes_into_counts_once(place: Path) -> None:
    cut = ["pread64(4,  <unfinished ...>", "<... pread64 resumed>) = 9"]
    slices = [calls[1:] + cut for calls in READS]
    assert the_entry(trace(place, slices)).calls == {"pread64": 4}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((2, 4, 7), "2, 4 and 7 calls of brk in 2, 4 and 6 iterations"),
        ((1, 2, 3), "1, 2 and 3 calls of brk in 2, 4 and 6 iterations"),
        ((4, 2, 0), "4, 2 and 0 calls of brk in 2, 4 and 6 iterations"),
        ((0, 1, 0), "0, 1 and 0 calls of brk in 2, 4 and 6 iterations"),
    ],
)
def test_calls_on_no_line_are_unproved(
    place: Path, counts: tuple[int, int, int], said: str
) -> None:
    slices = [READS[0]]
    for calls, more in zip(READS[1:], counts, strict=True):
        slices.append([*calls, *["brk(0) = 0"] * more])
    entry = the_entry(trace(place, slices))
    assert (entry.state, entry.calls) == ("unproved", {})
    assert entry.reason == f"{said} are on no line"


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ("ok", "ok"),
        ("unproved", "ok"),  # for its cache: calls do not depend on it
        ("void", "ok"),
        ("unsupported", "unsupported"),
        ("error", "error"),
    ],
)
def test_only_a_slice_that_fails_is_not_counted(
    place: Path, state: str, counted: str
) -> None:
    answers = answers_of([*GOOD[:3], sliced(6, state, "for a reason")])
    entry = the_entry(trace(place, answers=answers))
    assert entry.state == counted
    assert entry.reason == ("" if counted == "ok" else "for a reason")
    assert bool(entry.calls) == (counted == "ok")


def test_a_row_that_cannot_be_opened_says_why(place: Path) -> None:
    refused = {"refused": ROW.name, "state": "unsupported", "reason": "no hint"}
    error = {"error": "not open"}
    answers = answers_of([error] * 4)
    answers[1] = refused
    entry = the_entry(trace(place, answers=answers))
    assert (entry.state, entry.reason) == ("unsupported", "no hint")


def test_a_kind_without_a_small_row_is_unsupported(place: Path) -> None:
    (place / "names").write_text("read/other/sequential/sum/warm/size:1")
    fake_program(place / "strace", TRACES)
    (place / "log").write_text("1 write(1, ..)\n1 write(1, ..)\n")
    (place / "answers").write_text('{"protocol": "x"}\n{"end": true}')
    entry = the_entry(count(place / "mapmark-bench", place))
    assert entry.state == "unsupported"
    assert "no small, cached row" in entry.reason


def test_what_several_processes_do_is_not_traced() -> None:
    rows = [ROW, RowSpec("sem_t", subject="ipc")]
    document = synthetic.bench_document(rows)
    results = read_results(json.dumps(document).encode())
    chosen = choose(results.rows, [row.name for row in rows])
    assert [small.name for small in chosen] == [ROW.name]


def test_answers_that_do_not_fit_the_log_are_not_believed(
    place: Path,
) -> None:
    traced = trace(place, answers=answers_of(GOOD)[:-1])
    assert traced.calls is None
    assert traced.reason == "strace saw 8 writes, 7 answers to 8 requests"


def test_without_a_tracer_it_says_so(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))
    traced = count(place / "mapmark-bench", place)
    assert traced.calls is None and traced.programs == ()
    assert traced.reason == "there is no strace here, which counts them"


def test_under_wine_nothing_is_counted(place: Path) -> None:
    traced = trace(place, system="Windows 10.0 (Wine 8.0)")
    assert traced.calls is None and traced.programs == ()
    assert traced.reason == "under Wine the calls are those of Wine"


def test_a_tracer_that_is_not_permitted_is_quoted(place: Path) -> None:
    said = "strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted"
    body = f'print("{said}", file=sys.stderr)\nsys.exit(1)\n'
    traced = trace(place, body=body)
    assert traced.calls is None
    assert traced.reason == f"strace ended with exit code 1: {said}"


def test_a_program_that_does_not_list_its_rows_is_told(place: Path) -> None:
    (place / "names").unlink()
    traced = trace(place)
    assert traced.calls is None
    assert traced.reason == "mapmark-bench --list ended with exit code 2"


def run(tmp_path: Path, *arguments: str | Path) -> tuple[int, bundle.Bundle]:
    out = tmp_path / "runs"
    ended = mapmark(
        "run", "--out", out, *arguments, programs=tmp_path / "bin"
    )
    (path,) = out.iterdir()
    return ended.code, bundle.read_bundle(path)


def test_a_run_keeps_what_was_counted(tmp_path: Path, place: Path) -> None:
    (place / "log").write_text(log_of(READS))
    answers = map(json.dumps, answers_of(GOOD))
    (place / "answers").write_text("\n".join(answers))
    fake_program(place / "strace", TRACES)
    code, found = run(tmp_path)
    assert code == 0
    assert found.calls is not None and found.results is not None
    assert found.calls.per_access(found.results.rows[0]) == 1
    assert [end.name for end in found.record.programs][1:] == ["strace"]


def test_counting_can_be_switched_off(tmp_path: Path, place: Path) -> None:
    fake_program(place / "strace", "sys.exit(1)\n")
    code, found = run(tmp_path, "--no-calls")
    assert (code, found.calls) == (0, None)
    why = found.record.absent["calls.json"]
    assert why == "switched off with --no-calls"


def test_a_refused_tracer_fails_no_run(tmp_path: Path, place: Path) -> None:
    fake_program(place / "strace", "sys.exit(1)\n")
    code, found = run(tmp_path)
    assert (code, found.calls) == (0, None)
    why = found.record.absent["calls.json"]
    assert why == "strace ended with exit code 1"


def test_a_crash_while_counting_is_a_problem(
    tmp_path: Path, place: Path
) -> None:
    fake_program(place / "strace", "os.kill(os.getpid(), signal.SIGSEGV)\n")
    code, found = run(tmp_path)
    assert code == 5
    assert found.results is not None
    assert found.record.absent["calls.json"] == "strace was killed by SIGSEGV"


# Leaves it to the program that it traces to end, as the real one does.
DEAF = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = os.fork()
if child == 0:
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(130))
    (HERE / "started").write_text("yes")
    while True:
        signal.pause()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_an_interrupt_reaches_the_program_behind_the_tracer(
    tmp_path: Path, place: Path
) -> None:
    os.mkfifo(place / "started")
    fake_program(place / "strace", DEAF)
    out = tmp_path / "runs"
    with started(place, "run", "--out", out) as process:
        assert (place / "started").read_text() == "yes"
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complained.endswith("mapmark: interrupted; nothing was kept\n")
    assert not out.exists()


@pytest.fixture
def programs() -> Path:
    found = serving_programs()
    if found is None:
        pytest.skip("no mapmark-bench that serves is built")
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    if subprocess.run(["strace", "true"], capture_output=True).returncode:
        pytest.skip("tracing is not permitted here")
    return found


@pytest.fixture
def counted(programs: Path, tmp_path: Path) -> Calls:
    """Counted again where the file was filled anew amid the counting, because
    the system had taken back what was cached of it."""
    file = tmp_path / "file"
    file.write_bytes(os.urandom(100_000))
    pattern = "^read/.*/(sequential|random)/sum/(warm|cold)/.*access:4096$"
    for number in range(_COUNTINGS_MOST):
        out = tmp_path / f"runs-{number}"
        ended = mapmark(
            "run", "--quick", "--file", file, "--filter", pattern,
            "--out", out, "--no-conformance", programs=programs,
        )  # fmt: skip
        (path,) = out.iterdir()
        calls = bundle.read_bundle(path).calls
        assert calls is not None, ended.err
        if not any("fadvise64" in entry.reason for entry in calls.entries):
            break
    return calls


def test_each_way_makes_the_calls_that_it_is_made_of(counted: Calls) -> None:
    accesses = 256
    seen = set()
    for entry in counted.entries:
        if entry.state == "unsupported":
            continue  # a hint that this system refuses
        way, pattern = entry.words["way"], entry.words["pattern"]
        seen.add(way)
        assert (entry.state, entry.reason) == ("ok", ""), entry
        assert entry.accesses == accesses
        if way == "memory":
            assert entry.calls == {}
        elif way == "stdio":
            assert entry.calls["read"] <= accesses
            assert set(entry.calls) <= {"read", "lseek"}
            assert pattern == "random" or entry.calls["lseek"] == 1
        elif way in ("read", "read-misaligned"):
            assert entry.calls == {"pread64": accesses}
        else:
            hint = entry.calls.get("madvise", 0)
            assert hint == (way not in ("mapped", "mapped-window"))
            views = {"mmap": 1, "munmap": 1}
            assert entry.calls == views | ({"madvise": 1} if hint else {})
    assert {"mapped", "mapped-window", "mapped-populated", "read"} <= seen
    assert {"stdio", "read-misaligned", "memory"} <= seen


# In a process that is traced itself: nobody can trace what it starts.
COUNTS = """
import sys
from pathlib import Path
sys.path.insert(0, {reports!r})
from tests.test_tracing import count
print(count(Path({bench!r}), Path({place!r})).reason)
"""


def test_a_system_that_forbids_tracing_is_quoted(
    programs: Path, tmp_path: Path
) -> None:
    script = COUNTS.format(
        reports=str(REPORTS),
        bench=str(programs / "mapmark-bench"),
        place=str(tmp_path),
    )
    outer = ["strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null"]
    done = subprocess.run(
        [*outer, sys.executable, "-B", "-c", script],
        capture_output=True,
        text=True,
    )
    assert "strace ended with exit code 1: " in done.stdout, done
    assert "not permitted" in done.stdout
