# SPDX-License-Identifier: MIT
"""The strict reader and the engine, which share nothing, rule alike.

Generated messages become a corpus whose accepted set is what the strict reader
says; mapmark-conform then holds the engine against it, cut in every way.
MAPMARK_TEST_SCALE multiplies the number of messages; the same ones are made
each time.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

import hypothesis
import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM / "tools"), str(ROOM / "test")]
import lint  # noqa: E402
import messages  # noqa: E402
import strict  # noqa: E402
from messages import Exchange  # noqa: E402

PROGRAM = pathlib.Path(os.environ["MAPMARK_BIN_DIR"]) / "mapmark-conform"
SCALE = float(os.environ.get("MAPMARK_TEST_SCALE", "1"))

generated = hypothesis.settings(
    max_examples=max(1, int(300 * SCALE)),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def accept(reading: strict.Reading) -> str:
    """Give the accepted set of what the strict reader says, and only that."""
    if reading.kind == "reject":
        codes = (400, 411, 413, 431, 501, 505)
        return "error / " + " / ".join(f"reject:{code}" for code in codes)
    close = " !close" if reading.must_close and reading.is_complete else ""
    return reading.text() + close


def spell(octets: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in octets)


def stanza(exchange: Exchange) -> str:
    readings = {
        epoch: strict.read(exchange.octets, exchange.question(epoch))
        for epoch in lint.EPOCHS
    }
    bodies = sorted({reading.body for reading in readings.values()} - {b""})
    lines = [
        "id: one",
        "since: 1",
        f"direction: {exchange.direction}",
        "to: parser",
        *([f"answers: {exchange.answers}"] if exchange.answers else []),
        f"send: {spell(exchange.octets)}",
        f"peer: {'eof' if exchange.closes else 'keep'}",
        *(
            f"{epoch}: {accept(reading)} | MUST | 4.4"
            for epoch, reading in readings.items()
        ),
        *(f"body: {spell(body)}" for body in bodies),
        "why: two readers rule alike.",
    ]
    return "\n".join(lines) + "\n"


def run(text: str) -> Any:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "index.txt").write_text("one.cases\n")
        (folder / "one.cases").write_text(text)
        record = folder / "record.json"
        command = [str(PROGRAM), "--corpus", name, "--subject", "engine-*"]
        command += ["--json", str(record)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(record.read_bytes())


def differences(exchange: Exchange) -> list[str]:
    """Give what the engine says where it is not what the strict reader says."""
    (case,) = run(stanza(exchange))["cases"]
    found = []
    for result in case["results"]:
        epoch = result["subject"].removeprefix("engine-")
        if epoch in lint.EPOCHS and result["verdicts"][epoch] != "pass":
            wanted = case["epochs"][epoch]["accepted"]
            said = f"{result['outcome']} {result['connection']} {result['detail']}"
            found.append(f"{epoch}: {said}, not {wanted}")
    return found


@generated
@hypothesis.given(messages.exchanges())
def test_both_rule_alike_on_made_messages(exchange: Exchange) -> None:
    hypothesis.assume(exchange.octets)
    assert differences(exchange) == []


@generated
@hypothesis.given(messages.neighbours(lint.read_cases(ROOM / "corpus")[0]))
def test_both_rule_alike_on_neighbours_of_cases(exchange: Exchange) -> None:
    hypothesis.assume(exchange.octets)
    assert differences(exchange) == []


# A corpus says too much of other kinds for a wrong one to be loaded at all.
@pytest.mark.parametrize(
    "change", [{"body": b"ba"}, {"end": 45}, {"kind": "wait", "reason": "x"}]
)
def test_a_difference_is_seen(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    fields = b"Transfer-Encoding: chunked\r\nX: ab\r\n"
    wire = b"POST / HTTP/1.1\r\n" + fields + b"\r\n2\r\nab\r\n0\r\n\r\nba"
    exchange = Exchange("request", "", False, wire)
    assert differences(exchange) == []
    right = strict.read

    def wrong(octets: bytes, question: strict.Question) -> strict.Reading:
        return dataclasses.replace(right(octets, question), **change)

    monkeypatch.setattr(strict, "read", wrong)
    assert len(differences(exchange)) == 2  # one for each RFC
