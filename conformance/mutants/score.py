#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tell how many known faults of parsers the corpus would notice.

Each stanza of mutants.txt is a fault: lines of the library's engine that are
replaced. The engine is built with each of them, alone, and examined by
mapmark-conform in place of the right one. A fault that changes no verdict
survives, and names a case that is missing.

Exit codes: 0 all were killed, 2 usage, 3 something is missing or invalid,
6 a fault survived.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / "lib" / "src"
HEADERS = HERE.parent.parent / "lib" / "include"
FLAGS = ("-std=c11", "-O1", "-fPIC", "-fvisibility=hidden", "-DMM_BUILDING")
SUBJECTS = "engine-*"
DEVIATIONS = {"fail", "non-strict", "flaky", "error"}
#: A faulty engine may go round for ever; a right one takes some seconds.
SECONDS_MAX = 120
#: Large cases take most of the time, and notice little that small ones do not:
#: they are asked where no small one has noticed a fault.
SMALL = ("--largest", "1024")


class Problem(Exception):
    """Something is missing or invalid."""


@dataclasses.dataclass
class Hunk:
    file: str
    old: list[str] = dataclasses.field(default_factory=list)
    new: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Mutant:
    name: str
    line: int
    bug: str = ""
    refs: str = ""
    hunks: list[Hunk] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Result:
    mutant: Mutant
    killers: list[str]  # ids of cases
    how: str  # what became of the program, if it did not end as it should

    def killed(self) -> bool:
        return bool(self.killers or self.how)


def add_line(mutant: Mutant, text: str) -> None:
    """Take one line of a stanza, its name excepted."""
    if text.startswith(("- ", "+ ")):
        if not mutant.hunks:
            raise Problem("a changed line in front of file:")
        hunk = mutant.hunks[-1]
        if text[0] == "-" and hunk.new:
            hunk = Hunk(hunk.file)
            mutant.hunks.append(hunk)
        (hunk.old if text[0] == "-" else hunk.new).append(text[2:].strip())
        return
    key, _, value = text.partition(": ")
    if key == "file":
        mutant.hunks.append(Hunk(value))
    elif key in ("bug", "refs"):
        setattr(mutant, key, value)
    else:
        raise Problem(f'"{text}" is neither bug:, refs:, file:, - nor +')


def read_mutants(path: pathlib.Path) -> list[Mutant]:
    mutants: list[Mutant] = []
    for number, line in enumerate(path.read_text("ascii").splitlines(), 1):
        try:
            if line.startswith("mutant: "):
                mutants.append(Mutant(line.removeprefix("mutant: "), number))
            elif line and not line.startswith("#"):
                if not mutants:
                    raise Problem("a line in front of the first mutant:")
                add_line(mutants[-1], line)
        except Problem as problem:
            raise Problem(f"{path.name}:{number}: {problem}") from None
    for mutant in mutants:
        whole = mutant.bug and mutant.hunks and all(h.old for h in mutant.hunks)
        if not whole:
            raise Problem(
                f"{path.name}:{mutant.line}: {mutant.name} lacks bug:, file: "
                "or a line that is replaced"
            )
    if len({mutant.name for mutant in mutants}) != len(mutants):
        raise Problem(f"{path.name}: a name stands twice")
    return mutants


def replace(text: str, hunk: Hunk) -> str:
    """Replace the lines of a hunk, which must stand in the text just once."""
    lines = text.splitlines()
    bare = [line.strip() for line in lines]
    size = len(hunk.old)
    places = [
        at for at in range(len(bare)) if bare[at : at + size] == hunk.old
    ]
    if len(places) != 1:
        raise Problem(
            f"{hunk.file} has {len(places)} places that read: {hunk.old[0]}"
        )
    lines[places[0] : places[0] + size] = hunk.new
    return "\n".join(lines) + "\n"


def compile_unit(source: pathlib.Path, into: pathlib.Path, compiler: str) -> None:
    command = [compiler, *FLAGS, f"-I{ENGINE}", f"-I{HEADERS}", "-c"]
    command += [str(source), "-o", str(into)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"{source.name} does not compile:\n{done.stderr}")


def link(objects: list[pathlib.Path], into: pathlib.Path, compiler: str) -> None:
    command = [compiler, "-shared", *map(str, objects), "-o", str(into)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Problem(f"{into.name} cannot be linked:\n{done.stderr}")


def mutate(
    mutant: Mutant, right: pathlib.Path, folder: pathlib.Path, compiler: str
) -> pathlib.Path:
    """Build the engine with one fault, and give the library."""
    texts: dict[str, str] = {}
    for hunk in mutant.hunks:
        path = ENGINE / hunk.file
        if hunk.file not in texts and not path.is_file():
            raise Problem(f"there is no {hunk.file} in lib/src")
        texts[hunk.file] = replace(
            texts.get(hunk.file) or path.read_text("ascii"), hunk
        )
    objects = {path.stem: path for path in right.glob("*.o")}
    for name, text in texts.items():
        source = folder / name
        source.write_text(text, "ascii")
        objects[source.stem] = source.with_suffix(".o")
        compile_unit(source, objects[source.stem], compiler)
    library = folder / "mutant.so"
    link(sorted(objects.values()), library, compiler)
    return library


def deviating(record: pathlib.Path) -> list[str]:
    """Give the ids of the cases whose verdicts deviate."""
    return [
        case["id"]
        for case in json.loads(record.read_text())["cases"]
        if any(
            DEVIATIONS & set(result["verdicts"].values())
            for result in case["results"]
        )
    ]


def examine(
    options: argparse.Namespace, library: pathlib.Path, *more: str
) -> tuple[list[str], str]:
    """Give the deviating cases of an engine, and what else went wrong."""
    record = library.with_suffix(".json")
    command = [str(options.program), "--subject", SUBJECTS, *more]
    command += ["--json", str(record)]
    command += ["--corpus", options.corpus] if options.corpus else []
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return [], f"goes on for more than {SECONDS_MAX} s"
    if done.returncode < 0:
        return [], f"ends by signal {-done.returncode}"
    if done.returncode != 0:
        raise Problem(done.stderr.decode(errors="replace").strip())
    return deviating(record), ""


def try_mutant(
    mutant: Mutant, right: pathlib.Path, options: argparse.Namespace
) -> Result:
    with tempfile.TemporaryDirectory() as made:
        try:
            folder = pathlib.Path(made)
            library = mutate(mutant, right, folder, options.compiler)
            killers, how = examine(options, library, *SMALL)
            if not killers and not how:
                killers, how = examine(options, library)
        except Problem as problem:
            raise Problem(f"{mutant.name}: {problem}") from None
    return Result(mutant, killers, how)


def build_right(folder: pathlib.Path, options: argparse.Namespace) -> None:
    """Build the engine as it is, which no case may object to."""
    for source in sorted(ENGINE.glob("message*.c")):
        compile_unit(source, folder / f"{source.stem}.o", options.compiler)
    library = folder / "right.so"
    link(sorted(folder.glob("*.o")), library, options.compiler)
    killers, how = examine(options, library)
    if killers or how:
        told = how or f"deviates in {' '.join(killers)}"
        raise Problem(f"the engine itself, without a fault, {told}")


def say(result: Result) -> None:
    if result.how:
        told = f"killed: it {result.how}"
    elif result.killers:
        told = f"killed by {len(result.killers):3}, as {result.killers[0]}"
    else:
        told = "SURVIVED: no case notices it"
    print(f"{result.mutant.name:32} {told}", flush=True)


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Tell how many known faults of parsers the corpus notices."
    )
    parser.add_argument("program", type=pathlib.Path, help="mapmark-conform")
    parser.add_argument("--mutants", default=HERE / "mutants.txt", type=pathlib.Path)
    parser.add_argument("--corpus", help="instead of the one supplied")
    parser.add_argument("--only", help="the fault of this name")
    parser.add_argument("--compiler", default=os.environ.get("CC", "cc"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def score(options: argparse.Namespace) -> int:
    mutants = [
        mutant
        for mutant in read_mutants(options.mutants)
        if options.only in (None, mutant.name)
    ]
    if not mutants:
        raise Problem(f"{options.mutants}: no fault to try")
    killed = 0
    with tempfile.TemporaryDirectory() as made:
        right = pathlib.Path(made)
        build_right(right, options)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for result in pool.map(
                lambda mutant: try_mutant(mutant, right, options), mutants
            ):
                killed += result.killed()
                say(result)
    print(f"mutation score: {killed} of {len(mutants)} faults are noticed")
    return 0 if killed == len(mutants) else 6


def main(arguments: list[str]) -> int:
    options = read_options(arguments)
    try:
        return score(options)
    except (OSError, Problem) as problem:
        print(f"score.py: {problem}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
