"""A sum of seats from which some were left out is a lower bound, and one of nothing is not known."""

from __future__ import annotations

import pytest

from auditor.domain.subscription import Seats, Subscription
from auditor.judge.verdict import Outcome, judge
from tests.judge.reports import a_policy
from tests.report.evidences import a_report, a_subscription, a_subscription_result

READ = a_subscription("1", seats={"A": Seats(10, 12, 0, 2)}, violations=())
PARTLY = a_subscription("2", seats={"A": Seats(10, 12, 0, 2), "B": None}, violations=())
UNREAD = a_subscription("3", seats=None, violations=())


@pytest.mark.parametrize("scope", ["organization", "total"])
@pytest.mark.parametrize(
    ("subscriptions", "rule", "outcome"),
    [
        ([READ], "subscription.seats.over|max = 1", Outcome.FAILED),
        ([READ], "subscription.seats.over|max = 2", Outcome.PASSED),
        ([PARTLY], "subscription.seats.over|max = 1", Outcome.FAILED),
        ([PARTLY], "subscription.seats.over|max = 2", Outcome.UNDECIDED),
        ([READ, UNREAD], "subscription.seats.over|max = 2", Outcome.UNDECIDED),
        ([UNREAD], "subscription.seats.over|max = 2", Outcome.UNDECIDED),
        ([UNREAD], "subscription.seats.limit|min = 1", Outcome.UNDECIDED),
        ([READ, UNREAD], "subscription.seats.unreadable|max = 0", Outcome.FAILED),
    ],
)
def test_seats_that_cannot_be_read_pass_no_rule(
    subscriptions: list[Subscription], rule: str, outcome: Outcome, scope: str
) -> None:
    """Only what is over the bound already is certain."""
    figure, _, bound = rule.partition("|")
    report = a_report(a_subscription_result("7", *subscriptions))

    verdict = judge(report, a_policy(f'figure = "{figure}"\n{bound}\nscope = "{scope}"'))

    assert verdict.outcome is outcome
