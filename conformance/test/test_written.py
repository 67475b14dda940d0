# SPDX-License-Identifier: MIT
"""What the program writes: the record, tables for others, expectations."""

from __future__ import annotations

import csv
import pathlib
from xml.etree import ElementTree

from test_conform import (
    CORPUS,
    ONE,
    expectations,
    lint,
    needs_subject,
    record,
    refused,
    run,
    write_corpus,
)

VERDICTS = ["pass", "non-strict", "fail", "info", "error", "flaky"]


@needs_subject
def test_the_record_has_its_schema(tmp_path: pathlib.Path) -> None:
    found = record(tmp_path, *ONE)
    assert list(found) == ["schema", "mapmark", "corpus", "subjects", "cases"]
    assert found["schema"] == "mapmark-conformance/1"
    assert found["mapmark"] == "0.1.0"
    assert found["corpus"]["cases"] == len(found["cases"])
    assert found["corpus"]["files"] == lint.read_names(CORPUS / "index.txt")
    case = found["cases"][0]
    keys = ["id", "class", "direction", "wire_octets", "wire", "peer"]
    keys += ["answers", "harm", "flags", "refs", "why", "epochs", "results"]
    assert list(case) == keys
    sizes = {case["id"]: len(lint.expand(case["wire"])) for case in found["cases"]}
    for case in found["cases"]:
        assert sizes[case["id"]] == min(case["wire_octets"], 1024)
    assert list(case["epochs"]["rfc9112"]) == ["accepted", "level", "clause"]
    keys = ["subject", "outcome", "connection", "verdicts", "splits"]
    assert list(case["results"][0]) == [*keys, "detail"]
    ids = [case["id"] for case in found["cases"]]
    assert ids == sorted(ids)


@needs_subject
def test_the_counts_are_those_of_the_results(tmp_path: pathlib.Path) -> None:
    found = record(tmp_path, "--cases", "re?-base-*")
    for subject in found["subjects"]:
        for epoch in ("rfc2616", "rfc9112"):
            counts = dict.fromkeys(VERDICTS, 0)
            for case in found["cases"]:
                for result in case["results"]:
                    if result["subject"] == subject["name"]:
                        counts[result["verdicts"][epoch]] += 1
            assert subject["counts"][epoch] == counts


@needs_subject
def test_the_record_is_the_same_twice(tmp_path: pathlib.Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    arguments = ("--cases", "re?-te*")
    assert run("--json", one, *arguments).returncode == 0
    assert run("--json", two, *arguments).returncode == 0
    assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@needs_subject
def test_two_readers_expand_the_same_octets(tmp_path: pathlib.Path) -> None:
    cases, _ = lint.read_cases(CORPUS)
    sizes = {case.one("id"): len(case.wire()) for case in cases}
    found = record(tmp_path, *ONE)["cases"]
    assert {case["id"]: case["wire_octets"] for case in found} == sizes


@needs_subject
def test_an_epoch_leaves_the_other_out(tmp_path: pathlib.Path) -> None:
    found = record(tmp_path, "--epoch", "rfc9112", "--cases", "req-base-*")
    assert list(found["subjects"][0]["counts"]) == ["rfc9112"]
    for case in found["cases"]:
        assert list(case["epochs"]) == ["rfc9112"]
        assert list(case["results"][0]["verdicts"]) == ["rfc9112"]


@needs_subject
def test_written_expectations_are_met_and_keep_the_comment(
    tmp_path: pathlib.Path,
) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    known = expectations(tmp_path, "# one\n# two\nold rfc2616 req-one fail\n")
    arguments = ("--corpus", corpus, *ONE)
    assert run(*arguments, "--write-expect", known).returncode == 0
    written = "# one\n# two\nhttp-parser rfc9112 req-one fail\n"
    assert known.read_text() == written
    assert run(*arguments, "--expect", known).returncode == 0


@needs_subject
def test_new_expectations_begin_with_the_licence(
    tmp_path: pathlib.Path,
) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    known = tmp_path / "new.expect"
    assert run("--corpus", corpus, "--write-expect", known).returncode == 0
    assert known.read_text() == "# SPDX-License-Identifier: MIT\n"
    message = refused(74, "--corpus", corpus, "--write-expect", tmp_path)
    assert "cannot be written" in message


@needs_subject
def test_csv_has_a_line_for_each_verdict(tmp_path: pathlib.Path) -> None:
    table = tmp_path / "verdicts.csv"
    assert run("--csv", table, *ONE, "--cases", "req-cterm-*").returncode == 0
    with table.open(newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    found = {(row["case"], row["rfc"]): row["verdict"] for row in rows}
    assert len(found) == len(rows)
    assert found["req-cterm-data-xx", "rfc9112"] == "fail"
    assert {row["subject"] for row in rows} == {"http-parser"}


def failures(path: pathlib.Path) -> dict[str, str]:
    """Give what each failed test of a JUnit file says."""
    return {
        case.attrib["name"]: failure.attrib["message"]
        for case in ElementTree.parse(path).iter("testcase")
        for failure in case.iter("failure")
    }


@needs_subject
def test_junit_fails_what_a_must_is_against(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    path = tmp_path / "junit.xml"
    assert run("--corpus", corpus, "--junit", path, *ONE).returncode == 0
    assert failures(path) == {
        "req-one": "fail: none@28; MUST wants reject:400 (6.3(7))"
    }


@needs_subject
def test_junit_fails_only_what_is_not_expected(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    path = tmp_path / "junit.xml"
    known = expectations(tmp_path, "http-parser rfc9112 req-one fail\n")
    done = run("--corpus", corpus, "--expect", known, "--junit", path, *ONE)
    assert done.returncode == 0
    assert failures(path) == {}
    known.write_text("http-parser rfc2616 req-one fail\n")
    done = run("--corpus", corpus, "--expect", known, "--junit", path, *ONE)
    assert done.returncode == 6
    suites = ElementTree.parse(path).iter("testsuite")
    assert [suite.attrib["failures"] for suite in suites] == ["1", "1"]
