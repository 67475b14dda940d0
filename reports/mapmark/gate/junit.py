# SPDX-License-Identifier: MIT
"""A gate's result as JUnit XML: one case for what each row's times say, one
for what its counters say."""

from __future__ import annotations

from xml.etree import ElementTree

from mapmark.gate.counters import CounterVerdict, Outcome
from mapmark.gate.judgement import Verdict
from mapmark.gate.result import Conformance, Result, is_broken
from mapmark.gate.suite import Judged
from mapmark.gate.words import interval, signed


def as_junit(result: Result) -> bytes:
    suites = ElementTree.Element("testsuites", name="mapmark gate")
    _add(suites, "validity", [_validity(result), _conformance(result)])
    _add(suites, "plan", _plan(result))
    _add(suites, "counters", [_counter(v) for v in result.counted.measured])
    committed = result.counted.committed or ()
    _add(suites, "committed counters", [_counter(v) for v in committed])
    _add(suites, "time", [_time(judged, result) for judged in result.judged])
    ElementTree.indent(suites)
    text: bytes = ElementTree.tostring(
        suites, encoding="utf-8", xml_declaration=True
    )
    return text + b"\n"


def _add(
    suites: ElementTree.Element, name: str, cases: list[ElementTree.Element]
) -> None:
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(failures),
        errors="0",
        skipped=str(skipped),
    )
    suite.extend(cases)


def _case(name: str, group: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", name=name, classname=group)


def _fail(case: ElementTree.Element, kind: str, message: str) -> None:
    ElementTree.SubElement(case, "failure", type=kind, message=message)


def _skip(case: ElementTree.Element, message: str) -> None:
    ElementTree.SubElement(case, "skipped", message=message)


def _validity(result: Result) -> ElementTree.Element:
    case = _case("the run is valid", "validity")
    if result.found.why_invalid:
        _fail(case, "invalid", "; ".join(result.found.why_invalid))
    return case


def _conformance(result: Result) -> ElementTree.Element:
    case = _case("parsers are as expected", "conformance")
    if result.conformance is Conformance.DEVIATES:
        _fail(case, "deviation", result.conformance_note)
    elif result.conformance is Conformance.NOT_RUN:
        _skip(case, result.conformance_note)
    return case


def _plan(result: Result) -> list[ElementTree.Element]:
    cases = []
    for row in result.planned.missing:
        cases.append(_case(row, "plan"))
        _fail(cases[-1], "missing", "the candidate lacks it")
    for lost in result.found.lost:
        cases.append(_case(lost.row, "plan"))
        message = f"{lost.side}: {lost.reason}"
        if is_broken(lost):
            _fail(cases[-1], lost.fate.value, message)
        else:
            _skip(cases[-1], message)
    return cases


def _counter(verdict: CounterVerdict) -> ElementTree.Element:
    case = _case(f"{verdict.row} {verdict.counter}", "counters")
    if verdict.outcome is Outcome.MORE:
        message = f"{verdict.baseline:g} to {verdict.candidate:g}"
        _fail(case, "more", f"{message} {verdict.detail}".rstrip())
    elif verdict.outcome is Outcome.UNKNOWN:
        _skip(case, verdict.detail)
    return case


def _time(judged: Judged, result: Result) -> ElementTree.Element:
    """On an invalid run no time says anything."""
    case = _case(judged.row, "time")
    change = judged.change
    words = f"{signed(change.estimate)} ({interval(change)})"
    if result.found.why_invalid:
        _skip(case, "the run is invalid")
    elif judged.verdict is Verdict.REGRESSION:
        _fail(case, "regression", words)
    elif judged.verdict is Verdict.INCONCLUSIVE:
        _skip(case, f"inconclusive: {words}; {judged.reason}")
    return case
