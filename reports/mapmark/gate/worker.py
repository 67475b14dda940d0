# SPDX-License-Identifier: MIT
"""One `mapmark-bench --serve`: a build that measures a row when it is told.

It starts on the CPUs that this process is on. Its first words must be those
of the build that was asked for: a side that is another build than it says
would turn every verdict around.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from mapmark.errors import ExitCode, Failure

PROTOCOL = "mapmark-serve/1"

# A row is set up within seconds where it has to make a large file; a slice is
# a millisecond. What takes longer hangs.
OPEN_SECONDS = 60.0
SLICE_SECONDS = 20.0

PADDING = "MAPMARK_PADDING"

_CHUNK_OCTETS = 1 << 16
_END_SECONDS = 5.0

Answer = Mapping[str, object]


@dataclass(frozen=True)
class Build:
    """`identity` is what its greeting says of itself, whole."""

    name: str
    program: Path
    identity: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.identity.get("id", "unknown")


class Broken(Exception):
    """The worker did not answer as a worker does: it crashed, hangs, or
    speaks another language."""


class Worker:
    """Ends with its block, whatever happens."""

    def __init__(
        self, build: Build, scratch: Path, padding_octets: int = 0
    ) -> None:
        environment = dict(os.environ, **build.environment)
        environment[PADDING] = "x" * padding_octets
        self.build = build
        self._pending = b""
        try:
            self._process = subprocess.Popen(
                [build.program, "--serve", "--scratch", scratch],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Broken(f"'{build.program}' cannot start: {reason}") from error

    def __enter__(self) -> Worker:
        try:
            self._check_greeting()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, request: str, seconds: float) -> Answer:
        assert self._process.stdin is not None
        try:
            os.write(self._process.stdin.fileno(), request.encode() + b"\n")
        except OSError as error:
            raise Broken(self._how_it_ended(request)) from error
        return self._hear(request, seconds)

    def _hear(self, request: str, seconds: float) -> Answer:
        line = self._line(request, seconds)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise Broken(f"'{request}' was answered by no JSON") from error
        if not isinstance(answer, dict):
            raise Broken(f"'{request}' was answered by no object")
        return answer

    def _line(self, request: str, seconds: float) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            left = until - time.monotonic()
            if not select.select([descriptor], [], [], max(0.0, left))[0]:
                raise Broken(f"'{request}': no answer for {seconds:.0f} s")
            chunk = os.read(descriptor, _CHUNK_OCTETS)
            if not chunk:
                raise Broken(self._how_it_ended(request))
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _how_it_ended(self, request: str) -> str:
        try:
            code = self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            return f"'{request}': it stopped speaking"
        ended = f"exit code {code}" if code >= 0 else f"signal {-code}"
        return f"'{request}': it ended with {ended}"

    def _check_greeting(self) -> None:
        greeting = self._hear("greeting", OPEN_SECONDS)
        check_protocol(greeting, self.build.program)
        found = build_facts(greeting)
        if found != dict(self.build.identity):
            raise Failure(
                ExitCode.ENVIRONMENT,
                f"the {self.build.name} worker is build "
                f"'{found.get('id', 'unknown')}' and not '{self.build.id}': "
                "the sides are mixed up, nothing can be said",
            )

    def _end(self) -> None:
        """By the end of its input, so that it removes its files; one that
        hangs is killed."""
        process = self._process
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if process.stdout is not None:
                process.stdout.close()


def check_protocol(greeting: Answer, program: Path) -> None:
    found = greeting.get("protocol")
    if found != PROTOCOL:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"'{program}' speaks '{found}', and this gate '{PROTOCOL}'",
        )


def build_facts(greeting: Answer) -> dict[str, str]:
    facts = greeting.get("build")
    if not isinstance(facts, dict):
        return {}
    return {str(name): str(fact) for name, fact in facts.items()}
