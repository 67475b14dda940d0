# SPDX-License-Identifier: MIT
"""What cannot be done is refused in words that name it, with the documented
exit code, and leaves nothing. With the real programs."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mapmark import bundle
from tests import synthetic
from tests.programs import (
    REPORTS,
    Ended,
    built_programs,
    mapmark,
    started,
)
from tests.synthetic import Document, RowSpec

ROWS = [RowSpec("mapped"), RowSpec("read")]
ONE_ROW = "^read/mapped/sequential/sum/warm/.*access:4096$"
PATIENCE_SECONDS = 30.0


@pytest.fixture
def programs() -> Path:
    found = built_programs()
    if found is None:
        pytest.skip("the programs are not built")
    return found


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small file"
    file.write_bytes(b"octets, " * 2048)
    return file


def make(out: Path, newer: bool = False) -> Path:
    def change(document: Document) -> None:
        if newer:
            document["schema"] = "mapmark-run/2"

    bench = synthetic.bench_document(ROWS)
    return synthetic.make_bundle(out, bench, ROWS, change=change)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def complaint(ended: Ended) -> str:
    """The one line on standard error of a command that was refused."""
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    return line


def run_refused(programs: Path, out: Path, *arguments: str | Path) -> Ended:
    """A run that leaves no bundle, and not even the folder for it."""
    ended = mapmark("run", "--out", out, *arguments, programs=programs)
    assert ended.out == ""
    assert not out.exists()
    return ended


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, programs: Path
) -> None:
    missing = tmp_path / "no such file"
    ended = run_refused(programs, tmp_path / "runs", "--file", missing)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: --file '{missing}' does not exist; name a file"
    )


def test_a_directory_is_no_file_to_measure(
    tmp_path: Path, programs: Path
) -> None:
    ended = run_refused(programs, tmp_path / "runs", "--file", tmp_path)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: --file '{tmp_path}' is a directory; name a file in it"
    )


def test_an_empty_file_cannot_be_measured(
    tmp_path: Path, programs: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    ended = run_refused(programs, tmp_path / "runs", "--file", empty)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: --file '{empty}' is empty: no octets can be mapped or read"
    )


def reachable_by_all(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def test_a_file_that_may_not_be_read_is_named(programs: Path) -> None:
    user = "nobody" if os.geteuid() == 0 else None
    if user and not all(map(reachable_by_all, (REPORTS, programs))):
        pytest.skip("only root can reach the programs")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o777)
        file = folder / "secret"
        file.write_bytes(b"x" * 4096)
        file.chmod(0)
        ended = mapmark(
            *("run", "--file", file, "--out", folder / "runs"),
            programs=programs,
            user=user,
        )
        assert ended.code == 74
        assert complaint(ended) == (
            f"mapmark: --file '{file}' cannot be read: Permission denied"
        )
        assert list(folder.iterdir()) == [file]


def test_a_folder_that_may_not_be_written_is_named(
    programs: Path, small: Path
) -> None:
    user = "nobody" if os.geteuid() == 0 else None
    if user and not all(map(reachable_by_all, (REPORTS, programs))):
        pytest.skip("only root can reach the programs")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        file = folder / "file"
        file.write_bytes(b"x" * 4096)
        file.chmod(0o444)
        folder.chmod(0o555)
        for out in (folder, folder / "runs"):
            ended = mapmark(
                *("run", "--file", file, "--out", out),
                programs=programs,
                user=user,
            )
            assert ended.code == 74
            assert f"'{out}'" in complaint(ended)
        assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--no-such"), "No such option: --no-such"),
        (("report", "--no-such"), "No such option: --no-such"),
        (("--no-such",), "No such option: --no-such"),
        (("measure",), "No such command 'measure'"),
        (("run", "a-file"), "unexpected extra argument (a-file)"),
        (("run", "--file"), "Option '--file' requires an argument"),
    ],
)
def test_what_the_command_line_does_not_know_is_named(
    tmp_path: Path,
    programs: Path,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    ended = mapmark(*arguments, programs=programs, cwd=tmp_path)
    assert ended.code == 2
    assert message in complaint(ended)
    assert complaint(ended).startswith("mapmark: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("read/[", "is no regular expression"),
        ("^no such row$", "matches no row"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_named(
    tmp_path: Path, programs: Path, small: Path, pattern: str, message: str
) -> None:
    ended = run_refused(
        programs,
        tmp_path / "runs",
        *("--file", small, "--quick", "--filter", pattern),
    )
    assert ended.code == 2
    told, passed_on = ended.err.splitlines()
    assert told.startswith(f"mapmark-bench: --filter '{pattern}' {message}")
    assert passed_on == (
        "mapmark: mapmark-bench ended with exit code 2; no bundle"
    )


def test_an_out_that_is_a_file_is_left_as_it_is(
    programs: Path, small: Path
) -> None:
    content = small.read_bytes()
    ended = mapmark("run", "--out", small, programs=programs)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: --out '{small}' is a file; name a directory"
    )
    assert small.read_bytes() == content


@pytest.mark.parametrize("size", ["4k", "24k"])
def test_a_run_on_a_full_disk_leaves_nothing(
    tmp_path: Path, programs: Path, small: Path, size: str
) -> None:
    """4 KiB have no room for a row, and 24 KiB none for the whole bundle."""
    with small_disk(tmp_path / "disk", size) as disk:
        ended = run_refused(
            programs,
            disk / "runs",
            *("--file", small, "--quick", "--no-conformance"),
            *("--filter", ONE_ROW),
        )
        assert ended.code == 74
        assert f"'{disk}/runs/" in ended.err
        assert "o space left on " in ended.err
        assert ended.err.splitlines()[-1].startswith("mapmark: ")
        assert not list(disk.iterdir())


def test_a_bundle_that_is_not_there_is_named(
    tmp_path: Path, programs: Path
) -> None:
    missing = tmp_path / "run-0123456789abcdef"
    ended = mapmark("report", missing, programs=programs)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: the bundle '{missing}' does not exist"
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_bundle_is_named(
    tmp_path: Path, programs: Path
) -> None:
    ended = mapmark("report", tmp_path, programs=programs)
    assert ended.code == 2
    assert complaint(ended) == (
        f"mapmark: '{tmp_path}' is no bundle: there is no run.json in it"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["bench.json", "run.json", "samples.csv"])
def test_a_damaged_bundle_makes_no_report(
    tmp_path: Path, programs: Path, name: str
) -> None:
    path = make(tmp_path / "runs")
    (path / name).chmod(0o644)
    with (path / name).open("ab") as file:
        file.truncate(100)
    ended = mapmark("report", path, programs=programs)
    assert ended.code == 74
    assert complaint(ended).startswith(f"mapmark: the bundle '{path}' ")
    assert list((tmp_path / "runs").iterdir()) == [path]


def test_a_bundle_of_a_newer_version_makes_no_report(
    tmp_path: Path, programs: Path
) -> None:
    path = make(tmp_path / "runs", newer=True)
    ended = mapmark("report", path, programs=programs)
    assert ended.code == 74
    assert complaint(ended) == (
        f"mapmark: the bundle '{path}' cannot be read: run.json has the "
        "schema 'mapmark-run/2'; this version reads 'mapmark-run/1'"
    )
    assert list((tmp_path / "runs").iterdir()) == [path]


# The table fits into 16 KiB, and the page does not.
@pytest.mark.parametrize("size", ["4k", "16k"])
def test_a_report_on_a_full_disk_leaves_nothing(
    tmp_path: Path, programs: Path, size: str
) -> None:
    path = make(tmp_path / "runs")
    with small_disk(tmp_path / "disk", size) as disk:
        out = disk / "new/report"
        ended = mapmark("report", path, "--out", out, programs=programs)
        assert ended.code == 74
        assert complaint(ended) == (
            f"mapmark: cannot write '{out}/report.html': "
            "No space left on device"
        )
        assert not list(disk.iterdir())


def test_an_older_report_outlives_a_full_disk(
    tmp_path: Path, programs: Path
) -> None:
    path = make(tmp_path / "runs")
    with small_disk(tmp_path / "disk", "16k") as disk:
        older = {disk / "report.csv": "a", disk / "report.html": "b"}
        for file, content in older.items():
            file.write_text(content)
        ended = mapmark("report", path, "--out", disk, programs=programs)
        assert ended.code == 74
        assert {file: file.read_text() for file in disk.iterdir()} == older


@pytest.mark.parametrize("argument", ["report", "--help", "--version"])
def test_output_that_has_no_room_is_told_once(
    tmp_path: Path, programs: Path, argument: str
) -> None:
    path = make(tmp_path / "runs")
    arguments = (argument, path) if argument == "report" else (argument,)
    with small_disk(tmp_path / "disk", "4k") as disk:
        (disk / "fill").write_bytes(bytes(4096))
        with (disk / "output").open("w") as full:
            ended = mapmark(
                *arguments, programs=programs, stdout=full.fileno()
            )
    assert ended.code == 74
    assert complaint(ended) == (
        "mapmark: cannot write the output: No space left on device"
    )


@pytest.mark.parametrize("name", ["report", "compare"])
def test_a_reader_that_has_gone_is_no_regression(
    tmp_path: Path, programs: Path, name: str
) -> None:
    path = make(tmp_path / "runs")
    reader, writer = os.pipe()
    os.close(reader)
    arguments = (path,) if name == "report" else (path, path)
    try:
        ended = mapmark(name, *arguments, programs=programs, stdout=writer)
    finally:
        os.close(writer)
    assert ended.code == 74


def test_report_without_a_bundle_takes_the_newest_or_names_the_way_out(
    tmp_path: Path, programs: Path
) -> None:
    ended = mapmark("report", programs=programs, cwd=tmp_path)
    assert ended.code == 2
    assert complaint(ended) == (
        "mapmark: there is no bundle in 'runs'; name one, or make one with "
        "'mapmark run'"
    )
    assert not list(tmp_path.iterdir())
    path = make(tmp_path / "runs")
    ended = mapmark("report", programs=programs, cwd=tmp_path)
    assert ended.code == 0
    assert ended.lines[0] == f"{path}-report/report.html"


def test_a_small_run_and_its_report_work(
    tmp_path: Path, programs: Path, small: Path
) -> None:
    """Lest all of the above are refused for another reason."""
    ended = mapmark(
        *("run", "--out", tmp_path / "runs", "--file", small, "--quick"),
        *("--filter", ONE_ROW, "--no-conformance"),
        programs=programs,
    )
    assert ended.code in (0, 5)  # 5: a row may be void on a busy machine
    (path,) = (tmp_path / "runs").iterdir()
    assert ended.lines[0] == str(path)
    assert bundle.read_bundle(path).results is not None
    ended = mapmark("report", path, programs=programs)
    assert ended.code == 0
    assert Path(ended.lines[0]).stat().st_size > 0


def wait_for_samples(process: subprocess.Popen[str], out: Path) -> None:
    """Until the program has written rows: it is in the middle then."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not list(out.glob(".mapmark-*/left/bench.json")):
        assert process.poll() is None, "it ended before its first row"
        assert time.monotonic() < ends, "no row came"
        time.sleep(0.01)


def processes_that_name(path: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes()
        except OSError:
            continue
        if os.fsencode(path) in words:
            found.append(str(process))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_samples_leaves_nothing(
    tmp_path: Path, programs: Path, number: signal.Signals
) -> None:
    out = tmp_path / "deep/runs"
    arguments = ("run", "--out", out, "--filter", "^read/.*size:1048576/")
    with started(programs, *arguments) as process:
        wait_for_samples(process, out)
        process.send_signal(number)
        said, complained = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert said == ""
    assert complained.endswith("mapmark: interrupted; nothing was kept\n")
    assert not list(tmp_path.iterdir())
    assert not processes_that_name(tmp_path)
