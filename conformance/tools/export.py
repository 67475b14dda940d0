#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write a corpus in forms that other programs read.

Usage: export.py CORPUS OUT. Makes OUT/corpus.json and the schema it follows,
OUT/corpus.csv with one row a case, and OUT/raw/<id>.bin, the octets of each
case. The same corpus makes the same files. Exit codes: 0 done, 2 usage, 3 the
corpus cannot be read, 74 a file cannot be written.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import pathlib
import re
import sys
from collections.abc import Callable

import clauses
import flags
import lint

FORMAT = 1  # of corpus.json; a reader refuses a greater one
SCHEMA = pathlib.Path(__file__).resolve().parent / "corpus.schema.json"

ID = re.compile(r"[A-Za-z0-9-]{1,63}")

Json = dict[str, object]


def octets(source: str) -> Json:
    """Show octets as they are and as the corpus spells them."""
    coded = base64.b64encode(lint.expand(source)).decode("ascii")
    return {"text": source, "base64": coded}


def outcome(found: lint.Outcome) -> Json:
    text = found.text.removesuffix(" !close")
    name = found.kind or text.partition(":")[0]
    value: Json = {"kind": name, "close": text != found.text}
    if found.kind:
        value |= {"octets": found.octets, "end": found.end}
    if name == "reject":
        value["code"] = int(text.partition(":")[2])
    return value


def verdict(epoch: str, text: str) -> Json:
    ruling = lint.parse_ruling(text)
    return {
        "text": text,
        "silent": ruling.silent,
        "level": ruling.level,
        "clauses": clauses.names(epoch, text),
        "outcomes": [outcome(found) for found in ruling.outcomes],
    }


def case_value(case: lint.Case) -> Json:
    """Give every field of a case; one that it lacks is empty or absent."""
    value: Json = {
        "id": case.one("id"),
        "class": case.file.removesuffix(".cases"),
        "since": int(case.one("since")),
        "direction": case.one("direction"),
        "to": case.words("to"),
        "peer": case.one("peer"),
        "send": [octets(text) for text in case.fields["send"]],
        "size": len(case.wire()),
        "sha256": hashlib.sha256(case.wire()).hexdigest(),
    }
    value |= {epoch: verdict(epoch, case.one(epoch)) for epoch in lint.EPOCHS}
    value |= {
        "body": [octets(text) for text in case.fields.get("body", [])],
        "harm": case.words("harm"),
        "flags": case.words("flags"),
        "refs": case.words("refs"),
        "why": case.one("why"),
    }
    for key in ("answers", "next"):
        if case.one(key):
            value[key] = case.one(key)
    return value


def corpus_value(corpus: pathlib.Path, cases: list[lint.Case]) -> Json:
    known = flags.read(lint.read_stanzas(corpus / "flags.txt"))
    return {
        "format": FORMAT,
        "classes": [
            name.removesuffix(".cases")
            for name in lint.read_names(corpus / "index.txt")
        ],
        "cases": [case_value(case) for case in cases],
        "flags": [
            {
                "flag": flag.name,
                "bug": flag.bug,
                "effect": flag.effect,
                "cves": list(flag.cves),
                "links": list(flag.links),
            }
            for flag in known
        ],
        "clauses": [
            {
                "clause": clause.name,
                "word": clause.word,
                "sentence": clause.says,
                "ids": list(clause.ids),
            }
            for clause in clauses.read(corpus)
        ],
        "retired": lint.read_names(corpus / "retired.txt"),
    }


COLUMNS: dict[str, Callable[[lint.Case], str]] = {
    "id": lambda case: case.one("id"),
    "class": lambda case: case.file.removesuffix(".cases"),
    "since": lambda case: case.one("since"),
    "direction": lambda case: case.one("direction"),
    "to": lambda case: case.one("to"),
    "answers": lambda case: case.one("answers"),
    "peer": lambda case: case.one("peer"),
    "segments": lambda case: str(len(case.fields["send"])),
    "size": lambda case: str(len(case.wire())),
    "sha256": lambda case: hashlib.sha256(case.wire()).hexdigest(),
    "rfc2616": lambda case: case.one("rfc2616"),
    "rfc9112": lambda case: case.one("rfc9112"),
    "next": lambda case: case.one("next"),
    "harm": lambda case: case.one("harm"),
    "flags": lambda case: case.one("flags"),
    "refs": lambda case: case.one("refs"),
    "why": lambda case: case.one("why"),
}


def rows(cases: list[lint.Case]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for case in cases:
        table.writerow([column(case) for column in COLUMNS.values()])
    return text.getvalue()


def write_raw(cases: list[lint.Case], folder: pathlib.Path) -> None:
    """Write the octets of each case, and remove those of cases that went."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"{case.one('id')}.bin" for case in cases}
    for path in folder.glob("*.bin"):
        if path.name not in names:
            path.unlink()
    for case in cases:
        (folder / f"{case.one('id')}.bin").write_bytes(case.wire())


def read(corpus: pathlib.Path) -> tuple[list[lint.Case], Json]:
    """Give the cases by id, and all that is known of the corpus."""
    cases, problems = lint.read_cases(corpus)
    if problems:
        raise lint.Problem(problems[0])
    for case in cases:
        place = f"{case.file}:{case.line}"
        for key in lint.REQUIRED:
            if key not in case.fields:
                raise lint.Problem(f"{place}: {key} is missing")
        if not ID.fullmatch(case.one("id")):  # it names a file
            raise lint.Problem(f"{place}: id {case.one('id')}")
    cases.sort(key=lambda case: case.one("id"))
    return cases, corpus_value(corpus, cases)


def write(cases: list[lint.Case], value: Json, out: pathlib.Path) -> None:
    write_raw(cases, out / "raw")
    text = json.dumps(value, indent=1, ensure_ascii=True) + "\n"
    (out / "corpus.json").write_text(text, "ascii")
    (out / "corpus.csv").write_text(rows(cases), "ascii")
    (out / SCHEMA.name).write_bytes(SCHEMA.read_bytes())


def main(argv: list[str]) -> int:
    if len(argv) != 3:
        print("usage: export.py CORPUS OUT", file=sys.stderr)
        return 2
    corpus, out = pathlib.Path(argv[1]), pathlib.Path(argv[2])
    try:
        cases, value = read(corpus)
    except (OSError, ValueError, KeyError, lint.Problem) as problem:
        print(f"{corpus}: {problem}", file=sys.stderr)
        return 3
    try:
        write(cases, value, out)
    except OSError as problem:
        print(f"{out}: {problem}", file=sys.stderr)
        return 74
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
