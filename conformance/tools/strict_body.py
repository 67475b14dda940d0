# SPDX-License-Identifier: MIT
"""Bodies that carry their own end: chunked and multipart/byteranges."""

from __future__ import annotations

import re

from strict_head import (
    QUOTED,
    SPACE,
    TOKEN,
    Question,
    Refused,
    Unfinished,
    take,
    take_section,
)

CHUNK_SIZE_MAX = 2**64 - 1

CHUNK_LINE = (
    rb"([0-9A-Fa-f]+)(?:"
    + SPACE
    + rb";"
    + SPACE
    + TOKEN
    + rb"(?:"
    + SPACE
    + rb"="
    + SPACE
    + rb"(?:"
    + TOKEN
    + rb"|"
    + QUOTED
    + rb"))?)*\r\n"
)
CHUNK_SAMPLE = b'1;a="b"\r\n'


def chunk_size(text: bytes) -> int:
    """RFC 9112 7.1: a size that cannot be held must not be guessed."""
    digits = re.match(rb"[0-9A-Fa-f]*", text)
    size = int(digits[0] or b"0", 16) if digits is not None else 0
    if size > CHUNK_SIZE_MAX:
        raise Refused("a chunk size beyond 64 bits")
    return size


def take_chunk(wire: bytes, at: int) -> tuple[bytes, int]:
    """Give the data of one chunk and the offset behind it.

    No tolerance of line ends reaches here: erratum 7633 to RFC 9112.
    """
    stop = wire.find(b"\n", at) + 1 or len(wire)
    chunk_size(wire[at:stop])
    line = take(CHUNK_LINE, wire[at:stop], CHUNK_SAMPLE, "a chunk size line")
    size = chunk_size(line)
    data = at + len(line)
    if size == 0:
        return b"", data
    end = wire[data + size : data + size + 2]
    if not b"\r\n".startswith(end):
        raise Refused(f"chunk data is followed by {end!r}")
    if len(end) < 2:
        raise Unfinished("a chunk is not complete")
    return wire[data : data + size], data + size + 2


def take_chunked(question: Question, wire: bytes, at: int) -> tuple[bytes, int]:
    """Give the decoded octets, and the offset behind the trailer section."""
    parts: list[bytes] = []
    data, at = take_chunk(wire, at)
    while data:
        parts.append(data)
        data, at = take_chunk(wire, at)
    trailer = take_section(question, wire[at:], "the trailer section")
    return b"".join(parts), at + len(trailer)


def take_byteranges(wire: bytes, at: int, boundary: bytes) -> tuple[bytes, int]:
    """Give the octets up to the closing boundary, and the offset behind it.

    RFC 2616 3.7.2 lets nothing follow. What many send all the same, the rest
    of that line, is taken as far as it is there, and not waited for.
    """
    closing = re.compile(
        rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"--[ \t]*(?:\r\n?)?"
    )
    found = closing.search(wire[at:])
    if found is None:
        raise Unfinished("the closing boundary has not come")
    return wire[at : at + found.end()], at + found.end()
