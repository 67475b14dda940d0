# SPDX-License-Identifier: MIT
"""Every case is counted once, and nothing that went wrong counts as passed."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

import count

# As cmocka prints them, what goes to the error stream in between.
ALL_KINDS = """[==========] Running 4 test(s).
[ RUN      ] fine
[       OK ] fine
[ RUN      ] absent
SKIP absent: needs a newer kernel
[  SKIPPED ] absent
[ RUN      ] wrong
[  ERROR   ] --- 0x1 != 0x2
[   LINE   ] --- a.c:9: error: Failure!
[  FAILED  ] wrong
[ RUN      ] unready
Could not run test: Test setup failed
[  ERROR   ] unready
[==========] 4 test(s) run.
[  PASSED  ] 1 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] absent

 1 SKIPPED TEST(S)
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] wrong

 2 FAILED TEST(S)
"""
FINE = """[==========] Running 1 test(s).
[ RUN      ] fine
a child spoke without a line end[       OK ] fine
[==========] 1 test(s) run.
[  PASSED  ] 1 test(s).
"""
CRASHED = "[==========] Running 2 test(s).\n[ RUN      ] deadly\n"


def ctest(name: str, output: str, status: str = "run", inner: str = "") -> str:
    return (
        f"<testcase name={quoteattr(name)} classname={quoteattr(name)}"
        f' status="{status}">{inner}'
        f"<system-out>{escape(output)}</system-out></testcase>"
    )


def counted(folder: Path, *entries: str, code: int = 0) -> list[str]:
    """Return the lines that one step `release` of these entries adds up to."""
    suite = f"<testsuite>{''.join(entries)}</testsuite>"
    (folder / "release.xml").write_text(suite, encoding="utf-8")
    return summed(folder, f"release\ttests\t{code}\n")


def summed(folder: Path, steps: str) -> list[str]:
    (folder / "steps.tsv").write_text(steps, encoding="utf-8")
    cases = count.all_cases(folder)
    return [
        *count.listing(cases, count.Outcome.SKIPPED),
        *count.listing(cases, count.Outcome.FAILED),
        count.total(cases),
    ]


def test_cases_are_counted_not_programs(tmp_path: Path) -> None:
    failed = ctest("lib.x", ALL_KINDS, "fail", '<failure message="Failed"/>')
    assert counted(tmp_path, failed, ctest("lib.y", FINE), code=8) == [
        "skipped: release lib.x absent: needs a newer kernel",
        "failed: release lib.x wrong: [ ERROR ] --- 0x1 != 0x2"
        " [ LINE ] --- a.c:9: error: Failure!",
        "failed: release lib.x unready: Could not run test: Test setup failed",
        "total: 2 passed, 2 failed, 1 skipped",
    ]


def test_a_case_that_never_ended_has_failed(tmp_path: Path) -> None:
    crashed = ctest("lib.x", CRASHED, "fail", '<failure message="SEGFAULT"/>')
    assert counted(tmp_path, crashed, code=8) == [
        "failed: release lib.x deadly: it did not end",
        "total: 0 passed, 1 failed, 0 skipped",
    ]


def test_a_program_that_fails_after_its_cases_has_failed(tmp_path: Path) -> None:
    output = FINE + "LeakSanitizer: 8 octets\n"
    leaked = ctest("lib.x", output, "fail", '<failure message=""/>')
    assert counted(tmp_path, leaked, code=8) == [
        "failed: release lib.x: LeakSanitizer: 8 octets",
        "total: 1 passed, 1 failed, 0 skipped",
    ]


def test_an_entry_without_cases_is_one_test(tmp_path: Path) -> None:
    skip = '<skipped message="SKIP_RETURN_CODE=77"/>'
    assert counted(
        tmp_path,
        ctest("lib.symbols", "12 symbols\n"),
        ctest("run.cold", "first\ncannot drop caches\n\n", "notrun", skip),
        ctest("lib.gone", "", "notrun"),
    ) == [
        "skipped: release run.cold: cannot drop caches",
        "failed: release lib.gone: not run",
        "total: 1 passed, 1 failed, 1 skipped",
    ]


def test_the_cases_of_a_pytest_that_ctest_ran_are_counted(tmp_path: Path) -> None:
    output = (
        "....sF.s                        [100%]\n"
        "SKIPPED [2] test/test_a.py:12: needs a second CPU\n"
        "FAILED test/test_a.py::test_b[x] - assert 1 == 2\n"
        "1 failed, 5 passed, 2 skipped, 1 warning in 0.12s\n"
    )
    failed = ctest("bench.program", output, "fail", '<failure message="Failed"/>')
    assert counted(tmp_path, failed, code=8) == [
        *["skipped: release bench.program test/test_a.py:12: needs a second CPU"] * 2,
        "failed: release bench.program test/test_a.py::test_b[x]: assert 1 == 2",
        "total: 5 passed, 1 failed, 2 skipped",
    ]


def test_a_failure_of_pytest_is_told_in_all_its_lines(tmp_path: Path) -> None:
    """The summary has the first one only, which may say nothing."""
    output = (
        "FF    [100%]\n"
        "=========== FAILURES ===========\n"
        "_____ test_b[x] _____\n"
        "\n"
        "    def test_b(a):\n"
        ">       assert a == 0, said\n"
        "E       AssertionError: \n"
        "E         void: 4096 octets\n"
        "E       assert 5 == 0\n"
        "\n"
        "test/test_a.py:9: AssertionError\n"
        "_____ test_b[of two words] _____\n"
        "E       assert 3 == 4\n"
        "_____ test_c _____\n"
        "E       assert 1 == 2\n"
        "FAILED test/test_a.py::test_b[x] - AssertionError: \n"
        "FAILED test/test_a.py::test_c - assert 1 == 2\n"
        "2 failed in 0.12s\n"
    )
    failed = ctest("bench.program", output, "fail", '<failure message="Failed"/>')
    assert counted(tmp_path, failed, code=8) == [
        "failed: release bench.program test/test_a.py::test_b[x]:"
        " AssertionError: void: 4096 octets assert 5 == 0",
        "failed: release bench.program test/test_a.py::test_c: assert 1 == 2",
        "total: 0 passed, 2 failed, 0 skipped",
    ]


def test_a_quiet_pytest_is_counted_by_its_last_line(tmp_path: Path) -> None:
    output = "..s\n==== 2 passed, 1 skipped in 61.50s (0:01:01) ====\n"
    assert counted(tmp_path, ctest("conform.cli", output)) == [
        "skipped: release conform.cli: no reason given",
        "total: 2 passed, 0 failed, 1 skipped",
    ]


def test_pytest_cases_are_counted(tmp_path: Path) -> None:
    assert counted(
        tmp_path,
        '<testcase classname="test_a" name="test_b"/>',
        '<testcase classname="test_a" name="c"><skipped message="no x"/></testcase>',
        '<testcase classname="test_a" name="d"><error message="bad"/></testcase>',
        code=1,
    ) == [
        "skipped: release test_a c: no x",
        "failed: release test_a d: bad",
        "total: 1 passed, 1 failed, 1 skipped",
    ]


@pytest.mark.parametrize("kind", ["preparation", "check", "tests"])
def test_a_step_that_fails_always_counts(kind: str, tmp_path: Path) -> None:
    lines = summed(tmp_path, f"windows\t{kind}\t3\n")
    assert lines[-1] == "total: 0 passed, 1 failed, 0 skipped"


def test_tests_without_a_failed_case_but_a_failed_run(tmp_path: Path) -> None:
    assert counted(tmp_path, ctest("lib.y", FINE), code=8) == [
        "failed: release: exit code 8",
        "total: 1 passed, 1 failed, 0 skipped",
    ]


def test_only_checks_count_when_they_succeed(tmp_path: Path) -> None:
    assert summed(tmp_path, "install\tpreparation\t0\ntidy\tcheck\t0\n") == [
        "total: 1 passed, 0 failed, 0 skipped"
    ]


def test_the_exit_code_and_the_last_line_tell_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summed(tmp_path, "tidy\tcheck\t1\n")
    assert count.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == (
        "failed: tidy: exit code 1\ntotal: 0 passed, 1 failed, 0 skipped\n"
    )
    summed(tmp_path, "tidy\tcheck\t0\n")
    assert count.main([str(tmp_path)]) == 0
