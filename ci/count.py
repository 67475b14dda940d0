#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Add up what the steps of ci/test found, test case by test case.

Reads FOLDER/steps.tsv: one line a step with its name, its kind and its exit
code, separated by tabs. A step of kind `tests` has written FOLDER/<name>.xml
in the JUnit form of ctest or pytest; the cases of cmocka and pytest programs
that ctest started are read from their output. A `check` is one test by itself. A `preparation` counts only
when it fails, because then its tests have not run.

Lists what was skipped and what failed, and ends with the total. Exits 1 when
anything failed.
"""

from __future__ import annotations

import argparse
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Outcome(Enum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Case:
    step: str
    name: str
    outcome: Outcome
    reason: str = ""


CMOCKA_MARK = re.compile(r"\[ *(RUN|OK|FAILED|SKIPPED|ERROR) *\] (.+?)\s*$")
CMOCKA_END = re.compile(r"\[=+\] .*\d+ test\(s\) run")
OUTCOMES = {
    "OK": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "ERROR": Outcome.FAILED,
    "SKIPPED": Outcome.SKIPPED,
}


def cmocka_cases(output: str) -> Iterator[tuple[str, Outcome, str]]:
    """Read name, outcome and last words of each case that was begun.

    What cmocka prints after the last case repeats names, and a case that was
    begun and has no end took its program with it.
    """
    running = ""
    said: list[str] = []
    for line in output.splitlines():
        mark = CMOCKA_MARK.search(line)
        if running and mark and mark[2] == running:
            why = " ".join(said).removeprefix(f"SKIP {running}: ")
            yield running, OUTCOMES[mark[1]], why
            running = ""
        elif mark and mark[1] == "RUN":
            if running:
                yield running, Outcome.FAILED, "it did not end"
            running, said = mark[2], []
        elif running and CMOCKA_END.search(line):
            break
        elif line.strip():
            said.append(line.strip())
    if running:
        yield running, Outcome.FAILED, "it did not end"


PYTEST_END = re.compile(
    r"^=* ?(?P<counts>\d+ [a-z]+(?:, \d+ [a-z]+)*) in [\d.]+s", re.MULTILINE
)
PYTEST_LINE = re.compile(
    r"^(?P<kind>FAILED|ERROR|SKIPPED) (?:\[(?P<times>\d+)\] )?"
    r"(?P<name>\S+?):?(?: (?:- )?(?P<why>.*))?$",
    re.MULTILINE,
)
PYTEST_DETAIL = re.compile(
    r"^(?:_{3,} (?:ERROR at \w+ of )?(?P<name>.+?) _{3,}|E +(?P<said>.*))$",
    re.MULTILINE,
)
PYTEST_COUNTS = (
    ("passed", Outcome.PASSED),
    ("failed", Outcome.FAILED),
    ("errors?", Outcome.FAILED),
    ("skipped", Outcome.SKIPPED),
)


def pytest_details(output: str) -> dict[str, list[str]]:
    """Read what each failed test said, in all its lines, by its bare name.

    Of tests of one name in several files, each adds to it.
    """
    details: dict[str, list[str]] = {}
    said: list[str] = []
    for line in PYTEST_DETAIL.finditer(output):
        if line["name"]:
            said = details.setdefault(line["name"], [])
        else:
            said.append(line["said"])
    return details


def pytest_cases(output: str) -> Iterator[tuple[str, Outcome, str]]:
    """Read the cases that `pytest -rsfE` printed, as cmocka_cases() does.

    The last line has the numbers; the lines above name all but what passed,
    with the first line of why, and the rest of it stands before them.
    """
    end = PYTEST_END.search(output)
    if not end:
        return
    details = pytest_details(output)
    left = dict.fromkeys(Outcome, 0)
    for word, outcome in PYTEST_COUNTS:
        if found := re.search(rf"(\d+) {word}\b", end["counts"]):
            left[outcome] += int(found[1])
    for line in PYTEST_LINE.finditer(output):
        outcome = OUTCOMES[line["kind"]]
        for _ in range(min(int(line["times"] or 1), left[outcome])):
            left[outcome] -= 1
            said = details.get(line["name"].rpartition("::")[2], [])
            yield line["name"], outcome, " ".join(said) or line["why"] or ""
    for outcome, times in left.items():
        yield from [("", outcome, "")] * times


def entry_outcome(entry: ET.Element) -> tuple[Outcome, str]:
    """Read what ctest or pytest says of one entry, and why."""
    said = (entry.findtext("system-out") or "").split("\n")
    last = next((line.strip() for line in reversed(said) if line.strip()), "")
    for tag, outcome in (
        ("failure", Outcome.FAILED),
        ("error", Outcome.FAILED),
        ("skipped", Outcome.SKIPPED),
    ):
        found = entry.find(tag)
        if found is not None:
            message = found.get("message", "")
            # Of a skip ctest knows only the exit code, of a failure nothing.
            wordless = message in {"", "Failed"} or message.startswith("SKIP_")
            return outcome, last if wordless else message
    if entry.get("status", "run") != "run":
        return Outcome.FAILED, "not run"
    return Outcome.PASSED, ""


def entry_cases(step: str, entry: ET.Element) -> list[Case]:
    """Read the cases of one entry: itself, or those its program printed."""
    name = entry.get("name", "")
    if entry.get("classname", name) != name:
        name = f"{entry.get('classname')} {name}"
    outcome, reason = entry_outcome(entry)
    output = entry.findtext("system-out") or ""
    cases = [
        Case(step, f"{name} {case}".strip(), result, why)
        for read in (cmocka_cases, pytest_cases)
        for case, result, why in read(output)
    ]
    failed = any(case.outcome is Outcome.FAILED for case in cases)
    if not cases or (outcome is Outcome.FAILED and not failed):
        cases.append(Case(step, name, outcome, reason))
    return cases


def step_cases(folder: Path, step: str, kind: str, code: str) -> list[Case]:
    """Read the cases of one step; a step that fails has a failed case."""
    cases: list[Case] = []
    if kind == "check" and code == "0":
        return [Case(step, "", Outcome.PASSED)]
    if kind == "tests":
        try:
            root = ET.parse(folder / f"{step}.xml").getroot()
        except (OSError, ET.ParseError) as error:
            return [Case(step, "", Outcome.FAILED, f"no results: {error}")]
        for entry in root.iter("testcase"):
            cases += entry_cases(step, entry)
    failed = any(case.outcome is Outcome.FAILED for case in cases)
    if code != "0" and not failed:
        cases.append(Case(step, "", Outcome.FAILED, f"exit code {code}"))
    return cases


def all_cases(folder: Path) -> list[Case]:
    steps = (folder / "steps.tsv").read_text(encoding="utf-8")
    return [
        case
        for line in steps.splitlines()
        for case in step_cases(folder, *line.split("\t"))
    ]


def listing(cases: list[Case], outcome: Outcome) -> Iterator[str]:
    for case in cases:
        if case.outcome is outcome:
            place = f"{case.step} {case.name}".strip()
            why = " ".join(case.reason.split()) or "no reason given"
            yield f"{outcome.value}: {place}: {why}"


def total(cases: list[Case]) -> str:
    counts = (
        f"{sum(case.outcome is outcome for case in cases)} {outcome.value}"
        for outcome in Outcome
    )
    return f"total: {', '.join(counts)}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ci/count.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where the results are")
    cases = all_cases(parser.parse_args(arguments).folder)
    for outcome in (Outcome.SKIPPED, Outcome.FAILED):
        for line in listing(cases, outcome):
            print(line)
    print(total(cases))
    return 1 if any(case.outcome is Outcome.FAILED for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
