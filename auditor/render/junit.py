"""JUnit XML: a test case for each organization and each finding, as Jenkins and GitLab read it.

A failing finding is a failure. What was not read, or could not be decided, is an error, unless a policy
tolerates it; what was left out on purpose, or waived, is skipped. What else was found passes, and tells what
it has to say on `system-out`. So the file fails where `auditor check` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from auditor.render.findings import (
    NOT_JUDGED,
    Gap,
    Told,
    completeness_sentence,
    findings_of,
    gaps_of,
    is_judged,
    place_of,
    shortfall_of,
    undecided_of,
)
from auditor.render.text import MAX_MESSAGE, MAX_NAME, clean, clipped
from auditor.report.reading import Document

_SUITE_OF_THE_RUN: Final = "auditor"
_FLEET: Final = "all tenants"


_Outcome = tuple[str, str, str]
"""Element, type and message."""


@dataclass(frozen=True, slots=True)
class _Case:
    """*outcome* is None where the case passes; *said* goes to its `system-out`."""

    classname: str
    name: str
    outcome: _Outcome | None = None
    said: str | None = None


def render(report: Document) -> bytes:
    """The report as one `testsuites` element, a suite for the run and one for each tenant."""
    suites = {_SUITE_OF_THE_RUN: list(_cases_of_the_run(report))} | _cases_by_tenant(report)
    root = ET.Element("testsuites", name="auditor", time=_time(report))
    sums = dict.fromkeys(("tests", "failures", "errors"), 0)
    for name, cases in suites.items():
        suite, counts = _suite(name, cases, report)
        root.append(suite)
        sums = {key: sums[key] + counts[key] for key in sums}
    root.attrib.update({key: str(count) for key, count in sums.items()})
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(name: str, cases: list[_Case], report: Document) -> tuple[ET.Element, Mapping[str, int]]:
    kinds = [case.outcome[0] for case in cases if case.outcome is not None]
    counts = {
        "tests": len(cases),
        "failures": kinds.count("failure"),
        "errors": kinds.count("error"),
        "skipped": kinds.count("skipped"),
    }
    suite = ET.Element("testsuite", name=name, timestamp=report["asOf"].removesuffix("Z"))
    suite.attrib.update({key: str(count) for key, count in counts.items()})
    properties = ET.SubElement(suite, "properties")
    for key, value in (("asOf", report["asOf"]), ("version", report["tool"]["version"])):
        ET.SubElement(properties, "property", name=key, value=clean(value))
    suite.extend(map(_element, cases))
    return suite, counts


def _element(case: _Case) -> ET.Element:
    element = ET.Element("testcase", classname=case.classname, name=case.name, time="0")
    if case.outcome is not None:
        tag, kind, message = case.outcome
        ET.SubElement(element, tag, type=kind, message=message).text = message
    if case.said is not None:
        ET.SubElement(element, "system-out").text = case.said
    return element


def _cases_of_the_run(report: Document) -> Iterator[_Case]:
    shortfall = shortfall_of(report)
    outcome = None if shortfall is None else ("error", "incomplete", shortfall)
    yield _Case("auditor.run", "completeness", outcome, said=completeness_sentence(report))
    if not is_judged(report):
        yield _Case("auditor.run", "findings", ("skipped", "notJudged", NOT_JUDGED))


def _cases_by_tenant(report: Document) -> dict[str, list[_Case]]:
    """The cases of each tenant: what was read, what was found, what could not be decided."""
    suites: dict[str, list[_Case]] = {}
    for tenant, case in (*_cases_of_reading(report), *_cases_of_judging(report)):
        suites.setdefault(tenant or _FLEET, []).append(case)
    return suites


def _cases_of_reading(report: Document) -> Iterator[tuple[str, _Case]]:
    gaps = gaps_of(report)
    element = "skipped" if shortfall_of(report) is None else "error"
    for gap in gaps:
        if gap.organization_id is None:
            classname = f"{gap.tenant or _FLEET}.audit"
            yield gap.tenant, _Case(classname, gap.place, (element, gap.cause, gap.sentence))
    unread = {(gap.tenant, gap.organization_id): gap for gap in gaps}
    for one in report["organizations"]:
        tenant = clipped(one["tenant"], MAX_NAME)
        name = place_of(one["id"], one["name"], one["tenant"])
        unread_one = unread.get((tenant, one["id"]))
        yield tenant, _Case(f"{tenant}.audit", name, _ending(one, unread_one, element))


def _ending(one: Mapping[str, Any], gap: Gap | None, element: str) -> _Outcome | None:
    if gap is not None:
        return element, gap.cause, gap.sentence
    if one["status"] == "skipped":
        return "skipped", one["reason"] or "skipped", clipped(one["message"] or "left out", MAX_MESSAGE)
    return None


def _cases_of_judging(report: Document) -> Iterator[tuple[str, _Case]]:
    for told in findings_of(report):
        yield told.tenant, _case_of_finding(told)
    for one in undecided_of(report):
        name = f"{one.place}: {one.subject}"
        classname = f"{one.tenant or _FLEET}.{one.rule}"
        yield one.tenant, _Case(classname, name, ("error", "undecided", one.sentence))


def _case_of_finding(told: Told) -> _Case:
    tenant = told.tenant or _FLEET
    classname = f"{tenant}.{told.rule}"
    name = f"{told.place}: {told.subject}" if told.subject else told.place
    if told.waiver is not None:
        return _Case(classname, name, ("skipped", "waived", f"waived: {told.waiver}"), said=told.sentence)
    if told.is_failure:
        return _Case(classname, name, ("failure", told.rule, told.sentence), said=told.advice or None)
    known = ", known since the baseline" if told.is_known else ""
    return _Case(classname, name, said=f"{told.severity}{known}: {told.sentence}")


def _time(report: Document) -> str:
    """Seconds with three digits after the point, as Surefire's schema has them."""
    return f"{report['run']['durationSeconds']:.3f}"
