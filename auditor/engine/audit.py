"""The audit of organizations, whatever their licensing model, and what becomes of those that get none.

Which audit an organization gets is decided on the licensing model that it states, and corrected by what
its endpoints answer: nothing is counted under a model that does not answer, nothing is a zero because
the wrong question was asked, and what no model answers for is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from auditor.domain.co_term import CoTermOverview
from auditor.domain.counts import added
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.overview import Overview
from auditor.domain.plan import Assignment, Errand
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.co_term_audit import CoTermAudit
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

Looked: TypeAlias = Overview | CoTermOverview | Failure | Skip
"""What the overview of an organization came to; its shape tells the licensing model."""


class OrganizationAudit:
    """The audit of one organization, which may turn out to be under another model than it states.

    One that states subscriptions is for `SubscribersAudit`.
    """

    def __init__(self, assignment: Assignment, asking: Asking) -> None:
        self.assignment = assignment
        self._asking = asking
        is_co_term = self._model == LicensingModel.CO_TERM
        self._stated = (CoTermAudit if is_co_term else PerDeviceAudit)(assignment, asking)
        self._other: Audit | None = None

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Read the organization under the model that it states, then under the one that answers."""
        (result,) = await self._stated.run(fetcher)
        if result.is_counted or not _is_another_model(result.ending):
            return (result,)
        looked = await self._look(result, fetcher)
        if isinstance(looked, Failure | Skip) and not _is_another_model(looked):
            return (replace(result, ending=looked),)
        other = self._follow(looked)
        if other is None:
            return (_unanswered(result, _told(looked)),)
        self._other = other
        (found,) = await other.run(fetcher)
        if _is_another_model(found.ending) or _is_empty(found):
            return (_unanswered(result, _told(looked), _told(found.ending)),)
        return (self._noted(found),)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far, ended by *ending*."""
        if self._other is None:
            return self._stated.results(ending)
        (found,) = self._other.results(ending)
        # An empty account is none: it says nothing as long as it is not known whether the model fits.
        found = replace(found, subscriptions=None, outlook=None) if _is_empty(found) else found
        return (self._noted(found),)

    @property
    def _model(self) -> str | None:
        return self.assignment.organization.licensing_model

    def _noted(self, found: OrganizationResult) -> OrganizationResult:
        return _noted(found, NoteKind.MODEL_DIFFERS) if self._model in set(LicensingModel) else found

    async def _look(self, result: OrganizationResult, fetcher: Fetcher) -> Looked:
        """The overview, which may have been asked for under the stated model already."""
        stated = self._stated
        if isinstance(stated, CoTermAudit):
            refusal = result.ending or Skip(SkipReason.UNSUPPORTED_MODEL, "")
            return stated.other_overview or refusal
        known = stated.other_overview or stated.overview_refusal
        if known is not None:
            return known
        looked = await _look(self.assignment, self._asking, fetcher)
        fetcher.finished(self.assignment.organization.id)
        return looked

    def _follow(self, looked: Looked) -> Audit | None:
        """The audit of the model that *looked* is of; None where that is the one that did not answer."""
        if isinstance(looked, Failure | Skip):
            return SubscriptionAudit((self.assignment,), self._asking)
        if isinstance(looked, Overview) and isinstance(self._stated, PerDeviceAudit):
            return None
        return _audit_of_shape(self.assignment, self._asking, looked)


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
        self._others: dict[str, Audit] = {}

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
        if own_id in self._others:
            (found,) = self._others[own_id].results(ending)
            return _noted(found, NoteKind.MODEL_DIFFERS)
        if _is_doubtful(result):
            return OrganizationResult(result.organization, result.tenant, ending=ending or result.ending)
        return result

    async def _check(self, result: OrganizationResult, fetcher: Fetcher) -> OrganizationResult:
        assignment = self._assignments[result.organization.id]
        looked = await _look(assignment, self._asking, fetcher)
        if isinstance(looked, Failure | Skip):
            return _without_other_model(result, looked)
        other = _audit_of_shape(assignment, self._asking, looked)
        self._others[assignment.organization.id] = other
        (found,) = await other.run(fetcher)
        if _is_another_model(found.ending):
            return _unanswered(result, _told(looked), _told(found.ending))
        return _noted(found, NoteKind.MODEL_DIFFERS)


async def _look(assignment: Assignment, asking: Asking, fetcher: Fetcher) -> Looked:
    """Ask for the overview, whichever shape it has."""
    organization_id = assignment.organization.id
    request = Request(overview_url(asking.base_url, organization_id), organization_id, Shape.OBJECT)
    answer = await fetcher.fetch(request, decode=decode_any_overview)
    return answer.value if isinstance(answer, Fetched) else answer


def _audit_of_shape(assignment: Assignment, asking: Asking, overview: Overview | CoTermOverview) -> Audit:
    """The audit that goes with *overview*, which is not asked for again."""
    if isinstance(overview, CoTermOverview):
        return CoTermAudit(assignment, asking, overview=overview)
    return PerDeviceAudit(assignment, asking, overview=overview)


_CLIENT_ERRORS: Final = range(400, 500)
_REFUSED: Final = frozenset({FailureClass.BAD_RESPONSE, FailureClass.NOT_FOUND})
"""What a 4xx comes to that is neither about the key (401, 403) nor about haste (408, 429)."""


def _is_doubtful(result: OrganizationResult) -> bool:
    """Whether an organization that states subscriptions may be under another model after all."""
    ending = result.ending
    if result.is_counted:
        return ending is None and _is_empty(result)
    is_refused = isinstance(ending, Failure) and ending.failure_class in _REFUSED
    return _is_another_model(ending) or (is_refused and _status_of(ending) in _CLIENT_ERRORS)


def _status_of(ending: Failure | Skip | None) -> int | None:
    return ending.http_status if isinstance(ending, Failure) else None


def _without_other_model(result: OrganizationResult, looked: Failure | Skip) -> OrganizationResult:
    """*result* of an organization whose overview was refused with *looked*."""
    if not _is_another_model(looked):
        return replace(result, subscriptions=None, outlook=None, ending=looked)
    if result.subscriptions is None:
        is_told = isinstance(result.ending, Failure)
        return result if is_told else _unanswered(result, _told(looked))
    notes = dict(result.subscriptions.notes) | {NoteKind.NO_SUBSCRIPTIONS: 1}
    return replace(result, subscriptions=replace(result.subscriptions, notes=notes))


def _is_another_model(ending: Failure | Skip | None) -> bool:
    return isinstance(ending, Skip) and ending.reason is SkipReason.UNSUPPORTED_MODEL


def _is_empty(result: OrganizationResult) -> bool:
    """Nobody is under subscription licensing for having no subscription."""
    return result.subscriptions is not None and not result.subscriptions.subscriptions


def _unanswered(result: OrganizationResult, *came: str) -> OrganizationResult:
    """*result* of an organization that answers under no model: a failure that tells *came*, after its own."""
    told = "; then ".join((_told(result.ending), *came))
    ending = Failure(FailureClass.UNSUPPORTED_MODEL, f"no licensing model answers: {told}")
    return OrganizationResult(result.organization, result.tenant, ending=ending)


def _told(came: Looked | None) -> str:
    """What was asked, and what came, in a few words."""
    match came:
        case Failure() | Skip():
            return came.message
        case Overview():
            return "its overview is that of per-device licensing"
        case CoTermOverview():
            return "its overview is that of co-termination"
        case None:
            return "its list of subscriptions has none"


def _noted(result: OrganizationResult, kind: NoteKind) -> OrganizationResult:
    """*result* with one more note of *kind*."""
    note = {kind: 1}
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
