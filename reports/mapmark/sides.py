# SPDX-License-Identifier: MIT
"""Whether two runs may be compared, and what a reader has to know of both."""

from __future__ import annotations

from collections.abc import Iterator

from mapmark.bundle import BENCH, Bundle
from mapmark.errors import ExitCode, Failure, usage
from mapmark.record import Facts, spelled
from mapmark.results import Context, Results

# Of a fact that is longer, that it differs is enough.
_FACT_SHOWN = 60


def results_of(bundle: Bundle) -> Results:
    """Those of a run that may be compared with another."""
    if bundle.results is None:
        raise usage(
            f"the bundle '{bundle.path}' has no times, because its {BENCH} is "
            f"absent: {bundle.record.absent[BENCH]}; name another bundle"
        )
    if bundle.results.context.is_wine:
        raise Failure(
            ExitCode.ENVIRONMENT,
            f"the bundle '{bundle.path}' was made under Wine, where times mean "
            "nothing; compare runs on the system itself",
        )
    return bundle.results


def check_hosts(a: Bundle, b: Bundle, other_host: bool) -> None:
    if _is_one_host(a, b) or other_host:
        return
    raise Failure(
        ExitCode.ENVIRONMENT,
        f"'{a.path}' and '{b.path}' were measured on two machines: "
        f"{_host_differs(a, b)}; --other-host compares them nevertheless",
    )


def notes(a: Bundle, b: Bundle) -> Iterator[str]:
    """What else than the code may have changed times."""
    if a.path == b.path:
        yield "A and B are one bundle: nothing can have changed."
    if not _is_one_host(a, b):
        yield f"A and B are of two machines: {_host_differs(a, b)}."
    if a.record.identity.env_key != b.record.identity.env_key:
        env = (a.record.identity.env, b.record.identity.env)
        yield f"The environment is not the same: {_differences(*env)}."
    yield from _plans(results_of(a).context, results_of(b).context)


def _plans(a: Context, b: Context) -> Iterator[str]:
    names = ["generated files" if c.file is None else c.file.path for c in (a, b)]
    if names[0] != names[1]:
        yield f"A measured {names[0]}, and B {names[1]}."
    if a.is_quick != b.is_quick:
        quick, full = ("A", "B") if a.is_quick else ("B", "A")
        yield f"{quick} has the quick plan, {full} the full one."
    for label, context in (("A", a), ("B", b)):
        if not context.is_complete:
            yield f"{label} was stopped before its plan was done."


def _is_one_host(a: Bundle, b: Bundle) -> bool:
    return a.record.identity.host_key == b.record.identity.host_key


def _host_differs(a: Bundle, b: Bundle) -> str:
    return _differences(a.record.identity.host, b.record.identity.host)


def _differences(a: Facts, b: Facts) -> str:
    """Each fact that is not the same, as `name: in A, in B`."""
    found = []
    for key in dict.fromkeys((*a, *b)):
        values = [str(facts.get(key, "unknown")) for facts in (a, b)]
        if values[0] != values[1]:
            said = ": " + " in A, ".join(values) + " in B"
            is_long = max(map(len, values)) > _FACT_SHOWN
            found.append(spelled(key) + ("" if is_long else said))
    return "; ".join(found) or "their keys differ"
