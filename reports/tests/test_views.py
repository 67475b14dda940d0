# SPDX-License-Identifier: MIT
"""How large a view should be, from made-up rows alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mapmark.page.views import views_part
from mapmark.results import Results, read_results
from mapmark.views import (
    break_even,
    sentence,
    smallest_as_good,
    view_bytes,
    view_settings,
)
from tests import synthetic

KIB, MIB = synthetic.KIB, synthetic.MIB

#: Way and view size, and the time of a pass.
Times = Mapping[tuple[str, int], float]

USUAL: Times = {
    ("whole", 0): 100,
    ("read", 0): 300,
    ("each", 64 * KIB): 4000,
    ("slide", 64 * KIB): 310,
    ("slide", MIB): 200,
    ("slide", 16 * MIB): 103,
    ("lru16", MIB): 150,
}


def around(middle: float) -> list[float]:
    return [middle * (0.999 + 0.0002 * i) for i in range(11)]


def made(
    times: Times, pattern: str = "random", start: int = 0, state: str = "ok"
) -> Results:
    document: dict[str, Any] = synthetic.bench_document([])
    for (way, view), time in times.items():
        name = f"view/{way}/{pattern}/sum/warm/size:67108864/access:4096"
        name += f"/view:{view}" if view else ""
        name += f"/start:{start}" if start else ""
        document["expected"].append(name)
        document["rows"].append(row(name, way, pattern, view, start, state))
        document["benchmarks"] += samples(name, around(time * 1000))
    return read_results(json.dumps(document).encode())


def row(
    name: str, way: str, pattern: str, view: int, start: int, state: str
) -> dict[str, Any]:
    return {
        "name": name,
        "subject": "view",
        "words": {
            "way": way, "pattern": pattern, "consumer": "sum", "cache": "warm",
        },
        "numbers": {
            "size": 64 * MIB, "access": 4 * KIB, "view": view, "start": start,
        },
        "state": state,
        "reason": "",
        "repetitions": 11,
    }  # fmt: skip


def samples(name: str, times: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "repetition_index": index,
            "real_time": time,
            "cpu_time": time,
            "time_unit": "ns",
            "bytes": 64 * MIB,
            "maps": 64,
            "minor_faults": 128,
            "pages_per_fault": 128,
            "access_ns": time * 0.75,
            "map_ns": time * 0.15,
            "unmap_ns": time * 0.1,
            "mapmark": {"order": index, "state": "ok", "reason": ""},
        }
        for index, time in enumerate(times)
    ]


def test_the_smallest_view_as_good_as_the_best_is_the_answer() -> None:
    (setting,) = view_settings(made(USUAL))
    assert view_bytes(smallest_as_good(setting)) == 16 * MIB
    assert "best is a view of 16 MiB that moves" in sentence(setting)


def test_the_whole_file_is_the_answer_where_no_moving_view_is_as_good() -> None:
    (setting,) = view_settings(made({**USUAL, ("slide", 16 * MIB): 120}))
    assert "best is one view of the whole file" in sentence(setting)


def test_moving_beats_reading_from_the_break_even_size_on() -> None:
    (setting,) = view_settings(made(USUAL))
    found = break_even(setting)
    assert found is not None and view_bytes(found) == MIB
    assert sentence(setting).endswith(
        "Moving beats read calls from views of 1 MiB on."
    )


def test_there_may_be_no_break_even() -> None:
    (setting,) = view_settings(made({**USUAL, ("read", 0): 50}))
    assert break_even(setting) is None
    assert "No moving view that was measured beats" in sentence(setting)


def test_costs_of_other_policies_are_factors_of_the_best() -> None:
    (setting,) = view_settings(made(USUAL))
    said = sentence(setting)
    assert said.startswith("At random, 4 KiB at a time, sum, warm: ")
    assert "mapped for each access 40.0×" in said
    assert "read calls 3.00×" in said


@pytest.mark.parametrize(
    "results",
    [
        made(USUAL, start=64 * KIB),
        made(USUAL, state="inconclusive"),
        made({key: USUAL[key] for key in USUAL if key[0] != "whole"}),
        made({key: USUAL[key] for key in USUAL if key[0] != "slide"}),
    ],
    ids=["other-start", "not-believed", "no-whole", "no-slide"],
)
def test_without_rows_to_compare_nothing_is_said(results: Results) -> None:
    assert view_settings(results) == ()
    assert views_part(results).sentences == ()


def test_the_heat_map_has_each_factor_in_words() -> None:
    part = views_part(made(USUAL))
    (view,) = part.views
    for factor in ("1.00×", "40.0×", "3.10×", "1.50×"):
        assert factor in view.chart
    assert view.chart.count("<rect") == len(USUAL)


def test_the_table_has_every_row_and_what_moves_cost() -> None:
    (view,) = views_part(made(USUAL)).views
    assert len(view.table.rows) == len(USUAL)
    each = {line[0].text: line for line in view.table.rows}["each"]
    columns = dict(zip(view.table.columns, each, strict=True))
    assert columns["view"].text == "64 KiB"
    assert columns["map and unmap"].text == "1.00 ms"
    assert columns["accesses"].text == "3.00 ms"
    assert columns["maps a MiB"].text == "1"
    assert columns["faults a MiB"].text == "2"
    assert columns["pages a fault"].text == "128"
