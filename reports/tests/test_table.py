# SPDX-License-Identifier: MIT
"""The tidy tables, read back by an ordinary CSV reader."""

from __future__ import annotations

import csv
import json
import math

import pytest

from mapmark import table
from mapmark.results import Results, read_results
from mapmark.statistics import estimate
from tests import synthetic
from tests.synthetic import RowSpec

HOSTILE = 'read/a,"b"\n\'c;=1+1'


def results(rows: list[RowSpec], *missing: str) -> Results:
    document = synthetic.bench_document(rows, missing)
    return read_results(json.dumps(document).encode())


def parsed(content: bytes) -> list[dict[str, str]]:
    lines = content.decode().splitlines(keepends=True)
    return list(csv.DictReader(lines, strict=True))


def test_samples_are_one_line_a_repetition_and_metric() -> None:
    found = results([RowSpec("mapped", times=(1.5, 2.25)), RowSpec("read")])
    lines = parsed(table.samples_csv(found))
    assert tuple(lines[0]) == table.SAMPLE_COLUMNS
    expected = [
        (sample.name, str(sample.repetition), metric, value)
        for row in found.rows
        for sample in row.samples
        for metric, value in sample.metrics.items()
    ]
    assert [
        (line["name"], line["repetition"], line["metric"], float(line["value"]))
        for line in lines
    ] == expected


def test_the_report_table_has_every_row_and_metric_once() -> None:
    found = results(synthetic.typical_rows())
    lines = parsed(table.report_csv(found))
    assert tuple(lines[0]) == table.REPORT_COLUMNS
    keys = [(line["name"], line["metric"]) for line in lines]
    assert len(keys) == len(set(keys))
    assert set(keys) == {
        (row.name, metric) for row in found.rows for metric in row.metric_names()
    }


def test_figures_are_those_of_the_samples_in_full_precision() -> None:
    times = synthetic.scattered(1000.0)
    (line,) = [
        line
        for line in parsed(table.report_csv(results([RowSpec(times=times)])))
        if line["metric"] == "real_time_ns"
    ]
    expected = estimate(times)
    assert float(line["median"]) == expected.median
    assert (float(line["low"]), float(line["high"])) == (
        expected.low,
        expected.high,
    )
    assert float(line["coverage"]) == expected.coverage
    assert line["samples"] == "7"
    assert line["unit"] == "ns"
    assert (line["size"], line["access"]) == ("1048576", "4096")


def test_a_row_without_figures_has_a_line_and_so_has_a_missing_one() -> None:
    failed = RowSpec("mapped", times=(), state="error", reason="SIGBUS")
    lines = parsed(table.report_csv(results([failed], "read/gone")))
    assert [(line["name"], line["state"]) for line in lines] == [
        (failed.name, "error"),
        ("read/gone", "missing"),
    ]
    assert all(line["median"] == "" for line in lines)


def test_a_void_row_keeps_its_figures_beside_its_state() -> None:
    lines = parsed(table.report_csv(results([RowSpec(state="void")])))
    assert {line["state"] for line in lines} == {"void"}
    assert lines[0]["median"] == "1000"


def test_names_with_the_signs_of_csv_come_back() -> None:
    lines = parsed(table.report_csv(results([RowSpec()], HOSTILE)))
    assert lines[-1]["name"] == HOSTILE


@pytest.mark.parametrize(
    "value", [0.0, 1.0, -3.0, 0.1, 1e-9, 1 / 3, 1e22, 2.0**53, math.pi]
)
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(table.number(value)) == value
