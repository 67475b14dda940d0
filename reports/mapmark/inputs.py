# SPDX-License-Identifier: MIT
"""Looks at what the command line names before anything runs."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from mapmark.errors import ExitCode, Failure, system, usage
from mapmark.programs import find_program

BENCH = "mapmark-bench"
CONFORM = "mapmark-conform"


def check_file(path: Path) -> None:
    """That it can be measured: a regular file that has content."""
    name = f"--file '{path}'"
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise usage(f"{name} does not exist; name a file") from error
    except OSError as error:
        raise system(name, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise usage(f"{name} is a directory; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise usage(f"{name} is not a regular file, and cannot be mapped")
    if status.st_size == 0:
        raise usage(f"{name} is empty: no octets can be mapped or read")
    try:
        path.open("rb").close()
    except OSError as error:
        raise system(f"{name} cannot be read", error) from error


def check_out(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise usage(f"--out '{path}' is a file; name a directory")
    if path.is_dir() and not os.access(path, os.W_OK | os.X_OK):
        raise Failure(
            ExitCode.INPUT_OUTPUT,
            f"--out '{path}' cannot be written; name another directory",
        )


def check_page_folder(out: Path, *bundles: Path) -> None:
    """That what is written there changes none of them."""
    if out.exists() and not out.is_dir():
        raise usage(f"--out '{out}' is a file; name a directory")
    if any(out.resolve().is_relative_to(path) for path in bundles):
        raise usage(
            f"--out '{out}' is in the bundle, which never changes; name "
            "another directory"
        )


def choose_bench(given: Path | None) -> Path:
    found = _given(given, "--bench") or find_program(BENCH, _folder())
    if found is None:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"there is no {BENCH} in '{_folder()}'; build it, name it with "
            "--bench, or its directory in MAPMARK_BIN_DIR",
        )
    return found


def choose_conform(given: Path | None) -> Path | None:
    return _given(given, "--conform") or find_program(CONFORM, _folder())


def _given(path: Path | None, option: str) -> Path | None:
    if path is None:
        return None
    if not path.is_file():
        raise usage(f"{option} '{path}' is not a file; name the program")
    if not os.access(path, os.X_OK):
        raise usage(f"{option} '{path}' is not executable")
    return path.resolve()


def _folder() -> Path:
    """The launcher's, where the build and the installation put them all."""
    chosen = os.environ.get("MAPMARK_BIN_DIR")
    return Path(chosen) if chosen else Path(sys.argv[0]).resolve().parent
