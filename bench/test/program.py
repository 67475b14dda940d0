# SPDX-License-Identifier: MIT
"""mapmark-bench where it was built, and runs of it, again when disturbed."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping

EXE = ".exe" if os.environ.get("MAPMARK_EXE") else ""
PROGRAM = pathlib.Path(os.environ["MAPMARK_BIN_DIR"]) / f"mapmark-bench{EXE}"

#: What a row says whose file did not stay in the cache, and how often a run is
#: made at most.
LOST_CACHE = ("still cached at the end", "came from storage while cached")
RUNS_MOST = 3


def run(
    *arguments: str | pathlib.Path,
    cwd: pathlib.Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A run of it, with `env` added to the environment. When a machine takes
    back what is cached of a file is its own affair: then all is run again."""
    for _ in range(RUNS_MOST):
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if not any(words in done.stdout for words in LOST_CACHE):
            break
    return done
