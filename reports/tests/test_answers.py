# SPDX-License-Identifier: MIT
"""Which rows are compared, what is said of them, and where it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mapmark.agreement import where
from mapmark.answers import Answers, answer
from mapmark.comparisons import Setting, comparisons, way
from mapmark.conclusions import conclude, in_words
from mapmark.statistics import Verdict
from tests.synthetic import KIB, MIB, RowSpec, results_of


def pair(
    mapped_ns: float,
    read_ns: float,
    access: int = 4 * KIB,
    size: int = MIB,
    cache: str = "warm",
    pattern: str = "sequential",
    state: str = "ok",
    reason: str = "",
) -> list[RowSpec]:
    """A mapped row and its rival, without scatter."""
    return [
        RowSpec(
            way,
            pattern,
            cache=cache,
            size=size,
            access=access,
            times=[time] * 7,
            state=state if way == "mapped" else "ok",
            reason=reason,
        )
        for way, time in (("mapped", mapped_ns), ("read", read_ns))
    ]


def answers(rows: Sequence[RowSpec]) -> Answers:
    return answer(results_of(rows))


def lines(rows: Sequence[RowSpec]) -> list[str]:
    return in_words(conclude(results_of(rows)))


def test_reading_stands_against_the_mapped_way_with_the_least_median() -> None:
    rows = [
        RowSpec("mapped", times=[300.0] * 7),
        RowSpec("mapped-window", times=[200.0] * 7),
        RowSpec("mapped-populated", times=[400.0] * 7),
        RowSpec("read", times=[500.0] * 7),
    ]
    ((found,),) = comparisons(results_of(rows))
    assert way(found.mapped) == "mapped-window"
    assert found.speedup.value == 2.5
    assert found.verdict is Verdict.FASTER


@pytest.mark.parametrize(
    "state", ["inconclusive", "void", "error", "unsupported"]
)
def test_a_row_that_may_not_be_believed_is_in_no_answer(state: str) -> None:
    found = answers(pair(100, 200, state=state, reason="because"))
    assert found.headline == "No answer."
    assert found.each == ()
    assert found.summary == "No mapped row and read row can be compared."


def test_a_void_way_leaves_the_comparison_to_the_others() -> None:
    rows = pair(100, 200, state="void", reason="because")
    rows.append(RowSpec("mapped-window", times=[160.0] * 7))
    ((found,),) = comparisons(results_of(rows))
    assert way(found.mapped) == "mapped-window"


def test_an_unproved_row_is_in_the_answer_and_named() -> None:
    rows = pair(100, 200, state="unproved", reason="the cache is hidden")
    (found,) = answers(rows).each
    assert found.note == "unproved: the cache is hidden"
    assert "(unproved: the cache is hidden)" in lines(rows)[1]


def test_what_shows_a_single_fact_is_told_and_changes_no_summary() -> None:
    rows = pair(100, 200) + pair(100, 200, pattern="random")
    rows += pair(200, 100, cache="scattered") + pair(200, 100, pattern="zipf")
    two = [replace(row, threads=2) for row in pair(200, 100)]
    found = answers(rows + two)
    assert found.headline == "Map it."
    assert [item.heading for item in found.each] == [
        "Warm cache, sequential",
        "Warm cache, sequential, 2 threads",
        "Warm cache, random",
        "Warm cache, zipf",
        "Cache filled by scattered reads, sequential",
    ]
    assert [item.word for item in found.each] == [
        *("Map", "Read", "Map", "Read", "Read")
    ]


def test_where_nothing_is_common_the_summary_is_of_all() -> None:
    found = answers(pair(200, 100, pattern="zipf"))
    assert found.headline == "Read it."


def test_times_under_wine_are_no_answer() -> None:
    wine = "Windows 10.0 (Wine 8.0)"
    found = conclude(results_of(pair(100, 200), system=wine))
    assert in_words(found) == ["No answer. Times under Wine mean nothing."]


@pytest.mark.parametrize(
    ("mapped_ns", "read_ns", "headline", "sentence"),
    [
        (100, 200, "Map it.", "Mapping is faster at 4 KiB, 2.00×"),
        (300, 100, "Read it.", "Reading is faster at 4 KiB, 3.00×"),
        (100, 102, "Either will do.", "Mapping and reading are within 3 % of"),
    ],
)
def test_one_comparison_is_said_in_its_own_words(
    mapped_ns: float, read_ns: float, headline: str, sentence: str
) -> None:
    first, second = lines(pair(mapped_ns, read_ns))
    assert first == headline
    assert second.startswith(f"Warm cache, sequential: {sentence}")


def test_an_interval_around_equal_is_unknown_and_says_what_is_possible() -> None:
    wide = [80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 125.0]
    rows = [RowSpec("mapped", times=wide), RowSpec("read", times=wide)]
    found = answers(rows)
    assert found.headline == "This run cannot tell."
    (each,) = found.each
    assert each.sentence == (
        "This run cannot tell at 4 KiB: mapping is between "
        "1.22× slower and 1.22× faster."
    )


def test_two_samples_a_row_are_too_few() -> None:
    rows = [
        RowSpec("mapped", times=[100.0, 101.0]),
        RowSpec("read", times=[200.0, 201.0]),
    ]
    (each,) = answers(rows).each
    assert each.sentence == "This run cannot tell at 4 KiB: too few samples."


def test_a_verdict_that_turns_with_the_access_size_depends() -> None:
    rows = [
        *pair(100, 200, access=4 * KIB),
        *pair(100, 300, access=16 * KIB),
        *pair(100, 50, access=64 * KIB),
    ]
    (each,) = answers(rows).each
    assert each.word == "It depends"
    assert each.sentence == (
        "Mapping is faster from 4 KiB to 16 KiB, 2.00× (2.00 to 2.00) at "
        "4 KiB, 3.00× (3.00 to 3.00) at 16 KiB; reading is faster at 64 KiB, "
        "2.00× (2.00 to 2.00)."
    )


def test_of_many_access_sizes_the_least_and_greatest_factor_are_said() -> None:
    rows = [
        row
        for power in range(5)
        for row in pair(100, 200 + 100 * power, access=KIB << power)
    ]
    (each,) = answers(rows).each
    assert each.sentence == (
        "Mapping is faster at every access size, from 2.00× (2.00 to 2.00) "
        "at 1 KiB up to 6.00× (6.00 to 6.00) at 16 KiB."
    )


def test_a_word_of_every_setting_is_said_once() -> None:
    rows = [*pair(100, 200, size=MIB), *pair(100, 300, size=64 * MIB)]
    found = answers(rows)
    assert found.headline == "Map it."
    assert found.summary == (
        "In each of the 2 settings measured mapping is faster at some access "
        "size, and slower at none."
    )


def test_a_summary_names_conditions_and_no_settings() -> None:
    rows = [
        row
        for size in (MIB, 64 * MIB)
        for cache in ("warm", "cold")
        for pattern in ("sequential", "random")
        for row in pair(
            100,
            50 if (cache, pattern) == ("cold", "sequential") else 200,
            size=size,
            cache=cache,
            pattern=pattern,
        )
    ]
    found = answers(rows)
    assert found.headline == "It depends."
    assert found.summary == (
        "Map when the file is in the cache, or when it is accessed at "
        "random. Read when the file is not in the cache and accessed in order."
    )


def test_a_summary_that_would_be_a_list_counts_instead() -> None:
    """Like the fields of a chessboard: conditions explain nothing."""
    rows = [
        row
        for x in range(4)
        for y, cache in enumerate(("warm", "cold"))
        for z, pattern in enumerate(("sequential", "random"))
        for row in pair(
            100,
            50 if (x + y + z) % 2 else 200,
            size=MIB << x,
            cache=cache,
            pattern=pattern,
        )
    ]
    assert answers(rows).summary == (
        "Map in 8 of 16 settings. Read in 8 of 16 settings."
    )


def test_a_terminal_gets_no_endless_list() -> None:
    rows = [row for n in range(40) for row in pair(100, 200, size=MIB + n)]
    said = lines(rows)
    assert len(said) == 14
    assert said[-1] == "The report has the other 28 settings."


def settings(
    sizes: Sequence[int], caches: Sequence[str], patterns: Sequence[str]
) -> list[Setting]:
    return [
        Setting("read", cache, pattern, "sum", size, "")
        for cache in caches
        for pattern in patterns
        for size in sizes
    ]


def test_a_condition_that_all_settings_share_is_not_said() -> None:
    found = settings([MIB], ["warm", "cold"], ["random"])
    chosen = [item for item in found if item.cache == "cold"]
    assert where(chosen, found) == ["not in the cache"]


def test_several_values_of_one_condition_are_listed() -> None:
    found = settings([1, 2, 3, 4], ["warm"], ["sequential", "random"])
    chosen = [item for item in found if item.size_bytes != 3]
    assert where(chosen, found) == ["of 1 B, 2 B or 4 B"]


def test_regions_hold_all_chosen_settings_and_no_other() -> None:
    found = settings([MIB, 2 * MIB], ["warm", "cold"], ["sequential", "random"])
    chosen = [found[0], found[3], found[5]]
    assert where(chosen, found) == [
        "of 1 MiB, in the cache and accessed in order",
        "of 2 MiB, in the cache and accessed at random",
        "of 2 MiB, not in the cache and accessed in order",
    ]


def test_words_that_nobody_knows_are_said_as_they_are() -> None:
    found = settings([MIB], ["warm", "lukewarm"], ["random"])
    assert where(found[1:], found) == ["lukewarm"]
