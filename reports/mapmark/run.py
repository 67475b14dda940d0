# SPDX-License-Identifier: MIT
"""mapmark run: starts the programs and makes a bundle of what they leave."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mapmark import __version__, bundle, files, identity, inputs, table
from mapmark.errors import ExitCode, Failure
from mapmark.programs import (
    Interrupts,
    caught_interrupts,
    interrupted,
    run_program,
)
from mapmark.progress import Display, Listener
from mapmark.record import Facts, Identity, Plan, ProgramEnd, Record
from mapmark.results import Results, read_results
from mapmark.tracing import TRACER, Folders, Traced, count_calls

# With these mapmark-bench says that it has measured what it could.
_BENCH_DONE = (
    ExitCode.OK,
    ExitCode.INCONCLUSIVE,
    ExitCode.INCOMPLETE,
    ExitCode.NOTHING_RAN,
)
_BENCH_REFUSED = (
    ExitCode.USAGE,
    ExitCode.ENVIRONMENT,
    ExitCode.INPUT_OUTPUT,
)
_CONFORM_DONE = (0, 6)  # 6: a parser deviates, which is what it is to find


@dataclass(frozen=True)
class Request:
    plan: Plan
    out: Path
    bench: Path | None
    conform: Path | None
    with_conformance: bool
    with_calls: bool
    command: str


@dataclass(frozen=True)
class Outcome:
    bundle: Path
    code: ExitCode
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Workspace:
    """On one file system with the bundle: it is renamed, and what is
    generated is measured where the user keeps his files."""

    left: Path
    scratch: Path
    making: Path


@dataclass(frozen=True)
class _Measured:
    """What the programs left, and how they ended."""

    results: Results | None
    programs: tuple[ProgramEnd, ...]
    absent: dict[str, str]
    noise: dict[str, Facts]


def run(request: Request, display: Display) -> Outcome:
    if request.plan.file is not None:
        inputs.check_file(Path(request.plan.file))
    inputs.check_out(request.out)
    bench = inputs.choose_bench(request.bench)
    conform = inputs.choose_conform(request.conform)
    with caught_interrupts() as interrupts, _workspace(request.out) as work:
        started = _now()
        measured = _measure(
            request, work, bench, conform, display, interrupts
        )
        record = _record(request, work, measured, started)
        _write(work, record, measured.results)
        interrupts.check()
        path = bundle.seal(work.making, request.out)
    told = _problems(measured) + _rows_in(measured, "inconclusive")
    return Outcome(path, _code(measured), told)


@contextlib.contextmanager
def _workspace(out: Path) -> Iterator[_Workspace]:
    """Leaves nothing behind, and no directory that was not there before
    unless a bundle is in it."""
    with files.directory(out):
        root = Path(tempfile.mkdtemp(prefix=".mapmark-", dir=out))
        try:
            work = _Workspace(root / "left", root / "scratch", root / "making")
            for path in (work.left, work.scratch, work.making):
                path.mkdir()
            yield work
        finally:
            shutil.rmtree(root, ignore_errors=True)


def _measure(
    request: Request,
    work: _Workspace,
    bench: Path,
    conform: Path | None,
    display: Display,
    interrupts: Interrupts,
) -> _Measured:
    noise = {"before": identity.noise()}
    bench_end = _run_bench(request, work, bench, display, interrupts)
    noise["after"] = identity.noise()
    programs, absent = [bench_end], _keep(work, bench_end)
    if not request.with_conformance:
        absent[bundle.CONFORMANCE] = "switched off with --no-conformance"
    elif conform is None:
        absent[bundle.CONFORMANCE] = f"there is no {inputs.CONFORM}"
    else:
        end = _run_conform(work, conform, display, interrupts)
        programs.append(end)
        absent |= _keep_conformance(work, end)
    results = _results(work)
    if results is None:
        absent[bundle.SAMPLES] = absent[bundle.BENCH]
    traced = _trace(request, work, bench_end, results, display, interrupts)
    programs += traced.programs
    absent |= _keep_calls(work, traced)
    return _Measured(results, tuple(programs), absent, noise)


def _run_bench(
    request: Request,
    work: _Workspace,
    program: Path,
    display: Display,
    interrupts: Interrupts,
) -> ProgramEnd:
    arguments = [str(program), "--out", str(work.left), "--progress=json"]
    arguments += ["--scratch", str(work.scratch)]
    if request.plan.quick:
        arguments.append("--quick")
    if request.plan.file is not None:
        arguments += ["--file", request.plan.file]
    if request.plan.filter is not None:
        arguments += ["--filter", request.plan.filter]
    hear = Listener(display).hear
    try:
        end = run_program(
            inputs.BENCH, arguments, interrupts, hear, display.say
        )
    finally:
        display.close()
    if end.exit_code == ExitCode.INTERRUPTED:
        raise interrupted()
    if end.exit_code in _BENCH_REFUSED:
        raise Failure(
            ExitCode(end.exit_code), f"{inputs.BENCH} {end.ended}; no bundle"
        )
    return end


def _run_conform(
    work: _Workspace, program: Path, display: Display, interrupts: Interrupts
) -> ProgramEnd:
    path = work.left / bundle.CONFORMANCE
    end = run_program(
        inputs.CONFORM,
        [str(program), "--json", str(path)],
        interrupts,
        lambda line: None,
        display.say,
    )
    if end.exit_code == ExitCode.INTERRUPTED:
        raise interrupted()
    return end


def _trace(
    request: Request,
    work: _Workspace,
    bench_end: ProgramEnd,
    results: Results | None,
    display: Display,
    interrupts: Interrupts,
) -> Traced:
    if not request.with_calls:
        return Traced(None, "switched off with --no-calls")
    if results is None or bench_end.exit_code not in _BENCH_DONE:
        return Traced(None, f"{bench_end.name} {bench_end.ended}")
    program = Path(bench_end.arguments[0])
    folders = Folders(work.scratch, work.left)
    traced = count_calls(program, results, folders, interrupts, display.say)
    if any(end.exit_code == ExitCode.INTERRUPTED for end in traced.programs):
        raise interrupted()
    return traced


def _keep_calls(work: _Workspace, traced: Traced) -> dict[str, str]:
    if traced.calls is None:
        return {bundle.CALLS: traced.reason}
    text = json.dumps(traced.calls.document(), indent=1) + "\n"
    files.write(work.making / bundle.CALLS, text.encode())
    return {}


def _keep(work: _Workspace, end: ProgramEnd) -> dict[str, str]:
    """Take what mapmark-bench left whole; say why the rest is absent."""
    absent = {}
    for name in (bundle.BENCH, bundle.HISTOGRAMS):
        try:
            (work.left / name).rename(work.making / name)
        except FileNotFoundError:
            absent[name] = f"{end.name} {end.ended} and did not write it"
    if bundle.BENCH in absent and end.exit_code == ExitCode.NOTHING_RAN:
        raise Failure(ExitCode.NOTHING_RAN, "nothing could run here")
    return absent


def _keep_conformance(work: _Workspace, end: ProgramEnd) -> dict[str, str]:
    if end.exit_code in _CONFORM_DONE:
        with contextlib.suppress(FileNotFoundError):
            name = bundle.CONFORMANCE
            (work.left / name).rename(work.making / name)
            return {}
    return {bundle.CONFORMANCE: f"{end.name} {end.ended}"}


def _results(work: _Workspace) -> Results | None:
    path = work.making / bundle.BENCH
    if not path.exists():
        return None
    try:
        return read_results(files.read(path))
    except Failure as failure:
        what = f"{inputs.BENCH} wrote what it must not: {failure}"
        raise Failure(ExitCode.INTERNAL, what) from failure


def _record(
    request: Request, work: _Workspace, measured: _Measured, started: str
) -> Record:
    results = measured.results
    return Record(
        mapmark=__version__,
        started=started,
        ended=_now(),
        command=request.command,
        plan=request.plan,
        identity=_identity(request, work, results),
        noise=measured.noise,
        programs=measured.programs,
        missing=() if results is None else results.missing,
        absent=measured.absent,
    )


def _identity(
    request: Request, work: _Workspace, results: Results | None
) -> Identity:
    given = request.plan.file
    measured = work.scratch if given is None else Path(given)
    context = None if results is None else results.context
    return identity.identify(context, measured)


def _write(work: _Workspace, record: Record, results: Results | None) -> None:
    text = json.dumps(record.document(), indent=1) + "\n"
    files.write(work.making / bundle.RUN, text.encode())
    if results is not None:
        files.write(work.making / bundle.SAMPLES, table.samples_csv(results))


def _now() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="seconds")


def _code(measured: _Measured) -> ExitCode:
    bench = measured.programs[0]
    if _problems(measured):
        return ExitCode.INCOMPLETE
    if bench.exit_code in (ExitCode.INCONCLUSIVE, ExitCode.NOTHING_RAN):
        return ExitCode(bench.exit_code)
    return ExitCode.OK


def _is_done(end: ProgramEnd) -> bool:
    """A tracer that is not permitted says so by its code: then its member is
    absent, and nothing has gone wrong."""
    if end.name == TRACER:
        return end.signal is None
    return end.exit_code in _CONFORM_DONE


def _problems(measured: _Measured) -> tuple[str, ...]:
    """What keeps the run from being whole: one line each."""
    bench, *others = measured.programs
    problems = []
    if bench.exit_code not in _BENCH_DONE:
        problems.append(f"{bench.name} {bench.ended}")
    for end in others:
        if not _is_done(end):
            problems.append(f"{end.name} {end.ended}")
    if measured.results is not None:
        problems += [f"missing: {name}" for name in measured.results.missing]
    for state in ("void", "error"):
        problems += _rows_in(measured, state)
    return tuple(problems)


def _rows_in(measured: _Measured, state: str) -> tuple[str, ...]:
    found = measured.results
    rows = () if found is None else found.in_state(state)
    return tuple(f"{state}: {row.name}: {row.reason}" for row in rows)
