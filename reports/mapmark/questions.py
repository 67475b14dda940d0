# SPDX-License-Identifier: MIT
"""The questions that a run answers by a choice, and the words of the answers.

Reading and writing are two questions, and so is each promise of writing: what
holds for octets in the cache says nothing about octets on the device.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from mapmark.comparisons import READ, WRITE, Setting


class Choice(enum.Enum):
    """In the order in which a summary names them."""

    MAP = "map"
    CALL = "call"
    TIE = "tie"
    DEPENDS = "depends"
    UNTOLD = "untold"


_WORDS = {
    Choice.TIE: "Either",
    Choice.DEPENDS: "It depends",
    Choice.UNTOLD: "Cannot tell",
}
_SAID = {
    Choice.TIE: "Either will do",
    Choice.DEPENDS: "It depends on the access size",
    Choice.UNTOLD: "This run cannot tell",
}

# Where the octets are when a pass of writing ends.
PROMISE_WORDS = {"dirty": "into the cache", "durable": "to the device"}


@dataclass(frozen=True)
class Question:
    """`calls` stand against mapping, and take the verb; `to_map` and
    `to_call` say what to do."""

    title: str
    subject: str
    promise: str
    calls: str
    verb: str
    to_map: str
    to_call: str
    headlines: Mapping[Choice, str]

    def is_of(self, setting: Setting) -> bool:
        asked = (self.subject, self.promise)
        return (setting.subject, setting.promise) == asked

    def word(self, choice: Choice) -> str:
        """Of one setting."""
        return self._clear(choice) or _WORDS[choice]

    def said(self, choice: Choice) -> str:
        """Of some settings, which are named behind it."""
        return self._clear(choice) or _SAID[choice]

    def _clear(self, choice: Choice) -> str:
        clear = {Choice.MAP: self.to_map, Choice.CALL: self.to_call}
        return clear.get(choice, "")

    def everywhere(self, choice: Choice, count: int) -> str:
        """Of all settings."""
        start = f"In each of the {count} settings measured"
        faster = "faster at some access size, and slower at none"
        return {
            Choice.MAP: f"{start} mapping is {faster}.",
            Choice.CALL: f"{start} {self.calls} {self.verb} {faster}.",
            Choice.TIE: f"{start} mapping and {self.calls} take the same time.",
            Choice.DEPENDS: f"{start} it depends on the access size.",
            Choice.UNTOLD: (
                f"In none of the {count} settings measured is there a "
                "difference beyond doubt."
            ),
        }[choice]


READING = Question(
    title="Reading",
    subject=READ,
    promise="",
    calls="reading",
    verb="is",
    to_map="Map",
    to_call="Read",
    headlines={
        Choice.MAP: "Map it.",
        Choice.CALL: "Read it.",
        Choice.TIE: "Either will do.",
        Choice.DEPENDS: "It depends.",
        Choice.UNTOLD: "This run cannot tell.",
    },
)


def writing(promise: str) -> Question:
    """Each headline says what was promised: it stands apart from the others."""
    to = f" {PROMISE_WORDS.get(promise, promise)}".rstrip()
    return Question(
        title=f"Writing{to}",
        subject=WRITE,
        promise=promise,
        calls="write calls",
        verb="are",
        to_map="Write through a mapping",
        to_call="Write by calls",
        headlines={
            Choice.MAP: f"Write it{to} through a mapping.",
            Choice.CALL: f"Write it{to} by calls.",
            Choice.TIE: f"Write it{to} either way.",
            Choice.DEPENDS: f"How to write it{to} depends.",
            Choice.UNTOLD: f"This run cannot tell how to write it{to}.",
        },
    )
