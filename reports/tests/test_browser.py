# SPDX-License-Identifier: MIT
"""The page in a real browser, with its script and without."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from mapmark import bundle, report
from tests import synthetic
from tests.browser import opened, screenshot
from tests.markup import Element, read_page
from tests.pages import full_rows

DARK = "--blink-settings=preferredColorScheme=0"
PAPER, PAPER_DARK = (0xFC, 0xFB, 0xF8), (0x16, 0x17, 0x1A)

# Shows the page in a frame as wide as asked, where only a sandbox without
# scripts may be had, and tells: how wide the frame's page is, what sticks out
# of it other than what lies in a box that scrolls, and the words that show.
FRAME = """<!DOCTYPE html><html><head><title>frame</title></head><body>
<iframe src="{page}" {sandbox} width="{width}" height="900"></iframe>
<pre id="wide"></pre><pre id="out"></pre><pre id="words"></pre>
<script>
addEventListener("load", () => {{
  const page = document.querySelector("iframe").contentDocument;
  const tell = (name, text) => {{
    document.getElementById(name).textContent = text;
  }};
  for (const part of page.querySelectorAll("details")) {{
    part.open = true;
  }}
  const sticks = (item) => !item.closest(".scroll, .skip") &&
    item.getBoundingClientRect().right > page.documentElement.clientWidth + 1;
  const out = [...page.querySelectorAll("body *")].filter(sticks);
  tell("wide", page.documentElement.scrollWidth);
  tell("out", out.map((item) => item.outerHTML.slice(0, 80)).join(" "));
  tell("words", page.querySelector("main").innerText);
}});
</script></body></html>"""


def parsed(text: str) -> Element:
    return read_page(text.strip().encode())


def framed(page: Path, folder: Path, width: int, sandbox: str = "") -> Element:
    frame = folder / "frame.html"
    text = FRAME.format(page=page.as_uri(), width=width, sandbox=sandbox)
    frame.write_text(text, encoding="utf-8")
    flags = ("--allow-file-access-from-files", "--window-size=1400,1000")
    return parsed(opened(frame.as_uri(), *flags)[0])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles")
    rows = synthetic.awkward_rows() + full_rows()[3:]
    path = synthetic.make_bundle(
        out,
        synthetic.bench_document(rows, missing=["read/mapped/gone"]),
        rows,
        synthetic.conformance_document(),
    )
    return report.write_report(bundle.read_bundle(path), None)


def test_the_console_stays_silent_and_the_script_has_run(page: Path) -> None:
    text, said = opened(page.as_uri())
    assert said == []
    found = parsed(text)
    assert len(list(found.one("table", "rows").all("button"))) == 7
    assert found.one("output").words == "72 of 72 rows"


def test_a_browser_refuses_what_the_page_does_not_name(
    page: Path, tmp_path: Path
) -> None:
    """That the console would not be silent: the policy is in force."""
    changed = tmp_path / "changed.html"
    strange = b"<script>document.title = 'strange'</script></body>"
    changed.write_bytes(page.read_bytes().replace(b"</body>", strange))
    text, said = opened(changed.as_uri())
    assert "strange</title>" not in text
    assert any("Content Security Policy" in line for line in said)


def test_without_script_everything_is_there(
    page: Path, tmp_path: Path
) -> None:
    sandbox = 'sandbox="allow-same-origin"'
    words = framed(page, tmp_path, 1200, sandbox).one("pre", "words").words
    assert "Filter" not in words
    written = read_page(page.read_bytes()).one("main")
    for tag in ("h2", "h3", "p", "dd", "caption", "th", "td"):
        for element in written.all(tag):
            assert squeezed(element.words) in squeezed(words)


def test_with_script_there_is_a_filter(page: Path, tmp_path: Path) -> None:
    words = framed(page, tmp_path, 1200).one("pre", "words").words
    assert "Filter, by words in any order" in words


def squeezed(words: str) -> str:
    """Blanks of a text that is shown are those of its layout."""
    return words.replace(" ", "")


def test_the_address_keeps_the_filter(page: Path) -> None:
    text, _ = opened(f"{page.as_uri()}#filter=COLD%20random")
    found = parsed(text)
    assert found.one("output").words == "16 of 72 rows"
    shown = [
        row.words
        for row in found.one("table", "rows").one("tbody").all("tr")
        if "hidden" not in row.attributes
    ]
    assert len(shown) == 16
    assert all("cold" in row and "random" in row for row in shown)


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_nothing_sticks_out_of_the_window(
    page: Path, tmp_path: Path, width: int
) -> None:
    found = framed(page, tmp_path, width)
    assert found.one("pre", "out").words == ""
    assert int(found.one("pre", "wide").words) <= width


@pytest.mark.parametrize(
    ("flags", "paper"), [((), PAPER), ((DARK,), PAPER_DARK)]
)
def test_a_picture_has_the_paper_and_something_on_it(
    page: Path, tmp_path: Path, flags: tuple[str, ...], paper: tuple[int, ...]
) -> None:
    content = screenshot(page.as_uri(), tmp_path / "a.png", 800, 900, *flags)
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (800, 900)
    assert first_pixel(content) == paper
    assert len(content) > 30_000  # an empty page has 5 kB


def first_pixel(content: bytes) -> tuple[int, ...]:
    """Of a PNG: whatever its line's filter, the first pixel is unfiltered."""
    place, packed = 8, b""
    while place < len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind == b"IDAT":
            packed += content[place + 8 : place + 8 + length]
        place += length + 12
    return tuple(zlib.decompress(packed)[1:4])
