"""Fans out over any number of organizations with a bounded number of tasks.

An organization, or a few that are read together, is opened when the room has a seat for it, so tasks and
memory do not grow with the fleet. One organization's failure stays with it, and a defect of this program
with those that were read together. Requests in flight are bounded by the gate, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import anyio
from anyio.abc import TaskGroup

from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.plan import Assignment, Errand
from auditor.domain.result import OrganizationResult
from auditor.engine.audit import AuditOf, cut_short
from auditor.engine.events import InternalErrorCaught, Listener, OrganizationBegun
from auditor.engine.room import Room
from auditor.engine.stop import Stop

Collect = Callable[[OrganizationResult], None]

Leave = Callable[[Iterable[Assignment], Failure], None]
"""Takes all the organizations whose turn never came at once, and the failure that says why."""


class Scheduler:
    """Runs errands in the order given, as many at a time as *room* seats."""

    def __init__(self, audit_of: AuditOf, *, room: Room, stop: Stop, on_event: Listener) -> None:
        self._audit_of = audit_of
        self._room = room
        self._stop = stop
        self._on_event = on_event

    async def sweep(self, errands: Sequence[Errand], *, collect: Collect, leave: Leave) -> None:
        """Hand each organization to *collect* with its result or, where the run is stopped first, to *leave*.

        Returns early when stopped: what is in flight is dropped, what was read is kept.
        """
        remaining = iter(errands)
        async with self._stop.scope(), anyio.create_task_group() as tasks:
            await self._open(remaining, tasks, collect)
        leave(chain.from_iterable(remaining), cut_short(self._reason))

    @property
    def _reason(self) -> str:
        return self._stop.reason or "the run was cancelled"

    async def _open(self, remaining: Iterator[Errand], tasks: TaskGroup, collect: Collect) -> None:
        while True:
            await self._room.enter()
            # Taken only when there is a seat: whoever is cancelled while waiting has nothing in hand.
            errand = next(remaining, None)
            if errand is None:
                self._room.leave()
                return
            tasks.start_soon(self._work, errand, collect)

    async def _work(self, errand: Errand, collect: Collect) -> None:
        try:
            for one in errand:
                self._on_event(OrganizationBegun(one.organization.id, one.tenant))
            for result in await self._audit(errand, collect=collect):
                collect(result)
        finally:
            self._room.leave()

    async def _audit(self, errand: Errand, *, collect: Collect) -> Sequence[OrganizationResult]:
        audit, fetcher = self._audit_of(errand)
        try:
            return await audit.run(fetcher)
        except anyio.get_cancelled_exc_class():
            for result in audit.results(cut_short(self._reason)):
                collect(result)
            raise
        except Exception as error:  # noqa: BLE001 - a defect costs one errand, not the night
            self._on_event(InternalErrorCaught(errand[0].organization.id, error))
            defect = Failure(FailureClass.INTERNAL, f"a defect of this program: {type(error).__name__}")
            return audit.results(defect)
