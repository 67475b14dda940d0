# SPDX-License-Identifier: MIT
"""The helper's side of the pipe that subjects/piped.h describes.

A helper calls serve() with a function that reads one message. It ends when its
standard input does.
"""

from __future__ import annotations

import dataclasses
import struct
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple


@dataclasses.dataclass(frozen=True)
class Case:
    is_request: bool
    peer_closes: bool  # behind the last octet
    answers: str  # method of the request that a response answers, or ""
    octets: bytes


class Answer(NamedTuple):
    outcome: str  # as the verdict lines of the corpus have it
    fate: str  # of the connection: "kept", "closed" or "unknown"
    body: bytes = b""
    detail: str = ""


class Way(NamedTuple):
    step_octets: int  # or 0: see cuts
    cuts: tuple[int, ...]


Read = Callable[[Case, list[bytes]], Answer]

FATES = {"kept": b"k", "closed": b"c", "unknown": b"?"}
NO_BODY_STATUSES = {204, 304}


def has_no_body(case: Case, status: int) -> bool:
    """Tell whether a response is bodiless by its status or its request."""
    return (
        case.answers == "HEAD"
        or 100 <= status < 200
        or status in NO_BODY_STATUSES
    )


def framed(
    case: Case, head_end: int, end: int, body: bytes, length: str | None
) -> str:
    """Name the outcome of a message that ended before the connection did.

    Where the body is what stands behind the head, octet by octet, a length
    delimits it; where it is not, it was decoded. With no octet at all it is the
    length that counts, a Content-Length of zero, or nothing (None).
    """
    if case.octets[head_end:end] != body:
        return f"chunked:{len(body)}@{end}"
    if body or (length is not None and set(length.strip()) == {"0"}):
        return f"cl:{len(body)}@{end}"
    return f"none@{end}"


def segments_of(octets: bytes, way: Way) -> list[bytes]:
    if way.step_octets > 0:
        cuts: tuple[int, ...] | range = range(
            way.step_octets, len(octets), way.step_octets
        )
    else:
        cuts = way.cuts
    ends = (*cuts, len(octets))
    return [octets[start:end] for start, end in zip((0, *cuts), ends)]


def parse(payload: bytes) -> tuple[Case, Iterator[Way]]:
    is_response, peer_closes, answers_size = struct.unpack_from("<3B", payload)
    at = 3 + answers_size
    (size,) = struct.unpack_from("<I", payload, at)
    case = Case(
        is_request=not is_response,
        peer_closes=bool(peer_closes),
        answers=payload[3:at].decode("ascii"),
        octets=payload[at + 4 : at + 4 + size],
    )
    return case, parse_ways(payload, at + 4 + size)


def parse_ways(payload: bytes, at: int) -> Iterator[Way]:
    while at < len(payload):
        step, count = struct.unpack_from("<2I", payload, at)
        cuts = struct.unpack_from(f"<{count}I", payload, at + 8)
        at += 8 + 4 * count
        yield Way(step, cuts)


def short(text: str) -> bytes:
    """Give a count and that many ASCII octets, one line."""
    line = " ".join(text.split())
    octets = line.encode("ascii", "backslashreplace")[:200]
    return bytes([len(octets)]) + octets


def pack(answer: Answer) -> bytes:
    return b"".join(
        (
            b"a",
            FATES[answer.fate],
            short(answer.outcome),
            struct.pack("<I", len(answer.body)),
            answer.body,
            short(answer.detail),
        )
    )


def answer_all(payload: bytes, read: Read) -> bytes:
    """Give one answer for each way; "=" stands for the one before."""
    case, ways = parse(payload)
    parts: list[bytes] = []
    last: Answer | None = None
    for way in ways:
        try:
            answer = read(case, segments_of(case.octets, way))
        except Exception as error:  # of this program, not of its subject
            last = None
            parts.append(b"!" + short(f"{type(error).__name__}: {error}"))
            continue
        parts.append(b"=" if answer == last else pack(answer))
        last = answer
    return b"".join(parts)


def send(stream: BinaryIO, payload: bytes) -> None:
    stream.write(struct.pack("<I", len(payload)) + payload)
    stream.flush()


def serve(version: str, read: Read) -> None:
    """Say the version, then answer each payload until there is none."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    send(sink, version.encode("ascii"))
    while len(size := source.read(4)) == 4:
        payload = source.read(struct.unpack("<I", size)[0])
        send(sink, answer_all(payload, read))
