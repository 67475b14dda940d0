# SPDX-License-Identifier: MIT
"""The tidy tables: every sample, every row's metrics, every row's change."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from mapmark.changes import Changes, Moved
from mapmark.comparisons import TIME
from mapmark.results import MISSING, Results, Row
from mapmark.statistics import Estimate, estimate, median

SAMPLE_COLUMNS = (
    ("name", "repetition", "order", "iterations", "state")
    + ("metric", "value")
)
_WORDS = ("way", "pattern", "consumer", "action", "promise", "cache")
_NUMBERS = ("size", "access", "threads")
REPORT_COLUMNS = (
    ("name", "subject", *_WORDS, *_NUMBERS, "state", "metric")
    + ("median", "low", "high", "coverage", "samples", "unit")
)
COMPARE_COLUMNS = (
    ("name", "role", "verdict", "ratio", "low", "high", "coverage")
    + ("zone", "slower_from", "median_a_ns", "median_b_ns")
    + ("samples_a", "samples_b", "reason")
)

_UNITS = {
    "bytes_per_second": "B/s",
    "items_per_second": "1/s",
    "storage_bytes": "B",
    "storage_write_bytes": "B",
    "bytes": "B",
    "buffer_alignment": "B",
    "window_bytes": "B",
    "mapped_bytes": "B",
    "resident_before": "B",
    "resident_after": "B",
    "encoded_bytes": "B",
    "cached_before": "share",
    "cached_after": "share",
    "clock_share": "share",
}


def unit_of(metric: str) -> str:
    """Counts have the unit 1."""
    return _UNITS.get(metric, "ns" if metric.endswith("_ns") else "1")


def samples_csv(results: Results) -> bytes:
    """samples.csv of a bundle, in the order of bench.json."""
    lines = (
        (
            sample.name,
            sample.repetition,
            sample.order,
            sample.iterations,
            sample.state,
            metric,
            number(value),
        )
        for row in results.rows
        for sample in row.samples
        for metric, value in sample.metrics.items()
    )
    return _csv(SAMPLE_COLUMNS, lines)


def report_csv(results: Results) -> bytes:
    """One line a row and metric; a row without figures has one line without
    them, and so has one that is missing."""
    lines: list[Sequence[object]] = []
    for row in results.rows:
        lines += _row_lines(row)
    pad = len(REPORT_COLUMNS) - 1
    for name in results.missing:
        line: list[object] = [name, *[""] * pad]
        line[REPORT_COLUMNS.index("state")] = MISSING
        lines.append(line)
    return _csv(REPORT_COLUMNS, lines)


def _row_lines(row: Row) -> list[Sequence[object]]:
    start = (
        row.name,
        row.subject,
        *(row.words.get(key, "") for key in _WORDS),
        *(row.numbers.get(key, "") for key in _NUMBERS),
        row.state,
    )
    lines: list[Sequence[object]] = []
    for metric in row.metric_names():
        values = row.values(metric)
        if values:
            found = _figures(estimate(values))
            lines.append((*start, metric, *found, unit_of(metric)))
    return lines or [(*start, *[""] * (len(REPORT_COLUMNS) - len(start)))]


def _figures(found: Estimate) -> tuple[object, ...]:
    figures = (found.median, found.low, found.high, found.coverage)
    return (*map(number, figures), found.samples)


def compare_csv(found: Changes) -> bytes:
    """One line a row: those tested, their controls, and those left out."""
    lines: list[Sequence[object]] = []
    for change in found.tested:
        zone: tuple[object, object] = ("", "")
        if change.is_decidable:
            zone = number(change.zone.factor), number(change.slower_from)
        verdict = change.verdict.value
        lines.append(_change_line(change.moved, "tested", verdict, *zone))
    for control in found.controls:
        lines.append(_change_line(control, "control", "", "", ""))
    pad = [""] * (len(COMPARE_COLUMNS) - 3)
    for item in found.left_out:
        lines.append((item.name, "left out", *pad, item.reason))
    return _csv(COMPARE_COLUMNS, lines)


def _change_line(
    moved: Moved, role: str, verdict: str, zone: object, least: object
) -> Sequence[object]:
    ratio = moved.ratio
    times = [row.values(TIME) for row in (moved.before, moved.after)]
    return (
        *(moved.name, role, verdict),
        *map(number, (ratio.value, ratio.low, ratio.high, ratio.coverage)),
        *(zone, least),
        *(number(median(values)) for values in times),
        *map(len, times),
        "",
    )


def number(value: float) -> str:
    """In full: reading it gives the same number."""
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def _csv(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return text.getvalue().encode()
