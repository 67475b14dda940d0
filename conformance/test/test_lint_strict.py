# SPDX-License-Identifier: MIT
"""The lint refuses an accepted set that the strict reader is not in."""

from __future__ import annotations

import pathlib
import sys

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM / "tools"), str(ROOM / "test")]
import lint  # noqa: E402
import test_lint as good  # noqa: E402


def found(folder: pathlib.Path, *changes: tuple[str, str]) -> list[str]:
    """Give what the lint says of the good corpus with some changes."""
    cases = good.GOOD
    for old, new in changes:
        assert old in cases
        cases = cases.replace(old, new, 1)
    return lint.lint(good.write(folder, cases))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # The octets can be measured so, but no rule of that RFC leads there.
        (r": 5\r\n\r\n", r" :5\r\n\r\n", ["rfc9112: cl:5@53"]),
        (r"{P}", r"POST /e HTTP/1.1\r\nHost:\x00h\r\n", ["rfc2616", "rfc9112"]),
        (r"{P}", r"POST /e HTTP/2.0\r\nHost: h\r\n", ["rfc2616", "rfc9112"]),
    ],
)
def test_drift_is_found(
    tmp_path: pathlib.Path, old: str, new: str, said: list[str]
) -> None:
    alone = ("cl:5@53 / reject:400 | MUST | 6.3", "cl:5@53 | MUST | 6.3")
    problems = found(tmp_path, alone, (old, new))
    assert len(problems) == len(said), problems
    for problem, text in zip(problems, said):
        assert text in problem and "the strict reader says reject" in problem


def test_a_refusal_that_no_rule_asks_for_is_drift(tmp_path: pathlib.Path) -> None:
    change = ("cl:5@53 / reject:400 | MUST | 6.3", "reject:400 | MUST | 6.3")
    (problem,) = found(tmp_path, change)
    assert problem.endswith("the strict reader says cl:5@53 ")


def test_where_an_rfc_is_silent_nothing_drifts(tmp_path: pathlib.Path) -> None:
    set_by_hand = "cl:5@53 / reject:400 | MUST | 6.3(6), RFC9110 8.6"
    for line in ("~ reject:400 | INFO | 6.3", "reject:400 | INFO | 6.3"):
        assert found(tmp_path, (set_by_hand, line)) == []


def test_any_refusal_fits_any_other(tmp_path: pathlib.Path) -> None:
    changes = [
        (r": 5\r\n\r\nhello{S}", r": x\r\n\r\nhello{S}"),
        ("cl:5@53 | MUST", "error | MUST"),
        ("cl:5@53 / reject:400 | MUST", "reject:501 | MUST"),
        ("body: hello\nnext: sentinel\n", ""),
    ]
    assert found(tmp_path, *changes) == []


def test_a_message_that_waits_is_incomplete(tmp_path: pathlib.Path) -> None:
    changes = [
        ("hello{S}", "hell"),
        ("cl:5@53 | MUST", "incomplete | MUST"),
        ("cl:5@53 / reject:400 | MUST", "wait / incomplete | MUST"),
        ("body: hello\nnext: sentinel\n", ""),
    ]
    assert found(tmp_path, *changes) == []
    closed = [*changes, ("peer: keep", "peer: eof")]
    assert found(tmp_path, *closed) == []
    only_wait = [*closed, ("wait / incomplete", "wait")]
    (problem,) = found(tmp_path, *only_wait)
    assert "the strict reader says incomplete" in problem


def test_a_close_that_a_rule_asks_for_is_said(tmp_path: pathlib.Path) -> None:
    field = (r"{P}Content-Length: 5", r"{P}Connection: close\r\nContent-Length: 5")
    changes = [
        field,
        ("cl:5@53 | MUST", "cl:5@72 !close | MUST"),
        ("cl:5@53 / reject:400 | MUST", "cl:5@72 !close / reject:400 | MUST"),
    ]
    assert found(tmp_path, *changes) == []
    changes[2] = ("cl:5@53 / reject:400 | MUST", "cl:5@72 / reject:400 | MUST")
    (problem,) = found(tmp_path, *changes)
    assert "rfc9112" in problem and "asks for !close" in problem
