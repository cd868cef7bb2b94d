"""Rules on subscriptions that lie idle: a sum that may be too low passes nothing."""

from __future__ import annotations

import pytest

from auditor.domain.subscription import Seats, Subscription
from auditor.judge.verdict import Outcome, judge
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from tests.judge.reports import a_policy
from tests.report.evidences import a_report, a_subscription, a_subscription_result

BOUND = a_subscription("1", violations=())
UNBOUND = a_subscription("2", networks=0, seats={"A": Seats(10, 0, 10)}, violations=())
UNREAD = a_subscription("3", networks=0, seats=None, violations=())
UNTOLD = a_subscription("4", networks=None, violations=())
PENDING = a_subscription("5", networks=None, smart_account="pending", violations=())
FAILED, PASSED, UNDECIDED = Outcome.FAILED, Outcome.PASSED, Outcome.UNDECIDED


def outcome_of(rule: str, *subscriptions: Subscription, scope: str, owners: str = "7") -> Outcome:
    """Of a rule such as `figure|max = 1`, on *subscriptions* that each of *owners* has."""
    figure, _, bound = rule.partition("|")
    place = "" if figure.startswith("totals.") else f'\nscope = "{scope}"'
    report = a_report(*(a_subscription_result(owner, *subscriptions) for owner in owners))
    return judge(report, a_policy(f'figure = "{figure}"\n{bound}{place}')).outcome


@pytest.mark.parametrize(("scope", "prefix"), [("organization", ""), ("tenant", ""), ("total", "totals.")])
@pytest.mark.parametrize(
    ("subscriptions", "rule", "outcome"),
    [
        ([BOUND], "subscriptions|max = 0", PASSED),
        ([BOUND, UNBOUND], "subscriptions|max = 0", FAILED),
        ([BOUND, UNBOUND], "subscriptions|max = 1", PASSED),
        ([BOUND, UNBOUND], "seats|max = 9", FAILED),
        ([BOUND, UNBOUND], "seats|max = 10", PASSED),
        ([UNBOUND, UNTOLD], "subscriptions|max = 1", UNDECIDED),
        ([UNBOUND, UNTOLD], "subscriptions|max = 0", FAILED),
        ([UNBOUND, UNTOLD], "seats|max = 10", UNDECIDED),
        ([UNBOUND, UNTOLD], "noNetwork|max = 1", UNDECIDED),
        ([UNBOUND, UNTOLD], "pending|max = 0", PASSED),
        ([UNBOUND, UNTOLD], "unknown|max = 0", FAILED),
        ([UNBOUND, UNTOLD], "unknown|max = 1", PASSED),
        ([UNREAD], "seats|max = 10", UNDECIDED),
        ([UNREAD, UNBOUND], "seats|max = 10", UNDECIDED),
        ([UNREAD, UNBOUND], "seats|max = 9", FAILED),
        ([PENDING], "noNetwork|max = 0", UNDECIDED),
        ([PENDING], "subscriptions|max = 1", PASSED),
        ([PENDING], "pending|max = 0", FAILED),
    ],
)
def test_what_lies_idle_is_judged_as_far_as_it_is_known(
    subscriptions: list[Subscription], rule: str, outcome: Outcome, scope: str, prefix: str
) -> None:
    """Of an organization, of a tenant, and in the totals."""
    assert outcome_of(f"{prefix}subscription.idle.{rule}", *subscriptions, scope=scope) is outcome


def test_a_shared_subscription_lies_idle_once() -> None:
    """For a tenant that has it in two organizations."""
    rule = "subscription.idle.seats|max = 10"

    assert outcome_of(rule, UNBOUND, scope="tenant", owners="78") is PASSED
    assert outcome_of("subscription.idle.seats|max = 9", UNBOUND, scope="tenant", owners="78") is FAILED


def test_seats_of_what_is_not_idle_cost_no_rule() -> None:
    """Of a subscription that runs: nothing idle is left out."""
    unread = a_subscription("6", seats=None, violations=())

    assert outcome_of("subscription.idle.seats|max = 0", unread, scope="organization") is PASSED


def test_seats_that_cannot_be_read_pass_no_rule_on_the_totals() -> None:
    """As they pass none on an organization."""
    unread = a_subscription("6", seats=None, violations=())
    rule = "totals.subscription.seats.limit|max = "

    assert outcome_of(f"{rule}3", BOUND, unread, scope="total") is UNDECIDED
    assert outcome_of(f"{rule}2", BOUND, unread, scope="total") is FAILED


def test_a_report_without_the_figure_passes_nothing() -> None:
    """One of an earlier version."""
    report = a_report(a_subscription_result("7", BOUND))
    del report["organizations"][0]["subscription"]["idle"], report["totals"]["subscription"]["idle"]
    read = read_report(to_json(report))

    for figure in ("subscription.idle.subscriptions", "totals.subscription.idle.seats"):
        assert judge(read, a_policy(f'figure = "{figure}"\nmax = 0')).outcome is UNDECIDED


def test_a_finding_advises_to_use_what_is_paid_for() -> None:
    """Not to renew it; and it is not due with what goes dark."""
    report = a_report(a_subscription_result("7", UNBOUND, a_subscription("9")))

    findings = judge(report, a_policy('figure = "subscription.idle.subscriptions"\nmax = 0')).findings

    (finding,) = (one for one in findings if one.value == 1)
    assert finding.advice.startswith("bind it to networks")
    assert finding.due is None
