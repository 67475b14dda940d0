# SPDX-License-Identifier: MIT
"""Large arrays and small blocks, as mapmark-bench measures them."""

from __future__ import annotations

from typing import Any

import pytest
from program import EXE
from test_laboratories import checksums, measure, phases, samples_of

pytestmark = pytest.mark.skipif(
    bool(EXE), reason="Wine does not tell what is resident"
)

PAGE = 4096
MIB_64 = 64 << 20


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("arrays")
    return measure(folder, "--quick --repetitions 2", "^allocate/.*/array/")


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("blocks")
    return measure(folder, "--quick --repetitions 2", "^allocate/.*/blocks/")


#
def test_to_allocate_takes_addresses_and_to_touch_takes_memory(
    arrays: Any,
) -> None:
    for way in ("heap", "reserve", "mapping", "file"):
        for sample in samples_of(arrays, way):
            assert sample["mapped_bytes"] == MIB_64
            assert sample["resident_before"] < MIB_64 / 100
            assert sample["resident_after"] >= MIB_64 * 0.99


def test_every_source_of_an_array_gets_the_same_work(arrays: Any) -> None:
    assert len(checksums(samples_of(arrays, "array"))) == 1


def test_the_time_of_an_array_is_that_of_its_phases(arrays: Any) -> None:
    for sample in samples_of(arrays, "array"):
        assert phases(sample) == pytest.approx(sample["real_time"], rel=1e-6)
        assert sample["first_ns"] > 0 and sample["steady_ns"] > 0


# W-7
def test_a_small_block_of_pages_of_its_own_costs_a_page(blocks: Any) -> None:
    for sample in samples_of(blocks, "reserve", "block:32"):
        count = sample["mapped_bytes"] / 32
        assert sample["resident_after"] == count * PAGE
        assert sample["minor_faults"] >= count


def test_a_heap_has_many_small_blocks_in_a_page(blocks: Any) -> None:
    for sample in samples_of(blocks, "heap", "block:32"):
        count = sample["mapped_bytes"] / 32
        assert sample["resident_after"] < count * PAGE / 50


def test_threads_that_contend_do_as_much_each(blocks: Any) -> None:
    alone = samples_of(blocks, "heap", "block:32")
    both = samples_of(blocks, "heap", "block:32", "threads:2")
    one = [sample for sample in alone if sample not in both]
    assert {sample["accesses"] for sample in one} == {4096}
    assert {sample["accesses"] for sample in both} == {2 * 4096}
