# SPDX-License-Identifier: MIT
"""A page as one file: it asks nothing of a network and runs nothing but its
own script, because what is inline is named by its hash in the page's content
security policy. The same parts give the same bytes."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
from pathlib import Path

import jinja2

_TEMPLATES = Path(__file__).parent.parent / "templates"


def render(template: str, page: object) -> bytes:
    """The page as UTF-8; what a path holds that is none becomes `?`."""
    style, script = _template_text("report.css"), _template_text("report.js")
    text = _environment().get_template(template).render(
        page=page,
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
    )
    return text.encode("utf-8", "replace")


def table_link(table: bytes) -> str:
    """A table in the page itself, packed: as text it would be most of it."""
    packed = gzip.compress(table, mtime=0)
    return f"data:application/gzip;base64,{base64.b64encode(packed).decode()}"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template_text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
