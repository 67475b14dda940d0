# SPDX-License-Identifier: MIT
"""Stacked bars: as long as what they stand for, or visibly broken."""

from __future__ import annotations

from collections.abc import Sequence

from mapmark import bars, units
from tests.markup import Element, read_page

PARTS = (
    bars.Part("access", "p-access"),
    bars.Part("unmap", "p-unmap"),
    bars.Part("flush", "p-flush", is_hatched=True),
)


def bar(*lengths: float) -> bars.Bar:
    return bars.Bar("4 KiB", "mapped", lengths, "words")


def drawn(found: Sequence[bars.Bar]) -> Element:
    text = bars.stacked("b", "title", "desc", PARTS, found, units.duration)
    return read_page(text.encode())


def boxes(chart: Element) -> list[tuple[str, float, float]]:
    """Class, start and width of each, those of the key included."""
    return [
        (
            box.attributes["class"],
            float(box.attributes["x"]),
            float(box.attributes["width"]),
        )
        for box in chart.all("rect")
    ]


def test_parts_stand_one_behind_the_other_in_proportion() -> None:
    chart = drawn([bar(100, 0, 300)])
    _, _, first, second = boxes(chart)
    assert (first[0], second[0]) == ("part p-access", "part p-flush")
    assert abs(first[1] + first[2] - second[1]) < 0.2
    assert abs(second[2] / first[2] - 3) < 0.05
    assert not [p for p in chart.all("path") if p.attributes["class"] == "break"]


def test_a_part_that_no_bar_has_is_not_in_the_key() -> None:
    chart = drawn([bar(100, 0, 300)])
    assert [t.words for t in chart.all("text")][:2] == ["access", "flush"]


def test_the_durable_part_is_told_apart_without_its_colour() -> None:
    (hatched,) = {
        box.attributes.get("fill")
        for box in drawn([bar(1, 1, 1)]).all("rect")
        if "p-flush" in box.attributes["class"]
    }
    assert hatched == "url(#b-hatch)"
    assert drawn([bar(1, 1, 1)]).one("pattern").attributes["id"] == "b-hatch"


def test_there_are_one_to_three_round_ticks() -> None:
    for longest in (1.0, 1.99, 3.99, 4.0, 4.99, 8.1, 9.99, 123_456.0):
        words = [t.words for t in drawn([bar(longest, 0, 0)]).all("text")]
        ticks = words[1 : words.index("4 KiB")]
        assert 1 <= len(ticks) <= 3
        assert ticks[0].lstrip("0.")[0] in "125"


def test_a_bar_that_dwarfs_the_others_is_broken_and_keeps_its_shares() -> None:
    chart = drawn([bar(100, 0, 0), bar(100, 0, 0), bar(1000, 0, 1000)])
    small, _, first, second = boxes(chart)[2:]
    assert abs(first[2] - second[2]) < 0.2
    assert abs((first[2] + second[2]) / small[2] - 4) < 0.05
    broken = [p for p in chart.all("path") if p.attributes["class"] == "break"]
    assert len(broken) == 1
