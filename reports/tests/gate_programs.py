# SPDX-License-Identifier: MIT
"""Stand-ins of `mapmark-bench --serve` whose times are known."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from mapmark.gate import suite
from mapmark.gate.marks import Mark
from mapmark.gate.worker import Build

# Starts without what it does not need: a launch starts two of them. `times`
# are ns of an iteration; `scatter` is drawn once a process, `jitter` a slice.
_SERVER = f"""#!{sys.executable} -SE
import json, os, random, sys
told = json.loads(open(sys.argv[0] + ".json").read())
here = random.gauss(1, told["scatter"])

def say(**what):
    sys.stdout.write(json.dumps(what) + "\\n")
    sys.stdout.flush()

def row_is(name, word):
    return name in told[word]

if told["greets"]:
    say(protocol=told["protocol"], version="1", build=told["build"])
for line in sys.stdin:
    verb, _, rest = line.rstrip("\\n").partition(" ")
    name, _, count = rest.rpartition(" ") if verb == "slice" else (rest, "", 0)
    if verb == "rows":
        say(rows=sorted(told["times"]))
    elif name not in told["times"]:
        say(error="there is no row")
    elif row_is(name, "crashing"):
        os._exit(9)
    elif row_is(name, "refused"):
        say(refused=name, state="unsupported", reason="not here")
    elif verb == "open":
        say(opened=name)
    elif verb == "slice":
        state = "void" if row_is(name, "void") else "ok"
        ns = told["times"][name] * here * random.gauss(1, told["jitter"])
        say(slice=name, iterations=int(count), real_time=ns, cpu_time=ns,
            mapmark=dict(state=state, reason=""))
    else:
        say(error="no request")
"""

ROWS: Mapping[str, float] = {
    "work/one": 1000.0,
    "work/two": 5000.0,
    "control/sum": 2000.0,
}


def fake_serve(
    folder: Path,
    build_id: str,
    times: Mapping[str, float] = ROWS,
    *,
    crashing: Sequence[str] = (),
    refused: Sequence[str] = (),
    void: Sequence[str] = (),
    protocol: str = "mapmark-serve/1",
    greets: bool = True,
    scatter: float = 0.002,
    jitter: float = 0.01,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "mapmark-bench"
    told = {
        "build": {"id": build_id, "type": "Release"},
        "times": dict(times),
        "crashing": list(crashing),
        "refused": list(refused),
        "void": list(void),
        "protocol": protocol,
        "greets": greets,
        "scatter": scatter,
        "jitter": jitter,
    }
    program.write_text(_SERVER)
    program.chmod(0o755)
    (folder / "mapmark-bench.json").write_text(json.dumps(told))
    return program


def build_of(program: Path, name: str, build_id: str) -> Build:
    return Build(name, program, {"id": build_id, "type": "Release"})


def mark(row: str, control: bool = False) -> Mark:
    return Mark(
        row=row,
        timed=True,
        counted=False,
        control=control,
        evidence=not control,
        pair=False,
        operation=None if control else "mapping",
        fault_slack=None,
        most=None,
    )


MARKS = (mark("work/one"), mark("work/two"), mark("control/sum", control=True))


def steal_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run that lasts a moment, a tick that the host takes is much."""
    monkeypatch.setattr(suite.identity, "noise", dict)
