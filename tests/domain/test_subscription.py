"""Subscriptions: sums, two readings of one, and what lies ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit
from auditor.domain.standing import Standing
from auditor.domain.subscription import (
    Seats,
    Subscription,
    SubscriptionAccount,
    Violation,
    ending_within,
    merged_violations,
    missing_by_sku,
    notes_on_standing,
    preferred,
    renewals_of,
    seats_by_sku,
    seats_of,
    subscription_outlook,
)
from tests.domain.builders import AS_OF, WINDOWS

SECOND = timedelta(seconds=1)
FAR = AS_OF + timedelta(days=400)


def a_subscription(subscription_id: str = "1", **changes: Any) -> Subscription:
    fields: dict[str, Any] = {
        "name": "Campus",
        "status": "active",
        "kind": "termed",
        "starts_at": AS_OF - timedelta(days=300),
        "ends_at": FAR,
        "renewal_requested": False,
        "organizations": 1,
        "seats": {"LIC-MS-100-S-E": Seats(10, 4, 6)},
    }
    return Subscription(subscription_id, **fields | changes)


def a_violation(
    product_class: str = "MS 100 Small", *, at: datetime | None = None, **missing: int
) -> Violation:
    return Violation(product_class, at, missing or {"LIC-MS-100-S-E": 2})


def outlook_of(*subscriptions: Subscription) -> Outlook:
    return subscription_outlook(SubscriptionAccount(subscriptions), WINDOWS)


instants = st.none() | st.sampled_from([AS_OF + timedelta(days=days) for days in (-1, 0, 1, 30, 90, 91)])
violations = st.builds(
    Violation,
    st.sampled_from(["MS", "MR"]),
    instants,
    st.dictionaries(st.sampled_from("AB"), st.none() | st.integers(0, 5)),
)
subscriptions = st.builds(
    a_subscription,
    status=st.sampled_from(["active", "canceled", "expired", "inactive", "out_of_compliance"]),
    ends_at=instants,
    organizations=st.none() | st.integers(0, 3),
    seats=st.dictionaries(st.sampled_from("AB"), st.builds(Seats, st.integers(0, 5), st.integers(0, 5))),
    violations=st.lists(violations, max_size=2).map(tuple),
)


def test_seats_add_up_by_sku() -> None:
    """Over subscriptions; each of the three figures by itself."""
    both = [
        a_subscription("1", seats={"A": Seats(10, 4, 6), "B": Seats(1, 1, 0)}),
        a_subscription("2", seats={"A": Seats(5, 5, 0), "B": None, "C": None}),
    ]

    assert seats_by_sku(both) == {"A": Seats(15, 9, 6), "B": Seats(1, 1, 0)}


def test_missing_seats_add_up_by_sku() -> None:
    """Over violations; what one of them does not say is not known of all."""
    assert missing_by_sku([a_violation(A=2, B=1), a_violation(A=3)]) == {"A": 5, "B": 1}
    assert missing_by_sku([Violation("MS", None, {"A": 2, "B": 0}), Violation("MR", None, {"A": None})]) == {
        "A": None
    }


def test_all_seats_are_those_that_can_be_read() -> None:
    """Nothing at all is nought; where nothing can be read, nothing is known."""
    read = a_subscription("1", seats={"A": Seats(10, 12, 0, 2), "B": None})
    unread = a_subscription("2", seats=None)

    assert seats_of([]) == seats_of([a_subscription(seats={})]) == Seats()
    assert seats_of([read, unread]) == Seats(10, 12, 0, 2)
    assert seats_of([unread]) is seats_of([a_subscription(seats={"B": None})]) is None
    assert [one.has_all_seats for one in (read, unread, a_subscription())] == [False, False, True]


@pytest.mark.parametrize(("organizations", "is_shared"), [(None, False), (0, False), (1, False), (2, True)])
def test_a_subscription_of_several_organizations_is_shared(
    organizations: int | None,
    is_shared: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """As far as the vendor says, or where it turned up in several."""
    assert a_subscription(organizations=organizations).is_shared is is_shared
    assert a_subscription(organizations=organizations, is_seen_shared=True).is_shared


@given(st.lists(violations, max_size=3), st.lists(violations, max_size=3))
def test_two_readings_of_violations_are_never_added(before: list[Violation], later: list[Violation]) -> None:
    """Of a product class those of the reading that misses more; the same reading twice changes nothing."""
    merged = merged_violations(before, later)

    assert merged_violations(before, before) == merged_violations(before, ())
    assert merged_violations(merged, later) == merged
    for product_class in ("MS", "MR"):
        readings = [
            [one for one in reading if one.product_class == product_class] for reading in (before, later)
        ]
        own = [one for one in merged if one.product_class == product_class]
        assert own in readings
        assert lacking(own) == max(map(lacking, readings))


def lacking(some: list[Violation]) -> int:
    return sum(count or 0 for one in some for count in one.missing.values())


@given(subscriptions, subscriptions, subscriptions)
def test_of_several_readings_the_same_is_kept_in_any_order(
    one: Subscription, two: Subscription, three: Subscription
) -> None:
    """Commutative, associative, idempotent; and it is one of those that were read."""
    assert preferred(one, two) == preferred(two, one)
    assert preferred(preferred(one, two), three) == preferred(one, preferred(two, three))
    assert preferred(one, one) is one
    assert preferred(one, two) in (one, two)


def test_a_reading_with_violations_is_kept() -> None:
    """Where compliance could not be read, none are known."""
    knowing = a_subscription(violations=(a_violation(),))

    assert preferred(a_subscription(name="Zebra"), knowing) is knowing


class TestOutlook:
    def test_without_any_subscription_the_standing_is_not_known(self) -> None:
        """Nothing can end, and nothing covers anything either."""
        assert outlook_of() == Outlook(None, ending_within={30: 0, 60: 0, 90: 0})

    @pytest.mark.parametrize(
        "waiting",
        [
            a_subscription(status="inactive", starts_at=AS_OF + timedelta(days=20)),
            a_subscription(status="active", starts_at=AS_OF + SECOND),
            a_subscription(status="inactive"),
            a_subscription(status="suspended"),
        ],
    )
    def test_what_does_not_run_today_is_no_live_subscription(self, waiting: Subscription) -> None:
        """One that has not begun, or whose status nobody knows, says nothing of today."""
        running = a_subscription("2")

        assert outlook_of(waiting).standing is None
        assert notes_on_standing([waiting], AS_OF) == {NoteKind.NO_LIVE_SUBSCRIPTION: 1}
        assert outlook_of(waiting, running).standing is Standing.OK
        assert notes_on_standing([waiting, running], AS_OF) == {}

    def test_a_violation_is_known_though_nothing_runs(self) -> None:
        """What is out of compliance is not calmer for the status of its subscription."""
        suspended = a_subscription(status="suspended", violations=(a_violation(at=AS_OF),))

        assert outlook_of(suspended).standing is Standing.DARK

    def test_one_that_starts_this_instant_runs(self) -> None:
        """The instant of reference is the first of its term."""
        assert outlook_of(a_subscription(starts_at=AS_OF)).standing is Standing.OK

    def test_a_live_subscription_without_an_end_leaves_open_whether_all_is_well(self) -> None:
        """Anything that is worse is known all the same."""
        endless = a_subscription(ends_at=None)
        ending = a_subscription("2", ends_at=AS_OF + SECOND)
        over = a_subscription("3", status="canceled", ends_at=None)

        assert outlook_of(endless, a_subscription("2")).standing is None
        assert outlook_of(endless, ending).standing is Standing.EXPIRING
        assert outlook_of(over, a_subscription("2")).standing is Standing.OK

    @pytest.mark.parametrize(
        ("ends_at", "standing"),
        [
            (None, None),
            (AS_OF + SECOND, Standing.EXPIRING),
            (WINDOWS.horizon, Standing.EXPIRING),
            (WINDOWS.horizon + SECOND, Standing.OK),
        ],
    )
    def test_one_that_ends_in_the_longest_window_is_expiring(
        self, ends_at: datetime | None, standing: Standing | None
    ) -> None:
        """The instant of reference lies before the window, the last one in it."""
        assert outlook_of(a_subscription(ends_at=ends_at)).standing is standing

    @pytest.mark.parametrize("status", ["canceled", "expired"])
    def test_what_is_over_neither_ends_nor_is_renewed(self, status: str) -> None:
        """Whatever its date says; of one that is in force the standing is told."""
        over = a_subscription(status=status, ends_at=AS_OF + timedelta(days=5))
        outlook = outlook_of(over, a_subscription("2", seats={}))

        assert outlook == Outlook(Standing.OK, ending_within={30: 0, 60: 0, 90: 0}, is_dark_known=True)

    @pytest.mark.parametrize(
        "over",
        [
            a_subscription(status="canceled"),
            a_subscription(status="expired"),
            a_subscription(status="active", ends_at=AS_OF),
            a_subscription(status="out_of_compliance", ends_at=AS_OF - SECOND),
        ],
    )
    def test_where_all_is_over_nothing_tells_the_standing(self, over: Subscription) -> None:
        """Which is noted: what covers the organization by then is not in the API."""
        assert outlook_of(over).standing is None
        assert outlook_of(over, a_subscription("2")).standing is Standing.OK
        assert notes_on_standing([over], AS_OF) == {NoteKind.NO_LIVE_SUBSCRIPTION: 1}
        assert notes_on_standing([over, a_subscription("2")], AS_OF) == {}
        assert notes_on_standing([], AS_OF) == {NoteKind.NO_LIVE_SUBSCRIPTION: 1}

    def test_out_of_compliance_without_a_violation_is_in_grace_since_nobody_knows_when(self) -> None:
        """No date follows from it; with a violation that decides."""
        untold = a_subscription(status="out_of_compliance")
        told = a_subscription("2", status="out_of_compliance", violations=(a_violation(at=AS_OF),))

        assert (outlook_of(untold).standing, outlook_of(untold).dark_dates) == (Standing.IN_GRACE, ())
        assert outlook_of(told).standing is Standing.DARK
        assert notes_on_standing([untold, told], AS_OF) == {NoteKind.COMPLIANCE_UNTOLD: 1}

    @pytest.mark.parametrize(
        ("grace_ends_at", "standing"),
        [
            (AS_OF, Standing.DARK),
            (AS_OF - SECOND, Standing.DARK),
            (AS_OF + SECOND, Standing.IN_GRACE),
            (FAR, Standing.IN_GRACE),
            (None, Standing.IN_GRACE),
        ],
    )
    def test_a_violation_is_in_grace_until_the_vendors_date(
        self, grace_ends_at: datetime | None, standing: Standing
    ) -> None:
        """Dark from that instant on; only a date that lies ahead is told."""
        outlook = outlook_of(a_subscription(violations=(a_violation(at=grace_ends_at),)))

        is_ahead = grace_ends_at is not None and grace_ends_at > AS_OF
        assert outlook.standing is standing
        assert outlook.soonest_dark_at == (grace_ends_at if is_ahead else None)
        assert len(outlook.dark_dates) == is_ahead

    def test_the_worst_of_all_counts(self) -> None:
        """One dark product class among much that is well."""
        dark = a_subscription("3", violations=(a_violation(at=AS_OF),))
        ending = a_subscription("2", ends_at=AS_OF + SECOND)

        assert outlook_of(a_subscription("1"), ending).standing is Standing.EXPIRING
        assert outlook_of(a_subscription("1"), ending, dark).standing is Standing.DARK

    def test_dark_dates_are_told_by_day_and_product_class(self) -> None:
        """With the seats that are missing, in order, and for certain."""
        near, later = datetime(2026, 3, 5, 8, tzinfo=UTC), datetime(2026, 3, 5, 20, tzinfo=UTC)
        outlook = outlook_of(
            a_subscription(
                "1", violations=(a_violation("MS", at=later, A=1, B=2), a_violation("MR", at=FAR, A=4))
            ),
            a_subscription(
                "2", violations=(a_violation("MS", at=near, A=5), a_violation("MX", at=near, A=1))
            ),
        )

        assert outlook.soonest_dark_at == near
        assert outlook.dark_dates == (
            DarkDate(date(2026, 3, 5), Standing.IN_GRACE, "MS", 8),
            DarkDate(date(2026, 3, 5), Standing.IN_GRACE, "MX", 1),
            DarkDate(FAR.date(), Standing.IN_GRACE, "MR", 4),
        )

    @pytest.mark.parametrize(("missing", "count"), [({}, None), ({"A": 2, "B": None}, None), ({"A": 0}, 0)])
    def test_what_goes_dark_has_no_count_where_no_quantity_can_be_read(
        self, missing: dict[str, int | None], count: int | None
    ) -> None:
        """Alone, and together with another of the same class and day."""
        violation = Violation("MS", FAR, missing)
        alone = outlook_of(a_subscription(violations=(violation,)))
        together = outlook_of(a_subscription(violations=(violation, a_violation("MS", at=FAR, A=3))))

        assert [one.count for one in alone.dark_dates] == [count]
        assert [one.count for one in together.dark_dates] == [None if count is None else count + 3]

    def test_without_compliance_nothing_tells_the_standing(self) -> None:
        """What ends, and when, is known all the same."""
        subscriptions = (a_subscription(ends_at=AS_OF + timedelta(days=40)),)
        account = SubscriptionAccount(subscriptions, is_compliance_known=False)
        outlook = subscription_outlook(account, WINDOWS)

        assert outlook.standing is None
        assert outlook.ending_within == {30: 0, 60: 1, 90: 1}
        assert outlook.renewals == {Renewal("LIC-MS-100-S-E", Unit.SEATS, 1): 10}

    def test_seats_to_renew_add_up_by_sku_and_month(self) -> None:
        """All that an SKU is limited to, not what is assigned of it."""
        outlook = outlook_of(
            a_subscription(
                "1",
                ends_at=AS_OF + timedelta(days=40),
                seats={"A": Seats(10, 1, 9), "B": Seats(), "C": None},
            ),
            a_subscription("2", ends_at=AS_OF + timedelta(days=41), seats={"A": Seats(5, 5, 0)}),
        )

        assert outlook.renewals == {Renewal("A", Unit.SEATS, 1): 15}

    @given(st.lists(subscriptions, max_size=4))
    def test_the_order_of_subscriptions_makes_no_difference(self, some: list[Subscription]) -> None:
        """It is a set."""
        assert outlook_of(*some) == outlook_of(*reversed(some))

    @given(st.lists(subscriptions, max_size=4))
    def test_the_outlook_is_made_of_the_parts(self, some: list[Subscription]) -> None:
        """What the report adds up over organizations is what is told of each."""
        outlook = outlook_of(*some)

        assert outlook.ending_within == ending_within(some, WINDOWS)
        assert sum(outlook.renewals.values()) == sum(sum(renewals_of(one, AS_OF).values()) for one in some)
