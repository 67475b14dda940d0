# SPDX-License-Identifier: MIT
"""How far a run is: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mapmark.progress import (
    PLAIN_SECONDS_BETWEEN,
    Listener,
    PlainDisplay,
)
from tests.programs import (
    Ended,
    built_programs,
    command,
    environment,
    fake_bench,
    mapmark,
)

if sys.platform == "win32":
    pytest.skip("Windows has no such terminals", allow_module_level=True)

import fcntl
import pty
import struct
import termios

COLUMNS = 40
ROW = "read/mapped/sequential/sum/warm/size:1048576/access:4096"
ROWS = "^read/(mapped|read)/sequential/sum/warm/.*access:4096$"

# Half of a plan that takes long, and then its end.
LONG = f"""
tell(event="plan", rows=9, seconds=1450.0)
for done in range(0, 730, 5):
    tell(event="step", row="{ROW}", done_seconds=1e-9 * done, of_seconds=725)
leave("bench.json")
leave("histograms.json")
"""
WAITS = f"""
tell(event="plan", rows=2, seconds=4.0)
tell(event="step", row="{ROW}", done_seconds=1.0, of_seconds=4.0)
while True:
    signal.pause()
"""

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SHOW_CURSOR, _HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
_ERASE_LINE_ABOVE = "\x1b[1A\x1b[2K"


def on_terminal(
    programs: Path,
    out: Path,
    *arguments: str | Path,
    columns: int = COLUMNS,
    on_text: Callable[[int, str], None] = lambda pid, text: None,
) -> Ended:
    """mapmark run with standard error on a terminal; `on_text` gets what was
    written so far. Ended.err is all of it."""
    ours, theirs = pty.openpty()
    size = struct.pack("HHHH", 24, columns, 0, 0)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    known = environment(programs) | {"TERM": "xterm"}
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        known.pop(name, None)
    with subprocess.Popen(
        command("run", "--out", out, *arguments),
        env=known,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := _read(ours):
                written += part
                on_text(process.pid, written.decode(errors="replace"))
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()
            os.close(ours)
    return Ended(process.returncode, said, written.decode())


def _read(terminal: int) -> bytes:
    """Nothing when nobody has the other end any more."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def lines_drawn(written: str) -> list[str]:
    """What was seen in each line, one after the other."""
    parts = re.split(r"[\r\n]+", written)
    return [_ESCAPE.sub("", part) for part in parts]


def assert_is_restored(written: str) -> None:
    """The bar is gone, and the cursor is back at the start of its line."""
    assert written.count(_HIDE_CURSOR) == written.count(_SHOW_CURSOR) == 1
    _, after = written.split(_SHOW_CURSOR)
    assert after.startswith("\r" + _ERASE_LINE_ABOVE)
    assert not re.search("[━╸╺]", after)


@pytest.mark.parametrize("columns", [COLUMNS, 80, 200])
def test_a_terminal_has_a_bar_with_an_estimate_and_nothing_wider(
    tmp_path: Path, columns: int
) -> None:
    programs = tmp_path / "bin"
    fake_bench(programs, LONG)
    ended = on_terminal(programs, tmp_path / "runs", columns=columns)
    assert ended.code == 0
    lines = lines_drawn(ended.err)
    assert lines[0] == "measuring 9 rows, about 24 min 10 s"
    bars = [line for line in lines if "left" in line]
    assert bars
    for line in bars:
        assert re.match(r"[━╸╺ ]{10,24} +\d+% 12 min 05 s left read/", line)
    assert max(map(len, lines)) <= columns
    assert (ROW in bars[0]) == (columns == 200)
    assert_is_restored(ended.err)


def test_a_real_run_draws_its_bar_and_takes_it_away(tmp_path: Path) -> None:
    programs = built_programs()
    if programs is None:
        pytest.skip("the programs are not built")
    file = tmp_path / "small file"
    file.write_bytes(b"octets, " * 2048)
    ended = on_terminal(
        *(programs, tmp_path / "runs", "--file", file, "--quick"),
        *("--filter", ROWS, "--no-conformance"),
    )
    assert ended.code in (0, 5)  # 5: a row may be void on a busy machine
    assert len(list((tmp_path / "runs").iterdir())) == 1
    lines = lines_drawn(ended.err)
    shares = [int(share) for share in re.findall(r" (\d+)% ", ended.err)]
    shares += [
        int(found[1])
        for line in lines
        if (found := re.search(r" (\d+)% \d+ s left read/", line))
    ]
    assert shares == sorted(shares) and shares[-1] == 100
    assert max(map(len, lines)) <= COLUMNS
    assert_is_restored(ended.err)


def test_an_interrupted_run_restores_the_terminal(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    fake_bench(programs, WAITS)
    told: list[int] = []

    def interrupt(pid: int, written: str) -> None:
        if "25%" in written and not told:
            told.append(pid)
            os.kill(pid, signal.SIGINT)

    ended = on_terminal(programs, tmp_path / "runs", on_text=interrupt)
    assert ended.code == 130
    assert_is_restored(ended.err)
    last = ended.err.rsplit(_ERASE_LINE_ABOVE)[-1]
    assert last == "mapmark: interrupted; nothing was kept\r\n"


def test_a_complaint_of_the_program_does_not_tear_the_bar(
    tmp_path: Path,
) -> None:
    programs = tmp_path / "bin"
    body = 'print("[bold]mapmark-bench: so[/]", file=sys.stderr, flush=True)\n'
    fake_bench(programs, LONG + body)
    ended = on_terminal(programs, tmp_path / "runs")
    assert ended.code == 0
    assert "[bold]mapmark-bench: so[/]" in lines_drawn(ended.err)
    assert_is_restored(ended.err)


def test_a_pipe_gets_one_plain_line_of_a_short_run(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    fake_bench(programs, LONG)
    ended = mapmark("run", "--out", tmp_path / "runs", programs=programs)
    assert ended.code == 0
    assert ended.err == "measuring 9 rows, about 24 min 10 s\n"


def hear_of_steps(stream: io.StringIO, seconds: int) -> None:
    """Ten steps a second, by a clock that nobody waits for; everything takes
    twice as long as planned."""
    now = [0.0]
    display = PlainDisplay(stream, clock=lambda: now[0])
    listener = Listener(display, clock=lambda: now[0])
    listener.hear(json.dumps({"event": "plan", "rows": 7, "seconds": 50.0}))
    for tenth in range(1, 10 * seconds + 1):
        now[0] = tenth / 10
        event = {"event": "step", "row": ROW, "of_seconds": 50.0}
        listener.hear(json.dumps(event | {"done_seconds": now[0] / 2}))


def test_a_pipe_is_not_flooded_in_a_long_run() -> None:
    stream = io.StringIO()
    hear_of_steps(stream, seconds=100)
    first, *lines = stream.getvalue().splitlines()
    assert first == "measuring 7 rows, about 50 s"
    assert len(lines) == 100 / PLAIN_SECONDS_BETWEEN
    assert not re.search("[\r\x1b]", stream.getvalue())
    assert lines[-1] == f"100 %, about 0 s left: {ROW}"


def test_an_estimate_learns_how_fast_the_plan_comes_true() -> None:
    stream = io.StringIO()
    hear_of_steps(stream, seconds=10)
    _, unlearned, learned = stream.getvalue().splitlines()
    assert unlearned == f"  5 %, about 48 s left: {ROW}"
    assert learned == f" 10 %, about 1 min 30 s left: {ROW}"
