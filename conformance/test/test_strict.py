# SPDX-License-Identifier: MIT
"""The strict reader rules by the letter of each RFC."""

from __future__ import annotations

import pathlib
import sys

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOM / "tools"))
import strict  # noqa: E402

POST = b"POST /e HTTP/1.1\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CODED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
BOTH = ("rfc2616", "rfc9112")


def request(wire: bytes, epoch: str, closes: bool = False) -> strict.Reading:
    return strict.read(wire, strict.Question(epoch, "request", "", closes))


def response(
    wire: bytes, epoch: str, answers: str = "GET", closes: bool = False
) -> strict.Reading:
    question = strict.Question(epoch, "response", answers, closes)
    return strict.read(wire, question)


def kinds(fields: bytes, body: bytes = b"") -> list[str]:
    """Give the outcomes of a request without its end, one for each RFC."""
    wire = POST + fields + b"\r\n" + body
    return [request(wire, epoch).text().split("@")[0] for epoch in BOTH]


def response_kinds(fields: bytes, body: bytes = b"") -> list[str]:
    wire = OK + fields + b"\r\n" + body
    readings = [response(wire, epoch, closes=True) for epoch in BOTH]
    return [reading.text().split("@")[0] for reading in readings]


@pytest.mark.parametrize("epoch", BOTH)
def test_the_end_and_the_body_of_each_framing(epoch: str) -> None:
    next_one = b"GET / HTTP/1.1\r\n\r\n"
    plain = request(POST + b"\r\n" + next_one, epoch)
    assert (plain.text(), plain.body) == ("none@20", b"")
    sized = request(POST + b"Content-Length: 5\r\n\r\nhello" + next_one, epoch)
    assert (sized.text(), sized.body) == ("cl:5@44", b"hello")
    chunked = request(POST + CODED + b"\r\n" + CHUNKS + next_one, epoch)
    assert (chunked.text(), chunked.body) == ("chunked:5@63", b"hello")
    closed = response(OK + b"\r\nhello", epoch, closes=True)
    assert (closed.text(), closed.body) == ("close:5@24", b"hello")
    assert response(OK + b"\r\nhello", epoch).kind == "wait"


@pytest.mark.parametrize("epoch", BOTH)
@pytest.mark.parametrize("fields", [b"Content-Length: 5\r\n", CODED, b""])
def test_some_responses_have_no_body_whatever_they_say(
    epoch: str, fields: bytes
) -> None:
    for code in (b"100", b"199", b"204", b"304"):
        wire = b"HTTP/1.1 " + code + b" x\r\n" + fields + b"\r\n"
        assert response(wire + CHUNKS, epoch).text() == f"none@{len(wire)}"
    wire = OK + fields + b"\r\n"
    assert response(wire + CHUNKS, epoch, "HEAD").text() == f"none@{len(wire)}"
    assert response(wire + b"x", epoch, "CONNECT").text() == f"tunnel@{len(wire)}"
    assert response(wire + b"x", epoch, "connect").kind != "tunnel"


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        (b"Content-Length: 005\r\n", "cl:5", "cl:5"),
        (b"Content-Length:\t5 \r\n", "cl:5", "cl:5"),
        (b"Content-Length: 5, 5\r\n", "cl:5", "cl:5"),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", "reject", "reject"),
        (b"Content-Length: 5,\r\n", "reject", "reject"),
        (b"Content-Length:\r\n", "reject", "reject"),
        (b"Content-Length: +5\r\n", "reject", "reject"),
        (b"Content-Length: 0x5\r\n", "reject", "reject"),
        (b"Content-Length: 18446744073709551615\r\n", "wait", "wait"),
        (b"Content-Length: 18446744073709551616\r\n", "reject", "reject"),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", "reject", "reject"),
        (b"Content-Length : 5\r\n", "cl:5", "reject"),
        (b"Content-Length:\r\n 5\r\n", "cl:5", "reject"),
        (b"Content-Length: 5\n", "cl:5", "reject"),
        (b" Content-Length: 5\r\n", "reject", "reject"),
        (b"X: \r\r\nContent-Length: 5\r\n", "reject", "reject"),
        (b"X: \x00\r\nContent-Length: 5\r\n", "reject", "reject"),
        (b"Content-Length: 1\r\n 0\r\n", "reject", "reject"),
    ],
)
def test_lengths(fields: bytes, old: str, new: str) -> None:
    assert kinds(fields, b"hello!") == [old, new]


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        (b"Transfer-Encoding: CHUNKED\r\n", "chunked:5", "chunked:5"),
        (b"Transfer-Encoding: ,chunked ,\r\n", "chunked:5", "chunked:5"),
        (b"Transfer-Encoding: gzip;a=\",\", chunked\r\n", "chunked:5", "chunked:5"),
        (b"Transfer-Encoding: gzip\r\n" + CODED, "chunked:5", "chunked:5"),
        (CODED + b"Transfer-Encoding: gzip\r\n", "reject", "reject"),
        (CODED + CODED, "reject", "reject"),
        (b"Transfer-Encoding: chunked;a=b\r\n", "reject", "reject"),
        (b"Transfer-Encoding: chunkedx\r\n", "reject", "reject"),
        (b"Transfer-Encoding: \"chunked\"\r\n", "reject", "reject"),
        (b"Transfer-Encoding: gzip;a, chunked\r\n", "reject", "reject"),
        (b"Transfer-Encoding: chunked chunked\r\n", "reject", "reject"),
        (b"Transfer-Encoding:\r\n", "reject", "reject"),
        (b"Transfer-Encoding: identity\r\n", "none", "reject"),
        (b"Transfer-Encoding: chunked, identity\r\n", "chunked:5", "reject"),
        (CODED + b"Content-Length: x\r\n", "chunked:5", "chunked:5"),
    ],
)
def test_codings_of_a_request(fields: bytes, old: str, new: str) -> None:
    assert kinds(fields, CHUNKS) == [old, new]


def test_codings_of_a_response() -> None:
    gzip = b"Transfer-Encoding: gzip\r\n"
    assert response_kinds(gzip, b"hello") == ["close:5", "close:5"]
    assert response_kinds(CODED + gzip, b"hello") == ["close:5", "close:5"]
    empty = b"Transfer-Encoding: ,\r\n"
    # RFC 9112 6.1 lets the list be empty, RFC 2616 14.41 does not.
    assert response_kinds(empty, b"hello") == ["reject", "close:5"]
    identity = b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n"
    assert response_kinds(identity, b"hello") == ["cl:2", "close:5"]


@pytest.mark.parametrize(
    ("chunks", "outcome"),
    [
        (b"0\r\n\r\n", "chunked:0"),
        (b"000\r\n\r\n", "chunked:0"),
        (b"A\r\n0123456789\r\n0\r\n\r\n", "chunked:10"),
        (b"1;a;b=c ; d = \"\\\"x\"\r\nz\r\n0;e\r\nX: y\r\n\r\n", "chunked:1"),
        (b"0" * 99 + b"1\r\nz\r\n0\r\n\r\n", "chunked:1"),
        (b"1\r\nz\r\n0\r\n", "wait"),
        (b"1\r\nz\r", "wait"),
        (b"1;a=\"\\", "wait"),
        (b"1 ", "wait"),
        (b"ffffffffffffffff\r\n", "wait"),
        (b"10000000000000000", "reject"),
        (b"1 \r\nz\r\n0\r\n\r\n", "reject"),
        (b"1;\r\n", "reject"),
        (b"1;a \r\n", "reject"),
        (b"1;a=\r\n", "reject"),
        (b"1\nz\r\n0\r\n\r\n", "reject"),
        (b"1\r\nz\n0\r\n\r\n", "reject"),
        (b"1\r\nzz", "reject"),
        (b"\r\n", "reject"),
        (b"0x1\r\n", "reject"),
        (b"-1\r\n", "reject"),
        (b"0\r\nGET / HTTP/1.1\r\n", "reject"),
        (b"0\r\n X: y\r\n\r\n", "reject"),
    ],
)
def test_chunks(chunks: bytes, outcome: str) -> None:
    assert kinds(CODED, chunks) == [outcome, outcome]


@pytest.mark.parametrize(
    ("media", "body", "octets"),
    [
        (b"boundary=B", b"--B\r\n\r\na\r\n--B--\r\nX", 17),
        (b"boundary=B", b"\r\n\r\n--B\r\n\r\na\r\n--B--X", 19),
        (b"boundary=\"B 1\"", b"--B 1\r\n\r\na\r\n--B 1-- \r\n", 22),
        (b"x=\";boundary=C\";Boundary=\"\\B\"", b"--B\r\n\r\na\r\n--B--", 15),
        (b"boundary=B", b"--B\r\n\r\n--BB--\r\nx--B--\n--B--\r\n--B--", 34),
    ],
)
def test_byteranges_end_at_their_boundary(
    media: bytes, body: bytes, octets: int
) -> None:
    fields = b"Content-Type: multipart/byteranges; " + media + b"\r\n"
    assert kinds(fields, body) == [f"mpbr:{octets}", "none"]
    old, new = response_kinds(fields, body)
    assert (old, new) == (f"mpbr:{octets}", f"close:{len(body)}")


def test_byteranges_without_a_usable_boundary_are_not_delimited() -> None:
    body = b"--B\r\n\r\na\r\n--B--\r\n"
    for media in (
        b"multipart/byteranges",
        b"multipart/byteranges; boundary=",
        b"multipart/byteranges; boundary=" + b"B" * 71,
        b"multipart/x-byteranges; boundary=B",
        b"multipart/byteranges; boundary=\"B",
    ):
        old, _ = response_kinds(b"Content-Type: " + media + b"\r\n", body)
        assert old == "close:17", media
    twice = b"Content-Type: multipart/byteranges; boundary=B; boundary=C\r\n"
    assert response_kinds(twice, body)[0] == "reject"
    field = b"Content-Type: multipart/byteranges; boundary=B\r\n"
    assert response_kinds(field, body[:-4])[0] == "incomplete"
    assert response_kinds(field + b"Content-Length: 3\r\n", body)[0] == "cl:3"


def test_what_a_response_may_have_that_a_request_may_not() -> None:
    # RFC 9112 5.1 and 5.2 tell who reads responses how to repair them.
    assert response_kinds(b"Content-Length : 1\r\n", b"x") == ["cl:1", "cl:1"]
    assert response_kinds(b"Content-Length:\r\n 1\r\n", b"x") == ["cl:1", "cl:1"]


@pytest.mark.parametrize("epoch", BOTH)
def test_empty_lines_may_come_first(epoch: str) -> None:
    assert request(b"\r\n\r\n" + POST + b"\r\n", epoch).text() == "none@24"
    wire = b"\r\nHTTP/1.1 204 N\r\n\r\n"
    assert response(wire, epoch).text() == "none@20"
    assert response(wire[:1], epoch).kind == "wait"


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (b"GET /HTTP/1.0 HTTP/1.1\r\n", "none", "none"),
        (b"GET / HTTP/1.12\r\n", "none", "reject"),
        (b"GET / HTTP/2.0\r\n", "reject", "reject"),
        (b"GET /\r\n", "reject", "reject"),
        (b"GET  /\tHTTP/1.1\r\n", "none", "reject"),
        (b"GET / HTTP/1.1 \r\n", "reject", "reject"),
        (b"GET / http/1.1\r\n", "none", "reject"),
    ],
)
def test_request_lines(line: bytes, old: str, new: str) -> None:
    for epoch, kind in zip(BOTH, (old, new)):
        assert request(line + b"\r\n", epoch).kind == kind


@pytest.mark.parametrize("epoch", BOTH)
def test_every_front_of_a_message_waits(epoch: str) -> None:
    head = POST + b"X: \t y\r\n" + CODED + b"\r\n"
    wire = b"\r\n" + head + b"1 ; a = \"\\x\" ;b\r\nz\r\n0\r\nX:\r\n\r\n"
    assert request(wire, epoch).text() == f"chunked:1@{len(wire)}"
    for size in range(len(wire)):
        assert request(wire[:size], epoch).kind == "wait", wire[:size]
        assert request(wire[:size], epoch, True).kind == "incomplete"


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (b"HTTP/1.1 204 \r\n", "none", "none"),
        (b"HTTP/1.1 204\r\n", "none", "reject"),
        (b"HTTP/1.1 \t204  N\r\n", "none", "reject"),
        (b"http/01.1 204 N\r\n", "none", "reject"),
        (b"HTTP/1.1 2040 N\r\n", "reject", "reject"),
        (b"HTTP/1.1204 N\r\n", "reject", "reject"),
        (b" HTTP/1.1 204 N\r\n", "reject", "reject"),
    ],
)
def test_status_lines(line: bytes, old: str, new: str) -> None:
    for epoch, kind in zip(BOTH, (old, new)):
        assert response(line + b"\r\n", epoch).kind == kind


def test_what_an_old_message_nominates_is_not_read() -> None:
    fields = b"Connection: Transfer-Encoding\r\nContent-Length: 2\r\n" + CODED
    for version, old in ((b"1.0", "cl:2@"), (b"1.1", "chunked:5@")):
        wire = b"POST / HTTP/" + version + b"\r\n" + fields + b"\r\n" + CHUNKS
        assert request(wire, "rfc2616").text().startswith(old)
        assert request(wire, "rfc9112").text().startswith("chunked:5@")


def test_a_refusal_names_the_octet() -> None:
    found = request(b"GET / HTTQ/1.1\r\n\r\n", "rfc9112")
    assert found.reason == "the header section is wrong at octet 9: b'Q'"
    assert found.must_close and not found.is_complete


@pytest.mark.parametrize(
    ("version", "fields", "old", "new"),
    [
        (b"1.1", CODED, False, False),
        (b"1.1", CODED + b"Connection: x, Close\r\n", True, True),
        (b"1.1", CODED + b"Connection: closed\r\n", False, False),
        (b"1.1", CODED + b"Content-Length: 9\r\n", False, True),
        (b"1.0", CODED, False, True),
        (b"1.0", b"", False, True),
        (b"1.0", CODED + b"Connection: keep-alive\r\n", False, True),
        (b"1.0", b"Connection: keep-alive\r\n", False, False),
    ],
)
def test_when_a_connection_must_close(
    version: bytes, fields: bytes, old: bool, new: bool
) -> None:
    wire = b"POST / HTTP/" + version + b"\r\n" + fields + b"\r\n" + CHUNKS
    for epoch, wanted in zip(BOTH, (old, new)):
        reading = request(wire, epoch)
        assert reading.is_complete
        assert reading.must_close == wanted, epoch


@pytest.mark.parametrize("epoch", BOTH)
def test_the_final_response_follows_an_interim_one(epoch: str) -> None:
    wire = b"HTTP/1.0 100 C\r\nConnection: close\r\n\r\n"
    assert not response(wire, epoch).must_close
