# SPDX-License-Identifier: MIT
"""The words that cases are marked with: corpus/flags.txt."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

NEEDED = ("flag", "bug", "effect")
LISTS = {
    "cves": re.compile(r"CVE-\d{4}-\d{4,}"),
    "links": re.compile(r"[\w.-]+/[\w.-]+#\d+"),
}
NAME = re.compile(r"[A-Z][A-Za-z0-9]*")

Stanza = tuple[int, dict[str, list[str]]]  # line, values by key


@dataclasses.dataclass(frozen=True)
class Flag:
    name: str
    bug: str
    effect: str
    cves: tuple[str, ...]
    links: tuple[str, ...]


def read(stanzas: Iterable[Stanza]) -> list[Flag]:
    """Give the flags of stanzas in which check() finds nothing."""
    return [
        Flag(
            fields["flag"][0],
            fields["bug"][0],
            fields["effect"][0],
            tuple(words(fields, "cves")),
            tuple(words(fields, "links")),
        )
        for _, fields in stanzas
    ]


def words(fields: dict[str, list[str]], key: str) -> list[str]:
    return [word for text in fields.get(key, []) for word in text.split(" ")]


def check_list(fields: dict[str, list[str]], key: str) -> Iterator[str]:
    """A list names each thing once, in the way its key asks for."""
    listed = words(fields, key)
    for word in listed:
        if not LISTS[key].fullmatch(word):
            yield f'{key}: "{word}"'
    if len(set(listed)) != len(listed):
        yield f"{key}: a word stands twice"


def check_stanza(fields: dict[str, list[str]]) -> Iterator[str]:
    for key in NEEDED:
        if key not in fields:
            yield f"{key} is missing"
    if extra := set(fields) - {*NEEDED, *LISTS}:
        yield f"no such key: {' '.join(sorted(extra))}"
    if not NAME.fullmatch(fields.get("flag", ["X"])[0]):
        yield "not a capital letter, then letters and digits"
    for key in LISTS:
        yield from check_list(fields, key)


def check(stanzas: list[Stanza]) -> Iterator[str]:
    """Give what is wrong with the stanzas of flags.txt."""
    before = ""
    for line, fields in stanzas:
        name = fields.get("flag", [""])[0]
        place = f"flags.txt:{line}: {name}"
        yield from (f"{place}: {text}" for text in check_stanza(fields))
        if name <= before:
            yield f"{place}: flags stand in ascending order, each once"
        before = name
