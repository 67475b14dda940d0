# SPDX-License-Identifier: MIT
"""What is said beside the first answer: writing, first touches, fillings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mapmark.comparisons import comparisons
from mapmark.conclusions import Conclusions, conclude, in_words
from mapmark.fillings import fillings
from mapmark.payback import Payback, Walks, first_touches, payback
from mapmark.statistics import estimate
from tests.synthetic import KIB, RowSpec, phase_rows, results_of, writing_rows

READ_ROWS = (RowSpec("mapped"), RowSpec("read", times=[2000.0] * 7))


def found(rows: Sequence[RowSpec]) -> Conclusions:
    return conclude(results_of(rows))


def test_writing_is_a_second_line_and_changes_no_headline() -> None:
    said = in_words(found([*READ_ROWS, *writing_rows(300, 100)]))
    assert said == [
        "Map it.",
        "Write it to the device by calls. Write calls are faster at 4 KiB, "
        "3.00× (3.00 to 3.00).",
        "Warm cache, sequential: Mapping is faster at 4 KiB, 2.00× (2.00 to "
        "2.00).",
        "Writing to the device, warm cache, sequential: Write calls are "
        "faster at 4 KiB, 3.00× (3.00 to 3.00).",
    ]


def test_each_promise_of_writing_is_a_question_of_its_own() -> None:
    rows = writing_rows(100, 300, promise="dirty")
    rows += writing_rows(300, 100) + writing_rows(200, 100, action="modify")
    said = [item.headline for item in found(rows).writing]
    assert said == [
        "Write it into the cache through a mapping.",
        "Write it to the device by calls.",
    ]


@pytest.mark.parametrize(
    ("mapped_ns", "write_ns", "headline"),
    [
        (100, 101, "Write it to the device either way."),
        (100, 200, "Write it to the device through a mapping."),
    ],
)
def test_a_headline_of_writing_says_what_to_do(
    mapped_ns: float, write_ns: float, headline: str
) -> None:
    (writing,) = found(writing_rows(mapped_ns, write_ns)).writing
    assert writing.headline == headline


def test_where_to_write_by_which_way_is_said_by_conditions() -> None:
    rows = writing_rows(100, 200) + writing_rows(300, 200, pattern="random")
    rows += writing_rows(300, 200, action="modify")
    (writing,) = found(rows).writing
    assert writing.headline == "How to write it to the device depends."
    assert writing.summary == (
        "Write through a mapping when the file is accessed in order and "
        "written. Write by calls when the file is modified in place, or when "
        "it is accessed at random."
    )


def test_settings_of_writing_are_told_apart_by_what_is_done() -> None:
    rows = writing_rows(300, 100, action="modify") + writing_rows(300, 100)
    (writing,) = found(rows).writing
    assert [item.heading for item in writing.each] == [
        "Warm cache, sequential, written",
        "Warm cache, sequential, modified in place",
    ]


def test_writing_without_a_promise_is_not_taken_for_reading() -> None:
    rows = [*READ_ROWS, *writing_rows(300, 100, promise="")]
    (writing,) = found(rows).writing
    assert [item.setting.subject for item in writing.each] == ["write"]
    assert writing.headline == "Write it by calls."


def test_of_one_common_setting_its_own_sentence_is_said() -> None:
    others = writing_rows(100, 200, pattern="reverse")
    rows = others + writing_rows(300, 100, pattern="random")
    (writing,) = found(rows).writing
    assert writing.headline == "Write it to the device by calls."
    assert writing.says.startswith("Write calls are faster at 4 KiB, 3.00×")


def test_nothing_is_said_of_writing_where_nothing_was_written() -> None:
    assert found(READ_ROWS).writing == ()


def test_without_reading_there_is_no_answer_but_that_of_writing() -> None:
    first, second, *_ = in_words(found(writing_rows(100, 200)))
    assert first.startswith("No answer.")
    assert second.startswith("Write it to the device through a mapping.")


def test_unknown_subjects_and_phases_are_in_no_comparison() -> None:
    rows = [replace(row, subject="lib") for row in READ_ROWS]
    rows += phase_rows((10, 10), (90, 90))
    assert comparisons(results_of(rows)) == ()
    assert found(rows).reading.headline == "No answer."


def test_wine_says_nothing_but_that() -> None:
    wine = "Windows 10.0 (Wine 8.0)"
    rows = [*READ_ROWS, *writing_rows(1, 2), *phase_rows((9, 1), (9, 9))]
    assert in_words(conclude(results_of(rows, system=wine))) == [
        "No answer. Times under Wine mean nothing."
    ]


def walks(first: Sequence[float], later: Sequence[float]) -> Walks:
    return Walks(estimate(first), estimate(later))


@pytest.mark.parametrize(
    ("mapped", "read", "words"),
    [
        ((100, 10), (100, 100), "from the first pass"),
        ((101, 10), (100, 100), "from the 2nd pass"),
        ((280, 10), (100, 100), "from the 3rd pass"),
        ((1000, 10), (100, 100), "from the 11th pass"),
        ((100, 110), (200, 100), "in no long run"),
        ((900, 10), (5000, 20), "from the first pass"),
    ],
)
def test_a_mapping_pays_back_by_what_each_later_pass_saves(
    mapped: tuple[float, float], read: tuple[float, float], words: str
) -> None:
    def certain(times: tuple[float, float]) -> Walks:
        return walks([times[0]] * 7, [times[1]] * 7)

    assert payback(certain(mapped), certain(read)).in_words == words


def test_what_the_intervals_leave_open_is_said() -> None:
    first = [150.0, 190.0, 190.0, 200.0, 210.0, 210.0, 290.0]
    found = payback(walks(first, [10] * 7), walks([100] * 7, [100] * 7))
    assert found == Payback(2, 4)
    assert found.in_words == "from the 2nd pass at best and the 4th at worst"
    wide = [10.0, 50.0, 50.0, 60.0, 70.0, 70.0, 110.0]
    found = payback(walks([200] * 7, wide), walks([100] * 7, [100] * 7))
    assert found.in_words == (
        "from the 3rd pass at best and in no long run at worst"
    )


def test_the_first_touch_is_told_by_page_and_the_payback_by_pass() -> None:
    rows = phase_rows((512_000, 256_000), (600_000, 600_000))
    rows += phase_rows((768_000, 256_000), (400_000, 400_000), pattern="random")
    assert found(rows).facts == (
        "Through a mapping, the first touch of a page costs 1.00 µs to "
        "2.00 µs more than a later one in a warm cache.",
        "Over repeated passes, a mapping that is kept beats read calls from "
        "the first pass in 1 of 2 cases and from the 4th pass in 1 of 2 cases.",
    )


def test_each_cache_has_its_first_touch() -> None:
    rows = phase_rows((512_000, 256_000), (600_000, 600_000))
    rows += phase_rows((2_816_000, 256_000), (9e6, 600_000), cache="cold")
    first, second = found(rows).facts
    assert first.endswith(
        "1.00 µs more than a later one in a warm cache and 10.0 µs more in a "
        "cold cache."
    )
    assert second.endswith("beats read calls from the first pass.")


def test_a_populated_mapping_pays_for_its_touches_in_the_prefetch() -> None:
    rows = phase_rows((256_000, 256_000), (9e6, 9e6), way="mapped-populated")
    rows[0].more["prefetch_ns"] = 512_000
    (item,) = first_touches(results_of(rows))
    assert item.touch.median == 2_000
    assert item.mapped.first.median == 10_000 + 512_000 + 256_000
    assert found(rows).facts == ()


def test_phases_without_a_rival_or_without_times_say_nothing() -> None:
    mapped, read = phase_rows((9, 1), (9, 9))
    assert first_touches(results_of([mapped])) == ()
    void = replace(read, state="void", reason="evicted")
    assert first_touches(results_of([mapped, void])) == ()


def filled(cache: str, mapped: float, read: float) -> list[RowSpec]:
    times = {"mapped": mapped, "mapped-window": mapped / 2, "read": read}
    return [
        RowSpec(way, cache=cache, times=[time] * 7)
        for way, time in times.items()
    ]


def test_the_largest_factor_of_filling_is_said_beside_that_of_reading() -> None:
    rows = filled("warm", 100, 200) + filled("scattered", 400, 250)
    rows += filled("found", 150, 200)
    assert found(rows).facts == (
        "The same cached file costs a mapped reader 4.00× (4.00 to 4.00) as "
        "much when it was cached in 4 KiB pieces (mapped, sequential at "
        "4 KiB); read calls 1.25× (1.25 to 1.25).",
    )


def test_a_filling_that_makes_no_difference_is_said_to_make_none() -> None:
    rows = filled("warm", 100, 200) + filled("scattered", 101, 200)
    assert found(rows).facts == (
        "To a mapped reader, how the cache was filled makes no difference that "
        "is beyond doubt.",
    )


def test_a_factor_within_doubt_hides_no_smaller_one_beyond_it() -> None:
    rows = filled("warm", 100, 200) + filled("scattered", 150, 200)
    wild = [10.0, 20.0, 90.0, 100.0, 110.0, 500.0, 900.0]
    rows[1] = replace(rows[1], times=wild)
    rows[4] = replace(rows[4], times=[4 * time for time in wild])
    (said,) = found(rows).facts
    assert "1.50×" in said and "mapped, sequential" in said


def test_only_rows_that_differ_in_the_filling_alone_are_compared() -> None:
    warm = RowSpec("mapped")
    others = [
        replace(warm, cache="scattered", access=64 * KIB),
        replace(warm, cache="scattered", pattern="random"),
        replace(warm, cache="scattered", threads=2),
        replace(warm, cache="scattered", state="void", reason="evicted"),
        replace(warm, cache="cold"),
    ]
    assert fillings(results_of([warm, *others])) == ()
    alike = replace(warm, cache="scattered", times=[3000.0] * 7)
    (item,) = fillings(results_of([warm, alike]))
    assert item.factor.value == 3
