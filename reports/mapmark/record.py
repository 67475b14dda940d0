# SPDX-License-Identifier: MIT
"""run.json: where and how a run was made, and how its programs ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from mapmark.document import Node, check_schema, parse

SCHEMA = "mapmark-run/1"

Fact = str | int | float | bool
Facts = Mapping[str, Fact]
MutableFacts = dict[str, Fact]

_SPELLED = {
    "c": "C",
    "cpu": "CPU",
    "cpus": "CPUs",
    "gib": "GiB",
    "mhz": "MHz",
    "numa": "NUMA",
    "smt": "SMT",
    "1min": "of 1 min",
}


@dataclass(frozen=True)
class ProgramEnd:
    """`exit_code` or `signal`: how it ended."""

    name: str
    arguments: tuple[str, ...]
    exit_code: int | None
    signal: str | None
    seconds: float
    stderr: tuple[str, ...]

    @property
    def ended(self) -> str:
        if self.signal is not None:
            return f"was killed by {self.signal}"
        return f"ended with exit code {self.exit_code}"


@dataclass(frozen=True)
class Identity:
    """The keys are hashes of the facts beside them; `about` is for people
    and in no hash."""

    host_key: str
    host: Facts
    env_key: str
    env: Facts
    about: Facts


@dataclass(frozen=True)
class Plan:
    quick: bool
    file: str | None
    filter: str | None


@dataclass(frozen=True)
class Record:
    mapmark: str
    started: str
    ended: str
    command: str
    plan: Plan
    identity: Identity
    noise: Mapping[str, Facts]
    programs: tuple[ProgramEnd, ...]
    missing: tuple[str, ...]
    absent: Mapping[str, str]

    def document(self) -> dict[str, object]:
        """The identity's members stand beside the others."""
        members: dict[str, object] = {"schema": SCHEMA}
        members |= asdict(self)
        del members["identity"]
        return members | asdict(self.identity)


def read_record(content: bytes) -> Record:
    node = parse(content, "run.json")
    check_schema(node, SCHEMA)
    return Record(
        mapmark=node.at("mapmark").text(),
        started=node.at("started").text(),
        ended=node.at("ended").text(),
        command=node.at("command").text(),
        plan=_plan(node.at("plan")),
        identity=Identity(
            host_key=node.at("host_key").text(),
            host=_facts(node.at("host")),
            env_key=node.at("env_key").text(),
            env=_facts(node.at("env")),
            about=_facts(node.at("about")),
        ),
        noise={key: _facts(part) for key, part in node.at("noise").members()},
        programs=tuple(_program(item) for item in node.at("programs").items()),
        missing=node.at("missing").texts(),
        absent={
            key: reason.text() for key, reason in node.at("absent").members()
        },
    )


def _plan(node: Node) -> Plan:
    return Plan(
        quick=node.at("quick").truth(),
        file=node.text_or("file", "") or None,
        filter=node.text_or("filter", "") or None,
    )


def _facts(node: Node) -> Facts:
    facts: MutableFacts = {}
    for key, member in node.members():
        if not isinstance(member.value, str | int | float | bool):
            raise member.wrong("a single value")
        facts[key] = member.value
    return facts


def _program(node: Node) -> ProgramEnd:
    code = node.find("exit_code")
    return ProgramEnd(
        name=node.at("name").text(),
        arguments=node.at("arguments").texts(),
        exit_code=None if code is None else code.whole(),
        signal=node.text_or("signal", "") or None,
        seconds=node.number_or("seconds", 0.0),
        stderr=node.at("stderr").texts(),
    )


def spelled(fact: str) -> str:
    """A fact's name as people write it."""
    return " ".join(_SPELLED.get(word, word) for word in fact.split("_"))
