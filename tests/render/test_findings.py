from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from auditor.render.findings import (
    Gap,
    Told,
    by_urgency,
    completeness_sentence,
    findings_of,
    gaps_of,
    is_judged,
    shortfall_of,
    undecided_of,
)
from auditor.report.reading import Document
from tests.render.documents import (
    a_document,
    a_failed_organization,
    a_finding,
    a_fleet,
    a_skipped_organization,
    an_organization,
    documents,
)

VERDICT: dict[str, Any] = {
    "outcome": "undecided",
    "failOn": "error",
    "baselineAsOf": None,
    "shortfalls": [],
    "counts": {"failing": 0, "waived": 0, "known": 0, "undecided": 0},
    "rules": [],
    "undecided": [],
}
UNDECIDED = {
    "rule": "at-risk",
    "severity": "error",
    "organizationId": "601",
    "tenant": "acme",
    "subject": "expiring.atRisk",
    "reason": "it was not read (server)",
    "matters": True,
}


def test_a_report_that_nobody_judged_is_told_from_one_without_findings() -> None:
    """An empty list of findings is good news; none at all is no news."""
    assert not is_judged(a_fleet())
    assert is_judged(a_fleet([]))


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        (
            {"tenant": "initech", "subject": "tenant initech: unused.total", "message": "unused.total is 33"},
            "tenant initech: unused.total is 33",
        ),
        (
            {"tenant": "initech", "subject": "tenant initech: unused.total", "message": "too many"},
            "tenant initech: unused.total: too many",
        ),
        (
            {"tenant": None, "subject": "total: unused.total", "message": "unused.total is 33"},
            "all organizations: unused.total is 33",
        ),
        (
            {"tenant": None, "subject": "tag gold: unused.total", "message": "unused.total is 33"},
            "all organizations: tag gold: unused.total: unused.total is 33",
        ),
    ],
)
def test_a_sentence_names_the_place_and_the_figure_once(finding: dict[str, Any], sentence: str) -> None:
    """The subject of a sum begins with its place, the message of most rules with their figure."""
    [told] = findings_of(a_fleet([a_finding(organizationId=None, due=None, **finding)]))

    assert told.sentence == sentence


def test_only_what_is_severe_enough_and_excused_by_nothing_fails() -> None:
    """Warnings, waived and known findings do not."""
    told = findings_of(
        a_fleet(
            [
                a_finding("1" * 16),
                a_finding("2" * 16, severity="warning"),
                a_finding("3" * 16, waived={"reason": "sold", "owner": "ann", "expires": "2026-04-01"}),
                a_finding("4" * 16, isNew=False),
                a_finding("5" * 16, isNew=True),
            ]
        )
    )

    assert [one.is_failure for one in told] == [True, False, False, False, True]
    assert told[2].waiver == "sold"


def test_a_policy_may_fail_on_warnings() -> None:
    """The verdict in the report says from which severity on."""
    [told] = findings_of(a_fleet([a_finding(severity="warning")], verdict=VERDICT | {"failOn": "warning"}))

    assert told.is_failure


def test_a_finding_says_where_it_is_about() -> None:
    """An organization by name and id, whichever of the two is known."""
    known, unknown = findings_of(a_fleet([a_finding(), a_finding(organizationId="999")]))

    assert known.place == "Example (501)"
    assert unknown.place == "999"
    assert known.sentence == ("Example (501): expiring.atRisk is 1, allowed is 0 (due 2026-03-20)")


def test_gaps_are_what_was_not_read_and_nothing_else() -> None:
    """Broken lists and failed organizations are; skipped, dark and expiring organizations are not."""
    places = [gap.place for gap in gaps_of(a_fleet())]

    assert places == ["tenant north", "Unread (601)"]
    assert gaps_of(a_fleet(interrupted="SIGINT"))[0].cause == "interrupted"


@settings(max_examples=50)
@given(documents())
def test_fingerprints_tell_everything_apart_and_depend_on_no_text(report: Document) -> None:
    """They stay the same from run to run, whatever the values and names of the day."""
    told: list[Told | Gap] = [*findings_of(report), *gaps_of(report)]
    prints = [one.fingerprint for one in told]

    assert len(set(prints)) == len(prints)
    for organization in report["organizations"]:
        organization["name"] = organization["message"] = "other"
    for finding in report["findings"] or ():
        finding["message"] = "other"
    told = [*findings_of(report), *gaps_of(report)]
    assert [one.fingerprint for one in told] == prints


def test_the_most_urgent_comes_first() -> None:
    """Failures before everything, then what is due first."""
    told = findings_of(
        a_fleet(
            [
                a_finding("1" * 16, severity="info", due=None),
                a_finding("2" * 16, due=None),
                a_finding("3" * 16, due="2026-05-01T00:00:00Z"),
                a_finding("4" * 16, isNew=False),
            ]
        )
    )

    assert [one.id[0] for one in by_urgency(told)] == ["3", "2", "4", "1"]


def test_a_verdict_has_the_last_word_on_completeness() -> None:
    """A policy may tolerate what was not read; without one, nothing is tolerated."""
    assert shortfall_of(a_fleet()) == completeness_sentence(a_fleet())
    assert shortfall_of(a_fleet(verdict=VERDICT)) is None
    assert shortfall_of(a_fleet(verdict=VERDICT | {"shortfalls": ["too few", "too old"]})) == (
        "too few; too old"
    )
    assert shortfall_of(a_document(an_organization(), a_skipped_organization())) is None


def test_nothing_audited_is_never_enough() -> None:
    """Whatever a policy tolerates: there must be something to judge."""
    for report in (a_document(), a_document(a_failed_organization(), verdict=VERDICT)):
        assert str(shortfall_of(report)).startswith("nothing was audited")


def test_what_could_not_be_decided_is_told_where_it_matters() -> None:
    """What a policy tolerates is not."""
    report = a_fleet([], verdict=VERDICT | {"undecided": [UNDECIDED, UNDECIDED | {"matters": False}]})

    assert [one.sentence for one in undecided_of(report)] == [
        "Unread (601): expiring.atRisk: cannot be decided: it was not read (server)"
    ]
