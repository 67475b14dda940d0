#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Check the house rules that a compiler and a formatter cannot check.

Prints one line, path:line: message, for each place that breaks a rule.
Exits 0 when there is none and 1 when there is one.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
COLUMNS_MAX = 80
CONTRACT = ("Units:", "Errors:", "Ownership:", "Threads:")

SKIPPED_NAMES = {".git", "build", "runs", "__pycache__"}
C_SUFFIXES = {".c", ".h", ".cc"}
TEXT_SUFFIXES = C_SUFFIXES | {
    ".cases", ".cmake", ".css", ".expect", ".html", ".in", ".j2", ".js", ".json", ".md",
    ".py", ".sh", ".toml", ".txt", ".yaml", ".yml", "",
}  # fmt: skip

Finding = tuple[int, str]
Findings = Iterator[Finding]


@dataclass(frozen=True)
class Source:
    """One file of the tree; `name` is its path from the root."""

    name: str
    text: str

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def code(self) -> str:
        """C text with comments and quoted text turned into blanks."""
        return blank(self.text)

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


def is_c(source: Source) -> bool:
    return source.suffix in C_SUFFIXES


def is_plain_c(source: Source) -> bool:
    return source.suffix in {".c", ".h"}


def is_header(source: Source) -> bool:
    return source.name.startswith("lib/include/") and source.suffix == ".h"


def is_python(source: Source) -> bool:
    return source.suffix == ".py"


def is_cmake(source: Source) -> bool:
    return source.suffix == ".cmake" or source.name.endswith("CMakeLists.txt")


def is_script(source: Source) -> bool:
    return source.text.startswith("#!")


def is_code(source: Source) -> bool:
    template = source.suffix == ".in"
    return (
        is_c(source)
        or is_python(source)
        or is_cmake(source)
        or is_script(source)
        or template
    )


def is_any(source: Source) -> bool:
    return True


# What a C compiler skips. A line comment is kept apart, because .c and .h
# files must not have one.
SKIPPED_C = re.compile(
    r"""(?P<line>//[^\n]*)
      | /\*.*?\*/
      | "(?:\\.|[^"\\\n])*"
      | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)


def blank(text: str) -> str:
    """Replace what the compiler skips by blanks, line by line as long."""

    def blanks(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    return SKIPPED_C.sub(blanks, text)


def licence(source: Source) -> Findings:
    """The first line, or the one after what must be first, is the licence."""
    top = source.lines[:2] if not is_c(source) else source.lines[:1]
    if not any("SPDX-License-Identifier: MIT" in line for line in top):
        yield 1, "the first line is not the SPDX line"


def file_length(source: Source) -> Findings:
    length = source.text.count("\n")
    if length > FILE_LINES_MAX:
        yield FILE_LINES_MAX, f"{length} lines, more than {FILE_LINES_MAX}"


def c_function_length(source: Source) -> Findings:
    """Functions begin and end in the first column; clang-format sees to it."""
    start = 0
    for number, line in enumerate(source.lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > FUNCTION_LINES_MAX:
                yield start, too_long(number - start - 1)
            start = 0


def python_function_length(source: Source) -> Findings:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield node.lineno, too_long(length)


def too_long(length: int) -> str:
    return f"a function of {length} lines, more than {FUNCTION_LINES_MAX}"


def contract(source: Source) -> Findings:
    """Each public function has its contract right above it."""
    for index, line in enumerate(source.lines):
        if not line.startswith("MM_API"):
            continue
        comment = comment_above(source.lines, index)
        for key in CONTRACT:
            if not any(part.startswith(f" * {key}") for part in comment):
                yield index + 1, f"a public function without '{key}' above it"


def comment_above(lines: list[str], index: int) -> list[str]:
    """Return the /** comment that ends on the line before, or nothing."""
    top = index - 1
    if top < 0 or lines[top] != " */":
        return []
    while top >= 0 and not lines[top].startswith("/**"):
        top -= 1
    return lines[max(top, 0) : index]


SYSTEM_MACRO = re.compile(
    r"^\s*#\s*(?:el)?if.*\b(_WIN32|_WIN64|__linux__|__unix__|__APPLE__"
    r"|__MINGW32__|__MINGW64__)\b"
)
SYSTEM_HOMES = re.compile(r"lib/src/[^/]+/|lib/include/mapmark/api\.h$")


def system_macro(source: Source) -> Findings:
    if SYSTEM_HOMES.match(source.name):
        return
    for number, line in enumerate(source.lines, 1):
        if SYSTEM_MACRO.match(line):
            yield number, "a test of the system outside lib/src/<system>/"


DIRECTIVE = re.compile(r"^[ \t]*#(?![ \t]*define\b)[^\n]*", re.MULTILINE)
BRANCH = re.compile(r"\b(if|for|while|else|do)\b")


def braces(source: Source) -> Findings:
    """A body is a block, even when it is one statement."""
    code = DIRECTIVE.sub(lambda match: " " * len(match[0]), source.code)
    code = code.replace("\\\n", " \n")
    for match in BRANCH.finditer(code):
        if needs_brace(code, match[1], match.start(), match.end()):
            yield source.line_of(match.start()), f"{match[1]} without braces"


def needs_brace(code: str, word: str, start: int, end: int) -> bool:
    if word == "while" and re.search(r"\}[ \t]*$", code[:start]):
        return False  # ends a do
    if word in {"if", "for", "while"}:
        end = after_parentheses(code, end)
    follows = code[end:].lstrip()
    return not follows.startswith("{") and not (
        word == "else" and re.match(r"if\b", follows)
    )


def after_parentheses(code: str, start: int) -> int:
    """Return the place after the group of parentheses that comes next."""
    depth = 0
    for offset in range(start, len(code)):
        if code[offset] == "(":
            depth += 1
        elif code[offset] == ")":
            depth -= 1
            if depth == 0:
                return offset + 1
    return len(code)


# A type of function may be named; a struct keeps its word in front.
TYPEDEF = re.compile(r"\btypedef\s+(struct|enum|union)\b[^;({]*[;{]")


def typedef(source: Source) -> Findings:
    for match in TYPEDEF.finditer(source.code):
        line = source.line_of(match.start())
        yield line, f"a typedef of {match[1]}: say {match[1]} where it is used"


RESERVED = r"(?P<name>__\w+|_[A-Z]\w*)"
DEFINITION = re.compile(
    rf"""^[ \t]*(?:
        \#[ \t]*define[ \t]+{RESERVED}
      | (?:struct|enum|union)[ \t]+{RESERVED.replace("name", "tag")}[ \t]*\{{
      | (?!return\b|goto\b|case\b|else\b)(?:\w+[ \t*]+)+
        {RESERVED.replace("name", "object")}[ \t]*[;=\[(]
    )""",
    re.MULTILINE | re.VERBOSE,
)
COMPILER_WORD = re.compile(r"__(attribute|declspec|asm)")


def reserved_name(source: Source) -> Findings:
    """Names the C standard keeps for the compiler are not ours to define."""
    for match in DEFINITION.finditer(source.code):
        name = match["name"] or match["tag"] or match["object"]
        if not COMPILER_WORD.match(name):
            line = source.line_of(match.start())
            yield line, f"{name} is a name reserved for the compiler"


def line_comment(source: Source) -> Findings:
    for match in SKIPPED_C.finditer(source.text):
        if match["line"]:
            yield source.line_of(match.start()), "a // comment in C"


def columns(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, more than {COLUMNS_MAX}"


def blanks(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if "\r" in line:
            yield number, "a carriage return"
        elif line != line.rstrip():
            yield number, "blanks at the end of the line"
        if "\t" in line:
            yield number, "a tab"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no line end at the end of the file"


# Written in halves, so that this file does not find itself.
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b(?!\s*\(?#\d)")
UNFINISHED = re.compile(
    r"\b(not( yet)? imple" r"mented|unimple" r"mented|st" r"ub|place"
    r"holder)\b(?!=)",
    re.IGNORECASE,
)
MACHINE = re.compile(
    r"(?<![\w.$}/-])(/(?:work|root|home|Users)/[\w.])"
    r"|(\b(?:deb|security|snapshot|registry|proxy|files)\.[a-z]+\.(?:org|com))"
    r"|(\b[A-Z]:\\+Users\\)"
)


def later(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if match := LATER.search(line):
            yield number, f"{match[1]} without the number of an issue"


def unfinished(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if match := UNFINISHED.search(line):
            yield number, f"'{match[0]}': finish it or leave it out"


def machine(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if match := MACHINE.search(line):
            yield number, f"'{match[0]}' belongs to one machine"


def glob(source: Source) -> Findings:
    for number, line in enumerate(source.lines, 1):
        if re.match(r"[^#]*\bfile\s*\(\s*GLOB", line):
            yield number, "file(GLOB: list the files"


Rule = Callable[[Source], Findings]
RULES: tuple[tuple[Callable[[Source], bool], tuple[Rule, ...]], ...] = (
    (is_any, (blanks, later, machine)),
    (is_code, (licence, file_length, unfinished)),
    (is_c, (columns, c_function_length, system_macro, braces, typedef)),
    (is_c, (reserved_name,)),
    (is_plain_c, (line_comment,)),
    (is_header, (contract,)),
    (is_python, (python_function_length,)),
    (is_cmake, (glob,)),
)


def check_source(source: Source) -> list[str]:
    """Return what one file breaks, in the order of its lines."""
    found: set[Finding] = set()
    for applies, rules in RULES:
        if applies(source):
            for rule in rules:
                found.update(rule(source))
    return [f"{source.name}:{number}: {text}" for number, text in sorted(found)]


def check_mirrors(root: Path) -> list[str]:
    """Every system's folder holds the same file names."""
    folders = sorted(
        path for path in (root / "lib/src").glob("*") if path.is_dir()
    )
    held = {folder: {path.name for path in folder.iterdir()} for folder in folders}
    every = set[str]().union(*held.values())
    return [
        f"lib/src/{folder.name}:1: {name} is missing here"
        for folder in folders
        for name in sorted(every - held[folder])
    ]


def sources(root: Path) -> Iterator[Source]:
    """Read every text file of the tree."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED_NAMES and not name.endswith("_cache")
        )
        for file in sorted(files):
            path = Path(folder, file)
            if (
                file in SKIPPED_NAMES  # .git is a file in a work tree
                or path.suffix not in TEXT_SUFFIXES
                or path.is_symlink()
            ):
                continue
            content = path.read_bytes()
            if b"\0" not in content:
                text = content.decode("utf-8", errors="replace")
                yield Source(path.relative_to(root).as_posix(), text)


def check_tree(root: Path) -> list[str]:
    problems = check_mirrors(root)
    for source in sources(root):
        problems += check_source(source)
    return problems


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ci/tidy.py", description=__doc__)
    parser.add_argument(
        "root",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parent.parent,
        help="the tree to check (default: the one this program is part of)",
    )
    problems = check_tree(parser.parse_args(arguments).root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
