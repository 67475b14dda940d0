# SPDX-License-Identifier: MIT
"""How large a view should be, from made-up rows alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mapmark.page.views import views_part
from mapmark.results import Results, read_results
from mapmark.view_sentences import sentence
from mapmark.views import (
    break_even,
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


def around(middle: float, scatter: float) -> list[float]:
    return [middle * (1 + scatter * (i - 5) / 5) for i in range(11)]


def made(
    times: Times,
    pattern: str = "random",
    consumer: str = "sum",
    walks: int = 1,
    state: str = "ok",
    scatter: float = 0.001,
    more: Mapping[str, float] | None = None,
    system: str = "",
) -> Results:
    document: dict[str, Any] = synthetic.bench_document([])
    for (way, view), time in times.items():
        name = f"view/{way}/{pattern}/{consumer}/warm/size:67108864/access:4096"
        name += f"/view:{view}" if view else ""
        name += f"/walks:{walks}" if walks > 1 else ""
        document["expected"].append(name)
        words = {
            "way": way, "pattern": pattern, "consumer": consumer,
            "cache": "warm",
        }  # fmt: skip
        document["rows"].append(row(name, words, view, walks, state))
        times_of_row = around(time * 1000, scatter)
        document["benchmarks"] += samples(name, times_of_row, more or {})
    if system:
        document["context"]["mapmark"]["system"] = system
    return read_results(json.dumps(document).encode())


def row(
    name: str, words: Mapping[str, str], view: int, walks: int, state: str
) -> dict[str, Any]:
    return {
        "name": name,
        "subject": "view",
        "words": dict(words),
        "numbers": {
            "size": 64 * MIB, "access": 4 * KIB, "view": view, "walks": walks,
        },
        "state": state,
        "reason": "",
        "repetitions": 11,
    }  # fmt: skip


def samples(
    name: str, times: Sequence[float], more: Mapping[str, float]
) -> list[dict[str, Any]]:
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
            "accesses": 16384,
            **more,
            "mapmark": {"order": index, "state": "ok", "reason": ""},
        }
        for index, time in enumerate(times)
    ]


def test_the_smallest_view_as_good_as_the_best_is_the_answer() -> None:
    (setting,) = view_settings(made(USUAL))
    found = smallest_as_good(setting)
    assert found.likely is not None and found.is_told
    assert view_bytes(found.likely) == 16 * MIB
    assert "best is a view of 16 MiB that moves" in sentence(setting)


def test_the_whole_file_is_the_answer_where_no_moving_view_is_as_good() -> None:
    (setting,) = view_settings(made({**USUAL, ("slide", 16 * MIB): 120}))
    assert "best is one view of the whole file" in sentence(setting)


def test_no_view_may_be_as_good_as_several() -> None:
    times = {**USUAL, ("lru16", MIB): 50}
    (setting,) = view_settings(made(times))
    assert "no view is within 5 % of the best, lru16 of 1 MiB" in sentence(
        setting
    )


def test_sizes_that_the_intervals_allow_are_not_told_apart() -> None:
    times = {**USUAL, ("slide", 16 * MIB): 106}
    (setting,) = view_settings(made(times, scatter=0.05))
    found = smallest_as_good(setting)
    assert not found.is_told
    assert "this run does not tell 16 MiB and the whole file apart" in (
        sentence(setting)
    )


def test_moving_beats_reading_from_the_break_even_size_on() -> None:
    (setting,) = view_settings(made(USUAL))
    found = break_even(setting)
    assert found is not None and found.start is not None
    assert view_bytes(found.start) == MIB
    assert sentence(setting).endswith(
        "Moving beats read calls from views of 1 MiB on."
    )


def test_there_may_be_no_break_even() -> None:
    (setting,) = view_settings(made({**USUAL, ("read", 0): 50}))
    found = break_even(setting)
    assert found is not None and found.start is None
    assert "No moving view that was measured beats" in sentence(setting)


def test_a_larger_view_that_is_slower_again_is_no_break_even() -> None:
    (setting,) = view_settings(made({**USUAL, ("slide", 16 * MIB): 400}))
    assert "beats read calls with views of 1 MiB alone." in sentence(setting)


def test_moving_and_reading_may_not_be_told_apart() -> None:
    times = {**USUAL, ("slide", MIB): 301}
    (setting,) = view_settings(made(times, scatter=0.02))
    assert "1 MiB and read calls are not told apart." in sentence(setting)


def test_where_a_view_starts_is_told_by_the_largest_difference() -> None:
    times = {**USUAL, ("near", MIB): 160, ("near", 16 * MIB): 103}
    (setting,) = view_settings(made(times))
    assert (
        "Starting beside the access and not at a multiple of its size, a view "
        "of 1 MiB takes 0.800× (0.799 to 0.801) as long"
    ) in sentence(setting)


def test_where_a_view_starts_may_make_no_difference() -> None:
    (setting,) = view_settings(made({**USUAL, ("near", MIB): 200}))
    assert "makes no difference that this run can tell." in sentence(setting)


def test_rows_that_walk_twice_tell_phases_and_memory() -> None:
    more = {
        "first_ns": 80000.0, "steady_ns": 20000.0, "mapped_bytes": 64.0 * MIB,
        "resident_before": 0.0, "resident_after": 32.0 * MIB,
    }  # fmt: skip
    (setting,) = view_settings(made(USUAL, walks=2, more=more))
    said = sentence(setting)
    assert said.startswith("At random, 4 KiB at a time, twice, sum, warm: ")
    assert "0.250× (0.250 to 0.250) through one view of the whole" in said
    assert (
        "Of 64 MiB that one view of the whole file has mapped, 0 B were "
        "resident before the first touch, and 32 MiB at the end."
    ) in said


def test_rows_that_write_tell_what_flushing_takes() -> None:
    times = {key: USUAL[key] for key in USUAL if key[0] in ("whole", "slide")}
    more = {"flush_ns": 50000.0}
    (setting,) = view_settings(made(times, consumer="write", more=more))
    assert "flushing takes 50 % through one view of the whole file" in (
        sentence(setting)
    )


def test_times_under_wine_answer_nothing() -> None:
    results = made(USUAL, system="Windows 10.0 (Wine 8.0)")
    assert view_settings(results) == ()


def test_costs_of_other_policies_are_factors_of_the_best() -> None:
    (setting,) = view_settings(made(USUAL))
    said = sentence(setting)
    assert said.startswith("At random, 4 KiB at a time, sum, warm: ")
    assert "mapped for each access 40.0×" in said
    assert "238 ns more an access" in said
    assert "read calls 3.00×" in said


@pytest.mark.parametrize(
    "results",
    [
        made(USUAL, state="inconclusive"),
        made({key: USUAL[key] for key in USUAL if key[0] != "whole"}),
        made({key: USUAL[key] for key in USUAL if key[0] != "slide"}),
    ],
    ids=["not-believed", "no-whole", "no-slide"],
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
