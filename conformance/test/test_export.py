# SPDX-License-Identifier: MIT
"""The exported corpus says what the stanzas say.

MAPMARK_CORPUS is the folder that the build made; without it, the tests of
that folder are skipped.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import pathlib
import sys
from typing import Any

import pytest

ROOM = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM / "tools"), str(ROOM / "test")]
import export  # noqa: E402
import lint  # noqa: E402
import test_lint as good  # noqa: E402

CORPUS = ROOM / "corpus"
BUILT = pathlib.Path(os.environ.get("MAPMARK_CORPUS", ""))


def files(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    out = tmp_path_factory.mktemp("exported")
    assert export.main(["export.py", str(CORPUS), str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def value(exported: pathlib.Path) -> Any:
    return json.loads((exported / "corpus.json").read_bytes())


def cases() -> dict[str, lint.Case]:
    found, problems = lint.read_cases(CORPUS)
    assert problems == []
    return {case.one("id"): case for case in found}


def test_the_schema_accepts_the_corpus(
    exported: pathlib.Path, value: Any
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((exported / "corpus.schema.json").read_bytes())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(value)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (["cases", 0, "id"], "a b"),
        (["cases", 0, "size"], -1),
        (["cases", 0, "colour"], "red"),
        (["cases", 0, "rfc9112", "level"], "WISH"),
        (["cases", 0, "rfc9112", "clauses"], []),
        (["cases", 0, "rfc9112", "outcomes", 0], {"kind": "cl", "close": True}),
        (["cases", 0, "rfc9112", "outcomes", 0],
         {"kind": "wait", "close": False, "end": 5, "octets": 0}),
        (["cases", 0, "rfc9112", "outcomes", 0],
         {"kind": "reject", "close": False}),
        (["cases", 0, "send", 0, "base64"], "?"),
        (["flags", 0, "cves"], ["2026-1"]),
        (["format"], 2),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_wrong(
    value: Any, place: list[str | int], wrong: object
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    changed = json.loads(json.dumps(value))
    part = changed
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = wrong
    validator = jsonschema.Draft7Validator(json.loads(export.SCHEMA.read_bytes()))
    assert not validator.is_valid(changed)


def test_a_response_without_a_method_is_refused(value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    changed = json.loads(json.dumps(value))
    validator = jsonschema.Draft7Validator(json.loads(export.SCHEMA.read_bytes()))
    response = next(case for case in changed["cases"] if "answers" in case)
    del response["answers"]
    assert not validator.is_valid(changed)


def test_each_raw_file_is_what_is_sent(exported: pathlib.Path) -> None:
    raw = files(exported / "raw")
    assert raw == {f"{name}.bin": case.wire() for name, case in cases().items()}


def test_json_holds_every_case_and_every_octet(value: Any) -> None:
    every = cases()
    assert [case["id"] for case in value["cases"]] == sorted(every)
    for case in value["cases"]:
        of = every[case["id"]]
        sent = b"".join(base64.b64decode(part["base64"]) for part in case["send"])
        assert sent == of.wire() and len(sent) == case["size"]
        assert hashlib.sha256(sent).hexdigest() == case["sha256"]
        bodies = [base64.b64decode(part["base64"]) for part in case["body"]]
        assert bodies == of.bodies()
        assert [part["text"] for part in case["send"]] == of.fields["send"]
        for epoch in lint.EPOCHS:
            assert case[epoch]["text"] == of.one(epoch)


def spell(outcome: dict[str, Any]) -> str:
    text = str(outcome["kind"])
    if text not in ("none", "tunnel") and "octets" in outcome:
        text += f":{outcome['octets']}"
    if "end" in outcome:
        text += f"@{outcome['end']}"
    if "code" in outcome:
        text += f":{outcome['code']}"
    return text + (" !close" if outcome["close"] else "")


def test_outcomes_spell_the_line_that_they_come_from(value: Any) -> None:
    for case in value["cases"]:
        for epoch in lint.EPOCHS:
            ruling = case[epoch]
            text = " / ".join(spell(outcome) for outcome in ruling["outcomes"])
            silent = "~ " if ruling["silent"] else ""
            line = f"{silent}{text} | {ruling['level']} | "
            assert ruling["text"].startswith(line)


def test_csv_has_each_case_once(exported: pathlib.Path) -> None:
    with (exported / "corpus.csv").open(newline="", encoding="ascii") as text:
        rows = list(csv.DictReader(text))
    every = cases()
    assert [row["id"] for row in rows] == sorted(every)
    for row in rows:
        of = every[row["id"]]
        assert row["rfc9112"] == of.one("rfc9112") and row["why"] == of.one("why")
        assert int(row["size"]) == len(of.wire())


def test_two_runs_make_the_same_files(
    exported: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "gone.bin").write_bytes(b"of a case that went")
    for _ in range(2):
        assert export.main(["export.py", str(CORPUS), str(tmp_path)]) == 0
    assert files(tmp_path) == files(exported)


@pytest.mark.skipif(not BUILT.is_dir() or BUILT == pathlib.Path(),
                    reason="MAPMARK_CORPUS names no folder")  # fmt: skip
def test_the_build_makes_the_same_files(exported: pathlib.Path) -> None:
    assert files(BUILT) == files(exported)


def test_what_cannot_be_read_or_written(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert export.main(["export.py"]) == 2
    assert export.main(["export.py", str(tmp_path / "none"), str(out)]) == 3
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    good.write(corpus, good.GOOD.replace("id: req-cl\n", "id: ../req-cl\n"))
    assert export.main(["export.py", str(corpus), str(out)]) == 3
    assert "one.cases:3: id ../req-cl" in capsys.readouterr().err
    good.write(corpus)
    out.write_text("a file")
    assert export.main(["export.py", str(corpus), str(out)]) == 74
