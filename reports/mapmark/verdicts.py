# SPDX-License-Identifier: MIT
"""What a ratio of times says, in words."""

from __future__ import annotations

from mapmark import units
from mapmark.statistics import SAME_WITHIN, Ratio, Verdict


def judgement(found: Ratio, candidate: str, rival_is: str) -> str:
    """`found` is the rival's time over the candidate's; `rival_is` names the
    rival with its verb: "calls are"."""
    rival = rival_is.rsplit(" ", 1)[0]
    if found.verdict is Verdict.FASTER:
        return f"{candidate} is {factor(found)} as fast as {rival}"
    if found.verdict is Verdict.SLOWER:
        return f"{rival_is} {factor(found.inverse)} as fast as {candidate}"
    if found.verdict is Verdict.SAME:
        return (
            f"{candidate} and {rival} are within {SAME_WITHIN * 100:.0f} % of "
            "each other"
        )
    if not found.is_covered:
        return "this run cannot tell: too few samples"
    return (
        f"this run cannot tell: {candidate} takes between "
        f"{units.times(1 / found.high)} and {units.times(1 / found.low)} the "
        f"time of {rival}"
    )


def factor(found: Ratio) -> str:
    """With its interval."""
    return f"{units.times(found.value)} ({units.span(found.low, found.high)})"
