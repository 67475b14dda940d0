# SPDX-License-Identifier: MIT
"""The workflow runs what is there; whether it passes only its own site shows."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
JOBS = ("debian", "windows")


@pytest.fixture(scope="module")
def jobs() -> Any:
    text = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    yaml: Any = importlib.import_module("yaml")
    return yaml.safe_load(text)["jobs"]


def commands(job: Any) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_debian_runs_the_command_that_everybody_runs(jobs: Any) -> None:
    assert tuple(jobs) == JOBS
    assert jobs["debian"]["container"] == "debian:12"
    assert commands(jobs["debian"]).split() == ["ci/test"]


def test_windows_uses_presets_that_exist(jobs: Any) -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text("utf-8"))
    used = dict(re.findall(r"(cmake|ctest|--build) --preset (\w+)",
                           commands(jobs["windows"])))  # fmt: skip
    kinds = {"cmake": "configure", "--build": "build", "ctest": "test"}
    assert set(used) == set(kinds)
    for word, name in used.items():
        names = {preset["name"] for preset in presets[f"{kinds[word]}Presets"]}
        assert name in names


@pytest.mark.parametrize("job", JOBS)
def test_actions_are_pinned_by_their_major_version(jobs: Any, job: str) -> None:
    used = [step["uses"] for step in jobs[job]["steps"] if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@v\d+", action)


def test_vcpkg_has_what_the_build_looks_for() -> None:
    manifest = json.loads((ROOT / "vcpkg.json").read_text("utf-8"))
    build = "\n".join(
        (ROOT / name).read_text("utf-8")
        for name in (
            "bench/CMakeLists.txt",
            "ci/tests.cmake",
            "conformance/CMakeLists.txt",
            "lib/CMakeLists.txt",
        )
    )
    looked_for = set(re.findall(r"find_package\((\w+)", build))
    # Servers are asked through sockets of one system, which vcpkg does not serve.
    subject = r"^    \w+\|[\w./]+\.h\|(\w+)(?:\|pushed)?\)?$"
    looked_for |= set(re.findall(subject, build, re.M))
    names = {name.replace("-", "_") for name in manifest["dependencies"]}
    assert names == {name.lower() for name in looked_for}


def test_the_gate_is_the_command_that_everybody_runs() -> None:
    text = (ROOT / ".github/workflows/gate.yml").read_text("utf-8")
    yaml: Any = importlib.import_module("yaml")
    job = yaml.safe_load(text)["jobs"]["gate"]
    assert "ci/gate ${{" in commands(job)
    assert (ROOT / "ci/gate").is_file()
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
