from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.engine.limiter import (
    LEAST_SHARE,
    ORGANIZATION_ADAPTATION,
    AdaptiveRate,
    AddressBudget,
    OrganizationBudget,
)
from tests.engine.arrivals import busiest_window


class Rival:
    """A server's bucket that another tool draws on as well, with *rival_rate* requests per second."""

    def __init__(self, *, rate: float, capacity: float, rival_rate: float) -> None:
        self.rate, self.capacity, self.rival_rate = rate, capacity, rival_rate
        self._tokens, self._last = capacity, 0.0
        self.refused: list[float] = []

    def admits(self, now: float) -> bool:
        """Take a token for a request at *now*, if there is one."""
        drawn = (now - self._last) * (self.rate - self.rival_rate)
        self._tokens, self._last = min(self.capacity, self._tokens + drawn), now
        if self._tokens < 1:
            self.refused.append(now)
            return False
        self._tokens -= 1
        return True


async def spend(budget: OrganizationBudget | AddressBudget, server: Rival, *, until: float) -> list[float]:
    """Ask as fast as the budget admits; the starts of the requests that the server took."""
    served: list[float] = []
    while (now := anyio.current_time()) < until:
        await budget.acquire()
        now = anyio.current_time()
        if server.admits(now):
            served.append(now)
        else:
            budget.exceeded(1.0, began_at=now)
    return served


class TestAdaptiveRate:
    @given(cuts=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=20), later=st.floats(0, 100))
    def test_the_rate_stays_between_its_least_and_its_full(
        self, cuts: list[tuple[float, float]], later: float
    ) -> None:
        """However often a server refuses."""
        rate, now = AdaptiveRate(10.0, ORGANIZATION_ADAPTATION), 0.0
        for gap, pause in cuts:
            now += gap
            rate.cut(now, resumes_at=now + pause, began_at=now)
            assert 10.0 * LEAST_SHARE <= rate.at(now) <= 10.0
        assert 10.0 * LEAST_SHARE <= rate.at(now + later) <= 10.0

    def test_requests_that_were_under_way_together_cut_once(self) -> None:
        """Fifty refusals of one moment are one signal, not fifty."""
        rate = AdaptiveRate(10.0, ORGANIZATION_ADAPTATION)

        assert rate.cut(5.0, resumes_at=6.0, began_at=4.9)
        assert not rate.cut(5.1, resumes_at=6.1, began_at=4.95)
        assert rate.at(5.1) == pytest.approx(10.0 * ORGANIZATION_ADAPTATION.cut)

    def test_growth_is_additive_and_ends_at_the_full_rate(self) -> None:
        """The same step every second, whatever the rate is."""
        rate = AdaptiveRate(10.0, ORGANIZATION_ADAPTATION)
        rate.cut(0.0, resumes_at=1.0, began_at=0.0)
        steps = [rate.at(second + 1) - rate.at(second) for second in range(1, 10)]

        assert max(steps) == pytest.approx(min(steps))
        assert rate.at(1000) == 10.0


class TestSharedBudgets:
    @pytest.mark.virtual
    async def test_beside_a_rival_an_organization_goes_slower_with_few_429s(self) -> None:
        """Another tool spends half of the budget: most of the other half is used, politely."""
        budget, server = OrganizationBudget(rate=9, burst=9), Rival(rate=10, capacity=10, rival_rate=5)
        served = await spend(budget, server, until=120)

        assert len(server.refused) / (len(served) + len(server.refused)) < 0.04
        assert len(served) / 120 > 0.7 * 5

    @pytest.mark.virtual
    async def test_when_the_rival_stops_the_full_speed_comes_back(self) -> None:
        """Nothing is remembered against the organization."""
        budget, server = OrganizationBudget(rate=9, burst=9), Rival(rate=10, capacity=10, rival_rate=5)
        await spend(budget, server, until=60)
        server.rival_rate = 0
        served = await spend(budget, server, until=140)

        assert budget.rate == 9
        assert sum(start > 110 for start in served) / 30 == pytest.approx(9, rel=0.05)

    @pytest.mark.virtual
    async def test_the_address_budget_adapts_the_same_way(self) -> None:
        """Half of the address is somebody else's."""
        budget, server = AddressBudget(rate=100), Rival(rate=100, capacity=5, rival_rate=50)
        served = await spend(budget, server, until=120)

        assert len(server.refused) / (len(served) + len(server.refused)) < 0.01
        assert len(served) / 120 > 0.7 * 50
        assert busiest_window(served, 1.0) <= 100
