# SPDX-License-Identifier: MIT
"""Writing that is whole or did not happen."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from mapmark.errors import system


def write(path: Path, content: bytes) -> None:
    """As a new file, down to the disk."""
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise system(f"cannot write '{path}'", error) from error


def replace(path: Path, content: bytes) -> None:
    """Under another name first, so that nobody sees half of it."""
    other = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(other, content)
        other.replace(path)
    except OSError as error:
        raise system(f"cannot write '{path}'", error) from error
    finally:
        with contextlib.suppress(OSError):
            other.unlink()


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise system(f"cannot read '{path}'", error) from error


def make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise system(f"cannot make the directory '{path}'", error) from error


def flush_directory(path: Path) -> None:
    """So that the names in it are on the disk; where a directory cannot be
    opened, they get there by themselves."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise system(f"cannot flush '{path}'", error) from error
    finally:
        os.close(descriptor)
