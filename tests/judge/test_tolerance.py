"""What nobody knows of an organization that was read is tolerated by count, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.judge.policy_text import read_policy
from auditor.judge.verdict import Outcome, Verdict, judge
from tests.judge.reports import a_co_term, a_document, a_policy, a_subscriber, an_organization, failed

Json = dict[str, Any]
CONFIG = Path(__file__).resolve().parents[2] / "config"
SHIPPED = (CONFIG / "policy.toml", CONFIG / "msp" / "policy.toml")
DARK = 'id = "dark"\nfigure = "standing"\nnone_of = ["dark"]'
SOON = 'id = "soon"\nfigure = "dark.soonest"\nmin_days = 14'
TENANTS: list[Json] = [{"name": "acme", "tags": ["gold"], "contact": ""}]
UNKNOWN: Json = {"coverage.devices.unknown": 1, "dark.known": False}


def unknown(organization_id: str) -> Json:
    """An organization whose only device has no license that states an end."""
    return an_organization(organization_id, UNKNOWN, standing=None)


def verdict_on(*organizations: Json, most: int, rest: str = "") -> Verdict:
    """The verdict by two rules that ask where each stands."""
    policy = a_policy(DARK, SOON, rest=f"[completeness]\nmax_unknown = {most}\n{rest}")
    return judge(a_document(an_organization("500"), *organizations), policy)


@pytest.mark.parametrize(("most", "outcome"), [(0, Outcome.UNDECIDED), (1, Outcome.PASSED)])
def test_an_organization_counts_once_however_many_rules_it_leaves_open(most: int, outcome: Outcome) -> None:
    """Two rules ask for it, and it is one organization to look at."""
    verdict = verdict_on(unknown("501"), most=most)

    assert verdict.outcome is outcome
    assert len(verdict.undecided) == 2
    assert {one.matters for one in verdict.undecided} == {outcome is Outcome.UNDECIDED}


def test_of_more_than_is_tolerated_none_is() -> None:
    """Nobody says which of them would be the one."""
    verdict = verdict_on(unknown("501"), unknown("502"), most=1)

    assert verdict.outcome is Outcome.UNDECIDED
    assert all(one.matters for one in verdict.undecided)


def test_what_is_waived_by_name_is_not_counted() -> None:
    """Whoever looked at it says so in the policy."""
    waiver = '[[waivers]]\nrule = "*"\norganization = "501"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31'

    assert verdict_on(unknown("501"), unknown("502"), most=1, rest=waiver).outcome is Outcome.PASSED


def test_what_failed_or_was_not_asked_for_is_not_tolerated_so() -> None:
    """A failure is one of `max_failed`, and a cheaper plan that answers no rule is nobody's ignorance."""
    unasked = an_organization("501", {"standing": None, "dark": None}, plan="counts", coverage=None)

    assert verdict_on(failed(), most=9).outcome is Outcome.UNDECIDED
    assert verdict_on(unasked, most=9).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("most", "failures", "outcome"),
    [(0, 1, Outcome.UNDECIDED), (1, 1, Outcome.PASSED), (1, 0, Outcome.UNDECIDED), (2, 1, Outcome.PASSED)],
)
def test_a_sum_is_tolerated_where_all_that_it_lacks_is(most: int, failures: int, outcome: Outcome) -> None:
    """One organization that failed, and one of which nobody knows the figure."""
    rule = 'figure = "unused.burning.undated"\nmax = 0\nscope = "total"'
    rest = f"[completeness]\nmax_unknown = {most}\nmax_failed = {failures}"
    report = a_document(an_organization("501", {"unused.burning": None}), an_organization("503"), failed())

    assert judge(report, a_policy(rule, rest=rest)).outcome is outcome


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_ready_made_policy_passes_a_clean_audit_with_one_organization_that_nobody_knows(path: Path) -> None:
    """It is named all the same; of two of them each has to be looked at."""
    policy = read_policy(path.read_text(), name="policy.toml")
    one, two = (
        judge(a_document(an_organization("500"), *map(unknown, ids), tenants=TENANTS), policy)
        for ids in (("501",), ("501", "502"))
    )

    assert (one.outcome, two.outcome) == (Outcome.PASSED, Outcome.UNDECIDED)
    assert {each.place.organization_id for each in one.undecided} == {"501"}


@pytest.mark.parametrize(
    ("organization", "reason"),
    [
        (unknown("501"), "no license states an end for 1 device"),
        (
            a_co_term(figures={"coTerm.status": "Paused"}, standing=None),
            "the vendor states 'Paused' with the date 2027-01-01",
        ),
        (
            a_co_term(figures={"coTerm.status": "N/A", "coTerm.expiresAt": None}, standing=None),
            "the vendor states 'N/A' without a date",
        ),
        (
            a_subscriber("701", standing=None, notes={"noLiveSubscription": 1}),
            "no subscription of it runs today",
        ),
        (
            a_subscriber("701", standing=None, notes={"noLiveSubscription": 1, "noSubscriptions": 1}),
            "it has no subscription",
        ),
        (a_subscriber("701", standing=None), "a subscription has no end"),
    ],
)
def test_the_reason_says_why_nobody_knows_where_an_organization_stands(
    organization: Json, reason: str
) -> None:
    """In the words of its own licensing model."""
    [undecided] = judge(a_document(organization), a_policy(DARK)).undecided

    assert undecided.reason == f"standing is not known: {reason}"
