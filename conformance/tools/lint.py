#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check a corpus with a reader that shares nothing with the C program.

Usage: lint.py [--strict] [DIR]. Recomputes the end and the body of every
complete outcome, rules on the octets by the strict reader, and refuses what
corpus/README.md forbids; with --strict a sentence of clauses.txt without a
case as well. Prints file:line: message for each problem. Exit codes: 0 clean,
2 usage, 3 problems.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterator

import clauses
import flags as flag_words
import lint_byteranges
import strict

LINE_CHARACTERS_MAX = 4096
MACROS = {
    "P": r"POST /e HTTP/1.1\r\nHost: h\r\n",
    "G": r"GET /e HTTP/1.1\r\nHost: h\r\n",
    "R": r"HTTP/1.1 200 OK\r\n",
    "S": r"GET /sentinel HTTP/1.1\r\nHost: h\r\n\r\n",
    "T": r"HTTP/1.1 299 Next\r\nContent-Length: 0\r\n\r\n",
    "C": r"Transfer-Encoding: chunked\r\n",
    "B": r"5\r\nhello\r\n0\r\n\r\n",
}
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\", '"': '"'}
EPOCHS = ("rfc2616", "rfc9112")
REQUIRED = ("id", "since", "direction", "to", "send", "peer", *EPOCHS, "why")
KEYS = {*REQUIRED, "answers", "body", "next", "harm", "flags", "refs"}
REPEATED = {"send", "body"}
LEVELS = {"MUST", "SHOULD", "OUGHT", "MAY", "GRAMMAR", "INFO"}
ROLES = {"server", "proxy", "client", "parser"}
HARMS = {"CL", "TE", "0", "SIZE", "TERM", "EXT", "SPILL"}

OUTCOME = re.compile(
    r"(?:(?P<kind>none|tunnel)@(?P<end>\d+)"
    r"|(?P<body_kind>cl|chunked|mpbr|close):(?P<octets>\d+)@(?P<body_end>\d+)"
    r"|(?P<other>wait|incomplete|error|reject:[1-5]\d\d))(?P<close> !close)?"
)
CLAUSE = re.compile(r"(?:RFC\d+ )?\d+(?:\.\d+)*(?:\(\d+\))?")
REFERENCE = re.compile(r"CVE-\d{4}-\d{4,}|[\w.-]+/[\w.-]+#\d+")
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]+)(?:[ \t]*;[ \t]*"
    + TOKEN
    + rb"(?:[ \t]*=[ \t]*(?:"
    + TOKEN
    + rb"|"
    + QUOTED
    + rb"))?)*"
)
FIELD_LINE = re.compile(TOKEN + rb":[\t -~\x80-\xff]*")
CHUNK_LINE_TOLERANT = re.compile(rb"[ \t]*([0-9A-Fa-f]+)[ \t]*(?:;.*)?", re.S)


class Problem(Exception):
    """Something that corpus/README.md forbids."""


@dataclasses.dataclass(frozen=True)
class Line:
    number: int
    text: str


@dataclasses.dataclass(frozen=True)
class Outcome:
    text: str
    kind: str  # "" where the message is not complete
    octets: int
    end: int


@dataclasses.dataclass(frozen=True)
class Ruling:
    outcomes: tuple[Outcome, ...]
    silent: bool
    level: str

    def excuses_tolerance(self) -> bool:
        """Tell whether an outcome may need more than the grammar allows."""
        other = any(not outcome.kind for outcome in self.outcomes)
        return self.silent or self.level == "INFO" or other


@dataclasses.dataclass(frozen=True)
class Case:
    file: str
    line: int
    fields: dict[str, list[str]]

    def one(self, key: str) -> str:
        return self.fields.get(key, [""])[0]

    def words(self, key: str) -> list[str]:
        return self.one(key).split()

    def wire(self) -> bytes:
        return b"".join(expand(text) for text in self.fields["send"])

    def bodies(self) -> list[bytes]:
        return [expand(text) for text in self.fields.get("body", [])]


def expand(text: str) -> bytes:
    """Expand the macros, innermost first, then the escapes."""
    while (found := re.search(r"\{([^{}]*)\}", text)) is not None:
        name = found.group(1)
        times = re.fullmatch(r"(\d+)\*(.*)", name)
        if name in MACROS:
            value = MACROS[name]
        elif times is not None:
            value = times.group(2) * int(times.group(1))
        else:
            raise Problem(f"unknown macro {{{name}}}")
        text = text[: found.start()] + value + text[found.end() :]
    if "{" in text or "}" in text:
        raise Problem("a brace has no partner")
    return re.sub(r"\\(x..|.|$)", unescape, text).encode("latin-1")


def unescape(found: re.Match[str]) -> str:
    name = found.group(1)
    if re.fullmatch(r"x[0-9A-Fa-f]{2}", name):
        return chr(int(name[1:], 16))
    if name not in ESCAPES:
        raise Problem(f"unknown escape \\{name}")
    return ESCAPES[name]


def read_lines(path: pathlib.Path) -> Iterator[Line]:
    """Give the lines that are no comments; empty ones end a stanza."""
    octets = path.read_bytes()
    if octets and not octets.endswith(b"\n"):
        raise Problem("the last line has no line feed")
    for number, raw in enumerate(octets.split(b"\n")[:-1], 1):
        if re.search(rb"[^ -~]", raw):
            raise Problem(f"line {number}: not printable ASCII")
        if raw.endswith(b" ") or len(raw) > LINE_CHARACTERS_MAX:
            raise Problem(f"line {number}: too long, or ends with a space")
        if not raw.startswith(b"#"):
            yield Line(number, raw.decode("ascii"))


def read_stanzas(path: pathlib.Path) -> Iterator[tuple[int, dict[str, list[str]]]]:
    fields: dict[str, list[str]] = {}
    start = 0
    for line in [*read_lines(path), Line(0, "")]:
        if line.text:
            start = start if fields else line.number
            key, colon, value = line.text.partition(": ")
            if not colon:
                raise Problem(f"line {line.number}: not \"key: value\"")
            if key in fields and key not in REPEATED:
                raise Problem(f"line {line.number}: {key} twice")
            fields.setdefault(key, []).append(value)
        elif fields:
            yield start, fields
            fields = {}


def parse_outcome(text: str) -> Outcome:
    found = OUTCOME.fullmatch(text)
    if found is None:
        raise Problem(f'outcome "{text}"')
    if found["other"]:
        return Outcome(text, "", 0, 0)
    if found["kind"]:
        return Outcome(text, found["kind"], 0, int(found["end"]))
    return Outcome(
        text, found["body_kind"], int(found["octets"]), int(found["body_end"])
    )


def parse_ruling(text: str) -> Ruling:
    parts = text.split(" | ")
    if len(parts) != 3:
        raise Problem("not OUTCOMES | LEVEL | CLAUSE")
    accepted, level, clauses = parts
    silent = accepted.startswith("~ ")
    if level not in LEVELS:
        raise Problem(f'level "{level}"')
    if silent and level != "INFO":
        raise Problem("a silent line has the level INFO")
    for clause in clauses.split(", "):
        if not CLAUSE.fullmatch(clause):
            raise Problem(f'clause "{clause}"')
    outcomes = accepted[2 if silent else 0 :].split(" / ")
    if len(set(outcomes)) != len(outcomes):
        raise Problem("an outcome stands twice")
    return Ruling(tuple(map(parse_outcome, outcomes)), silent, level)


def take_line(octets: bytes, at: int, tolerant: bool) -> tuple[bytes, int]:
    """Give the line that starts at `at`, without its end, and what follows."""
    feed = octets.find(b"\n", at)
    if feed < 0:
        raise Problem("the octets end inside a line")
    if octets[at:feed].endswith(b"\r"):
        return octets[at : feed - 1], feed + 1
    if not tolerant:
        raise Problem("a line ends with a bare LF")
    return octets[at:feed], feed + 1


def head_end(wire: bytes, tolerant: bool) -> int:
    """Give the offset behind the empty line that ends the header section."""
    started = False
    at = 0
    while True:
        line, at = take_line(wire, at, tolerant)
        if not line and started:
            return at
        started = started or bool(line)


def decode_chunks(wire: bytes, at: int, tolerant: bool) -> tuple[bytes, int]:
    """Give the decoded octets and the offset behind the trailer section."""
    body = b""
    size = -1
    while size != 0:
        line, at = take_line(wire, at, tolerant)
        pattern = CHUNK_LINE_TOLERANT if tolerant else CHUNK_LINE
        found = pattern.fullmatch(line)
        if found is None:
            raise Problem(f"chunk line {line!r}")
        size = int(found.group(1), 16)
        body += wire[at : at + size]
        at += size
        if size:
            rest, at = take_line(wire, at, tolerant)
            if rest:
                raise Problem("no line end behind chunk data")
    while True:
        # RFC 9112 8 calls a body complete once its zero chunk is there.
        if tolerant and at == len(wire):
            return body, at
        line, at = take_line(wire, at, tolerant)
        if not line:
            return body, at
        if not tolerant and not FIELD_LINE.fullmatch(line):
            raise Problem(f"trailer line {line!r}")


def lengths(head: bytes) -> set[int]:
    """Give every number that some Content-Length value holds."""
    values = re.findall(rb"(?im)^content-length[ \t]*:(.*)$", head)
    return {int(n) for value in values for n in re.findall(rb"\d+", value)}


def byteranges_end(wire: bytes, head: int, end: int, tolerant: bool) -> int:
    """Give the end by the close delimiter; `end` if a tolerant reader sees it."""
    try:
        return head + lint_byteranges.size(wire[:head], wire[head:])
    except ValueError as fault:
        sizes = lint_byteranges.sizes_tolerant(wire[:head], wire[head:])
        ends = [head + size for size in sizes] if tolerant else []
        if not ends:
            raise Problem(str(fault)) from fault
        return end if end in ends else ends[0]


def measure(wire: bytes, outcome: Outcome, tolerant: bool) -> tuple[bytes, int]:
    """Read the message by the delimiter that the outcome names."""
    head = head_end(wire, tolerant)
    if outcome.kind in ("none", "tunnel"):
        return b"", head
    if outcome.kind == "chunked":
        return decode_chunks(wire, head, tolerant)
    if outcome.kind == "close":
        return wire[head:], len(wire)
    if outcome.kind == "mpbr":
        end = byteranges_end(wire, head, outcome.end, tolerant)
        return wire[head:end], end
    if outcome.kind == "cl" and outcome.octets not in lengths(wire[:head]):
        raise Problem("no Content-Length says so")
    return wire[head : head + outcome.octets], head + outcome.octets


def check_outcome(case: Case, ruling: Ruling, outcome: Outcome) -> None:
    wire = case.wire()
    try:
        body, end = measure(wire, outcome, False)
    except Problem:
        if not ruling.excuses_tolerance():
            raise
        body, end = measure(wire, outcome, True)
    if (len(body), end) != (outcome.octets, outcome.end):
        raise Problem(f"recomputed: {len(body)} octets, end at {end}")
    if end > len(wire):
        raise Problem(f"reaches beyond the {len(wire)} octets sent")
    if outcome.kind == "close" and case.one("peer") != "eof":
        raise Problem("only a peer that closes ends such a message")
    if body and body not in case.bodies():
        raise Problem(f"recomputed: the body is {body[:40]!r}, in no body line")


def fits(accepted: Outcome, reading: strict.Reading) -> bool:
    """Tell whether the strict reader rules by this outcome."""
    text = accepted.text.removesuffix(" !close")
    if reading.kind == "reject":
        return text == "error" or text.startswith("reject:")
    if reading.kind == "wait":  # how an incomplete message looks meanwhile
        return text in ("wait", "incomplete")
    return text == reading.text()


def check_strict(case: Case, epoch: str, ruling: Ruling) -> None:
    """Rule on the octets again, by a reader that knows no outcome."""
    question = strict.Question(
        epoch, case.one("direction"), case.one("answers"), case.one("peer") == "eof"
    )
    reading = strict.read(case.wire(), question)
    fitting = [outcome for outcome in ruling.outcomes if fits(outcome, reading)]
    if not fitting and not ruling.silent and ruling.level != "INFO":
        raise Problem(f"the strict reader says {reading.text()} {reading.reason}")
    if fitting and reading.body and reading.body not in case.bodies():
        raise Problem(f"the strict reader's body {reading.body[:40]!r} has no line")
    said = any(outcome.text.endswith(" !close") for outcome in fitting)
    stays = case.one("peer") == "keep" and reading.is_complete
    if fitting and stays and reading.must_close and not (said or ruling.silent):
        raise Problem(f"{reading.text()} asks for !close")


def check_next(case: Case, outcomes: list[Outcome]) -> None:
    complete = [outcome for outcome in outcomes if outcome.kind]
    if not complete:
        if case.one("next"):
            raise Problem("next: no outcome is complete")
        return
    rest = case.wire()[complete[0].end :]
    sentinel = "{S}" if case.one("direction") == "request" else "{T}"
    name = "octets"
    if not rest:
        name = "nothing"
    elif rest == expand(sentinel):
        name = "sentinel"
    if case.one("next") != name:
        raise Problem(f"next: what follows is {name}")


def check_bodies(case: Case, outcomes: list[Outcome]) -> None:
    sizes = {outcome.octets for outcome in outcomes if outcome.octets}
    for body in case.bodies():
        if len(body) not in sizes:
            raise Problem(f"body: no outcome has {len(body)} octets")


def check_words(case: Case, flags: set[str]) -> None:
    """Check the fields whose values are words of a list."""
    if set(case.words("to")) - ROLES:
        raise Problem("to: not server proxy client parser")
    if unknown := set(case.words("flags")) - flags:
        raise Problem(f"flags: not in flags.txt: {' '.join(sorted(unknown))}")
    for harm in case.words("harm"):
        if len(harm.split(".")) != 2 or set(harm.split(".")) - HARMS:
            raise Problem(f"harm: {harm}")
    for reference in case.words("refs"):
        if not REFERENCE.fullmatch(reference):
            raise Problem(f"refs: {reference}")
    if case.one("direction") not in ("request", "response"):
        raise Problem("direction: not request or response")
    if bool(case.one("answers")) != (case.one("direction") == "response"):
        raise Problem("answers: responses have it, and only they")
    if case.one("peer") not in ("keep", "eof"):
        raise Problem("peer: not keep or eof")
    if not case.one("why").endswith("."):
        raise Problem("why: not a sentence")


def check_case(case: Case, flags: set[str]) -> Iterator[str]:
    """Give every problem of one case."""
    for key in REQUIRED:
        if key not in case.fields:
            yield f"{key} is missing"
            return
    if unknown := set(case.fields) - KEYS:
        yield f"no such field: {' '.join(sorted(unknown))}"
    outcomes: list[Outcome] = []
    for epoch in EPOCHS:
        try:
            ruling = parse_ruling(case.one(epoch))
            outcomes += ruling.outcomes
            for outcome in filter(lambda o: o.kind, ruling.outcomes):
                check_outcome(case, ruling, outcome)
            check_strict(case, epoch, ruling)
        except Problem as problem:
            yield f"{epoch}: {case.one(epoch).split(' | ')[0]}: {problem}"
    try:
        check_words(case, flags)
        check_bodies(case, outcomes)
        check_next(case, outcomes)
    except Problem as problem:
        yield str(problem)


def read_names(path: pathlib.Path) -> list[str]:
    return [line.text for line in read_lines(path) if line.text]


def read_cases(corpus: pathlib.Path) -> tuple[list[Case], list[str]]:
    """Give the cases of every class file, and what could not be read."""
    cases: list[Case] = []
    problems: list[str] = []
    names = read_names(corpus / "index.txt")
    if names != sorted(set(names), key=lambda name: name.removesuffix(".cases")):
        problems.append("index.txt: not in ascending order, each name once")
    for path in sorted(corpus.glob("*.cases")):
        if path.name not in names:
            problems.append(f"index.txt: {path.name} is not named")
    for name in names:
        try:
            for line, fields in read_stanzas(corpus / name):
                cases.append(Case(name, line, fields))
        except (OSError, Problem) as problem:
            problems.append(f"{name}: {problem}")
    return cases, problems


def check_ids(cases: list[Case], retired: set[str]) -> Iterator[str]:
    seen: dict[str, Case] = {}
    for case in cases:
        place = f"{case.file}:{case.line}: {case.one('id')}"
        if case.one("id") in retired:
            yield f"{place}: the id is retired"
        if case.one("id") in seen:
            first = seen[case.one("id")]
            yield f"{place}: the id is that of {first.file}:{first.line}"
        seen[case.one("id")] = case


def check_clauses(
    corpus: pathlib.Path, cases: list[Case], every: bool
) -> Iterator[str]:
    """Give the sections that are in no list; with `every`, those uncovered."""
    known = clauses.read(corpus)
    cited: list[clauses.Citation] = []
    for case in cases:
        verdicts = {epoch: case.one(epoch) for epoch in EPOCHS if case.one(epoch)}
        citations = list(clauses.citations(case.one("id"), verdicts))
        cited += citations
        place = f"{case.file}:{case.line}: {case.one('id')}"
        for name in clauses.unknown(citations, known):
            yield f"{place}: {name} is not in clauses.txt"
    if every:
        yield from clauses.uncovered(cited, known)


def lint(corpus: pathlib.Path, every: bool = False) -> list[str]:
    """Give every problem of a corpus."""
    try:
        stanzas = list(read_stanzas(corpus / "flags.txt"))
        retired = set(read_names(corpus / "retired.txt"))
        cases, problems = read_cases(corpus)
        problems += check_clauses(corpus, cases, every)
    except (OSError, ValueError, Problem) as problem:
        return [f"{corpus}: {problem}"]
    problems += flag_words.check(stanzas)
    problems += check_ids(cases, retired)
    flags = {text for _, fields in stanzas for text in fields.get("flag", [])}
    for case in cases:
        place = f"{case.file}:{case.line}: {case.one('id')}"
        problems += [f"{place}: {text}" for text in check_case(case, flags)]
    return problems


def main(argv: list[str]) -> int:
    every = "--strict" in argv[1:]
    folders = [word for word in argv[1:] if word != "--strict"]
    if len(folders) > 1:
        print("usage: lint.py [--strict] [DIR]", file=sys.stderr)
        return 2
    corpus = pathlib.Path(folders[0]) if folders else clauses.SUPPLIED
    problems = lint(corpus, every)
    print("\n".join(problems) if problems else f"{corpus}: clean")
    return 3 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
