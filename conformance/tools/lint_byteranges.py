# SPDX-License-Identifier: MIT
"""Where a multipart/byteranges body ends, by RFC 2616 4.4(4) and 3.7.2.

The syntax is that of RFC 2046 5.1.1. Shares nothing with the C program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~])*"'
VALUE = rb"(" + TOKEN + rb"|" + QUOTED + rb")"
# RFC 2616 3.7: white space around the semicolon, and none around the equals.
PARAMETER = re.compile(rb"[ \t]*;[ \t]*(" + TOKEN + rb")=" + VALUE)
BOUNDARY = re.compile(
    rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]"
)
TYPE = re.compile(rb"multipart/byteranges", re.I)
TYPE_TOLERANT = re.compile(rb"multipart/(?:x-)?byteranges\b", re.I)
PARAMETER_TOLERANT = re.compile(rb";[ \t]*boundary[ \t]*=[ \t]*" + VALUE, re.I)


def unquote(value: bytes) -> bytes:
    if not value.startswith(b'"'):
        return value
    return re.sub(rb"\\(.)", rb"\1", value[1:-1], flags=re.S)


def media_types(head: bytes) -> list[bytes]:
    """Give the value of every Content-Type line, folds undone."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head)
    values = re.findall(rb"(?im)^content-type[ \t]*:([^\r\n]*)", unfolded)
    return [value.strip(b" \t") for value in values]


def boundary(head: bytes) -> bytes:
    """Give the one boundary that the header fields hold."""
    values = media_types(head)
    if len(values) != 1:
        raise ValueError(f"{len(values)} media types")
    found = TYPE.match(values[0])
    if found is None:
        raise ValueError("the media type is not multipart/byteranges")
    at = found.end()
    seen: list[tuple[bytes, bytes]] = []
    while (found := PARAMETER.match(values[0], at)) is not None:
        seen.append((found[1].lower(), unquote(found[2])))
        at = found.end()
    if at != len(values[0]):
        raise ValueError(f"media type parameters {values[0][at:]!r}")
    boundaries = [value for name, value in seen if name == b"boundary"]
    if len(boundaries) != 1 or not BOUNDARY.fullmatch(boundaries[0]):
        raise ValueError(f"boundaries {boundaries!r}")
    return boundaries[0]


def boundaries_tolerant(head: bytes) -> Iterator[bytes]:
    """Give whatever somebody could take for the boundary."""
    for value in filter(TYPE_TOLERANT.match, media_types(head)):
        for found in PARAMETER_TOLERANT.findall(value):
            yield unquote(found)


def lines_that_start_with(text: bytes, rest: bytes) -> re.Pattern[bytes]:
    # A line starts with the body or behind CRLF: RFC 2616 3.7.2.
    return re.compile(rb"(?:\A|\r\n)--" + re.escape(text) + rest)


def close_end(body: bytes, text: bytes) -> tuple[int, int]:
    """Give where the close delimiter starts, and where the body ends."""
    rest = rb"--[ \t]*(?:\r\n)?"
    found = lines_that_start_with(text, rest).search(body)
    if found is None:
        raise ValueError("no close delimiter")
    return found.start(), found.end()


def size(head: bytes, body: bytes) -> int:
    """Give how many octets of `body` belong to the message."""
    text = boundary(head)
    start, end = close_end(body, text)
    opened = lines_that_start_with(text, rb"[ \t]*(?=\r\n)").search(body)
    if opened is None or opened.start() >= start:
        raise ValueError("no part in front of the close delimiter")
    return end


def sizes_tolerant(head: bytes, body: bytes) -> Iterator[int]:
    """Give every size that the body has for somebody."""
    for text in boundaries_tolerant(head):
        try:
            yield close_end(body, text)[1]
        except ValueError:
            continue
