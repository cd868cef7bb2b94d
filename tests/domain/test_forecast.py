from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.forecast import (
    Bound,
    Forecast,
    Load,
    Pace,
    at_once,
    foretell,
    load_of,
    load_of_entitlements,
    load_of_subscriptions,
    room_of,
)
from auditor.domain.question import PlanKind, Question
from tests.domain.builders import AS_OF, WINDOWS, an_organization

PACE = Pace(address_rate=100, organization_rate=9, organization_burst=9, latency_seconds=0.1)

loads = st.lists(
    st.builds(lambda least, more: Load("host", least, least + more), st.integers(1, 60), st.integers(0, 9)),
    max_size=30,
)


def told(*requests: int, hosts: str = "a", pace: Pace = PACE, discovery_seconds: float = 0.0) -> Forecast:
    """The forecast of a fleet with these chains of requests, on *hosts* in turn."""
    some = [Load(hosts[n % len(hosts)], count, count) for n, count in enumerate(requests)]
    return foretell(PlanKind.FULL, some, pace=pace, discovery_requests=1, discovery_seconds=discovery_seconds)


def asking(plan: PlanKind, **depth: bool) -> Question:
    """A question under *plan*, without anything that takes a request more unless *depth* names it."""
    return Question(WINDOWS, plan, now=AS_OF, **depth)


class TestLoads:
    @pytest.mark.parametrize(
        ("plan", "pages", "expected"),
        [
            (PlanKind.FULL, 7, (7, 7)),
            (PlanKind.FULL, None, (1, 1)),
            (PlanKind.COUNTS, 7, (1, 1)),
            (PlanKind.COUNTS, None, (1, 1)),
            (PlanKind.TARGETED, 7, (1, 8)),
            (PlanKind.TARGETED, 2, (2, 2)),  # small enough to be read at once
            (PlanKind.TARGETED, None, (1, 2)),
        ],
    )
    def test_a_plan_takes_so_many_requests(
        self, plan: PlanKind, pages: int | None, expected: tuple[int, int]
    ) -> None:
        """Exact for full and counts; between the best and the worst overview for targeted."""
        load = load_of(an_organization(), asking(plan), host="a", known_pages=pages)

        assert (load.least, load.most) == expected

    def test_to_reconcile_takes_one_request_more_where_all_is_read(self) -> None:
        """And another where they differ; a targeted audit has the first overview already."""
        loads = [
            load_of(an_organization(), asking(plan, reconcile=True), host="a", known_pages=7)
            for plan in PlanKind
        ]

        assert [(load.least, load.most) for load in loads] == [(8, 9), (1, 9), (1, 1)]

    @pytest.mark.parametrize(
        ("plan", "inventory", "pages", "expected"),
        [
            (PlanKind.FULL, True, None, 3),  # overview, keys, inventory
            (PlanKind.FULL, False, None, 2),
            (PlanKind.FULL, True, 5, 6),
            (PlanKind.COUNTS, True, 5, 1),
            (PlanKind.TARGETED, True, 5, 1),
        ],
    )
    def test_a_co_termination_organization_takes_its_overview_and_two_lists(
        self, plan: PlanKind, *, inventory: bool, pages: int | None, expected: int
    ) -> None:
        """The overview alone where less than all is asked."""
        organization = an_organization(licensing_model="co-term")

        load = load_of(organization, asking(plan, inventory=inventory), host="a", known_pages=pages)

        assert (load.least, load.most) == (expected, expected)

    def test_the_use_of_seats_may_take_a_request_more(self) -> None:
        """Only where there are Systems Manager licenses, which nobody knows before."""
        load = load_of(an_organization(), asking(PlanKind.FULL, seat_use=True), host="a", known_pages=7)

        assert (load.least, load.most) == (7, 8)

    @pytest.mark.parametrize(("organizations", "least"), [(1, 2), (8, 9), (9, 9), (64, 13)])
    def test_subscriptions_of_many_organizations_take_few_calls(self, organizations: int, least: int) -> None:
        """One for each of a few, two for each bit of a greater number, and one for all violations."""
        assert load_of_subscriptions(organizations, host="a").least == least

    @pytest.mark.parametrize(("organizations", "least"), [(1, 0), (2, 1), (5000, 1)])
    def test_what_skus_are_takes_a_request_for_each_tenant(self, organizations: int, least: int) -> None:
        """None where its only organization turns out to have no subscription."""
        load = load_of_entitlements(organizations, host="a")

        assert (load.host, load.least, load.most) == ("a", least, 1)


class TestTime:
    def test_many_small_organizations_are_bound_by_the_address(self) -> None:
        """The last of 1000 requests begins 9.99 s after the first, and has to be answered."""
        forecast = told(*[1] * 1000)

        assert (forecast.least, forecast.bound_by) == (1001, Bound.ADDRESS_BUDGET)
        assert forecast.least_seconds == pytest.approx(999 / 100 + 0.1)

    def test_one_large_organization_is_bound_by_its_own_budget(self) -> None:
        """Nine at once, then nine each second, where answers come fast."""
        fast = Pace(address_rate=100, organization_rate=9, organization_burst=9, latency_seconds=0.02)
        forecast = told(40, 1, 1, pace=fast)

        assert forecast.bound_by is Bound.ORGANIZATION_BUDGET
        assert forecast.least_seconds == pytest.approx((40 - 9) / 9 + 0.02)

    def test_slow_answers_bind_the_longest_chain(self) -> None:
        """A page is asked for when the one before it has come."""
        slow = Pace(address_rate=100, organization_rate=9, organization_burst=9, latency_seconds=2.0)
        forecast = told(12, 1, pace=slow)

        assert forecast.bound_by is Bound.LONGEST_CHAIN
        assert forecast.least_seconds == pytest.approx(24)

    def test_each_host_has_an_address_budget_of_its_own(self) -> None:
        """Two regions are read at the same time."""
        assert told(*[1] * 1000, hosts="ab").least_seconds == pytest.approx(499 / 100 + 0.1)

    def test_the_lists_of_organizations_come_first(self) -> None:
        """Nothing can be read before it is known."""
        assert told(1, discovery_seconds=3.0).least_seconds == pytest.approx(3.1)

    def test_where_there_is_nothing_to_read_nothing_binds(self) -> None:
        """Only the lists were asked for."""
        assert told(discovery_seconds=3.0) == Forecast(PlanKind.FULL, 1, 1, 3.0, None)

    @given(loads, st.integers(1, 60))
    def test_one_organization_more_is_never_done_in_less(self, some: list[Load], pages: int) -> None:
        """And a forecast never promises more than the budgets or the chain allow."""
        forecasts = [
            foretell(PlanKind.FULL, fleet, pace=PACE, discovery_requests=1, discovery_seconds=0.0)
            for fleet in (some, [*some, Load("host", pages, pages)])
        ]

        before, after = forecasts
        assert after.least == before.least + pages
        assert after.least_seconds >= before.least_seconds
        assert after.least <= after.most
        assert after.least_seconds >= (after.least - 2) / PACE.address_rate
        assert after.least_seconds >= (pages - 0.001) * PACE.latency_seconds


def test_parts_at_once_take_as_long_as_the_longest() -> None:
    """And all their requests; what bounds that one bounds all."""
    short, long = told(*[1] * 200), told(60)

    assert at_once([short, long]) == Forecast(
        PlanKind.FULL,
        least=short.least + long.least,
        most=short.most + long.most,
        least_seconds=long.least_seconds,
        bound_by=Bound.LONGEST_CHAIN,
    )


@given(loads, st.integers(1, 5))
def test_more_addresses_take_no_longer(some: list[Load], count: int) -> None:
    """Each part is no longer than the whole, and lists the organizations for itself."""
    parts = [some[number::count] for number in range(count)]
    whole, *forecasts = [
        foretell(PlanKind.FULL, part, pace=PACE, discovery_requests=3, discovery_seconds=0.5)
        for part in (some, *parts)
    ]

    joined = at_once(forecasts)

    assert joined.least_seconds <= whole.least_seconds
    assert joined.least == whole.least + 3 * (count - 1)


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_parts_take_less_memory_each_and_joining_them_less_than_all_at_once(
    organizations: int, parts: int
) -> None:
    """One part and the sums of all are held to join them; a single part has nothing to be joined."""
    alone, cut = room_of(organizations, parts=1), room_of(organizations, parts=parts)

    assert cut.part <= alone.part
    assert cut.report == alone.report
    assert alone.join == 0
    assert parts == 1 or cut.join >= cut.part


def test_room_is_that_of_what_was_measured() -> None:
    """40,000 organizations: 124 MB in one part, 85 in each of four, 280 to join these; a report of 122."""
    alone, cut = room_of(40_000, parts=1), room_of(40_000, parts=4)

    assert alone.part == pytest.approx(124e6, rel=0.1)
    assert cut.part == pytest.approx(85e6, rel=0.1)
    assert cut.join == pytest.approx(280e6, rel=0.1)
    assert alone.report == pytest.approx(122e6, rel=0.1)
