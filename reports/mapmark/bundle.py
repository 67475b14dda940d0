# SPDX-License-Identifier: MIT
"""The run bundle: a directory that is named by its content and never changes.

Its format is described in BUNDLE.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mapmark import files
from mapmark.agreement import Agreement, read_agreement
from mapmark.calls import Calls, read_calls
from mapmark.conformance import Conformance, read_conformance
from mapmark.errors import Failure, damaged, system, usage
from mapmark.latency import Histogram, read_histograms
from mapmark.record import Record, read_record
from mapmark.results import Results, read_results

RUN = "run.json"
BENCH = "bench.json"
HISTOGRAMS = "histograms.json"
CONFORMANCE = "conformance.json"
SAMPLES = "samples.csv"
CALLS = "calls.json"
AGREEMENT = "agreement.json"
MEMBERS = (RUN, BENCH, HISTOGRAMS, CONFORMANCE, SAMPLES, CALLS, AGREEMENT)

# A run from before there were such does not say why it has none.
LATER_MEMBERS = (CALLS, AGREEMENT)

_NAME = re.compile(r"run-[0-9a-f]{16}")


@dataclass(frozen=True)
class Bundle:
    """`results` is None when mapmark-bench left none; other members that a
    run did not make are None or empty, and `record.absent` says why."""

    path: Path
    record: Record
    results: Results | None
    histograms: tuple[Histogram, ...]
    conformance: Conformance | None
    calls: Calls | None
    agreement: Agreement | None


def content_hash(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(contents):
        size = len(contents[name])
        digest.update(f"{name}\0{size}\0".encode() + contents[name])
    return digest.hexdigest()


def name_of(contents: Mapping[str, bytes]) -> str:
    return f"run-{content_hash(contents)[:16]}"


def seal(making: Path, out: Path) -> Path:
    """Give a finished directory its name under `out`, which lies on the same
    file system."""
    final = out / name_of(_read_all(making))
    files.flush_directory(making)
    try:
        for member in making.iterdir():
            member.chmod(0o444)
        making.rename(final)
    except OSError as error:
        raise system(f"cannot make '{final}'", error) from error
    files.flush_directory(out)
    return final


def read_bundle(given: Path) -> Bundle:
    path = _find(given)
    contents = _read_all(path)
    if RUN not in contents:
        raise _at(path, f"{RUN} is missing")
    try:
        bundle = Bundle(path, *_read_members(contents))
    except Failure as failure:
        what = f"the bundle '{path}' cannot be read: {failure}"
        raise damaged(what) from failure
    excused = {*bundle.record.absent, *LATER_MEMBERS}
    for name in MEMBERS:
        if name not in contents and name not in excused:
            raise _at(path, f"{name} is missing")
    _check_name(path, contents)
    return bundle


def newest(folder: Path) -> Path:
    """The bundle of the run that ended last."""
    found = [p for p in folder.glob("run-*") if _NAME.fullmatch(p.name)]
    if not found:
        raise usage(
            f"there is no bundle in '{folder}'; name one, or make one with "
            "'mapmark run'"
        )
    return max(found, key=lambda path: (_ended(path), path.name))


def _ended(path: Path) -> str:
    """When its run ended; a damaged one is not the newest."""
    try:
        return read_record(files.read(path / RUN)).ended
    except Failure:
        return ""


def conformance_before(found: Bundle) -> Conformance | None:
    """Of the bundle beside it whose run ended last before this one began, of
    those that examined parsers; a damaged one is passed over."""
    beside = [
        (_ended(path), path)
        for path in found.path.parent.glob("run-*")
        if _NAME.fullmatch(path.name) and path != found.path
    ]
    for ended, path in sorted(beside, reverse=True):
        if ended and ended <= found.record.started:
            with contextlib.suppress(Failure):
                return read_conformance(files.read(path / CONFORMANCE))
    return None


def _read_members(
    contents: Mapping[str, bytes]
) -> tuple[
    Record,
    Results | None,
    tuple[Histogram, ...],
    Conformance | None,
    Calls | None,
    Agreement | None,
]:
    bench = contents.get(BENCH)
    histograms = contents.get(HISTOGRAMS)
    conformance = contents.get(CONFORMANCE)
    calls = contents.get(CALLS)
    agreement = contents.get(AGREEMENT)
    return (
        read_record(contents[RUN]),
        None if bench is None else read_results(bench),
        () if histograms is None else read_histograms(histograms),
        None if conformance is None else read_conformance(conformance),
        None if calls is None else read_calls(calls),
        None if agreement is None else read_agreement(agreement),
    )


def _find(given: Path) -> Path:
    """Where the directory really is, if it looks like a bundle."""
    path = given.resolve()
    if not path.exists():
        raise usage(f"the bundle '{given}' does not exist")
    if not path.is_dir():
        raise usage(
            f"'{given}' is no bundle: a bundle is a directory that "
            "'mapmark run' has made"
        )
    is_named = _NAME.fullmatch(path.name) is not None
    if not is_named and not (path / RUN).exists():
        raise usage(f"'{given}' is no bundle: there is no {RUN} in it")
    return path


def _check_name(path: Path, contents: Mapping[str, bytes]) -> None:
    name = name_of(contents)
    if path.name == name:
        return
    if not _NAME.fullmatch(path.name):
        raise usage(
            f"the bundle '{path}' was renamed, so its content cannot be "
            f"checked; if it is unchanged, its name was '{name}'"
        )
    strange = sorted(set(contents) - set(MEMBERS))
    hint = f"; {strange[0]} does not belong to it" if strange else ""
    raise _at(path, f"the content has changed: its hash gives '{name}'{hint}")


def _read_all(path: Path) -> dict[str, bytes]:
    try:
        members = sorted(path.iterdir())
    except OSError as error:
        raise system(f"cannot read '{path}'", error) from error
    return {member.name: files.read(member) for member in members}


def _at(path: Path, what: str) -> Failure:
    return damaged(f"the bundle '{path}' is damaged: {what}")
