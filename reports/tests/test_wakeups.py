# SPDX-License-Identifier: MIT
"""What a run says of waking another process, from made-up rows alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mapmark.conclusions import conclude, in_words
from mapmark.latency import Bucket, Histogram
from mapmark.page.wakeups import wakeups_part
from mapmark.results import Results, read_results
from mapmark.wakeups import fields, more_sentences, reached, sentences
from tests import synthetic

SEM = "ipc/sem_t/pingpong/park/cross"
PIPE = "ipc/pipe/pingpong/park/cross"
WORD = "ipc/word/pingpong/spin/cross"
EVENT = "ipc/event/pingpong/adaptive/cross"
PRICE = {
    "user_ns": 1000.0,
    "system_ns": 2000.0,
    "partner_user_ns": 3000.0,
    "partner_system_ns": 4000.0,
    "voluntary_switches": 1.0,
    "involuntary_switches": 0.5,
    "partner_voluntary_switches": 0.25,
    "partner_involuntary_switches": 0.0,
}


def around(middle: float) -> list[float]:
    return [middle * (0.999 + 0.0002 * i) for i in range(11)]


def row(name: str, state: str) -> dict[str, Any]:
    _, way, pattern, *others = name.split("/")
    words = {"way": way, "pattern": pattern}
    told = [part for part in others if ":" not in part]
    words.update(zip(("policy", "placement"), told, strict=False))
    numbers = {"octets": 1} if pattern == "pingpong" else {}
    for part in others[len(told) :]:
        key, _, value = part.partition(":")
        numbers[key] = int(value)
    return {
        "name": name, "subject": "ipc", "words": words, "numbers": numbers,
        "state": state, "reason": "", "repetitions": 11,
    }  # fmt: skip


def samples(
    name: str, times: Sequence[float], more: dict[str, float]
) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "repetition_index": index, "real_time": time,
            "cpu_time": time, "time_unit": "ns", "iterations": 9,
            "mapmark": {"order": index, "state": "ok", "reason": ""}, **more,
        }
        for index, time in enumerate(times)
    ]  # fmt: skip


def made(
    times: dict[str, Sequence[float]],
    states: dict[str, str] | None = None,
    more: dict[str, float] | None = None,
    system: str = "",
) -> Results:
    document = synthetic.bench_document([])
    for name, found in times.items():
        document["expected"].append(name)
        document["rows"].append(row(name, (states or {}).get(name, "ok")))
        document["benchmarks"] += samples(name, found, more or {})
    if system:
        document["context"]["mapmark"]["system"] = system
    return read_results(json.dumps(document).encode())


USUAL = {
    SEM: around(60e3),
    PIPE: around(90e3),
    WORD: around(200),
    EVENT: around(300),
}


def test_who_spins_and_who_sleeps_are_never_in_one_field() -> None:
    found = [(f.policy, [r.name for r in f.rows]) for f in fields(made(USUAL))]
    assert found == [
        ("park", [SEM, PIPE]), ("adaptive", [EVENT]), ("spin", [WORD]),
    ]  # fmt: skip


def test_messages_of_other_sizes_are_fields_of_their_own() -> None:
    large = f"{PIPE}/octets:4096"
    found = fields(made({**USUAL, large: around(95e3)}))
    assert [f.heading for f in found if f.octets > 1] == [
        "Park, on two CPUs, 4 KiB"
    ]


def test_the_cheapest_is_named_with_its_price_and_its_lead() -> None:
    assert sentences(made(USUAL, more=PRICE)) == (
        "The cheapest wake-up for who sleeps at once, on two CPUs: sem_t, "
        "60.0 µs a round trip and 10.0 µs of CPU time of both; pipe takes "
        "1.50× as long (1.50 to 1.50).",
    )


def test_a_lead_that_is_not_beyond_doubt_is_none() -> None:
    times = {SEM: around(60e3), PIPE: around(60.01e3)}
    (sentence,) = sentences(made(times))
    assert sentence.endswith("pipe cannot be told from it.")


def test_a_price_that_is_not_told_is_not_made_up() -> None:
    (sentence,) = sentences(made(USUAL, more={"user_ns": 1.0}))
    assert "CPU time" not in sentence


GAPS = {
    f"ipc/{way}/gap/park/gap:{gap}": around(time)
    for way, times in (("event", (40e3, 60e3)), ("sem_t", (50e3, 90e3)))
    for gap, time in zip((10000, 10000000), times, strict=True)
}


def test_what_a_pause_does_is_told_of_the_cheapest_way() -> None:
    assert sentences(made(GAPS)) == (
        "After 10.0 ms without one, a wake-up of event takes 60.0 µs for who "
        "sleeps at once: 1.50× (1.50 to 1.50) of what it takes after 10.0 µs "
        "without one.",
    )


def test_one_gap_alone_tells_nothing() -> None:
    first = {name: times for name, times in GAPS.items() if "10000000" in name}
    assert sentences(made(first)) == ()


def test_who_looks_at_the_clock_has_no_price() -> None:
    results = made(GAPS, more=PRICE)
    assert [f.cpu_ns(f.rows[0]) for f in fields(results)] == [7000.0, 7000.0]
    assert "7.00 µs of partner's CPU time" in more_sentences(results)[0]


def test_other_patterns_are_fields_of_their_own_in_order() -> None:
    names = [
        "ipc/mutex/owner-death/park",
        "ipc/semaphore/queue/park/givers:1/takers:4",
        "ipc/mutex/lock/adaptive/processes:2",
        "ipc/mutex/lock/park/processes:2",
        "ipc/event/broadcast/park/members:4",
        SEM,
    ]
    found = fields(made({name: around(100) for name in names}))
    assert [f.heading for f in found] == [
        "Park, on two CPUs",
        "Broadcast, park, 4 waiting",
        "Lock, park, 2 wanting it",
        "Lock, adaptive, 2 wanting it",
        "Queue, park, 1 giving and 4 taking",
        "Notice of a death, park, of a mutex's owner",
    ]


def test_what_waits_for_nobody_has_no_policy_and_its_own_price_only() -> None:
    times = {
        "ipc/event/any/count:64": around(300),
        "ipc/eventfd/any/count:64": around(9000),
    }
    results = made(times, more=PRICE)
    (field,) = fields(results)
    assert field.heading == "Wait, for any of 64"
    assert more_sentences(results) == (
        "The cheapest wait, for any of 64: event, 300 ns a wait and 3.00 µs "
        "of CPU time; eventfd takes 30.0× as long (30.0 to 30.0).",
    )


def test_a_timer_is_told_by_how_late_it_is() -> None:
    times = {
        "ipc/timer/late/park/due:1000000": around(77e3),
        "ipc/timerfd/late/park/due:1000000": around(27e3),
    }
    (sentence,) = more_sentences(made(times))
    assert sentence.startswith(
        "The cheapest timer for who sleeps at once, due in 1.00 ms: timerfd, "
        "27.0 µs late; timer takes 2.85× as long"
    )


def test_the_cheapest_lock_is_told_apart_from_wake_ups() -> None:
    locks = {
        "ipc/mutex/lock/park/processes:2": around(40),
        "ipc/event/lock/park/processes:2": around(20),
    }
    results = made({**USUAL, **locks}, more=PRICE)
    assert more_sentences(results) == (
        "The cheapest lock for who sleeps at once, 2 wanting it: event, "
        "20.0 ns an acquisition and 10.0 µs of CPU time of all; mutex takes "
        "2.00× as long (2.00 to 2.00).",
    )
    assert wakeups_part(results, []).sentences == more_sentences(results)


def test_a_void_row_is_never_the_cheapest() -> None:
    found = fields(made(USUAL, states={SEM: "void"}))
    assert [r.name for r in found[0].rows] == [PIPE]


def test_times_under_wine_answer_nothing() -> None:
    results = made(USUAL, system="Windows 10.0 (Wine 8.0)")
    assert sentences(results) == ()
    assert reached(results) == ()


def test_an_aim_is_reached_missed_or_unknown_by_its_interval() -> None:
    verdicts = []
    for event in (around(300), around(500), [390.0] * 5 + [410.0] * 6):
        (found,) = reached(made({WORD: around(200), EVENT: event}))
        verdicts.append(found.verdict)
    assert verdicts == ["reached", "missed", "unknown"]


def test_an_aim_with_too_few_samples_is_unknown() -> None:
    (found,) = reached(made({WORD: [200.0], EVENT: [300.0]}))
    assert found.verdict == "unknown"


def test_an_aim_whose_rows_are_not_there_is_not_told() -> None:
    assert reached(made({WORD: around(200)})) == ()


def test_aims_are_told_on_a_terminal_and_decide_nothing() -> None:
    conclusions = conclude(made(USUAL))
    (line,) = conclusions.aims
    assert line in in_words(conclusions)
    assert line.startswith("Aim of at most 2.00×: adaptive round trip")
    assert "1.50× (1.50 to 1.50), reached." in line
    assert line not in conclusions.facts


def test_what_is_said_besides_is_printed_when_all_is_asked_for() -> None:
    locks = {
        "ipc/mutex/lock/park/processes:2": around(40),
        "ipc/event/lock/park/processes:2": around(20),
    }
    conclusions = conclude(made(locks))
    (detail,) = conclusions.details
    assert detail.startswith("Waking. The cheapest lock for who sleeps")
    assert detail not in in_words(conclusions)
    assert in_words(conclusions, every=True)[-1] == detail


def test_the_table_has_percentiles_and_the_price_of_both_sides() -> None:
    histogram = Histogram(
        SEM, "round trip", 1000, 0, 50e3, 90e3, (Bucket(50e3, 70e3, 1000),)
    )
    part = wakeups_part(made(USUAL, more=PRICE), [histogram])
    table = part.tables[0]
    cells = dict(
        zip(table.columns, (c.text for c in table.rows[0]), strict=True)
    )
    assert cells["way"] == "sem_t"
    assert cells["p50"] == "60.0 µs"
    assert cells["longest"] == "90.0 µs"
    assert "p99.99" not in cells  # too few values stand above it
    assert cells["CPU of both"] == "10.0 µs"
    assert cells["switches"] == "1.50"
    assert cells["others' switches"] == "0.250"
