# SPDX-License-Identifier: MIT
"""Messages for property tests: right ones, odd ones, and broken ones."""

from __future__ import annotations

import dataclasses
import pathlib
import sys

from hypothesis import strategies as st

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOM / "tools"))
import lint  # noqa: E402
import strict  # noqa: E402

OCTETS_MAX = 900  # a body line holds four characters an octet, and 4096 at most
USUAL = 20  # times as often as all others together
INTERESTING = [
    bytes([octet]) for octet in b"\r\n \t:;,=\"\\-+0159aAfFxX\x00\x0b\x7f\x80\xff"
]
WORDS = [
    b"\r\n", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"=", b'"',
    b"\\", b"0", b"1", b"5", b"A", b"f", b"a", b"b", b"0x", b"--", b"hello",
    b"chunked", b"identity", b"Transfer-Encoding: chunked\r\n", b"X: y\r\n",
    b"Content-Length: 5\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n",
]  # fmt: skip

Bytes = st.SearchStrategy[bytes]


@dataclasses.dataclass(frozen=True)
class Exchange:
    direction: str
    answers: str
    closes: bool
    octets: bytes

    def question(self, epoch: str) -> strict.Question:
        return strict.Question(epoch, self.direction, self.answers, self.closes)


def join(*parts: Bytes) -> Bytes:
    return st.tuples(*parts).map(b"".join)


def pick(*values: bytes) -> Bytes:
    return st.sampled_from(values)


def rarely(usual: bytes, *others: bytes) -> Bytes:
    """Give the usual in most examples, so that others stand alone."""
    return st.sampled_from([usual] * (len(others) * USUAL) + list(others))


line_ends = rarely(b"\r\n", b"\n", b"\r\r\n", b"\r\n\t", b"\r\n ", b"\n ")
spaces = rarely(b" ", b"", b"\t", b"  ", b" \t ", b"\r\n ", b"\n\t")
numbers = st.one_of(
    st.integers(0, 12).map(lambda number: b"%d" % number),
    pick(
        b"05", b"+5", b"-5", b"0x5", b"5a", b"", b"1 0", b"1_0", b"\xb2",
        b"18446744073709551615", b"18446744073709551616", b"4294967301",
    ),
)  # fmt: skip


def lists(members: Bytes) -> Bytes:
    separators = pick(b",", b", ", b" ,", b"\t,\t", b",,", b" ")
    more = st.lists(join(separators, members), max_size=2).map(b"".join)
    return join(members, more)


parameters = st.lists(
    join(
        pick(b";", b" ; ", b";\t"),
        pick(b"a", b"q", b"boundary", b""),
        rarely(b"=", b" = ", b"=="),
        pick(b"b", b"1", b'"x"', b'"x,;y"', b'"\\""', b'"', b"B", b'"B"'),
    ),
    max_size=2,
).map(b"".join)
codings = join(
    pick(
        b"chunked", b"chunked", b"chunked", b"Chunked", b"gzip", b"identity",
        b"xchunked", b"chunkedx", b"identityx", b"", b"'chunked'", b"\x0bchunked",
    ),
    st.one_of(st.just(b""), st.just(b""), parameters),
)  # fmt: skip
boundaries = pick(b"B", b'"B"', b'"B:1 2"', b'"\\B"', b"B" * 70, b"B" * 71, b'""')
media = st.one_of(
    join(
        pick(b"multipart/byteranges", b"Multipart/ByteRanges"),
        pick(b";", b"; ", b" ;\t"),
        pick(b"boundary=", b"Boundary=", b"a=b; boundary="),
        boundaries,
        rarely(b"", b";", b"; a=b", b" x", b"; boundary=C"),
    ),
    pick(b"text/plain", b"multipart/mixed; boundary=B", b"multipart/byteranges"),
    join(st.just(b"multipart/byteranges"), parameters),
)
options = lists(pick(b"close", b"keep-alive", b"Close", b"x", b"closed"))


def field(name: bytes, values: Bytes) -> Bytes:
    names = rarely(name, name.lower(), name.upper(), name + b"x", name[1:])
    colons = rarely(b":", b" :", b"\t:", b"", b"\r\n :", b"::")
    return join(names, colons, spaces, values, rarely(b"", b" ", b"\t"), line_ends)


fields = st.one_of(
    field(b"Content-Length", st.one_of(numbers, lists(numbers))),
    field(b"Transfer-Encoding", st.one_of(codings, lists(codings))),
    field(b"Content-Type", media),
    field(b"Connection", options),
    field(b"X", st.one_of(pick(b"y", b"", b"\x00", b"\x80", b"a\x0bb"))),
)
sections = join(st.lists(fields, max_size=3).map(b"".join), rarely(b"\r\n", b"\n", b""))

extensions = st.lists(
    join(
        rarely(b";", b" ; ", b";;", b" "),
        rarely(b"a", b"", b"@"),
        pick(b"", b"=b", b' = "x;\\"y"', b"=", b'="'),
    ),
    max_size=2,
).map(b"".join)
chunk_ends = rarely(b"\r\n", b"\n", b"", b"\r", b"\r\r\n", b"XX", b"\r\n\r\n")


@st.composite
def chunk(draw: st.DrawFn) -> bytes:
    data = draw(st.binary(min_size=1, max_size=12))
    size = draw(
        st.one_of(
            st.just(b"%x" % len(data)),
            st.just(b"%x" % len(data)),
            pick(b"%X" % len(data), b"00%x" % len(data), b"0x5", b"-1", b"", b"g",
                 b"ffffffffffffffff", b"10000000000000000"),
        )
    )  # fmt: skip
    extension = draw(st.one_of(st.just(b""), extensions))
    return size + extension + draw(chunk_ends) + data + draw(chunk_ends)


trailers = join(st.lists(fields, max_size=2).map(b"".join), rarely(b"\r\n", b"\n", b""))
chunked = join(
    st.lists(chunk(), max_size=3).map(b"".join),
    rarely(b"0", b"000", b"", b"0;a=b", b"0 "),
    chunk_ends,
    st.one_of(st.just(b"\r\n"), trailers),
)
ranges = join(
    pick(b"", b"\r\n", b"x\r\n"),
    st.lists(
        pick(b"--B\r\n", b"--B \r\n", b"\r\na", b"\r\n", b"--", b"B", b"--B-", b"--b--",
             b"--BB--", b"\n--B--", b"x--B--", b"\r\n--B:1 2--", b"\r\n--B\r\n"),
        max_size=6,
    ).map(b"".join),
    pick(b"\r\n--B--", b"\r\n--B--\r\n", b"--B--", b"\r\n--B-- \t\r\n", b"\r\n--B",
         b"\r\n--B--\r\r\n", b"\r\n--" + b"B" * 70 + b"--\r\n"),
)  # fmt: skip
bodies = st.one_of(chunked, chunked, ranges, st.binary(max_size=20))

request_lines = rarely(
    b"POST /e HTTP/1.1", b"GET / HTTP/1.0", b"GET / HTTP/1.2", b"GET / HTTP/2.0",
    b"GET /", b"GET  / HTTP/1.1", b"G@T / HTTP/1.1", b"GET /\x80 HTTP/1.1",
    b"GET / HTTP/1.1 ", b"CONNECT h:80 HTTP/1.1",
)  # fmt: skip
status_lines = st.one_of(
    st.just(b"HTTP/1.1 200 OK"),
    rarely(b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 20 OK", b"ICY 200 OK",
           b"HTTP/1.1 200 ", b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK"),
    pick(b"HTTP/1.1 100 C", b"HTTP/1.1 101 S", b"HTTP/1.1 204 N", b"HTTP/1.1 206 P",
         b"HTTP/1.1 304 N", b"HTTP/1.1 404 N", b"HTTP/1.1 000 Z"),
)  # fmt: skip


@st.composite
def edited(draw: st.DrawFn, octets: bytes) -> bytes:
    """Change some octets, cut some off, or leave all as they are."""
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        start = draw(st.integers(0, len(octets)))
        stop = draw(st.integers(start, min(len(octets), start + 3)))
        new = draw(st.one_of(pick(b"", *INTERESTING), st.just(octets[start:stop] * 2)))
        octets = octets[:start] + new + octets[stop:]
    if draw(st.integers(0, 7)) == 0:
        octets = octets[: draw(st.integers(0, len(octets)))]
    return octets[:OCTETS_MAX]


soup = st.lists(pick(*WORDS), max_size=12).map(b"".join)
coded = join(fields, st.just(b"Transfer-Encoding: chunked\r\n\r\n"))
sized = join(field(b"Content-Length", numbers), st.just(b"\r\n"))
ranged = join(field(b"Content-Type", media), st.just(b"\r\n"))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    direction = draw(st.sampled_from(["request", "response"]))
    answers = ""
    if direction == "response":
        answers = draw(st.sampled_from(["GET", "GET", "GET", "HEAD", "CONNECT"]))
    lines = request_lines if direction == "request" else status_lines
    first = join(rarely(b"", b"\r\n", b"\n", b" "), lines, line_ends)
    octets = draw(
        st.one_of(
            join(first, sections, bodies),
            join(first, coded, chunked),
            join(first, coded, soup),
            join(first, sized, st.binary(max_size=14)),
            join(first, ranged, ranges),
            join(first, soup),
        )
    )
    return Exchange(direction, answers, draw(st.booleans()), draw(edited(octets)))


@st.composite
def changed(draw: st.DrawFn, case: lint.Case, octets: bytes) -> Exchange:
    if draw(st.booleans()):
        place = draw(st.integers(0, len(octets)))
        octets = octets[:place] + draw(pick(*WORDS)) + octets[place:]
    return Exchange(
        case.one("direction"),
        case.one("answers"),
        draw(st.booleans()),
        draw(edited(octets)),
    )


def neighbours(cases: list[lint.Case]) -> st.SearchStrategy[Exchange]:
    """Give what comes out when a case of the corpus is changed a little."""
    wires = [(case, case.wire()) for case in cases]
    short = [pair for pair in wires if len(pair[1]) <= OCTETS_MAX]
    return st.sampled_from(short).flatmap(lambda pair: changed(*pair))
