from __future__ import annotations

import asyncio
from itertools import pairwise, repeat

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.gate import BudgetRates, Gate
from tests.engine.arrivals import busiest_window, refused_by_token_bucket
from tests.engine.stalling import StallingLoop, spread

BURST_OF_THE_SERVER = 5
"""The simulator's; nginx grants one more with `limit_req rate=100r/s burst=5 nodelay`."""

STALLS = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0, 0.2) | st.sampled_from([0.01, 0.02, 0.03, 0.05, 0.2])),
    min_size=1,
    max_size=80,
)


def begins_of(loop: StallingLoop, *, requests: int, hops: int = 0, work: float = 0.0) -> list[float]:
    """When *requests* begin that all wait from the start.

    *hops* is how many turns of the loop lie between a request's turn and its way to the server. Each answer
    keeps the loop busy for *work* seconds.
    """
    begins: list[float] = []

    async def ask(gate: Gate) -> None:
        async with gate.admit(None):
            for _ in range(hops):
                await asyncio.sleep(0)
            loop.stall()  # between the turn and the moment when the socket has it
            begins.append(anyio.current_time())
            await anyio.sleep(0.15)
        loop.pass_by(work)

    async def ask_all() -> None:
        async with Gate(BudgetRates(), max_in_flight=50) as gate, anyio.create_task_group() as tasks:
            for _ in range(requests):
                tasks.start_soon(ask, gate)

    try:
        loop.run_until_complete(ask_all())
    finally:
        loop.close()
    return begins


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stalls=STALLS)
def test_no_second_sees_more_than_the_budget_however_the_loop_stalls(stalls: list[tuple[int, float]]) -> None:
    """A request counts when it begins, after the stall, and not when it got its turn."""
    begins = begins_of(StallingLoop(spread(stalls)), requests=250)

    assert len(begins) == 250
    assert busiest_window(begins, 1.0) <= 100
    assert refused_by_token_bucket(begins, rate=100, capacity=BURST_OF_THE_SERVER) == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stalls=STALLS, hops=st.integers(1, 10))
def test_a_server_that_tolerates_bursts_of_five_refuses_nothing_however_the_loop_stalls(
    stalls: list[tuple[int, float]], hops: int
) -> None:
    """What is on its way through the loop piles up in a stall as well, and leaves room for it."""
    begins = begins_of(StallingLoop(spread(stalls)), requests=200, hops=hops)

    assert refused_by_token_bucket(begins, rate=100, capacity=BURST_OF_THE_SERVER) == 0


@pytest.mark.parametrize("gap", [0, 5, 11])
@pytest.mark.parametrize("seconds", [0.01, 0.03, 0.05, 0.2])
@pytest.mark.parametrize("hops", [0, 6])
def test_stalls_in_a_row_neither_bunch_requests_up_nor_crowd_a_second(
    gap: int, seconds: float, hops: int
) -> None:
    """A processor that is taken away again and again, as beside three busy processes."""
    begins = begins_of(
        StallingLoop(spread([(300, 0.0), *repeat((gap, seconds), 50)])), requests=150, hops=hops
    )

    assert refused_by_token_bucket(begins, rate=100, capacity=BURST_OF_THE_SERVER) == 0
    assert busiest_window(begins, 1.0) <= (100 if hops == 0 else 102)


def test_lost_slots_are_made_up_for_one_at_a_time() -> None:
    """After one stall of 40 ms the slots that are not forgotten come back, each between two others."""
    undisturbed = begins_of(StallingLoop([]), requests=100)
    disturbed = begins_of(StallingLoop(spread([(200, 0.04)])), requests=100)

    gaps = [later - earlier for earlier, later in pairwise(disturbed)]
    assert min(gaps) == pytest.approx(0.005, abs=1e-3)
    assert max(gaps) >= 0.04
    assert disturbed[-1] - undisturbed[-1] == pytest.approx(0.02, abs=0.011)


def test_98_and_a_half_percent_of_the_budget_are_used_where_timers_are_a_little_late() -> None:
    """An idle machine: each callback takes a moment, each page a millisecond, a timer in fifty is late."""
    stalls = (0.015 if number % 50 == 49 else 0.0002 for number in range(10**5))

    begins = begins_of(StallingLoop(stalls), requests=1000, work=0.001)

    assert 999 / (begins[-1] - begins[0]) >= 98.5
    assert busiest_window(begins, 1.0) <= 100
