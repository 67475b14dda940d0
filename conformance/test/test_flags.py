# SPDX-License-Identifier: MIT
"""The lint finds what is wrong with flags.txt."""

from __future__ import annotations

import pathlib
import sys

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM / "tools"), str(ROOM / "test")]
import flags  # noqa: E402
import lint  # noqa: E402
import test_lint as good  # noqa: E402

FLAGS = """flag: Known
bug: one
effect: another
cves: CVE-2025-12345 CVE-2026-1234
links: owner/repository#1

flag: Other
bug: one
effect: another
"""


def write(folder: pathlib.Path, text: str) -> pathlib.Path:
    good.write(folder)
    (folder / "flags.txt").write_text(text)
    return folder


def test_lists_are_read_where_they_are(tmp_path: pathlib.Path) -> None:
    assert lint.lint(write(tmp_path, FLAGS)) == []
    known, other = flags.read(lint.read_stanzas(tmp_path / "flags.txt"))
    assert known.cves == ("CVE-2025-12345", "CVE-2026-1234")
    assert known.links == ("owner/repository#1",)
    assert (other.name, other.cves, other.links) == ("Other", (), ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bug: one\n", "", "flags.txt:1: Known: bug is missing"),
        ("effect: another\n", "", "effect is missing"),
        ("links:", "link:", "no such key: link"),
        ("CVE-2026-1234", "2026-1234", 'cves: "2026-1234"'),
        ("CVE-2026-1234", "CVE-2025-12345", "cves: a word stands twice"),
        ("CVE-2026-1234", " CVE-2026-1234", 'cves: ""'),
        ("owner/repository#1", "repository#1", 'links: "repository#1"'),
        ("flag: Other", "flag: Known", "ascending order, each once"),
        ("flag: Other", "flag: Early", "flags.txt:7: Early: flags stand in"),
        ("flag: Other", "flag: other-one", "not a capital letter"),
        ("bug: one\n", "bug: one\nbug: two\n", "bug twice"),
    ],
)
def test_one_fault_is_found(
    tmp_path: pathlib.Path, old: str, new: str, message: str
) -> None:
    assert old in FLAGS
    found = lint.lint(write(tmp_path, FLAGS.replace(old, new, 1)))
    assert any(message in problem for problem in found), found
