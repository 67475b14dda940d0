# SPDX-License-Identifier: MIT
"""JSON text as checked values: a wrong one is named by its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from mapmark.errors import Failure, damaged


@dataclass(frozen=True)
class Node:
    """A value and the place where it stands, for messages."""

    value: object
    where: str

    def wrong(self, expected: str) -> Failure:
        return damaged(f"{self.where} is not {expected}")

    def find(self, key: str) -> Node | None:
        """The member of that name; null counts as absent."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        if self.value.get(key) is None:
            return None
        return Node(self.value[key], f"{self.where}: {key}")

    def at(self, key: str) -> Node:
        node = self.find(key)
        if node is None:
            raise damaged(f"{self.where} has no '{key}'")
        return node

    def members(self) -> Iterator[tuple[str, Node]]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        for key, value in self.value.items():
            yield key, Node(value, f"{self.where}: {key}")

    def items(self) -> Iterator[Node]:
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for index, value in enumerate(self.value):
            yield Node(value, f"{self.where}[{index}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("a whole number")
        return self.value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(
            self.value, int | float
        ):
            raise self.wrong("a number")
        if not math.isfinite(self.value):
            raise self.wrong("a finite number")
        return self.value

    def texts(self) -> tuple[str, ...]:
        return tuple(node.text() for node in self.items())

    def text_or(self, key: str, default: str) -> str:
        node = self.find(key)
        return default if node is None else node.text()

    def number_or(self, key: str, default: float) -> float:
        node = self.find(key)
        return default if node is None else node.number()


def parse(content: bytes, name: str) -> Node:
    """The outermost object of a JSON file called `name` in messages."""

    def refuse(word: str) -> NoReturn:
        raise damaged(f"{name} holds {word}, which is not JSON")

    try:
        # A path in it need not be UTF-8.
        text = content.decode("utf-8", "surrogateescape")
        value = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise damaged(f"{name} is not JSON: {error}") from error
    node = Node(value, name)
    if not isinstance(value, dict):
        raise node.wrong("a JSON object")
    return node


def check_schema(node: Node, expected: str) -> None:
    found = node.at("schema").text()
    if found != expected:
        raise damaged(
            f"{node.where} has the schema '{found}'; "
            f"this version reads '{expected}'"
        )
