"""The audit of one organization: its pages read and folded, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable

from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.domain.plan import Assignment
from auditor.domain.reducer import LicenseFold
from auditor.domain.result import OrganizationResult
from auditor.domain.window import Windows
from auditor.engine.events import Listener, PageRead
from auditor.engine.fetcher import Fetcher
from auditor.wire.decode import LicensePage, decode_licenses
from auditor.wire.message import Request


class OrganizationAudit:
    """Can be asked for its result at any time: whatever cut it short, what was read stands."""

    def __init__(
        self,
        assignment: Assignment,
        *,
        request: Request,
        windows: Windows,
        on_event: Listener,
        expected_pages: int = 1,
    ) -> None:
        self.assignment = assignment
        self._expected_pages = expected_pages
        self._request = request
        self._fold = LicenseFold(windows)
        self._pages = 0
        self._on_event = on_event

    async def run(self, fetcher: Fetcher) -> OrganizationResult:
        """Read every page of the organization's licenses."""
        try:
            ending = await fetcher.walk(
                self._request,
                decode=decode_licenses,
                fold=self._add,
                expected_pages=self._expected_pages,
            )
        finally:
            fetcher.finished(self.assignment.organization.id)
        return self.result(ending)

    def result(self, ending: Failure | Skip | None) -> OrganizationResult:
        """What is known so far, ended by *ending*; None means that nothing is missing."""
        return OrganizationResult(
            self.assignment.organization,
            self.assignment.tenant,
            tally=self._fold.tally if self._pages else None,
            pages=self._pages,
            ending=ending,
        )

    def _add(self, page: LicensePage) -> int:
        self._pages += 1
        new = self._fold.fold(page)
        self._on_event(PageRead(self.assignment.organization.id, len(page)))
        return new


def unreached(assignment: Assignment, *, reason: str) -> OrganizationResult:
    """The result of an organization whose turn never came."""
    return OrganizationResult(assignment.organization, assignment.tenant, ending=cut_short(reason))


def cut_short(reason: str) -> Failure:
    """The failure of whatever was not finished when the run had to end."""
    return Failure(FailureClass.DEADLINE, f"not finished: {reason}")


AuditOf = Callable[[Assignment], tuple[OrganizationAudit, Fetcher]]
