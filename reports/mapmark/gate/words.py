# SPDX-License-Identifier: MIT
"""A gate's result as lines: for a terminal, a pipe and a step summary."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mapmark.gate.judgement import Change, Verdict
from mapmark.gate.result import Result, sentences, summary
from mapmark.gate.suite import Judged

# About a screen; what a pipe gets is whole.
_ROWS_SHOWN = 30

# A step summary holds 1024 KiB; the platform refuses a longer one whole.
SUMMARY_OCTETS_MOST = 1 << 20

_LOOKS = {Verdict.REGRESSION: "bold red", Verdict.IMPROVED: "bold green"}
_TITLES = ("verdict", "change", "interval", "found from", "launches")


def lines(result: Result, console: Console) -> Iterator[str]:
    """The answer first, then the rows, worst first."""
    yield f"{result.headline}. {summary(result)}."
    yield from sentences(result)
    if not result.judged:
        return
    if not console.is_terminal:
        yield from map(_plain, result.judged)
        return
    yield _drawn(result, console)
    more = len(result.judged) - _ROWS_SHOWN
    if more > 0:
        yield f"And {more} more rows; all are in a pipe, and with --out."


def signed(share: float) -> str:
    return f"{100 * share:+.1f} %"


def interval(change: Change) -> str:
    return f"{signed(change.low)} to {signed(change.high)}"


def _cells(judged: Judged) -> tuple[str, ...]:
    change = judged.change
    return (
        judged.verdict.value,
        signed(change.estimate),
        interval(change),
        signed(change.detectable),
        str(change.launches),
    )


def _plain(judged: Judged) -> str:
    verdict, change, between, found_from, launches = _cells(judged)
    reason = f" ({judged.reason})" if judged.reason else ""
    return (
        f"{verdict:13}{change:>9}  {between:22}found from {found_from:9}"
        f"{launches:>3} launches  {judged.row}{reason}"
    )


def _drawn(result: Result, console: Console) -> str:
    table = Table(box=None, pad_edge=False)
    for title in _TITLES:
        table.add_column(title, no_wrap=True)
    table.add_column("row", overflow="fold")
    for judged in result.judged[:_ROWS_SHOWN]:
        words = [Text(word) for word in (*_cells(judged), judged.row)]
        table.add_row(*words, style=_LOOKS.get(judged.verdict))
    with console.capture() as drawn:
        console.print(table)
    return drawn.get().rstrip("\n")


def markdown(result: Result, octets_most: int = SUMMARY_OCTETS_MOST) -> bytes:
    """For a step summary. What does not fit is left out from the end, where
    the least is to be seen."""
    head = [f"## {result.headline}", "", f"{summary(result)}.", ""]
    head += [f"- {_escaped(sentence)}" for sentence in sentences(result)]
    head += ["", "| " + " | ".join((*_TITLES, "row")) + " |"]
    head += ["|---" * (len(_TITLES) + 1) + "|"]
    rows = [_markdown_row(judged) for judged in result.judged]
    return _cut(head, rows, octets_most)


def _markdown_row(judged: Judged) -> str:
    words = [_escaped(word) for word in _cells(judged)]
    return "| " + " | ".join((*words, f"`{judged.row}`")) + " |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _cut(head: list[str], rows: list[str], octets_most: int) -> bytes:
    whole = ("\n".join([*head, *rows]) + "\n").encode()
    if len(whole) <= octets_most:
        return whole
    kept = "\n".join(head).encode()
    tail = "\nThe rest is in the report.\n".encode()
    for row in rows:
        line = b"\n" + row.encode()
        if len(kept) + len(line) + len(tail) > octets_most:
            break
        kept += line
    room = octets_most - len(tail)
    return kept[:room].decode(errors="ignore").encode() + tail
