# SPDX-License-Identifier: MIT
"""Reading a bundle's files: a bad one is refused, and the place is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mapmark.conformance import read_conformance
from mapmark.errors import ExitCode, Failure
from mapmark.latency import Bucket, Histogram, merge, read_histograms
from mapmark.record import read_record
from mapmark.results import read_results
from tests import synthetic
from tests.synthetic import Document, RowSpec

Change = Callable[[Document], Any]


def encoded(document: Document) -> bytes:
    return json.dumps(document).encode()


def bench(*changes: Change) -> bytes:
    rows = [RowSpec("mapped"), RowSpec("read")]
    document = synthetic.bench_document(rows)
    for change in changes:
        change(document)
    return encoded(document)


def refusal(read: Callable[[bytes], object], content: bytes) -> str:
    with pytest.raises(Failure) as caught:
        read(content)
    assert caught.value.code is ExitCode.INPUT_OUTPUT
    return str(caught.value)


def test_rows_have_their_samples_in_the_order_of_the_file() -> None:
    times = (5.0, 3.0, 4.0)
    document = synthetic.bench_document([RowSpec("mapped", times=times)])
    (row,) = read_results(encoded(document)).rows
    assert row.values("real_time_ns") == times
    assert [sample.repetition for sample in row.samples] == [0, 1, 2]
    assert row.words["way"] == "mapped"
    assert row.numbers == {
        "size": synthetic.MIB,
        "access": 4096,
        "threads": 1,
    }


@pytest.mark.parametrize(
    ("unit", "factor"), [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
)
def test_times_are_in_nanoseconds(unit: str, factor: float) -> None:
    def change(document: Document) -> None:
        for sample in document["benchmarks"]:
            sample |= {"time_unit": unit, "real_time": 2, "cpu_time": 1}

    row = read_results(bench(change)).rows[0]
    assert set(row.values("real_time_ns")) == {2 * factor}
    assert set(row.values("cpu_time_ns")) == {factor}


def test_members_that_nobody_knows_are_ignored() -> None:
    def change(document: Document) -> None:
        document["later"] = {"x": [1, None]}
        document["context"]["mapmark"]["later"] = "?"
        document["rows"][0]["later"] = True
        document["benchmarks"][0]["later"] = "words"

    assert len(read_results(bench(change)).rows) == 2


def test_a_planned_row_that_is_not_there_is_missing() -> None:
    document = synthetic.bench_document([RowSpec()], missing=["read/x"])
    assert read_results(encoded(document)).missing == ("read/x",)


def test_a_void_sample_of_a_good_row_is_in_no_figure() -> None:
    def change(document: Document) -> None:
        document["benchmarks"][0]["mapmark"]["state"] = "void"
        document["benchmarks"][0]["real_time"] = 9e9

    row = read_results(bench(change)).rows[0]
    assert len(row.samples) == 7
    assert row.values("real_time_ns") == (1000.0,) * 6


def test_an_inconclusive_row_has_figures_and_is_in_no_answer() -> None:
    row = RowSpec(times=(1.0, 9.0), state="inconclusive", reason="too wide")
    (found,) = read_results(encoded(synthetic.bench_document([row]))).rows
    assert found.values("real_time_ns") == (1.0, 9.0)
    assert not found.is_usable


def test_a_failed_row_has_a_reason_and_no_times() -> None:
    failed = RowSpec("mapped", times=(), state="error", reason="SIGBUS")
    (row,) = read_results(encoded(synthetic.bench_document([failed]))).rows
    assert (row.state, row.reason, row.is_usable) == ("error", "SIGBUS", False)


def put(*path: Any) -> Change:
    """Replace what stands at the path by the last argument."""
    *keys, last, value = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        document[last] = value

    return change


def drop(*path: Any) -> Change:
    *keys, last = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        del document[last]

    return change


def repeat_row(document: Document) -> None:
    document["rows"].append(document["rows"][0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("rows"), "bench.json has no 'rows'"),
        (put("rows", {}), "bench.json: rows is not a list"),
        (put("rows", 0, "x"), "bench.json: rows[0] is not an object"),
        (drop("rows", 1, "name"), "bench.json: rows[1] has no 'name'"),
        (repeat_row, "bench.json has two rows of one name"),
        (
            put("rows", 0, "state", "fine"),
            "bench.json: rows[0]: state is not one of ok, unproved, "
            "inconclusive, void, unsupported, error",
        ),
        (
            put("rows", 0, "numbers", "size", 1.5),
            "bench.json: rows[0]: numbers: size is not a whole number",
        ),
        (
            put("benchmarks", 0, "name", "stray"),
            "bench.json has samples of no row: 'stray'",
        ),
        (
            put("benchmarks", 3, "real_time", "12"),
            "bench.json: benchmarks[3]: real_time is not a number",
        ),
        (
            put("benchmarks", 3, "real_time", 0),
            "bench.json: benchmarks[3]: real_time is not above 0",
        ),
        (
            put("benchmarks", 3, "time_unit", "days"),
            "bench.json: benchmarks[3]: time_unit is not a unit of time",
        ),
        (drop("context", "mapmark"), "bench.json: context has no 'mapmark'"),
        (
            put("context", "mapmark", "quick", "yes"),
            "bench.json: context: mapmark: quick is not true or false",
        ),
        (
            put("context", "mapmark", "schema", "mapmark-bench/2"),
            "bench.json: context: mapmark has the schema 'mapmark-bench/2'; "
            "this version reads 'mapmark-bench/1'",
        ),
    ],
)
def test_bad_bench_json_is_refused_by_place(
    change: Change, message: str
) -> None:
    assert refusal(read_results, bench(change)) == message


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(word: str) -> None:
    content = bench().replace(b'"real_time": 1000.0', b'"real_time": %b' % word.encode())
    assert refusal(read_results, content) == (
        f"bench.json holds {word}, which is not JSON"
    )


def test_a_number_too_large_for_a_float_is_refused() -> None:
    content = bench().replace(b'"real_time": 1000.0', b'"real_time": 1e999')
    assert refusal(read_results, content).endswith(
        "real_time is not a finite number"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bench.json is not JSON: "),
        (b'{"rows": [', "bench.json is not JSON: "),
        (b"[]", "bench.json is not a JSON object"),
        (b"\x00\xff", "bench.json is not JSON: "),
        (b"[" * 100_000, "bench.json is not JSON: "),
    ],
)
def test_what_is_no_document_is_refused(content: bytes, message: str) -> None:
    assert refusal(read_results, content).startswith(message)


def test_a_path_that_is_not_utf8_is_kept() -> None:
    file = {"path": "PATH", "size": 1, "origin": "given"}
    document = synthetic.bench_document([RowSpec()], file=file)
    content = encoded(document).replace(b"PATH", b"/tmp/\xff\xe9")
    found = read_results(content).context.file
    assert found is not None
    assert found.path.encode("utf-8", "surrogateescape") == b"/tmp/\xff\xe9"


def run_json(*changes: Change) -> bytes:
    document = json.loads(encoded(synthetic.record().document()))
    for change in changes:
        change(document)
    return encoded(document)


def test_run_json_reads_back_as_it_was_written() -> None:
    assert read_record(run_json()) == synthetic.record()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("schema"), "run.json has no 'schema'"),
        (
            put("schema", "mapmark-run/9"),
            "run.json has the schema 'mapmark-run/9'; this version reads "
            "'mapmark-run/1'",
        ),
        (
            put("host", "logical_cpus", [2]),
            "run.json: host: logical_cpus is not a single value",
        ),
        (
            put("programs", 0, "exit_code", "0"),
            "run.json: programs[0]: exit_code is not a whole number",
        ),
        (put("missing", [1]), "run.json: missing[0] is not a string"),
    ],
)
def test_bad_run_json_is_refused_by_place(
    change: Change, message: str
) -> None:
    assert refusal(read_record, run_json(change)) == message


def histograms(*changes: Change) -> bytes:
    document = synthetic.histograms_document([RowSpec(times=(100.0, 200.0))])
    for change in changes:
        change(document)
    return encoded(document)


def test_repetitions_are_combined_by_adding_counts() -> None:
    (found,) = read_histograms(histograms())
    assert found.count == 24
    assert found.buckets == (Bucket(100, 110, 12), Bucket(200, 210, 12))
    assert (found.min_ns, found.max_ns) == (100, 209)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            put("rows", 1, "count", 13),
            "histograms.json: rows[1]: the buckets do not add up to the count",
        ),
        (
            put("rows", 0, "buckets", 0, [1, 2]),
            "histograms.json: rows[0]: buckets[0] is not a bucket of lower, "
            "upper and count",
        ),
        (
            put("schema", "mapmark-histograms/2"),
            "histograms.json has the schema 'mapmark-histograms/2'; this "
            "version reads 'mapmark-histograms/1'",
        ),
    ],
)
def test_bad_histograms_are_refused_by_place(
    change: Change, message: str
) -> None:
    assert refusal(read_histograms, histograms(change)) == message


def spread(*counts: int) -> Histogram:
    """One bucket of 10 ns each, from 0."""
    buckets = tuple(
        Bucket(10 * place, 10 * place + 10, count)
        for place, count in enumerate(counts)
    )
    end = 10 * len(counts)
    return Histogram("row", "pass", sum(counts), 0, 0, end, buckets)


def test_a_percentile_is_the_middle_of_its_bucket() -> None:
    found = spread(50, 40, 10)
    assert found.percentile_ns(0.5) == 5
    assert found.percentile_ns(0.51) == 15
    assert found.percentile_ns(0.9) == 15
    assert found.percentile_ns(0.95) == 25


def test_a_percentile_that_is_the_maximum_is_not_told() -> None:
    assert spread(199).percentile_ns(0.99) is None
    assert spread(200).percentile_ns(0.99) == 5


def test_percentiles_are_of_all_repetitions_and_no_average() -> None:
    found = merge([spread(100), spread(0, 0, 0, 10)])
    assert found.percentile_ns(0.5) == 5


def test_bad_conformance_is_refused_by_place() -> None:
    document = synthetic.conformance_document()
    del document["cases"][1]["results"][0]["verdicts"]
    assert refusal(read_conformance, encoded(document)) == (
        "conformance.json: cases[1]: results[0] has no 'verdicts'"
    )


def test_conformance_counts_verdicts_by_epoch_and_class() -> None:
    found = read_conformance(encoded(synthetic.conformance_document()))
    assert found.count("http-parser", "rfc9112") == {
        "pass": 1, "fail": 1, "non-strict": 1,
    }  # fmt: skip
    assert found.count("http-parser", "rfc9112", "smuggling") == {
        "non-strict": 1
    }
    assert found.count("nobody", "rfc9112") == {}
