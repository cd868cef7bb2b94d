from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.domain.license import License, LicenseState
from auditor.domain.overview import Overview
from auditor.domain.question import (
    A_MOMENT,
    FEW_PAGES,
    STATES_ASKED_FOR,
    USUAL_WARNING_DAYS,
    PlanKind,
    feasible_plan,
    opening_plan,
    pages_by_state,
    pages_of,
)
from auditor.domain.reducer import LicenseFold
from auditor.domain.window import Windows
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license, an_organization, overviews

SIZE = 1000
known_pages = st.none() | st.integers(1, 60)


def an_overview(**counts: int) -> Overview:
    """Five thousand active licenses, and what a test names."""
    by_state = {**dict.fromkeys(LicenseState, 0), LicenseState.ACTIVE: 5000} | counts
    return Overview({str(state): count for state, count in by_state.items()}, sum(by_state.values()))


def pages(overview: Overview, *days: int, now: datetime = AS_OF) -> dict[str, int] | None:
    found = pages_by_state(overview, Windows(AS_OF, days or WINDOWS.days), now=now, page_size=SIZE)
    return None if found is None else {str(state): count for state, count in found.items()}


class TestOpening:
    @given(st.sampled_from(PlanKind), known_pages)
    def test_an_organization_opens_with_the_plan_that_is_wanted(
        self, wanted: PlanKind, known: int | None
    ) -> None:
        """But for a targeted one that is read at once because it is small."""
        opened = opening_plan(wanted, an_organization(), known_pages=known)

        is_small = wanted is PlanKind.TARGETED and known is not None and known <= FEW_PAGES
        assert opened is (PlanKind.FULL if is_small else wanted)

    @given(
        st.sampled_from(PlanKind),
        known_pages,
        st.sampled_from([None, "co-term", "subscription", "per-galaxy"]),
    )
    def test_only_a_per_device_organization_is_asked_for_its_overview(
        self, wanted: PlanKind, known: int | None, model: str | None
    ) -> None:
        """That of another model counts no licenses; its list says what it is."""
        organization = an_organization(licensing_model=model)

        assert opening_plan(wanted, organization, known_pages=known) is PlanKind.FULL


class TestStates:
    def test_the_states_in_question_are_read_where_that_takes_fewer_pages(self) -> None:
        """Five thousand active licenses need no look; a state without licenses needs no request."""
        assert pages(an_overview(expiring=1200, unused=3)) == {"expiring": 2, "unused": 1}

    def test_where_nothing_is_in_question_nothing_is_read(self) -> None:
        """The overview has said it all."""
        assert pages(an_overview()) == {}

    def test_where_it_saves_nothing_the_whole_list_is_read(self) -> None:
        """The whole list says more for the same price."""
        one_page = Overview({"active": 400, "expiring": 5, "unused": 0, "unusedActive": 0}, 405)

        assert pages(one_page) is None
        assert pages(an_overview(expiring=1, unused=9000, unusedActive=1)) == {
            "expiring": 1,
            "unused": 9,
            "unusedActive": 1,
        }
        assert pages(an_overview(active=100, expiring=1, unused=1, unusedActive=1)) is None

    @pytest.mark.parametrize("warning", [None, 90])
    def test_a_window_beyond_the_vendors_warning_needs_the_whole_list(self, warning: int | None) -> None:
        """What ends later is not called expiring, and would be missed; 90 days where nothing is said."""
        overview = Overview(an_overview().by_state, warning_days=warning)

        assert pages(overview, 30, 90) == {}
        assert pages(overview, 30, 91) is None

    def test_the_vendors_own_warning_counts(self) -> None:
        """It may be longer than usual, or shorter."""
        counts = an_overview().by_state

        assert pages(Overview(counts, warning_days=120), 120) == {}
        assert pages(Overview(counts, warning_days=60), 90) is None

    @pytest.mark.parametrize("state", STATES_ASKED_FOR)
    def test_a_count_that_is_missing_is_not_taken_for_zero(self, state: LicenseState) -> None:
        """Not to look would be to guess."""
        counts = {name: n for name, n in an_overview().by_state.items() if name != state}

        assert pages(Overview(counts)) is None

    @given(overviews(), st.integers(1, 400))
    def test_reading_by_state_always_takes_fewer_requests_and_misses_nothing(
        self, overview: Overview, days: int
    ) -> None:
        """The promise of the plan, whatever the overview says."""
        found = pages_by_state(overview, Windows(AS_OF, (30, days + 30)), now=AS_OF, page_size=SIZE)

        if found is not None:
            assert sum(found.values()) < pages_of(overview.total, page_size=SIZE)
            assert days + 30 <= (overview.warning_days or 90)
            in_question = {state: overview.by_state[state] for state in STATES_ASKED_FOR}
            assert set(found) == set(+Counter(in_question))
            assert all(SIZE * found[state] >= in_question[state] for state in found)


Term = tuple[int, int, bool]
"""Hours from now until a license starts, how many it lasts, and whether it is assigned."""

terms = st.lists(
    st.tuples(st.integers(-9000, 2400), st.integers(1, 12_000), st.booleans()), min_size=1, max_size=9
)


def a_vendors_license(term: Term, number: int, *, warning_days: int) -> License:
    """A license of *term*, in the state that the vendor gives it when it is `AS_OF`."""
    start, hours, assigned = term
    starts, ends = AS_OF + timedelta(hours=start), AS_OF + timedelta(hours=start + hours)
    if ends <= AS_OF:
        state = LicenseState.EXPIRED
    elif not assigned:
        state = LicenseState.UNUSED if starts > AS_OF else LicenseState.UNUSED_ACTIVE
    elif starts > AS_OF:
        state = LicenseState.RECENTLY_QUEUED
    else:
        is_close = ends <= AS_OF + timedelta(days=warning_days)
        state = LicenseState.EXPIRING if is_close else LicenseState.ACTIVE
    return a_license(
        id=str(number),
        state=state,
        device_serial="Q2XX-TEST-0001" if assigned else None,
        activates_at=starts,
        expires_at=ends,
    )


def within(rows: Iterable[License], windows: Windows) -> dict[int, int]:
    fold = LicenseFold(windows)
    fold.fold(PageOf(list(rows)))
    return dict(fold.tally.expiring_within)


class TestReferenceTime:
    """The vendor's states are those of now; the windows look ahead from any other time."""

    @given(terms, st.integers(-2400, 2400), st.sets(st.integers(1, 120), min_size=1), st.none() | st.just(60))
    @example([(-9000, 8990, True), *[(-100, 9000, True)] * 3], -20 * 24, {30}, None)  # ended since
    @example([(-9000, 8999, True), *[(-100, 9000, True)] * 3], -2, {30}, None)  # but an hour ago
    @example([(-9000, 9000 + 120 * 24, True), *[(-100, 9000, True)] * 3], 40 * 24, {90}, None)  # too far
    @example([(24, 480, True), *[(-100, 9000, True)] * 3], 48, {30}, None)  # starts meanwhile
    @example([(-9000, 9000 + 40 * 24, True), *[(-100, 9000, True)] * 3], 0, {90}, None)  # as usual
    def test_read_by_state_the_windows_are_those_of_the_whole_list(
        self, fleet: list[Term], ahead_hours: int, days: set[int], warning: int | None
    ) -> None:
        """For reference times up to a hundred days before and after now."""
        told = warning or USUAL_WARNING_DAYS
        rows = [a_vendors_license(term, number, warning_days=told) for number, term in enumerate(fleet)]
        states_told = [row.state for row in rows]
        counts = {str(state): states_told.count(state) for state in LicenseState}
        windows = Windows(AS_OF + timedelta(hours=ahead_hours), tuple(sorted(days)))

        states = pages_by_state(
            Overview(counts, len(rows), warning_days=warning), windows, now=AS_OF, page_size=1
        )

        if states is not None:
            assert within([row for row in rows if row.state in states], windows) == within(rows, windows)

    def test_a_run_that_looks_ahead_from_now_reads_by_state(self) -> None:
        """Also when it begins a moment after the time it looks ahead from."""
        assert pages(an_overview(expiring=1), now=AS_OF) == {"expiring": 1}
        assert pages(an_overview(expiring=1), now=AS_OF + A_MOMENT) == {"expiring": 1}

    def test_one_that_looks_ahead_from_the_past_reads_all(self) -> None:
        """What ended since then is expired by now."""
        later = AS_OF + A_MOMENT + timedelta(seconds=1)

        assert pages(an_overview(), now=later) is None

    def test_one_that_looks_ahead_from_the_future_reads_by_state_what_the_vendor_warns_of(self) -> None:
        """Up to ninety days from now, wherever the window begins; nothing may start until then."""
        earlier = AS_OF - timedelta(days=30)

        assert pages(an_overview(), 30, 60, now=earlier) == {}
        assert pages(an_overview(), 30, 61, now=earlier) is None
        assert pages(an_overview(recentlyQueued=1), 30, 60, now=earlier) is None
        assert pages(an_overview(recentlyQueued=1), 30, 60) == {}

    @pytest.mark.parametrize("plan", PlanKind)
    def test_where_no_overview_can_help_none_is_asked(self, plan: PlanKind) -> None:
        """A targeted audit of the past is a full one from the beginning."""
        later = AS_OF + timedelta(days=1)

        assert feasible_plan(plan, WINDOWS, now=AS_OF) is plan
        assert feasible_plan(plan, WINDOWS, now=later) is (
            PlanKind.FULL if plan is PlanKind.TARGETED else plan
        )


@pytest.mark.parametrize(("licenses", "expected"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (40_000, 40)])
def test_a_list_has_at_least_one_page(licenses: int, expected: int) -> None:
    """An empty list is a request, too."""
    assert pages_of(licenses, page_size=SIZE) == expected
