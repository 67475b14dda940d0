# SPDX-License-Identifier: MIT
"""The one exception that the user sees, and the exit codes."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """The same numbers for every program of the project."""

    OK = 0
    REGRESSION = 1
    USAGE = 2
    ENVIRONMENT = 3
    INCONCLUSIVE = 4
    INCOMPLETE = 5
    DEVIATION = 6
    INTERNAL = 70
    INPUT_OUTPUT = 74
    NOTHING_RAN = 77
    INTERRUPTED = 130


class Failure(Exception):
    """Ends the command: what happened, in words for the user, and its code."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def usage(message: str) -> Failure:
    """What the user gave cannot be worked with."""
    return Failure(ExitCode.USAGE, message)


def damaged(message: str) -> Failure:
    """A file cannot be read, or does not hold what it must."""
    return Failure(ExitCode.INPUT_OUTPUT, message)


def system(what: str, error: OSError) -> Failure:
    """The system refused `what`."""
    reason = error.strerror or type(error).__name__
    return Failure(ExitCode.INPUT_OUTPUT, f"{what}: {reason}")
