# SPDX-License-Identifier: MIT
"""fio's output, read with distrust; the real program where there is one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mapmark import fio
from mapmark.errors import ExitCode, Failure
from mapmark.fio import Job
from tests.synthetic import KIB, MIB

JOB = Job("psync", "random", 64 * KIB)


def output(job: Job = JOB, blocks: int = 1000, ms: int = 100) -> Any:
    """What fio 3.33 leaves, as far as it is read."""
    return {
        "fio version": "fio-3.33",
        "jobs": [
            {
                "jobname": job.name,
                "error": 0,
                "job options": {
                    "name": job.name,
                    "ioengine": job.engine,
                    "rw": "randread" if job.pattern == "random" else "read",
                    "bs": str(job.block_bytes),
                },
                "read": {
                    "io_bytes": blocks * job.block_bytes,
                    "total_ios": blocks,
                    "runtime": ms,
                },
                "usr_cpu": 96.0 if job.engine == "mmap" else 4.0,
                "sys_cpu": 4.0 if job.engine == "mmap" else 96.0,
                "majf": 0,
            }
        ],
    }


def encoded(document: Any) -> bytes:
    return json.dumps(document, indent=2).encode()


def refusal(document: Any) -> str:
    with pytest.raises(Failure) as caught:
        fio.read_outcome(encoded(document), JOB)
    assert caught.value.code == ExitCode.INPUT_OUTPUT
    return str(caught.value)


def test_a_block_takes_the_time_over_the_number_of_blocks() -> None:
    outcome = fio.read_outcome(encoded(output()), JOB)
    assert (outcome.blocks, outcome.octets) == (1000, 1000 * 64 * KIB)
    assert outcome.ns_per_block == 100_000
    assert outcome.version == "fio-3.33"


def test_what_fio_says_around_its_json_is_left_out() -> None:
    content = b"fio: a { warning\n" + encoded(output()) + b"\nbye }\n"
    assert fio.read_outcome(content, JOB).blocks == 1000


@pytest.mark.parametrize("content", [b"", b"fio: engine not loadable\n", b"{\n"])
def test_output_without_json_is_refused(content: bytes) -> None:
    with pytest.raises(Failure, match="fio's output is not JSON"):
        fio.read_outcome(content, JOB)


@pytest.mark.parametrize(
    ("key", "value"), [("ioengine", "sync"), ("rw", "read"), ("bs", "4096")]
)
def test_a_job_that_is_not_the_one_asked_for_is_refused(
    key: str, value: str
) -> None:
    document = output()
    document["jobs"][0]["job options"][key] = value
    assert f"ran with {key} {value} instead of" in refusal(document)


def test_an_engine_of_that_name_that_copies_elsewhere_is_refused() -> None:
    document = output()
    document["jobs"][0] |= {"usr_cpu": 96.0, "sys_cpu": 4.0}
    assert "as psync does not" in refusal(document)


def test_a_wrong_number_of_blocks_is_refused() -> None:
    document = output()
    document["jobs"][0]["read"]["total_ios"] = 999
    assert "counts 999 blocks of 65536 octets and 65536000" in refusal(document)


def test_a_job_that_did_nothing_is_refused() -> None:
    assert "did nothing" in refusal(output(blocks=0))
    assert "did nothing" in refusal(output(ms=0))


def test_a_job_that_failed_or_has_company_is_refused() -> None:
    document = output()
    document["jobs"][0]["error"] = 5
    assert "failed with error 5" in refusal(document)
    document = output()
    document["jobs"] *= 2
    assert "ran other jobs" in refusal(document)


def test_a_member_that_is_missing_is_named() -> None:
    document = output()
    del document["jobs"][0]["read"]["runtime"]
    assert refusal(document).endswith("has no 'runtime'")


def test_a_fio_that_is_named_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "my fio"
    monkeypatch.setenv("MAPMARK_FIO", str(named))
    assert fio.find_fio() is None
    assert f"MAPMARK_FIO names '{named}'" in fio.why_absent()
    named.touch(mode=0o755)
    assert fio.find_fio() == named


def test_a_fio_that_is_nowhere_can_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAPMARK_FIO", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fio.find_fio() is None
    assert "apt-get install fio" in fio.why_absent()


@pytest.mark.skipif(shutil.which("fio") is None, reason="there is no fio")
@pytest.mark.parametrize("engine", ["null", "psync", "mmap"])
@pytest.mark.parametrize("pattern", ["sequential", "random"])
def test_the_real_fio_reads_whole_passes_and_writes_nothing(
    tmp_path: Path, engine: str, pattern: str
) -> None:
    file = tmp_path / "a: file"
    content = bytes(range(256)) * (MIB // 256)
    file.write_bytes(content)
    job = Job(engine, pattern, 64 * KIB)
    out = tmp_path / "out"
    done = subprocess.run(
        ["fio", *fio.arguments(job, file, MIB, 4096, 0.02)]
        + fio.output_arguments(out),
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    outcome = fio.read_outcome(out.read_bytes(), job)
    assert outcome.octets == outcome.blocks * 64 * KIB > 0
    assert file.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a: file", "out"]
