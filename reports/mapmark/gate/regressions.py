# SPDX-License-Identifier: MIT
"""ci/regressions: patches that undo one optimisation of the library each, and
say in their first lines what a gate must make of that."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path

from mapmark import files
from mapmark.errors import damaged

_RED = "# red: "
_ALSO = "# also: "


@dataclass(frozen=True)
class Regression:
    """`red` are rows that must be found; `also` are patterns of others that
    do more as well, and may be found. No other row may."""

    name: str
    path: Path
    red: tuple[str, ...]
    also: tuple[str, ...]

    def may_be_red(self, row: str) -> bool:
        return row in self.red or any(
            fnmatch.fnmatchcase(row, pattern) for pattern in self.also
        )


def read_regressions(folder: Path) -> tuple[Regression, ...]:
    paths = sorted(folder.glob("*.patch"))
    if not paths:
        raise damaged(f"'{folder}' has no patches")
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Regression:
    lines = files.read(path).decode(errors="replace").splitlines()
    red = _words(lines, _RED)
    if not red:
        raise damaged(f"'{path}' does not say which rows are to be red")
    return Regression(path.stem, path, red, _words(lines, _ALSO))


def _words(lines: list[str], prefix: str) -> tuple[str, ...]:
    return tuple(
        word
        for line in lines
        if line.startswith(prefix)
        for word in line.removeprefix(prefix).split()
    )
