"""What a run cost, held against the budgets of the hosts that it asked."""

from __future__ import annotations

import pytest

from auditor.engine.traffic import Traffic, facts_of


def asked(*hosts: str, every: float) -> Traffic:
    """A request to each of *hosts* every so many seconds, each answered after a millisecond."""
    traffic = Traffic()
    for number in range(round(10 / every)):
        for host in hosts:
            traffic.began(number * every, host)
            traffic.ended(number * every + 0.001, body_bytes=0)
    return traffic


@pytest.mark.parametrize(("hosts", "used"), [(("a",), 1.0), (("a", "b"), 1.0), (("a", "b", "b"), 2.0)])
def test_the_budget_is_that_of_the_host_that_was_asked_most(hosts: tuple[str, ...], used: float) -> None:
    """Two hosts at their full rate take all of each budget, and not twice of one."""
    facts = facts_of(asked(*hosts, every=0.01), address_rate=100.0)

    assert facts.budget_utilization == pytest.approx(used, rel=0.001)
    assert facts.requests == 1000 * len(hosts)


def test_a_host_at_its_full_rate_takes_no_more_than_all_of_it() -> None:
    """Also where the last answer comes at once: 101 requests take 101 slots."""
    traffic = Traffic()
    for number in range(101):
        traffic.began(number / 100, "a")
    traffic.ended(1.0, body_bytes=0)

    assert facts_of(traffic, 100.0).budget_utilization == pytest.approx(1.0)


def test_without_any_request_nothing_is_used() -> None:
    """Nothing is divided by nothing."""
    assert facts_of(Traffic(), 100.0).budget_utilization == 0.0
