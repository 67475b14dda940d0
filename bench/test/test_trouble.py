# SPDX-License-Identifier: MIT
"""A file that changes, fails or does not fit while it is measured: the row
says so, and everything else goes on."""

from __future__ import annotations

import pathlib
import resource
import subprocess

import pytest

from liar import BELIEVED, deceive, pytestmark  # noqa: F401: pytest looks for it
from program import PROGRAM
from test_bench import MAIN, ONE, load, some_file

#: An opening of the file for the third sample: every row has some after it.
THIRD_SAMPLE = 8

SIZE = 3_000_001


@pytest.mark.parametrize(
    ("trouble", "state", "reason"),
    [
        ("shrink", "error", f"shrank from {SIZE} to {SIZE // 2} octets"),
        ("cut-while-mapped", "error", f"shrank from {SIZE} to 0 octets"),
        ("cut-while-read", "error", f"shrank from {SIZE} to {SIZE // 2}"),
        ("grow", "void", f"grew from {SIZE} to {SIZE + 1} octets"),
        ("vanish", "error", "out of reach: no such file"),
        ("replace", "error", "another file has taken its place"),
    ],
)
def test_what_becomes_of_the_file_is_a_reason(
    trouble: str, state: str, reason: str, tmp_path: pathlib.Path
) -> None:
    file = some_file(tmp_path, SIZE)
    done, rows = deceive(trouble, file, ONE, opening=THIRD_SAMPLE)
    assert done.returncode == 5, done.stderr
    assert len(rows) == 4
    for row in rows.values():
        assert row["state"] == state, row
        assert reason in row["reason"]
        assert str(file) in row["reason"]


@pytest.mark.parametrize("way", ["mapped", "mapped-window", "mapped-populated"])
@pytest.mark.parametrize("pattern", ["sequential", "random"])
def test_a_file_that_is_cut_under_a_view_is_an_error(
    way: str, pattern: str, tmp_path: pathlib.Path
) -> None:
    file = some_file(tmp_path, SIZE)
    done, rows = deceive(
        "cut-while-mapped", file, f"^read/{way}/{pattern}/sum/warm/.*access:4096$",
        opening=1,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert rows[way]["state"] == "error"
    assert f"shrank from {SIZE} to 0 octets" in rows[way]["reason"]


def test_a_file_that_is_cut_under_two_threads_is_an_error(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path, SIZE)
    done, rows = deceive(
        "cut-while-mapped", file, "^read/mapped/random/sum/warm/.*threads:2$",
        opening=1,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert rows["mapped"]["state"] == "error"
    assert "shrank" in rows["mapped"]["reason"]


def test_earlier_rows_stay_when_the_file_shrinks(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path, SIZE)
    pattern = "^read/mapped-window/(sequential|random)/sum/warm/.*access:4096$"
    deceive("none", file, pattern)
    honest = load(tmp_path / "bench.json")["benchmarks"]
    orders = [
        sample["mapmark"]["order"]
        for sample in honest
        if "/random/" in sample["name"]
    ]
    # Every sample opens the file thrice: this is one of the second row.
    middle = 3 * orders[len(orders) // 2]
    deceive("shrink", file, pattern, opening=middle)
    states = [row["state"] for row in load(tmp_path / "bench.json")["rows"]]
    assert states[0] in BELIEVED
    assert states[1] == "error"


def test_a_read_that_fails_is_an_error_of_its_row(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path, SIZE)
    done, rows = deceive("fail-read", file, ONE, opening=THIRD_SAMPLE)
    assert done.returncode == 5
    failed = rows.pop("read")
    assert failed["state"] == "error"
    assert f"read '{file}'" in failed["reason"]
    assert "input/output error" in failed["reason"]
    assert {row["state"] for row in rows.values()} <= BELIEVED, rows


def test_a_read_that_fails_before_the_work_is_an_error(
    tmp_path: pathlib.Path,
) -> None:
    file = some_file(tmp_path, SIZE)
    done, rows = deceive("fail-read", file, "^read/mapped/random/sum/warm/.*4096$")
    assert done.returncode == 5
    assert rows["mapped"]["state"] == "error"
    assert f"prepare the cache of '{file}'" in rows["mapped"]["reason"]


def needs_free_addresses() -> None:
    """Sanitizers reserve most of the address space for themselves."""
    text = subprocess.run(
        ["ldd", PROGRAM], capture_output=True, text=True, check=False
    ).stdout
    if "libasan" in text or "libtsan" in text:
        pytest.skip("a sanitizer does not start with limited address space")


def test_a_file_larger_than_the_address_space_is_mapped_in_parts_only(
    tmp_path: pathlib.Path,
) -> None:
    needs_free_addresses()
    file = tmp_path / "sparse"
    with file.open("wb") as stream:
        stream.truncate(512 << 20)
    limit = 400 << 20
    done = subprocess.run(
        [
            PROGRAM, "--quick", "--file", file, "--out", tmp_path, "--filter",
            f"{MAIN}/sequential/sum/warm/.*access:65536$",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (limit, limit)
        ),
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    rows = {
        row["words"]["way"]: row
        for row in load(tmp_path / "bench.json")["rows"]
    }
    for way in ("mapped", "mapped-populated"):
        assert rows[way]["state"] == "error"
        assert "out of memory or address space" in rows[way]["reason"]
        assert str(file) in rows[way]["reason"]
    for way in ("mapped-window", "read"):
        assert rows[way]["state"] in BELIEVED, rows[way]
