# SPDX-License-Identifier: MIT
"""Writing that is whole or did not happen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from mapmark.errors import system


def write(path: Path, content: bytes) -> None:
    """As a new file, down to the disk."""
    _write(path, content, path)


def _write(path: Path, content: bytes, meant: Path) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise system(f"cannot write '{meant}'", error) from error


def replace(contents: Mapping[Path, bytes]) -> None:
    """All under other names first, so that nobody sees half of them, and none
    is new when one cannot be written."""
    others = {
        path: path.with_name(f".{path.name}.{os.getpid()}") for path in contents
    }
    try:
        for path, content in contents.items():
            _write(others[path], content, path)
        for path, other in others.items():
            _rename(other, path)
    finally:
        for other in others.values():
            with contextlib.suppress(OSError):
                other.unlink()


def _rename(other: Path, path: Path) -> None:
    try:
        other.replace(path)
    except OSError as error:
        raise system(f"cannot write '{path}'", error) from error


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise system(f"cannot read '{path}'", error) from error


@contextlib.contextmanager
def directory(path: Path) -> Iterator[None]:
    """Made with its parents; those that were not there before go again when
    nothing is in them at the end."""
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        _make_directory(path)
        yield
    finally:
        with contextlib.suppress(OSError):
            for each in made:
                each.rmdir()


def _make_directory(path: Path) -> None:
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


def drop_output() -> None:
    """Its reader has gone: what is left, the interpreter would try again at
    its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
