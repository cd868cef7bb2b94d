from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.idle import Burning, Idle, IdleFold, activation_of
from auditor.domain.license import License
from auditor.domain.reducer import LicenseFold
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license, claims, licenses

DAY = timedelta(days=1)


def idle_of(*rows: License) -> Idle:
    fold = LicenseFold(WINDOWS)
    fold.fold(PageOf(rows))
    return fold.tally.idle


def claimed(*starts: datetime | None) -> Idle:
    """Unused licenses that begin to burn at *starts*."""
    fold = IdleFold(WINDOWS)
    fold.add_unused([start and start - 90 * DAY for start in starts])
    return fold.idle


def after(days: float, seconds: float = 0) -> datetime:
    return AS_OF + timedelta(days=days, seconds=seconds)


class TestActivation:
    @pytest.mark.parametrize(
        ("start", "within", "overdue"),
        [
            (after(0), (0, 0, 0), 1),
            (after(0, 1), (1, 1, 1), 0),
            (after(30), (1, 1, 1), 0),
            (after(30, 1), (0, 1, 1), 0),
            (after(60), (0, 1, 1), 0),
            (after(90), (0, 0, 1), 0),
            (after(90, 1), (0, 0, 0), 0),
            (after(-400), (0, 0, 0), 1),
        ],
    )
    def test_a_start_is_overdue_or_in_its_windows_to_the_second(
        self, start: datetime, within: tuple[int, int, int], overdue: int
    ) -> None:
        """D8: (asOf, asOf + N days]; what should have begun by now is overdue."""
        idle = claimed(start)

        assert tuple(idle.activating_within.values()) == within
        assert idle.overdue == overdue
        assert idle.soonest == (None if overdue else start)

    def test_the_soonest_start_counts_all_of_its_day(self) -> None:
        """D8: of the same UTC day, and still ahead."""
        midnight = datetime(2026, 3, 6, tzinfo=UTC)
        starts = [midnight - timedelta(seconds=1), midnight, midnight + 0.5 * DAY, midnight + DAY, after(-1)]

        assert (claimed(*starts).soonest, claimed(*starts).soonest_count) == (starts[0], 1)
        assert (claimed(*starts[1:]).soonest, claimed(*starts[1:]).soonest_count) == (midnight, 2)

    def test_an_unreadable_claim_is_unclaimed_and_nothing_else(self) -> None:
        """D8: nobody knows when it begins."""
        assert claimed(None, None) == Idle(activating_within={30: 0, 60: 0, 90: 0}, unclaimed=2)

    def test_only_licenses_in_state_unused_wait_for_their_activation(self) -> None:
        """D8: the claim of any other is past."""
        rows = [
            a_license(id="1", state="active", claimed_at=AS_OF),
            a_license(id="2", state="unusedActive", claimed_at=AS_OF),
            a_license(id="3", state="unused", claimed_at=AS_OF, expires_at=None, activates_at=None),
        ]

        assert (idle_of(*rows).soonest, idle_of(*rows).soonest_count) == (after(90), 1)

    def test_an_unused_license_that_ends_soon_is_claimed_like_any_other(self) -> None:
        """Looked at whole or not, it counts once."""
        near = a_license(state="unused", claimed_at=AS_OF, expires_at=after(3))

        assert idle_of(near).activating_within == {30: 0, 60: 0, 90: 1}
        assert idle_of(near).unclaimed == 0

    def test_a_claim_at_the_end_of_time_begins_there(self) -> None:
        """No date of the vendor's can spoil a run."""
        last = datetime.max.replace(tzinfo=UTC)

        assert activation_of(last) == last
        assert claimed(after(1)).soonest == after(1)


class TestBurning:
    @pytest.mark.parametrize(
        ("begin", "end", "expected"),
        [
            (after(-10), after(20), Burning(1, 10, 20)),
            (after(-10, 1), after(20, -1), Burning(1, 9, 19)),  # whole days
            (after(1), after(20), Burning(1, 0, 20)),  # not begun, whatever its state
            (after(-20), after(-5), Burning(1, 20, 0)),
            (None, after(20), Burning(1, 0, 0, 1)),
            (after(-10), None, Burning(1, 0, 0, 1)),
        ],
    )
    def test_days_burned_and_left_are_whole_and_never_below_zero(
        self, begin: datetime | None, end: datetime | None, expected: Burning
    ) -> None:
        """D9: without either date it adds to neither sum."""
        row = a_license(state="unusedActive", activates_at=begin, expires_at=end, device_serial=None)

        assert idle_of(row).burning == {"MX64-ENT": expected}

    def test_burning_is_counted_by_type(self) -> None:
        """D9: each license on its own, then added."""
        same = {"state": "unusedActive", "activates_at": after(-3), "device_serial": None}
        rows = [
            a_license(id="1", expires_at=after(5), **same),
            a_license(id="2", expires_at=after(500), **same),
            a_license(id="3", license_type="MR-ENT", expires_at=after(7), **same),
        ]

        assert idle_of(*rows).burning == {"MX64-ENT": Burning(2, 6, 505), "MR-ENT": Burning(1, 3, 7)}


idles = (
    st.lists(licenses(), max_size=6).map(lambda rows: idle_of(*rows))
    | st.lists(claims(), max_size=4).map(lambda each: claimed(*(at and at + 90 * DAY for at in each)))
    | st.just(Idle())
)


def plain(idle: Idle) -> tuple[object, ...]:
    within = {days: count for days, count in idle.activating_within.items() if count}
    return idle.soonest, idle.soonest_count, within, idle.overdue, idle.unclaimed, dict(idle.burning)


class TestLaws:
    @settings(deadline=None)
    @given(idles, idles, idles)
    def test_sums_are_the_same_in_any_grouping_and_order(self, a: Idle, b: Idle, c: Idle) -> None:
        """Nothing added to something is that something."""
        assert (a + b) + c == a + (b + c)
        assert plain(a + b) == plain(b + a)
        assert plain(a + Idle()) == plain(a) == plain(Idle() + a)

    @settings(deadline=None)
    @given(st.lists(claims(), max_size=8), st.integers(0, 8))
    def test_parts_add_up_to_the_whole(self, each: Sequence[datetime | None], cut: int) -> None:
        """Where organizations or pages are cut is of no consequence, and a plain count agrees."""
        starts = [at and at + 90 * DAY for at in each]
        whole, parts = claimed(*starts), claimed(*starts[:cut]) + claimed(*starts[cut:])
        ahead = sorted(start for start in starts if start is not None and start > AS_OF)

        assert plain(whole) == plain(parts)
        assert whole.soonest == (ahead[0] if ahead else None)
        assert whole.soonest_count == sum(start.date() == ahead[0].date() for start in ahead)
        assert whole.overdue + len(ahead) + whole.unclaimed == len(each)

    def test_adding_keeps_the_earlier_instant_of_one_day(self) -> None:
        """Equal days add their counts; an earlier day wins alone."""
        noon, evening, tomorrow = claimed(after(5)), claimed(after(5.25)), claimed(after(6))

        assert ((noon + evening).soonest, (evening + noon).soonest_count) == (after(5), 2)
        assert ((tomorrow + evening).soonest, (evening + tomorrow).soonest_count) == (after(5.25), 1)
