# SPDX-License-Identifier: MIT
"""The program as its user meets it: exit codes, messages, the record.

MAPMARK_BIN_DIR is the folder of mapmark-conform. MAPMARK_CONFORM_BARE is the
same program built without any subject; its tests are skipped without it.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOM / "corpus"
EXPECT = ROOM / "expect" / "http_parser.expect"

sys.path.insert(0, str(ROOM / "tools"))
import lint  # noqa: E402

PROGRAM = pathlib.Path(os.environ["MAPMARK_BIN_DIR"]) / "mapmark-conform"
BARE = pathlib.Path(os.environ.get("MAPMARK_CONFORM_BARE", ""))

STANZA = """id: {id}
since: 1
direction: request
to: parser
send: {{G}}\\r\\n
peer: keep
rfc2616: none@28 | MUST | 4.3
rfc9112: {rule}
next: nothing
why: it is short.

"""


def run(
    *arguments: str | os.PathLike[str], program: pathlib.Path = PROGRAM
) -> subprocess.CompletedProcess[str]:
    command = [str(part) for part in (program, *arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refused(code: int, *arguments: str | os.PathLike[str]) -> str:
    """Run what must end with `code`, and give what it says."""
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("mapmark-conform: ")
    return done.stderr


def write_corpus(
    folder: pathlib.Path, rule: str = "none@28 | MUST | 6.3(7)"
) -> pathlib.Path:
    folder.mkdir(parents=True)
    (folder / "index.txt").write_text("small.cases\n")
    stanzas = STANZA.format(id="req-one", rule=rule)
    (folder / "small.cases").write_text(stanzas)
    return folder


def listed_ids(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines()]


def record(folder: pathlib.Path, *arguments: str | pathlib.Path) -> Any:
    path = folder / "record.json"
    assert run("--json", path, *arguments).returncode == 0
    return json.loads(path.read_bytes())


# What deviates, for the tests that need somebody who does.
ONE = ("--subject", "http-parser")

needs_subject = pytest.mark.skipif(
    run("--cases", "req-base-get", *ONE).returncode != 0,
    reason="this build has no http-parser to test",
)

needs_bare = pytest.mark.skipif(
    not BARE.is_file(), reason="MAPMARK_CONFORM_BARE names no program"
)


def test_help_names_every_option_and_exit_code() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("corpus", "cases", "epoch", "subject", "list", "show"):
        assert f"--{word} " in done.stdout
    for code in (0, 2, 3, 6, 70, 74, 77):
        assert f"\n  {code:2d}  " in done.stdout


def test_version_is_that_of_the_project() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "mapmark-conform 0.1.0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--wrong"], "unknown option '--wrong'; --help lists the options"),
        (["stray"], "unknown option 'stray'"),
        (["--json"], "option '--json' needs a value: FILE"),
        (["--json="], "option '--json' needs a value: FILE"),
        (["--list=yes"], "option '--list=yes' takes no value"),
        (["--epoch", "rfc7230"], "is none of rfc2616, rfc9112, both"),
        (["--cases", "nothing*"], "no case matches; --list shows all"),
        (["--show", "nothing"], "there is no such case; --list shows all"),
        (["--show", "req-*"], "there is no such case"),
        (["--list", "--show", "req-base-get"], "exclude each other"),
        (["--list", "--json", "x"], "--list goes without --json"),
        (["--show", "req-base-get", "--cases", "*"], "without --cases"),
        (["--write-expect", "x", "--cases", "*"], "goes without --cases"),
        (["--write-expect", "x", "--epoch", "rfc9112"], "and --epoch"),
        (["--write-expect", "x", "--list"], "--expect and --write-expect"),
        (["--write-expect", "x", "--largest", "9"], "--no-splits and --epoch"),
        (["--write-expect", "x", "--no-splits"], "--no-splits and --epoch"),
        (["--largest", "0"], "--largest '0' is no number of octets"),
        (["--largest", "9k"], "--largest '9k' is no number of octets"),
        (["--largest", "1"], "no case matches"),
    ],
)
def test_a_wrong_command_line_is_2(arguments: list[str], message: str) -> None:
    assert message in refused(2, *arguments)


@needs_subject
def test_an_unknown_subject_is_2_and_names_the_known() -> None:
    assert "this build has: engine-rfc2616" in refused(2, "--subject", "nobody")


def test_a_missing_corpus_is_3(tmp_path: pathlib.Path) -> None:
    message = refused(3, "--corpus", tmp_path / "none")
    assert f"{tmp_path}/none/index.txt: cannot be opened" in message


def test_a_corpus_that_is_a_file_is_3(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("x\n")
    assert "cannot be opened" in refused(3, "--corpus", tmp_path / "file")


def test_an_index_that_is_a_folder_is_3(tmp_path: pathlib.Path) -> None:
    (tmp_path / "index.txt").mkdir()
    assert "cannot be" in refused(3, "--corpus", tmp_path)


def test_an_index_without_classes_is_3(tmp_path: pathlib.Path) -> None:
    (tmp_path / "index.txt").write_text("# none\n")
    assert "no case in any of its files" in refused(3, "--corpus", tmp_path)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("small.cases\nb.cases\n", "index.txt:2: "),
        ("small.cases\nsmall.cases\n", 'index.txt:2: class "small" behind'),
        ("small\n", 'index.txt:1: "small": a line is CLASS.cases'),
        ("../small.cases\n", "index.txt:1: "),
        ("small.cases", "index.txt:1: the last line has no line feed"),
    ],
)
def test_a_wrong_index_is_3_with_its_line(
    tmp_path: pathlib.Path, index: str, message: str
) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / "index.txt").write_text(index)
    assert message in refused(3, "--corpus", corpus)


def test_a_wrong_stanza_is_3_with_its_line(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "none@28 | SURE | 6.3(7)")
    message = refused(3, "--corpus", corpus)
    assert 'small.cases:8: rfc9112: level "SURE": allowed are MUST' in message


@needs_bare
def test_nothing_to_run_is_77_and_says_so() -> None:
    done = run(program=BARE)
    assert done.returncode == 77
    assert "this build has no subject" in done.stderr
    assert run("--subject", "http-parser", program=BARE).returncode == 77


@needs_bare
def test_a_case_is_shown_where_nothing_can_run() -> None:
    done = run("--show", "req-base-cl", program=BARE)
    assert done.returncode == 0
    assert "accepted end at 53" in done.stdout


def test_the_list_has_a_line_for_each_case() -> None:
    done = run("--list")
    assert done.returncode == 0
    cases, problems = lint.read_cases(CORPUS)
    assert problems == []
    assert listed_ids(done.stdout) == sorted(case.one("id") for case in cases)


def test_the_list_obeys_the_pattern() -> None:
    done = run("--list", "--cases", "te-cl/req-*")
    assert done.stdout
    for line in done.stdout.splitlines():
        assert line.split()[1:3] == ["te-cl", "request"]


@needs_subject
def test_show_has_octets_rulings_and_answers() -> None:
    done = run("--show", "req-tecl-cl-te", *ONE)
    assert done.returncode == 0
    for part in (
        "50 4f 53 54 20 2f 65 20 48 54 54 50 2f 31 2e 31  POST /e HTTP/1.1",
        "accepted end at 92",
        "rfc2616    chunked:5@92 | MUST | 4.4(3)",
        "why        Both readers agree",
        "harm       CL.TE",
        "http-parser: error, connection closed",
        "two-way splits",
    ):
        assert part in done.stdout


@needs_subject
def test_the_table_counts_every_class() -> None:
    done = run(*ONE)
    assert done.returncode == 0
    for name in lint.read_names(CORPUS / "index.txt"):
        assert f"  {name.removesuffix('.cases')} " in done.stdout


@needs_subject
def test_deviations_alone_change_nothing(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    done = run("--corpus", corpus)
    assert done.returncode == 0
    assert "fail: http-parser rfc9112 req-one: none@28" in done.stdout


@needs_subject
def test_a_weaker_level_is_non_strict(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "none@28 !close | MAY | 9.6")
    done = run("--corpus", corpus)
    assert "non-strict: http-parser rfc9112 req-one: none@28" in done.stdout


@needs_subject
def test_the_known_deviations_are_the_ones_found() -> None:
    done = run("--expect", EXPECT, *ONE)
    assert done.returncode == 0, done.stdout
    assert "0 changes against" in done.stdout


@pytest.mark.parametrize("path", sorted((ROOM / "expect").iterdir()))
def test_every_subject_answers(path: pathlib.Path) -> None:
    name = re.sub(r"-[\d.]+$", "", path.stem).replace("_", "-")
    name = "engine-rfc9112" if name == "engine" else name
    done = run("--subject", name, "--cases", "re?-base-*")
    if done.returncode == 77:
        pytest.skip(f"this build has no {name}")
    assert done.returncode == 0, done.stderr
    assert f"{name} " in done.stdout
    assert "error: " not in done.stdout
    assert "flaky: " not in done.stdout


@needs_subject
def test_who_cannot_read_a_case_is_not_asked() -> None:
    done = run("--show", "res-cl")
    assert done.returncode == 0, done.stderr
    assert "http-parser: cl:5@43, connection kept" in done.stdout
    if "libevent" in run("--version").stdout:
        assert "libevent: not run, the case is for others" in done.stdout


needs_helper = pytest.mark.skipif(
    run("--cases", "req-base-get", "--subject", "h11").returncode != 0,
    reason="this build has no h11 to test",
)


def children(pid: int) -> list[int]:
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_alive(pid: int) -> bool:
    """Tell whether the process is there and not dead, as a zombie is."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


@needs_helper
def test_a_helper_dies_with_the_program(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    text = (corpus / "small.cases").read_text()
    long = text.replace("{G}\\r\\n", "{G}X: {4000*x}\\r\\n\\r\\n")
    (corpus / "small.cases").write_text(long.replace("@28", "@4033"))
    command = [str(PROGRAM), "--corpus", str(corpus), "--subject", "h11"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as program:
        wait_until(lambda: len(children(program.pid)) == 1)
        helper = children(program.pid)[0]
        program.kill()
    wait_until(lambda: not is_alive(helper))


@needs_helper
def test_a_helper_is_found_beside_the_installed_program(
    installed: pathlib.Path,
) -> None:
    folder = installed.parent.parent / "share" / "mapmark" / "helpers"
    folder.mkdir()
    (folder / "h11_helper.py").write_text("raise SystemExit('not today')\n")
    done = run("--subject", "h11", program=installed)
    assert done.returncode == 70
    assert "h11: the helper ended with code 1: not today" in done.stderr


def expectations(tmp_path: pathlib.Path, text: str) -> pathlib.Path:
    path = tmp_path / "known.expect"
    path.write_text(text)
    return path


@needs_subject
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "req-one is fail, which no line expects"),
        ("http-parser rfc9112 req-one flaky\n", "is fail, expected flaky"),
        (
            "http-parser rfc9112 req-one fail\n"
            "http-parser rfc2616 req-one fail\n",
            "rfc2616 req-one is pass, expected fail (",
        ),
        (
            "http-parser rfc9112 req-one fail\n"
            "http-parser rfc9112 req-gone fail\n",
            "req-gone is not in the corpus, expected fail",
        ),
    ],
)
def test_a_change_against_expectations_is_6(
    tmp_path: pathlib.Path, lines: str, message: str
) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    known = expectations(tmp_path, lines)
    done = run("--corpus", corpus, "--expect", known, *ONE)
    assert done.returncode == 6
    assert message in done.stdout
    assert "1 change against" in done.stdout


@needs_subject
def test_what_is_not_run_is_not_compared(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    known = expectations(tmp_path, "# none\n\nother rfc2616 req-gone fail\n")
    arguments = ("--corpus", corpus, "--expect", known)
    assert run(*arguments, "--epoch", "rfc2616").returncode == 0
    assert run(*arguments).returncode == 6


@needs_subject
def test_several_files_of_expectations_add_up(tmp_path: pathlib.Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", "reject:400 | MUST | 6.3(7)")
    known = expectations(tmp_path, "http-parser rfc9112 req-one fail\n")
    other = tmp_path / "other.expect"
    other.write_text("other rfc9112 req-one fail\n")
    done = run("--corpus", corpus, "--expect", known, "--expect", other, *ONE)
    assert done.returncode == 0
    assert "0 changes against 2 expectations" in done.stdout


@needs_subject
@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("http-parser rfc9112 req-one\n", ":1: a line is"),
        ("\nhttp-parser rfc9112 req-one pass\n", ":2: a line is"),
        ("http-parser both req-one fail\n", ":1: a line is"),
        ("a rfc9112 b fail\na rfc9112 b fail\n", ":2: the same subject"),
        ("a rfc9112 b fail", ":1: the last line has no line feed"),
    ],
)
def test_wrong_expectations_are_3_with_their_line(
    tmp_path: pathlib.Path, lines: str, place: str
) -> None:
    known = expectations(tmp_path, lines)
    assert f"known.expect{place}" in refused(3, "--expect", known)


@needs_subject
def test_missing_expectations_are_3(tmp_path: pathlib.Path) -> None:
    assert "cannot be opened" in refused(3, "--expect", tmp_path / "none")


@needs_subject
def test_a_record_that_cannot_be_written_is_74(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "none" / "record.json"
    assert f"{path}: cannot be written" in refused(
        74, "--json", path, *ONE
    )
    assert "cannot be written" in refused(74, "--json", tmp_path, *ONE)
    assert list(tmp_path.iterdir()) == []


def limit_file_size() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


@needs_subject
def test_a_record_is_never_half_a_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("old")
    done = subprocess.run(
        [str(PROGRAM), "--json", str(path), *ONE],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit_file_size,
    )
    assert done.returncode == 74
    assert "cannot be written" in done.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert run("--json", path, *ONE).returncode == 0
    assert json.loads(path.read_bytes())["schema"] == "mapmark-conformance/1"


@needs_subject
@pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this system has no full device"
)
def test_a_full_device_is_74_and_stays_a_device() -> None:
    assert "cannot be written" in refused(74, "--json", "/dev/full", *ONE)
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(PROGRAM), "--list"], stdout=full)
    assert done.returncode == 74


@pytest.fixture
def installed(tmp_path: pathlib.Path) -> pathlib.Path:
    """A program with a corpus of one case beside it."""
    write_corpus(tmp_path / "share" / "mapmark" / "corpus")
    (tmp_path / "bin").mkdir()
    return pathlib.Path(shutil.copy2(PROGRAM, tmp_path / "bin"))


def test_an_installed_program_finds_the_corpus_beside_it(
    installed: pathlib.Path,
) -> None:
    assert listed_ids(run("--list", program=installed).stdout) == ["req-one"]


def test_a_program_of_path_finds_the_corpus_beside_it(
    installed: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    folders = [str(tmp_path), str(installed.parent), os.environ["PATH"]]
    done = subprocess.run(
        ["mapmark-conform", "--list"],
        executable=installed,
        env={**os.environ, "PATH": ":".join(folders)},
        capture_output=True,
        text=True,
    )
    assert listed_ids(done.stdout) == ["req-one"]


def test_a_program_without_a_corpus_beside_it_uses_the_source_tree(
    tmp_path: pathlib.Path,
) -> None:
    copy = pathlib.Path(shutil.copy2(PROGRAM, tmp_path))
    assert "req-base-get" in listed_ids(run("--list", program=copy).stdout)


def test_large_cases_can_be_left_out() -> None:
    few, many = (
        set(listed_ids(run("--list", *more).stdout))
        for more in (("--largest", "28"), ())
    )
    assert few and "req-base-get" not in few  # a sentinel stands behind it
    assert few < many


@needs_subject
def test_splits_can_be_left_out(tmp_path: pathlib.Path) -> None:
    found = record(tmp_path, *ONE, "--no-splits")
    results = [result for case in found["cases"] for result in case["results"]]
    assert {result["splits"] for result in results} == {0}
    assert {result["verdicts"]["rfc9112"] for result in results} >= {"pass", "fail"}
