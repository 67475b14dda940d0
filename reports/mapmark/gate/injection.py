# SPDX-License-Identifier: MIT
"""Extra work in the library of a build made with MAPMARK_INJECT=ON: what a gate
must find. lib/src/inject.h says what is done, and where."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "MAPMARK_INJECT"

WORK, CALL, FAULT = "work", "call", "fault"
KINDS = (WORK, CALL, FAULT)

_NOTHING = "none"
_AMOUNT_MAX = (1 << 32) - 1

# Such a build's id ends so; bench/build_id.cmake writes it.
_MARK = "+inject"


def environment(kind: str, amount: int) -> dict[str, str]:
    """What a process is to have in its environment, so that each operation of
    its library does `amount` more: units of computation (of a nanosecond or
    two), system calls or page faults. Nothing of any kind when that is 0."""
    if kind not in KINDS:
        raise ValueError(f"'{kind}' is none of {', '.join(KINDS)}")
    if not 0 <= amount <= _AMOUNT_MAX:
        raise ValueError(f"{amount} is not between 0 and {_AMOUNT_MAX}")
    return {VARIABLE: f"{kind}:{amount}" if amount else _NOTHING}


def has_injection(build: Mapping[str, object]) -> bool:
    """Whether the build that a greeting tells of would do it."""
    return str(build.get("id", "")).endswith(_MARK)
