# SPDX-License-Identifier: MIT
"""mapmark-bench as a user meets it: real files, real signals, exit codes."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from typing import Any

import pytest
from program import EXE, PROGRAM, run

#: The four ways that the main question is about.
MAIN = "^read/(mapped|mapped-window|mapped-populated|read)"

#: One comparison that takes about two seconds.
ONE = f"{MAIN}/random/sum/warm/.*access:4096$"


def bench(
    *arguments: str | pathlib.Path,
    cwd: pathlib.Path,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """How much times scatter is the machine's affair, and in no test."""
    return run("--scatter=1000000", *arguments, cwd=cwd, env=env)


def load(path: pathlib.Path) -> Any:
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    return json.loads(path.read_text("utf-8"), parse_constant=refuse)


def some_file(folder: pathlib.Path, size: int = 3_000_001) -> pathlib.Path:
    path = folder / "some file"
    path.write_bytes(os.urandom(size))
    subprocess.run(["sync", str(path)], check=True)
    return path


def test_a_run_records_every_expected_row(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    done = bench(
        "--quick", "--file", file, "--filter", ONE, "--out", ".", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    record = load(tmp_path / "bench.json")
    assert record["context"]["mapmark"]["complete"] is True
    assert record["context"]["mapmark"]["file"]["size"] == 3_000_001
    names = [row["name"] for row in record["rows"]]
    assert names == record["expected"]
    assert len(names) == 4
    assert {row["words"]["way"] for row in record["rows"]} == {
        "mapped",
        "mapped-window",
        "mapped-populated",
        "read",
    }


def test_samples_prove_their_conditions(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    bench(
        "--quick", "--file", file, "--filter",
        f"{MAIN}/random/sum/(warm|cold)/.*access:4096$",
        "--out", ".", cwd=tmp_path,
    )  # fmt: skip
    record = load(tmp_path / "bench.json")
    states = {row["name"]: row["state"] for row in record["rows"]}
    samples = record["benchmarks"]
    assert len(samples) == sum(row["repetitions"] for row in record["rows"])
    for sample in samples:
        name = sample["name"]
        assert states[name] == "ok", name
        assert sample["real_time"] > 0
        assert sample["bytes"] == pytest.approx(3_000_001)
        assert sample["accesses"] == pytest.approx(733)
        if "/cold/" in name:
            assert sample["cached_before"] == 0
            assert sample["storage_bytes"] >= 3_000_001
        else:
            assert sample["cached_before"] == 1
            assert sample["cached_after"] == 1
            assert sample["storage_bytes"] == 0
    checksums = {sample["mapmark"]["checksum"] for sample in samples}
    assert len(checksums) == 1


#: What each way uses for 733 accesses of 4096 octets: maps, reads and writes
#: that it did, and what its buffer is aligned to.
USED = {
    "mapped": (1, 0, None),
    "mapped-window": (3, 0, None),
    "mapped-populated": (1, 0, None),
    "mapped-huge": (1, 0, None),
    "read": (0, 733, 4096),
    "read-misaligned": (0, 733, 16),
    "stdio": (0, 733, 4096),
    "memory": (0, 0, None),
}


def test_the_way_of_each_row_is_the_one_used(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    bench(
        "--quick", "--file", file, "--filter",
        "^read/.*/(random|sequential)/sum/warm/.*access:4096$",
        "--out", ".", cwd=tmp_path,
    )  # fmt: skip
    seen = set()
    for sample in load(tmp_path / "bench.json")["benchmarks"]:
        _, way, pattern, *_ = sample["name"].split("/")
        maps, reads, alignment = USED[way]
        seen.add(way)
        if way == "mapped-window" and pattern == "random":
            assert sample["maps"] > maps
        else:
            assert sample["maps"] == maps, sample["name"]
        assert sample["reads"] == reads
        assert sample.get("writes", 0) == 0
        if alignment:
            assert sample["buffer_alignment"] == alignment, sample["name"]
        calls = sample["read_calls"]
        if way in {"read", "read-misaligned"}:
            assert calls == pytest.approx(733, abs=1)
        elif way == "stdio":
            assert calls >= 733 / 2 or pattern == "sequential"
        else:
            # Threads and sanitizers make a call now and then.
            assert calls < 16
    assert seen == set(USED)


def test_rows_of_any_plan_can_be_sampled_a_few_times(
    tmp_path: pathlib.Path,
) -> None:
    """As 'mapmark agree' does, which compares the steady state with fio. Three
    are the fewest of which one may be void and is taken again."""
    file = some_file(tmp_path, 1 << 20)
    done = bench(
        *("--all", "--quick", "--repetitions", "3", "--file", file),
        *("--filter", "^phases/(mapped|read)/random/copy/warm/.*access:65536$"),
        *("--out", tmp_path),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = load(tmp_path / "bench.json")
    assert [row["repetitions"] for row in document["rows"]] == [3, 3]
    for sample in document["benchmarks"]:
        assert sample["accesses"] == 2 * 16
        assert sample["bytes"] == 2 * (1 << 20)
        assert sample["steady_ns"] > 0


def test_histograms_hold_every_pass(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    bench(
        "--quick", "--file", file, "--filter", ONE, "--out", ".", cwd=tmp_path
    )
    samples = load(tmp_path / "bench.json")["benchmarks"]
    histograms = load(tmp_path / "histograms.json")["rows"]
    assert len(histograms) == len(samples)
    for sample, histogram in zip(samples, histograms, strict=True):
        assert histogram["name"] == sample["name"]
        assert histogram["count"] == sample["iterations"]
        counted = sum(count for _, _, count in histogram["buckets"])
        assert counted == histogram["count"]
        # A pass has moments that belong to no phase, and sanitizers add some.
        assert histogram["min"] <= sample["real_time"] * 1.25


def test_a_given_file_is_only_read(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path)
    before, octets = file.stat().st_mtime_ns, file.read_bytes()
    file.chmod(0o400)
    done = bench(
        "--quick", "--file", file, "--filter", ONE, "--out", ".", cwd=tmp_path
    )
    assert done.returncode == 0
    assert file.read_bytes() == octets
    assert file.stat().st_mtime_ns == before


def test_generated_files_are_gone_afterwards(tmp_path: pathlib.Path) -> None:
    done = bench(
        "--quick", "--filter", "mapped/random/sum/warm/.*access:65536$",
        "--out", ".", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"bench.json", "histograms.json"}


def test_list_measures_nothing(tmp_path: pathlib.Path) -> None:
    quick = bench("--list", "--quick", cwd=tmp_path).stdout.split()
    full = bench("--list", cwd=tmp_path).stdout.split()
    assert "read/mapped/random/sum/warm/size:67108864/access:4096" in quick
    assert set(quick) < set(full)
    every = bench("--list", "--all", cwd=tmp_path).stdout.split()
    assert set(full) < set(every)
    less = bench("--list", "--all", "--quick", cwd=tmp_path).stdout.split()
    assert less == every  # what changes is how often each is sampled
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mebibytes", "more"), [(512, True), (513, False)]
)
def test_a_very_large_file_is_quick_with_the_main_ways_only(
    mebibytes: int, more: bool, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "sparse"
    with file.open("wb") as stream:
        stream.truncate(mebibytes << 20)
    done = bench("--quick", "--file", file, "--list", cwd=tmp_path)
    rows = [line.split("/") for line in done.stdout.splitlines()]
    main = {"mapped", "mapped-window", "mapped-populated", "read"}
    assert ({row[1] for row in rows} > main) == more
    assert ({row[4] for row in rows} > {"warm", "cold"}) == more
    assert {row[1] for row in rows} >= main


def test_a_file_larger_than_memory_is_not_loaded_into_it(
    tmp_path: pathlib.Path,
) -> None:
    file = tmp_path / "sparse"
    with file.open("wb") as stream:
        stream.truncate((1 << 30) + 1)
    done = bench("--all", "--file", file, "--list", cwd=tmp_path)
    assert "/mapped/" in done.stdout
    assert "/memory/" not in done.stdout


def test_progress_as_json_is_one_event_a_line(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path, 100_000)
    done = bench(
        "--quick", "--file", file, "--filter", ONE, "--progress=json",
        cwd=tmp_path,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "plan"
    assert events[0]["rows"] == 4
    assert events[-1] == {"event": "end", "exit_code": 0}
    assert sum(event["event"] == "row" for event in events) == 4
    seconds = [e["done_seconds"] for e in events if e["event"] == "step"]
    assert seconds == sorted(seconds)
    assert seconds[-1] <= events[0]["seconds"] * 1.0001


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--nonsense"], 2, "--nonsense"),
        (["--file"], 2, "--file"),
        (["--quick=yes"], 2, "--quick=yes"),
        (["--seed", "-1"], 2, "-1"),
        (["--seed", "1x"], 2, "1x"),
        (["--repetitions", "0"], 2, "'0'"),
        (["--repetitions", "1001"], 2, "1001"),
        (["--repetitions", "two"], 2, "two"),
        (["--progress", "loud"], 2, "loud"),
        (["--scatter", "0"], 2, "'0'"),
        (["--scatter", "much"], 2, "'much'"),
        (["--filter", "("], 2, "'('"),
        (["--filter", "matches nothing"], 2, "matches nothing"),
        (["--file", "absent"], 2, "absent"),
        (["--file", "."], 2, "'.'"),
        (["--file", "empty"], 2, "empty"),
        (["--filter", ONE, "--out", "nowhere"], 74, "nowhere"),
    ],
)
def test_bad_input_is_named(
    tmp_path: pathlib.Path, arguments: list[str], code: int, named: str
) -> None:
    (tmp_path / "empty").touch()
    done = bench("--quick", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert named in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_file_without_permission_is_named(tmp_path: pathlib.Path) -> None:
    file = some_file(tmp_path, 1000)
    file.chmod(0)
    command: list[str | pathlib.Path] = [PROGRAM, "--file", file]
    if os.geteuid() == 0:
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents[:2]:
            folder.chmod(0o755)
        command = ["setpriv", "--reuid=65534", "--clear-groups", *command]
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 74, done.stderr
    assert "some file" in done.stderr
    assert "may read" in done.stderr


@pytest.fixture
def tiny_disk(tmp_path: pathlib.Path) -> Any:
    """A file system of 64 KiB, where mounting one is permitted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs is not permitted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_is_named(
    tmp_path: pathlib.Path, tiny_disk: pathlib.Path
) -> None:
    file = some_file(tmp_path, 100_000)
    (tiny_disk / "filling").write_bytes(b"x" * 65536)
    done = bench(
        "--quick", "--file", file, "--filter", ONE, "--out", tiny_disk,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 74
    assert "disk" in done.stderr and "space" in done.stderr
    assert [path.name for path in tiny_disk.iterdir()] == ["filling"]


def test_no_room_for_the_generated_file_is_a_reason(
    tmp_path: pathlib.Path, tiny_disk: pathlib.Path
) -> None:
    done = bench(
        "--quick", "--filter", ONE, "--scratch", tiny_disk, "--out", ".",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 5
    rows = load(tmp_path / "bench.json")["rows"]
    assert {row["state"] for row in rows} == {"error"}
    assert "--scratch" in rows[0]["reason"]
    assert list(tiny_disk.iterdir()) == []


def test_a_file_in_memory_is_never_called_cold(
    tmp_path: pathlib.Path,
) -> None:
    place = tmp_path / "memory"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs is not permitted here")
    try:
        file = some_file(place)
        done = bench(
            "--quick", "--file", file, "--filter",
            f"{MAIN}/random/sum/.*access:4096$", "--out", ".", cwd=tmp_path,
        )  # fmt: skip
    finally:
        subprocess.run(["umount", str(place)], check=True)
    states = {
        (row["words"]["cache"], row["state"])
        for row in load(tmp_path / "bench.json")["rows"]
    }
    assert states == {
        ("found", "ok"),  # and the row says how much of it was cached
        ("warm", "unproved"),
        ("scattered", "unproved"),
        ("cold", "unsupported"),
    }
    assert done.returncode == 0


def test_a_mapped_file_that_stays_cached_makes_cold_rows_void(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path)
    holder = subprocess.Popen(
        [
            "/usr/bin/python3",
            "-c",
            "import mmap,sys; f=open(sys.argv[1],'rb');"
            "m=mmap.mmap(f.fileno(),1<<20,access=mmap.ACCESS_READ);"
            "sum(m[::4096]); print('held',flush=True); sys.stdin.read()",
            str(file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        done = bench(
            "--quick", "--file", file, "--filter",
            "read/random/sum/cold/.*access:4096$", "--out", ".", cwd=tmp_path,
        )  # fmt: skip
    finally:
        holder.communicate(b"")
    assert done.returncode == 5
    row = load(tmp_path / "bench.json")["rows"][0]
    assert row["state"] == "void"
    assert "stayed in the cache" in row["reason"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_soon_and_cleans_up(
    tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [PROGRAM, "--out", ".", "--progress=json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "step":
            break
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors
    record = load(tmp_path / "bench.json")
    assert record["context"]["mapmark"]["complete"] is False
    assert not list(tmp_path.glob("*.data")) + list(tmp_path.glob("*.part"))


def region_rows(text: str) -> list[list[str]]:
    """The lines of the table, without its head and its sums."""
    return [line.split(maxsplit=7) for line in text.split("\n\n")[0].splitlines()[1:]]


def test_the_regions_of_the_program_itself_are_printed(tmp_path: pathlib.Path) -> None:
    done = bench("--regions", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = region_rows(done.stdout)
    addresses = [int(row[0], 16) for row in rows]
    assert addresses == sorted(set(addresses))
    assert {row[2] for row in rows} <= {"reserved", "committed"}
    assert {row[4] for row in rows} <= {"private", "mapped", "image"}
    files = [row[7] for row in rows if len(row) > 7 and row[4] == "image"]
    assert any("mapmark-bench" in file for file in files)
    assert any("libmapmark" in file for file in files)
    assert f"{len(rows)} regions; in KiB: " in done.stdout
    committed = sum(int(row[1]) for row in rows if row[2] == "committed")
    assert f" {committed} committed" in done.stdout


@pytest.mark.skipif(bool(EXE), reason="Python is no process of Wine")
def test_the_regions_of_another_process_are_printed(tmp_path: pathlib.Path) -> None:
    done = bench("--regions", str(os.getpid()), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "python" in done.stdout
    same = bench(f"--regions={os.getpid()}", cwd=tmp_path)
    assert same.returncode == 0, same.stderr


@pytest.mark.parametrize("process", ["4194303999", "0", "self", "-1", "12x", "9" * 30])
def test_a_process_that_is_not_there_is_a_usage_error(
    tmp_path: pathlib.Path, process: str
) -> None:
    done = bench(f"--regions={process}", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"--regions '{process}': no such process; " in done.stderr


@pytest.mark.skipif(bool(EXE) or os.geteuid() != 0, reason="only root can be nobody")
def test_the_process_of_another_user_is_denied(tmp_path: pathlib.Path) -> None:
    ran = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        + [str(PROGRAM), "--regions", str(os.getpid())],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode in (126, 127):
        pytest.skip("another user cannot run the program here")
    assert ran.returncode == 74
    assert "access not granted; ask as its user" in ran.stderr
    assert ran.stdout == ""
