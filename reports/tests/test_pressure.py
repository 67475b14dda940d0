# SPDX-License-Identifier: MIT
"""Working sets larger than the memory allowed, in sentences and as a part of
the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mapmark import bundle, pressure, report
from mapmark.conclusions import conclude, in_words
from mapmark.errors import Failure
from mapmark.results import Results, read_results
from tests import synthetic
from tests.markup import read_page

MIB = 1 << 20
SIZE, LIMIT, ACCESS = 64 * MIB, 32 * MIB, 64 << 10
WALKS, SLICES = 3, 4


def slices(
    first: float, later: float, again: float = 0.75, size: int = SIZE
) -> list[dict[str, Any]]:
    """Three walks, of which the first takes `first` ns and the others `later`,
    and fetch `again` of what they access."""
    octets = size // SLICES
    return [
        {
            "ns": (first if walk == 0 else later) / SLICES,
            "bytes": octets,
            "storage_bytes": octets * (1 if walk == 0 else again),
            "major_faults": 9,
            "held_bytes": LIMIT,
        }
        for walk in range(WALKS)
        for _ in range(SLICES)
    ]


def document(
    ways: dict[str, Callable[[int], list[dict[str, Any]]]],
    pattern: str = "random",
    size: int = SIZE,
) -> dict[str, Any]:
    """bench.json; each way gives the slices of its so manieth sample."""
    made = synthetic.bench_document([])
    for way, of_sample in ways.items():
        name = f"pressure/{way}/{pattern}/size:{size}/limit:{LIMIT}"
        made["expected"].append(name)
        made["rows"].append(
            {
                "name": name,
                "subject": "pressure",
                "words": {"way": way, "pattern": pattern},
                "numbers": {"size": size, "limit": LIMIT, "access": ACCESS},
                "state": "ok",
                "reason": "",
                "repetitions": 7,
            }
        )
        made["benchmarks"] += [
            {
                "name": name,
                "repetition_index": index,
                "real_time": 1e6,
                "cpu_time": 1e6,
                "time_unit": "ns",
                "mapmark": {
                    "order": index,
                    "state": "ok",
                    "slices": of_sample(index),
                },
            }
            for index in range(7)
        ]
    return made


def read(made: dict[str, Any]) -> Results:
    return read_results(json.dumps(made).encode())


def said(made: dict[str, Any]) -> Sequence[str]:
    return pressure.sentences(read(made))


def test_walks_after_the_first_are_compared() -> None:
    """Where the first ones would say the reverse."""
    mapped, reading = said(
        document(
            {
                "mapped": lambda i: slices(1e6, 2e6 + i),
                "read": lambda i: slices(9e6, 1e6 + i),
            }
        )
    )
    assert "after the first walk, reading is 2.00× (2.00 to 2.00)" in mapped
    assert "64 MiB in use, 32 MiB allowed, at random, 64 KiB" in mapped
    assert "75 % for a mapping and 75 % for reading" in reading
    assert "50 % is the least there can be" in reading


def test_a_hint_is_a_mapping_of_its_own() -> None:
    found = said(
        document(
            {
                "mapped": lambda i: slices(1e6, 4e6 + i),
                "mapped-random": lambda i: slices(1e6, 1e6 + i),
                "read": lambda i: slices(1e6, 2e6 + i),
            }
        )
    )
    assert "reading is 2.00×" in found[0]
    assert "with the hint that accesses are random is 2.00×" in found[1]


def test_what_fits_is_compared_and_has_no_least_share() -> None:
    made = document(
        {
            "mapped": lambda i: slices(2e6, 1e6, 0, 16 * MIB),
            "read": lambda i: slices(2e6, 3e6, 0, 16 * MIB),
        },
        size=16 * MIB,
    )
    found = said(made)
    assert len(found) == 1
    assert "a mapping is 3.00×" in found[0]


def test_scattered_walks_give_no_verdict() -> None:
    found = said(
        document(
            {
                "mapped": lambda i: slices(1e6, 1e6 * (1 + i)),
                "read": lambda i: slices(1e6, 1e6 * (8 - i)),
            }
        )
    )
    assert "this run cannot tell" in found[0]


def test_a_slice_without_time_is_damage() -> None:
    with pytest.raises(Failure, match="above 0"):
        said(document({"read": lambda i: slices(0, 1)}))


def test_the_report_shows_the_walks_over_time(tmp_path: Path) -> None:
    made = document(
        {
            "mapped": lambda i: slices(1e6, 2e6 + i),
            "read": lambda i: slices(1e6, 1e6 + i),
        }
    )
    path = synthetic.make_bundle(tmp_path, made)
    page = read_page(report.render(bundle.read_bundle(path)))
    part = page.one("section", "pressure")
    assert "after the first walk, reading is 2.00×" in part.words
    assert all(word in part.words for word in ("first walk", "3rd walk"))
    looks = [path.attributes.get("class") for path in part.all("path")]
    courses = [look for look in looks if look and look.startswith("curve")]
    assert len(courses) == 2  # one a way
    assert any(
        link.attributes.get("href") == "#pressure" for link in page.all("a")
    )


def test_a_run_without_such_rows_has_no_such_part(tmp_path: Path) -> None:
    rows = synthetic.typical_rows()
    path = synthetic.make_bundle(tmp_path, synthetic.bench_document(rows), rows)
    assert b"#pressure" not in report.render(bundle.read_bundle(path))


def test_every_sentence_is_in_the_terminal_when_asked_for() -> None:
    made = document({"read": lambda i: slices(1e6, 1e6)})
    lines = in_words(conclude(read(made)), every=True)
    assert any(line.startswith("Under pressure.") for line in lines)
