# SPDX-License-Identifier: MIT
"""Changes as the terminal shows them: a table, and plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mapmark import findings, units
from mapmark.changes import Change, Changes
from mapmark.statistics import Verdict

# About a screen; what a pipe gets is whole.
_ROWS_SHOWN = 30

_LOOKS = {Verdict.SLOWER: "bold red", Verdict.FASTER: "bold green"}


def change_lines(found: Changes, console: Console) -> Iterator[str]:
    """The worst first."""
    if not found.tested:
        return
    if not console.is_terminal:
        yield from map(_plain, found.tested)
        return
    yield _drawn(found.tested[:_ROWS_SHOWN], console)
    more = len(found.tested) - _ROWS_SHOWN
    if more > 0:
        yield f"And {more} more rows; all are in a pipe, and with --out."


def _plain(change: Change) -> str:
    moved = change.moved
    times = findings.factor(moved.ratio)
    return f"{change.verdict.value:8}{times:26}{moved.name}"


def _drawn(changes: Sequence[Change], console: Console) -> str:
    table = Table(box=None, pad_edge=False)
    for title in ("verdict", "B over A", "interval", "slower from"):
        table.add_column(title, no_wrap=True)
    table.add_column("row", overflow="fold")
    for change in changes:
        table.add_row(*_cells(change), style=_LOOKS.get(change.verdict))
    with console.capture() as drawn:
        console.print(table)
    return drawn.get().rstrip("\n")


def _cells(change: Change) -> Iterator[Text]:
    ratio = change.moved.ratio
    interval = f"{units.digits(ratio.low)} to {units.digits(ratio.high)}"
    least = units.times(change.slower_from) if change.is_decidable else "–"
    words = (change.verdict.value, units.times(ratio.value), interval, least)
    for word in (*words, change.moved.name):
        yield Text(word)
