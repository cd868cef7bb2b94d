from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from junitparser import JUnitXml

from auditor.domain.finding import Severity
from auditor.judge.policy_text import read_policy
from auditor.judge.verdict import Outcome, judge
from auditor.judge.verdict_json import judged_report
from auditor.render.junit import render
from auditor.report.reading import Document
from tests.render.documents import (
    a_document,
    a_failed_organization,
    a_finding,
    a_fleet,
    a_skipped_organization,
    an_organization,
    counts_blocks,
    documents,
)
from tests.render.test_findings import UNDECIDED, VERDICT

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
"""That of the xUnit plugin of Jenkins, under the MIT license: see the file."""


def outcomes(text: bytes) -> dict[str, list[str]]:
    """The elements in each test case, as junitparser sees them, by its name."""
    read = JUnitXml.fromroot(JUnitXml.fromstring(text)._elem)
    return {case.name: [type(one).__name__ for one in case.result] for suite in read for case in suite}


@settings(max_examples=60)
@given(documents())
def test_every_file_is_valid_to_the_schema_of_jenkins(report: Document) -> None:
    """Whatever the names hold: no control character breaks the XML."""
    text = render(report)

    SCHEMA.validate(io.BytesIO(text))
    assert text == render(report)


@settings(max_examples=40)
@given(documents())
def test_the_counts_are_those_of_the_cases(report: Document) -> None:
    """junitparser, which counts for itself, comes to the same numbers."""
    told = JUnitXml.fromstring(render(report))
    before = (told.tests, told.failures, told.errors)
    per_suite = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in told]
    told.update_statistics()  # type: ignore[no-untyped-call]

    assert (told.tests, told.failures, told.errors) == before
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in told] == per_suite


def test_every_organization_has_its_case() -> None:
    """Read: passed. Not read: an error. Left out on purpose: skipped. Dark is no failure of itself."""
    told = outcomes(render(a_fleet([])))

    assert told["Example (501)"] == []
    assert told["Unread (601)"] == ["Error"]
    assert told["tenant north"] == ["Error"]
    assert told["Left out (701)"] == ["Skipped"]
    assert told["completeness"] == ["Error"]


def test_findings_fail_pass_or_are_skipped() -> None:
    """By what a gate makes of them."""
    findings = [
        a_finding("1" * 16, subject="a"),
        a_finding("2" * 16, subject="b", severity="warning"),
        a_finding("3" * 16, subject="c", waived={"reason": "sold", "owner": "ann", "expires": "2026-04-01"}),
        a_finding("4" * 16, subject="d", isNew=False),
    ]
    text = render(a_fleet(findings))

    told = outcomes(text)
    assert [told[f"Example (501): {subject}"] for subject in "abcd"] == [["Failure"], [], ["Skipped"], []]
    assert b"warning: Example (501): b:" in text
    assert b"known since the baseline" in text
    assert b"waived: sold" in text


def test_a_report_that_nobody_judged_says_so() -> None:
    """Its organizations still stand; that there are no failures means nothing, and that is told."""
    told = outcomes(render(a_fleet()))

    assert told["findings"] == ["Skipped"]
    assert "findings" not in outcomes(render(a_fleet([])))


def test_what_the_policy_tolerates_does_not_fail() -> None:
    """The file must not fail a job that `auditor check` lets pass."""
    kinds = Counter(
        kind for kinds in outcomes(render(a_fleet([], verdict=VERDICT))).values() for kind in kinds
    )

    assert kinds == {"Skipped": 3}


def test_what_could_not_be_decided_is_an_error() -> None:
    """Neither passed nor failed."""
    told = outcomes(render(a_fleet([], verdict=VERDICT | {"undecided": [UNDECIDED]})))

    assert told["Unread (601): expiring.atRisk"] == ["Error"]


def test_an_empty_report_is_no_pass() -> None:
    """Nothing selected: the case of completeness is an error."""
    assert outcomes(render(a_document(findings=[])))["completeness"] == ["Error"]


def test_tenants_are_suites() -> None:
    """So that each customer has a line of its own."""
    report = a_document(an_organization("1", tenant="acme"), an_organization("2", tenant="north"))

    assert [suite.name for suite in JUnitXml.fromstring(render(report))] == ["auditor", "acme", "north"]


POLICIES = (
    "",
    '[[rules]]\nid = "at-risk"\nfigure = "expiring.atRisk"\nmax = 0\n',
    '[[rules]]\nid = "at-risk"\nfigure = "expiring.atRisk"\nmax = 0\nseverity = "warning"\n',
    '[[rules]]\nid = "at-risk"\nfigure = "expiring.atRisk"\nmax = 9\n',
    "[completeness]\nmin_share = 0.1\nmax_failed = 5\n",
)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "report",
    [
        a_document(),
        a_document(an_organization()),
        a_document(an_organization(), a_failed_organization()),
        a_document(a_failed_organization()),
        a_document(an_organization(), a_skipped_organization()),
        a_document(an_organization("504", counts_blocks(), plan="counts", dark=None, standing=None)),
        a_fleet(),
    ],
    ids=["empty", "whole", "partial", "failed", "skipped", "counted", "fleet"],
)
@pytest.mark.parametrize("fail_on", [Severity.ERROR, Severity.WARNING])
def test_the_file_fails_exactly_where_the_gate_does(report: Document, policy: str, fail_on: Severity) -> None:
    """Whoever shows the file and whoever reads the exit code come to the same end."""
    verdict = judge(report, read_policy(policy, name="policy.toml"), fail_on=fail_on)

    told = JUnitXml.fromstring(render(judged_report(report, verdict)))
    assert (told.failures + told.errors == 0) is (verdict.outcome is Outcome.PASSED)
    assert told.failures == len(verdict.failing)
