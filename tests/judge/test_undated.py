"""A date that is null because nobody knows it differs from one that is null because there is none."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.judge.comparison.compare import difference_of
from auditor.judge.verdict import Outcome, judge
from tests.judge.reports import (
    a_co_term,
    a_document,
    a_policy,
    a_subscriber,
    a_subscription,
    an_organization,
)

Json = dict[str, Any]
DARK = 'figure = "dark.soonest"\nmin_days = 14'
NEAR, FAR = "2026-03-10T12:00:00Z", "2026-05-01T12:00:00Z"
UNKNOWN: Json = {"coverage.devices.unknown": 2, "dark.known": False}
ESTIMATE = {"date": "2026-03-31", "standing": "inGrace", "what": None, "count": 1, "estimate": True}
UNDATED = {"productClass": "wireless", "graceEndsAt": None, "missing": {"LIC-MR-E": 2}}


@pytest.mark.parametrize(
    ("organization", "reason"),
    [
        (an_organization(figures=UNKNOWN), "no license states an end for 2 devices"),
        (
            an_organization(figures={"coverage.networkLicenses.unknown": 1, "dark.known": False}),
            "no license states an end for 1 network license",
        ),
        (an_organization(figures={**UNKNOWN, "dark.soonest": FAR}), "2 devices"),
        (a_co_term(figures={"dark.known": False}, standing=None), "its standing is not known"),
        (
            a_co_term(dark={"soonest": "2026-03-31T12:00:00Z", "known": False, "dates": [ESTIMATE]}),
            "an estimate",
        ),
        (
            a_subscriber(
                "701",
                a_subscription(violations=[UNDATED]),
                dark={"soonest": FAR, "known": False, "dates": []},
            ),
            "1 breach of compliance without the end of grace",
        ),
        (a_co_term(figures={"dark.known": False}), "nobody states"),
    ],
)
def test_a_dark_date_that_nobody_knows_is_undecided(organization: Json, reason: str) -> None:
    """Neither null nor a later date proves that nothing goes dark within two weeks."""
    verdict = judge(a_document(organization), a_policy(DARK))

    assert verdict.outcome is Outcome.UNDECIDED
    assert reason in verdict.undecided[0].reason


@pytest.mark.parametrize("figures", [{"dark.soonest": NEAR}, {**UNKNOWN, "dark.soonest": NEAR}])
def test_a_dark_date_that_is_too_near_fails_whatever_else_is_not_known(figures: Json) -> None:
    """What is hidden behind it could only come sooner."""
    assert judge(a_document(an_organization(figures=figures)), a_policy(DARK)).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("organization", "outcome"),
    [
        (an_organization(), Outcome.PASSED),
        (an_organization(figures={"coverage.devices.unknown": 1}), Outcome.UNDECIDED),
        (a_co_term(standing=None), Outcome.UNDECIDED),
    ],
)
def test_a_report_of_before_the_certainty_was_written_shows_it_by_its_figures(
    organization: Json, outcome: Outcome
) -> None:
    """Version 1.1 has no such key: the counts of unknown devices, the standing and the breaches say it."""
    del organization["dark"]["known"]

    assert judge(a_document(organization), a_policy(DARK)).outcome is outcome


@pytest.mark.parametrize(("undated", "outcome"), [(0, Outcome.PASSED), (3, Outcome.UNDECIDED)])
def test_licenses_without_a_date_of_claim_may_begin_to_burn_any_day(undated: int, outcome: Outcome) -> None:
    """No date among those that are known says nothing of them."""
    organization = an_organization(figures={"unused.activation.unknown": undated})
    rule = 'figure = "unused.activation.soonest"\nmin_days = 14'

    assert judge(a_document(organization), a_policy(rule)).outcome is outcome


@pytest.mark.parametrize(("standing", "outcome"), [("ok", Outcome.PASSED), (None, Outcome.UNDECIDED)])
def test_no_date_of_co_termination_is_none_only_where_the_standing_is_known(
    standing: str | None, outcome: Outcome
) -> None:
    """Nothing licensed, devices in use and no status that is known: nobody can say when that ends."""
    figures = {"coTerm.expiresAt": None, "coTerm.devices.licensed": 0, "dark.known": standing is not None}
    organization = a_co_term(figures=figures, standing=standing)
    rule = 'figure = "coTerm.expiresAt"\nmin_days = 14'

    assert judge(a_document(organization), a_policy(rule)).outcome is outcome


def test_a_dark_date_that_is_not_known_any_more_did_not_move() -> None:
    """The comparison of two reports says nothing of it, and still says what went away for certain."""
    old = a_document(an_organization(figures={"dark.soonest": FAR}))
    unknown, gone = (a_document(an_organization(figures=figures)) for figures in (UNKNOWN, {}))

    assert difference_of(old, unknown).dates == []
    assert [one.after for one in difference_of(old, gone).dates] == [None]
