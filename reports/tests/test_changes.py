# SPDX-License-Identifier: MIT
"""Two runs against each other: nothing is found where nothing changed, and
what changed is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from mapmark import findings
from mapmark.changes import (
    FALSE_ALARMS_WANTED,
    Change,
    Changes,
    Kind,
    Moved,
    Zone,
    compare,
)
from mapmark.results import Results, read_results
from mapmark.statistics import Ratio, Verdict
from tests import synthetic
from tests.synthetic import RowSpec, controlled_rows, measured_again

DRIFTS = (1.0, 1.02, 1.08, 0.95, 1.3)
TOLD = (Verdict.SLOWER, Verdict.FASTER)


def results(rows: Sequence[RowSpec], missing: Sequence[str] = ()) -> Results:
    document = synthetic.bench_document(rows, missing)
    return read_results(json.dumps(document).encode())


def run(
    seed: str,
    by: Callable[[RowSpec], float] = lambda row: 1.0,
    spread: float = 0.01,
) -> Results:
    return results(measured_again(controlled_rows(), seed, by, spread))


def drifted(seed: str, factor: float) -> Results:
    return run(seed, lambda row: factor)


def names_in(found: Changes, verdict: Verdict) -> set[str]:
    return {change.moved.name for change in found.in_verdict(verdict)}


def test_five_unchanged_runs_on_a_drifting_machine_raise_no_alarm() -> None:
    runs = [drifted(f"run {drift}", drift) for drift in DRIFTS]
    for a, b in itertools.permutations(runs, 2):
        found = compare(a, b)
        assert len(found.tested) == 56
        assert not any(found.in_verdict(word) for word in TOLD)


def test_what_the_controls_do_not_share_is_no_drift() -> None:
    """That the test above can fail."""

    def all_but_memory(row: RowSpec) -> float:
        return 1.0 if row.way == "memory" or row.cache == "cold" else 1.3

    found = compare(run("a"), run("b", all_but_memory))
    warm = {c.moved.name for c in found.tested if "/warm/" in c.moved.name}
    assert len(warm) == 32
    assert names_in(found, Verdict.SLOWER) == warm


def test_the_zone_is_what_a_control_may_have_moved_by() -> None:
    found = compare(drifted("a", 1.0), drifted("b", 1.08))
    for zone in found.zones:
        assert zone.is_drift
        assert zone.factor == zone.widest.ratio.high
        assert 1.08 < zone.factor < 1.12
    assert {c.name.split("/")[1] for c in found.zones[0].controls} == {"memory"}


def test_the_zone_is_three_per_cent_where_controls_keep_still() -> None:
    found = compare(run("a", spread=0.001), run("b", spread=0.001))
    for zone in found.zones:
        assert not zone.is_drift
        assert zone.factor == 1.03
    assert len(found.in_verdict(Verdict.SAME)) == len(found.tested)


def windows_slower(row: RowSpec) -> float:
    return 1.1 if row.way == "mapped-window" else 1.0


@pytest.mark.parametrize("drift", [1.0, 1.02])
def test_a_slow_down_by_a_tenth_is_found_and_nothing_else(
    drift: float,
) -> None:
    found = compare(
        run("a"), run("b", lambda row: drift * windows_slower(row))
    )
    expected = {
        row.name for row in controlled_rows() if row.way == "mapped-window"
    }
    assert names_in(found, Verdict.SLOWER) == expected
    assert not found.in_verdict(Verdict.FASTER)
    turned = compare(
        run("b", lambda row: drift * windows_slower(row)), run("a")
    )
    assert names_in(turned, Verdict.FASTER) == expected
    assert not turned.in_verdict(Verdict.SLOWER)


# With samples that scatter by 1 %: a tenth is always found, and a change that
# is within the zone never.
@pytest.mark.parametrize(
    ("factor", "least", "most"),
    [(1.0, 0.0, 0.0), (1.02, 0.0, 0.0), (1.05, 0.2, 0.9), (1.1, 1.0, 1.0)],
)
def test_power(factor: float, least: float, most: float) -> None:
    def by(row: RowSpec) -> float:
        return 1.0 if row.way == "memory" or is_cold_read(row) else factor

    found = compare(run("a"), run("b", by))
    share = len(found.in_verdict(Verdict.SLOWER)) / len(found.tested)
    assert least <= share <= most


def is_cold_read(row: RowSpec) -> bool:
    return row.cache == "cold" and row.way == "read"


def test_slower_from_is_where_the_verdict_turns() -> None:
    found = compare(run("a"), run("b"))
    for change in found.tested:
        for nudge, verdict in ((1.001, True), (0.999, False)):
            times = change.slower_from / change.moved.ratio.value * nudge
            scaled = replace(change.moved, ratio=scale(change, times))
            turned = replace(change, moved=scaled).verdict
            assert (turned is Verdict.SLOWER) is verdict


def scale(change: Change, by: float) -> Ratio:
    old = change.moved.ratio
    return Ratio(old.value * by, old.low * by, old.high * by, old.coverage)


def test_what_could_be_seen_is_said_in_figures() -> None:
    found = compare(run("a"), run("b"))
    least = sorted(change.slower_from for change in found.tested)
    half, most = least[28], least[50]
    said = " ".join(findings.limits(found))
    assert f"to {half:.2f}× would be seen in half of the rows" in said
    assert f"one to {most:.2f}× in nine tenths" in said


@pytest.mark.parametrize(
    ("low", "high", "factor", "verdict"),
    [
        (1.04, 1.2, 1.03, Verdict.SLOWER),
        (1.03, 1.2, 1.03, Verdict.UNKNOWN),
        (1.04, 1.2, 1.05, Verdict.UNKNOWN),
        (0.8, 0.96, 1.03, Verdict.FASTER),
        (0.8, 0.98, 1.03, Verdict.UNKNOWN),
        (0.98, 1.02, 1.03, Verdict.SAME),
        (0.9, 1.2, 1.3, Verdict.SAME),
        (0.5, 2.0, 1.03, Verdict.UNKNOWN),
    ],
)
def test_verdict_by_interval_and_zone(
    low: float, high: float, factor: float, verdict: Verdict
) -> None:
    row = results([RowSpec()]).rows[0]
    ratio = Ratio((low * high) ** 0.5, low, high, 0.99)
    control = Moved(row, row, Ratio(1.0, 1.0, factor, 0.95))
    zone = Zone(Kind("read", False, False), (control,))
    assert Change(Moved(row, row, ratio), zone).verdict is verdict


def test_two_samples_a_side_are_not_enough() -> None:
    rows = [replace(row, times=row.times[:2]) for row in controlled_rows()]
    found = compare(results(rows), results(measured_again(rows, "b")))
    assert not found.is_decided
    assert not found.tested[0].is_decidable


def test_without_a_control_nothing_is_said() -> None:
    rows = [RowSpec("mapped"), RowSpec("mapped-window")]
    found = compare(
        results(rows), results(measured_again(rows, "b", lambda row: 2.0))
    )
    assert len(found.in_verdict(Verdict.UNKNOWN)) == 2
    assert "both runs share no control" in " ".join(findings.limits(found))


def test_storage_that_has_slowed_down_is_no_change_of_cold_rows() -> None:
    def storage(row: RowSpec) -> float:
        return 1.8 if row.cache == "cold" else 1.0

    found = compare(run("a"), run("b", storage))
    assert not any(found.in_verdict(word) for word in TOLD)
    warm, cold = found.zones
    assert warm.factor < 1.06
    assert cold.factor > 1.8
    assert cold.widest.name.startswith("read/read/")


def test_rows_with_threads_have_controls_with_threads() -> None:
    def contended(row: RowSpec) -> float:
        return 1.9 if row.threads > 1 else 1.0

    threads = [
        RowSpec(way, size=64 * synthetic.MIB, threads=2)
        for way in ("mapped", "read")
    ]
    rows = [*controlled_rows(), *threads]
    a, b = (
        results(measured_again(rows, seed, by))
        for seed, by in (("a", lambda row: 1.0), ("b", contended))
    )
    found = compare(a, b)
    assert not any(found.in_verdict(word) for word in TOLD)
    assert threads[1].name in {control.name for control in found.controls}
    assert threads[0].name in {change.moved.name for change in found.tested}


def test_intervals_together_miss_as_rarely_as_is_wanted() -> None:
    found = compare(run("a"), run("b"))
    coverage = [change.moved.ratio.coverage for change in found.tested]
    assert found.false_alarms == pytest.approx(sum(1 - c for c in coverage))
    assert found.false_alarms <= FALSE_ALARMS_WANTED
    assert min(coverage) >= 1 - FALSE_ALARMS_WANTED / len(coverage)


def test_more_rows_than_samples_can_bear_are_said_to_be_less_certain() -> None:
    """Seven against seven miss in 2 of 3432 orders at the least."""
    many = [RowSpec("mapped", access=n) for n in range(1, 201)]
    rows = [*many, RowSpec("memory")]
    found = compare(results(rows), results(measured_again(rows, "b")))
    assert found.false_alarms == pytest.approx(200 * 2 / 3432)
    assert "at most 11.7 %" in " ".join(findings.limits(found))


@pytest.mark.parametrize(
    ("before", "after", "reason", "is_lost"),
    [
        ("ok", "void", "void in B: because", True),
        ("ok", "error", "error in B: because", True),
        ("ok", "unsupported", "unsupported in B: because", True),
        ("unproved", "void", "void in B: because", True),
        ("void", "ok", "void in A: because", False),
        ("void", "error", "void in A: because; error in B: because", False),
    ],
)
def test_a_row_without_times_to_believe_is_left_out_with_its_reason(
    before: str, after: str, reason: str, is_lost: bool
) -> None:
    first, second = (
        results([RowSpec(state=state, reason="because"), RowSpec("memory")])
        for state in (before, after)
    )
    found = compare(first, second)
    assert not found.tested
    (left,) = found.left_out
    assert (left.reason, left.is_lost) == (reason, is_lost)
    assert found.has_lost is is_lost


def test_a_state_that_is_not_known_yet_is_not_compared_nor_lost() -> None:
    a = results([RowSpec()])
    row = replace(a.rows[0], state="inconclusive", reason="it scatters")
    (left,) = compare(a, replace(a, rows=(row,))).left_out
    assert left.reason == "inconclusive in B: it scatters"
    assert not left.is_lost


def test_an_unproved_row_is_compared() -> None:
    rows = [RowSpec(state="unproved", reason="hidden"), RowSpec("memory")]
    found = compare(results(rows), results(rows))
    assert len(found.tested) == 1
    assert not found.left_out


def test_rows_of_one_side_alone_are_named() -> None:
    a = results([RowSpec("mapped"), RowSpec("memory")], ["read/gone"])
    b = results([RowSpec("read"), RowSpec("memory")], [RowSpec("mapped").name])
    found = {item.name: item for item in compare(a, b).left_out}
    mapped, read = RowSpec("mapped").name, RowSpec("read").name
    assert {name: item.reason for name, item in found.items()} == {
        mapped: "missing in B",
        "read/gone": "missing in A; not in the plan of B",
        read: "not in the plan of A",
    }
    assert [item.name for item in found.values() if item.is_lost] == [mapped]


def test_rows_that_read_something_else_are_not_compared() -> None:
    mark = {"order": 0, "state": "ok", "reason": "", "checksum": "0x2f"}
    changed = RowSpec(more={"mapmark": mark})
    (left,) = compare(results([RowSpec()]), results([changed])).left_out
    assert left.reason == "not the same work in A and B: the checksums differ"
    assert not left.is_lost


def test_the_worst_comes_first() -> None:
    def by(row: RowSpec) -> float:
        return {"mapped": 1.5, "mapped-window": 1.2, "read": 0.6}.get(
            row.way, 1.0
        )

    rows = [RowSpec(w) for w in ("read", "mapped-window", "mapped", "memory")]
    rows = measured_again(rows, "a")
    found = compare(results(rows), results(measured_again(rows, "b", by)))
    ways = [change.moved.name.split("/")[1] for change in found.tested]
    assert ways == ["mapped", "mapped-window", "read"]


def test_no_change_on_a_restless_machine_is_not_called_none() -> None:
    found = compare(drifted("a", 1.0), drifted("b", 1.3))
    assert found.in_verdict(Verdict.SAME)
    assert findings.headline(found) == (
        "No row has changed by more than the machine may have."
    )
    assert "too restless" in " ".join(findings.limits(found))


def test_headlines() -> None:
    def said(by: Callable[[RowSpec], float], spread: float = 0.001) -> str:
        return findings.headline(
            compare(run("a", spread=spread), run("b", by, spread))
        )

    assert said(lambda row: 1.0) == "No row has changed."
    assert said(lambda row: 1.0, 0.02) == "No row has changed beyond doubt."
    assert said(windows_slower) == "16 rows are slower."
    only = controlled_rows()[0].name
    assert said(lambda row: 0.8 if row.name == only else 1.0) == (
        "1 row is faster."
    )
    same = results([RowSpec("memory")])
    assert findings.headline(compare(same, same)) == "Nothing to compare."
