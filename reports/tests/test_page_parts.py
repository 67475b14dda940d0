# SPDX-License-Identifier: MIT
"""The parts of the page: what each says, and where."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mapmark.page.price import price_part
from tests import synthetic
from tests.markup import Element
from tests.pages import full_rows, page_of, table_rows
from tests.programs import built_programs
from tests.synthetic import RowSpec, results_of


def test_a_word_that_nobody_explains_is_said_to_be_unknown(
    tmp_path: Path,
) -> None:
    page = page_of(tmp_path, [RowSpec("a way of tomorrow")])
    meanings = explained(page)
    unknown = "a word that this version of the report does not know"
    assert meanings["a way of tomorrow"] == unknown
    assert unknown != meanings["sum"]


def explained(page: Element) -> dict[str, str]:
    lists = list(page.one("section", "reading").all("div"))
    return {item.one("dt").words: item.one("dd").words for item in lists}


def planned_rows() -> list[RowSpec]:
    """One of each word of reading, phases and writing that the program has."""
    folder = built_programs()
    if folder is None:
        pytest.skip("mapmark-bench is not built")
    listed = subprocess.run(
        [folder / "mapmark-bench", "--all", "--list"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    rows: list[RowSpec] = []
    known: set[str] = set()
    for name in listed.splitlines():
        subject, *words = [p for p in name.split("/") if ":" not in p]
        if subject in ("read", "phases", "write") and not known >= {*words}:
            known |= {*words}
            way, pattern, *others, cache = words
            kinds = ("action", "promise") if len(others) > 1 else ("consumer",)
            row = RowSpec(way, pattern, "", cache=cache, subject=subject)
            rows.append(replace(row, **dict(zip(kinds, others, strict=True))))
    return rows


def test_every_word_that_a_row_can_have_is_explained(tmp_path: Path) -> None:
    rows = planned_rows()
    assert len(rows) > 10
    page = page_of(tmp_path, rows)
    meanings = explained(page)
    for row in rows:
        for word in row.words.values():
            assert "does not know" not in meanings[word], word


@pytest.fixture(scope="module")
def full_page(tmp_path_factory: pytest.TempPathFactory) -> Element:
    return page_of(tmp_path_factory.mktemp("bundles"), full_rows())


def test_parts_stand_in_their_order(full_page: Element) -> None:
    sections = [e.attributes["id"] for e in full_page.one("main").all("section")]
    assert sections == [
        *("answer", "unmeasured-part", "machine", "laboratory", "filling"),
        *("phases-part", "conformance", "rows-part", "reading", "again"),
    ]
    links = [a.attributes["href"] for a in full_page.one("nav").all("a")]
    assert links == [f"#{name}" for name in sections[1:]]


def test_the_headline_is_of_reading_and_writing_comes_second(
    full_page: Element,
) -> None:
    answer = full_page.one("section", "answer")
    assert answer.one("h2").words == "Either will do."
    assert "Write it to the device by calls." in [b.words for b in answer.all("b")]
    titles = [h.words for h in answer.all("h3")]
    assert titles.index("Reading") < titles.index("Writing to the device")
    assert "← write calls faster" in answer.text
    figures = table_rows(answer.one("table", "answer-2-1-table"))
    assert figures[0][3] == "write calls are faster"


def test_fillings_are_a_table_with_what_a_page_costs(full_page: Element) -> None:
    table = full_page.one("section", "filling").one("table")
    lines = {line[2]: line[3:] for line in table_rows(table)}
    assert set(lines) == {"mapped", "mapped-window", "read"}
    assert lines["mapped"] == [
        *("scattered", "2.00×", "2.00 to 2.00"),
        *("7.81 ns", "3.91 ns", "16", "16"),
    ]
    assert lines["read"][-2:] == ["–", "–"]


def test_without_a_second_filling_there_is_no_table_of_fillings(
    tmp_path: Path,
) -> None:
    page = page_of(tmp_path, [RowSpec("mapped"), RowSpec("read")])
    assert "filling" not in [s.attributes["id"] for s in page.all("section")]


def test_phases_tell_the_dirty_part_from_the_durable_one(
    full_page: Element,
) -> None:
    part = full_page.one("section", "phases-part")
    _, writing = part.all("article")
    columns = [c.words for c in writing.one("thead").all("th")]
    lines = [
        dict(zip(columns, line, strict=True))
        for line in table_rows(writing.one("table"))
    ]
    assert [line["way"] for line in lines] == ["mapped", "write"]
    assert lines[1]["durable part"] == lines[1]["flush"] == "30.0 ns (33.3 %)"
    assert lines[1]["dirty part"] == "60.0 ns (66.7 %)"
    assert "steady" not in columns
    key = [text.words for text in writing.one("svg").all("text")]
    assert "flush to the device" in key


def test_first_touches_are_told_apart_from_later_ones(
    full_page: Element,
) -> None:
    (line,) = table_rows(full_page.one("table", "touches"))
    assert line[2:5] == ["mapped", "from the first pass", "1.00 µs"]
    all_rows = table_rows(full_page.one("table", "phases"))
    assert len(all_rows) == len(full_rows())


def test_phases_are_no_laboratory_and_no_answer(full_page: Element) -> None:
    for name in ("answer", "laboratory"):
        headings = [h.words for h in full_page.one("section", name).all("h3")]
        assert headings and not any("hases" in words for words in headings)


def priced(calls: dict[str, float]) -> dict[str, str]:
    """Of the first row: column and figure."""
    prices = price_part(results_of(full_rows()), (), calls).prices
    figures = [cell.text for cell in prices.rows[-2]]
    return dict(zip(prices.columns, figures, strict=True))


def test_a_price_has_calls_where_they_were_counted() -> None:
    name = full_rows()[-2].name
    assert priced({name: 0.0625})["system calls an access"] == "0.0625"
    assert "system calls an access" not in priced({})


def test_a_price_has_cpu_of_all_faults_and_storage() -> None:
    found = priced({})
    assert (found["user CPU"], found["system CPU"]) == ("180 ns", "111 ns")
    assert found["CPU of all"] == "291 ns"
    assert found["pages a fault"] == "16"
    assert (found["from storage"], found["to storage"]) == ("0 B", "16 MiB")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([RowSpec()], "Nothing is said about writing."),
        (
            synthetic.writing_rows(1, 2),
            "Nothing is said about writing into the cache.",
        ),
        (
            synthetic.writing_rows(1, 2, promise="dirty"),
            "Nothing is said about writing to the device.",
        ),
    ],
)
def test_what_is_not_written_is_not_covered(
    tmp_path: Path, rows: list[RowSpec], said: str
) -> None:
    page = page_of(tmp_path, rows)
    limits = [
        item.words
        for item in page.one("section", "unmeasured-part").all("li")
        if "writing" in item.words
    ]
    assert limits == [said]
