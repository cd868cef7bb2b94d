"""What the table says of subscriptions that are paid for and do nothing."""

from __future__ import annotations

import pytest

from tests.semantics.rows import Row, an_idle_one, at
from tests.semantics.vendor import audit, subscribed

NOTHING = dict.fromkeys(("subscriptions", "seats", "noNetwork", "pending", "notStarted", "unknown"), 0)


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (an_idle_one(77, networks=0), {"noNetwork"}),
        (an_idle_one(77, networks=2, account="pending"), {"pending"}),
        (an_idle_one(77, networks=2, startDate=at(1)), {"notStarted"}),
        (an_idle_one(77, networks=2, status="inactive"), {"notStarted"}),
        (an_idle_one(77, networks=0, account="pending"), {"noNetwork", "pending"}),
        (an_idle_one(77, networks=2), set()),
        (an_idle_one(77, networks=2, startDate=at(0)), set()),
        (an_idle_one(77, networks=0, ends=at(0)), set()),
        (an_idle_one(77, networks=0, status="canceled"), set()),
        (an_idle_one(77, networks=0, status="expired"), set()),
    ],
)
async def test_subscription_idle_has_each_once_and_each_reason(row: Row, reasons: set[str]) -> None:
    """With its ten seats; what is over is not idle."""
    once = {"subscriptions": 1, "seats": 10} if reasons else {}

    audited = await audit(subscribed(row))

    idle = NOTHING | once | dict.fromkeys(reasons, 1)
    assert audited.of("701")["subscription"]["idle"] == idle
    assert audited.totals["subscription"]["idle"] == idle


async def test_subscription_idle_is_no_seats_that_are_available() -> None:
    """Six of ten are, and the subscription is bound to networks."""
    told = (await audit(subscribed(an_idle_one(77, networks=2)))).totals["subscription"]

    assert (told["seats"]["available"], told["idle"]["seats"]) == (6, 0)


async def test_subscription_idle_is_unknown_where_nobody_says_how_many_networks() -> None:
    """Unless it is idle anyhow; and a shared one counts once."""
    untold, pending = an_idle_one(77, networks=None), an_idle_one(78, networks=None, account="pending")

    audited = await audit(subscribed(untold, pending), subscribed(untold, number="702"))

    idle = NOTHING | {"subscriptions": 1, "seats": 10, "pending": 1, "unknown": 1}
    assert audited.totals["subscription"]["idle"] == audited.of("701")["subscription"]["idle"] == idle
