# SPDX-License-Identifier: MIT
"""Runs fio and mapmark-bench in turns on one file, for agreement.json.

Each round begins with our rows, which empty the cache, fill it from front to
back and prove it; fio then finds the file as they did.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from mapmark import files, fio, inputs
from mapmark.agreement import Agreement, Line, Sample, Void, Work
from mapmark.errors import ExitCode, Failure, damaged, system, usage
from mapmark.fio import Job, Outcome
from mapmark.programs import Interrupts, interrupted, run_program
from mapmark.progress import Display
from mapmark.record import ProgramEnd
from mapmark.results import Context, Results, Row, read_results

MIB = 1 << 20
# A cache of the processor holds it, so that what others do to memory is felt
# least, and a first touch is one pass of hundreds.
SIZE_MIB_USUAL = 4
SIZE_MIB_MOST = 1024
BLOCKS_JUDGED = (64 << 10, MIB)
BLOCKS_ALL = (4 << 10, *BLOCKS_JUDGED)

# The fewest rounds that give a ratio its coverage, and those for which the
# interval needs not hold every one of them.
ROUNDS_LEAST = 5
ROUNDS_USUAL = 9
REPETITIONS_USUAL = 3
# Rounds at most, of the planned ones. What is more is for the lines whose
# conditions a round did not prove: systems take back cached pages, fio's own
# among them.
_ROUNDS_FACTOR_MOST = 2

_WAYS = {"psync": "read", "mmap": "mapped"}
_PATTERNS = ("sequential", "random")
_ROWS = "^phases/({ways})/({patterns})/copy/warm/.*access:({blocks})$"

# fio counts in milliseconds: 0.5 % of this. Its null engine is so fast that a
# millisecond less is nothing of a block's time.
_ENGINE_SECONDS = 0.1
_NULL_SECONDS = 0.03
# The first pass touches a mapping for the first time.
_PASSES_LEAST = 3
# Of the file: a file system reads blocks of its own as well, when programs
# start and files are made, and one that was not cached is fetched whole.
_STRAY_SHARE = 0.01
_SLOWEST_BYTES_PER_SECOND = 2e9

# What starting fio takes, and a sample of ours; two more teach how long an
# iteration is.
_FIO_START_SECONDS = 0.25
_SAMPLE_SECONDS = 0.05

_BENCH_DONE = (ExitCode.OK, ExitCode.INCOMPLETE)


@dataclass(frozen=True)
class Plan:
    """`file` None: one of `size_mib` is made."""

    file: Path | None
    size_mib: int
    blocks: Sequence[int]
    rounds: int
    repetitions: int  # of our rows, a round


@dataclass(frozen=True)
class Tools:
    """`left` takes what the programs leave, `scratch` the file that is
    made."""

    bench: Path
    fio: Path
    left: Path
    scratch: Path


@dataclass(frozen=True)
class Found:
    """The context is that of our rows."""

    agreement: Agreement
    context: Context


@dataclass(frozen=True)
class _Setup:
    plan: Plan
    tools: Tools
    file: Path

    @property
    def size_bytes(self) -> int:
        return self.file.stat().st_size

    @property
    def works(self) -> tuple[Work, ...]:
        return tuple(
            Work(engine, way, pattern, block)
            for engine, way in _WAYS.items()
            for pattern in _PATTERNS
            for block in self.plan.blocks
        )

    @property
    def rounds_most(self) -> int:
        return _ROUNDS_FACTOR_MOST * self.plan.rounds

    @property
    def seconds(self) -> float:
        """An estimate of the planned rounds."""
        engines = len(self.works)
        nulls = len(_PATTERNS) * len(self.plan.blocks)
        once = (engines + nulls) * _FIO_START_SECONDS
        ours = (self.plan.repetitions + 2) * _SAMPLE_SECONDS
        once += engines * (_ENGINE_SECONDS + ours)
        return self.plan.rounds * (once + nulls * _NULL_SECONDS)


@dataclass
class _Line:
    """What the rounds have brought so far; `proved` counts those that kept
    its conditions."""

    proved: int = 0
    arguments: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    voids: list[Void] = field(default_factory=list)

    def as_line(self, work: Work) -> Line:
        return Line(
            work,
            tuple(self.arguments),
            tuple(self.samples),
            tuple(self.voids),
        )


@dataclass(frozen=True)
class _Row:
    """Our side of a sample."""

    ns_per_block: float
    blocks: int
    unproved: str


def check_file(path: Path) -> None:
    """That both tools can do the same work on it: fio reads whole blocks."""
    inputs.check_file(path)
    size = path.stat().st_size
    if size % MIB or size > SIZE_MIB_MOST * MIB:
        raise usage(
            f"--file '{path}' holds {size} octets; name a file of whole "
            f"MiB, {SIZE_MIB_MOST} at most, or none: one is made then"
        )


def measure(
    plan: Plan, tools: Tools, interrupts: Interrupts, display: Display
) -> Found:
    """Fails with what kept a program from its work."""
    path = plan.file or _make_file(tools.scratch, plan.size_mib)
    setup = _Setup(plan, tools, path)
    lines = {work: _Line() for work in setup.works}
    display.plan(len(lines), setup.seconds)
    try:
        for index in range(setup.rounds_most):
            # A time that cannot be is not taken again: that would choose.
            taken = {w: x for w, x in lines.items() if _is_due(x, index, plan)}
            if not taken:
                break
            _show(display, setup, index, len(taken))
            version, context = _round(setup, index, taken, interrupts)
    finally:
        display.close()
    agreement = Agreement(
        fio=version,
        file=str(path),
        size_bytes=setup.size_bytes,
        is_given=plan.file is not None,
        rounds=plan.rounds,
        lines=tuple(each.as_line(work) for work, each in lines.items()),
    )
    return Found(agreement, context)


def _is_due(line: _Line, index: int, plan: Plan) -> bool:
    return index < plan.rounds or line.proved < plan.rounds


def _show(display: Display, setup: _Setup, index: int, lines: int) -> None:
    rounds = setup.plan.rounds
    if index < rounds:
        name = f"agreement with fio, round {index + 1} of {rounds}"
    else:
        name = f"agreement with fio, {lines} lines again"
    last = max(rounds, index + 1)
    done = index / last
    display.step(name, done, (1 - done) * last / rounds * setup.seconds)


def _make_file(folder: Path, size_mib: int) -> Path:
    """Of octets that no file system packs, and on the disk: what is dirty
    cannot be evicted."""
    path = folder / "agreement.data"
    piece = random.Random(1).randbytes(MIB)
    try:
        with path.open("xb") as file:
            for _ in range(size_mib):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise system(f"cannot make '{path}'", error) from error
    return path


def _round(
    setup: _Setup,
    index: int,
    lines: dict[Work, _Line],
    interrupts: Interrupts,
) -> tuple[str, Context]:
    """Our rows, then for every pattern and block fio's null engine and the
    engines. Returns fio's version and our context."""
    results = _run_bench(setup, interrupts)
    version = ""
    for kind, works in _in_order(lines, index):
        null, _ = _run_fio(setup, results, Job(fio.NULL, *kind), interrupts)
        for work in works:
            job = Job(work.engine, *kind)
            outcome, fetched = _run_fio(setup, results, job, interrupts)
            version = outcome.version
            each = lines[work]
            each.arguments = _fio_arguments(setup, results, job)
            row = _row(results, work, setup.size_bytes)
            why = row if isinstance(row, str) else ""
            why = why or lost_cache(outcome, fetched, setup.size_bytes)
            each.proved += not why
            why = why or _doubt(outcome, null, setup.size_bytes)
            if why or isinstance(row, str):
                each.voids.append(Void(index, why))
            else:
                each.samples.append(_sample(index, outcome, null, row))
    return version, results.context


def _in_order(
    lines: Iterable[Work], index: int
) -> list[tuple[tuple[str, int], list[Work]]]:
    """The engines of one pattern and block side by side, and those in an
    order of the round's own: a system that takes pages back every few seconds
    would meet the same lines in each."""
    kinds: dict[tuple[str, int], list[Work]] = {}
    for work in lines:
        kinds.setdefault((work.pattern, work.block_bytes), []).append(work)
    order = list(kinds.items())
    random.Random(index).shuffle(order)
    return order


def _sample(index: int, outcome: Outcome, null: Outcome, row: _Row) -> Sample:
    return Sample(
        round=index,
        engine_ns=outcome.ns_per_block,
        null_ns=null.ns_per_block,
        mapmark_ns=row.ns_per_block,
        engine_blocks=outcome.blocks,
        null_blocks=null.blocks,
        mapmark_blocks=row.blocks,
        unproved=row.unproved,
    )


def lost_cache(outcome: Outcome, fetched: int | None, size: int) -> str:
    """Why it is not proved that fio read a cached file; nothing if it is.
    What storage gives for the start of fio cannot be told from the file."""
    if (fetched or 0) > _STRAY_SHARE * size or outcome.major_faults:
        return (
            f"{fetched or 0} octets came from storage while fio ran, and it "
            f"had {outcome.major_faults} major faults: that the file was "
            "cached is not proved"
        )
    return ""


def _doubt(outcome: Outcome, null: Outcome, size: int) -> str:
    """Why fio's times may not be believed; nothing if they may."""
    if outcome.octets < _PASSES_LEAST * size:
        return (
            f"fio came to {outcome.octets / size:.1f} passes, so that the "
            "first touch weighs too much"
        )
    if null.ns_per_block >= outcome.ns_per_block:
        return (
            f"fio's null engine took {null.ns_per_block:.0f} ns a block, and "
            f"the engine {outcome.ns_per_block:.0f} ns"
        )
    return ""


# ---- fio --------------------------------------------------------------------


def _run_fio(
    setup: _Setup, results: Results, job: Job, interrupts: Interrupts
) -> tuple[Outcome, int | None]:
    """What the job did, and the octets that storage gave for it."""
    out = setup.tools.left / "fio.json"
    out.unlink(missing_ok=True)
    before = _fetched()
    end = _run(
        fio.PROGRAM,
        [
            str(setup.tools.fio),
            *_fio_arguments(setup, results, job),
            *fio.output_arguments(out),
        ],
        interrupts,
    )
    after = _fetched()
    if end.exit_code != 0:
        raise _failed(end, f" as {job.name}")
    outcome = fio.read_outcome(files.read(out), job)
    if before is None or after is None:
        return outcome, None
    return outcome, after - before


def _fio_arguments(setup: _Setup, results: Results, job: Job) -> list[str]:
    seconds = _NULL_SECONDS
    if job.engine != fio.NULL:
        passes = _PASSES_LEAST * setup.size_bytes / _SLOWEST_BYTES_PER_SECOND
        seconds = max(_ENGINE_SECONDS, passes)
    page = results.context.page_bytes
    return fio.arguments(job, setup.file, setup.size_bytes, page, seconds)


def _fetched() -> int | None:
    """Octets that storage gave to this process and those it waited for."""
    try:
        text = Path("/proc/self/io").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^read_bytes: (\d+)$", text, re.M)
    return int(found.group(1)) if found else None


# ---- mapmark-bench ----------------------------------------------------------


def _run_bench(setup: _Setup, interrupts: Interrupts) -> Results:
    """Short samples of every row."""
    wanted = _ROWS.format(
        ways="|".join(_WAYS.values()),
        patterns="|".join(_PATTERNS),
        blocks="|".join(map(str, setup.plan.blocks)),
    )
    # How far rounds scatter is in the interval of their ratio.
    options = ["--all", "--quick", "--progress=none", "--scatter=1000000"]
    options += ["--repetitions", str(setup.plan.repetitions)]
    options += ["--filter", wanted, "--file", str(setup.file)]
    options += ["--out", str(setup.tools.left)]
    end = _run(inputs.BENCH, [str(setup.tools.bench), *options], interrupts)
    if end.exit_code == ExitCode.INTERRUPTED:
        raise interrupted()
    if end.exit_code not in _BENCH_DONE:
        raise _failed(end)
    results = read_results(files.read(setup.tools.left / "bench.json"))
    if results.context.system.startswith("Windows"):
        # It takes 16 bits of a mapping's size for 32.
        raise Failure(
            ExitCode.ENVIRONMENT, "fio maps files wrongly on Windows"
        )
    return results


def _row(results: Results, work: Work, size: int) -> _Row | str:
    """Our row for the work, or why there is none to be believed."""
    row = next((r for r in results.rows if _does(r, work)), None)
    if row is None or not row.is_usable:
        what = "is missing" if row is None else f"is {row.state}: {row.reason}"
        return f"mapmark's row {what}"
    # Every iteration walks the trace twice, and the second walk is steady.
    blocks = size // work.block_bytes
    if set(row.values("accesses")) != {2 * blocks} or (
        set(row.values("bytes")) != {2 * size}
    ):
        raise damaged(f"{row.name} did not read every block of the file once")
    return _Row(
        # fio tells a mean, and what interrupts one must weigh in the other.
        ns_per_block=fmean(row.values("steady_ns")) / blocks,
        blocks=blocks * sum(sample.iterations for sample in row.samples),
        unproved=row.reason,
    )


def _does(row: Row, work: Work) -> bool:
    return (
        row.words.get("way") == work.way
        and row.words.get("pattern") == work.pattern
        and row.numbers.get("access") == work.block_bytes
    )


def _run(
    name: str, arguments: Sequence[str], interrupts: Interrupts
) -> ProgramEnd:
    ignore: Callable[[str], None] = lambda line: None
    return run_program(name, arguments, interrupts, ignore, ignore)


def _failed(end: ProgramEnd, what: str = "") -> Failure:
    return Failure(
        ExitCode.INCOMPLETE,
        f"{end.name} {end.ended}{what}{fio.in_words(end.stderr)}",
    )
