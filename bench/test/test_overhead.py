# SPDX-License-Identifier: MIT
"""A library call costs few instructions over the system's own call.

Callgrind counts them exactly: what two rounds of a call differ by is free of
the loop's start, and of all that happens once.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

PROGRAM = pathlib.Path(os.environ["MAPMARK_BIN_DIR"]) / "count_calls"
BUILD_TYPE = os.environ.get("MAPMARK_BUILD_TYPE", "Release")

#: User instructions that a call may cost on top of the system's.
LIMIT = 60

#: A view is mapped and unmapped in one call of the benchmark; what it costs to
#: unmap is what that has over mapping alone.
BOTH, MAP, UNMAP = "map", "map-alone", "unmap-alone"

#: Pairs of the counting program that are no calls of the library.
SAME, HEAVY = "same", "heavy"

LIBRARY, BARE = "library", "bare"
TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)

pytestmark = [
    pytest.mark.skipif(
        BUILD_TYPE != "Release",
        reason=f"instructions count in the release build, this is {BUILD_TYPE}",
    ),
    pytest.mark.skipif(
        shutil.which("valgrind") is None,
        reason="valgrind, which counts instructions, is not installed",
    ),
]


@dataclass(frozen=True)
class Round:
    calls: int
    instructions: int


@dataclass(frozen=True)
class Cost:
    """Of one call, in instructions."""

    bare: int
    library: int

    @property
    def more(self) -> int:
        return self.library - self.bare


Rounds = dict[tuple[str, str], list[Round]]
Costs = dict[str, Cost]


def count_rounds(folder: pathlib.Path) -> Rounds:
    """The rounds of each call and way."""
    file, out = folder / "file", folder / "out"
    file.write_bytes(bytes(65536))
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
         "--toggle-collect=make_calls", "--dump-after=make_calls",
         PROGRAM, file],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rounds: Rounds = {}
    for number, line in enumerate(done.stdout.splitlines(), 1):
        call, way, calls = line.split()
        dump = pathlib.Path(f"{out}.{number}").read_text("utf-8")
        (total,) = TOTALS.findall(dump)
        rounds.setdefault((call, way), []).append(Round(int(calls), int(total)))
    return rounds


def by_call(first: Round, second: Round) -> tuple[int, int]:
    """Instructions of one call, and what remains undivided."""
    return divmod(
        second.instructions - first.instructions, second.calls - first.calls
    )


def over_limit(costs: Costs, calls: Iterable[str]) -> list[str]:
    return [
        f"{call} costs {costs[call].more} instructions over the bare call, "
        f"and may cost {LIMIT}"
        for call in calls
        if costs[call].more > LIMIT
    ]


def in_words(costs: Costs) -> str:
    lines = [f"{'call':16}{'bare':>8}{'library':>8}{'more':>8}"]
    lines += [
        f"{call:16}{cost.bare:8}{cost.library:8}{cost.more:8}"
        for call, cost in costs.items()
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Rounds:
    return count_rounds(tmp_path_factory.mktemp("callgrind"))


@pytest.fixture(scope="module")
def costs(rounds: Rounds) -> Costs:
    def cost(call: str, way: str) -> int:
        found = rounds[call, way]
        return by_call(found[0], found[1])[0]

    found = {
        call: Cost(bare=cost(call, BARE), library=cost(call, LIBRARY))
        for call, way in rounds
        if way == LIBRARY
    }
    both, mapping = found.pop(BOTH), found[MAP]
    found[UNMAP] = Cost(both.bare - mapping.bare, both.library - mapping.library)
    return found


def test_no_call_costs_more_than_its_limit(
    costs: Costs, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = [call for call in costs if call not in (SAME, HEAVY)]
    with capsys.disabled():
        print(f"\n{in_words({call: costs[call] for call in calls})}")
    assert len(calls) >= 10
    assert over_limit(costs, calls) == []


def test_each_call_of_a_round_costs_the_same(rounds: Rounds) -> None:
    for name, (first, second, third) in rounds.items():
        cost, rest = by_call(first, second)
        assert rest == 0, name
        assert by_call(second, third) == (cost, 0), name


def test_one_call_in_both_ways_differs_by_nothing(costs: Costs) -> None:
    assert costs[SAME].more == 0
    assert costs[SAME].bare > 0


def test_a_call_made_heavier_is_over_the_limit(costs: Costs) -> None:
    (message,) = over_limit(costs, [HEAVY])
    assert message.startswith(f"heavy costs {costs[HEAVY].more} instructions")
