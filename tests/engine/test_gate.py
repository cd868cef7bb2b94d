from __future__ import annotations

import anyio
import pytest

from auditor.engine.gate import BudgetRates, Gate, WithdrawnError
from tests.engine.arrivals import busiest_window

pytestmark = pytest.mark.virtual

FAST = BudgetRates(organization_rate=1000, organization_burst=1000, organization_share=1, address_rate=1000)


async def test_an_organization_that_waits_for_its_budget_delays_nobody_else() -> None:
    """One busy organization and a hundred idle ones: the hundred go first."""
    rates = BudgetRates(organization_rate=1, organization_burst=1, address_rate=100)
    finished: dict[str, float] = {}

    async def ask(gate: Gate, organization_id: str, name: str) -> None:
        async with gate.admit(organization_id):
            finished[name] = anyio.current_time()

    async with Gate(rates, max_in_flight=10) as gate, anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(ask, gate, "busy", f"busy {number}")
        for number in range(100):
            tasks.start_soon(ask, gate, f"idle {number}", f"idle {number}")

    assert max(at for name, at in finished.items() if name.startswith("idle")) < 1.2
    assert max(finished.values()) > 10


async def test_no_more_requests_are_in_flight_than_places() -> None:
    """Slow answers must not pile up without bound."""
    peak = 0

    async def ask(gate: Gate) -> None:
        nonlocal peak
        async with gate.admit(None):
            peak = max(peak, gate.in_flight)
            await anyio.sleep(1)

    async with Gate(FAST, max_in_flight=3) as gate, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask, gate)

    assert peak == 3


async def test_the_most_urgent_request_goes_first_then_who_came_first() -> None:
    """The choice is made when a request may begin, not when it began to wait."""
    order: list[str] = []

    async def ask(gate: Gate, name: str, urgency: float) -> None:
        async with gate.admit(None, urgency=urgency):
            order.append(name)
            await anyio.sleep(1)

    async with Gate(FAST, max_in_flight=1) as gate, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, gate, "first", 0.0)
        await anyio.sleep(0.5)
        for name, urgency in (("early", 0.0), ("urgent", 5.0), ("late", 0.0)):
            tasks.start_soon(ask, gate, name, urgency)

    assert order == ["first", "urgent", "early", "late"]


async def test_the_address_budget_bounds_all_organizations_together() -> None:
    """A thousand organizations are still one source address."""
    starts: list[float] = []

    async def ask(gate: Gate, organization_id: str) -> None:
        async with gate.admit(organization_id):
            starts.append(anyio.current_time())

    async with Gate(BudgetRates(), max_in_flight=500) as gate, anyio.create_task_group() as tasks:
        for number in range(500):
            tasks.start_soon(ask, gate, str(number))

    assert len(starts) == 500
    assert busiest_window(starts, 1.0) <= 100


async def test_whoever_gives_up_waiting_leaves_no_trace() -> None:
    """Cancelled requests hold no place and do not stop the pacer."""
    async with Gate(BudgetRates(address_rate=10), max_in_flight=2) as gate:
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(_hold_for_ever, gate)
            await anyio.sleep(1)
            tasks.cancel_scope.cancel()

        with anyio.fail_after(2):
            async with gate.admit(None):
                assert gate.in_flight == 1
        assert gate.in_flight == 0


async def _hold_for_ever(gate: Gate) -> None:
    async with gate.admit(None):
        await anyio.sleep_forever()


async def test_a_paused_organization_pauses_alone() -> None:
    """A 429 for one organization is that organization's affair."""
    async with Gate(FAST, max_in_flight=5) as gate:
        gate.organization_exceeded("paused", 30, began_at=0.0)
        async with gate.admit("other"):
            assert anyio.current_time() < 1
        async with gate.admit("paused"):
            assert anyio.current_time() >= 30


async def test_a_paused_address_pauses_everybody() -> None:
    """A 429 for the address is everybody's affair."""
    async with Gate(FAST, max_in_flight=5) as gate:
        gate.address_exceeded(30, began_at=0.0)
        async with gate.admit("any"):
            assert anyio.current_time() >= 30


async def test_whoever_withdraws_lets_the_others_through() -> None:
    """A refused key's queue is sent away at once, not one by one at the pace of the budget."""
    owner, admitted, withdrawn = object(), list[float](), list[float]()

    async def ask(gate: Gate, whose: object) -> None:
        try:
            async with gate.admit(None, owner=whose):
                admitted.append(anyio.current_time())
        except WithdrawnError:
            withdrawn.append(anyio.current_time())

    async with Gate(BudgetRates(address_rate=1), max_in_flight=5) as gate, anyio.create_task_group() as tasks:
        for whose in [owner] * 50 + ["another"]:
            tasks.start_soon(ask, gate, whose)
        await anyio.sleep(0.5)
        gate.withdraw(owner)

    assert len(withdrawn) >= 45
    assert max(withdrawn) < 1
    assert max(admitted) < 5


async def test_a_finished_organization_is_forgotten() -> None:
    """Budgets are kept for the organizations in progress, not for all there ever were."""
    async with Gate(FAST, max_in_flight=5) as gate:
        for number in range(50):
            async with gate.admit(str(number)):
                pass
            gate.forget(str(number))

        assert gate.organizations == 0
