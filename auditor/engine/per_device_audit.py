"""The audit of an organization under per-device licensing: what its plan asks for, read and folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import sub
from typing import Final

from anyio import to_thread

from auditor.domain.coverage import Coverage
from auditor.domain.extra import Extra
from auditor.domain.finding import Finding, not_compared, reconcile
from auditor.domain.license import LicenseState
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, Skip, SkipReason, as_failure
from auditor.domain.outlook import Outlook
from auditor.domain.overview import Overview, SeatUse, completed
from auditor.domain.plan import Assignment
from auditor.domain.question import (
    LICENSES_PER_PAGE,
    PlanKind,
    feasible_plan,
    opening_plan,
    pages_by_state,
    pages_of,
)
from auditor.domain.reducer import LicenseFold, Tally
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.events import PageRead
from auditor.engine.fetcher import Fetched, Fetcher, ToCome
from auditor.wire.co_term import Overviews, decode_overviews
from auditor.wire.decode import LicensePage, decode_licenses
from auditor.wire.endpoints import licenses_url, overview_url
from auditor.wire.message import Request, Shape

AFTER_THE_LIST: Final = 1.5
"""The urgency of an overview after the list, above that of a last page: what was begun is finished first."""

LONG_LIST: Final = 50_000
"""Licenses that are judged in a few hundredths of a second. A million take more than half a second, in which
no other organization would be served; a thread for every short list would cost more than it saves."""


class PerDeviceAudit:
    """Can be asked for its result at any time: whatever cut it short, what was read stands.

    Seats in use are an extra: where the overview after the list cannot be read, the organization is audited
    without them. *overview* is the organization's, where it was read already, and *overview_refusal* why
    there is none, where it was asked for already: then the list is read. *overviews* has all parts of what
    came.
    """

    def __init__(
        self,
        assignment: Assignment,
        asking: Asking,
        *,
        overview: Overview | None = None,
        overview_refusal: Failure | Skip | None = None,
    ) -> None:
        question = asking.question
        self.assignment = assignment
        self.overviews: Overviews | None = None
        self.is_list_asked = False
        self._base_url = asking.base_url
        self._question = question
        self._on_event = asking.on_event
        self._sizes = asking.sizes
        self._told_pages: int | None = None
        wanted = feasible_plan(question.plan, question.windows, now=question.now)
        known_pages = self._sizes.known(assignment.organization.id)
        organization = assignment.organization
        if overview is not None:  # which tells the model, whatever the organization states
            organization = replace(organization, licensing_model=LicensingModel.PER_DEVICE)
        self._plan = opening_plan(wanted, organization, known_pages=known_pages)
        if overview_refusal is not None:
            self._plan = PlanKind.FULL
        self._fold = LicenseFold(question.windows, detail=question.detail)
        self._pages = 0
        self._overview: Overview | None = None
        self._refusal = overview_refusal
        self._seat_use_refusal: Failure | None = None
        self._states_read: set[str] = set()
        self._is_read = False
        self._is_seat_use_open = False
        self._coverage: Coverage | None = None
        self._outlook: Outlook | None = None
        self._findings: tuple[Finding, ...] = ()
        self._is_reconciled = False
        if overview is not None:
            self._take(overview)

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read what the plan asks for. There is one result."""
        try:
            ending = await self._read(fetcher)
            self._is_read = ending is None
            if self._is_read and self._is_listed and self._question.reconcile:
                await self._reconcile(fetcher)
        finally:
            fetcher.finished(self.assignment.organization.id)
        return self.results(ending)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far, ended by *ending*; None means that nothing is missing."""
        return (self._result(ending),)

    @property
    def overview_refusal(self) -> Failure | Skip | None:
        """Why there is no overview, where it was asked for; None where it was not, or came."""
        return None if self._overview is not None else self._refusal

    def _result(self, ending: Failure | Skip | None) -> OrganizationResult:
        findings, missing = self._findings, self._seat_use_refusal
        if ending is not None and self._pages:
            # Of a list that was begun, the rest is missing: that is no organization for another audit.
            ending = as_failure(ending)
            if self._is_seat_use_open:  # all that was cut short is the overview after the list
                missing, ending = ending, None
        if self._is_read and ending is not None:  # all that was cut short is the comparison
            findings, ending = (self._not_compared(ending),), None
        tally = self._tally()
        is_listed = tally is not None and self._plan is not PlanKind.COUNTS
        return OrganizationResult(
            self.assignment.organization,
            self.assignment.tenant,
            tally=tally,
            coverage=self._coverage,
            outlook=self._outlook,
            seat_use=self._seat_use(),
            pages=self._pages,
            ending=ending,
            plan=self._plan,
            findings=findings,
            is_reconciled=self._is_reconciled,
            attention=self._fold.attention if is_listed else None,
            missing={} if missing is None else {Extra.SEAT_USE: missing},
        )

    def _seat_use(self) -> SeatUse | None:
        """How seats are used, as the overview tells, of an organization that has any."""
        use = None if self._overview is None else self._overview.seat_use
        is_full = self._plan is PlanKind.FULL
        has_seats = self._fold.tally.seat_licenses if is_full else use is not None and use.total
        return use if has_seats else None

    def _tally(self) -> Tally | None:
        if self._plan is PlanKind.FULL:
            return self._fold.tally if self._pages else None
        if self._overview is None:
            return None
        read = Tally() if self._plan is PlanKind.COUNTS else self._fold.tally
        return completed(read, self._overview, finished=self._states_read)

    async def _read(self, fetcher: Fetcher) -> Failure | Skip | None:
        is_wanted = self._plan is not PlanKind.FULL or self._question.reconcile
        if is_wanted and self._overview is None and self._refusal is None:
            await self._look(fetcher, urgency=self._to_come(0))
            if self.overviews is not None and self.overviews.per_device is None:
                return self._refusal
        if self._plan is not PlanKind.FULL:
            if self._overview is None:
                return self._refusal
            if self._plan is PlanKind.COUNTS:
                return None
            windows, now = self._question.windows, self._question.now
            pages = pages_by_state(self._overview, windows, now=now, page_size=LICENSES_PER_PAGE)
            if pages is not None:
                return await self._read_states(fetcher, pages)
            self._plan = PlanKind.FULL
        ending = await self._walk(fetcher, to_come=self._to_come)
        if ending is None:
            self._coverage, self._outlook = await self._close()
            if self._is_seat_use_missing:
                self._is_seat_use_open = True
                await self._look(fetcher, urgency=AFTER_THE_LIST)
                self._is_seat_use_open = False
                if self._overview is None and self._refusal is not None:
                    self._seat_use_refusal = as_failure(self._refusal)
        return ending

    async def _close(self) -> tuple[Coverage, Outlook]:
        """What the whole list says: of a long one beside the event loop, on which others wait."""
        if self._fold.tally.total <= LONG_LIST:
            return self._fold.close()
        return await to_thread.run_sync(self._fold.close)

    @property
    def _is_listed(self) -> bool:
        """The whole list was read."""
        return self._outlook is not None

    @property
    def _is_seat_use_missing(self) -> bool:
        """No list tells how many seats are in use."""
        return self._question.seat_use and self._overview is None and self._fold.tally.seat_licenses > 0

    def _to_come(self, read: int) -> float:
        """Pages of the whole list still to be asked for, when *read* came."""
        if self._told_pages is not None:
            return self._told_pages - read
        return self._sizes.to_come(self.assignment.organization.id, read=read)

    async def _look(self, fetcher: Fetcher, *, urgency: float) -> None:
        """Ask for the overview, which also tells how long the list is."""
        answer = await self._ask_overview(fetcher, urgency=urgency)
        if isinstance(answer, Overview):
            self._take(answer)
        else:
            self._refusal = answer

    def _take(self, overview: Overview) -> None:
        self._overview = overview
        self._told_pages = pages_of(overview.total, page_size=LICENSES_PER_PAGE)

    async def _read_states(
        self, fetcher: Fetcher, pages: Mapping[LicenseState, int]
    ) -> Failure | Skip | None:
        to_come = sum(pages.values())
        for state, count in pages.items():
            ending = await self._walk(fetcher, to_come=partial(sub, to_come), state=state)
            if ending is not None:
                return ending
            self._states_read.add(state)
            to_come -= count
        return None

    async def _walk(
        self, fetcher: Fetcher, *, to_come: ToCome, state: LicenseState | None = None
    ) -> Failure | Skip | None:
        organization_id = self.assignment.organization.id
        self.is_list_asked = True
        request = Request(licenses_url(self._base_url, organization_id, state=state), organization_id)
        decode = partial(decode_licenses, with_orders=self._question.detail)
        return await fetcher.walk(request, decode=decode, fold=self._add, to_come=to_come)

    async def _ask_overview(self, fetcher: Fetcher, *, urgency: float) -> Overview | Failure | Skip:
        organization_id = self.assignment.organization.id
        request = Request(overview_url(self._base_url, organization_id), organization_id, Shape.OBJECT)
        answer = await fetcher.fetch(request, decode=decode_overviews, urgency=urgency)
        if not isinstance(answer, Fetched):
            return answer
        self.overviews = answer.value
        if answer.value.per_device is None:
            return Skip(SkipReason.UNSUPPORTED_MODEL, "its overview is that of co-termination")
        return answer.value.per_device

    async def _reconcile(self, fetcher: Fetcher) -> None:
        """Compare the list with the overview from before it, and one that differs once more after it.

        Only what both readings of the overview deny is a finding: the other differences came about while
        the list was read.
        """
        refusal = self._refusal
        differences = self._differences(self._overview) if self._overview else ()
        if self._overview and differences:
            answer = await self._ask_overview(fetcher, urgency=AFTER_THE_LIST)
            if isinstance(answer, Overview):
                differences = self._differences(self._overview, answer)
            else:
                refusal = answer
        self._is_reconciled = refusal is None
        self._findings = differences if refusal is None else (self._not_compared(refusal),)

    def _differences(self, *overviews: Overview) -> tuple[Finding, ...]:
        organization_id, tenant = self.assignment.organization.id, self.assignment.tenant
        return reconcile(self._fold.tally, overviews, organization_id=organization_id, tenant=tenant)

    def _not_compared(self, ending: Failure | Skip) -> Finding:
        organization_id, tenant = self.assignment.organization.id, self.assignment.tenant
        return not_compared(organization_id, tenant, reason=ending.message)

    def _add(self, page: LicensePage) -> int:
        self._pages += 1
        new = self._fold.fold(page)
        self._on_event(PageRead(self.assignment.organization.id, len(page)))
        return new
