from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.license import LicenseState
from auditor.domain.overview import Overview
from auditor.domain.question import (
    FEW_PAGES,
    STATES_ASKED_FOR,
    PlanKind,
    opening_plan,
    pages_by_state,
    pages_of,
)
from auditor.domain.window import Windows
from tests.domain.builders import AS_OF, WINDOWS, an_organization, overviews

SIZE = 1000
known_pages = st.none() | st.integers(1, 60)


def an_overview(**counts: int) -> Overview:
    """Five thousand active licenses, and what a test names."""
    by_state = {**dict.fromkeys(LicenseState, 0), LicenseState.ACTIVE: 5000} | counts
    return Overview({str(state): count for state, count in by_state.items()}, sum(by_state.values()))


def pages(overview: Overview, *days: int) -> dict[str, int] | None:
    found = pages_by_state(overview, Windows(AS_OF, days or WINDOWS.days), page_size=SIZE)
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
        found = pages_by_state(overview, Windows(AS_OF, (30, days + 30)), page_size=SIZE)

        if found is not None:
            assert sum(found.values()) < pages_of(overview.total, page_size=SIZE)
            assert days + 30 <= (overview.warning_days or 90)
            in_question = {state: overview.by_state[state] for state in STATES_ASKED_FOR}
            assert set(found) == set(+Counter(in_question))
            assert all(SIZE * found[state] >= in_question[state] for state in found)


@pytest.mark.parametrize(("licenses", "expected"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (40_000, 40)])
def test_a_list_has_at_least_one_page(licenses: int, expected: int) -> None:
    """An empty list is a request, too."""
    assert pages_of(licenses, page_size=SIZE) == expected
