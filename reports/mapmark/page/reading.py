# SPDX-License-Identifier: MIT
"""How to read the page: its words, as this run uses them."""

from __future__ import annotations

from dataclasses import dataclass

from mapmark import units
from mapmark.results import Results
from mapmark.statistics import COVERAGE_WANTED, SAME_WITHIN

# By kind of word, in the order of a row's name; of each kind in the order of
# the page.
_MEANINGS = {
    "way": {
        "mapped": "one view of the whole file: map, access, unmap",
        "mapped-window": "a view that moves along with the accesses",
        "mapped-populated": (
            "as mapped, with all pages brought in before the first access"
        ),
        "mapped-sequential": "as mapped, with a hint: it is accessed in order",
        "mapped-random": "as mapped, with a hint: it is accessed at random",
        "mapped-will-need": "as mapped, with a hint: all will be needed",
        "mapped-huge": "as mapped, with a hint: huge pages are wanted",
        "read": "one read call an access, into a page-aligned buffer",
        "read-misaligned": "the same, into a buffer 16 octets off its page",
        "write": "one write call an access, from a page-aligned buffer",
        "write-misaligned": "the same, from a buffer 16 octets off its page",
        "stdio": "a stream of the C library, with its own buffer",
        "async": "reads through a completion port, 16 under way",
        "mapped-whole": "a view of the whole file, of which a part is used",
        "calls": "read and write calls, with a page-aligned buffer",
        "calls-sequential": "the same, with a hint that it is read in order",
        "system": "what the system itself has for copying files",
        "memory": "no file: the octets are in memory, which nothing can beat",
        "each": "a view for each access, given up after it",
        "slide": "one view, which moves when an access leaves it",
        "lru4": "four views, of which the one used least recently moves",
        "lru16": "sixteen of them",
        "whole": "one view of the whole file",
        "library": "of subject lib: one call of this project's own library",
        "library-once": "of subject codec: one that is made for each item",
        "library-pieces": "of subject codec: one that is kept, in pieces",
        "zlib": "zlib itself, with a state that is kept and reset",
        "zlib-once": "zlib itself, with a state for each item",
        "libdeflate": "another library for the same formats",
        "engine-rfc2616": "this project's own parser, by the rules of 1999",
        "engine-rfc9112": "the same, by those of 2022",
        "http-parser": "the parser of many servers until 2021",
        "llhttp": "the parser of Node.js",
        "bare": "the same by the system's own calls, without the library",
    },
    "pattern": {
        "sequential": "from front to back",
        "random": "each part once, in random order",
        "reverse": "from back to front",
        "stride": "every 16th part, then every 16th of those next to them",
        "length": "of subject message: a length says where it ends",
        "chunked": "of subject message: chunks of that many octets",
        "zipf": "at random, few parts often and most of them seldom",
    },
    "consumer": {
        "touch": "one octet a page is looked at",
        "sum": "all octets are summed",
        "copy": "all octets are copied elsewhere",
    },
    "action": {
        "write": "the octets are written over",
        "modify": "the octets are read, changed and written back",
    },
    "operation": {
        "find": "a record is found by its key",
        "update-page": "records of one page are updated again and again",
        "encode": "of subject codec: items become streams",
        "decode": "of subject codec: streams become items",
        "decode-file": "a file is decoded, a window of it at a time",
    },
    "format": {
        "zlib": "RFC 1950, with an Adler-32",
        "raw": "RFC 1951, without a checksum",
        "gzip": "RFC 1952, with a CRC-32",
    },
    "content": {
        "source": "program texts in a tar, as this machine has them",
        "binary": "a program of this machine",
        "packed": "octets that are encoded already",
        "records": "generated records of 125 octets",
        "noise": "generated octets that cannot be made fewer",
        "hello": "five letters and a NUL",
    },
    "promise": {
        "dirty": "a pass ends when the octets are in the page cache",
        "durable": "a pass ends when the octets are on the device",
    },
    "cache": {
        "warm": "all of the file is cached, read once from front to back",
        "cold": "nothing of the file is cached",
        "scattered": "all of it is cached, by random reads of 4 KiB",
        "found": "all of it was cached when the run began, and was left so",
    },
}
_TITLES = {
    "way": "Ways",
    "pattern": "Patterns",
    "consumer": "Consumers: what is done with what is read",
    "action": "Actions: what is done to what is written",
    "operation": "Operations",
    "format": "Formats of codecs",
    "content": "Contents",
    "promise": "Promises of writing",
    "cache": "Caches",
}
_SIZES = ("size", "access", "view", "start")
_UNKNOWN = "a word that this version of the report does not know"

_STATES = (
    ("ok", "every condition of the row was shown to hold"),
    (
        "unproved",
        "nothing contradicts the conditions, but one could not be shown; "
        "answers use such rows and say so",
    ),
    (
        "inconclusive",
        "its samples scatter too much, or have not become steady; the figure "
        "is printed, and used in no answer",
    ),
    (
        "void",
        "a condition was shown not to hold; the figure is printed, and used "
        "in no answer",
    ),
    ("unsupported", "cannot be done on this system"),
    ("error", "failed, with the reason given"),
    ("missing", "in the plan, and never ran"),
)


@dataclass(frozen=True)
class Words:
    title: str
    meanings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReadingPart:
    example: str
    parts: tuple[tuple[str, str], ...]
    words: tuple[Words, ...]
    states: tuple[tuple[str, str], ...]
    coverage_wanted: str
    same_within: str


def reading_part(results: Results) -> ReadingPart:
    """The example is a row of this run."""
    example = results.rows[0] if results.rows else None
    parts: list[tuple[str, str]] = []
    if example is not None:
        parts.append(("subject", example.subject))
        parts += example.words.items()
        parts += [(k, _in_words(k, v)) for k, v in example.numbers.items()]
    return ReadingPart(
        example="" if example is None else example.name,
        parts=tuple(parts),
        words=tuple(_words(kind, results) for kind in _kinds(results)),
        states=_STATES,
        coverage_wanted=units.percent(COVERAGE_WANTED),
        same_within=units.percent(SAME_WITHIN),
    )


def _kinds(results: Results) -> list[str]:
    """Of words in this run; those that nobody knows come last."""
    found = dict.fromkeys(kind for row in results.rows for kind in row.words)
    known = [kind for kind in _MEANINGS if kind in found]
    return known + [kind for kind in found if kind not in _MEANINGS]


def _words(kind: str, results: Results) -> Words:
    """Those of this run."""
    known = _MEANINGS.get(kind, {})
    found = dict.fromkeys(
        row.words[kind] for row in results.rows if kind in row.words
    )
    shown = [word for word in known if word in found]
    shown += [word for word in found if word not in known]
    return Words(
        title=_TITLES.get(kind, kind),
        meanings=tuple((word, known.get(word, _UNKNOWN)) for word in shown),
    )


def _in_words(name: str, number: int) -> str:
    return units.size(number) if name in _SIZES else str(number)
