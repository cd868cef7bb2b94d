"""The audit of organizations, whatever their licensing model, and what becomes of those that get none.

Which audit an organization gets is decided on the licensing model that it states, and corrected by what
its endpoints answer: nothing is counted under a model that does not answer, and nothing is a zero because
the wrong question was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

from auditor.domain.co_term import CoTermOverview
from auditor.domain.counts import added
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.plan import Assignment, Errand
from auditor.domain.question import Question
from auditor.domain.result import OrganizationResult
from auditor.domain.sizes import Sizes
from auditor.engine.co_term_audit import CoTermAudit
from auditor.engine.events import Listener
from auditor.engine.fetcher import Fetched, Fetcher
from auditor.engine.per_device_audit import PerDeviceAudit
from auditor.engine.subscription_audit import SubscriptionAudit
from auditor.wire.co_term import decode_any_overview
from auditor.wire.endpoints import overview_url
from auditor.wire.message import Request, Shape


class Audit(Protocol):
    """What the scheduler runs: the audit of one organization, or of several that are read together."""

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read, and give one result for each organization."""
        ...

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """The same at any time before, cut short by *ending*: what was read stands."""
        ...


AuditOf: TypeAlias = Callable[[Errand], tuple[Audit, Fetcher]]


class OrganizationAudit:
    """The audit of one organization, which may turn out to be under another model than it states.

    *sizes* say how many pages to expect.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        base_url: str,
        question: Question,
        on_event: Listener,
        sizes: Sizes | None = None,
    ) -> None:
        self.assignment = assignment
        self._base_url = base_url
        self._question = question
        self._on_event = on_event
        self._sizes = sizes
        self._audit: Audit = self._stated()

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read the organization under the model that it states, then under the one that answers."""
        (result,) = await self._audit.run(fetcher)
        if result.is_counted or not _is_another_model(result.ending):
            return (result,)
        other = await self._other(fetcher)
        if other is None:
            return (result,)
        stated, self._audit = self._audit, other
        (found,) = await other.run(fetcher)
        if not found.is_counted or _is_empty(found):
            self._audit = stated
            return (result,)
        return (_noted(found) if self._states_a_model else found,)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far, ended by *ending*."""
        return self._audit.results(ending)

    @property
    def _model(self) -> str | None:
        return self.assignment.organization.licensing_model

    @property
    def _states_a_model(self) -> bool:
        return self._model in set(LicensingModel)

    def _stated(self) -> Audit:
        match self._model:
            case LicensingModel.CO_TERM:
                return self._co_term(None)
            case LicensingModel.SUBSCRIPTION:
                return self._subscription()
            case _:
                return self._per_device()

    async def _other(self, fetcher: Fetcher) -> Audit | None:
        """The audit of another model than was tried, as the shape of the overview tells, if it does."""
        organization_id = self.assignment.organization.id
        request = Request(overview_url(self._base_url, organization_id), organization_id, Shape.OBJECT)
        answer = await fetcher.fetch(request, decode=decode_any_overview)
        if isinstance(answer, Fetched):
            was_co_term = isinstance(self._audit, CoTermAudit)
            if isinstance(answer.value, CoTermOverview):
                return None if was_co_term else self._co_term(answer.value)
            return self._per_device() if was_co_term else None
        return self._subscription() if _is_another_model(answer) else None

    def _per_device(self) -> PerDeviceAudit:
        return PerDeviceAudit(
            self.assignment,
            base_url=self._base_url,
            question=self._question,
            on_event=self._on_event,
            sizes=self._sizes,
        )

    def _co_term(self, overview: CoTermOverview | None) -> CoTermAudit:
        return CoTermAudit(
            self.assignment,
            base_url=self._base_url,
            question=self._question,
            on_event=self._on_event,
            sizes=self._sizes,
            overview=overview,
            with_inventory=self._question.inventory,
        )

    def _subscription(self) -> SubscriptionAudit:
        return SubscriptionAudit(
            (self.assignment,), base_url=self._base_url, question=self._question, on_event=self._on_event
        )


def _is_another_model(ending: Failure | Skip | None) -> bool:
    return isinstance(ending, Skip) and ending.reason is SkipReason.UNSUPPORTED_MODEL


def _is_empty(result: OrganizationResult) -> bool:
    """Nobody is under subscription licensing for having no subscription."""
    return result.subscriptions is not None and not result.subscriptions.subscriptions


def _noted(result: OrganizationResult) -> OrganizationResult:
    """*result* with the note that its model is not the one that the organization states."""
    note = {NoteKind.MODEL_DIFFERS: 1}
    if result.tally is not None:
        return replace(result, tally=replace(result.tally, notes=added(result.tally.notes, note)))
    if result.co_term is not None:
        return replace(result, co_term=replace(result.co_term, notes=added(result.co_term.notes, note)))
    if result.subscriptions is not None:
        account = result.subscriptions
        return replace(result, subscriptions=replace(account, notes=added(account.notes, note)))
    return result


def unreached(errand: Errand, *, reason: str) -> Sequence[OrganizationResult]:
    """The results of organizations whose turn never came."""
    return [OrganizationResult(one.organization, one.tenant, ending=cut_short(reason)) for one in errand]


def cut_short(reason: str) -> Failure:
    """The failure of whatever was not finished when the run had to end."""
    return Failure(FailureClass.DEADLINE, f"not finished: {reason}")
