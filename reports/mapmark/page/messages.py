# SPDX-License-Identifier: MIT
"""What it costs a parser to find the end of a message, beside how often it
finds the right one: speed means nothing without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mapmark.comparisons import TIME, way
from mapmark.conformance import Conformance
from mapmark.page.tables import NOTHING, Cell, Table, make_table, time_cell
from mapmark.results import Results, Row
from mapmark.statistics import median, ratio
from mapmark.verdicts import factor

SUBJECT = "message"
#: The parser that the others are held against.
REFERENCE = "http-parser"
_JUDGED = ("pass", "non-strict", "fail", "flaky", "error")


@dataclass(frozen=True)
class _Setting:
    """Rows that differ in their parser alone, by parser."""

    heading: str
    rows: Mapping[str, Row]


def message_table(
    results: Results, conformance: Conformance | None
) -> Table | None:
    settings = tuple(_settings(results))
    parsers = dict.fromkeys(name for item in settings for name in item.rows)
    if not parsers or results.context.is_wine:
        return None
    epochs = () if conformance is None else conformance.epochs
    columns = ["parser", *(f"passes by {epoch}" for epoch in epochs)]
    for setting in settings:
        columns += [setting.heading, f"over {REFERENCE}"]
    return make_table(
        "messages-table",
        "Time of a message or chunk, and cases passed of those judged",
        columns,
        [
            (
                Cell(parser),
                *_scores(parser, conformance),
                *_times(parser, settings),
            )
            for parser in parsers
        ],
    )


def _settings(results: Results) -> Iterator[_Setting]:
    found: dict[tuple[bool, int, int], dict[str, Row]] = {}
    for row in results.rows:
        if row.subject == SUBJECT and row.is_usable:
            numbers = row.numbers["fields"], row.numbers["octets"]
            key = (row.words["pattern"] == "chunked", *numbers)
            found.setdefault(key, {})[way(row)] = row
    for (is_chunk, fields, octets), rows in sorted(
        found.items(), key=lambda item: item[0]
    ):
        heading = (
            f"chunk of {octets} octets"
            if is_chunk
            else f"length and {fields} fields"
        )
        yield _Setting(heading, rows)


def _scores(parser: str, found: Conformance | None) -> Iterator[Cell]:
    if found is None:
        return
    for epoch in found.epochs:
        counts = found.count(parser, epoch)
        judged = sum(counts[verdict] for verdict in _JUDGED)
        passed = counts["pass"]
        if judged:
            yield Cell(f"{passed} of {judged}", f"{passed / judged:.6g}")
        else:
            yield NOTHING


def _times(parser: str, settings: tuple[_Setting, ...]) -> Iterator[Cell]:
    for setting in settings:
        row, reference = (
            setting.rows.get(name) for name in (parser, REFERENCE)
        )
        times = () if row is None else _of_each(row)
        yield time_cell(median(times) if times else None)
        if times and reference is not None:
            over = ratio(times, _of_each(reference))
            yield Cell(factor(over), f"{over.value:.6g}")
        else:
            yield NOTHING


def _of_each(row: Row) -> tuple[float, ...]:
    """Of a message, or of a chunk."""
    pairs = zip(row.values(TIME), row.values("accesses"), strict=True)
    return tuple(ns / count for ns, count in pairs)
