# SPDX-License-Identifier: MIT
"""What the command line offers; see __main__.py for how it ends."""

from __future__ import annotations

import shlex
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Optional

import typer
from rich.console import Console

from mapmark import __version__, agree, bundle, compare, report
from mapmark.agreement import sentence, table_in_words
from mapmark.conclusions import conclude, in_words
from mapmark.errors import ExitCode, system
from mapmark.gate.command import gate_command
from mapmark.progress import open_display
from mapmark.record import Plan
from mapmark.run import Request, run

_PROBLEMS_SHOWN = 12

command_line: ContextVar[tuple[str, ...]] = ContextVar("command_line")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Is it faster to map or to read your file? Measure it, and see.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mapmark {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Print the version.",
    ),
) -> None:
    pass


@app.command("run")
def run_command(
    quick: bool = typer.Option(
        False, "--quick", help="A small plan that still gives the answer."
    ),
    file: Optional[str] = typer.Option(
        None, help="Measure this file; it is only ever read."
    ),
    filter: Optional[str] = typer.Option(
        None,
        metavar="RE",
        help="Only rows in whose name this regular expression occurs.",
    ),
    out: Path = typer.Option(
        Path("runs"), help="Directory that gets the bundle."
    ),
    no_conformance: bool = typer.Option(
        False, "--no-conformance", help="Do not examine parsers."
    ),
    no_calls: bool = typer.Option(
        False, "--no-calls", help="Do not count system calls."
    ),
    no_agreement: bool = typer.Option(
        False, "--no-agreement", help="Do not compare with fio."
    ),
    bench: Optional[Path] = typer.Option(
        None, metavar="PROGRAM", help="Another mapmark-bench."
    ),
    conform: Optional[Path] = typer.Option(
        None, metavar="PROGRAM", help="Another mapmark-conform."
    ),
) -> ExitCode:
    """Measure, and keep what was found as a bundle.

    Ends with the bundle's path and the answer.
    """
    request = Request(
        plan=Plan(quick=quick, file=file, filter=filter),
        out=out,
        bench=bench,
        conform=conform,
        with_rows=True,
        with_conformance=not no_conformance,
        with_calls=not no_calls,
        agreement=None if no_agreement else _agreement_plan(quick),
        command=shlex.join(command_line.get()),
    )
    outcome = run(request, open_display())
    _say(str(outcome.bundle))
    _print_answer(bundle.read_bundle(outcome.bundle))
    _print_problems(outcome.problems)
    return outcome.code


def _agreement_plan(quick: bool) -> agree.Plan:
    """The quick plan does without what is reported only."""
    return agree.Plan(
        file=None,
        size_mib=agree.SIZE_MIB_USUAL,
        blocks=agree.BLOCKS_JUDGED if quick else agree.BLOCKS_ALL,
        rounds=agree.ROUNDS_LEAST if quick else agree.ROUNDS_USUAL,
        repetitions=1 if quick else agree.REPETITIONS_USUAL,
    )


@app.command("agree")
def agree_command(
    file: Optional[Path] = typer.Option(
        None, help="Measure on this file of whole MiB; it is only ever read."
    ),
    size: int = typer.Option(
        agree.SIZE_MIB_USUAL,
        metavar="MIB",
        min=1,
        max=agree.SIZE_MIB_MOST,
        help="Size of the file that is made without --file.",
    ),
    rounds: int = typer.Option(
        agree.ROUNDS_USUAL,
        min=1,
        max=99,
        help=f"Ratios a line; fewer than {agree.ROUNDS_LEAST} decide nothing.",
    ),
    out: Path = typer.Option(
        Path("runs"), help="Directory that gets the bundle."
    ),
    bench: Optional[Path] = typer.Option(
        None, metavar="PROGRAM", help="Another mapmark-bench."
    ),
) -> ExitCode:
    """Let fio do the same work in the same run, and compare the times.

    Keeps a bundle. Exits 0 if both agree, 4 if that is unknown, 5 if not.
    """
    if file is not None:
        agree.check_file(file)
    request = Request(
        plan=Plan(False, None if file is None else str(file), None),
        out=out,
        bench=bench,
        conform=None,
        with_rows=False,
        with_conformance=False,
        with_calls=False,
        agreement=agree.Plan(
            file, size, agree.BLOCKS_ALL, rounds, agree.REPETITIONS_USUAL
        ),
        command=shlex.join(command_line.get()),
    )
    outcome = run(request, open_display())
    _say(str(outcome.bundle))
    _print_agreement(bundle.read_bundle(outcome.bundle))
    return outcome.code


@app.command("report")
def report_command(
    given: Optional[Path] = typer.Argument(
        None,
        metavar="[BUNDLE]",
        help="What 'mapmark run' made; the newest one in 'runs'.",
        show_default=False,
    ),
    out: Optional[Path] = typer.Option(
        None,
        help="Directory for report.html and report.csv; beside the bundle.",
    ),
    every: bool = typer.Option(
        False,
        "--every",
        help="Print every sentence of the report, not only the first ones.",
    ),
) -> ExitCode:
    """Make a page and a table of a bundle."""
    path = bundle.newest(Path("runs")) if given is None else given
    found = bundle.read_bundle(path)
    _say(str(report.write_report(found, out)))
    _print_answer(found, every)
    return ExitCode.OK


@app.command("compare")
def compare_command(
    a: Path = typer.Argument(
        ..., metavar="A", help="The bundle of the earlier run."
    ),
    b: Path = typer.Argument(
        ..., metavar="B", help="The bundle that is held against it."
    ),
    fail: bool = typer.Option(
        False,
        "--fail",
        help="Exit with 1 if a row is slower, with 5 if B lacks rows of A.",
    ),
    other_host: bool = typer.Option(
        False, "--other-host", help="Even if they are of two machines."
    ),
    out: Optional[Path] = typer.Option(
        None, help="Directory for compare.html and compare.csv."
    ),
) -> ExitCode:
    """Say which rows of B are faster or slower than in A.

    Exits with 4 if nothing can be told.
    """
    found = compare.compare(
        bundle.read_bundle(a), bundle.read_bundle(b), other_host
    )
    page = None if out is None else compare.write_comparison(found, out)
    for line in compare.in_words(found, Console()):
        _say(line)
    if page is not None:
        _say(str(page))
    return compare.exit_code(found.changes, fail)


app.command("gate")(gate_command)


def _print_agreement(found: bundle.Bundle) -> None:
    if found.agreement is None:
        return
    for line in table_in_words(found.agreement):
        _say(line)
    _say(sentence(found.agreement))


def _print_answer(found: bundle.Bundle, every: bool = False) -> None:
    if found.results is None:
        _say("No answer: " + found.record.absent[bundle.BENCH])
        return
    for line in in_words(conclude(found.results), every):
        _say(line)


def _say(line: str) -> None:
    """At once, and before what is said on standard error."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise system("cannot write the output", error) from error


def _print_problems(problems: tuple[str, ...]) -> None:
    for line in problems[:_PROBLEMS_SHOWN]:
        print(f"mapmark: {line}", file=sys.stderr)
    more = len(problems) - _PROBLEMS_SHOWN
    if more > 0:
        print(f"mapmark: and {more} more", file=sys.stderr)
