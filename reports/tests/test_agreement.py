# SPDX-License-Identifier: MIT
"""Agreement with fio: verdicts, the step with stand-ins, and both tools."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mapmark import bundle, report
from mapmark.agree import lost_cache
from mapmark.agreement import (
    Agreement,
    Line,
    Sample,
    Verdict,
    Void,
    Work,
    read_agreement,
    sentence,
    table_in_words,
)
from mapmark.errors import Failure
from mapmark.fio import Outcome
from tests import synthetic
from tests.markup import read_page
from tests.programs import (
    Ended,
    built_programs,
    fake_bench,
    fake_program,
    mapmark,
)
from tests.synthetic import KIB, MIB, RowSpec

BLOCKS = (4 * KIB, 64 * KIB, MIB)
NS_PER_OCTET = 0.1
# So large that what storage gives for starting a stand-in is a stray of it.
SIZE = 16 * MIB

# Does what its arguments say, and takes NS a block beside its null engine.
FIO = """
import time
given = dict(word[2:].split("=", 1) for word in sys.argv[1:] if "=" in word)
block, engine = int(given["bs"]), given["ioengine"]
blocks = 40 * SIZE // block
ns = 0 if engine == "null" else FACTOR * block * NS_PER_OCTET
job = {
    "jobname": given["name"], "error": 0, "job options": given,
    "read": {"io_bytes": blocks * block, "total_ios": blocks,
             "runtime": blocks * (NULL_NS + ns) / 1e6},
    "usr_cpu": 99 if engine == "mmap" else 1,
    "sys_cpu": 99 if engine == "psync" else 1,
    "majf": 0,
}
"""
LEAVES = """
document = {"fio version": "fio-3.33", "jobs": [job]}
Path(given["output"]).write_text(json.dumps(document))
"""


def fake_fio(folder: Path, factor: float = 1.0, changed: str = "") -> Path:
    """A fio whose times are `factor` times ours."""
    folder.mkdir(exist_ok=True)
    constants = f"SIZE, FACTOR, NULL_NS = {SIZE}, {factor}, 100\n"
    constants += f"NS_PER_OCTET = {NS_PER_OCTET}\n"
    return fake_program(
        folder / "fio", constants + FIO + changed + LEAVES
    )


def our_rows(size: int = SIZE, **changes: object) -> list[RowSpec]:
    return [
        RowSpec(
            way,
            pattern,
            "copy",
            size=size,
            access=block,
            times=(1e6,) * 3,
            more={
                "steady_ns": size * NS_PER_OCTET,
                "accesses": 2 * size // block,
                "bytes": 2 * size,
            }
            | changes,
        )
        for block in BLOCKS
        for pattern in ("sequential", "random")
        for way in ("mapped", "read")
    ]


def agree(
    tmp_path: Path, fio: Path, rows: Sequence[RowSpec], *arguments: str
) -> Ended:
    fake_bench(tmp_path / "bin", 'leave("bench.json")\n', rows)
    return mapmark(
        *("agree", "--size", str(SIZE // MIB), "--rounds", "5"),
        *("--out", tmp_path / "runs", *arguments),
        programs=tmp_path / "bin",
        fio=fio,
    )


def the_bundle(tmp_path: Path) -> bundle.Bundle:
    (path,) = (tmp_path / "runs").iterdir()
    return bundle.read_bundle(path)


def the_agreement(tmp_path: Path) -> Agreement:
    found = the_bundle(tmp_path).agreement
    assert found is not None
    return found


def voids(line: Line, reason: str) -> list[Void]:
    return [void for void in line.voids if reason in void.reason]


def assert_complete(found: Agreement) -> None:
    """No line lacks a round in the end."""
    assert all(len(each.samples) == found.rounds for each in found.lines)


# ---- verdicts ---------------------------------------------------------------


def line(ratios: Sequence[float], block: int = 64 * KIB) -> Line:
    samples = [
        Sample(index, 1100.0, 100.0, 1000.0 * ratio, 50, 60, 70, "")
        for index, ratio in enumerate(ratios)
    ]
    work = Work("psync", "read", "random", block)
    return Line(work, ("--bs=65536",), tuple(samples), ())


def agreement(*lines: Line) -> Agreement:
    return Agreement("fio-3.33", "/a/file", MIB, False, 5, lines)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([0.96, 0.98, 1.0, 1.02, 1.04], Verdict.AGREES),
        ([0.81, 0.95, 1.08, 1.1, 1.19], Verdict.AGREES),
        ([1.11, 1.12, 1.13, 1.2, 1.3], Verdict.DEVIATES),
        ([0.5, 0.6, 0.7, 0.8, 0.89], Verdict.DEVIATES),
        ([0.79, 1.0, 1.0, 1.0, 1.0], Verdict.UNKNOWN),  # too wide
        ([1.05, 1.1, 1.12, 1.15, 1.19], Verdict.UNKNOWN),  # on the edge
        ([1.0, 1.0, 1.0, 1.0], Verdict.UNKNOWN),  # too few
        ([], Verdict.UNKNOWN),
    ],
)
def test_a_line_is_judged_by_its_median_and_its_interval(
    ratios: list[float], verdict: Verdict
) -> None:
    assert line(ratios).verdict is verdict
    assert line(ratios, 4 * KIB).verdict is Verdict.REPORTED


def test_all_lines_together_are_as_good_as_the_worst_one() -> None:
    good, bad, unknown = line([1.0] * 5), line([2.0] * 5), line([])
    small = line([2.0] * 5, 4 * KIB)
    assert agreement(good, small).verdict is Verdict.AGREES
    assert agreement(good, unknown).verdict is Verdict.UNKNOWN
    assert agreement(good, unknown, bad).verdict is Verdict.DEVIATES
    assert agreement(small).verdict is Verdict.UNKNOWN


def test_the_sentence_says_what_the_lines_say() -> None:
    good, bad = line([0.97] * 5), line([1.25] * 5)
    assert sentence(agreement(good, line([1.02] * 5))) == (
        "mapmark and fio-3.33 agree within 10 % in all 2 lines: mapmark takes "
        "0.97 to 1.02 times as long."
    )
    assert sentence(agreement(good, bad)) == (
        "mapmark and fio-3.33 deviate by more than 10 % in 1 of 2 lines: "
        "psync, random, 64 KiB 1.25×."
    )
    assert "unknown in 1 of 2 lines" in sentence(agreement(good, line([])))


def test_a_document_is_read_as_it_was_written() -> None:
    found = agreement(line([0.9, 1.1]))
    content = json.dumps(found.document()).encode()
    assert read_agreement(content) == found


def test_a_sample_without_a_ratio_is_refused() -> None:
    document = json.dumps(agreement(line([1.0])).document())
    wrong = document.replace('"null_ns": 100.0', '"null_ns": 1100.0')
    with pytest.raises(Failure, match="is not a sample with a ratio"):
        read_agreement(wrong.encode())


def test_a_line_without_rounds_says_why() -> None:
    void = Void(0, "the file was not cached")
    found = Line(line([]).work, (), (), (void,))
    assert list(table_in_words(agreement(found)))[1].endswith(
        "no round can be believed: the file was not cached"
    )


# ---- the step, with stand-ins -----------------------------------------------


def test_equal_times_agree_and_are_a_bundle(tmp_path: Path) -> None:
    ended = agree(tmp_path, fake_fio(tmp_path / "fio"), our_rows())
    assert ended.code == 0
    assert ended.lines[-1].startswith("mapmark and fio-3.33 agree within 10 %")
    found = the_agreement(tmp_path)
    assert len(found.lines) == 12
    for each in found.lines:
        assert len(each.samples) == 5
        assert each.ratio is not None
        assert each.ratio.median == pytest.approx(1.0)
        assert f"--bs={each.work.block_bytes}" in each.arguments
    record = the_bundle(tmp_path).record
    assert record.absent[bundle.BENCH] == (
        "only the agreement with fio was measured"
    )
    assert record.identity.env["page_bytes"] == 4096


def test_the_report_shows_the_agreement(tmp_path: Path) -> None:
    agree(tmp_path, fake_fio(tmp_path / "fio"), our_rows())
    page = read_page(report.render(the_bundle(tmp_path)))
    section = page.one("section", "agreement-part")
    assert "agree within 10 % in all 8 lines" in section.words
    cells = [item.words for item in section.all("td")]
    assert cells.count("agrees") == 8 and cells.count("reported only") == 4
    assert cells.count("1.00") == 12


def test_the_report_shows_every_verdict_and_what_is_void(
    tmp_path: Path,
) -> None:
    rows = [RowSpec()]
    path = synthetic.make_bundle(
        tmp_path,
        synthetic.bench_document(rows),
        rows,
        agreement=synthetic.agreement_document(),
    )
    page = read_page(report.render(bundle.read_bundle(path)))
    section = page.one("section", "agreement-part")
    cells = [item.words for item in section.all("td")]
    verdicts = [cell for cell in cells if cell in {v.value for v in Verdict}]
    assert verdicts == ["agrees", "deviates", "unknown", "reported only"]
    assert "deviate by more than 10 % in 1 of 3 lines" in section.words
    assert "4 samples are void: the file was <not> cached." in section.words


def test_other_times_deviate(tmp_path: Path) -> None:
    ended = agree(tmp_path, fake_fio(tmp_path / "fio", 1.5), our_rows())
    assert ended.code == 5
    assert "deviate by more than 10 % in 8 of 8 lines" in ended.lines[-1]


def test_too_few_rounds_are_inconclusive(tmp_path: Path) -> None:
    program = fake_fio(tmp_path / "fio")
    ended = agree(tmp_path, program, our_rows(), "--rounds", "1")
    assert ended.code == 4
    assert "unknown in 8 of 8 lines" in ended.lines[-1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ('job["majf"] = 3\n', "it had 3 major faults"),
        ("NULL_NS\nblocks = 2\n"
         'job["read"] |= {"total_ios": 2, "io_bytes": 2 * block}\n',
         "the first touch weighs too much"),
    ],
)  # fmt: skip
def test_a_sample_that_may_not_be_believed_is_void(
    tmp_path: Path, changed: str, reason: str
) -> None:
    program = fake_fio(tmp_path / "fio", changed=changed)
    ended = agree(tmp_path, program, our_rows())
    assert ended.code == 4
    each = the_agreement(tmp_path).lines[0]
    assert not each.samples
    assert voids(each, reason)


def test_a_sample_that_is_void_is_taken_again(tmp_path: Path) -> None:
    changed = (
        'seen = HERE / "seen"\n'
        "if (engine, block) == ('mmap', 65536) and not seen.exists():\n"
        '    seen.touch()\n    job["majf"] = 3\n'
    )
    program = fake_fio(tmp_path / "fio", changed=changed)
    assert agree(tmp_path, program, our_rows()).code == 0
    found = the_agreement(tmp_path)
    assert_complete(found)
    (again,) = [each for each in found.lines if voids(each, "3 major")]
    rounds = [void.round for void in again.voids]
    rounds += [sample.round for sample in again.samples]
    assert 5 in rounds and len(rounds) == len(set(rounds))


def test_only_what_is_void_is_taken_again(tmp_path: Path) -> None:
    changed = 'if (engine, block) == ("psync", 4096): job["majf"] = 3\n'
    program = fake_fio(tmp_path / "fio", changed=changed)
    assert agree(tmp_path, program, our_rows()).code == 0
    found = the_agreement(tmp_path)
    for each in found.lines:
        lost = len(voids(each, "3 major"))
        # Five rounds, and as many more at most.
        assert (len(each.samples), lost) in ((5, 0), (0, 10))
    assert {len(each.samples) for each in found.lines} == {5, 0}


def test_a_time_that_cannot_be_is_not_taken_again(tmp_path: Path) -> None:
    changed = 'if engine == "null": job["read"]["runtime"] *= 1e6\n'
    program = fake_fio(tmp_path / "fio", changed=changed)
    assert agree(tmp_path, program, our_rows()).code == 4
    for each in the_agreement(tmp_path).lines:
        assert len(voids(each, "null engine")) == 5 and not each.samples


def test_every_round_has_an_order_of_its_own(tmp_path: Path) -> None:
    """What a system does at intervals must not meet the same line each time."""
    done = tmp_path / "done"
    changed = f'with open({str(done)!r}, "a") as f: print(job["jobname"], file=f)\n'
    program = fake_fio(tmp_path / "fio", changed=changed)
    assert agree(tmp_path, program, our_rows()).code == 0
    jobs = [name.split("-", 1) for name in done.read_text().split()]
    rounds = [jobs[i : i + 18] for i in range(0, 5 * 18, 18)]
    for each in rounds:
        assert len({(engine, work) for engine, work in each}) == 18
        engines = [engine for engine, _ in each]
        works = [work for _, work in each]
        assert engines[::3] == ["null"] * 6
        assert works[::3] == works[1::3] == works[2::3]
    assert len({str(each) for each in rounds}) == 5


def test_a_row_of_ours_that_is_void_makes_the_sample_void(
    tmp_path: Path,
) -> None:
    rows = our_rows()
    bad = rows[0]
    rows[0] = RowSpec(
        *(bad.way, bad.pattern, "copy"),
        size=bad.size,
        access=bad.access,
        state="void",
        reason="only 3 % is cached",
    )
    agree(tmp_path, fake_fio(tmp_path / "fio"), rows)
    found = the_agreement(tmp_path)
    (each,) = [item for item in found.lines if not item.samples]
    reasons = {void.reason for void in each.voids}
    assert reasons == {"mapmark's row is void: only 3 % is cached"}
    assert each.work == Work("mmap", "mapped", "sequential", 4 * KIB)


def test_what_starting_fio_fetches_makes_nothing_void(tmp_path: Path) -> None:
    """A system may have dropped a few pages of the program itself."""
    own = tmp_path / "own"
    own.write_bytes(os.urandom(64 * KIB))
    changed = (
        f"import os\nown = os.open({str(own)!r}, os.O_RDONLY)\n"
        "os.fsync(own)\nos.posix_fadvise(own, 0, 0, os.POSIX_FADV_DONTNEED)\n"
        "assert len(os.read(own, 1 << 20)) == 64 << 10\n"
    )
    program = fake_fio(tmp_path / "fio", changed=changed)
    assert agree(tmp_path, program, our_rows()).code == 0
    found = the_agreement(tmp_path)
    assert_complete(found)


def test_rows_of_other_work_are_refused(tmp_path: Path) -> None:
    program = fake_fio(tmp_path / "fio")
    ended = agree(tmp_path, program, our_rows(bytes=MIB))
    assert ended.code == 74
    assert "did not read every block of the file once" in ended.err
    assert not (tmp_path / "runs").exists()


def test_an_engine_that_is_another_one_is_refused(tmp_path: Path) -> None:
    changed = 'job["usr_cpu"], job["sys_cpu"] = 90, 10\n'
    ended = agree(
        tmp_path, fake_fio(tmp_path / "fio", changed=changed), our_rows()
    )
    assert ended.code == 74
    assert "as psync does not" in ended.err


def test_a_fio_that_fails_is_told_with_its_words(tmp_path: Path) -> None:
    changed = 'print("fio: out of luck", file=sys.stderr)\nsys.exit(1)\n'
    program = fake_fio(tmp_path / "fio", changed=changed)
    ended = agree(tmp_path, program, our_rows())
    assert ended.code == 5
    assert "fio ended with exit code 1 as null-" in ended.err
    assert ended.err.endswith("it said: fio: out of luck\n")
    assert not (tmp_path / "runs").exists()


def test_without_fio_the_way_out_is_said(tmp_path: Path) -> None:
    ended = agree(tmp_path, Path("/nowhere/fio"), our_rows())
    assert ended.code == 3
    assert ended.err == (
        "mapmark: MAPMARK_FIO names '/nowhere/fio', which is no program\n"
    )


@pytest.mark.parametrize("size", [MIB + 1, 4096])
def test_a_file_that_fio_would_not_read_whole_is_refused(
    tmp_path: Path, size: int
) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(size))
    ended = agree(
        tmp_path, fake_fio(tmp_path / "fio"), our_rows(), "--file", str(file)
    )
    assert ended.code == 2
    assert f"holds {size} octets; name a file of whole MiB" in ended.err


# ---- as a part of mapmark run -----------------------------------------------


def run(tmp_path: Path, fio: Path, *arguments: str) -> Ended:
    fake_bench(
        tmp_path / "bin",
        'leave("bench.json")\nleave("histograms.json")\n',
        our_rows(4 * MIB),
    )
    return mapmark(
        *("run", "--quick", "--out", tmp_path / "runs", *arguments),
        programs=tmp_path / "bin",
        fio=fio,
    )


def test_a_run_has_its_agreement(tmp_path: Path) -> None:
    ended = run(tmp_path, fake_fio(tmp_path / "fio"))
    assert ended.code == 0
    found = the_agreement(tmp_path)
    assert (found.rounds, found.size_bytes) == (5, 4 * MIB)
    assert len(found.lines) == 8  # what is reported only is left out
    assert found.verdict is Verdict.AGREES


def test_the_agreement_of_a_run_can_be_switched_off(tmp_path: Path) -> None:
    ended = run(tmp_path, fake_fio(tmp_path / "fio"), "--no-agreement")
    assert ended.code == 0
    why = the_bundle(tmp_path).record.absent[bundle.AGREEMENT]
    assert why == "switched off with --no-agreement"


def test_a_run_without_fio_says_why(tmp_path: Path) -> None:
    assert run(tmp_path, Path("/nowhere/fio")).code == 0
    why = the_bundle(tmp_path).record.absent[bundle.AGREEMENT]
    assert why == "MAPMARK_FIO names '/nowhere/fio', which is no program"


def test_a_fio_that_fails_leaves_the_rows_of_a_run(tmp_path: Path) -> None:
    ended = run(tmp_path, fake_fio(tmp_path / "fio", changed="sys.exit(1)\n"))
    assert ended.code == 5
    assert "no agreement with fio: fio ended with exit code 1" in ended.err
    found = the_bundle(tmp_path)
    assert found.results is not None and found.agreement is None


def test_on_windows_fio_is_not_asked(tmp_path: Path) -> None:
    rows = our_rows()
    fake_bench(tmp_path / "bin", 'leave("bench.json")\n', rows)
    document = synthetic.bench_document(rows, system="Windows 10.0 (Wine 8.0)")
    (tmp_path / "bin/bench.json").write_text(json.dumps(document))
    ended = mapmark(
        *("agree", "--size", str(SIZE // MIB), "--out", tmp_path / "runs"),
        programs=tmp_path / "bin",
        fio=fake_fio(tmp_path / "fio"),
    )
    assert ended.code == 3
    assert ended.err.endswith("mapmark: fio maps files wrongly on Windows\n")


def test_a_bundle_older_than_the_agreement_is_read(tmp_path: Path) -> None:
    rows = [RowSpec()]
    document = synthetic.bench_document(rows)
    path = synthetic.make_bundle(tmp_path, document, rows)
    assert bundle.read_bundle(path).agreement is None


# ---- both tools -------------------------------------------------------------


@pytest.mark.skipif(shutil.which("fio") is None, reason="there is no fio")
@pytest.mark.skipif(
    built_programs() is None or "MAPMARK_EXE" in os.environ,
    reason="mapmark-bench is not built, or is Windows's",
)
def test_both_tools_do_the_same_work(tmp_path: Path) -> None:
    """What the times are is another matter: they are of a busy machine."""
    file = tmp_path / "file"
    content = os.urandom(2 * MIB)
    file.write_bytes(content)
    ended = mapmark(
        *("agree", "--file", file, "--rounds", "1", "--out", tmp_path / "runs"),
        programs=built_programs(),
        fio=Path(shutil.which("fio") or ""),
    )
    assert ended.code == 4, ended.err
    assert file.read_bytes() == content
    found = the_agreement(tmp_path)
    assert (found.size_bytes, found.is_given) == (2 * MIB, True)
    assert len(found.lines) == 12
    for each in found.lines:
        assert len(each.samples) == 1 or each.voids
        for sample in each.samples:
            assert sample.ratio > 0
            passes = 2 * MIB // each.work.block_bytes
            assert sample.mapmark_blocks % passes == 0
            assert sample.engine_blocks >= 3 * passes
            assert min(sample.null_blocks, sample.mapmark_blocks) > 0
    assert any(each.samples for each in found.lines)


@pytest.mark.parametrize(("fetched", "is_void"), [(4096, False), (20000, True)])
def test_a_block_of_the_file_system_is_no_reading_of_the_file(
    fetched: int, is_void: bool
) -> None:
    outcome = Outcome("fio-3.33", 48, 3 * MIB, 48e3, 0)
    found = lost_cache(outcome, fetched, MIB)
    assert ("came from storage" in found) == is_void
