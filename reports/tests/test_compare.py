# SPDX-License-Identifier: MIT
"""mapmark compare as a user meets it: words, exit codes, page and table."""

from __future__ import annotations

import base64
import csv
import gzip
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mapmark import bundle, compare, table
from mapmark.compare import Compared
from mapmark.record import Identity
from tests import synthetic
from tests.markup import Element, read_page
from tests.programs import Ended, mapmark
from tests.synthetic import Document, RowSpec, controlled_rows, measured_again
from tests.test_commands import complaint, small_disk

# What is asked of the report's page is asked of this one as well.
from tests.test_page import (  # noqa: F401
    table_rows,
    test_headings_descend_by_one,
    test_names_are_unique_and_references_lead_somewhere,
    test_no_element_has_a_style_or_a_handler,
    test_nothing_refers_to_the_outside,
    test_tables_are_tables,
    test_the_policy_allows_what_is_in_the_page_by_its_hash_only,
)

HOSTILE = "</script><img src=x onerror=alert(1)>&\"'"


def windows_slower(row: RowSpec) -> float:
    return 1.1 if row.way == "mapped-window" else 1.0


def windows_faster(row: RowSpec) -> float:
    return 0.9 if row.way == "mapped-window" else 1.0


def unchanged(row: RowSpec) -> float:
    return 1.0


def rows_of(
    seed: str, by: Callable[[RowSpec], float] = unchanged
) -> list[RowSpec]:
    return measured_again(controlled_rows(), seed, by)


def make(
    out: Path,
    rows: Sequence[RowSpec],
    bench: Document | None = None,
    **changes: Any,
) -> Path:
    document = synthetic.bench_document(rows, **(bench or {}))
    return synthetic.make_bundle(out, document, **changes)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One a name; `void` lacks a row that the others have."""
    out = tmp_path_factory.mktemp("runs")
    void = rows_of("b")
    void[0] = replace(void[0], state="void", reason="somebody interfered")
    both = rows_of("b", windows_slower)
    both[0] = void[0]
    alone = [RowSpec("mapped"), RowSpec("mapped-window")]
    return {
        "a": make(out, rows_of("a")),
        "b": make(out, rows_of("b")),
        "slower": make(out, rows_of("b", windows_slower)),
        "faster": make(out, rows_of("b", windows_faster)),
        "void": make(out, void),
        "slower and void": make(out, both),
        "without controls": make(out, alone),
        "with others": make(out, [RowSpec("stdio"), RowSpec("memory")]),
    }


@pytest.mark.parametrize(
    ("a", "b", "code", "code_to_fail"),
    [
        ("a", "b", 0, 0),
        ("a", "slower", 0, 1),
        ("a", "faster", 0, 0),
        ("a", "void", 0, 5),
        ("a", "slower and void", 0, 1),
        ("void", "b", 0, 0),
        ("without controls", "without controls", 4, 4),
        ("a", "with others", 4, 5),
        ("with others", "with others", 0, 0),
    ],
)
def test_exit_codes(
    runs: dict[str, Path], a: str, b: str, code: int, code_to_fail: int
) -> None:
    assert mapmark("compare", runs[a], runs[b]).code == code
    ended = mapmark("compare", runs[a], runs[b], "--fail")
    assert ended.code == code_to_fail
    assert ended.err == ""


def test_a_summary_comes_first_and_then_the_worst_row(
    runs: dict[str, Path]
) -> None:
    lines = mapmark("compare", runs["a"], runs["slower"]).lines
    assert lines[0].startswith("16 rows are slower. B against A, 56 rows: ")
    rows = [line.split() for line in lines if "/access:" in line]
    verdicts = [words[0] for words in rows if words[0].islower()]
    assert len(verdicts) == 56
    assert verdicts[:16] == ["slower"] * 16
    assert "slower" not in verdicts[16:]
    ratios = [float(words[1].removesuffix("×")) for words in rows[2:18]]
    assert ratios == sorted(ratios, reverse=True)


def test_zone_chance_and_power_are_said(runs: dict[str, Path]) -> None:
    said = mapmark("compare", runs["a"], runs["b"]).lines
    assert said[1].startswith("Read, in the cache: same within ")
    assert said[2].startswith("Read, not in the cache: same within ")
    assert said[3].startswith("Of comparisons of unchanged runs at most ")
    assert said[4].startswith("A slow-down to 1.0")


def test_rows_that_are_not_compared_are_named_with_the_reason(
    runs: dict[str, Path]
) -> None:
    lines = mapmark("compare", runs["a"], runs["void"]).lines
    name = controlled_rows()[0].name
    assert lines[-1] == (
        f"Not compared, void in B: somebody interfered: {name}."
    )


def in_words(a: Path, b: Path, console: Console) -> list[str]:
    found = compare.compare(bundle.read_bundle(a), bundle.read_bundle(b))
    return list(compare.in_words(found, console))


def test_a_terminal_gets_a_table_of_the_worst(runs: dict[str, Path]) -> None:
    console = Console(force_terminal=True, width=120, color_system=None)
    lines = in_words(runs["a"], runs["slower"], console)
    (drawn,) = [line for line in lines if "\n" in line]
    heading, *rows = drawn.splitlines()
    assert heading.split()[0] == "verdict"
    assert len(rows) == 30
    assert [row.split()[0] for row in rows[:16]] == ["slower"] * 16
    assert "And 26 more rows; all are in a pipe, and with --out." in lines


def test_a_narrow_terminal_cuts_no_name(runs: dict[str, Path]) -> None:
    console = Console(force_terminal=True, width=60, color_system=None)
    lines = in_words(runs["a"], runs["slower"], console)
    (drawn,) = [line for line in lines if "\n" in line]
    assert "…" not in drawn
    assert max(map(len, drawn.splitlines())) <= 60


def test_one_bundle_twice_is_compared_and_said(runs: dict[str, Path]) -> None:
    ended = mapmark("compare", runs["a"], runs["a"], "--fail")
    assert ended.code == 0
    assert ended.lines[0].startswith("No row has changed")
    assert ended.lines[1] == (
        "A and B are one bundle: nothing can have changed."
    )


def elsewhere(**changes: Any) -> Identity:
    return replace(synthetic.record().identity, **changes)


OTHER_HOST = elsewhere(
    host_key="ef" * 32,
    host={"cpu_vendor": "AuthenticAMD", "logical_cpus": 64},
)


def test_two_machines_are_refused_unless_asked_for(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    other = make(tmp_path, rows_of("b"), identity=OTHER_HOST)
    ended = mapmark("compare", runs["a"], other)
    assert ended.code == 3
    assert complaint(ended) == (
        f"mapmark: '{runs['a']}' and '{other}' were measured on two machines: "
        "logical CPUs: 2 in A, 64 in B; --other-host compares them "
        "nevertheless"
    )
    ended = mapmark("compare", runs["a"], other, "--other-host")
    assert ended.code == 0
    assert ended.lines[1] == (
        "A and B are of two machines: logical CPUs: 2 in A, 64 in B."
    )


def test_another_environment_is_said(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    env = {"kernel": "Linux 6.19.0", "page_bytes": 4096, "mitigations": "x" * 99}
    identity = elsewhere(env_key="12" * 32, env=env)
    other = make(tmp_path, rows_of("b"), identity=identity)
    ended = mapmark("compare", runs["a"], other)
    assert ended.code == 0
    assert ended.lines[1] == (
        "The environment is not the same: kernel: Linux 6.18.4 in A, "
        "Linux 6.19.0 in B; mitigations."
    )


def test_another_file_and_another_plan_are_said(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    file = {"path": "/data/b.bin", "size": 1048576, "origin": "given"}
    bench = {"quick": False, "complete": False, "file": file}
    other = make(tmp_path, rows_of("b"), bench)
    assert mapmark("compare", runs["a"], other).lines[1:4] == [
        "A measured generated files, and B /data/b.bin.",
        "A has the quick plan, B the full one.",
        "B was stopped before its plan was done.",
    ]


def refused(ended: Ended, code: int, message: str) -> None:
    assert ended.code == code
    assert complaint(ended) == f"mapmark: {message}"


def test_a_bundle_that_is_not_there_is_named(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    missing = tmp_path / "run-0123456789abcdef"
    message = f"the bundle '{missing}' does not exist"
    refused(mapmark("compare", missing, runs["a"]), 2, message)
    refused(mapmark("compare", runs["a"], missing), 2, message)


def test_one_bundle_is_not_enough(runs: dict[str, Path]) -> None:
    ended = mapmark("compare", runs["a"])
    assert ended.code == 2
    assert "Missing argument 'B'" in complaint(ended)


def test_a_damaged_bundle_is_not_compared(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    path = make(tmp_path, rows_of("b"))
    bench = path / "bench.json"
    bench.chmod(0o644)
    bench.write_bytes(bench.read_bytes().replace(b"mapped", b"mopped", 1))
    ended = mapmark("compare", runs["a"], path)
    assert ended.code == 74
    assert complaint(ended).startswith(f"mapmark: the bundle '{path}' ")


def test_a_bundle_without_times_is_not_compared(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    making = tmp_path / "making"
    making.mkdir()
    absent = dict.fromkeys(bundle.MEMBERS[1:], "mapmark-bench was killed")
    record = synthetic.record(absent=absent)
    synthetic.write(making / bundle.RUN, record.document())
    path = bundle.seal(making, tmp_path)
    for pair in ((path, runs["a"]), (runs["a"], path)):
        refused(
            mapmark("compare", *pair),
            2,
            f"the bundle '{path}' has no times, because its bench.json is "
            "absent: mapmark-bench was killed; name another bundle",
        )


def test_times_under_wine_are_not_compared(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    bench = {"system": "Windows 10.0 (Wine 8.0)"}
    path = make(tmp_path, rows_of("b"), bench)
    for pair in ((path, runs["a"]), (runs["a"], path)):
        refused(
            mapmark("compare", *pair),
            3,
            f"the bundle '{path}' was made under Wine, where times mean "
            "nothing; compare runs on the system itself",
        )


def test_an_out_that_cannot_be_meant_is_refused(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    pair = (runs["a"], runs["b"])
    file = tmp_path / "file"
    file.touch()
    refused(
        mapmark("compare", *pair, "--out", file),
        2,
        f"--out '{file}' is a file; name a directory",
    )
    for path in pair:
        inside = path / "pages"
        refused(
            mapmark("compare", *pair, "--out", inside),
            2,
            f"--out '{inside}' is in the bundle, which never changes; name "
            "another directory",
        )
        assert not inside.exists()


def test_a_full_disk_leaves_nothing(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "16k") as disk:
        out = disk / "new"
        ended = mapmark("compare", runs["a"], runs["b"], "--out", out)
        refused(
            ended,
            74,
            f"cannot write '{out}/compare.html': No space left on device",
        )
        assert not list(disk.iterdir())


def test_out_gets_a_page_and_a_table_the_same_every_time(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    contents = []
    for name in ("first", "second"):
        out = tmp_path / name
        ended = mapmark("compare", runs["a"], runs["slower"], "--out", out)
        assert ended.lines[-1] == str(out / "compare.html")
        assert {path.name for path in out.iterdir()} == {
            "compare.csv",
            "compare.html",
        }
        contents.append([p.read_bytes() for p in sorted(out.iterdir())])
    assert contents[0] == contents[1]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """With rows of every verdict, and rows that are left out."""

    def by(row: RowSpec) -> float:
        return windows_slower(row) * (0.8 if row.way == "mapped" else 1)

    rows = rows_of("b", by)
    rows[3] = replace(rows[3], state="void", reason=HOSTILE)
    out = tmp_path_factory.mktemp("runs")
    a = make(out, rows_of("a"), {"missing": [HOSTILE]})
    b = make(out, rows, identity=OTHER_HOST)
    return compare.compare(
        bundle.read_bundle(a), bundle.read_bundle(b), other_host=True
    )


@pytest.fixture(scope="module")
def content(compared: Compared) -> bytes:
    return compare.render(compared)


@pytest.fixture(scope="module")
def page(content: bytes) -> Element:
    return read_page(content)


def lines_of(compared: Compared) -> list[dict[str, str]]:
    text = table.compare_csv(compared.changes).decode()
    return list(csv.DictReader(io.StringIO(text), strict=True))


def test_the_table_has_every_row_once(compared: Compared) -> None:
    lines = lines_of(compared)
    assert tuple(lines[0]) == table.COMPARE_COLUMNS
    names = [line["name"] for line in lines]
    assert len(names) == len(set(names))
    assert set(names) == {row.name for row in controlled_rows()} | {HOSTILE}
    roles = [line["role"] for line in lines]
    assert roles == sorted(roles, key=["tested", "control", "left out"].index)
    assert [line["reason"] for line in lines if line["reason"]] == [
        f"void in B: {HOSTILE}",
        "missing in A; not in the plan of B",
    ]


def test_figures_of_the_table_agree(compared: Compared) -> None:
    for line in lines_of(compared):
        if line["role"] == "left out":
            continue
        low, value, high = (float(line[k]) for k in ("low", "ratio", "high"))
        medians = [float(line[f"median_{side}_ns"]) for side in "ab"]
        assert low <= value <= high
        assert value == pytest.approx(medians[1] / medians[0])
        if line["verdict"] == "slower":
            assert low > float(line["zone"])


def test_the_table_in_the_page_is_the_table_beside_it(
    page: Element, compared: Compared
) -> None:
    (link,) = [
        link.attributes["href"]
        for link in page.all("a")
        if link.attributes.get("download") == "compare.csv.gz"
    ]
    packed = base64.b64decode(link.removeprefix("data:application/gzip;base64,"))
    assert gzip.decompress(packed) == table.compare_csv(compared.changes)


def test_the_page_opens_with_what_changed_and_on_which_machines(
    page: Element,
) -> None:
    answer = page.one("section", "answer")
    assert answer.one("h2").words == "16 rows are slower and 16 rows are faster."
    assert "A and B are of two machines" in answer.words


def test_every_row_is_in_the_page_with_its_verdict(
    page: Element, compared: Compared
) -> None:
    rows = table_rows(page.one("table", "rows"))
    assert [row[:2] for row in rows] == [
        [change.moved.name, change.verdict.value]
        for change in compared.changes.tested
    ]
    left = table_rows(page.one("table", "left-out"))
    assert [row[0] for row in left] == [controlled_rows()[3].name, HOSTILE]
    controls = table_rows(page.one("table", "controls"))
    assert len(controls) == len(compared.changes.controls)


def test_the_chart_has_title_description_zone_and_the_worst_rows(
    page: Element,
) -> None:
    chart = page.one("svg")
    assert chart.attributes["role"] == "img"
    assert chart.one("title").words and chart.one("desc").words
    shapes = [e.attributes.get("class", "") for e in chart.all()]
    names = [e.words for e in chart.all("text") if "/access:" in e.words]
    assert len(names) == shapes.count("zone") == 24
    assert names == sorted(names, key=[
        row[0] for row in table_rows(page.one("table", "rows"))
    ].index)  # fmt: skip
    assert "31 more rows" in page.one("figcaption").words


def test_a_verdict_is_a_shape_as_well_as_a_colour(page: Element) -> None:
    chart = page.one("svg")
    circles = {e.attributes["class"] for e in chart.all("circle")}
    paths = {e.attributes["class"] for e in chart.all("path")}
    assert circles == {"v-faster"}
    assert "v-slower" in paths
    assert "v-faster" not in paths


def test_nothing_to_compare_still_has_a_page(
    tmp_path: Path, runs: dict[str, Path]
) -> None:
    ended = mapmark(
        *("compare", runs["a"], runs["with others"]),
        *("--out", tmp_path / "pages"),
    )
    assert ended.code == 4
    assert ended.lines[0] == (
        "Nothing to compare. A and B share no row that could be judged."
    )
    found = read_page((tmp_path / "pages/compare.html").read_bytes())
    assert found.one("section", "answer").one("h2").words == (
        "Nothing to compare."
    )
    assert not list(found.all("svg"))
