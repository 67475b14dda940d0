# SPDX-License-Identifier: MIT
"""What is known of the gate on this machine: how often it cried wolf, and
what it found. Kept in the user's data folder under the machine's key."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mapmark import files, identity
from mapmark.document import check_schema, parse
from mapmark.errors import ExitCode, Failure
from mapmark.gate.ledger import CONFIDENCE, clopper_pearson
from mapmark.record import Facts, Identity

SCHEMA = "mapmark-gate-calibration/1"

DAYS_MOST = 30

# Of those found of 10 % injected; a machine where the gate finds less is none
# to gate on.
_FOUND_LEAST = 0.9

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Share:
    found: int
    of: int

    @property
    def in_words(self) -> str:
        low, high = clopper_pearson(self.found, self.of)
        if self.of == 0:
            return "none tried"
        return f"{self.found} of {self.of} ({low:.1%} to {high:.1%})"


@dataclass(frozen=True)
class Calibration:
    """`sds`: of launches of equal builds, by row. `kernel`: under another one
    nothing of it need be true."""

    host_key: str
    host: Facts
    kernel: str
    made: str
    aa_reds: Share
    found_5: Share
    found_10: Share
    sds: Mapping[str, float]

    @property
    def in_words(self) -> str:
        return (
            f"calibrated {self.made[:10]}: equal builds red in "
            f"{self.aa_reds.in_words} suite runs; rows found at +5 % "
            f"{self.found_5.in_words}, at +10 % {self.found_10.in_words}; "
            f"bounds of {CONFIDENCE:.0%} a side"
        )


def folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(base) / "mapmark" / "gate"


def path_of(host_key: str) -> Path:
    return folder() / f"calibration-{host_key[:16]}.json"


def kernel() -> str:
    return f"{platform.system()} {platform.release()}"


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime(_TIME)


def write(found: Calibration, path: Path) -> None:
    whole = {"schema": SCHEMA, **asdict(found)}
    with files.directory(path.parent):
        text = json.dumps(whole, indent=1, sort_keys=True) + "\n"
        files.replace({path: text.encode()})


def read(path: Path) -> Calibration:
    node = parse(files.read(path), path.name)
    check_schema(node, SCHEMA)

    def share(name: str) -> Share:
        part = node.at(name)
        return Share(part.at("found").whole(), part.at("of").whole())

    host = node.at("host").value
    sds = node.at("sds")
    return Calibration(
        host_key=node.at("host_key").text(),
        host=host if isinstance(host, dict) else {},
        kernel=node.at("kernel").text(),
        made=node.at("made").text(),
        aa_reds=share("aa_reds"),
        found_5=share("found_5"),
        found_10=share("found_10"),
        sds={name: sds.at(name).number() for name in _names(sds.value)},
    )


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, dict) else []


def why_not(found: Calibration, host: Identity, today: str) -> str | None:
    """Why it does not vouch for a run on this machine now."""
    if identity.key_of(found.host) != found.host_key:
        return "its machine's key is not that of its machine: it is corrupted"
    if found.host_key != host.host_key:
        return "it is of another machine"
    if found.kernel != kernel():
        return f"it is stale: made under {found.kernel}, and this is {kernel()}"
    days = _days_between(found.made, today)
    if days is None or days < 0:
        return f"it is of '{found.made}', which is no day that has been"
    if days > DAYS_MOST:
        return f"it is stale: {days:.0f} days old, and {DAYS_MOST} is the most"
    return trouble(found)


def trouble(found: Calibration) -> str | None:
    """Why the gate is no good on this machine."""
    if found.aa_reds.of == 0 or found.found_10.of == 0:
        return "no run of it was valid"
    if found.aa_reds.found > 0:
        return "equal builds were red on this machine"
    if found.found_10.found < _FOUND_LEAST * found.found_10.of:
        return f"of +10 % only {found.found_10.in_words} were found"
    return None


def _days_between(made: str, today: str) -> float | None:
    try:
        passed = _instant(today) - _instant(made)
    except ValueError:
        return None
    return passed.total_seconds() / 86400


def _instant(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, _TIME)


def vouching(path: Path, host: Identity, needed: bool) -> Calibration | None:
    """The one that stands for this run; ends with 3 where one that is needed
    is missing, or the one that is there cannot stand for it."""
    if not path.exists():
        if not needed:
            return None
        raise Failure(
            ExitCode.ENVIRONMENT,
            "how well the gate works on this machine is not known: 'mapmark "
            "gate --calibrate' finds out, --uncalibrated does without",
        )
    found = read(path)
    reason = why_not(found, host, now())
    if reason is not None:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"the calibration '{path}' does not vouch for this run: {reason}; "
            "'mapmark gate --calibrate' makes a new one",
        )
    return found
