# SPDX-License-Identifier: MIT
"""Starts a program, hears what it says and waits for its end.

Three threads only wait: for the program's two outputs and for its end. They,
and the handler of signals, put what happens into one queue, so that this
process sleeps while the program measures.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from mapmark.errors import ExitCode, Failure, system
from mapmark.record import ProgramEnd

_STDERR_LINES_KEPT = 20

# An interrupted program ends its sample and cleans up; then it is told
# again, and at last it is not asked.
_PATIENCE_SECONDS = (20.0, 5.0)

# nohup has it ignored, and then it stays so. Where there is none, SIGTERM.
_HANG_UP = getattr(signal, "SIGHUP", signal.SIGTERM)


@dataclass(frozen=True)
class _Line:
    text: str
    is_error: bool


@dataclass(frozen=True)
class _OutputEnd:
    pass


@dataclass(frozen=True)
class _Signal:
    number: int


_Event = _Line | _OutputEnd | _Signal


class Interrupts:
    """Collects SIGINT, SIGTERM and SIGHUP instead of dying of them: the work
    looks at them between its steps."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self.received = 0

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.received = number
        self.events.put(_Signal(number))

    def check(self) -> None:
        if self.received:
            raise interrupted()


def interrupted() -> Failure:
    return Failure(ExitCode.INTERRUPTED, "interrupted; nothing was kept")


@contextlib.contextmanager
def caught_interrupts() -> Iterator[Interrupts]:
    interrupts = Interrupts()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(_HANG_UP) is not signal.SIG_IGN:
        numbers.append(_HANG_UP)
    before = {n: signal.signal(n, interrupts.note) for n in numbers}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_program(
    name: str,
    arguments: Sequence[str],
    interrupts: Interrupts,
    hear: Callable[[str], None],
    hear_error: Callable[[str], None],
    asked: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> ProgramEnd:
    """Give each line of its outputs to `hear` and `hear_error`; its input is
    the file `asked`, or nothing, and `more` is in its environment. Ends with
    `interrupted` when a signal came, after the program has ended."""
    interrupts.check()
    started = time.monotonic()
    process = _start(arguments, asked or Path(os.devnull), more or {})
    kept: collections.deque[str] = collections.deque(maxlen=_STDERR_LINES_KEPT)

    def keep(line: str) -> None:
        kept.append(line)
        hear_error(line)

    threads = _listen(process, interrupts.events)
    try:
        _follow(process, interrupts.events, hear, keep)
    except BaseException:
        _kill(process)
        raise
    finally:
        process.wait()
        for thread in threads:
            thread.join(timeout=1)
    interrupts.check()
    return _ending(name, arguments, process, time.monotonic() - started, kept)


def _start(
    arguments: Sequence[str], asked: Path, more: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """In a process group of its own, so that the terminal's interrupt reaches
    it once: from here."""
    try:
        with asked.open("rb") as stdin:
            return subprocess.Popen(
                arguments,
                env=dict(os.environ) | dict(more),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
    except OSError as error:
        failure = system(f"cannot start '{arguments[0]}'", error)
        raise Failure(ExitCode.ENVIRONMENT, str(failure)) from error


def _listen(
    process: subprocess.Popen[bytes], events: queue.SimpleQueue[_Event]
) -> list[threading.Thread]:
    def read(stream: IO[bytes] | None, is_error: bool) -> None:
        assert stream is not None
        with stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip("\r\n")
                events.put(_Line(text, is_error))

    def wait() -> None:
        process.wait()
        # A grandchild may hold the outputs open: what is in them is heard,
        # and nothing that comes later.
        for reader in readers:
            reader.join(timeout=1)
        events.put(_OutputEnd())

    readers = [
        threading.Thread(target=read, args=(process.stdout, False)),
        threading.Thread(target=read, args=(process.stderr, True)),
    ]
    threads = [*readers, threading.Thread(target=wait)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    return threads


def _follow(
    process: subprocess.Popen[bytes],
    events: queue.SimpleQueue[_Event],
    hear: Callable[[str], None],
    hear_error: Callable[[str], None],
) -> None:
    """Until the program has ended. A signal is passed on as an interrupt; the
    second one, or the end of patience, is passed on harder."""
    steps = [_interrupt, _terminate, _kill]
    patience: Iterator[float] = iter(_PATIENCE_SECONDS)
    wait: float | None = None
    while True:
        try:
            event: _Event = events.get(timeout=wait)
        except queue.Empty:
            event = _Signal(0)
        match event:
            case _OutputEnd():
                return
            case _Line(text, is_error):
                (hear_error if is_error else hear)(text)
            case _Signal() if steps:
                steps.pop(0)(process)
                wait = next(patience, None)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    _tell(process, signal.SIGINT)


def _terminate(process: subprocess.Popen[bytes]) -> None:
    _tell(process, signal.SIGTERM)


def _tell(process: subprocess.Popen[bytes], number: int) -> None:
    """With what it has started, as a terminal does: a tracer leaves it to
    the program to end. Where there are no process groups, the terminal has
    told them."""
    if not hasattr(os, "killpg"):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With everything that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _ending(
    name: str,
    arguments: Sequence[str],
    process: subprocess.Popen[bytes],
    seconds: float,
    kept: Sequence[str],
) -> ProgramEnd:
    code = process.returncode
    return ProgramEnd(
        name=name,
        arguments=tuple(arguments),
        exit_code=code if code >= 0 else None,
        signal=_signal_name(-code) if code < 0 else None,
        seconds=round(seconds, 3),
        stderr=tuple(kept),
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def find_program(name: str, folder: Path) -> Path | None:
    """Beside the launcher; with the suffix that Windows wants."""
    for candidate in (folder / name, folder / f"{name}.exe"):
        if candidate.is_file():
            return candidate
    return None
