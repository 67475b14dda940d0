# SPDX-License-Identifier: MIT
"""Which machine, environment and program it was, and how quiet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapmark import units
from mapmark.page.tables import Cell, Table, fact_table
from mapmark.record import Fact, Facts, MutableFacts, Record, spelled
from mapmark.results import Context, Results

# A gate would refuse such a run; a reader should know.
_STOLEN_SHARE_HIGH = 0.1
_KEY_SHOWN = 16


@dataclass(frozen=True)
class MachinePart:
    tables: tuple[Table, ...]
    noise: Table
    noise_says: str


def machine_part(record: Record, results: Results | None) -> MachinePart:
    identity = record.identity
    host = {"cpu": identity.about.get("cpu", "")} | dict(identity.host)
    tables = [
        _facts_table("host", f"Machine {short_key(identity.host_key)}", host),
        _facts_table(
            "env", f"Environment {short_key(identity.env_key)}", identity.env
        ),
        _facts_table("run-facts", "Run", _run_facts(record)),
    ]
    if results is not None:
        facts = _program_facts(results.context)
        tables.append(_facts_table("program", "Program", facts))
    return MachinePart(
        tables=tuple(tables),
        noise=_noise_table(record.noise),
        noise_says=noise_says(record.noise),
    )


def short_key(key: str) -> str:
    return key[:_KEY_SHOWN]


def _facts_table(name: str, caption: str, facts: Mapping[str, Fact]) -> Table:
    rows = [
        (Cell(spelled(key)), Cell(str(value)))
        for key, value in facts.items()
        if value != ""
    ]
    return fact_table(name, caption, ("fact", "value"), rows)


def _run_facts(record: Record) -> Facts:
    return {
        "started": record.started,
        "ended": record.ended,
        "command": record.command,
        "mapmark": record.mapmark,
    }


def _program_facts(context: Context) -> Facts:
    facts: MutableFacts = {
        "mapmark-bench": context.version,
        "build": context.build.get("id", ""),
        "system": context.system,
        "granularity": units.size(context.granularity_bytes),
        "cost of reading the clock": units.duration(context.clock_cost_ns),
        "resolution of the clock": units.duration(
            context.clock_resolution_ns
        ),
        "seed": context.seed,
    }
    facts |= {f"library {k}": v for k, v in context.libraries.items()}
    facts["caches"] = ", ".join(
        f"L{cache.level} {cache.kind.lower()} {units.size(cache.size_bytes)}"
        for cache in context.caches
    )
    return facts


def _noise_table(noise: Mapping[str, Facts]) -> Table:
    keys: dict[str, None] = {}
    for facts in noise.values():
        keys |= dict.fromkeys(facts)
    rows = []
    for key in keys:
        values = [Cell(_fact(part.get(key))) for part in noise.values()]
        rows.append((Cell(spelled(key)), *values))
    return fact_table("noise", "Noise", ("fact", *noise), rows)


def _fact(value: Fact | None) -> str:
    return "–" if value is None else str(value)


def noise_says(noise: Mapping[str, Facts]) -> str:
    """How much of the CPUs' time others had, if the system tells."""
    whole = _grown(noise, "cpu_seconds")
    stolen = _grown(noise, "cpu_stolen_seconds")
    if whole is None or stolen is None or whole <= 0:
        return "The system does not tell how much CPU time others took."
    share = stolen / whole
    text = (
        f"While it was measured, the hypervisor gave {units.percent(share)} "
        "of the CPUs' time to others."
    )
    if share > _STOLEN_SHARE_HIGH:
        text += " That is too much: measure again at a quieter time."
    return text


def _grown(noise: Mapping[str, Facts], key: str) -> float | None:
    values = [facts.get(key) for facts in noise.values()]
    numbers = [v for v in values if isinstance(v, int | float)]
    if len(numbers) < 2:
        return None
    return numbers[-1] - numbers[0]
