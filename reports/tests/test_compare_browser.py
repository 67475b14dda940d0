# SPDX-License-Identifier: MIT
"""The page of a comparison in a real browser: what is asked of the report is
asked of it as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapmark import bundle, compare
from tests import synthetic
from tests.browser import opened
from tests.test_browser import (  # noqa: F401
    parsed,
    test_a_picture_has_the_paper_and_something_on_it,
    test_nothing_sticks_out_of_the_window,
    test_without_script_everything_is_there,
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles")
    a, b = (
        synthetic.make_bundle(out, synthetic.bench_document(rows))
        for rows in (
            synthetic.controlled_rows(),
            synthetic.awkward_rows(),
        )
    )
    found = compare.compare(bundle.read_bundle(a), bundle.read_bundle(b))
    return compare.write_comparison(found, out / "pages")


def test_the_console_stays_silent_and_rows_can_be_filtered(
    page: Path,
) -> None:
    text, said = opened(page.as_uri())
    assert said == []
    rows = list(parsed(text).one("table", "rows").one("tbody").all("tr"))
    count = len(rows)
    assert parsed(text).one("output").words == f"{count} of {count} rows"
