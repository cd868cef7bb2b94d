from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.counts import added
from auditor.domain.license import License, LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.overview import completed
from auditor.domain.reducer import LicenseFold, Tally
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license, licenses, overviews


def tally_of(*pages: list[License]) -> Tally:
    fold = LicenseFold(WINDOWS)
    for page in pages:
        fold.fold(PageOf(page))
    return fold.tally


def tallies() -> st.SearchStrategy[Tally]:
    """Of organizations that were read in full, by state, or not at all."""
    read = st.lists(licenses(), max_size=6).map(tally_of)
    return read | st.builds(completed, read | st.just(Tally()), overviews())


def plain(tally: Tally) -> tuple[object, ...]:
    """A tally as a comparable value in which a missing count and a zero are the same."""
    maps = (
        tally.by_type_and_state,
        tally.untyped,
        tally.expiring_within,
        tally.seats_by_state,
        tally.notes,
    )
    idle = tally.idle
    starts = {days: count for days, count in idle.activating_within.items() if count}
    return (
        *({k: v for k, v in m.items() if v} for m in maps),
        tally.seat_licenses,
        tally.seats_as_summed,
        replace(idle, activating_within=starts, burning=dict(idle.burning)),
    )


class TestTally:
    @given(tallies(), tallies(), tallies())
    def test_merging_is_associative(self, a: Tally, b: Tally, c: Tally) -> None:
        """However partial results are grouped, their sum is the same."""
        assert (a + b) + c == a + (b + c)

    @given(tallies(), tallies())
    def test_merging_is_commutative(self, a: Tally, b: Tally) -> None:
        """In whatever order partial results arrive, their sum is the same."""
        assert plain(a + b) == plain(b + a)

    @given(tallies())
    def test_the_empty_tally_is_zero(self, a: Tally) -> None:
        """Adding nothing changes nothing, on either side."""
        assert plain(a + Tally()) == plain(a) == plain(Tally() + a)

    @given(tallies())
    def test_every_view_adds_up_to_the_total(self, a: Tally) -> None:
        """Counts by state and counts by type are the same licenses, but for those that were never read."""
        assert sum(a.by_state.values()) == a.total
        typed = sum(n for states in a.by_type.values() for n in states.values())
        assert typed + sum(a.untyped.values()) == a.total

    @given(tallies(), tallies())
    def test_the_views_of_a_sum_are_the_sums_of_the_views(self, a: Tally, b: Tally) -> None:
        """Totals are what the organizations add up to."""
        both = a + b

        assert both.total == a.total + b.total
        assert both.seats == a.seats + b.seats
        assert both.by_state == added(a.by_state, b.by_state)

    def test_seats_of_which_nobody_knows_stay_unknown(self) -> None:
        """Unknown and unknown is unknown; unknown and five is five."""
        five = Tally(seats_as_summed=5)

        assert (Tally() + Tally()).seats_as_summed is None
        assert (five + Tally()).seats_as_summed == (Tally() + five).seats_as_summed == 5
        assert (five + five).seats_as_summed == 10

    def test_known_states_come_first_and_are_present_even_when_zero(self) -> None:
        """A reader finds every state of the API, then whatever else occurred, by name."""
        tally = tally_of([a_license(id="1", state="zombie"), a_license(id="2", state="asleep")])

        assert list(tally.by_state) == [*LicenseState, "asleep", "zombie"]
        assert tally.by_state["active"] == 0


class TestLicenseFold:
    @given(st.lists(licenses(), max_size=20), st.data())
    def test_the_split_into_pages_never_changes_the_tally(
        self, rows: list[License], data: st.DataObject
    ) -> None:
        """Where the vendor cuts its pages is of no consequence."""
        cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
        pages = [rows[start:end] for start, end in pairwise([0, *cuts, len(rows)])]

        assert plain(tally_of(*pages)) == plain(tally_of(rows))

    @given(st.lists(licenses(), max_size=20, unique_by=lambda one: one.id or object()), st.randoms())
    def test_the_order_of_distinct_licenses_never_changes_the_tally(
        self, rows: list[License], rng: object
    ) -> None:
        """Pages in any order, rows in any order: the counts are the same."""
        shuffled = list(rows)
        rng.shuffle(shuffled)  # type: ignore[attr-defined]

        assert plain(tally_of(shuffled)) == plain(tally_of(rows))

    @given(st.lists(licenses(), max_size=20))
    def test_states_are_counted_as_a_naive_count_would(self, rows: list[License]) -> None:
        """The first row of each id counts, and every row without one."""
        seen: set[str] = set()
        naive: Counter[str] = Counter()
        for row in rows:
            if row.id is None or row.id not in seen:
                naive[row.state] += 1
            seen |= {row.id} if row.id is not None else set()

        assert {state: n for state, n in tally_of(rows).by_state.items() if n} == dict(naive)

    def test_a_license_listed_on_two_pages_counts_once_and_is_noted(self) -> None:
        """A list that shifts while it is read must not inflate the counts."""
        tally = tally_of([a_license(id="1"), a_license(id="2")], [a_license(id="2"), a_license(id="3")])

        assert tally.total == 3
        assert tally.notes[NoteKind.DUPLICATE_LICENSE] == 1

    def test_fold_tells_how_many_rows_were_new(self) -> None:
        """A walk that brings nothing new can be recognised."""
        fold = LicenseFold(WINDOWS)

        assert fold.fold(PageOf([a_license(id="1"), a_license(id="2")])) == 2
        assert fold.fold(PageOf([a_license(id="1"), a_license(id="2")])) == 0

    def test_a_license_without_id_counts_every_time(self) -> None:
        """What cannot be recognised is not dropped."""
        assert tally_of([a_license(id=None)], [a_license(id=None)]).total == 2

    def test_an_unknown_state_is_counted_under_its_own_name_and_noted(self) -> None:
        """A state of tomorrow's API is neither lost nor a crash."""
        tally = tally_of([a_license(state="hibernating")])

        assert tally.by_state["hibernating"] == 1
        assert tally.notes[NoteKind.UNKNOWN_STATE] == 1

    def test_notes_of_the_decoder_are_added(self) -> None:
        """What the decoder found odd reaches the tally."""
        fold = LicenseFold(WINDOWS)
        fold.fold(PageOf([a_license()], {NoteKind.UNREADABLE_DATE: 2}))
        fold.fold(PageOf([], {NoteKind.UNREADABLE_DATE: 1}))

        assert fold.tally.notes == {NoteKind.UNREADABLE_DATE: 3}

    def test_seats_are_summed_by_state_and_never_added_to_licenses(self) -> None:
        """25 seats are one license."""
        tally = tally_of([a_license(id="1", seat_count=25), a_license(id="2", state="expired", seat_count=5)])

        assert (tally.total, tally.seat_licenses) == (2, 2)
        assert tally.seats_by_state == {"active": 25, "expired": 5}


class TestWindows:
    @pytest.mark.parametrize(
        ("days", "seconds", "expected"),
        [
            (0, 0, {30: 0, 60: 0, 90: 0}),  # ends now: already over
            (0, 1, {30: 1, 60: 1, 90: 1}),
            (30, 0, {30: 1, 60: 1, 90: 1}),  # the last instant belongs to the window
            (30, 1, {30: 0, 60: 1, 90: 1}),
            (60, 0, {30: 0, 60: 1, 90: 1}),
            (90, 0, {30: 0, 60: 0, 90: 1}),
            (90, 1, {30: 0, 60: 0, 90: 0}),
        ],
    )
    def test_a_window_excludes_its_start_and_includes_its_end(
        self, days: int, seconds: int, expected: dict[int, int]
    ) -> None:
        """(asOf, asOf + N days], to the second."""
        ends = AS_OF + timedelta(days=days, seconds=seconds)

        assert tally_of([a_license(expires_at=ends)]).expiring_within == expected

    @pytest.mark.parametrize("state", [*LicenseState, "hibernating"])
    def test_the_date_decides_whatever_the_state_says(self, state: str) -> None:
        """A vendor that relabels late does not hide an expiry."""
        soon = a_license(state=state, expires_at=AS_OF + timedelta(days=10))

        assert tally_of([soon]).expiring_within[30] == 1

    def test_a_license_on_no_device_and_no_network_is_in_no_window(self) -> None:
        """Nothing goes dark when a spare runs out."""
        spare = a_license(device_serial=None, expires_at=AS_OF + timedelta(days=10))

        assert tally_of([spare]).expiring_within[90] == 0

    def test_a_systems_manager_license_counts_by_its_network(self) -> None:
        """These have no device, by design of the vendor."""
        seats = a_license(device_serial=None, network_id="N_1", expires_at=AS_OF + timedelta(days=10))

        assert tally_of([seats]).expiring_within[30] == 1

    def test_a_license_that_has_not_started_is_in_no_window(self) -> None:
        """Queued cover is not an expiry."""
        queued = a_license(activates_at=AS_OF + timedelta(days=1), expires_at=AS_OF + timedelta(days=10))

        assert tally_of([queued]).expiring_within[90] == 0

    @pytest.mark.parametrize(
        ("state", "counted"), [("active", 1), ("expiring", 1), ("recentlyQueued", 0), ("unused", 0)]
    )
    def test_without_an_activation_date_the_state_tells_whether_it_burns(
        self, state: str, counted: int
    ) -> None:
        """The vendor leaves the date out at times."""
        dateless = a_license(state=state, activates_at=None, expires_at=AS_OF + timedelta(days=10))

        assert tally_of([dateless]).expiring_within[30] == counted
