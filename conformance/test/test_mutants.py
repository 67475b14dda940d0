# SPDX-License-Identifier: MIT
"""The program that counts which faults the corpus notices. Whether it notices
all of them is a step of ci/test: here each one is only looked at."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

SCORE = pathlib.Path(__file__).resolve().parent.parent / "mutants" / "score.py"
PROGRAM = pathlib.Path(os.environ["MAPMARK_BIN_DIR"]) / "mapmark-conform"

sys.path.insert(0, str(SCORE.parent))
import score  # noqa: E402

# A sanitizer wants to be the first library of a program.
needs_preload = pytest.mark.skipif(
    os.environ.get("MAPMARK_BUILD_TYPE") != "Release",
    reason="only a program without a sanitizer takes another engine",
)

HARMLESS = """mutant: harmless
bug: none
file: message_length.c
- message->left = 0;
+ message->left = 0; (void)0;
"""

HARMFUL = """mutant: harmful
bug: a length is one too long
file: message_framing.c
- message->left = message->length;
+ message->left = message->length + 1;
"""

FATAL = """mutant: fatal
bug: it dies
file: message_framing.c
- message->left = message->length;
+ message->left = *(volatile char *)0;
"""


def run(folder: pathlib.Path, text: str) -> subprocess.CompletedProcess[str]:
    mutants = folder / "mutants.txt"
    mutants.write_text(text)
    command = [sys.executable, str(SCORE), str(PROGRAM)]
    return subprocess.run(
        [*command, "--mutants", str(mutants)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs_preload
def test_a_fault_that_changes_no_verdict_survives(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, HARMLESS + "\n" + HARMFUL)
    assert done.returncode == 6
    assert "SURVIVED" in done.stdout.splitlines()[0]
    assert "killed by" in done.stdout.splitlines()[1]
    assert "1 of 2 faults are noticed" in done.stdout


@needs_preload
def test_an_engine_that_dies_is_noticed(tmp_path: pathlib.Path) -> None:
    done = run(tmp_path, FATAL)
    assert done.returncode == 0
    assert "killed: it ends by signal 11" in done.stdout


@needs_preload
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bug: none\n", "mutants.txt:1: a line in front of the first mutant:"),
        ("mutant: m\nold: x\n", 'mutants.txt:2: "old: x" is neither'),
        ("mutant: m\n- x\n", "mutants.txt:2: a changed line in front of file:"),
        ("mutant: m\nbug: b\n", "mutants.txt:1: m lacks bug:, file: or a line"),
        (HARMFUL + HARMFUL, "mutants.txt: a name stands twice"),
        (HARMFUL.replace("framing", "freeing"), "no message_freeing.c"),
        (HARMFUL.replace("- m", "- M"), "message_framing.c has 0 places"),
        (HARMFUL.replace("+ 1;", "+ 1"), "does not compile"),
        ("", "no fault to try"),
    ],
)
def test_a_fault_that_cannot_be_made_is_3(
    tmp_path: pathlib.Path, text: str, message: str
) -> None:
    done = run(tmp_path, text)
    assert done.returncode == 3
    assert message in done.stderr


MUTANTS = score.read_mutants(score.HERE / "mutants.txt")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_lines_of_a_fault_are_the_engine_s(mutant: score.Mutant) -> None:
    texts: dict[str, str] = {}
    for hunk in mutant.hunks:
        text = texts.get(hunk.file) or (score.ENGINE / hunk.file).read_text()
        texts[hunk.file] = score.replace(text, hunk)
        assert texts[hunk.file] != text
