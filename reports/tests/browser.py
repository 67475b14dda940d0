# SPDX-License-Identifier: MIT
"""Headless Chromium, told to keep away from the network."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic")
    + ("--no-first-run", "--disable-background-networking")
    + ("--disable-component-update", "--disable-sync", "--hide-scrollbars")
    + ("--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0")
    # Whatever asks for a name gets none.
    + ("--host-resolver-rules=MAP * ~NOTFOUND",)
)
_SECONDS_MOST = 60


def _chromium() -> str:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip("there is no Chromium")


def _run(url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    program = _chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        return subprocess.run(
            [program, *_FLAGS, f"--user-data-dir={profile}", *flags, url],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS_MOST,
        )


def opened(url: str, *flags: str) -> tuple[str, list[str]]:
    """The page after its script has run, and what the console said."""
    done = _run(url, "--dump-dom", *flags)
    lines = done.stderr.splitlines()
    return done.stdout, [line for line in lines if "CONSOLE" in line]


def screenshot(
    url: str, path: Path, width: int, height: int, *flags: str
) -> bytes:
    """As PNG."""
    size = f"--window-size={width},{height}"
    _run(url, f"--screenshot={path}", size, *flags)
    return path.read_bytes()
