# SPDX-License-Identifier: MIT
"""The lint finds what it is there to find."""

from __future__ import annotations

import pathlib
import sys

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOM / "tools"))
import lint  # noqa: E402

GOOD = r"""# a comment

id: req-cl
since: 1
direction: request
to: server parser
send: {P}Content-Length: 5\r\n\r\nhello{S}
peer: keep
rfc2616: cl:5@53 | MUST | 4.4(3)
rfc9112: cl:5@53 / reject:400 | MUST | 6.3(6), RFC9110 8.6
body: hello
next: sentinel
harm: CL.0
flags: Known
refs: CVE-2025-12345 owner/repository#1
why: the length counts.

id: req-chunked
since: 1
direction: request
to: parser
send: {P}{C}\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n
peer: keep
rfc2616: chunked:5@87 | MUST | 3.6.1
rfc9112: chunked:5@87 | MUST | 7.1
body: hello
next: nothing
why: the chunks count.

id: res-close
since: 1
direction: response
to: client parser
answers: GET
send: {R}\r\nhello{T}
peer: eof
rfc2616: ~ close:45@64 | INFO | 4.4(5)
rfc9112: close:45@64 | MUST | 6.3(8)
body: hello{T}
next: nothing
why: the close counts.
"""


def write(folder: pathlib.Path, cases: str = GOOD) -> pathlib.Path:
    (folder / "index.txt").write_text("one.cases\n")
    (folder / "flags.txt").write_text("flag: Known\nbug: x\neffect: y\n")
    (folder / "retired.txt").write_text("# none\nreq-old\n")
    (folder / "one.cases").write_bytes(cases.encode("latin-1"))
    return folder


def test_the_supplied_corpus_is_clean() -> None:
    assert lint.lint(ROOM / "corpus") == []


def test_a_good_corpus_is_clean(tmp_path: pathlib.Path) -> None:
    assert lint.lint(write(tmp_path)) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # Offsets, octets and bodies are recomputed.
        ("cl:5@53 | MUST | 4.4", "cl:5@54 | MUST | 4.4", "end at 53"),
        ("cl:5@53 | MUST | 4.4", "cl:4@52 | MUST | 4.4", "no Content-Length"),
        ("cl:5@53 | MUST | 4.4", "none@53 | MUST | 4.4", "end at 48"),
        ("cl:5@53 | MUST | 4.4", "chunked:5@53 | MUST | 4.4", "chunk line"),
        ("chunked:5@87 | MUST | 7", "chunked:5@86 | MUST | 7", "end at 87"),
        ("chunked:5@87 | MUST | 7", "chunked:6@87 | MUST | 7", "5 octets"),
        ("body: hello\nnext: n", "body: HELLO\nnext: n", "body is b'hello'"),
        ("body: hello\nnext: n", "next: n", "in no body line"),
        ("close:45@64 | MUST", "close:44@63 | MUST", "45 octets, end at 64"),
        ("peer: eof", "peer: keep", "only a peer that closes"),
        ("why: the close", "body: x\nwhy: the close", "no outcome has 1"),
        # Only a line that lets go may need a tolerant reader.
        ("3;a=b", "3 ", "chunk line b'3 '"),
        ("X: y", "X y", "trailer line"),
        (r"hel\r\n", r"helX\r\n", "no line end behind chunk data"),
        (r"hel\r\n", r"hel\n", "a line ends with a bare LF"),
        # What follows the message is what next says.
        ("next: sentinel", "next: nothing", "what follows is sentinel"),
        ("next: sentinel\n", "", "what follows is sentinel"),
        ("hello{S}", "helloGET", "what follows is octets"),
        # Fields and their values.
        ("4.4(3)", "4.4(3) and so on", 'clause "4.4(3) and so on"'),
        (" | 4.4(3)", "", "not OUTCOMES | LEVEL | CLAUSE"),
        ("MUST | 4.4(3)", "MUST | ,", 'clause ","'),
        ("MUST | 4.4(3)", "WISH | 4.4(3)", 'level "WISH"'),
        ("INFO | 4.4(5)", "MAY | 4.4(5)", "a silent line has the level INFO"),
        ("/ reject:400", "/ reject:999", 'outcome "reject:999"'),
        ("/ reject:400", "/ cl:5@53", "an outcome stands twice"),
        ("since: 1\ndirection: response", "direction: response", "since is"),
        ("why: the close counts.\n", "", "why is missing"),
        ("why: the close counts.", "why: no stop", "not a sentence"),
        ("answers: GET\n", "", "answers: responses have it"),
        ("flags: Known", "flags: Known New", "not in flags.txt: New"),
        ("harm: CL.0", "harm: CL", "harm: CL"),
        ("refs: CVE-2025-12345", "refs: CVE-1", "refs: CVE-1"),
        ("to: client parser", "to: cook", "not server proxy client parser"),
        ("next: nothing\nwhy: the close", "colour: red\nwhy: the close", "colour"),
        ("{P}{C}", "{P}{Q}", "unknown macro {Q}"),
        ("{P}{C}", r"{P}{C}\q", "unknown escape"),
        ("{P}{C}", "{P}{C", "a brace has no partner"),
        # Ids and octets of the files.
        ("id: req-chunked", "id: req-cl", "the id is that of one.cases:3"),
        ("id: req-chunked", "id: req-old", "the id is retired"),
        ("why: the close", "why: th\xe9 close", "not printable ASCII"),
        ("why: the close", "why:\tthe close", "not printable ASCII"),
        ("peer: eof\n", "peer: eof\r\n", "not printable ASCII"),
        ("peer: eof\n", "peer: eof \n", "ends with a space"),
        ("peer: eof\n", "peer: eof\npeer: eof\n", "peer twice"),
        ("peer: eof\n", "peer\n", 'not "key: value"'),
        ("count.\n\nid: res-close", "count.\nid: res-close", "id twice"),
    ],
)
def test_one_fault_is_found(
    tmp_path: pathlib.Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    found = lint.lint(write(tmp_path, GOOD.replace(old, new, 1)))
    assert any(message in problem for problem in found), found


RANGES = r"""id: res-ranges
since: 1
direction: response
to: parser
answers: GET
send: {R}Content-Type: <head>\r\n\r\n<body>{T}
peer: keep
rfc2616: mpbr:<octets>@<end> | <level> | 4.4(4)
rfc9112: wait | MUST | 6.3(8)
body: <body>
next: sentinel
why: the closing boundary counts.
"""


def ranges(head: str, body: str, level: str = "MUST") -> str:
    """Give a case with these parameters, whose body is said to be all of it."""
    octets = lint.expand(r"{R}Content-Type: " + head + r"\r\n\r\n" + body)
    fields = {
        "<head>": head,
        "<body>": body,
        "<octets>": str(len(lint.expand(body))),
        "<end>": str(len(octets)),
        "<level>": level,
    }
    text = RANGES
    for name, value in fields.items():
        text = text.replace(name, value)
    return text


BODY = r"--B\r\n\r\na\r\n--B--\r\n"
MEDIA = "multipart/byteranges; boundary=B"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (MEDIA, BODY),
        ('Multipart/ByteRanges ;x="a;b" ; BOUNDARY="B"', BODY),
        (r'multipart/byteranges; boundary="\\B"', BODY),
        (r"multipart/byteranges;\r\n boundary=B", BODY),
        ('multipart/byteranges; boundary="B:1 2"', BODY.replace("B", "B:1 2")),
        ("multipart/byteranges; boundary={70*B}", BODY.replace("B", "{70*B}")),
        # The line end behind the close delimiter belongs to the message.
        (MEDIA, BODY.removesuffix(r"\r\n")),
        (MEDIA, r"--B \t\r\n\r\na\r\n--B-- \t\r\n"),
        # What stands in front of the first delimiter does as well.
        (MEDIA, r"\r\n\r\n" + BODY),
        (MEDIA, r"preamble\r\n" + BODY),
        # What looks like a close delimiter.
        (MEDIA, r"--B\r\n\r\nx--B--\r\n--BB--\r\n--b--\r\n--B-\r\n--B--\r\n"),
        (MEDIA, r"--B\r\n\r\n\n--B--\n\r--B--\r\r\n--B--\r\n"),
        (MEDIA, r"--B\r\n--B--\r\n"),
    ],
)
def test_a_close_delimiter_is_found(
    tmp_path: pathlib.Path, head: str, body: str
) -> None:
    assert lint.lint(write(tmp_path, ranges(head, body))) == []


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        ("text/plain; boundary=B", BODY, "is not multipart/byteranges"),
        ("multipart/x-byteranges; boundary=B", BODY, "is not multipart"),
        ("multipart/byterangesx; boundary=B", BODY, "parameters b'x;"),
        ("multipart/byteranges; boundary= B", BODY, "parameters b'; b"),
        ("multipart/byteranges; boundary=C", BODY, "no close delimiter"),
        ("multipart/byteranges; x=B", BODY, "boundaries []"),
        (MEDIA + "; boundary=B", BODY, "boundaries [b'B', b'B']"),
        (MEDIA + r"\r\nContent-Type: " + MEDIA, BODY, "2 media types"),
        ('multipart/byteranges; boundary="B "', BODY, "boundaries [b'B ']"),
        ("multipart/byteranges; boundary={71*B}", BODY, "boundaries [b'BBB"),
        (MEDIA, BODY.replace(r"a\r\n--B--", "a--B--"), "no close delimiter"),
        (MEDIA, r"--B--\r\n" + BODY, "no part in front"),
        (MEDIA, BODY.replace(r"\r", ""), "no close delimiter"),
        (MEDIA, BODY + r"\r\n", "recomputed: 17 octets"),
        (MEDIA, BODY.replace("--B--", "--B--x"), "recomputed: 15 octets"),
    ],
)
def test_a_wrong_byteranges_end_is_found(
    tmp_path: pathlib.Path, head: str, body: str, message: str
) -> None:
    found = lint.lint(write(tmp_path, ranges(head, body)))
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("multipart/x-byteranges; boundary=B", BODY),
        ("multipart/byteranges; boundary = B", BODY),
        (MEDIA + "; boundary=C", BODY),
        ("multipart/byteranges; boundary=C; boundary=B", BODY),
        (MEDIA + r"\r\nContent-Type: multipart/byteranges; boundary=C", BODY),
        (MEDIA, r"--B--\r\n"),
    ],
)
def test_an_odd_byteranges_end_needs_an_excuse(
    tmp_path: pathlib.Path, head: str, body: str
) -> None:
    assert lint.lint(write(tmp_path, ranges(head, body))) != []
    assert lint.lint(write(tmp_path, ranges(head, body, "INFO"))) == []


def test_problems_name_file_and_line(tmp_path: pathlib.Path) -> None:
    cases = GOOD.replace("close:45@64 | MUST", "close:45@63 | MUST")
    assert lint.lint(write(tmp_path, cases)) == [
        "one.cases:30: res-close: rfc9112: close:45@63: "
        "recomputed: 45 octets, end at 64"
    ]


def test_a_tolerant_reading_needs_an_excuse(tmp_path: pathlib.Path) -> None:
    padded = GOOD.replace("3;a=b", "3    ")
    assert lint.lint(write(tmp_path, padded)) != []
    excused = padded.replace("@87 | MUST", "@87 / reject:400 | MUST")
    assert lint.lint(write(tmp_path, excused)) == []


def test_a_file_outside_the_index_is_found(tmp_path: pathlib.Path) -> None:
    write(tmp_path)
    (tmp_path / "two.cases").write_text("\n")
    assert lint.lint(tmp_path) == ["index.txt: two.cases is not named"]


def test_an_index_out_of_order_is_found(tmp_path: pathlib.Path) -> None:
    write(tmp_path)
    (tmp_path / "a.cases").write_text("\n")
    (tmp_path / "index.txt").write_text("one.cases\na.cases\n")
    assert "index.txt: not in ascending order, each name once" in lint.lint(
        tmp_path
    )


def test_a_class_comes_before_the_classes_it_begins(
    tmp_path: pathlib.Path,
) -> None:
    write(tmp_path)
    (tmp_path / "one-more.cases").write_text("\n")
    (tmp_path / "index.txt").write_text("one.cases\none-more.cases\n")
    assert lint.lint(tmp_path) == []


def test_missing_files_are_named(tmp_path: pathlib.Path) -> None:
    assert "flags.txt" in lint.lint(tmp_path)[0]
    write(tmp_path)
    (tmp_path / "one.cases").unlink()
    assert "one.cases" in lint.lint(tmp_path)[0]


def test_exit_codes(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint.main(["lint.py", str(write(tmp_path))]) == 0
    assert "clean" in capsys.readouterr().out
    (tmp_path / "one.cases").write_text("id: x\n")
    assert lint.main(["lint.py", str(tmp_path)]) == 3
    assert "one.cases:1: x: since is missing" in capsys.readouterr().out
    assert lint.main(["lint.py", "a", "b"]) == 2
