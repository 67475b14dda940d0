# SPDX-License-Identifier: MIT
"""What the values of four header fields say about the end of a message."""

from __future__ import annotations

import re

from strict_head import PARAMETER, QUOTED, SPACE, TOKEN, Head, Question, Refused

LENGTH_MAX = 2**64 - 1
LENGTH_DIGITS_MAX = len(str(LENGTH_MAX))
BOUNDARY_OCTETS_MAX = 70  # RFC 2046 5.1.1

CODING = re.compile(
    SPACE
    + rb"(?:("
    + TOKEN
    + rb")((?:"
    + SPACE
    + rb";"
    + SPACE
    + PARAMETER
    + rb")*))?"
    + SPACE
    + rb"(?:,|$)"
)
TYPE = re.compile(rb"multipart/byteranges(?=[ \t;]|$)", re.I)
# RFC 9110 5.6.6 lets parameters be empty; so do the senders of the time.
MEDIA = re.compile(
    rb"multipart/byteranges((?:"
    + SPACE
    + rb";"
    + SPACE
    + rb"(?:"
    + PARAMETER
    + rb")?)*)"
    + SPACE,
    re.I,
)
ONE_PARAMETER = re.compile(
    rb";"
    + SPACE
    + rb"(?:("
    + TOKEN
    + rb")"
    + SPACE
    + rb"="
    + SPACE
    + rb"("
    + TOKEN
    + rb"|"
    + QUOTED
    + rb"))?"
)


def length(values: list[bytes]) -> int:
    """RFC 9112 6.3(5): several members are one length if all are the same."""
    members = [
        member.strip(b" \t") for value in values for member in value.split(b",")
    ]
    for member in members:
        if not re.fullmatch(rb"[0-9]+", member):
            raise Refused(f"Content-Length {member!r} is not digits")
    numbers = {member.lstrip(b"0") for member in members}
    if len(numbers) > 1:
        raise Refused(f"lengths that differ: {members}")
    digits = numbers.pop()
    if len(digits) > LENGTH_DIGITS_MAX or int(digits or b"0") > LENGTH_MAX:
        raise Refused("a length beyond 64 bits")
    return int(digits or b"0")


def codings(question: Question, values: list[bytes]) -> list[bytes]:
    """Give the names of the transfer codings, in the order of their use.

    RFC 2616 4.4(2) reads identity as no coding; empty members say nothing.
    """
    names: list[bytes] = []
    for value in values:
        at = 0
        while at < len(value):
            found = CODING.match(value, at)
            if found is None:
                raise Refused(f"Transfer-Encoding {value!r} is no list of codings")
            at = found.end()
            if found[1]:
                names.append(coding_name(found[1], found[2]))
    if not names and question.is_old:
        raise Refused("a Transfer-Encoding without a coding")  # 14.41: 1#
    if question.is_old:
        names = [name for name in names if name != b"identity"]
    if names.count(b"chunked") > 1:
        raise Refused("chunked is applied more than once")
    return names


def coding_name(name: bytes, parameters: bytes) -> bytes:
    """RFC 9112 7.1: a parameter of chunked is to be treated as an error."""
    if name.lower() == b"chunked" and parameters:
        raise Refused("chunked with a parameter")
    return name.lower()


def options(head: Head) -> set[bytes]:
    """Give the members of Connection."""
    values = head.values(b"connection")
    return {
        member.strip(b" \t").lower()
        for value in values
        for member in value.split(b",")
    }


def unquote(text: bytes) -> bytes:
    if text.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", text[1:-1], flags=re.S)
    return text


def boundary(head: Head) -> bytes:
    """Give the boundary of multipart/byteranges; nothing without a usable one."""
    values = head.values(b"content-type")
    if not any(TYPE.match(value) for value in values):
        return b""
    lists = [media[1] for media in map(MEDIA.fullmatch, values) if media]
    boundaries = [
        unquote(text)
        for parameters in lists
        for name, text in ONE_PARAMETER.findall(parameters)
        if name.lower() == b"boundary"
    ]
    if len(values) > 1 or len(boundaries) > 1:
        raise Refused("several media types or boundaries would be several ends")
    if not boundaries or len(boundaries[0]) > BOUNDARY_OCTETS_MAX:
        return b""
    return boundaries[0]
