# SPDX-License-Identifier: MIT
"""mapmark run with stand-ins that end in every way a program can."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from mapmark import bundle
from tests.programs import MEASURES, Ended, fake_bench, fake_conform, mapmark
from tests.synthetic import KIB, RowSpec


def run(tmp_path: Path, *arguments: str | Path) -> Ended:
    programs = tmp_path / "bin"
    return mapmark(
        "run", "--out", tmp_path / "runs", *arguments, programs=programs
    )


def the_bundle(tmp_path: Path) -> bundle.Bundle:
    (path,) = (tmp_path / "runs").iterdir()
    return bundle.read_bundle(path)


def test_a_run_makes_one_bundle_and_says_the_answer(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    fake_conform(tmp_path / "bin")
    ended = run(tmp_path, "--quick")
    assert (ended.code, ended.err) == (0, "measuring 2 rows, about 4 s\n")
    found = the_bundle(tmp_path)
    assert ended.lines[0] == str(found.path)
    assert ended.lines[1] == "Map it."
    assert ended.lines[2].endswith("2.00× (2.00 to 2.00).")
    made = {path.name for path in found.path.iterdir()}
    assert made | set(found.record.absent) == set(bundle.MEMBERS)
    assert set(found.record.absent) <= set(bundle.LATER_MEMBERS)
    assert found.record.plan.quick
    assert found.record.command == (
        f"mapmark run --out {tmp_path}/runs --quick"
    )
    assert [end.exit_code for end in found.record.programs] == [0, 0]


def test_what_the_user_asked_for_is_passed_on(tmp_path: Path) -> None:
    body = '(HERE / "arguments").write_text("\\n".join(sys.argv[1:]))'
    fake_bench(tmp_path / "bin", body + MEASURES)
    file = tmp_path / "my file"
    file.write_bytes(b"x")
    ended = run(tmp_path, "--file", file, "--filter", "^read/", "--quick")
    assert ended.code == 0
    words = (tmp_path / "bin/arguments").read_text().splitlines()
    assert words[words.index("--file") + 1] == str(file)
    assert words[words.index("--filter") + 1] == "^read/"
    assert {"--quick", "--progress=json"} <= set(words)


def test_without_conform_the_bundle_says_why(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    assert run(tmp_path).code == 0
    why = the_bundle(tmp_path).record.absent["conformance.json"]
    assert why == "there is no mapmark-conform"


def test_conformance_can_be_switched_off(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    fake_conform(tmp_path / "bin")
    assert run(tmp_path, "--no-conformance").code == 0
    why = the_bundle(tmp_path).record.absent["conformance.json"]
    assert why == "switched off with --no-conformance"


def test_a_parser_that_deviates_is_a_finding(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    path = fake_conform(tmp_path / "bin")
    path.write_text(path.read_text() + "sys.exit(6)\n")
    assert run(tmp_path).code == 0
    assert the_bundle(tmp_path).conformance is not None


@pytest.mark.parametrize(
    ("more", "options"), [(("--quick",), "--no-splits --largest 300"), ((), "")]
)
def test_a_quick_plan_examines_parsers_quickly(
    tmp_path: Path, more: tuple[str, ...], options: str
) -> None:
    fake_bench(tmp_path / "bin")
    path = fake_conform(tmp_path / "bin")
    tells = '(HERE / "told").write_text(" ".join(sys.argv[3:]))\n'
    path.write_text(path.read_text() + tells)
    assert run(tmp_path, *more).code == 0
    assert (tmp_path / "bin" / "told").read_text() == options


def test_a_crashed_conform_leaves_the_measurements(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    fake_conform(tmp_path / "bin", "os.kill(os.getpid(), signal.SIGSEGV)\n")
    ended = run(tmp_path)
    assert ended.code == 5
    assert "mapmark: mapmark-conform was killed by SIGSEGV" in ended.err
    found = the_bundle(tmp_path)
    assert found.results is not None
    assert found.record.absent["conformance.json"] == (
        "mapmark-conform was killed by SIGSEGV"
    )


def test_a_crash_keeps_the_rows_so_far(tmp_path: Path) -> None:
    body = MEASURES + 'print("mapmark-bench: assertion", file=sys.stderr)\n'
    body += "sys.stderr.flush()\nos.kill(os.getpid(), signal.SIGABRT)\n"
    fake_bench(tmp_path / "bin", body, missing=["read/late"], complete=False)
    ended = run(tmp_path)
    assert ended.code == 5
    assert "mapmark: mapmark-bench was killed by SIGABRT" in ended.err
    assert "mapmark: missing: read/late" in ended.err
    found = the_bundle(tmp_path)
    assert found.results is not None and len(found.results.rows) == 2
    assert found.record.missing == ("read/late",)
    assert found.record.programs[0].signal == "SIGABRT"
    assert found.record.programs[0].stderr == ("mapmark-bench: assertion",)


def test_a_crash_before_any_row_is_kept_too(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin", "os.kill(os.getpid(), signal.SIGKILL)\n")
    ended = run(tmp_path)
    assert ended.code == 5
    why = "mapmark-bench was killed by SIGKILL and did not write it"
    assert ended.lines[1] == f"No answer: {why}"
    found = the_bundle(tmp_path)
    assert found.results is None
    assert set(found.record.absent) == set(bundle.MEMBERS[1:])
    report = mapmark("report", found.path)
    assert report.code == 0
    assert report.lines[1] == f"No answer: {why}"


def test_rows_that_are_not_ok_are_told_and_are_code_5(tmp_path: Path) -> None:
    rows = [
        RowSpec("mapped", state="void", reason="2 % were evicted"),
        RowSpec("read"),
        RowSpec("read", access=KIB, times=(), state="error", reason="EIO"),
    ]
    fake_bench(tmp_path / "bin", MEASURES + "sys.exit(5)\n", rows)
    ended = run(tmp_path)
    assert ended.code == 5
    assert f"mapmark: void: {rows[0].name}: 2 % were evicted" in ended.err
    assert f"mapmark: error: {rows[2].name}: EIO" in ended.err
    assert ended.lines[1].startswith("No answer.")


def inconclusive_rows() -> list[RowSpec]:
    wide = "its samples scatter by 31 %"
    return [RowSpec("mapped", state="inconclusive", reason=wide), RowSpec("read")]


def test_inconclusive_rows_are_told_and_are_code_4(tmp_path: Path) -> None:
    rows = inconclusive_rows()
    fake_bench(tmp_path / "bin", MEASURES + "sys.exit(4)\n", rows)
    ended = run(tmp_path)
    assert ended.code == 4
    assert ended.err.splitlines()[1:] == [
        f"mapmark: inconclusive: {rows[0].name}: {rows[0].reason}"
    ]
    assert the_bundle(tmp_path).record.programs[0].exit_code == 4
    assert ended.lines[1].startswith("No answer.")


def test_what_is_missing_is_worse_than_inconclusive(tmp_path: Path) -> None:
    body = MEASURES + "sys.exit(4)\n"
    fake_bench(tmp_path / "bin", body, inconclusive_rows(), ["read/late"])
    assert run(tmp_path).code == 5


def test_many_problems_are_cut_short(tmp_path: Path) -> None:
    missing = [f"read/{n}" for n in range(40)]
    fake_bench(tmp_path / "bin", missing=missing)
    ended = run(tmp_path)
    assert ended.code == 5
    assert ended.err.count("mapmark: missing: ") == 12
    assert ended.err.endswith("mapmark: and 28 more\n")


@pytest.mark.parametrize("code", [2, 3, 74])
def test_a_refusal_is_passed_on_and_leaves_nothing(
    tmp_path: Path, code: int
) -> None:
    body = f'print("mapmark-bench: not so", file=sys.stderr)\nsys.exit({code})'
    fake_bench(tmp_path / "bin", body)
    ended = run(tmp_path)
    assert ended.code == code
    assert ended.err == (
        "mapmark-bench: not so\n"
        f"mapmark: mapmark-bench ended with exit code {code}; no bundle\n"
    )
    assert not (tmp_path / "runs").exists()


def test_nothing_that_could_run_is_code_77(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin", "sys.exit(77)\n")
    ended = run(tmp_path)
    assert ended.code == 77
    assert ended.err == "mapmark: nothing could run here\n"
    assert not (tmp_path / "runs").exists()


def test_only_unsupported_rows_are_a_bundle_and_code_77(
    tmp_path: Path,
) -> None:
    rows = [RowSpec(times=(), state="unsupported", reason="no such hint")]
    fake_bench(tmp_path / "bin", MEASURES + "sys.exit(77)\n", rows)
    assert run(tmp_path).code == 77
    assert the_bundle(tmp_path).results is not None


def test_a_bench_json_that_cannot_be_read_is_an_internal_error(
    tmp_path: Path,
) -> None:
    programs = tmp_path / "bin"
    fake_bench(programs)
    (programs / "bench.json").write_text('{"context": {"mapmark"')
    ended = run(tmp_path)
    assert ended.code == 70
    assert "mapmark-bench wrote what it must not: bench.json is not" in ended.err
    assert not (tmp_path / "runs").exists()


def test_output_that_is_no_event_is_nobodys_concern(tmp_path: Path) -> None:
    body = 'print("hello\\xff")\nprint("[1, 2")\nprint(json.dumps([1]))\n'
    fake_bench(tmp_path / "bin", body + MEASURES)
    assert run(tmp_path).code == 0


def test_a_line_without_end_and_much_output_do_not_block(
    tmp_path: Path,
) -> None:
    body = 'sys.stderr.write("x" * 300_000)\nsys.stdout.write("y" * 300_000)\n'
    fake_bench(tmp_path / "bin", MEASURES + body)
    ended = run(tmp_path)
    assert ended.code == 0
    assert "x" * 300_000 in ended.err


def test_what_a_grandchild_holds_open_is_not_waited_for(
    tmp_path: Path,
) -> None:
    body = """
child = os.fork()
if child == 0:
    signal.pause()
(HERE / "child").write_text(str(child))
"""
    fake_bench(tmp_path / "bin", MEASURES + body)
    try:
        assert run(tmp_path).code == 0
    finally:
        os.kill(int((tmp_path / "bin/child").read_text()), signal.SIGKILL)


def test_bundles_of_two_runs_stand_side_by_side(tmp_path: Path) -> None:
    fake_bench(tmp_path / "bin")
    fake_conform(tmp_path / "bin")
    first = run(tmp_path).lines[0]
    content = {
        path.name: path.read_bytes() for path in Path(first).iterdir()
    }
    second = run(tmp_path, "--quick").lines[0]
    assert first != second
    assert content == {
        path.name: path.read_bytes() for path in Path(first).iterdir()
    }
    assert json.loads(content["run.json"])["plan"]["quick"] is False
