# SPDX-License-Identifier: MIT
"""How a build is told what to do more."""

from __future__ import annotations

import pytest

from mapmark.gate.injection import KINDS, environment, has_injection


@pytest.mark.parametrize("kind", KINDS)
def test_kind_and_amount_are_told_by_a_variable(kind: str) -> None:
    assert environment(kind, 3) == {"MAPMARK_INJECT": f"{kind}:3"}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_more_is_told_as_well(kind: str) -> None:
    """Or a value that was there before would be inherited."""
    assert environment(kind, 0) == {"MAPMARK_INJECT": "none"}


@pytest.mark.parametrize(
    ("kind", "amount"), [("sleep", 1), ("work", -1), ("call", 1 << 32)]
)
def test_what_no_build_understands_is_refused(kind: str, amount: int) -> None:
    with pytest.raises(ValueError):
        environment(kind, amount)


def test_a_build_that_injects_is_known_by_its_id() -> None:
    assert has_injection({"id": "89338dd251bc+inject"})
    assert has_injection({"id": "89338dd251bc-dirty+inject"})
    assert not has_injection({"id": "89338dd251bc"})
    assert not has_injection({"id": "inject-1"})
    assert not has_injection({})
