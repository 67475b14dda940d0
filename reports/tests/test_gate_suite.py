# SPDX-License-Identifier: MIT
"""A suite whose launches are drawn, not measured."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mapmark.gate import suite
from mapmark.gate.judgement import Verdict
from mapmark.gate.lockstep import Launch, Sides, Task, Unusable
from mapmark.gate.suite import Fate, Found, Order
from tests.gate_programs import build_of, steal_nothing

SIDES = Sides(
    build_of(Path("a"), "baseline", "a"), build_of(Path("b"), "candidate", "b")
)
Draw = Callable[[Task, int], float]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    steal_nothing(monkeypatch)


def launch(log: float) -> Launch:
    return Launch(log, log, 60, 100, 1000.0, 1000.0 * math.exp(log), 0.2)


def run(
    monkeypatch: pytest.MonkeyPatch,
    draw: Draw,
    rows: int = 12,
    budget_seconds: float = 60.0,
) -> tuple[Found, list[str]]:
    """`draw` says what the n-th launch of a task finds."""
    counts: dict[str, int] = {}
    order_run: list[str] = []

    def run_launch(
        sides: Sides, task: Task, scratch: Path, random_: random.Random
    ) -> Launch:
        counts[task.name] = counts.get(task.name, 0) + 1
        order_run.append(task.name)
        return launch(draw(task, counts[task.name]))

    monkeypatch.setattr(suite, "run_launch", run_launch)
    monkeypatch.setattr(suite, "works_alone", lambda build, row, scratch: True)
    found = suite.run_suite(
        SIDES,
        Order(
            tuple(Task(f"row/{n}") for n in range(rows)),
            (Task("control"),),
            {},
            budget_seconds,
        ),
        Path("."),
        random.Random(1),
        lambda what, done, of: None,
        lambda: None,
    )
    return found, order_run


def honest(effects: dict[str, float], sd: float = 0.01) -> Draw:
    random_ = random.Random(2)

    def draw(task: Task, number: int) -> float:
        effect = effects.get(task.row, 0.0) + task.planted
        scatter = 0.001 if task.row == "control" else sd
        return math.log1p(effect) + random_.gauss(0.0, scatter)

    return draw


def verdicts(found: Found) -> dict[str, Verdict]:
    return {judged.row: judged.verdict for judged in found.judged}


def test_equal_builds_are_equivalent_after_ten_launches_in_mixed_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, order = run(monkeypatch, honest({}))
    assert set(verdicts(found).values()) == {Verdict.EQUIVALENT}
    assert found.launches == len(order) == 14 * 10
    assert not found.why_invalid
    assert len(set(order[:30])) > 8


def test_only_what_is_slower_is_red_and_it_was_seen_thirty_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, order = run(monkeypatch, honest({"row/3": 0.10}))
    assert [r for r, v in verdicts(found).items() if v is Verdict.REGRESSION] == [
        "row/3"
    ]
    assert order.count("row/3") == 30
    assert order[-10:] == ["row/3"] * 10
    judged = next(j for j in found.judged if j.row == "row/3")
    assert judged.confirmation is not None
    assert judged.confirmation.estimate == pytest.approx(0.10, abs=0.02)


def test_a_red_that_a_fresh_block_does_not_repeat_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(task: Task, number: int) -> float:
        if task.row == "row/3" and number <= 20:
            return math.log(1.2)
        return math.log1p(task.planted)

    found, _ = run(monkeypatch, draw)
    judged = next(j for j in found.judged if j.row == "row/3")
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "fresh block" in judged.reason


def test_what_is_faster_is_improved_and_not_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, order = run(monkeypatch, honest({"row/3": -0.10}))
    assert verdicts(found)["row/3"] is Verdict.IMPROVED
    assert order.count("row/3") == 20


def test_what_stays_open_gets_forty_launches_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(task: Task, number: int) -> float:
        if task.row == "row/3":
            return (0.02, 0.035)[number % 2]
        return math.log1p(task.planted)

    found, order = run(monkeypatch, draw)
    assert verdicts(found)["row/3"] is Verdict.INCONCLUSIVE
    assert order.count("row/3") == 40


def test_a_spent_budget_ends_what_is_open_and_not_what_may_be_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(task: Task, number: int) -> float:
        if task.row == "row/3":
            return (0.02, 0.035)[number % 2]
        if task.row == "row/4":
            return math.log(1.2)
        return math.log1p(task.planted)

    found, order = run(monkeypatch, draw, budget_seconds=0.0)
    assert order.count("row/3") == 10
    judged = next(j for j in found.judged if j.row == "row/3")
    assert judged.reason == "the budget was spent"
    assert verdicts(found)["row/4"] is Verdict.REGRESSION


def test_a_control_that_moves_makes_the_run_invalid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, order = run(monkeypatch, honest({"control": 0.02}))
    assert any("control 'control' moved" in w for w in found.why_invalid)
    assert order.count("control") == 20


def test_a_plant_on_the_wrong_side_makes_the_run_invalid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def swapped(task: Task, number: int) -> float:
        return -math.log1p(task.planted)

    found, _ = run(monkeypatch, swapped)
    assert any("sides are mixed up" in w for w in found.why_invalid)


def test_a_row_that_fails_three_times_is_lost_and_the_rest_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(task: Task, number: int) -> float:
        if task.row == "row/3":
            raise Unusable("candidate", "crashed", "signal 11")
        return math.log1p(task.planted)

    found, order = run(monkeypatch, draw)
    assert [(lost.row, lost.fate, lost.side) for lost in found.lost] == [
        ("row/3", Fate.CRASHED, "candidate")
    ]
    assert order.count("row/3") == 3
    assert len(found.judged) == 11


def test_one_bad_launch_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(task: Task, number: int) -> float:
        if task.row == "row/3" and number == 4:
            raise Unusable("baseline", "void", "a neighbour")
        return math.log1p(task.planted)

    found, order = run(monkeypatch, draw)
    assert not found.lost
    assert order.count("row/3") == 11


def test_stolen_time_makes_a_run_invalid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter([(0.0, 0.0), (100.0, 11.0)])

    def noise() -> dict[str, float]:
        whole, stolen = next(seconds)
        return {"cpu_seconds": whole, "cpu_stolen_seconds": stolen}

    monkeypatch.setattr(suite.identity, "noise", noise)
    found, _ = run(monkeypatch, honest({}))
    assert found.steal == pytest.approx(0.11)
    assert any("other guests" in w for w in found.why_invalid)
