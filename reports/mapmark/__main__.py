# SPDX-License-Identifier: MIT
"""The command line: `mapmark run`, `agree`, `report`, `compare` and `gate`."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence

import click
import typer

from mapmark import commands, files
from mapmark.errors import ExitCode, Failure


def main(argv: Sequence[str] | None = None) -> int:
    """Never raises; every exit code is one of errors.ExitCode."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = _guarded(arguments)
    try:
        sys.stdout.flush()
    except OSError as error:
        files.drop_output()
        code = code or _output_failed(error)
    return int(code)


def _guarded(arguments: list[str]) -> ExitCode:
    try:
        return _call(arguments)
    except Failure as failure:
        return _fail(failure.code, str(failure))
    except click.UsageError as error:
        return _fail(ExitCode.USAGE, error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return _fail(ExitCode.INTERRUPTED, "interrupted")
    except BrokenPipeError as error:
        files.drop_output()
        return _output_failed(error)
    except SystemExit:
        # So Click ends when a reader has gone, with 1: a regression here.
        files.drop_output()
        return ExitCode.INPUT_OUTPUT
    except OSError as error:
        if error.errno == errno.ENOSPC and not error.filename:
            return _output_failed(error)  # help; files say where they are
        place = f" '{error.filename}'" if error.filename else ""
        reason = error.strerror or type(error).__name__
        return _fail(ExitCode.INPUT_OUTPUT, f"{reason}{place}")
    except Exception as error:
        return _internal(error)


def _call(arguments: list[str]) -> ExitCode:
    """What the command returns; help and the version end without."""
    command = typer.main.get_command(commands.app)
    commands.command_line.set(("mapmark", *arguments))
    returned = command.main(
        arguments, prog_name="mapmark", standalone_mode=False
    )
    return returned if isinstance(returned, ExitCode) else ExitCode.OK


def _fail(code: ExitCode, message: str) -> ExitCode:
    print(f"mapmark: {message}", file=sys.stderr)
    return code


def _internal(error: Exception) -> ExitCode:
    hint = "MAPMARK_TRACEBACK=1 shows where"
    if os.environ.get("MAPMARK_TRACEBACK"):
        traceback.print_exc()
        hint = "see above"
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return _fail(ExitCode.INTERNAL, f"internal error: {what} ({hint})")


def _output_failed(error: OSError) -> ExitCode:
    """A reader that has gone is no news to him."""
    if isinstance(error, BrokenPipeError):
        return ExitCode.INPUT_OUTPUT
    return _fail(
        ExitCode.INPUT_OUTPUT, f"cannot write the output: {error.strerror}"
    )


if __name__ == "__main__":
    sys.exit(main())
