# SPDX-License-Identifier: MIT
"""Mappings that processes share, as mapmark-bench measures them."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from program import EXE
from test_laboratories import measure, phases, samples_of

pytestmark = pytest.mark.skipif(
    bool(EXE), reason="Wine does not tell who else has a page"
)

MIB_20 = 20 << 20


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("shared")
    rows = "^share/.*/size:(4096|20971520)(/members:2)?$"
    return measure(folder, "--repetitions 2", rows)


# W-6, R-83
@pytest.mark.parametrize("members", [1, 2])
def test_all_who_share_a_mapping_hold_one_copy(
    record: Any, members: int
) -> None:
    parts = [f"size:{MIB_20}"] + ["members:2"] * (members - 1)
    found = [
        sample
        for way in ("paging", "existing", "temporary")
        for sample in samples_of(record, way, *parts)
        if members == 2 or "members" not in sample["name"]
    ]
    for sample in found:
        assert sample["mapped_bytes"] == (members + 1) * MIB_20
        assert sample["resident_after"] == pytest.approx(MIB_20, rel=0.05)


# W-10
def test_a_message_is_made_written_opened_and_read_apart(record: Any) -> None:
    for sample in samples_of(record, "share", "size:4096"):
        for phase in ("open", "access", "map", "first", "steady", "close"):
            assert sample[f"{phase}_ns"] > 0
        assert phases(sample) == pytest.approx(sample["real_time"], rel=1e-6)


def test_the_partner_s_time_is_told(record: Any) -> None:
    for sample in samples_of(record, "share"):
        assert sample["partner_user_ns"] + sample["partner_system_ns"] > 0


# W-9, R-24, R-81
@pytest.mark.parametrize("members", [1, 7])
def test_shared_tables_are_held_once_and_private_ones_by_each(
    tmp_path: pathlib.Path, members: int
) -> None:
    size = 1 << 20
    rows = f"^tables/.*/size:{size}/members:{members}$"
    found = measure(tmp_path, "--repetitions 2", rows)
    for way, held in (("private", members + 1), ("shared", 1)):
        for sample in samples_of(found, way):
            assert sample["mapped_bytes"] == (members + 1) * size
            assert sample["resident_after"] == pytest.approx(
                held * size, rel=0.05
            )
