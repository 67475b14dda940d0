# SPDX-License-Identifier: MIT
"""Sides made of folders and of commits, of a repository that is small."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mapmark.errors import ExitCode, Failure
from mapmark.gate import builds
from tests.gate_programs import fake_serve

# Its "program" says of which commit it was built.
_CMAKE = """cmake_minimum_required(VERSION 3.22)
project(small NONE)
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} describe --always --dirty
                --abbrev=12 OUTPUT_VARIABLE id OUTPUT_STRIP_TRAILING_WHITESPACE)
option(MAPMARK_INJECT "" OFF)
if(MAPMARK_INJECT)
    set(id "${id}+inject")
endif()
set(program ${CMAKE_BINARY_DIR}/bin/mapmark-bench)
configure_file(bench.in ${program} @ONLY FILE_PERMISSIONS OWNER_READ
               OWNER_WRITE OWNER_EXECUTE)
add_custom_target(mapmark-bench COMMAND true)
"""
_PRESETS = """{"version": 3, "configurePresets": [{"name": "release",
"generator": "Ninja", "binaryDir": "${sourceDir}/build"}]}"""
_BENCH = """#!/bin/sh
echo '{"protocol":"mapmark-serve/1","build":{"id":"@id@"}}'
"""


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(_CMAKE)
    (folder / "CMakePresets.json").write_text(_PRESETS)
    (folder / "bench.in").write_text(_BENCH)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_a_folder_with_a_program_is_a_side(tmp_path: Path) -> None:
    program = fake_serve(tmp_path / "built" / "bin", "abc")
    found = builds.resolve("baseline", str(tmp_path / "built"), tmp_path)
    assert (found.program, found.id) == (program, "abc")


def test_a_folder_without_one_is_not_taken_for_a_commit(
    tmp_path: Path,
) -> None:
    with pytest.raises(Failure, match="build it first") as caught:
        builds.resolve("baseline", str(tmp_path), tmp_path)
    assert caught.value.code is ExitCode.USAGE


def test_a_commit_is_built_beside_the_work_tree_and_kept(
    repository: Path,
) -> None:
    found = builds.resolve("baseline", "HEAD", repository)
    commit = git(repository, "rev-parse", "HEAD")
    assert found.id == commit[:12]
    assert found.program.is_relative_to(builds.cache_folder() / commit)
    assert git(repository, "status", "--porcelain") == ""
    again = builds.resolve("baseline", commit[:10], repository)
    assert again == found


def test_a_kept_build_of_another_commit_is_not_believed(
    repository: Path,
) -> None:
    found = builds.resolve("baseline", "HEAD", repository)
    source = found.program.parents[2] / "source"
    (source / "bench.in").write_text(_BENCH.replace("@id@", "0123456789ab"))
    with pytest.raises(Failure, match="says that it is") as caught:
        builds.resolve("baseline", "HEAD", repository)
    assert caught.value.code is ExitCode.ENVIRONMENT


def test_a_build_with_an_option_lies_beside_the_one_without(
    repository: Path,
) -> None:
    commit = builds.find_commit("HEAD", repository)
    plain = builds.of_commit("baseline", commit, repository)
    other = builds.of_commit(
        "baseline", commit, repository, ["MAPMARK_INJECT=ON"]
    )
    assert other.id == plain.id + "+inject"
    assert other.program != plain.program


def test_a_patch_is_applied_to_a_tree_of_its_own(
    repository: Path, tmp_path: Path
) -> None:
    bench = repository / "bench.in"
    bench.write_text(_BENCH + "# changed\n")
    patch = tmp_path / "change.patch"
    patch.write_text("# red: a row\n" + git(repository, "diff") + "\n")
    git(repository, "checkout", "-q", "bench.in")
    commit = builds.find_commit("HEAD", repository)
    found = builds.of_commit("candidate", commit, repository, patch=patch)
    assert "# changed" in found.program.read_text()
    assert found.id.startswith(commit[:12])


def test_a_patch_that_does_not_apply_leaves_no_tree(
    repository: Path, tmp_path: Path
) -> None:
    patch = tmp_path / "wrong.patch"
    patch.write_text(
        "--- a/bench.in\n+++ b/bench.in\n@@ -1 +1 @@\n-never\n+ever\n"
    )
    commit = builds.find_commit("HEAD", repository)
    with pytest.raises(Failure, match="does not apply"):
        builds.of_commit("candidate", commit, repository, patch=patch)
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_build_that_fails_shows_why(repository: Path) -> None:
    (repository / "CMakeLists.txt").write_text(
        _CMAKE + 'message(FATAL_ERROR "no such thing")\n'
    )
    git(repository, "commit", "-qam", "broken")
    with pytest.raises(Failure, match="no such thing") as caught:
        builds.resolve("baseline", "HEAD", repository)
    assert caught.value.code is ExitCode.INCOMPLETE
