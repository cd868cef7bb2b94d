"""The gate that every request passes: organization budget, then a place in flight, then address budget.

In that order, because a request that waits for its organization must hold nothing that another could
use. The address's budget is spent by one pacer task, which picks the most urgent waiting request at the
moment when one may begin. Waiting costs a heap entry, not a timer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from auditor.engine.limiter import AddressBudget, OrganizationBudget
from auditor.engine.room import Room
from auditor.engine.shared_budget import SharedBudget


@dataclass(frozen=True, slots=True)
class BudgetRates:
    """What the vendor grants, in requests per second; *organization_share* of it is ours to spend."""

    organization_rate: float = 10.0
    organization_burst: float = 10.0
    organization_share: float = 0.9
    address_rate: float = 100.0

    @property
    def own_organization_rate(self) -> float:
        """What is ours of an organization's rate."""
        return self.organization_rate * self.organization_share

    @property
    def own_organization_burst(self) -> float:
        """What is ours of its burst; a bucket that holds less than one request would never admit any."""
        return max(1.0, self.organization_burst * self.organization_share)

    def organization_budget(self) -> OrganizationBudget:
        """A fresh budget for one organization."""
        return OrganizationBudget(rate=self.own_organization_rate, burst=self.own_organization_burst)


class WithdrawnError(Exception):
    """The request was taken back by its owner before its turn came."""


@dataclass(order=True, slots=True)
class _Ticket:
    urgency: float
    number: int
    owner: object = field(compare=False)
    decided: anyio.Event = field(compare=False)
    begun: anyio.Event = field(compare=False)
    is_granted: bool = field(default=False, compare=False)
    is_abandoned: bool = field(default=False, compare=False)


class Gate:
    """Admits requests that leave from one source address towards one host.

    Enter it to start its pacer; leave it to stop. *max_in_flight* bounds the requests between their
    admission and the end of their answer. Requests that wait for their organization step outside *room*.
    *shared* are the budgets as all processes of this machine spend them, beside this one's own.
    """

    def __init__(
        self,
        rates: BudgetRates,
        *,
        max_in_flight: int,
        room: Room | None = None,
        shared: SharedBudget | None = None,
    ) -> None:
        self._rates = rates
        self._shared = shared
        self._room = room or Room(max_in_flight)
        self._address = AddressBudget(rate=rates.address_rate)
        self._organizations: dict[str, OrganizationBudget] = {}
        self._places = anyio.Semaphore(max_in_flight, fast_acquire=True)
        self._max_in_flight = max_in_flight
        self._queue: list[_Ticket] = []
        self._numbers = count()
        self._arrival = anyio.Event()
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._pace)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._tasks is not None  # noqa: S101 - entered before left
        self._tasks.cancel_scope.cancel()
        return await self._tasks.__aexit__(kind, error, trace)

    @property
    def in_flight(self) -> int:
        """Requests admitted and not yet answered."""
        return self._max_in_flight - self._places.value

    @property
    def organizations(self) -> int:
        """Organizations whose budget is being kept."""
        return len(self._organizations)

    @asynccontextmanager
    async def admit(
        self, organization_id: str | None, *, urgency: float = 0.0, owner: object = None
    ) -> AsyncIterator[None]:
        """Enter when the request may begin, leave when it is answered.

        *organization_id* None draws on the address alone. Of those who wait, the greatest *urgency*
        goes first, then who came first.

        Raises:
            WithdrawnError: *owner* withdrew its requests while this one waited for the address.
        """
        if organization_id is not None:
            with self._room.stepped_outside():
                await self._budget_of(organization_id).acquire()
                if self._shared is not None:
                    await self._shared.acquire_organization(organization_id)
        await self._queue_up(urgency, owner)
        try:
            with self._room.served() if organization_id is not None else nullcontext():
                yield
        finally:
            self._places.release()

    async def back_off(self, organization_id: str | None, seconds: float) -> None:
        """Wait *seconds* before the same request is tried again; nobody else is held back."""
        if organization_id is None:
            await anyio.sleep(seconds)
            return
        with self._room.stepped_outside():
            await anyio.sleep(seconds)

    def organization_exceeded(self, organization_id: str, wait_seconds: float, *, began_at: float) -> None:
        """The organization refused a request sent at *began_at*: pause it, then go slower there."""
        self._budget_of(organization_id).exceeded(wait_seconds, began_at=began_at)
        if self._shared is not None:
            self._shared.pause_organization(organization_id, wait_seconds)

    def address_exceeded(self, wait_seconds: float, *, began_at: float) -> None:
        """The address was refused: pause everything, then go slower."""
        self._address.exceeded(wait_seconds, began_at=began_at)
        if self._shared is not None:
            self._shared.pause_address(wait_seconds)

    def withdraw(self, owner: object) -> None:
        """Send everybody away who waits for the address on behalf of *owner*: it has nothing left to ask."""
        for ticket in self._queue:
            if ticket.owner is owner:
                ticket.is_abandoned = True
                ticket.decided.set()

    def forget(self, organization_id: str) -> None:
        """Drop the budget of an organization that will be asked nothing more."""
        self._organizations.pop(organization_id, None)

    def _budget_of(self, organization_id: str) -> OrganizationBudget:
        budget = self._organizations.get(organization_id)
        if budget is None:
            budget = self._organizations[organization_id] = self._rates.organization_budget()
        return budget

    async def _queue_up(self, urgency: float, owner: object) -> None:
        ticket = _Ticket(-urgency, next(self._numbers), owner, anyio.Event(), anyio.Event())
        heappush(self._queue, ticket)
        self._arrival.set()
        try:
            await ticket.decided.wait()
        except BaseException:
            ticket.is_abandoned = True
            if ticket.is_granted:
                self._places.release()
            raise
        finally:
            ticket.begun.set()
        if not ticket.is_granted:
            raise WithdrawnError

    async def _pace(self) -> None:
        while True:
            await self._someone_waits()
            await self._places.acquire()
            await self._address.acquire()
            if self._shared is not None:
                await self._shared.acquire_address()
            ticket = self._most_urgent()
            if ticket is None:  # everybody left meanwhile; the token is lost, which is safe
                self._places.release()
            else:
                ticket.is_granted = True
                ticket.decided.set()
                # The next is admitted after this one was sent, or a stall would send the two together.
                await ticket.begun.wait()
                self._address.begun()

    async def _someone_waits(self) -> None:
        while not self._queue:
            self._arrival = anyio.Event()
            await self._arrival.wait()

    def _most_urgent(self) -> _Ticket | None:
        while self._queue:
            ticket = heappop(self._queue)
            if not ticket.is_abandoned:
                return ticket
        return None
