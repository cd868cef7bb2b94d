"""Co-termination: keys counted once, sums that do not depend on order, and what lies ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.co_term import (
    CoTermAccount,
    CoTermKey,
    CoTermKeys,
    CoTermOverview,
    CoTermTotals,
    KeysFold,
    co_term_outlook,
    counts_seats,
    over_limit_dark_at,
)
from auditor.domain.device_use import DeviceUse, FamilyUse
from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit
from auditor.domain.standing import GRACE, Standing
from tests.domain.builders import AS_OF, WINDOWS

SECOND = timedelta(seconds=1)
MODELS = st.sampled_from(["MX64", "MR-ADV", "MV", "SM"])
counts = st.dictionaries(MODELS, st.integers(0, 9), max_size=3)


def a_key(key: str | None = "Z2AA-0000-0001", **changes: Any) -> CoTermKey:
    fields: dict[str, Any] = {
        "mode": "renew",
        "is_invalidated": False,
        "is_expired": False,
        "editions": ("appliance Enterprise",),
        "devices": {"MX64": 2},
    }
    return CoTermKey(key, **fields | changes)


def outlook_of(status: str | None, expires_at: datetime | None, **licensed: int) -> Outlook:
    account = CoTermAccount(CoTermOverview(status, expires_at, licensed or {"MX64": 3}))
    return co_term_outlook(account, WINDOWS)


keys = st.builds(
    CoTermKey,
    key=st.none() | st.integers(0, 6).map(str),
    mode=st.sampled_from(["renew", "addDevices"]),
    is_invalidated=st.none() | st.booleans(),
    is_expired=st.none() | st.booleans(),
    editions=st.lists(st.sampled_from(["wireless Advanced", "switch Enterprise"]), max_size=3).map(tuple),
    devices=counts,
)
uses = st.builds(
    DeviceUse.of,
    st.dictionaries(MODELS, st.builds(FamilyUse, st.integers(0, 9), st.integers(0, 9))),
    unmatched=counts,
)
accounts = st.builds(
    CoTermAccount,
    st.builds(
        CoTermOverview, st.sampled_from([None, "OK", "License Required"]), st.none() | st.just(AS_OF), counts
    ),
    st.none() | st.lists(keys, max_size=4).map(CoTermKeys.of),
    st.none() | uses,
)


class TestKeys:
    def test_only_live_keys_count_devices_and_editions(self) -> None:
        """All keys are counted by mode; one that is both invalidated and expired counts under each."""
        both = a_key("2", is_invalidated=True, is_expired=True, mode="addDevices", devices={"MV": 7})
        editions = ("appliance Enterprise", "wireless Advanced", "wireless Advanced")
        bundle = a_key("3", editions=editions, devices={"MX64": 1})

        assert CoTermKeys.of([a_key("1"), both, bundle]) == CoTermKeys(
            total=3,
            live=2,
            invalidated=1,
            expired=1,
            by_mode={"renew": 2, "addDevices": 1},
            by_edition={"appliance Enterprise": 2, "wireless Advanced": 1},
            devices_by_model={"MX64": 3},
        )

    @pytest.mark.parametrize("unsaid", [{"is_invalidated": None}, {"is_expired": None}])
    def test_a_key_is_live_only_where_the_vendor_says_so(self, unsaid: dict[str, None]) -> None:
        """What is not told is in the total alone."""
        told = CoTermKeys.of([a_key(**unsaid)])

        assert (told.total, told.live, told.invalidated, told.expired) == (1, 0, 0, 0)

    def test_a_key_that_comes_twice_counts_once(self) -> None:
        """Within a page and across pages; keys without a text count every time."""
        fold = KeysFold()

        assert fold.fold([a_key("1"), a_key("1"), a_key(None)], notes={NoteKind.MISSING_ID: 1}) == 2
        assert fold.fold([a_key("1"), a_key(None)], notes={NoteKind.MISSING_ID: 1}) == 1
        assert fold.keys.total == 3
        assert fold.notes == {NoteKind.MISSING_ID: 2, NoteKind.DUPLICATE_LICENSE: 2}

    def test_the_text_of_a_key_is_not_shown(self) -> None:
        """It is worth money."""
        assert "Z2AA" not in repr(a_key())

    @given(st.lists(keys, max_size=10), st.integers(0, 10))
    def test_where_the_pages_are_cut_makes_no_difference(self, rows: list[CoTermKey], cut: int) -> None:
        """One page or two."""
        whole, parts = KeysFold(), KeysFold()
        whole.fold(rows, notes={})
        new = parts.fold(rows[:cut], notes={}) + parts.fold(rows[cut:], notes={})

        assert parts.keys == whole.keys
        assert +parts.notes == +whole.notes
        assert new == whole.keys.total


class TestTotals:
    @given(accounts, accounts, accounts)
    def test_sums_do_not_depend_on_order_or_grouping(
        self, one: CoTermAccount, two: CoTermAccount, three: CoTermAccount
    ) -> None:
        """Associative, commutative, with a zero."""
        left, middle, right = map(CoTermTotals.of, (one, two, three))

        assert (left + middle) + right == left + (middle + right)
        assert left + right == right + left
        assert left + CoTermTotals() == left == CoTermTotals() + left

    def test_what_was_not_asked_for_is_counted_as_such(self) -> None:
        """No keys and no devices are not zero keys and zero devices."""
        known = CoTermAccount(CoTermOverview("OK", None, {"MV": 2}), CoTermKeys.of([a_key()]), DeviceUse())
        totals = CoTermTotals.of(known) + CoTermTotals.of(CoTermAccount(CoTermOverview(None, None)))

        assert (totals.organizations, totals.without_keys, totals.without_use) == (2, 1, 1)
        assert totals.by_status == {"OK": 1, "unknown": 1}
        assert totals.keys.total == 1

    def test_what_cannot_be_read_is_in_no_sum(self) -> None:
        """Devices, seats and what is used of limits that nobody knows; of how many is counted."""
        use = DeviceUse.of({}, unmatched={"MV12": 3}, is_whole=False)
        unread = CoTermOverview("OK", None, {"SM": 5}, knows_devices=False)
        without_seats = CoTermOverview("OK", None, {"MV": 3}, knows_seats=False)
        totals = CoTermTotals.of(CoTermAccount(unread, use=use)) + CoTermTotals.of(
            CoTermAccount(without_seats, use=DeviceUse())
        )

        assert (unread.devices, unread.seats) == (None, 5)
        assert (without_seats.devices, without_seats.seats) == ({"MV": 3}, None)
        assert (totals.licensed, totals.without_devices) == ({"MV": 3}, 1)
        assert (totals.seats, totals.without_seats) == (5, 1)
        assert (totals.use, totals.without_use) == (DeviceUse(), 1)

    def test_seats_are_no_devices(self) -> None:
        """Whatever the vendor calls them; both add up, each for itself."""
        licensed = {"MV": 3, "SM": 5, "sme": 7, "systemsManager": 11}
        totals = CoTermTotals.of(CoTermAccount(CoTermOverview("OK", None, licensed)))

        assert (totals.licensed, totals.seats) == ({"MV": 3}, 23)
        assert ((totals + totals).licensed, (totals + totals).seats) == ({"MV": 6}, 46)


@pytest.mark.parametrize(
    ("name", "is_seats"),
    [
        *(
            (name, True)
            for name in ("SM", "sm", " SM ", "SME", "SM-ENT", "systemsManager", "Systems Manager")
        ),
        *((name, False) for name in ("MS120-8LP", "SMX", "MS", "MX64", "")),
    ],
)
def test_systems_manager_is_known_by_its_names(name: str, *, is_seats: bool) -> None:
    """In any case; nothing that only begins like it."""
    assert counts_seats(name) is is_seats


OVER = DeviceUse.of({"MV": FamilyUse(1, 3)}, unmatched={})


class TestOverLimit:
    @pytest.mark.parametrize(
        ("status", "expires_at", "dark_at"),
        [
            ("N/A", None, AS_OF + GRACE),
            ("OK", AS_OF + timedelta(days=800), AS_OF + GRACE),
            ("OK", AS_OF + SECOND, AS_OF + GRACE),
            ("OK", AS_OF, AS_OF + GRACE),
            ("OK", AS_OF - timedelta(days=10), AS_OF + timedelta(days=20)),
            ("License Required", AS_OF - timedelta(days=10), AS_OF + timedelta(days=20)),
            ("License Required", AS_OF + timedelta(days=10), AS_OF + GRACE),
            ("License Required", AS_OF - GRACE + SECOND, AS_OF + SECOND),
            ("License Required", AS_OF - GRACE, None),
            ("OK", AS_OF - timedelta(days=300), None),
        ],
    )
    def test_the_limit_is_no_longer_grace_than_the_date(
        self, status: str, expires_at: datetime | None, dark_at: datetime | None
    ) -> None:
        """Thirty days from now at the latest, the organization's own dark date where it is sooner."""
        account = CoTermAccount(CoTermOverview(status, expires_at, {"MV": 1}), use=OVER)

        assert over_limit_dark_at(account, WINDOWS) == dark_at

    @pytest.mark.parametrize(
        ("days", "dark_at"), [(-300, None), (-10, AS_OF + timedelta(days=20)), (800, AS_OF + GRACE)]
    )
    def test_the_date_counts_beside_a_status_that_nobody_knows(
        self, days: int, dark_at: datetime | None
    ) -> None:
        """Neither of them puts a date into the past."""
        overview = CoTermOverview("Expired", AS_OF + timedelta(days=days), {"MV": 1})

        assert over_limit_dark_at(CoTermAccount(overview, use=OVER), WINDOWS) == dark_at

    @pytest.mark.parametrize("use", [None, DeviceUse.of({"MV": FamilyUse(3, 3)}, unmatched={"MX64": 1})])
    def test_without_more_than_is_licensed_there_is_no_date(self, use: DeviceUse | None) -> None:
        """Also where nobody knows."""
        overview = CoTermOverview("OK", AS_OF + timedelta(days=800), {"MV": 3})

        assert over_limit_dark_at(CoTermAccount(overview, use=use), WINDOWS) is None

    def test_devices_without_any_license_leave_the_standing_unknown(self) -> None:
        """Nothing is licensed, so nothing ends, and yet they may be shut down."""
        use = DeviceUse.of({"wireless": FamilyUse(0, 5)}, unmatched={})
        account = CoTermAccount(CoTermOverview("N/A", None), use=use)

        assert co_term_outlook(account, WINDOWS).standing is None
        assert (use.over_limit, over_limit_dark_at(account, WINDOWS)) == (5, AS_OF + GRACE)


class TestOutlook:
    @pytest.mark.parametrize(
        ("expires_at", "standing"),
        [
            (WINDOWS.horizon + SECOND, Standing.OK),
            (WINDOWS.horizon, Standing.EXPIRING),
            (AS_OF + SECOND, Standing.EXPIRING),
            (AS_OF, Standing.IN_GRACE),
            (AS_OF - GRACE + SECOND, Standing.IN_GRACE),
            (AS_OF - GRACE, Standing.DARK),
        ],
    )
    def test_the_end_decides_where_the_vendor_asks_for_nothing(
        self, expires_at: datetime, standing: Standing
    ) -> None:
        """And 30 days later the whole organization goes dark, once, and for certain."""
        outlook = outlook_of("OK", expires_at)

        assert outlook.standing is standing
        if standing in {Standing.OK, Standing.DARK}:
            assert (outlook.soonest_dark_at, outlook.dark_dates) == (None, ())
        else:
            dark_at = expires_at + GRACE
            assert outlook.soonest_dark_at == dark_at
            assert outlook.dark_dates == (DarkDate(dark_at.date(), standing, None, 1),)

    @pytest.mark.parametrize("status", ["License Required", "LICENSE REQUIRED", "license required "])
    @pytest.mark.parametrize("expires_at", [None, AS_OF + timedelta(days=365), AS_OF + SECOND])
    def test_a_missing_license_is_in_grace_whatever_the_date_says(
        self, status: str, expires_at: datetime | None
    ) -> None:
        """Since when is not told, so that it goes dark 30 days from now at the latest."""
        outlook = outlook_of(status, expires_at)

        assert outlook.standing is Standing.IN_GRACE
        assert outlook.soonest_dark_at == AS_OF + GRACE
        assert outlook.dark_dates == (DarkDate(date(2026, 3, 31), Standing.IN_GRACE, None, 1, True),)

    def test_an_end_that_has_passed_tells_more_than_a_missing_license(self) -> None:
        """The date is known then, and no estimate."""
        outlook = outlook_of("License Required", AS_OF - timedelta(days=10))

        assert outlook.soonest_dark_at == AS_OF + timedelta(days=20)
        assert not outlook.dark_dates[0].is_estimate
        assert not outlook_of("License Required", AS_OF).dark_dates[0].is_estimate
        assert outlook_of("License Required", AS_OF - GRACE).standing is Standing.DARK

    @pytest.mark.parametrize("status", ["License expired", "Expired", "expiring", "OK!", " "])
    @pytest.mark.parametrize("days", [-300, -10, 20, 800, None])
    def test_a_status_that_nobody_knows_leaves_no_standing_whatever_the_date(
        self, status: str, days: int | None
    ) -> None:
        """It could mean anything; nothing goes dark by it either."""
        outlook = outlook_of(status, None if days is None else AS_OF + timedelta(days=days))

        assert (outlook.standing, outlook.soonest_dark_at, outlook.dark_dates) == (None, None, ())

    @pytest.mark.parametrize("status", ["OK", " ok ", "Warning", "N/A"])
    def test_by_a_status_that_is_known_the_date_decides(self, status: str) -> None:
        """In any case, with blanks around it or without."""
        assert outlook_of(status, AS_OF + timedelta(days=800)).standing is Standing.OK
        assert outlook_of(status, AS_OF - timedelta(days=800)).standing is Standing.DARK

    @pytest.mark.parametrize(
        ("days", "standing"),
        [(800, None), (20, Standing.EXPIRING), (-10, Standing.IN_GRACE), (-300, Standing.DARK)],
    )
    def test_without_a_status_the_date_shows_harm_and_never_that_all_is_well(
        self, days: int, standing: Standing | None
    ) -> None:
        """An organization may be over its limit long before its date."""
        outlook = outlook_of(None, AS_OF + timedelta(days=days))

        assert (outlook.standing, outlook.is_dark_known) == (standing, standing is Standing.DARK)

    @pytest.mark.parametrize(
        ("use", "standing"),
        [
            (DeviceUse(), Standing.OK),
            (None, None),
            (DeviceUse.of({}, unmatched={"MR33": 3}), None),
            (DeviceUse.of({"MV": FamilyUse(0, 1)}, unmatched={}), None),
        ],
    )
    def test_without_a_date_nothing_may_be_in_use(
        self, use: DeviceUse | None, standing: Standing | None
    ) -> None:
        """An inventory that was not read is no sign that there is nothing."""
        account = CoTermAccount(CoTermOverview("N/A", None), use=use)

        outlook = co_term_outlook(account, WINDOWS)
        is_known = standing is not None
        assert outlook == Outlook(standing, ending_within={30: 0, 60: 0, 90: 0}, is_dark_known=is_known)

    @pytest.mark.parametrize(
        ("overview", "standing"),
        [
            (CoTermOverview("N/A", None), Standing.OK),
            (CoTermOverview("N/A", None, {"MV": 0}), Standing.OK),
            (CoTermOverview(None, None), None),
            (CoTermOverview("OK", None, {"MV": 1}), None),
            (CoTermOverview("OK", None, {"SM": 1}), None),
            (CoTermOverview("OK", None, {"MV": 1}, notes={NoteKind.UNREADABLE_DATE: 1}), None),
            (CoTermOverview("OK", None, knows_devices=False), None),
            (CoTermOverview("OK", None, knows_seats=False), None),
        ],
    )
    def test_without_a_date_only_what_is_empty_is_well(
        self, overview: CoTermOverview, standing: Standing | None
    ) -> None:
        """Counts that cannot be read are no sign of emptiness."""
        outlook = co_term_outlook(CoTermAccount(overview, use=DeviceUse()), WINDOWS)

        is_known = standing is not None
        assert outlook == Outlook(standing, ending_within={30: 0, 60: 0, 90: 0}, is_dark_known=is_known)

    @pytest.mark.parametrize(
        ("expires_at", "within"),
        [
            (AS_OF, {30: 0, 60: 0, 90: 0}),
            (AS_OF + SECOND, {30: 1, 60: 1, 90: 1}),
            (AS_OF + timedelta(days=30), {30: 1, 60: 1, 90: 1}),
            (AS_OF + timedelta(days=30, seconds=1), {30: 0, 60: 1, 90: 1}),
            (AS_OF + timedelta(days=91), {30: 0, 60: 0, 90: 0}),
        ],
    )
    def test_the_organization_ends_within_windows(self, expires_at: datetime, within: dict[int, int]) -> None:
        """Half-open: not at the reference time, still at the last instant."""
        assert outlook_of("OK", expires_at).ending_within == within

    @pytest.mark.parametrize(
        ("expires_at", "month"),
        [
            (AS_OF, None),
            (AS_OF + SECOND, 0),
            (datetime(2026, 4, 1, tzinfo=UTC), 1),
            (datetime(2029, 2, 28, tzinfo=UTC), 35),
            (datetime(2029, 3, 1, tzinfo=UTC), None),
        ],
    )
    def test_devices_are_renewed_when_the_organization_ends(
        self, expires_at: datetime, month: int | None
    ) -> None:
        """Under the vendor's own names, in one of 36 months."""
        renewals = outlook_of("OK", expires_at, MV=3, MX64=0).renewals

        assert renewals == ({} if month is None else {Renewal("MV", Unit.DEVICES, month): 3})

    @pytest.mark.parametrize(
        ("days", "standing"),
        [(800, None), (20, Standing.EXPIRING), (-10, Standing.IN_GRACE), (-300, Standing.DARK)],
    )
    @pytest.mark.parametrize("unread", ["knows_devices", "knows_seats"])
    def test_counts_that_cannot_be_read_never_amount_to_ok(
        self, unread: str, days: int, standing: Standing | None
    ) -> None:
        """The date shows harm all the same; what is licensed is no renewal."""
        end = AS_OF + timedelta(days=days)
        changes: dict[str, Any] = {unread: False}
        overview = replace(CoTermOverview("OK", end), **changes)
        outlook = co_term_outlook(CoTermAccount(overview, use=DeviceUse()), WINDOWS)

        assert (outlook.standing, outlook.renewals) == (standing, {})
        assert outlook.is_dark_known is (standing is Standing.DARK)

    def test_a_license_that_is_required_is_so_without_any_count(self) -> None:
        """The vendor says it."""
        overview = CoTermOverview("License Required", None, knows_devices=False)

        assert co_term_outlook(CoTermAccount(overview), WINDOWS).standing is Standing.IN_GRACE

    def test_seats_are_renewed_as_seats(self) -> None:
        """Under one name, however the overview spells them."""
        renewals = outlook_of("OK", AS_OF + SECOND, MV=3, SM=20, systemsManager=5).renewals

        assert renewals == {Renewal("MV", Unit.DEVICES, 0): 3, Renewal("SM", Unit.SEATS, 0): 25}

    def test_a_date_at_the_end_of_time_is_no_crash(self) -> None:
        """Whoever wrote it meant never."""
        assert outlook_of("OK", datetime.max.replace(tzinfo=UTC)).standing is Standing.OK
