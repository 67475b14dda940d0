# SPDX-License-Identifier: MIT
"""A result in each of its forms."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from mapmark import identity
from mapmark.errors import ExitCode
from mapmark.gate import outputs, words
from mapmark.gate.counters import CounterVerdict, Outcome
from mapmark.gate.judgement import Change, Verdict
from mapmark.gate.junit import as_junit
from mapmark.gate.plan import Planned
from mapmark.gate.result import (
    Conformance,
    Counted,
    Result,
    as_json,
    sentences,
)
from mapmark.gate.suite import Controlled, Fate, Found, Judged, Lost
from mapmark.page.gate import render
from tests.gate_programs import build_of, mark


def change(estimate: float) -> Change:
    low, high = estimate - 0.01, estimate + 0.01
    return Change(estimate, low, high, 0.03, 0.04, 20)


def judged(row: str, verdict: Verdict, estimate: float = 0.0) -> Judged:
    repeated = change(estimate) if verdict is Verdict.REGRESSION else None
    return Judged(
        row,
        verdict,
        change(estimate),
        repeated,
        0.0,
        1200,
        100,
        1000.0,
        1000.0 * (1 + estimate),
        0.01,
        "",
    )


def found(*rows: Judged, lost: tuple[Lost, ...] = ()) -> Found:
    return Found(
        judged=rows,
        lost=lost,
        controls=(Controlled("control", change(0.0), False),),
        planted=Controlled("control", change(0.1), False),
        steal=0.01,
        seconds=100.0,
        launches=200,
    )


def result(of: Found, **changes: object) -> Result:
    whole = Result(
        baseline=build_of(Path("a"), "baseline", "aaa"),
        candidate=build_of(Path("b"), "candidate", "bbb"),
        host=identity.identify_build({}, 0, Path("/")),
        calibration=None,
        conformance=Conformance.AS_EXPECTED,
        conformance_note="",
        planned=Planned((mark("row/a"),), (), (), ()),
        counted=Counted((), None, ""),
        found=of,
        inconclusive_passes=False,
        started="2026-01-01T00:00:00Z",
        seconds=120.0,
    )
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


MIXED = found(
    judged("row/same", Verdict.EQUIVALENT),
    judged("row/better", Verdict.IMPROVED, -0.2),
    judged("row/bad", Verdict.REGRESSION, 0.06),
    judged("row/open", Verdict.INCONCLUSIVE, 0.028),
    judged("row/worse", Verdict.REGRESSION, 0.3),
)
GOOD = found(judged("row/a", Verdict.EQUIVALENT))
MORE = CounterVerdict("row/a", "calls", 2.0, 3.0, 0.0, Outcome.MORE, "1 more read")
CRASHED = Lost("row/a", Fate.CRASHED, "candidate", "signal 11")


def test_the_worst_row_is_first() -> None:
    assert [each.row for each in result(MIXED).judged] == [
        "row/worse",
        "row/bad",
        "row/open",
        "row/better",
        "row/same",
    ]


@pytest.mark.parametrize(
    ("of", "changes", "code"),
    [
        (GOOD, {}, ExitCode.OK),
        (MIXED, {}, ExitCode.REGRESSION),
        (found(), {}, ExitCode.NOTHING_RAN),
        (
            found(judged("row/a", Verdict.INCONCLUSIVE)),
            {},
            ExitCode.INCONCLUSIVE,
        ),
        (
            found(judged("row/a", Verdict.INCONCLUSIVE)),
            {"inconclusive_passes": True},
            ExitCode.OK,
        ),
        (
            dataclasses.replace(MIXED, steal=0.2),
            {},
            ExitCode.ENVIRONMENT,
        ),
        (dataclasses.replace(MIXED, planted=None), {}, ExitCode.ENVIRONMENT),
        (
            dataclasses.replace(GOOD, steal=0.2),
            {"counted": Counted((MORE,), None, "")},
            ExitCode.REGRESSION,
        ),
        (
            dataclasses.replace(MIXED, lost=(CRASHED,), steal=0.2),
            {},
            ExitCode.INCOMPLETE,
        ),
        (
            dataclasses.replace(
                GOOD,
                lost=(Lost("row/b", Fate.VOID, "baseline", "a neighbour"),),
            ),
            {},
            ExitCode.OK,
        ),
        (
            GOOD,
            {"counted": Counted((), (MORE,), "")},
            ExitCode.REGRESSION,
        ),
        (
            MIXED,
            {"conformance": Conformance.DEVIATES},
            ExitCode.DEVIATION,
        ),
    ],
)
def test_what_no_noise_touches_decides_before_what_it_does(
    of: Found, changes: dict[str, object], code: ExitCode
) -> None:
    assert result(of, **changes).code is code


def test_a_pipe_gets_every_row_and_a_terminal_a_table() -> None:
    plain = list(words.lines(result(MIXED), Console(width=200)))
    assert plain[0].startswith("The candidate is worse. 5 rows timed")
    assert len([line for line in plain if "launches  row/" in line]) == 5
    drawn = Console(width=120, force_terminal=True)
    table = "\n".join(words.lines(result(MIXED), drawn))
    assert table.index("row/worse") < table.index("row/same")
    assert "found from" in table


def test_rows_that_could_not_be_counted_are_told() -> None:
    unknown = CounterVerdict(
        "row/a", "calls", None, None, 0.0, Outcome.UNKNOWN, "it differs"
    )
    told = result(GOOD, counted=Counted((unknown,), None, ""))
    assert "Not counted: row/a: it differs" in list(sentences(told))
    assert told.code is ExitCode.OK


def test_junit_has_a_case_for_each_row_and_fails_for_what_is_worse() -> None:
    counted = Counted((MORE,), None, "")
    root = ElementTree.fromstring(as_junit(result(MIXED, counted=counted)))
    suites = {suite.get("name"): suite for suite in root}
    assert suites["time"].get("tests") == "5"
    assert suites["time"].get("failures") == "2"
    assert suites["time"].get("skipped") == "1"
    assert suites["counters"].get("failures") == "1"
    assert suites["validity"].get("failures") == "0"


def test_times_of_an_invalid_run_fail_nowhere_in_junit() -> None:
    invalid = result(dataclasses.replace(MIXED, steal=0.5))
    root = ElementTree.fromstring(as_junit(invalid))
    suites = {suite.get("name"): suite for suite in root}
    assert suites["time"].get("skipped") == "5"
    assert suites["validity"].get("failures") == "1"


def test_a_step_summary_that_is_too_long_loses_the_best_rows() -> None:
    rows = [judged(f"row/{n:04}", Verdict.EQUIVALENT) for n in range(999)]
    whole = result(found(judged("row/bad", Verdict.REGRESSION, 0.2), *rows))
    assert len(words.markdown(whole)) > 20000
    cut = words.markdown(whole, 20000)
    assert len(cut) <= 20000
    assert b"row/bad" in cut and b"row/0998" not in cut
    assert cut.endswith(b"The rest is in the report.\n")


def test_a_step_summary_is_added_to_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    monkeypatch.setenv(outputs.STEP_SUMMARY, str(place))
    outputs.add_to_step_summary(result(GOOD))
    assert place.read_text().startswith("before\n## No regression\n")


def test_json_holds_what_the_verdicts_are_made_of() -> None:
    told = json.loads(as_json(result(MIXED)))
    assert told["exit_code"] == 1
    worst = told["times"][0]
    assert worst["verdict"] == "regression"
    assert worst["change"]["estimate"] == pytest.approx(0.3)
    assert worst["confirmation"]["estimate"] == pytest.approx(0.3)
    assert told["planted"]["moved"] is False


def test_the_same_result_makes_the_same_page_which_needs_no_network() -> None:
    page = render(result(MIXED))
    assert page == render(result(MIXED))
    text = page.decode()
    assert "http" not in text.replace("http-equiv", "").replace(
        "http://www.w3.org", ""
    )
    assert text.index("row/worse") < text.index("row/same")


def test_files_are_written_all_at_once(tmp_path: Path) -> None:
    page = outputs.write(result(MIXED), tmp_path / "new" / "out")
    names = sorted(path.name for path in page.parent.iterdir())
    assert names == ["gate.html", "gate.json", "gate.md", "gate.xml"]
