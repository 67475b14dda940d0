# SPDX-License-Identifier: MIT
"""http.client of Python's standard library as it reads a response.

HTTPResponse reads through the same io.BufferedReader that a socket's makefile()
gives it, on a source that has one segment for each read. The end of the message
is what the source gave less what the reader still holds. A blocking reader
never says that it waits: where the source has nothing more and the peer is
there, the source ends the attempt, which is the outcome wait.

The connection is kept where HTTPResponse says will_close = False. What stands
behind the message cannot be seen to be read: with the response the reader is
closed, and what it had read ahead is lost. Where it reads on itself, behind a
100, it is the 100 that is the first message. CONNECT goes through set_tunnel(),
which takes 200 alone.
"""

from __future__ import annotations

import http.client
import io
import platform
from typing import Any

import helper


class Starved(BaseException):
    """A read would block for ever; no handler of Exception may hide it."""


class Source(io.RawIOBase):
    """The peer's segments, one for each read."""

    def __init__(self, segments: list[bytes], closes: bool) -> None:
        super().__init__()
        self.segments = segments[::-1]
        self.closes = closes
        self.given_octets = 0
        self.ended = False  # and the reader has been told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.segments:
            if self.closes:
                self.ended = True
                return 0
            raise Starved
        segment = self.segments.pop()
        size = min(len(buffer), len(segment))
        buffer[:size] = segment[:size]
        if size < len(segment):
            self.segments.append(segment[size:])
        self.given_octets += size
        return size

    # A position for BufferedReader.tell(), which subtracts what it holds.
    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.given_octets


class Reader(io.BufferedReader):
    """Remembers how far it was read when it was closed."""

    end = -1

    def taken(self) -> int:
        return self.end if self.closed else self.tell()

    def close(self) -> None:
        if not self.closed:
            self.end = self.tell()
        super().close()


class Socket:
    """What http.client wants of a socket."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def makefile(self, mode: str) -> Reader:
        assert mode == "rb"
        return self.reader

    def sendall(self, octets: bytes) -> None:
        pass

    def setsockopt(self, *option: int) -> None:
        pass

    def close(self) -> None:
        self.reader.close()


class Response(http.client.HTTPResponse):
    """Notes where each status line starts: behind a 100 there is another."""

    fp: Reader
    starts: list[int]

    def _read_status(self) -> tuple[str, int, str]:
        self.starts.append(self.fp.taken())
        return super()._read_status()  # type: ignore[misc, no-any-return]


def open_tunnel(reader: Reader) -> helper.Answer:
    connection = http.client.HTTPConnection("h")
    connection.set_tunnel("h", 80)
    connection._create_connection = (  # type: ignore[attr-defined]
        lambda *arguments: Socket(reader)
    )
    connection.connect()
    return helper.Answer(f"tunnel@{reader.taken()}", "unknown")


def read_body(
    case: helper.Case, response: Response, reader: Reader
) -> helper.Answer:
    """Read on behind the head."""
    head_end = reader.taken()
    to_the_close = response.length is None and not response.chunked
    bodiless = helper.has_no_body(case, response.status)
    length = None if bodiless else response.getheader("Content-Length")
    body = response.read()
    end = reader.taken()
    outcome = (
        f"close:{len(body)}@{end}"
        if to_the_close
        else helper.framed(case, head_end, end, body, length)
    )
    fate = "closed" if response.will_close else "kept"
    return helper.Answer(outcome, fate, body)


def read_response(
    case: helper.Case, reader: Reader, starts: list[int]
) -> helper.Answer:
    response = Response(
        Socket(reader),  # type: ignore[arg-type]
        method=case.answers,
    )
    response.starts = starts
    response.begin()
    answer = read_body(case, response, reader)
    if len(starts) > 1:
        return helper.Answer(f"none@{starts[1]}", answer.fate)
    return answer


def unfinished(source: Source, error: Exception) -> helper.Answer:
    """Tell a message that is cut off from one that is refused: both may be an
    IncompleteRead, but only the first has seen the end."""
    detail = f"{type(error).__name__}: {error}"
    cut = isinstance(
        error, (http.client.IncompleteRead, http.client.RemoteDisconnected)
    )
    outcome = "incomplete" if cut and source.ended else "error"
    return helper.Answer(outcome, "closed", detail=detail)


def read(case: helper.Case, segments: list[bytes]) -> helper.Answer:
    source = Source(segments, case.peer_closes)
    reader = Reader(source)
    starts: list[int] = []
    try:
        if case.answers == "CONNECT":
            return open_tunnel(reader)
        return read_response(case, reader, starts)
    except Starved:
        if len(starts) > 1:
            return helper.Answer(f"none@{starts[1]}", "kept")
        return helper.Answer("wait", "unknown")
    except Exception as error:  # http.client lets ValueError out as well
        if len(starts) > 1:
            return helper.Answer(f"none@{starts[1]}", "closed")
        return unfinished(source, error)


if __name__ == "__main__":
    helper.serve(platform.python_version(), read)
