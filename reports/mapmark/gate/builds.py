# SPDX-License-Identifier: MIT
"""Where the two sides come from: a folder that has been built, or a commit,
which is built once and kept by its hash."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mapmark import inputs
from mapmark.errors import ExitCode, Failure, usage
from mapmark.gate.worker import OPEN_SECONDS, Build, build_facts, check_protocol
from mapmark.document import parse
from mapmark.programs import find_program

BASELINE = "baseline"
CANDIDATE = "candidate"

# Of the build's log, when it fails.
_LINES_SHOWN = 15


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mapmark" / "gate"


def resolve(name: str, given: str, repository: Path) -> Build:
    """BUILD_DIR, if it holds a program, else a commit of the repository."""
    folder = Path(given)
    for place in (folder, folder / "bin"):
        program = find_program(inputs.BENCH, place)
        if program is not None:
            return describe(name, program)
    if folder.is_dir():
        raise usage(f"'{given}' holds no {inputs.BENCH}; build it first")
    return of_commit(name, find_commit(given, repository), repository)


def describe(name: str, program: Path) -> Build:
    """By what it says of itself."""
    try:
        said = subprocess.run(
            [program, "--serve"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=OPEN_SECONDS,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(
            ExitCode.INCOMPLETE, f"the {name} '{program}' cannot serve: {error}"
        ) from error
    if not said.strip():
        raise Failure(
            ExitCode.INCOMPLETE,
            f"the {name} '{program}' --serve says nothing: it is too old to "
            "be gated, or crashes",
        )
    greeting = parse(said, f"the greeting of '{program}'").value
    assert isinstance(greeting, dict)
    check_protocol(greeting, program)
    return Build(name, program.resolve(), build_facts(greeting))


def find_commit(given: str, repository: Path) -> str:
    commit = _parse(given, repository)
    if commit is None:
        raise usage(
            f"'{given}' is no folder with {inputs.BENCH}, and no commit of "
            f"'{repository}'"
        )
    return commit


def _commit_of(build_id: str, repository: Path) -> str | None:
    """None for one of a tree that was changed: git knows no such name."""
    return _parse(build_id.partition("+")[0], repository)


def _parse(given: str, repository: Path) -> str | None:
    words = ["rev-parse", "--verify", "--quiet", "--end-of-options"]
    done = _git(repository, [*words, given + "^{commit}"])
    commit = done.stdout.strip()
    is_one = re.fullmatch(r"[0-9a-f]{40,64}", commit) is not None
    return commit if done.returncode == 0 and is_one else None


def of_commit(
    name: str,
    commit: str,
    repository: Path,
    options: Sequence[str] = (),
    patch: Path | None = None,
) -> Build:
    """Built in a work tree of its own, unless it has been."""
    source = make_tree(commit, repository, patch)
    words = "".join(f"+{option.partition('=')[0]}" for option in options)
    program = make(source, source.parent / f"build{words}", options)
    found = describe(name, program)
    if patch is None and _commit_of(found.id, repository) != commit:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"'{program}' says that it is '{found.id}', and was built of "
            f"{commit[:12]}; remove '{source.parent}'",
        )
    return found


def make_tree(commit: str, repository: Path, patch: Path | None) -> Path:
    """With that patch applied, if one is given."""
    word = commit if patch is None else f"{commit[:12]}-{patch.stem}"
    source = cache_folder() / word / "source"
    if (source / "CMakeLists.txt").exists():
        return source
    source.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(source, ignore_errors=True)
    # Even if one that somebody has removed by hand is still registered.
    add = ["worktree", "add", "--force", "--detach", str(source), commit]
    _must(_git(repository, add), f"cannot check out {commit[:12]}")
    if patch is not None:
        done = _git(source, ["apply", "--index", str(patch.resolve())])
        if done.returncode != 0:
            _git(repository, ["worktree", "remove", "--force", str(source)])
        _must(done, f"'{patch}' does not apply to {commit[:12]}")
    return source


def make(source: Path, folder: Path, options: Sequence[str]) -> Path:
    """Also when it is there: what is up to date takes a second."""
    configure = ["cmake", "--preset", "release", "-B", str(folder)]
    configure += [f"-D{option}" for option in options]
    _must(_run(configure, source), f"cannot configure '{source}'")
    build = ["cmake", "--build", str(folder), "--target", inputs.BENCH]
    build += ["--parallel", str(os.cpu_count() or 1)]
    _must(_run(build, source), f"cannot build '{source}'")
    for place in (folder / "bin", folder):
        program = find_program(inputs.BENCH, place)
        if program is not None:
            return program
    raise Failure(ExitCode.INCOMPLETE, f"'{folder}' holds no {inputs.BENCH}")


def _git(
    folder: Path, arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    return _run(["git", *arguments], folder)


def _run(
    arguments: Sequence[str], folder: Path
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            arguments,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"cannot run {arguments[0]}: {error.strerror}; install it",
        ) from error


def _must(done: subprocess.CompletedProcess[str], what: str) -> None:
    if done.returncode == 0:
        return
    lines = done.stdout.splitlines()[-_LINES_SHOWN:]
    raise Failure(ExitCode.INCOMPLETE, "\n".join([what + ":", *lines]))
