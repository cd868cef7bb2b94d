from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auditor.simulator.truth.subscriptions import (
    distinct_of,
    mark_shared,
    sum_subscriptions,
    tell_renewals,
    tell_subscriptions,
)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NOTHING_IDLE = dict.fromkeys(("subscriptions", "seats", "noNetwork", "pending", "notStarted", "unknown"), 0)


def day(days: float, *, seconds: int = 0) -> str:
    """A date of the API so far from the reference time."""
    return (AS_OF + timedelta(days=days, seconds=seconds)).isoformat().replace("+00:00", "Z")


def a_row(own_id: str = "1", *, days: float = 400, seconds: int = 0, **changes: Any) -> dict[str, Any]:
    """An active subscription of one organization with ten seats, three of them free."""
    return {
        "subscriptionId": own_id,
        "name": f"Subscription {own_id}",
        "status": "active",
        "type": "termed",
        "startDate": day(-300),
        "endDate": day(days, seconds=seconds),
        "renewalRequested": False,
        "entitlements": [{"sku": "LIC-MR-E", "seats": {"assigned": 7, "available": 3, "limit": 10}}],
        "counts": {"organizations": 1},
    } | changes


def a_violation(own_id: str, *graces: str | None, quantity: int = 4) -> dict[str, Any]:
    """A compliance row with one violation of the class MR for each end of grace."""
    return {
        "subscription": {"id": own_id},
        "violations": {
            "byProductClass": [
                {
                    "productClass": "MR",
                    "gracePeriodEndsAt": grace,
                    "missing": {"entitlements": [{"sku": "LIC-MR-E", "quantity": quantity}]},
                }
                for grace in graces
            ]
        },
    }


@pytest.mark.parametrize(
    ("row", "standing"),
    [
        (a_row(days=90, seconds=1), "ok"),
        (a_row(days=90), "expiring"),
        (a_row(days=0, seconds=1), "expiring"),
        (a_row(days=0), None),
        (a_row(days=10, status="canceled"), None),
        (a_row(days=10, status="expired"), None),
        (a_row(days=400, status="out_of_compliance"), "inGrace"),
        (a_row(days=0, status="out_of_compliance"), None),
        (a_row(days=10, status="inactive"), None),
        (a_row(startDate=day(20)), None),
        (a_row(startDate=day(0)), "ok"),
    ],
)
def test_a_subscription_tells_the_standing(row: dict[str, Any], standing: str | None) -> None:
    """As long as it is in force: by its end, and by its status where no row of the statuses is its own."""
    told = tell_subscriptions([row], [], AS_OF)

    assert told["standing"] == standing
    assert told["dark"] == {"soonest": None, "known": standing not in {None, "inGrace"}, "dates": []}
    assert told["notes"] == {
        "complianceUntold": int(standing == "inGrace"),
        "noLiveSubscription": int(standing is None),
        "noSubscriptions": 0,
    }


def test_what_the_statuses_mention_is_not_untold() -> None:
    """Of two that are in force the one that is over tells nothing."""
    rows = [a_row("1", status="out_of_compliance"), a_row("2", days=0)]

    told = tell_subscriptions(rows, [a_violation("1", day(-1))], AS_OF)

    assert told["standing"] == "dark"
    assert told["notes"] == {"complianceUntold": 0, "noLiveSubscription": 0, "noSubscriptions": 0}


@pytest.mark.parametrize(
    ("grace", "standing"),
    [(day(0), "dark"), (day(0, seconds=1), "inGrace"), (None, "inGrace"), (day(-5), "dark")],
)
def test_a_violation_is_in_grace_until_the_vendors_own_date(grace: str | None, standing: str) -> None:
    """From that moment on its class is dark; without a date it is still in grace."""
    assert tell_subscriptions([a_row()], [a_violation("1", grace)], AS_OF)["standing"] == standing


def test_dark_dates_are_those_ahead_by_class() -> None:
    """Missing seats of one class and day add up over subscriptions."""
    compliance = [a_violation("1", day(5), day(-1), None), a_violation("2", day(5.5), day(9), quantity=1)]

    told = tell_subscriptions([a_row("1"), a_row("2")], compliance, AS_OF)

    assert told["standing"] == "dark"
    assert (told["dark"]["soonest"], told["dark"]["known"]) == (day(5), False)
    assert told["dark"]["dates"] == [
        {"date": "2026-03-06", "standing": "inGrace", "what": "MR", "count": 5, "estimate": False},
        {"date": "2026-03-10", "standing": "inGrace", "what": "MR", "count": 1, "estimate": False},
    ]


def test_one_subscription_is_told_whole() -> None:
    """Its dates, its seats by SKU, what it is missing, and whether others share it."""
    row = a_row("5", counts={"organizations": 3, "networks": 2}, renewalRequested=True)
    row |= {"smartAccount": {"status": "active"}, "renewalDate": day(390)}

    told = tell_subscriptions([row], [a_violation("5", day(5)), a_violation("6", day(1))], AS_OF)
    (one,) = told["subscription"]["subscriptions"]

    assert one == {
        "id": "5",
        "name": "Subscription 5",
        "status": "active",
        "type": "termed",
        "startsAt": day(-300),
        "endsAt": day(400),
        "renewalRequested": True,
        "organizations": 3,
        "shared": True,
        "networks": 2,
        "smartAccount": "active",
        "renewsAt": day(390),
        "seats": {"LIC-MR-E": {"limit": 10, "assigned": 7, "available": 3, "over": 0}},
        "violations": [{"productClass": "MR", "graceEndsAt": day(5), "missing": {"LIC-MR-E": 4}}],
    }


def test_more_assigned_than_the_limit_is_over_it() -> None:
    """Though the vendor writes that less than nothing is available."""
    seats = {"assigned": 15, "available": -5, "limit": 10}
    row = a_row(entitlements=[{"sku": "X", "seats": seats}, {"sku": "Y", "seats": {"limit": None}}])

    told = tell_subscriptions([row], [], AS_OF)["subscription"]

    over = {"limit": 10, "assigned": 15, "available": 0, "over": 5}
    assert told["subscriptions"][0]["seats"] == {"X": over, "Y": None}
    assert told["seats"] == over | {"unreadable": 1, "bySku": {"X": over}}


def test_without_a_list_of_seats_nothing_is_known_of_them() -> None:
    """Nor of how many organizations it spans; what others have adds up beside it."""
    bare = a_row("1")
    del bare["entitlements"], bare["counts"]

    told = tell_subscriptions([bare], [], AS_OF)["subscription"]

    (one,) = told["subscriptions"]
    assert (one["seats"], one["organizations"], one["shared"]) == (None, None, False)
    assert one["notes"] == {"unreadableCount": 1}
    assert (told["seats"]["limit"], told["seats"]["unreadable"]) == (None, 1)
    both = tell_subscriptions([bare, a_row("2")], [], AS_OF)["subscription"]
    assert (both["seats"]["limit"], both["seats"]["unreadable"]) == (10, 1)


def test_a_violation_without_a_quantity_has_no_count() -> None:
    """Nothing is named, or the quantity is null."""
    unquantified = a_violation("1", day(5))
    violation = unquantified["violations"]["byProductClass"][0]
    violation["missing"]["entitlements"][0]["quantity"] = None

    told = tell_subscriptions([a_row()], [unquantified], AS_OF)
    assert told["dark"]["dates"][0]["count"] is None
    assert told["subscription"]["violations"]["missing"] == {"LIC-MR-E": None}
    assert told["subscription"]["subscriptions"][0]["notes"] == {"unreadableCount": 1}
    violation["missing"]["entitlements"] = []
    assert tell_subscriptions([a_row()], [unquantified], AS_OF)["dark"]["dates"][0]["count"] is None


def test_a_subscription_that_turns_up_in_several_organizations_is_shared() -> None:
    """Although its row does not state how many it spans; one that turns up once is not."""
    bare, own = a_row("1"), a_row("2")
    del bare["counts"]
    blocks = [tell_subscriptions(rows, [], AS_OF)["subscription"] for rows in ([bare, own], [bare])]

    mark_shared(blocks)

    assert [[one["shared"] for one in block["subscriptions"]] for block in blocks] == [[True, False], [True]]
    assert [block["shared"] for block in blocks] == [1, 1]


def test_a_spanning_subscription_counts_once_in_the_sums() -> None:
    """In full in each of its organizations, once over all, seats and violations too."""
    spanning = a_row("1", counts={"organizations": 2}, days=20)
    compliance = [a_violation("1", day(5))]
    one = tell_subscriptions([spanning, a_row("2")], compliance, AS_OF)["subscription"]
    other = tell_subscriptions([spanning], compliance, AS_OF)["subscription"]

    told = sum_subscriptions(2, [*one["subscriptions"], *other["subscriptions"]], AS_OF)

    assert (one["seats"]["limit"], other["seats"]["limit"], told["seats"]["limit"]) == (20, 10, 20)
    assert told == {
        "organizations": 2,
        "total": 2,
        "shared": 1,
        "endingWithin": {"30": 1, "60": 1, "90": 1},
        "seats": {
            "limit": 20,
            "assigned": 14,
            "available": 6,
            "over": 0,
            "unreadable": 0,
            "bySku": {"LIC-MR-E": {"limit": 20, "assigned": 14, "available": 6, "over": 0}},
        },
        "idle": NOTHING_IDLE | {"unknown": 2},
        "violations": {"productClasses": 1, "missing": {"LIC-MR-E": 4}, "unknown": 0},
        "skus": {"LIC-MR-E": None},
        "byStatus": {"active": 2},
        "byType": {"termed": 2},
        "renewalRequested": 0,
    }


def test_skus_are_told_by_the_list_of_entitlements() -> None:
    """Those with seats and those that are missing; one that is not in the list is null."""
    violation = a_violation("1", day(5))
    missing = violation["violations"]["byProductClass"][0]["missing"]["entitlements"]
    missing.append({"sku": "X", "quantity": 1})
    facts = {"name": "MR", "featureTier": "essentials", "isAddOn": False}
    listed = [{"sku": "LIC-MR-E", **facts}, {"sku": "LIC-MV-E", **facts}]

    one = tell_subscriptions([a_row("1")], [violation], AS_OF, listed)["subscription"]
    told = sum_subscriptions(1, one["subscriptions"], AS_OF, listed)

    assert one["skus"] == told["skus"] == {"LIC-MR-E": facts, "X": None}


def test_renewals_are_seats_and_count_each_subscription_once() -> None:
    """In the month of its end, for what is neither canceled nor over."""
    rows = [a_row("1", days=20), a_row("2", days=21), a_row("3", days=20, status="canceled")]
    told = tell_subscriptions(rows, [], AS_OF)["subscription"]["subscriptions"]

    assert tell_renewals([*told, *told], AS_OF) == {("LIC-MR-E", "seats", "2026-03"): 20}
    assert len(distinct_of([*told, *told])) == 3


def test_an_end_that_is_not_stated_leaves_open_whether_all_is_well() -> None:
    """Of a subscription that runs; what ends soon is known beside it."""
    endless, over = a_row("1", endDate=None), a_row("2", endDate=None, status="canceled")

    assert tell_subscriptions([endless, a_row("2")], [], AS_OF)["standing"] is None
    assert tell_subscriptions([endless, a_row("2", days=5)], [], AS_OF)["standing"] == "expiring"
    assert tell_subscriptions([over, a_row("1")], [], AS_OF)["standing"] == "ok"


def test_a_violation_is_known_though_nothing_runs() -> None:
    """A status that nobody knows makes it no calmer."""
    told = tell_subscriptions([a_row(status="suspended")], [a_violation("1", day(0))], AS_OF)

    assert (told["standing"], told["notes"]["noLiveSubscription"]) == ("dark", 1)


def test_without_subscriptions_the_standing_is_not_known() -> None:
    """Zeros under every name."""
    told = tell_subscriptions([], [], AS_OF)

    assert told["standing"] is None
    assert (told["notes"]["noSubscriptions"], told["notes"]["noLiveSubscription"]) == (1, 1)
    assert told["subscription"] == {
        "total": 0,
        "shared": 0,
        "byStatus": {},
        "byType": {},
        "renewalRequested": 0,
        "endingWithin": {"30": 0, "60": 0, "90": 0},
        "seats": {"limit": 0, "assigned": 0, "available": 0, "over": 0, "unreadable": 0, "bySku": {}},
        "idle": NOTHING_IDLE,
        "skus": {},
        "violations": {"productClasses": 0, "missing": {}},
        "subscriptions": [],
    }


def idle_of(*rows: dict[str, Any]) -> dict[str, Any]:
    """What of *rows* lies idle, without the noughts."""
    idle = tell_subscriptions(rows, [], AS_OF)["subscription"]["idle"]
    return {key: count for key, count in idle.items() if count != 0}


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({}, {}),
        ({"counts": {"networks": 0}}, {"noNetwork": 1}),
        ({"counts": {"networks": None}, "smartAccount": {"status": "pending"}}, {"pending": 1}),
        ({"startDate": day(0, seconds=1)}, {"notStarted": 1}),
        ({"startDate": day(0)}, {}),
        ({"status": "inactive"}, {"notStarted": 1}),
        ({"counts": {"networks": 0}, "status": "inactive"}, {"noNetwork": 1, "notStarted": 1}),
        ({"counts": {"networks": 0}, "status": "expired"}, {}),
        ({"counts": {"networks": 0}, "endDate": day(0)}, {}),
    ],
)
def test_a_subscription_is_idle_for_a_reason(changes: dict[str, Any], idle: dict[str, int]) -> None:
    """Once, with its limit, however many reasons it has; one that is over for none."""
    once = {"subscriptions": 1, "seats": 10} if idle else {}

    assert idle_of(a_row("1", **{"counts": {"networks": 2}} | changes)) == once | idle


def test_what_cannot_be_read_of_idle_subscriptions_is_unknown() -> None:
    """How many networks one is bound to, or what it is limited to."""
    unread = a_row("1", counts={"networks": 0}, entitlements=None)

    assert idle_of(a_row("2", counts={})) == {"unknown": 1}
    assert idle_of(unread) == {"subscriptions": 1, "seats": None, "noNetwork": 1}
    assert idle_of(unread, a_row("2", counts={"networks": 0})) == {
        "subscriptions": 2,
        "seats": 10,
        "noNetwork": 2,
    }
