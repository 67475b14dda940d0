# SPDX-License-Identifier: MIT
"""Shows on standard error how far a run is: a bar on a terminal, and plain
lines elsewhere. It is drawn only when the program says something, so that
nothing wakes up in the middle of a sample."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

import rich.progress
from rich.console import Console
from rich.table import Column

from mapmark import units

PLAIN_SECONDS_BETWEEN = 5.0

# Before that much of the plan is done its estimates are all there is.
_LEARNED_SECONDS = 3.0

Clock = Callable[[], float]


class Display(Protocol):
    def plan(self, rows: int, seconds: float) -> None: ...

    def step(self, row: str, share: float, remaining_seconds: float) -> None:
        ...

    def say(self, line: str) -> None: ...

    def close(self) -> None: ...


class PlainDisplay:
    """Lines, and not too many of them."""

    def __init__(self, stream: TextIO, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._last = -PLAIN_SECONDS_BETWEEN

    def plan(self, rows: int, seconds: float) -> None:
        self.say(_plan_words(rows, seconds))
        self._last = self._clock()

    def step(self, row: str, share: float, remaining_seconds: float) -> None:
        if self._clock() - self._last >= PLAIN_SECONDS_BETWEEN:
            self._last = self._clock()
            self.say(
                f"{100 * share:3.0f} %, about "
                f"{units.remaining(remaining_seconds)} left: {row}"
            )

    def say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        pass


class BarDisplay:
    """One line of a terminal, drawn again at each step."""

    def __init__(self, console: Console) -> None:
        # Where it is narrow, the row's name is cut, and not what is left.
        rest = Column(ratio=1, no_wrap=True)
        self._bar = rich.progress.Progress(
            rich.progress.BarColumn(bar_width=min(24, console.width // 4)),
            rich.progress.TaskProgressColumn(),
            rich.progress.TextColumn("{task.fields[left]}"),
            rich.progress.TextColumn(
                "{task.description}", markup=False, table_column=rest
            ),
            console=console,
            expand=True,
            auto_refresh=False,
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0, left="")

    def plan(self, rows: int, seconds: float) -> None:
        self.say(_plan_words(rows, seconds))
        self._bar.start()

    def step(self, row: str, share: float, remaining_seconds: float) -> None:
        left = f"{units.remaining(remaining_seconds)} left"
        self._bar.update(
            self._task, completed=share, description=row, left=left
        )
        self._bar.refresh()

    def say(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False)

    def close(self) -> None:
        self._bar.stop()


def open_display() -> Display:
    if sys.stderr.isatty():
        return BarDisplay(Console(stderr=True))
    return PlainDisplay(sys.stderr)


def _plan_words(rows: int, seconds: float) -> str:
    plural = "row" if rows == 1 else "rows"
    return f"measuring {rows} {plural}, about {units.remaining(seconds)}"


class Listener:
    """Hears mapmark-bench's progress lines; see BUNDLE.md."""

    def __init__(self, display: Display, clock: Clock = time.monotonic) -> None:
        self._display = display
        self._clock = clock
        self._started = clock()

    def hear(self, line: str) -> None:
        """A line that is no event of ours is nobody's concern."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        match event:
            case {"event": "plan", "rows": int(rows), "seconds": seconds}:
                self._started = self._clock()
                self._display.plan(rows, float(seconds))
            case {
                "event": "step",
                "row": str(row),
                "done_seconds": int() | float() as done,
                "of_seconds": int() | float() as whole,
            }:
                self._step(row, done, whole)

    def _step(self, row: str, done: float, whole: float) -> None:
        """The plan's estimates, as fast as they have come true so far."""
        elapsed = self._clock() - self._started
        pace = elapsed / done if done > _LEARNED_SECONDS else 1.0
        share = min(1.0, done / whole) if whole > 0 else 0.0
        self._display.step(row, share, max(0.0, whole - done) * pace)
