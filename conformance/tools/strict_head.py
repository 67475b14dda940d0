# SPDX-License-Identifier: MIT
"""The start line and the field lines of a message, as one expression each.

A header section that does not match is unfinished when some continuation of
the octets makes it match, and wrong when none does. The continuations are the
tails of one short header section: they hold all that can still be missing.
"""

from __future__ import annotations

import bisect
import dataclasses
import re

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
SPACE = rb"[ \t]*"
PARAMETER = TOKEN + SPACE + rb"=" + SPACE + rb"(?:" + TOKEN + rb"|" + QUOTED + rb")"

EPOCHS = ("rfc2616", "rfc9112")
DIRECTIONS = ("request", "response")


class Refused(Exception):
    """The octets can no longer become a message."""


class Unfinished(Exception):
    """The octets can still become a message, but are none yet."""


@dataclasses.dataclass(frozen=True)
class Question:
    """What a recipient knows beside the octets."""

    epoch: str  # of EPOCHS
    direction: str  # of DIRECTIONS
    answers: str = ""  # method of the request that a response answers
    peer_closes: bool = False

    @property
    def is_old(self) -> bool:
        return self.epoch == "rfc2616"

    @property
    def is_request(self) -> bool:
        return self.direction == "request"


@dataclasses.dataclass(frozen=True)
class Head:
    is_10: bool  # of HTTP/1.0
    status: int  # 0 in a request
    fields: tuple[tuple[bytes, bytes], ...]  # name in lower case, value
    end: int  # offset behind the empty line

    def values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self.fields if found == name]


def line_end(question: Question) -> bytes:
    """RFC 2616 19.3 recommends to read a bare LF too; strictly, RFC 9112 2.2
    only permits it."""
    return rb"\r?\n" if question.is_old else rb"\r\n"


def field_line(question: Question) -> bytes:
    """RFC 9112 5.1 and 5.2 have a server refuse what others repair: white
    space in front of the colon, and values that go on in the next line."""
    text = rb"[\t -~\x80-\xff]*"
    if question.is_old or not question.is_request:
        fold = rb"(?:" + line_end(question) + rb"[ \t]" + text + rb")*"
        return TOKEN + SPACE + rb":" + text + fold + line_end(question)
    return TOKEN + rb":" + text + line_end(question)


def start_line(question: Question) -> bytes:
    """RFC 9112 3 and 4, RFC 2616 5.1 and 6.1. No rule of length looks at the
    target, so any visible octets are one."""
    # RFC 2616 2.1 and 3.1: letters of either case, numbers of any length, and
    # leading zeros count for nothing.
    version = rb"(?i:HTTP)/0*1\.[0-9]+" if question.is_old else rb"HTTP/1\.[0-9]"
    # RFC 2616 19.3 asks for the tolerance that RFC 9112 3 and 4 only permit.
    gap = rb"[ \t]+" if question.is_old else rb" "
    # RFC 2616 4.1 and RFC 9112 2.2: a server ignores empty lines first. By
    # RFC 9112 9.2 a client may drop those that come between two responses.
    empty = rb"(?:" + line_end(question) + rb")*"
    if question.is_request:
        line = TOKEN + gap + rb"[!-~\x80-\xff]+" + gap + version
        return empty + line + line_end(question)
    phrase = rb"(?:" + gap + rb"[\t -~\x80-\xff]*)"
    phrase += rb"?" if question.is_old else rb""
    return empty + version + gap + rb"[0-9]{3}" + phrase + line_end(question)


def section(question: Question) -> bytes:
    """Field lines and the empty line that ends them."""
    return rb"(?:" + field_line(question) + rb")*" + line_end(question)


def tails(text: bytes) -> list[bytes]:
    return [text[start:] for start in range(len(text) + 1)]


def is_viable(expression: bytes, octets: bytes, sample: bytes) -> bool:
    """Tell whether something that follows makes the expression match."""
    compiled = re.compile(expression)
    return any(compiled.match(octets + tail) for tail in tails(sample))


def take(expression: bytes, octets: bytes, sample: bytes, name: str) -> bytes:
    """Give what matches at the front of the octets."""
    found = re.match(expression, octets)
    if found is not None:
        return found[0]
    if is_viable(expression, octets, sample):
        raise Unfinished(f"{name} is not complete")
    # A front that no continuation can save stays lost, so halving finds it.
    first = bisect.bisect_left(
        range(len(octets) + 1),
        True,
        key=lambda size: not is_viable(expression, octets[:size], sample),
    )
    raise Refused(f"{name} is wrong at octet {first - 1}: {octets[first - 1 : first]!r}")


def take_section(question: Question, octets: bytes, name: str) -> bytes:
    return take(section(question), octets, b"A:\r\n\r\n", name)


def split_fields(text: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Take names and values out of a section that is known to be right."""
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", text)
    lines = re.findall(rb"([^\s:]+)[ \t]*:(.*?)\r?\n", unfolded, re.S)
    return tuple((name.lower(), value.strip(b" \t")) for name, value in lines)


def take_head(question: Question, wire: bytes) -> Head:
    first = b"\r\nG / HTTP/1.1" if question.is_request else b"\r\nHTTP/1.1 200 "
    expression = rb"(" + start_line(question) + rb")(" + section(question) + rb")"
    text = take(expression, wire, first + b"\r\nA:\r\n\r\n", "the header section")
    found = re.match(expression, text)
    assert found is not None
    start, fields = found.groups()
    # A target may look like a version; the real one is first or last.
    place = rb".*[ \t]" if question.is_request else rb"\s*"
    version = re.match(
        place + rb"HTTP/0*1\.([0-9]+)(?:[ \t]+([0-9]{3}))?", start, re.S | re.I
    )
    assert version is not None
    return Head(
        is_10=not version[1].strip(b"0"),
        status=int(version[2] or b"0"),
        fields=split_fields(fields),
        end=len(text),
    )
