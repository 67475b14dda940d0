#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Show which cases cover which sentence of the RFCs.

Usage: coverage.py [--csv] [--strict] [DIR]. Prints a table in Markdown, or one
row a sentence with --csv. Exit codes: 0 done, 2 usage, 3 a case cites what is
in no list, or, with --strict, a sentence has no case.
"""

from __future__ import annotations

import csv
import pathlib
import sys
from typing import TextIO

import clauses
import lint

NAMES_MAX = 6  # in a cell of the Markdown table
COLUMNS = ("clause", "word", "sentence", "cases", "ids")


def cite(corpus: pathlib.Path) -> list[clauses.Citation]:
    cases, problems = lint.read_cases(corpus)
    if problems:
        raise lint.Problem(problems[0])
    return [
        citation
        for case in cases
        for citation in clauses.citations(
            case.one("id"), {epoch: case.one(epoch) for epoch in lint.EPOCHS}
        )
    ]


def write_csv(
    wanted: list[clauses.Clause], cited: list[clauses.Citation], to: TextIO
) -> None:
    rows = csv.writer(to, lineterminator="\n")
    rows.writerow(COLUMNS)
    for clause in wanted:
        ids = clauses.covering(clause, cited)
        rows.writerow(
            [clause.name, clause.word, clause.says, len(ids), " ".join(ids)]
        )


def shorten(ids: list[str]) -> str:
    if not ids:
        return "**not covered**"
    more = len(ids) - NAMES_MAX
    text = ", ".join(f"`{name}`" for name in ids[:NAMES_MAX])
    return f"{text} and {more} more" if more > 0 else text


def write_markdown(
    wanted: list[clauses.Clause], cited: list[clauses.Citation], to: TextIO
) -> None:
    covered = sum(1 for clause in wanted if clauses.covering(clause, cited))
    print(f"{covered} of {len(wanted)} sentences are covered.\n", file=to)
    print("| clause | level | sentence | cases | which |", file=to)
    print("|---|---|---|---|---|", file=to)
    for clause in wanted:
        ids = clauses.covering(clause, cited)
        print(
            f"| {clause.name} | {clause.word} | {clause.says} | {len(ids)} "
            f"| {shorten(ids)} |",
            file=to,
        )


def main(argv: list[str]) -> int:
    options = {word for word in argv[1:] if word.startswith("-")}
    folders = [word for word in argv[1:] if not word.startswith("-")]
    if options - {"--csv", "--strict"} or len(folders) > 1:
        print("usage: coverage.py [--csv] [--strict] [DIR]", file=sys.stderr)
        return 2
    corpus = pathlib.Path(folders[0]) if folders else clauses.SUPPLIED
    try:
        every = clauses.read(corpus)
        cited = cite(corpus)
    except (OSError, ValueError, lint.Problem) as problem:
        print(f"{corpus}: {problem}", file=sys.stderr)
        return 3
    wanted = [clause for clause in every if clause.wants_case]
    write = write_csv if "--csv" in options else write_markdown
    write(wanted, cited, sys.stdout)
    problems = [f"{name} is in no list" for name in clauses.unknown(cited, every)]
    if "--strict" in options:
        problems += clauses.uncovered(cited, every)
    print("\n".join(problems), end="\n" if problems else "", file=sys.stderr)
    return 3 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
