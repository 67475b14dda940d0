# SPDX-License-Identifier: MIT
"""Codecs understand what the gzip program and Python's zlib make, and the other
way round (Z2)."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

CODER = Path(os.environ["MAPMARK_BIN_DIR"]) / "coder"
WINDOWS = {"zlib": 15, "raw": -15, "gzip": 31}
LEVELS = range(10)
# In one call, by single octets of input and room, and by a size that fits none.
PIECES = [0, 1, 4099]
BAD_DATA = 38


def contents(piece: int) -> list[bytes]:
    """Nothing, something, words, noise, zeros: shorter where it takes long."""
    dice = random.Random(piece)
    size = 70_000 if piece != 1 else 2_000
    words = b" ".join(dice.choice([b"map", b"view", b"page"]) for _ in range(size))
    return [b"", b"x", words[:size], dice.randbytes(size), bytes(size)]


def code(
    folder: Path, verb: str, form: str, level: int, piece: int, octets: bytes, *more: str
) -> bytes:
    (folder / "in").write_bytes(octets)
    done = subprocess.run(
        [CODER, verb, form, str(level), str(piece), folder / "in", folder / "out", *more],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = (folder / "out").read_bytes()
    assert done.stdout == f"OK {len(octets)} {len(result)}\n"
    return result


def made_by_zlib(form: str, level: int, octets: bytes, *dictionary: bytes) -> bytes:
    maker = zlib.compressobj(
        level, zlib.DEFLATED, WINDOWS[form], 8, zlib.Z_DEFAULT_STRATEGY, *dictionary
    )
    return maker.compress(octets) + maker.flush()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("form", WINDOWS)
def test_zlib_of_python_decodes_what_is_encoded(
    tmp_path: Path, form: str, piece: int
) -> None:
    for level in LEVELS:
        for octets in contents(piece):
            encoded = code(tmp_path, "encode", form, level, piece, octets)
            reader = zlib.decompressobj(WINDOWS[form])
            assert reader.decompress(encoded) == octets
            assert reader.eof
            assert reader.unused_data == b""


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("form", WINDOWS)
def test_what_zlib_of_python_encodes_is_decoded(
    tmp_path: Path, form: str, piece: int
) -> None:
    for level in LEVELS:
        for octets in contents(piece):
            encoded = made_by_zlib(form, level, octets)
            assert code(tmp_path, "decode", form, 0, piece, encoded) == octets


@pytest.mark.parametrize("piece", PIECES)
def test_the_gzip_program_decodes_what_is_encoded(tmp_path: Path, piece: int) -> None:
    for level in LEVELS:
        octets = b"".join(contents(piece))
        encoded = code(tmp_path, "encode", "gzip", level, piece, octets)
        found = subprocess.run(
            ["gzip", "-dc"], input=encoded, check=True, capture_output=True
        )
        assert found.stdout == octets
        assert found.stderr == b""


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", ["-n", "-N"])
def test_what_the_gzip_program_encodes_is_decoded(
    tmp_path: Path, piece: int, name: str
) -> None:
    octets = b"".join(contents(piece))
    (tmp_path / "named").write_bytes(octets)
    for level in range(1, 10):
        made = subprocess.run(
            ["gzip", name, f"-{level}", "-c", tmp_path / "named"],
            check=True,
            capture_output=True,
        )
        assert code(tmp_path, "decode", "gzip", 0, piece, made.stdout) == octets


@pytest.mark.parametrize("piece", PIECES)
def test_members_of_several_makers_are_one_stream(tmp_path: Path, piece: int) -> None:
    members = contents(piece)
    makers: list[Callable[[bytes], bytes]] = [
        gzip.compress,
        lambda octets: code(tmp_path, "encode", "gzip", 9, piece, octets),
        lambda octets: made_by_zlib("gzip", 1, octets),
    ]
    encoded = b"".join(
        makers[i % len(makers)](octets) for i, octets in enumerate(members)
    )
    assert code(tmp_path, "decode", "gzip", 0, piece, encoded) == b"".join(members)
    found = subprocess.run(
        ["gzip", "-dc"], input=encoded, check=True, capture_output=True
    )
    assert found.stdout == b"".join(members)


@pytest.mark.parametrize("form", ["zlib", "raw"])
def test_dictionaries_are_the_same_ones(tmp_path: Path, form: str) -> None:
    dictionary = "view map page "
    octets = contents(4099)[2]
    encoded = code(tmp_path, "encode", form, 6, 4099, octets, dictionary)
    reader = zlib.decompressobj(WINDOWS[form], dictionary.encode())
    assert reader.decompress(encoded) == octets
    encoded = made_by_zlib(form, 6, octets, dictionary.encode())
    assert code(tmp_path, "decode", form, 0, 4099, encoded, dictionary) == octets


@pytest.mark.parametrize("piece", PIECES)
def test_both_refuse_the_same_streams(tmp_path: Path, piece: int) -> None:
    octets = contents(1)[2]
    dice = random.Random(7)
    for form in ("zlib", "gzip"):
        encoded = made_by_zlib(form, 6, octets)
        for _ in range(40):
            broken = bytearray(encoded)
            broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
            (tmp_path / "in").write_bytes(broken)
            done = subprocess.run(
                [CODER, "decode", form, "0", str(piece), tmp_path / "in", tmp_path / "out"],
                check=False,
                capture_output=True,
            )
            reader = zlib.decompressobj(WINDOWS[form])
            try:
                found = reader.decompress(broken)
                right = reader.eof
            except zlib.error:
                right = False
            assert done.returncode == (0 if right else BAD_DATA)
            if right:
                assert (tmp_path / "out").read_bytes() == found
