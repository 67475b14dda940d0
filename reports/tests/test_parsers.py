# SPDX-License-Identifier: MIT
"""What the pages say of parsers: the RFC they follow, and what has changed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from mapmark import bundle, compare, epochs, report, verdict_changes
from mapmark.conformance import Conformance, read_conformance
from tests import synthetic
from tests.markup import Element, read_page
from tests.pages import table_rows
from tests.synthetic import Document, RowSpec
from tests.test_workloads import document


def read(made: Document) -> Conformance:
    return read_conformance(json.dumps(made).encode())


def result_of(made: Document, case: int, subject: int) -> Any:
    return made["cases"][case]["results"][subject]


def differing() -> Document:
    """The first case is one that the RFCs rule differently on."""
    made = synthetic.conformance_document()
    made["cases"][0]["epochs"]["rfc9112"]["accepted"] = "reject:400"
    return made


def run(out: Path, made: Document, day: int) -> bundle.Bundle:
    rows = [RowSpec("mapped"), RowSpec("read")]
    return bundle.read_bundle(
        synthetic.make_bundle(
            out,
            synthetic.bench_document(rows),
            rows,
            made,
            started=f"2026-03-{day:02}T10:00:00Z",
            ended=f"2026-03-{day:02}T11:00:00Z",
        )
    )


def conformance_of(found: bundle.Bundle) -> Element:
    return read_page(report.render(found)).one("section", "conformance")


def test_a_parser_is_told_to_follow_the_rfc_that_it_passes_by() -> None:
    made = differing()
    result_of(made, 0, 0)["verdicts"] = {"rfc2616": "pass", "rfc9112": "fail"}
    result_of(made, 0, 1)["verdicts"] = {"rfc2616": "fail", "rfc9112": "pass"}
    found = read(made)
    assert [case.id for case in epochs.differing(found)] == ["cl-plain"]
    assert epochs.sides(found, "http-parser") == {"rfc2616": 1}
    assert epochs.sides(found, "engine") == {"rfc9112": 1}


def test_a_parser_that_is_judged_by_one_rfc_alone_follows_none() -> None:
    made = differing()
    result_of(made, 0, 0)["verdicts"] = {"rfc2616": "pass", "rfc9112": "info"}
    assert not epochs.sides(read(made), "http-parser")


def test_what_a_parser_is_not_judged_by_is_not_told(tmp_path: Path) -> None:
    made = synthetic.conformance_document()
    for case in made["cases"]:
        case["results"][1]["verdicts"]["rfc2616"] = "info"
    section = conformance_of(run(tmp_path, made, 3))
    told = [item.words for item in section.all("li")]
    assert "engine 0.1.0: 3 of 3 by rfc9112." in told
    scores = table_rows(section.one("table", "scores"))
    assert [row[:2] for row in scores if row[0] == "engine"] == [
        ["engine", "rfc9112"]
    ]
    (row, _) = table_rows(section.one("table", "classes-rfc2616"))
    assert row[2] == "–"


def test_what_a_quick_plan_leaves_out_is_told(tmp_path: Path) -> None:
    whole = conformance_of(run(tmp_path, synthetic.conformance_document(), 3))
    assert "left out" not in whole.words
    assert "were not cut in two" not in whole.words
    made = synthetic.conformance_document()
    made["corpus"]["cases"] = 5
    for case in made["cases"]:
        for result in case["results"]:
            result["splits"] = 0
    told = [item.words for item in conformance_of(run(tmp_path, made, 4)).all("li")]
    assert any(text.startswith("2 of 5 cases of the corpus were") for text in told)
    assert any("were not cut in two" in text for text in told)


def test_the_order_of_what_is_accepted_makes_no_difference() -> None:
    made = differing()
    rulings = made["cases"][0]["epochs"]
    rulings["rfc2616"]["accepted"] = "cl:5@53 / reject:400"
    rulings["rfc9112"]["accepted"] = "reject:400 / cl:5@53"
    assert not epochs.differing(read(made))
    rulings["rfc9112"].update(accepted="wait", level="INFO")
    assert not epochs.differing(read(made))


def test_verdicts_cases_and_parsers_that_changed_are_told() -> None:
    before = synthetic.conformance_document()
    after = copy.deepcopy(before)
    result_of(after, 1, 0).update(outcome="error")
    result_of(after, 1, 0)["verdicts"]["rfc9112"] = "pass"
    after["cases"][2]["id"] = "te-and-cl-too"
    found = verdict_changes.compare(read(before), read(after))
    assert found.compared == 8
    assert [(c.epoch, c.before.words, c.after.words) for c in found.changes] == [
        ("rfc2616", "pass: cl:5@53", "pass: error"),
        ("rfc9112", "fail: cl:5@53", "pass: error"),
    ]
    assert list(verdict_changes.sentences(found)) == [
        "2 of 8 verdicts or outcomes differ.",
        "1 case is new.",
        "1 case is gone.",
    ]


def test_a_report_tells_what_changed_since_the_run_before(tmp_path: Path) -> None:
    changed = synthetic.conformance_document()
    result_of(changed, 1, 0)["verdicts"]["rfc9112"] = "pass"
    run(tmp_path, changed, 9)
    run(tmp_path, synthetic.conformance_document(), 3)
    now = run(tmp_path, changed, 5)
    (row,) = table_rows(conformance_of(now).one("table", "verdict-changes"))
    assert row == [
        *("cl-twice", "http-parser", "rfc9112"),
        *("fail: cl:5@53", "pass: cl:5@53"),
    ]


def test_the_first_run_is_held_against_none(tmp_path: Path) -> None:
    found = run(tmp_path, synthetic.conformance_document(), 3)
    assert bundle.conformance_before(found) is None
    assert "Against the run before" not in conformance_of(found).words


def test_every_case_shows_octets_rulings_and_outcomes(tmp_path: Path) -> None:
    made = synthetic.conformance_document()
    made["cases"][1].update(
        wire="POST /e HTTP/1.1\\r\\n", peer="eof", harm="CL.TE"
    )
    found = run(tmp_path, made, 3)
    rows = table_rows(conformance_of(found).one("table", "cases-content-length"))
    assert rows[1] == [
        "cl-twice",
        "POST /e HTTP/1.1\\r\\n… (96 octets)",
        "cl:5@53 · MUST 4.4",
        "cl:5@53 · MUST 4.4",
        "a reader that disagrees can be smuggled past The sender closes. "
        "Harm: CL.TE.",
        "pass/fail: cl:5@53",
        "pass",
    ]


def test_compare_tells_what_parsers_do_otherwise(tmp_path: Path) -> None:
    changed = synthetic.conformance_document()
    result_of(changed, 0, 1)["verdicts"]["rfc2616"] = "fail"
    found = compare.compare(
        run(tmp_path, synthetic.conformance_document(), 3),
        run(tmp_path, changed, 4),
    )
    said = list(compare.in_words(found, Console()))
    assert said[-1] == "Parsers: 1 of 12 verdicts or outcomes differ."
    page = read_page(compare.render(found))
    (row,) = table_rows(page.one("table", "verdict-changes"))
    assert row[:3] == ["cl-plain", "engine", "rfc2616"]


def test_the_price_of_an_end_stands_beside_the_score(tmp_path: Path) -> None:
    words = {"pattern": "chunked"}
    numbers = {"fields": 4, "octets": 16}
    rows = [
        ("message", {"way": parser} | words, numbers, [ns] * 7)
        for parser, ns in (("engine", 40.0), ("http-parser", 80.0))
    ]
    found = bundle.read_bundle(
        synthetic.make_bundle(
            tmp_path,
            document(rows, accesses=4),
            (),
            synthetic.conformance_document(),
        )
    )
    page = read_page(report.render(found))
    ours, theirs = table_rows(page.one("table", "messages-table"))
    assert ours[:3] == ["engine", "3 of 3", "3 of 3"]
    assert ours[3] == "10.0 ns" and ours[4].startswith("0.5")
    assert theirs[:3] == ["http-parser", "3 of 3", "1 of 3"]
