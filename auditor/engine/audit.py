"""The audit of organizations, whatever their licensing model, and what becomes of those that get none.

Which audit an organization gets is decided on the licensing model that it states, and corrected by what
its endpoints answer: nothing is counted under a model that does not answer, nothing is a zero because
the wrong question was asked, and what no model answers for is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.domain.plan import Assignment, Errand
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.co_term_audit import CoTermAudit
from auditor.engine.fetcher import Fetcher
from auditor.engine.model_search import (
    Audit,
    Looked,
    ModelSearch,
    Reply,
    is_not_found,
    is_refused,
    look,
)
from auditor.engine.per_device_audit import PerDeviceAudit
from auditor.engine.subscription_audit import SubscriptionAudit

AuditOf: TypeAlias = Callable[[Errand], tuple[Audit, Fetcher]]


class OrganizationAudit:
    """The audit of one organization, which may turn out to be under another model than it states.

    One that states subscriptions is for `SubscribersAudit`.
    """

    def __init__(self, assignment: Assignment, asking: Asking) -> None:
        self.assignment = assignment
        self._asking = asking
        is_co_term = assignment.organization.licensing_model == LicensingModel.CO_TERM
        self._stated = (CoTermAudit if is_co_term else PerDeviceAudit)(assignment, asking)
        self._search: ModelSearch | None = None

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read the organization under the model that it states, then under the one that answers."""
        (result,) = await self._stated.run(fetcher)
        if result.is_counted or not is_refused(result.ending):
            return (result,)
        is_listed = isinstance(self._stated, PerDeviceAudit) and self._stated.is_list_asked
        looked = await self._look(result, fetcher)
        replies = [Reply("licenses", result.ending)] if is_listed else []
        self._search = ModelSearch(self.assignment, self._asking, replies)
        asked = {LicensingModel.PER_DEVICE} if is_listed else set[LicensingModel]()
        return (await self._search.run(fetcher, looked, asked=asked),)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far, ended by *ending*."""
        return self._stated.results(ending) if self._search is None else (self._search.result(ending),)

    async def _look(self, result: OrganizationResult, fetcher: Fetcher) -> Looked:
        """The overview, which may have been asked for under the stated model already."""
        stated = self._stated
        known: Looked | None = stated.overviews
        if known is None:
            known = stated.overview_refusal if isinstance(stated, PerDeviceAudit) else result.ending
        if known is not None:
            return known
        looked = await look(self.assignment, self._asking, fetcher)
        fetcher.finished(self.assignment.organization.id)
        return looked


class SubscribersAudit:
    """The audit of organizations that state subscriptions, some of which may be under another model.

    Those that are refused, and those that have no subscription at all, are asked for their overview. Where
    that is refused as under no other model, having none is what there is to know. That a 404 says as much
    is a third party's observation, which the vendor's description does not confirm: it is not relied on.
    """

    def __init__(self, assignments: Sequence[Assignment], asking: Asking) -> None:
        self._assignments = {one.organization.id: one for one in assignments}
        self._asking = asking
        self._batch = SubscriptionAudit(assignments, asking)
        self._checked: dict[str, OrganizationResult] = {}
        self._searches: dict[str, ModelSearch] = {}

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read all subscriptions, then what else the organizations without any may have."""
        for result in await self._batch.run(fetcher):
            if _is_doubtful(result):
                own_id = result.organization.id
                try:
                    self._checked[own_id] = await self._check(result, fetcher)
                finally:
                    fetcher.finished(own_id)
        return self.results(None)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far; *ending* ends those of which something is still missing, or in doubt."""
        return [self._result(one, ending) for one in self._batch.results(ending)]

    def _result(self, result: OrganizationResult, ending: Failure | Skip | None) -> OrganizationResult:
        own_id = result.organization.id
        if own_id in self._checked:
            return self._checked[own_id]
        if own_id in self._searches:
            return self._searches[own_id].result(ending)
        if _is_doubtful(result):
            return OrganizationResult(result.organization, result.tenant, ending=ending or result.ending)
        return result

    async def _check(self, result: OrganizationResult, fetcher: Fetcher) -> OrganizationResult:
        assignment = self._assignments[result.organization.id]
        looked = await look(assignment, self._asking, fetcher)
        if result.subscriptions is not None and is_refused(looked) and not is_not_found(looked):
            notes = dict(result.subscriptions.notes) | {NoteKind.NO_SUBSCRIPTIONS: 1}
            return replace(result, subscriptions=replace(result.subscriptions, notes=notes))
        search = ModelSearch(assignment, self._asking, [Reply("subscriptions", result.ending)])
        self._searches[assignment.organization.id] = search
        return await search.run(fetcher, looked, asked={LicensingModel.SUBSCRIPTION})


_CLIENT_ERRORS: Final = range(400, 500)
_OF_THE_QUESTION: Final = frozenset({FailureClass.BAD_RESPONSE, FailureClass.NOT_FOUND})
"""The classes of a 4xx that is neither about the key (401, 402, 403) nor about haste (408, 429)."""


def _is_doubtful(result: OrganizationResult) -> bool:
    """Whether an organization that states subscriptions may be under another model after all."""
    ending = result.ending
    if result.subscriptions is not None:
        return ending is None and not result.subscriptions.subscriptions
    if not isinstance(ending, Failure):
        return is_refused(ending)
    return ending.failure_class in _OF_THE_QUESTION and ending.http_status in _CLIENT_ERRORS


def cut_short(reason: str) -> Failure:
    """The failure of whatever was not finished when the run had to end."""
    return Failure(FailureClass.DEADLINE, f"not finished: {reason}")
