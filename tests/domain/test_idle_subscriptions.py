"""Subscriptions that are paid for and do nothing, by reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.idle_subscriptions import IdleReason, IdleSubscriptions, idle_of, idle_reasons
from auditor.domain.subscription import Seats, Subscription
from tests.domain.builders import AS_OF

SECOND = timedelta(seconds=1)
NO_NETWORK, PENDING, NOT_STARTED = IdleReason


def a_subscription(subscription_id: str = "1", **changes: Any) -> Subscription:
    """One of ten seats that is bound to networks and runs."""
    fields: dict[str, Any] = {
        "name": "Campus",
        "status": "active",
        "kind": "termed",
        "starts_at": AS_OF - timedelta(days=300),
        "ends_at": AS_OF + timedelta(days=400),
        "renewal_requested": False,
        "organizations": 1,
        "seats": {"A": Seats(10, 4, 6)},
        "networks": 3,
        "smart_account": "active",
    }
    return Subscription(subscription_id, **fields | changes)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, set()),
        ({"networks": None}, set()),
        ({"networks": 0}, {NO_NETWORK}),
        ({"smart_account": None}, set()),
        ({"smart_account": "pending"}, {PENDING}),
        ({"smart_account": "Pending"}, {PENDING}),
        ({"starts_at": AS_OF}, set()),
        ({"starts_at": None}, set()),
        ({"starts_at": AS_OF + SECOND}, {NOT_STARTED}),
        ({"status": "inactive"}, {NOT_STARTED}),
        ({"status": "inactive", "networks": 0, "smart_account": "pending"}, set(IdleReason)),
        ({"status": "suspended", "networks": 0}, {NO_NETWORK}),
        ({"ends_at": None, "networks": 0}, {NO_NETWORK}),
        ({"ends_at": AS_OF + SECOND, "networks": 0}, {NO_NETWORK}),
        ({"ends_at": AS_OF, "networks": 0}, set()),
        ({"status": "expired", "smart_account": "pending"}, set()),
        ({"status": "canceled", "starts_at": AS_OF + SECOND}, set()),
    ],
)
def test_a_subscription_is_idle_for_reasons(changes: dict[str, Any], reasons: set[IdleReason]) -> None:
    """What is over is not idle, and what nobody says is no reason."""
    assert idle_reasons(a_subscription(**changes), AS_OF) == reasons


def test_each_counts_once_and_each_reason_for_itself() -> None:
    """With the seats of those that are idle, and of no other."""
    some = [
        a_subscription("1"),
        a_subscription("2", networks=0, smart_account="pending", seats={"A": Seats(3), "B": Seats(4)}),
        a_subscription("3", status="inactive", networks=None, seats={"A": Seats(5)}),
        a_subscription("4", networks=None),
        a_subscription("5", networks=None, status="expired"),
    ]

    assert idle_of(some, AS_OF) == IdleSubscriptions(
        subscriptions=2, seats=12, no_network=1, pending=1, not_started=1, unknown=1
    )


def test_seats_that_cannot_be_read_are_no_nought() -> None:
    """Unless nothing is idle, or others can be read."""
    unread, read = (a_subscription(number, networks=0, seats=seats) for number, seats in UNREAD_AND_READ)

    assert idle_of([unread], AS_OF).seats is None
    assert idle_of([unread, read], AS_OF).seats == 7
    assert idle_of([a_subscription(seats=None)], AS_OF).seats == 0


UNREAD_AND_READ: tuple[tuple[str, dict[str, Seats] | None], ...] = (("1", None), ("2", {"A": Seats(7)}))

some_subscriptions = st.lists(
    st.builds(
        a_subscription,
        status=st.sampled_from(["active", "inactive", "expired"]),
        networks=st.none() | st.integers(0, 2),
        smart_account=st.none() | st.sampled_from(["active", "pending"]),
        starts_at=st.none() | st.sampled_from([AS_OF - SECOND, AS_OF + SECOND]),
    ),
    max_size=5,
)


@given(some_subscriptions)
def test_idle_is_the_sum_over_subscriptions(some: list[Subscription]) -> None:
    """So that a policy may add up any set of them."""
    whole, parts = idle_of(some, AS_OF), [idle_of([one], AS_OF) for one in some]

    for name in IdleSubscriptions.__slots__:
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
