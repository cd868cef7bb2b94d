from __future__ import annotations

from math import ceil

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.limiter import AddressBudget, OrganizationBudget
from tests.engine.arrivals import busiest_window, refused_by_token_bucket
from tests.virtual_time import VirtualTimeLoop

ROUNDING_SECONDS = 1e-3
RATES = [0.5, 1.0, 1.5, 2.0, 2.5, 5.0, 7.5, 10.0, 20.0, 33.0, 50.0, 99.0, 100.0, 250.0]


async def starts_of(budget: AddressBudget | OrganizationBudget, gaps: list[float]) -> list[float]:
    """When requests begin that want to begin after *gaps*, one after another."""
    starts: list[float] = []
    for gap in gaps:
        await anyio.sleep(gap)
        await budget.acquire()
        starts.append(anyio.current_time())
    return starts


def run_virtually(budget_of: object, gaps: list[float]) -> list[float]:
    """`starts_of` on a virtual clock of its own, for tests that are not coroutines."""

    async def measure() -> list[float]:
        return await starts_of(budget_of(), gaps)  # type: ignore[operator]

    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(measure())
    finally:
        loop.close()


class TestAddressBudget:
    @pytest.mark.virtual
    async def test_no_second_sees_more_than_the_budget_not_even_the_first(self) -> None:
        """A bucket that starts full would let twice the budget through at once."""
        starts = await starts_of(AddressBudget(rate=100), [0.0] * 1000)

        assert busiest_window(starts, 1.0) <= 100
        assert busiest_window([start for start in starts if start < 1.0], 1.0) <= 100

    @pytest.mark.virtual
    @pytest.mark.parametrize("rate", RATES)
    async def test_a_steady_demand_gets_98_percent_of_the_budget(self, rate: float) -> None:
        """Staying within the budget must not mean leaving it unused, also where it is a small part."""
        starts = await starts_of(AddressBudget(rate=rate), [0.0] * 1000)

        assert 999 / (starts[-1] - starts[0]) >= 0.98 * rate

    @pytest.mark.virtual
    @pytest.mark.parametrize("rate", RATES)
    async def test_a_server_that_tolerates_bursts_of_five_refuses_nothing(self, rate: float) -> None:
        """What the vendor's own bucket would say."""
        starts = await starts_of(AddressBudget(rate=rate), [0.0] * 1000)

        assert refused_by_token_bucket(starts, rate=rate, capacity=5) == 0

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rate=st.sampled_from(RATES),
        gaps=st.lists(st.floats(0, 0.05) | st.just(0.0) | st.floats(0.5, 3.0), min_size=20, max_size=250),
    )
    def test_the_bound_holds_for_arrivals_of_any_kind(self, rate: float, gaps: list[float]) -> None:
        """Rests save up nothing: any second after them is within the budget too."""
        starts = run_virtually(lambda: AddressBudget(rate=rate), gaps)

        assert busiest_window(starts, 1.0) <= ceil(rate)

    @pytest.mark.virtual
    async def test_a_pause_holds_everything_and_then_lets_go(self) -> None:
        """A 429 for the address stops the address, for as long as was asked."""
        budget = AddressBudget(rate=100)
        budget.exceeded(7, began_at=0.0)

        await budget.acquire()

        assert anyio.current_time() == pytest.approx(7, abs=ROUNDING_SECONDS)

    @pytest.mark.virtual
    async def test_a_pause_only_grows(self) -> None:
        """A later and shorter Retry-After does not undo an earlier and longer one."""
        budget = AddressBudget(rate=100)
        budget.pause.extend(7)
        budget.pause.extend(2)

        assert budget.pause.remaining_seconds == pytest.approx(7)


class TestOrganizationBudget:
    @pytest.mark.virtual
    async def test_the_burst_goes_at_once_and_then_the_rate_rules(self) -> None:
        """The vendor's bucket: 10 at once, then 10 a second, at most 30 in the first two seconds."""
        starts = await starts_of(OrganizationBudget(rate=10, burst=10), [0.0] * 60)

        assert starts[9] < ROUNDING_SECONDS
        assert busiest_window(starts, 1.0) <= 20
        assert busiest_window(starts, 2.0) <= 30
        assert refused_by_token_bucket(starts, rate=10, capacity=10) == 0

    @pytest.mark.virtual
    async def test_a_budget_below_one_request_still_admits_one(self) -> None:
        """A small share slows an organization down; it does not starve it."""
        starts = await starts_of(OrganizationBudget(rate=0.5, burst=0.2), [0.0] * 3)

        assert starts == pytest.approx([0.0, 2.0, 4.0], abs=ROUNDING_SECONDS)
