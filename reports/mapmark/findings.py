# SPDX-License-Identifier: MIT
"""What a comparison of two runs found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from mapmark import units
from mapmark.agreement import listed, some_of
from mapmark.changes import Changes, Zone
from mapmark.statistics import Ratio, Verdict

# The controls of a quiet machine stay well below; beyond, a slow-down by a
# tenth is not found.
_DRIFT_HIGH = 1.1

_COUNTED = (Verdict.SLOWER, Verdict.FASTER, Verdict.SAME, Verdict.UNKNOWN)


def headline(found: Changes) -> str:
    if not found.tested:
        return "Nothing to compare."
    if not found.is_decided:
        return "These runs cannot tell."
    said = [
        f"{len(rows)} {'row is' if len(rows) == 1 else 'rows are'} {word.value}"
        for word in (Verdict.SLOWER, Verdict.FASTER)
        if (rows := found.in_verdict(word))
    ]
    if said:
        return f"{listed(said, 'and')}."
    if is_restless(found):
        return "No row has changed by more than the machine may have."
    is_sure = len(found.in_verdict(Verdict.SAME)) == len(found.tested)
    return f"No row has changed{'' if is_sure else ' beyond doubt'}."


def summary(found: Changes) -> str:
    """How many rows of each verdict, and the worst of them."""
    if not found.tested:
        return "A and B share no row that could be judged."
    counts = [
        f"{len(found.in_verdict(word))} {word.value}" for word in _COUNTED
    ]
    rows = f"{len(found.tested)} row{'' if len(found.tested) == 1 else 's'}"
    text = f"B against A, {rows}: {listed(counts, 'and')}."
    if slower := found.in_verdict(Verdict.SLOWER):
        worst = slower[0].moved
        text += f" The worst takes {factor(worst.ratio)} as long: {worst.name}."
    return text


def factor(ratio: Ratio) -> str:
    return (
        f"{units.times(ratio.value)} "
        f"({units.digits(ratio.low)} to {units.digits(ratio.high)})"
    )


def limits(found: Changes) -> Iterator[str]:
    """What could not have been seen, and what may have been by chance."""
    for zone in found.zones:
        yield _zone(zone)
    if is_restless(found):
        yield (
            "The machine was too restless to tell small changes from none: "
            "measure A and B again, close together, at a quieter time."
        )
    if found.decidable:
        yield (
            "Of comparisons of unchanged runs at most "
            f"{units.percent(found.false_alarms)} would call any row slower "
            "or faster by the chance of sampling."
        )
        yield _power(found)


def is_restless(found: Changes) -> bool:
    """Whether what is the same may hide a change that matters."""
    return any(zone.factor > _DRIFT_HIGH for zone in found.zones)


def _zone(zone: Zone) -> str:
    kind = zone.kind.words[:1].upper() + zone.kind.words[1:]
    if not zone.is_known:
        return (
            f"{kind}: nothing is said, because both runs share no control, "
            "plain memory or system calls, that shows the machine's own drift."
        )
    width = units.percent(zone.factor - 1)
    why = f"none of the {len(zone.controls)} controls may have moved further"
    if zone.is_drift:
        why = f"that far may a control have moved, {zone.widest.name}"
    return f"{kind}: same within {width}, slower or faster beyond; {why}."


def _power(found: Changes) -> str:
    least = sorted(change.slower_from for change in found.decidable)
    half, most = least[len(least) // 2], least[len(least) * 9 // 10]
    return (
        f"A slow-down to {units.times(half)} would be seen in half of the "
        f"rows, one to {units.times(most)} in nine tenths of them."
    )


def left_out(found: Changes) -> Iterator[str]:
    """One line a reason; the tables have every name."""
    names: dict[str, list[str]] = {}
    for item in found.left_out:
        names.setdefault(item.reason, []).append(item.name)
    for reason, of_reason in names.items():
        yield f"Not compared, {reason}: {some_of(of_reason)}."
