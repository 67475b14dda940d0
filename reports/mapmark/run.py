# SPDX-License-Identifier: MIT
"""mapmark run and mapmark agree: start the programs and make a bundle of what
they leave."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmark import (
    __version__,
    agree,
    bundle,
    files,
    fio,
    identity,
    inputs,
    table,
)
from mapmark.agreement import Verdict
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

# When nothing but the agreement was asked for.
_AGREEMENT_CODES = {
    Verdict.AGREES: ExitCode.OK,
    Verdict.UNKNOWN: ExitCode.INCONCLUSIVE,
    Verdict.DEVIATES: ExitCode.INCOMPLETE,
}


@dataclass(frozen=True)
class Request:
    """`agreement` None: switched off. Without rows it is all there is, and
    then it must be possible."""

    plan: Plan
    out: Path
    bench: Path | None
    conform: Path | None
    with_rows: bool
    with_conformance: bool
    with_calls: bool
    agreement: agree.Plan | None
    command: str

    @property
    def why_without(self) -> str:
        """Why there are no rows, or no verdicts on parsers."""
        if not self.with_rows:
            return "only the agreement with fio was measured"
        return "switched off with --no-conformance"


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
class _Agreed:
    """What was found, or why not, and whether something went wrong."""

    found: agree.Found | None = None
    why: str = ""
    is_trouble: bool = False


@dataclass(frozen=True)
class _Measured:
    """What the programs left, and how they ended."""

    results: Results | None
    programs: tuple[ProgramEnd, ...]
    absent: dict[str, str]
    noise: dict[str, Facts]
    agreed: _Agreed


def run(request: Request, display: Display) -> Outcome:
    if request.plan.file is not None:
        inputs.check_file(Path(request.plan.file))
    if not request.with_rows and fio.find_fio() is None:
        raise Failure(ExitCode.ENVIRONMENT, fio.why_absent())
    inputs.check_out(request.out)
    bench = inputs.choose_bench(request.bench)
    conform = inputs.choose_conform(request.conform)
    with caught_interrupts() as interrupts, _workspace(request.out) as work:
        started = _now()
        measured = _measure(
            request, work, bench, conform, display, interrupts
        )
        record = _record(request, work, measured, started)
        _write(work, record, measured)
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
    programs, absent = _measure_rows(request, work, bench, display, interrupts)
    results = _results(work)
    if results is None:
        absent[bundle.SAMPLES] = absent[bundle.BENCH]
    agreed = _agree(request, work, bench, display, interrupts)
    if agreed.found is None:
        absent[bundle.AGREEMENT] = agreed.why
    noise["after"] = identity.noise()
    if not request.with_conformance:
        absent[bundle.CONFORMANCE] = request.why_without
    elif conform is None:
        absent[bundle.CONFORMANCE] = f"there is no {inputs.CONFORM}"
    else:
        end = _run_conform(request, work, conform, display, interrupts)
        programs.append(end)
        absent |= _keep_conformance(work, end)
    traced = _trace(request, work, programs, results, display, interrupts)
    programs += traced.programs
    absent |= _keep_calls(work, traced)
    return _Measured(results, tuple(programs), absent, noise, agreed)


def _measure_rows(
    request: Request,
    work: _Workspace,
    bench: Path,
    display: Display,
    interrupts: Interrupts,
) -> tuple[list[ProgramEnd], dict[str, str]]:
    """How the program ended, and what it did not leave."""
    if not request.with_rows:
        members = (bundle.BENCH, bundle.HISTOGRAMS)
        return [], dict.fromkeys(members, request.why_without)
    end = _run_bench(request, work, bench, display, interrupts)
    return [end], _keep(work, end)


def _agree(
    request: Request,
    work: _Workspace,
    bench: Path,
    display: Display,
    interrupts: Interrupts,
) -> _Agreed:
    """Where the rows are what was asked for, a fio that is absent or fails
    costs no row."""
    program = fio.find_fio()
    if request.agreement is None:
        return _Agreed(why="switched off with --no-agreement")
    if program is None:
        return _Agreed(why=fio.why_absent())
    tools = agree.Tools(bench, program, work.left, work.scratch)
    try:
        found = agree.measure(request.agreement, tools, interrupts, display)
        return _Agreed(found)
    except Failure as failure:
        if failure.code == ExitCode.INTERRUPTED or not request.with_rows:
            raise
        is_trouble = failure.code != ExitCode.ENVIRONMENT
        return _Agreed(None, str(failure), is_trouble)


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


# Of a minute that the whole corpus takes, cut at every place: two seconds.
_CONFORM_QUICK = ("--no-splits", "--largest", "300")


def _run_conform(
    request: Request,
    work: _Workspace,
    program: Path,
    display: Display,
    interrupts: Interrupts,
) -> ProgramEnd:
    path = work.left / bundle.CONFORMANCE
    quick = _CONFORM_QUICK if request.plan.quick else ()
    end = run_program(
        inputs.CONFORM,
        [str(program), "--json", str(path), *quick],
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
    programs: Sequence[ProgramEnd],
    results: Results | None,
    display: Display,
    interrupts: Interrupts,
) -> Traced:
    if not request.with_rows:
        return Traced(None, request.why_without)
    if not request.with_calls:
        return Traced(None, "switched off with --no-calls")
    bench_end = programs[0]
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
    _write_json(work.making / bundle.CALLS, traced.calls.document())
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
        identity=_identity(request, work, measured),
        noise=measured.noise,
        programs=measured.programs,
        missing=() if results is None else results.missing,
        absent=measured.absent,
    )


def _identity(
    request: Request, work: _Workspace, measured: _Measured
) -> Identity:
    given = request.plan.file
    path = work.scratch if given is None else Path(given)
    results, found = measured.results, measured.agreed.found
    context = None if found is None else found.context
    if results is not None:
        context = results.context
    return identity.identify(context, path)


def _write(work: _Workspace, record: Record, measured: _Measured) -> None:
    _write_json(work.making / bundle.RUN, record.document())
    results, found = measured.results, measured.agreed.found
    if results is not None:
        files.write(work.making / bundle.SAMPLES, table.samples_csv(results))
    if found is not None:
        path = work.making / bundle.AGREEMENT
        _write_json(path, found.agreement.document())


def _write_json(path: Path, document: dict[str, object]) -> None:
    files.write(path, (json.dumps(document, indent=1) + "\n").encode())


def _now() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="seconds")


def _code(measured: _Measured) -> ExitCode:
    found = measured.agreed.found
    if _problems(measured):
        return ExitCode.INCOMPLETE
    if not measured.programs and found is not None:
        return _AGREEMENT_CODES[found.agreement.verdict]
    code = measured.programs[0].exit_code
    if code in (ExitCode.INCONCLUSIVE, ExitCode.NOTHING_RAN):
        return ExitCode(code)
    return ExitCode.OK


def _is_done(end: ProgramEnd) -> bool:
    """A tracer that is not permitted says so by its code: then its member is
    absent, and nothing has gone wrong."""
    if end.name == TRACER:
        return end.signal is None
    done = _BENCH_DONE if end.name == inputs.BENCH else _CONFORM_DONE
    return end.exit_code in done


def _problems(measured: _Measured) -> tuple[str, ...]:
    """What keeps the run from being whole: one line each."""
    problems = []
    for end in measured.programs:
        if not _is_done(end):
            problems.append(f"{end.name} {end.ended}")
    if measured.agreed.is_trouble:
        problems.append(f"no agreement with fio: {measured.agreed.why}")
    if measured.results is not None:
        problems += [f"missing: {name}" for name in measured.results.missing]
    for state in ("void", "error"):
        problems += _rows_in(measured, state)
    return tuple(problems)


def _rows_in(measured: _Measured, state: str) -> tuple[str, ...]:
    found = measured.results
    rows = () if found is None else found.in_state(state)
    return tuple(f"{state}: {row.name}: {row.reason}" for row in rows)
