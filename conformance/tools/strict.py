# SPDX-License-Identifier: MIT
"""Where a message ends, by the letter of RFC 2616 and of RFC 9112.

This reader has the whole of the octets and goes by expressions. It shares
nothing with the library's engine, which reads octet by octet, so that each
can find the other's faults. Where RFC 9112 leaves a choice it is strict; the
epoch rfc2616 also reads identity, multipart/byteranges, folded values, white
space before a colon and lines that end with a bare LF.
"""

from __future__ import annotations

import dataclasses

from strict_body import take_byteranges, take_chunked
from strict_head import Head, Question as Question, Refused, Unfinished, take_head
from strict_values import boundary, codings, length, options


@dataclasses.dataclass(frozen=True)
class Reading:
    """The outcome: its kind is a word of corpus/README.md."""

    kind: str
    end: int = 0  # 0 unless the message is complete
    body: bytes = b""
    must_close: bool = True
    reason: str = ""  # of what is not complete

    @property
    def is_complete(self) -> bool:
        return not self.reason

    def text(self) -> str:
        if not self.is_complete:
            return self.kind
        if self.kind in ("none", "tunnel"):
            return f"{self.kind}@{self.end}"
        return f"{self.kind}:{len(self.body)}@{self.end}"


def drop_nominated(question: Question, head: Head) -> Head:
    """RFC 2616 14.10: in an HTTP/1.0 message, what Connection names is ignored."""
    if not question.is_old or not head.is_10:
        return head
    named = options(head) - {b"connection"}
    kept = tuple(field for field in head.fields if field[0] not in named)
    return dataclasses.replace(head, fields=kept)


def bodiless(question: Question, head: Head) -> str:
    """Name the outcome of a message that has no body whatever it says.

    RFC 9112 6.3(1) and (2), RFC 2616 4.4(1), RFC 2817 5.3.
    """
    if question.is_request:
        return ""
    if question.answers == "CONNECT" and 200 <= head.status <= 299:
        return "tunnel"
    interim = 100 <= head.status <= 199
    if question.answers == "HEAD" or interim or head.status in (204, 304):
        return "none"
    return ""


def delimiter(question: Question, head: Head) -> tuple[str, int, bytes]:
    """Give kind, length and boundary by rules 2 to 5 of RFC 2616 4.4, or 3 to
    8 of RFC 9112 6.3."""
    transfer = head.values(b"transfer-encoding")
    names = codings(question, transfer) if transfer else []
    if names and names[-1] == b"chunked":
        return "chunked", 0, b""
    # RFC 9112 6.3(4) asks for the field, RFC 2616 4.4(2) for a coding.
    if names or (transfer and not question.is_old):
        if question.is_request:
            raise Refused("the last transfer coding is not chunked")
        return "close", 0, b""
    lengths = head.values(b"content-length")
    if lengths:
        return "cl", length(lengths), b""
    mark = boundary(head) if question.is_old else b""
    if mark:
        return "mpbr", 0, mark
    return "none" if question.is_request else "close", 0, b""


def must_close(question: Question, head: Head, kind: str) -> bool:
    """RFC 9112 6.1, 9.3 and 9.6, RFC 2616 8.1.2 and 19.6.2."""
    if 100 <= head.status <= 199 or kind == "tunnel":
        return False  # the final response follows, or no HTTP
    wishes = options(head)
    coded = bool(head.values(b"transfer-encoding"))
    if kind == "close" or b"close" in wishes:
        return True
    if question.is_old:
        return False  # of HTTP/1.0, RFC 2616 8.1.2.1 says SHOULD NOT
    if head.is_10:
        return coded or b"keep-alive" not in wishes
    both = coded and bool(head.values(b"content-length"))
    return both and question.is_request


def take_body(
    question: Question, head: Head, wire: bytes
) -> tuple[str, bytes, int]:
    """Give kind, body and end of a message whose header section is there."""
    at = head.end
    if kind := bodiless(question, head):
        return kind, b"", at
    kind, octets, mark = delimiter(question, head)
    if kind == "chunked":
        return kind, *take_chunked(question, wire, at)
    if kind == "mpbr":
        return kind, *take_byteranges(wire, at, mark)
    if kind == "close":
        if not question.peer_closes:
            raise Unfinished("the peer has not closed")
        return kind, wire[at:], len(wire)
    if len(wire) - at < octets:
        raise Unfinished(f"{len(wire) - at} of {octets} octets have come")
    return kind, wire[at : at + octets], at + octets


def read(wire: bytes, question: Question) -> Reading:
    """Rule on the first message of the octets."""
    try:
        head = drop_nominated(question, take_head(question, wire))
        kind, body, end = take_body(question, head, wire)
    except Unfinished as problem:
        kind = "incomplete" if question.peer_closes else "wait"
        return Reading(kind, reason=str(problem), must_close=kind != "wait")
    except Refused as problem:
        return Reading("reject", reason=str(problem))
    return Reading(kind, end, body, must_close(question, head, kind))
