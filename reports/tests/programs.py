# SPDX-License-Identifier: MIT
"""Stand-ins for the measuring programs, and the front end as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import synthetic
from tests.synthetic import RowSpec

REPORTS = Path(__file__).resolve().parent.parent
_BUILT = REPORTS.parent / "build/release/bin"

# What every stand-in begins with: its --out, and two ways to leave files.
_PROLOGUE = f"""#!{sys.executable}
import json, os, signal, sys
from pathlib import Path
HERE = Path(__file__).parent
if "--list" in sys.argv:  # one from before calls were counted refuses
    names = HERE / "names"
    sys.exit(print(names.read_text()) if names.exists() else 2)

def option(name):
    return sys.argv[sys.argv.index(name) + 1]

def tell(**event):
    print(json.dumps(event), flush=True)

def leave(name):
    content = (HERE / name).read_bytes()
    (Path(option("--out")) / name).write_bytes(content)

"""

MEASURES = """
tell(event="plan", rows=2, seconds=4.0)
tell(event="step", row="read/mapped", done_seconds=1.0, of_seconds=4.0)
tell(event="row", name="read/mapped", state="ok", reason="")
leave("bench.json")
leave("histograms.json")
tell(event="end", exit_code=0)
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def fake_bench(
    folder: Path,
    body: str = MEASURES,
    rows: Sequence[RowSpec] = (),
    missing: Sequence[str] = (),
    complete: bool = True,
    listed: Sequence[str] = (),
) -> Path:
    """A mapmark-bench that does what `body` says, beside the files that it
    may leave; with `listed` it has those rows to count the calls of."""
    rows = rows or [RowSpec("mapped"), RowSpec("read", times=[2000.0] * 7)]
    folder.mkdir(exist_ok=True)
    bench = synthetic.bench_document(rows, missing, complete=complete)
    histograms = synthetic.histograms_document(rows)
    (folder / "bench.json").write_text(json.dumps(bench))
    (folder / "histograms.json").write_text(json.dumps(histograms))
    if listed:
        (folder / "names").write_text("\n".join(listed))
    return fake_program(folder / "mapmark-bench", body)


def fake_conform(folder: Path, body: str = "") -> Path:
    document = json.dumps(synthetic.conformance_document())
    (folder / "conformance.json").write_text(document)
    writes = 'content = (HERE / "conformance.json").read_bytes()\n'
    writes += 'Path(option("--json")).write_bytes(content)\n'
    return fake_program(folder / "mapmark-conform", body or writes)


def fake_program(path: Path, body: str) -> Path:
    path.write_text(_PROLOGUE + body)
    path.chmod(0o755)
    return path


def built_programs() -> Path | None:
    """Where the real ones are, if they are built."""
    folder = Path(os.environ.get("MAPMARK_BIN_DIR", _BUILT))
    return folder if (folder / "mapmark-bench").exists() else None


def serving_programs() -> Path | None:
    """Those whose mapmark-bench takes slices on request."""
    folder = built_programs()
    if folder is None:
        return None
    said = subprocess.run(
        [folder / "mapmark-bench", "--help"], capture_output=True, text=True
    )
    return folder if "--serve" in said.stdout else None


def command(*arguments: str | Path) -> list[str]:
    words = [sys.executable, "-m", "mapmark", *arguments]
    return [str(word) for word in words]


def environment(folder: Path | None) -> dict[str, str]:
    """With the programs of `folder`."""
    found = dict(os.environ, PYTHONPATH=str(REPORTS), PYTHONWARNINGS="error")
    found["PYTHONDONTWRITEBYTECODE"] = "1"
    found["MAPMARK_BIN_DIR"] = str(folder or "/nowhere")
    return found


@contextmanager
def started(
    programs: Path, *arguments: str | Path
) -> Iterator[subprocess.Popen[str]]:
    """In a group of its own; gone at the end."""
    with subprocess.Popen(
        command(*arguments),
        env=environment(programs),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def mapmark(
    *arguments: str | Path,
    programs: Path | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    stdout: int = subprocess.PIPE,
) -> Ended:
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(programs),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        timeout=120,
        user=user,
        group=None if user is None else os.getgid(),
        extra_groups=None if user is None else [],
    )
    return Ended(done.returncode, done.stdout or "", done.stderr)
