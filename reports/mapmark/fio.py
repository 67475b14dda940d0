# SPDX-License-Identifier: MIT
"""fio, the tool that others trust: one job of it as arguments, and what it
leaves read with distrust.

fio maps a file once, in its preparation. A job that is bounded by time goes on
at the front of the same mapping, so that all passes but the first one are
steady state; `loops` and `io_size` would open and map the file anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark.document import Node, parse
from mapmark.errors import damaged

PROGRAM = "fio"
CHOSEN = "MAPMARK_FIO"

NULL = "null"

_PATTERNS = {"sequential": "read", "random": "randread"}

# Where an engine copies, its CPU time shows: the least and the most share that
# it spends in the system. Small blocks leave fio's own work a large share, and
# the system counts in ticks.
_SYSTEM_SHARES = {"psync": (0.2, 1.0), "mmap": (0.0, 0.5)}


@dataclass(frozen=True)
class Job:
    engine: str
    pattern: str
    block_bytes: int

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.pattern}-{self.block_bytes}"


@dataclass(frozen=True)
class Outcome:
    """What a job did; its time is of all blocks."""

    version: str
    blocks: int
    octets: int
    time_ns: float
    major_faults: int

    @property
    def ns_per_block(self) -> float:
        return self.time_ns / self.blocks


def find_fio() -> Path | None:
    chosen = os.environ.get(CHOSEN)
    found = shutil.which(chosen or PROGRAM)
    return Path(found) if found else None


def why_absent() -> str:
    chosen = os.environ.get(CHOSEN)
    if chosen:
        return f"{CHOSEN} names '{chosen}', which is no program"
    return (
        "fio is not installed; install the package fio (apt-get install fio), "
        f"or name the program in {CHOSEN}"
    )


def arguments(
    job: Job, path: Path, size_bytes: int, page_bytes: int, seconds: float
) -> list[str]:
    """Of a job that reads the whole file again and again."""
    escaped = str(path).replace(":", r"\:")
    return [
        f"--name={job.name}",
        f"--ioengine={job.engine}",
        f"--rw={_PATTERNS[job.pattern]}",
        f"--bs={job.block_bytes}",
        f"--filename={escaped}",
        f"--size={size_bytes}",
        "--time_based=1",
        f"--runtime={round(1000 * seconds)}ms",
        # The file stays as it is cached, and nobody gives hints.
        *("--invalidate=0", "--fadvise_hint=0"),
        # Every block once a pass, as a trace has it, in the same order always.
        *("--norandommap=0", "--randrepeat=1"),
        f"--iomem_align={page_bytes}",
        # No clock is read around a block.
        "--gtod_reduce=1",
        # Its times scatter less than those of a process of its own.
        "--thread=1",
        *("--readonly", "--allow_file_create=0"),
    ]


def output_arguments(path: Path) -> list[str]:
    return ["--output-format=json", f"--output={path}"]


def read_outcome(content: bytes, job: Job) -> Outcome:
    """What the job did, if it is the one that was asked for."""
    node = parse(_json_of(content), "fio's output")
    (run, *others) = node.at("jobs").items()
    if others or run.at("jobname").text() != job.name:
        raise damaged(f"fio ran other jobs than {job.name}")
    error = run.at("error").whole()
    if error:
        raise damaged(f"fio's {job.name} failed with error {error}")
    _check_options(run.at("job options"), job)
    _check_way(run, job)
    read = run.at("read")
    outcome = Outcome(
        version=node.at("fio version").text(),
        blocks=read.at("total_ios").whole(),
        octets=read.at("io_bytes").whole(),
        time_ns=read.at("runtime").number() * 1e6,
        major_faults=run.at("majf").whole(),
    )
    _check_work(outcome, job)
    return outcome


def _json_of(content: bytes) -> bytes:
    """fio puts warnings into the same file, before and behind."""
    lines = content.splitlines(keepends=True)
    braces = [line.rstrip() for line in lines]
    if b"{" not in braces or b"}" not in braces:
        return content
    first = braces.index(b"{")
    last = len(braces) - braces[::-1].index(b"}")
    return b"".join(lines[first:last])


def _check_options(options: Node, job: Job) -> None:
    wanted = {
        "ioengine": job.engine,
        "rw": _PATTERNS[job.pattern],
        "bs": str(job.block_bytes),
    }
    for key, value in wanted.items():
        found = options.at(key).text()
        if found != value:
            raise damaged(
                f"fio's {job.name} ran with {key} {found} instead of {value}"
            )


def _check_way(run: Node, job: Job) -> None:
    """The name of an engine is no proof that it was the one."""
    user, system = run.at("usr_cpu").number(), run.at("sys_cpu").number()
    least, most = _SYSTEM_SHARES.get(job.engine, (0.0, 1.0))
    spent = user + system
    if spent > 0 and not least <= system / spent <= most:
        raise damaged(
            f"fio's {job.name} spent {user:.0f} % of its time in the program "
            f"and {system:.0f} % in the system, as {job.engine} does not"
        )


def _check_work(outcome: Outcome, job: Job) -> None:
    if outcome.blocks <= 0 or outcome.time_ns <= 0:
        raise damaged(f"fio's {job.name} did nothing")
    if outcome.octets != outcome.blocks * job.block_bytes:
        raise damaged(
            f"fio's {job.name} counts {outcome.blocks} blocks of "
            f"{job.block_bytes} octets and {outcome.octets} octets"
        )


def in_words(lines: Sequence[str]) -> str:
    """The last thing it said."""
    return f"; it said: {lines[-1]}" if lines else ""
