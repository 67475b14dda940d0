# SPDX-License-Identifier: MIT
"""A page as its tags and texts, read by a parser that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("meta", "link", "br", "wbr", "input", "img", "hr"))


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "") -> Iterator[Element]:
        """Itself and what is in it, in the order of the page."""
        if tag in ("", self.tag):
            yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.all(tag)

    def one(self, tag: str, name: str = "") -> Element:
        """The only one of that tag, and of that id if one is given."""
        found = [
            item
            for item in self.all(tag)
            if name in ("", item.attributes.get("id"))
        ]
        assert len(found) == 1, f"{len(found)} of <{tag} id={name}>"
        return found[0]

    @property
    def text(self) -> str:
        return "".join(
            child if isinstance(child, str) else child.text
            for child in self.children
        )

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened.tag == tag, f"</{tag}> closes <{opened.tag}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def finish(self) -> Element:
        self.close()
        assert len(self._open) == 1, f"<{self._open[-1].tag}> stays open"
        return self.root


def read_page(content: bytes) -> Element:
    """Fails where tags do not match."""
    reader = _Reader()
    reader.feed(content.decode())
    return reader.finish()
