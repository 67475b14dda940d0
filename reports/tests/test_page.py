# SPDX-License-Identifier: MIT
"""The page: one file that asks nothing of anybody, and says what it must."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mapmark import bundle, report, table
from tests import synthetic
from tests.markup import Element, read_page
from tests.pages import full_rows, page_of, sealed, table_rows
from tests.synthetic import KIB, MIB, RowSpec

REPORTS = Path(__file__).resolve().parent.parent
HOSTILE = "</script><img src=x onerror=alert(1)>&\"'\nå\u202e.bin"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """With rows of every state and conformance."""
    rows = synthetic.awkward_rows()
    rows[5] = RowSpec(
        "mapped-window",
        access=64 * KIB,
        times=(),
        state="error",
        reason="SIGBUS at 4096",
    )
    out = tmp_path_factory.mktemp("bundles")
    found = sealed(out, rows, missing=["read/mapped/gone/<b>"])
    return report.render(found)


@pytest.fixture(scope="module")
def page(content: bytes) -> Element:
    return read_page(content)


def test_nothing_refers_to_the_outside(page: Element, content: bytes) -> None:
    for element in page.all():
        for name, value in element.attributes.items():
            assert not re.search("//|^[a-z]+:(?!$)", value) or (
                value.startswith("data:")
            ), f"<{element.tag} {name}={value[:60]!r}>"
        assert element.tag not in ("iframe", "object", "embed", "base", "img")
    style = page.one("style").text
    assert "url(" not in style and "@import" not in style
    script = page.one("script").text
    assert not re.search(r"fetch|XMLHttp|WebSocket|import\(|http|eval", script)


def test_the_policy_allows_what_is_in_the_page_by_its_hash_only(
    page: Element,
) -> None:
    (meta,) = [
        item
        for item in page.all("meta")
        if item.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    policy = meta.attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy and "*" not in policy
    for tag in ("style", "script"):
        digest = hashlib.sha256(page.one(tag).text.encode()).digest()
        hashed = base64.b64encode(digest).decode()
        assert f"{tag}-src 'sha256-{hashed}'" in policy


def test_no_element_has_a_style_or_a_handler(page: Element) -> None:
    for element in page.all():
        for name in element.attributes:
            assert name != "style" and not name.startswith("on")


def test_names_are_unique_and_references_lead_somewhere(page: Element) -> None:
    names = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(names) == len(set(names))
    for element in page.all():
        attributes = element.attributes
        for name in attributes.get("aria-labelledby", "").split():
            assert name in names
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in names


def test_every_chart_has_a_title_a_description_and_a_table(
    page: Element,
) -> None:
    articles = list(page.all("article"))
    assert len(list(page.all("svg"))) == len(articles) > 8
    for article in articles:
        chart = article.one("svg")
        assert chart.attributes["role"] == "img"
        assert chart.one("title").words
        assert chart.one("desc").words
        assert table_rows(article.one("table"))


def test_tables_are_tables(page: Element) -> None:
    for found in page.all("table"):
        columns = len(list(found.one("thead").all("th")))
        assert found.one("caption").words
        for row in found.one("tbody").all("tr"):
            cells = [c for c in row.all() if c.tag in ("th", "td")]
            assert len(cells) == columns
            assert cells[0].tag == "th"
            assert cells[0].attributes["scope"] == "row"


def test_headings_descend_by_one(page: Element) -> None:
    levels = [
        int(e.tag[1]) for e in page.all() if re.fullmatch("h[1-6]", e.tag)
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    steps = zip(levels, levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)


def test_the_page_opens_with_the_answer_and_then_what_was_not_measured(
    page: Element,
) -> None:
    main = page.one("main")
    sections = [item.attributes["id"] for item in main.all("section")]
    assert sections[:4] == ["answer", "unmeasured-part", "machine", "laboratory"]
    assert page.one("h2", "answer-head").words == "It depends."
    assert "Map when the file is in the cache." in page.one("section", "answer").words


def test_every_state_is_shown_with_its_reason(page: Element) -> None:
    found = table_rows(page.one("table", "unmeasured"))
    told = {(state, reason) for state, _, reason, _, _ in found}
    assert told == {
        ("error", "SIGBUS at 4096"),
        ("void", "only 93.1 % of the file was still cached at the end"),
        ("void", "3 % of the file stayed in the cache: somebody maps it"),
        ("inconclusive", "its samples scatter by 31 %"),
        ("unproved", "only 4096 of 1048576 octets came from storage"),
        ("unsupported", "the system has no such hint <&>"),
        ("missing", "the program left it out"),
    }
    assert page.one("section", "unmeasured-part").one("p").words == (
        "Of 65 rows of the plan: 51 ok, 1 error, 2 void, 1 inconclusive, "
        "1 unproved, 8 unsupported, 1 missing."
    )


def test_every_row_of_the_plan_is_in_the_table_of_rows(page: Element) -> None:
    rows = {line[0]: line[1:] for line in table_rows(page.one("table", "rows"))}
    assert rows["read/mapped/gone/<b>"] == ["missing", *["–"] * 5]
    void = rows["read/mapped/sequential/sum/warm/size:1048576/access:4096"]
    assert void[0] == "void" and void[1] != "–"
    assert len(rows) == 65


def test_a_state_is_a_word_and_not_a_colour_alone(page: Element) -> None:
    for cell in page.all():
        classes = cell.attributes.get("class", "").split()
        if "state" in classes:
            assert cell.words in classes


def test_void_rows_are_in_no_chart(page: Element) -> None:
    answer = page.one("table", "answer-1-1-table")
    ways = {(line[0], line[1]): line[2] for line in table_rows(answer)}
    assert ways["1 MiB", "4 KiB"] == "mapped-window"


def test_an_answer_from_an_unproved_row_says_so(page: Element) -> None:
    answer = page.one("section", "answer").words
    assert (
        "Unproved: only 4096 of 1048576 octets came from storage." in answer
    )


def test_the_table_in_the_page_is_the_table_beside_it(
    tmp_path: Path,
) -> None:
    found = sealed(tmp_path, synthetic.typical_rows())
    path = report.write_report(found, None)
    assert path.parent == tmp_path / f"{found.path.name}-report"
    beside = (path.parent / "report.csv").read_bytes()
    page = read_page(path.read_bytes())
    (link,) = [a for a in page.all("a") if "download" in a.attributes]
    _, packed = link.attributes["href"].split(",")
    assert gzip.decompress(base64.b64decode(packed)) == beside
    assert found.results is not None
    assert beside == table.report_csv(found.results)
    assert len(list(csv.reader(io.StringIO(beside.decode())))) > 64


def test_wine_has_a_banner_and_no_answer(tmp_path: Path) -> None:
    system = "Windows 10.0 (Wine 8.0)"
    page = page_of(tmp_path, synthetic.typical_rows(), system=system)
    assert "Times mean nothing here." in page.one("aside").words
    assert page.one("h2", "answer-head").words == "No answer."
    assert not list(page.one("section", "answer").all("svg"))


def test_other_systems_have_no_banner(page: Element) -> None:
    assert not list(page.all("aside"))


def test_names_and_reasons_of_strangers_are_text(tmp_path: Path) -> None:
    row = RowSpec("mapped", times=(), state="error", reason=HOSTILE)
    file = {"path": HOSTILE, "size": MIB, "origin": "given"}
    page = page_of(tmp_path, [row], missing=[HOSTILE], file=file)
    assert len(list(page.all("script"))) == 1
    assert not list(page.all("img"))
    words = " ".join(HOSTILE.split())
    assert words in page.one("head").one("title").words
    (cells,) = [c for c in table_rows(page.one("table", "unmeasured"))[:1]]
    assert cells[2] == words


def test_a_path_that_is_not_utf8_is_shown_without_failing(
    tmp_path: Path,
) -> None:
    file = {"path": "/tmp/\udcff.bin", "size": MIB, "origin": "given"}
    page = page_of(tmp_path, [RowSpec()], file=file)
    assert "/tmp/?.bin" in page.one("head").one("title").words


def test_a_run_without_results_still_has_a_page(tmp_path: Path) -> None:
    making = tmp_path / "making"
    making.mkdir()
    why = "mapmark-bench was killed by SIGKILL and did not write it"
    record = synthetic.record(absent=dict.fromkeys(bundle.MEMBERS[1:], why))
    synthetic.write(making / bundle.RUN, record.document())
    found = bundle.read_bundle(bundle.seal(making, tmp_path))
    page = read_page(report.render(found))
    assert page.one("h2", "answer-head").words == "No answer."
    assert f"bench.json is absent: {why}." in page.text
    assert not list(page.all("svg"))


def test_a_run_without_any_row_still_has_a_page(tmp_path: Path) -> None:
    page = page_of(tmp_path, [], conform=False)
    assert page.one("h2", "answer-head").words == "No answer."


def test_every_way_is_in_the_figures_and_the_main_ones_in_the_chart(
    tmp_path: Path,
) -> None:
    drawn = ["mapped", "mapped-window", "mapped-populated", "read"]
    drawn += ["stdio", "memory", "a way of tomorrow"]
    tabled = ["mapped-sequential", "mapped-random", "mapped-will-need"]
    tabled += ["mapped-huge", "read-misaligned"]
    rows = [RowSpec(name) for name in drawn + tabled]
    page = page_of(tmp_path, rows)
    laboratory = page.one("section", "laboratory")
    key = {item.words for item in laboratory.one("svg").all("text")}
    assert set(drawn) <= key
    assert not set(tabled) & key
    explained = {item.words for item in page.one("section", "reading").all("dt")}
    assert {*drawn[:-1], *tabled} <= explained
    figures = {row[1] for row in table_rows(page.one("table", "lab-1-table"))}
    assert figures == {*drawn, *tabled}


def test_calls_of_the_library_are_rows_and_no_map_or_read(
    tmp_path: Path,
) -> None:
    document = synthetic.bench_document(synthetic.typical_rows())
    without = synthetic.make_bundle(tmp_path / "without", document)
    synthetic.add_library_calls(document)
    beside = synthetic.make_bundle(tmp_path / "beside", document)
    pages = [
        read_page(report.render(bundle.read_bundle(found)))
        for found in (without, beside)
    ]
    for part in ("answer", "laboratory"):
        heads = [
            [h.words for h in page.one("section", part).all("h3")]
            for page in pages
        ]
        assert heads[0] == heads[1]
    charts = [len(list(page.all("svg"))) for page in pages]
    assert charts[0] == charts[1]
    names = [row[0] for row in table_rows(pages[1].one("table", "rows"))]
    assert names[-2:] == ["lib/library/read", "lib/bare/read"]
    explained = {e.words for e in pages[1].one("section", "reading").all("dt")}
    assert {"library", "bare"} <= explained


def test_the_page_is_small(tmp_path: Path) -> None:
    """report.md of the design: 1 MB for 200 benchmarks."""
    sizes = [MIB << power for power in range(6)]
    rows = synthetic.typical_rows(sizes=sizes) + full_rows()[3:]
    for pattern in ("sequential", "random"):
        for access in (KIB, 64 * KIB):
            rows += synthetic.writing_rows(1, 2, access, pattern)
    assert len(rows) >= 200
    assert len(report.render(sealed(tmp_path, rows))) < 1_000_000


def rendered_elsewhere(path: Path, folder: Path, **environment: str) -> bytes:
    """report.html as another process makes it, in another place."""
    out = folder / "out"
    subprocess.run(
        [sys.executable, "-m", "mapmark", "report", path, "--out", out],
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(REPORTS), **environment),
        check=True,
        capture_output=True,
        timeout=60,
    )
    return (out / "report.html").read_bytes()


def test_the_same_bundle_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    found = sealed(tmp_path, synthetic.awkward_rows())
    first = report.render(found)
    assert report.render(found) == first
    for index, (zone, seed, locale) in enumerate(
        (("Asia/Tokyo", "1", "C"), ("America/Lima", "2", "C.UTF-8"))
    ):
        folder = tmp_path / f"place-{index}"
        folder.mkdir()
        again = rendered_elsewhere(
            found.path, folder, TZ=zone, PYTHONHASHSEED=seed, LC_ALL=locale
        )
        assert again == first


def test_a_report_is_replaced_and_never_half_there(tmp_path: Path) -> None:
    found = sealed(tmp_path, [RowSpec("mapped"), RowSpec("read")])
    first = report.write_report(found, tmp_path / "out")
    content = first.read_bytes()
    assert report.write_report(found, tmp_path / "out").read_bytes() == content
    assert sorted(path.name for path in first.parent.iterdir()) == [
        "report.csv",
        "report.html",
    ]


def test_a_command_measures_its_row_again_and_no_other(tmp_path: Path) -> None:
    file = {"path": "/tmp/it's here", "size": MIB, "origin": "given"}
    page = page_of(tmp_path, [RowSpec()], file=file)
    (command,) = [item.words for item in page.one("ul", "commands").all("code")]
    assert command == (
        "mapmark run --quick --filter "
        "'^read/mapped/sequential/sum/warm/size:1048576/access:4096$' "
        "--file '/tmp/it'\"'\"'s here'"
    )
