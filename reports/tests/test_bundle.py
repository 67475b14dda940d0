# SPDX-License-Identifier: MIT
"""A bundle is named by its content, and a changed one is refused."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mapmark import bundle
from mapmark.errors import ExitCode, Failure
from tests import synthetic
from tests.synthetic import Document, RowSpec

ROWS = [RowSpec("mapped"), RowSpec("read")]


def make(out: Path, ended: str = "2026-01-31T12:03:00+00:00") -> Path:
    bench = synthetic.bench_document(ROWS)
    return synthetic.make_bundle(
        out,
        bench,
        ROWS,
        synthetic.conformance_document(),
        synthetic.calls_document(),
        ended=ended,
    )


def refusal(path: Path) -> Failure:
    with pytest.raises(Failure) as caught:
        bundle.read_bundle(path)
    return caught.value


def test_the_name_is_the_hash_that_the_format_describes(tmp_path: Path) -> None:
    path = make(tmp_path)
    digest = hashlib.sha256()
    for member in sorted(path.iterdir()):
        content = member.read_bytes()
        digest.update(member.name.encode() + b"\0")
        digest.update(str(len(content)).encode() + b"\0" + content)
    assert path.name == f"run-{digest.hexdigest()[:16]}"


def test_members_that_swap_octets_at_their_border_change_the_name() -> None:
    assert bundle.name_of({"a": b"xy", "b": b"z"}) != bundle.name_of(
        {"a": b"x", "b": b"yz"}
    )


def test_the_same_run_has_the_same_name_anywhere(tmp_path: Path) -> None:
    assert make(tmp_path / "one").name == make(tmp_path / "two").name


def test_a_sealed_bundle_is_read_only_and_alone(tmp_path: Path) -> None:
    path = make(tmp_path)
    assert [other.name for other in tmp_path.iterdir()] == [path.name]
    for member in path.iterdir():
        assert stat.S_IMODE(member.stat().st_mode) == 0o444


def test_a_bundle_reads_back(tmp_path: Path) -> None:
    path = make(tmp_path)
    found = bundle.read_bundle(path)
    assert found.path == path
    assert found.results is not None
    assert [row.name for row in found.results.rows] == [r.name for r in ROWS]
    assert len(found.histograms) == 2
    assert found.conformance is not None
    assert found.calls is not None and len(found.calls.entries) == 2


def test_a_relative_path_and_a_link_lead_to_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    (tmp_path / "latest").symlink_to(path.name)
    monkeypatch.chdir(tmp_path)
    assert bundle.read_bundle(Path(path.name)).path == path
    assert bundle.read_bundle(Path("latest")).path == path


def replace(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "name", [n for n in bundle.MEMBERS if n not in bundle.LATER_MEMBERS]
)
def test_a_member_that_is_gone_is_named(tmp_path: Path, name: str) -> None:
    path = make(tmp_path)
    (path / name).unlink()
    failure = refusal(path)
    assert str(failure) == (
        f"the bundle '{path}' is damaged: {name} is missing"
    )
    assert failure.code is ExitCode.INPUT_OUTPUT


@pytest.mark.parametrize("name", bundle.LATER_MEMBERS)
def test_a_later_member_may_never_have_been_and_cannot_get_lost(
    tmp_path: Path, name: str
) -> None:
    old = synthetic.make_bundle(
        tmp_path, synthetic.bench_document(ROWS), ROWS
    )
    assert name not in bundle.read_bundle(old).record.absent
    path = make(tmp_path)
    (path / name).unlink()
    assert "the content has changed" in str(refusal(path))


@pytest.mark.parametrize("name", [n for n in bundle.MEMBERS if "json" in n])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[: len(content) // 2], "is not JSON"),
        (lambda content: b"", "is not JSON"),
        (lambda content: b"{}", "has no '"),
        (lambda content: b"\0" * len(content), "is not JSON"),
    ],
)
def test_a_damaged_member_is_named(
    tmp_path: Path,
    name: str,
    damage: Callable[[bytes], bytes],
    message: str,
) -> None:
    path = make(tmp_path)
    replace(path / name, damage((path / name).read_bytes()))
    failure = refusal(path)
    start = f"the bundle '{path}' cannot be read: {name} {message}"
    assert str(failure).startswith(start)
    assert failure.code is ExitCode.INPUT_OUTPUT


def test_content_that_has_changed_and_still_reads_is_refused(
    tmp_path: Path,
) -> None:
    path = make(tmp_path)
    content = (path / "run.json").read_bytes()
    replace(path / "run.json", content.replace(b"Example 9000", b"Example 9001"))
    assert f"the bundle '{path}' is damaged: the content has changed" in str(
        refusal(path)
    )


def test_a_file_that_does_not_belong_is_named(tmp_path: Path) -> None:
    path = make(tmp_path)
    (path / "notes.txt").write_text("mine")
    assert "notes.txt does not belong to it" in str(refusal(path))


def test_a_renamed_bundle_is_told_its_name(tmp_path: Path) -> None:
    path = make(tmp_path)
    renamed = path.rename(tmp_path / "before-the-change")
    failure = refusal(renamed)
    assert str(renamed) in str(failure)
    assert f"its name was '{path.name}'" in str(failure)
    assert failure.code is ExitCode.USAGE


def test_a_newer_schema_is_refused_and_not_called_damage(
    tmp_path: Path,
) -> None:
    def newer(document: Document) -> None:
        document["schema"] = "mapmark-run/2"

    bench = synthetic.bench_document(ROWS)
    path = synthetic.make_bundle(tmp_path, bench, ROWS, change=newer)
    assert str(refusal(path)) == (
        f"the bundle '{path}' cannot be read: run.json has the schema "
        "'mapmark-run/2'; this version reads 'mapmark-run/1'"
    )


def test_what_is_no_bundle_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("none", "the bundle '{}' does not exist"),
        ("file", "'{}' is no bundle: a bundle is a directory"),
        ("empty", "'{}' is no bundle: there is no run.json in it"),
    ):
        failure = refusal(tmp_path / name)
        assert str(failure).startswith(message.format(tmp_path / name))
        assert failure.code is ExitCode.USAGE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_member_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = make(tmp_path)
    (path / "bench.json").chmod(0)
    assert str(refusal(path)).startswith(f"cannot read '{path}/bench.json'")


def test_the_newest_is_the_run_that_ended_last(tmp_path: Path) -> None:
    paths = [
        make(tmp_path, ended=f"2026-0{month}-01T00:00:00+00:00")
        for month in (3, 5, 4)
    ]
    (tmp_path / "run-0123456789abcdef").mkdir()
    (tmp_path / f"{paths[0].name}-report").mkdir()
    assert bundle.newest(tmp_path) == paths[1]


def test_a_folder_without_bundles_has_no_newest(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(Failure) as caught:
            bundle.newest(folder)
        assert f"there is no bundle in '{folder}'" in str(caught.value)
        assert caught.value.code is ExitCode.USAGE


def test_a_run_without_results_reads_and_says_why(tmp_path: Path) -> None:
    making = tmp_path / "making"
    making.mkdir()
    why = "mapmark-bench was killed by SIGKILL and did not write it"
    absent = dict.fromkeys(bundle.MEMBERS[1:], why)
    record = synthetic.record(absent=absent).document()
    (making / "run.json").write_text(json.dumps(record))
    found = bundle.read_bundle(bundle.seal(making, tmp_path))
    assert found.results is None
    assert found.record.absent["bench.json"] == why
