# SPDX-License-Identifier: MIT
"""Which sentences of the RFCs the cases cover, and what is in no list."""

from __future__ import annotations

import csv
import io
import pathlib
import sys

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM / "tools"), str(ROOM / "test")]
import clauses  # noqa: E402
import coverage  # noqa: E402
import lint  # noqa: E402
import test_lint as good  # noqa: E402

LIST = """# a comment
RFC2616 3.6.1 | MUST | Chunks count.
RFC2616 4.4(3) | MUST | A length counts.
RFC2616 4.4(3) | MAY | A length does so in responses. | res-*
RFC2616 4.4(5) | MUST | A close counts. | req-* res-close
RFC2616 4.4(5) | CONTEXT | All but one. | !res-close
RFC9112 6.3(6) | CONTEXT | A length counts.
RFC9112 6.3(8) | MUST | A close counts.
RFC9112 7.1 | GRAMMAR | Chunks count.
RFC9110 8.6 | CONTEXT | Digits.
"""


def write(folder: pathlib.Path, text: str = LIST) -> pathlib.Path:
    good.write(folder)
    (folder / "clauses.txt").write_text(text)
    return folder


def test_the_supplied_list_is_in_order() -> None:
    listed = clauses.read(ROOM / "corpus")
    assert {clause.word for clause in listed} == clauses.WORDS
    first = {clause.name: clause.line for clause in reversed(listed)}
    for before, clause in zip(listed, listed[1:]):
        # Sentences of one clause stand together.
        assert clause.name == before.name or first[clause.name] == clause.line


def test_bare_sections_are_of_the_epoch_of_the_line() -> None:
    line = "none@28 / wait | MUST | 6.3(7), RFC9110 8.6"
    assert clauses.names("rfc9112", line) == ["RFC9112 6.3(7)", "RFC9110 8.6"]
    assert clauses.names("rfc2616", "wait | MAY | 4.4") == ["RFC2616 4.4"]


def test_ids_narrow_what_covers_a_sentence(tmp_path: pathlib.Path) -> None:
    cited = coverage.cite(write(tmp_path))
    found = {
        f"{clause.name} {clause.word}": clauses.covering(clause, cited)
        for clause in clauses.read(tmp_path)
    }
    assert found == {
        "RFC2616 3.6.1 MUST": ["req-chunked"],
        "RFC2616 4.4(3) MUST": ["req-cl"],
        "RFC2616 4.4(3) MAY": [],
        "RFC2616 4.4(5) MUST": ["res-close"],
        "RFC2616 4.4(5) CONTEXT": [],
        "RFC9112 6.3(6) CONTEXT": ["req-cl"],
        "RFC9112 6.3(8) MUST": ["res-close"],
        "RFC9112 7.1 GRAMMAR": ["req-chunked"],
        "RFC9110 8.6 CONTEXT": ["req-cl"],
    }


def test_a_section_in_no_list_is_found(tmp_path: pathlib.Path) -> None:
    write(tmp_path, LIST.replace("RFC9112 7.1 ", "RFC9112 7.2 "))
    assert lint.lint(tmp_path) == [
        "one.cases:18: req-chunked: RFC9112 7.1 is not in clauses.txt"
    ]


def test_a_sentence_without_a_case_is_found_where_asked(
    tmp_path: pathlib.Path,
) -> None:
    write(tmp_path)
    assert lint.lint(tmp_path) == []
    assert lint.lint(tmp_path, every=True) == [
        "clauses.txt:4: RFC2616 4.4(3): not covered: "
        "A length does so in responses."
    ]
    assert lint.main(["lint.py", str(tmp_path)]) == 0
    assert lint.main(["lint.py", "--strict", str(tmp_path)]) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("RFC2616 3.6.1 |", "3.6.1 |", 'line 2: clause "3.6.1"'),
        ("| MUST | Chunks", "| WISH | Chunks", 'line 2: word "WISH"'),
        ("Chunks count.", "Chunks count", "line 2: not a sentence"),
        ("| MUST | Chunks count.", "| MUST", "line 2: not CLAUSE"),
        ("| MAY | A length does so in responses.", "| MAY | A length counts.",
         "line 4: line 3 says so"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused(
    tmp_path: pathlib.Path, old: str, new: str, message: str
) -> None:
    assert old in LIST
    (problem,) = lint.lint(write(tmp_path, LIST.replace(old, new, 1)))
    assert message in problem
    assert coverage.main(["coverage.py", str(tmp_path)]) == 3


def test_the_table_counts_and_names_cases(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coverage.main(["coverage.py", str(write(tmp_path))]) == 0
    said = capsys.readouterr().out
    assert said.startswith("5 of 6 sentences are covered.\n")
    assert "| RFC2616 3.6.1 | MUST | Chunks count. | 1 | `req-chunked` |" in said
    assert "responses. | 0 | **not covered** |" in said
    assert "CONTEXT" not in said


def test_rows_hold_every_case(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["coverage.py", "--csv", "--strict", str(write(tmp_path))]
    assert coverage.main(arguments) == 3
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["cases"] for row in rows] == ["1", "1", "0", "1", "1", "1"]
    assert rows[0]["ids"] == "req-chunked"
    assert "RFC2616 4.4(3): not covered" in said.err
    assert coverage.main(["coverage.py", "a", "b"]) == 2
    assert coverage.main(["coverage.py", "--all"]) == 2


def test_the_supplied_cases_cite_what_is_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert coverage.main(["coverage.py"]) == 0
    assert capsys.readouterr().err == ""
