"""Fans out over any number of organizations with a fixed number of tasks.

Each worker takes the next organization when it has finished one, so tasks and memory do not grow with
the fleet. One organization's failure, a defect of this program included, stays with it. Requests in
flight are bounded by the gate, not here: a worker whose organization waits for its own budget holds
neither a place in flight nor address budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import anyio

from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.plan import Assignment
from auditor.domain.result import OrganizationResult
from auditor.engine.audit import AuditOf, cut_short, unreached
from auditor.engine.events import InternalErrorCaught, Listener
from auditor.engine.stop import Stop

OPEN_PER_PLACE: Final = 2
"""Organizations open per place in flight: as many again may wait for budgets and back-offs."""


class Scheduler:
    """Audits organizations in the order given, *workers* of them at a time."""

    def __init__(self, audit_of: AuditOf, *, workers: int, stop: Stop, on_event: Listener) -> None:
        self._audit_of = audit_of
        self._workers = workers
        self._stop = stop
        self._on_event = on_event

    async def sweep(
        self, assignments: Sequence[Assignment], *, collect: Callable[[OrganizationResult], None]
    ) -> None:
        """Hand exactly one result per assignment to *collect*, also when the run is stopped.

        Returns early when stopped: what is in flight is dropped, what was read is kept.
        """
        remaining = iter(assignments)
        async with self._stop.scope(), anyio.create_task_group() as workers:
            for _ in range(min(self._workers, len(assignments))):
                workers.start_soon(self._work, remaining, collect)
        for assignment in remaining:
            collect(unreached(assignment, reason=self._reason))

    @property
    def _reason(self) -> str:
        return self._stop.reason or "the run was cancelled"

    async def _work(
        self, remaining: Iterator[Assignment], collect: Callable[[OrganizationResult], None]
    ) -> None:
        for assignment in remaining:
            collect(await self._audit(assignment, collect=collect))

    async def _audit(
        self, assignment: Assignment, *, collect: Callable[[OrganizationResult], None]
    ) -> OrganizationResult:
        audit, fetcher = self._audit_of(assignment)
        try:
            return await audit.run(fetcher)
        except anyio.get_cancelled_exc_class():
            collect(audit.result(cut_short(self._reason)))
            raise
        except Exception as error:  # noqa: BLE001 - a defect costs one organization, not the night
            self._on_event(InternalErrorCaught(assignment.organization.id, error))
            defect = Failure(FailureClass.INTERNAL, f"a defect of this program: {type(error).__name__}")
            return audit.result(defect)
