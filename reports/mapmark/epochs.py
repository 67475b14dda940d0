# SPDX-License-Identifier: MIT
"""Where the two RFCs want different ends, and which of them a parser does as
it says."""

from __future__ import annotations

from collections import Counter

from mapmark.conformance import Case, Conformance, Result

OLD, NEW = "rfc2616", "rfc9112"
_JUDGED = frozenset(("pass", "non-strict", "fail"))


def differing(found: Conformance) -> tuple[Case, ...]:
    """Cases that both RFCs rule on, and not alike."""
    return tuple(case for case in found.cases if _differs(case))


def _differs(case: Case) -> bool:
    if not {OLD, NEW} <= set(case.rulings):
        return False
    old, new = case.rulings[OLD], case.rulings[NEW]
    if "INFO" in (old.level, new.level):
        return False
    return set(old.accepted.split(" / ")) != set(new.accepted.split(" / "))


def sides(found: Conformance, subject: str) -> Counter[str]:
    """Of the cases that differ: "both" where what it does is accepted by
    either RFC, the name of the one that it is accepted by, or "neither"."""
    return Counter(
        _side(result)
        for case in differing(found)
        for result in case.results
        if result.subject == subject and set(result.verdicts.values()) <= _JUDGED
    )


def _side(result: Result) -> str:
    passed = [e for e in (OLD, NEW) if result.verdicts.get(e) == "pass"]
    if len(passed) == 2:
        return "both"
    return passed[0] if passed else "neither"
