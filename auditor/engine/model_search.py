"""The search for the licensing model that answers, where the one that an organization states does not.

The vendor has said no in several sentences, and may find another. So no sentence is looked for: any answer
that refuses the question, of whatever text, leads to the lists of the other models, and the one that answers
is the organization's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

from auditor.domain.co_term import CoTermOverview
from auditor.domain.counts import added
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.plan import Assignment
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.co_term_audit import CoTermAudit
from auditor.engine.fetcher import Fetched, Fetcher
from auditor.engine.per_device_audit import PerDeviceAudit
from auditor.engine.subscription_audit import SubscriptionAudit
from auditor.wire.co_term import Overviews, decode_overviews
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


Looked: TypeAlias = Overviews | Failure | Skip
"""What the overview of an organization holds, or why it holds nothing."""

_NOT_FOUND: Final = 404
_REFUSALS: Final = frozenset({400, _NOT_FOUND})
"""What the vendor answers where an organization is under another model than that of the question."""
_CONTRADICTION: Final = Skip(SkipReason.UNSUPPORTED_MODEL, "it is that of per-device licensing")
"""What an overview says beside a list that refuses."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was *asked* for, and the *ending* that came: None where the list was read, and has nothing."""

    asked: str
    ending: Failure | Skip | None

    @property
    def text(self) -> str:
        """Both in a few words."""
        return f"{self.asked}: {'there are none' if self.ending is None else self.ending.message}"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An audit that may fit, and what it *asks* for. One *of_overview* is known to be of its model."""

    asks: str
    audit: Audit
    of_overview: bool = False


class ModelSearch:
    """Asks under one model after the other until one answers. Can be asked for its result at any time.

    *replies* has what came under the stated model.
    """

    def __init__(self, assignment: Assignment, asking: Asking, replies: Sequence[Reply]) -> None:
        self._assignment = assignment
        self._asking = asking
        self._replies = [*replies]
        self._current: _Candidate | None = None

    async def run(
        self, fetcher: Fetcher, looked: Looked, *, asked: Collection[LicensingModel]
    ) -> OrganizationResult:
        """Ask under every model but those *asked* already, *looked* being the organization's overview."""
        if not isinstance(looked, Overviews):
            if is_api_disabled(looked):
                return self._failed(looked)
            self._replies.append(Reply("overview", looked))
        for candidate in self._candidates(looked, asked):
            self._current = candidate
            (found,) = await candidate.audit.run(fetcher)
            if is_api_disabled(found.ending):
                return found
            if found.is_counted and not _is_blank(found, candidate):
                return self._noted(found)
            self._replies.append(Reply(candidate.asks, found.ending))
        return self._failed(self._unanswered())

    def result(self, ending: Failure | Skip | None) -> OrganizationResult:
        """What is known so far, ended by *ending*. An empty list says nothing until its model is known."""
        if self._current is None:
            return self._failed(ending)
        (found,) = self._current.audit.results(ending)
        return self._failed(ending) if _is_blank(found, self._current) else self._noted(found)

    def _candidates(self, looked: Looked, asked: Collection[LicensingModel]) -> Iterator[_Candidate]:
        """The likeliest first: what has an overview, then the lists that were not asked for yet."""
        assignment, asking = self._assignment, self._asking
        parts = looked.under(self._stated) if isinstance(looked, Overviews) else ()
        for part in parts:
            if isinstance(part, CoTermOverview):
                yield _Candidate("keys", CoTermAudit(assignment, asking, overview=part), of_overview=True)
            elif LicensingModel.PER_DEVICE in asked:
                self._replies.append(Reply("overview", _CONTRADICTION))
            else:
                audit = PerDeviceAudit(assignment, asking, overview=part)
                yield _Candidate("licenses", audit, of_overview=True)
        if isinstance(looked, Failure | Skip) and LicensingModel.PER_DEVICE not in asked:
            yield _Candidate("licenses", PerDeviceAudit(assignment, asking, overview_refusal=looked))
        if LicensingModel.SUBSCRIPTION not in asked:
            yield _Candidate("subscriptions", SubscriptionAudit((assignment,), asking))

    def _unanswered(self) -> Failure:
        """The failure that shows every reply. Its class is that of a reply that is no plain refusal."""
        text = "; then ".join(dict.fromkeys(reply.text for reply in self._replies))
        message = f"no licensing model answers: {text}"
        endings = [reply.ending for reply in self._replies if reply.ending is not None]
        failures = [ending for ending in endings if isinstance(ending, Failure)]
        for failure in failures:
            if not is_refused(failure):
                return replace(failure, message=message)
        if len(failures) == len(endings) and all(one.http_status == _NOT_FOUND for one in failures):
            return replace(failures[0], message=message)  # no model knows of such an organization
        return Failure(FailureClass.UNSUPPORTED_MODEL, message)

    @property
    def _stated(self) -> str | None:
        return self._assignment.organization.licensing_model

    def _failed(self, ending: Failure | Skip | None) -> OrganizationResult:
        return OrganizationResult(self._assignment.organization, self._assignment.tenant, ending=ending)

    def _noted(self, found: OrganizationResult) -> OrganizationResult:
        return noted(found, NoteKind.MODEL_DIFFERS) if self._stated in set(LicensingModel) else found


async def look(assignment: Assignment, asking: Asking, fetcher: Fetcher) -> Looked:
    """Ask for the overview, whichever parts it has."""
    organization_id = assignment.organization.id
    request = Request(overview_url(asking.base_url, organization_id), organization_id, Shape.OBJECT)
    answer = await fetcher.fetch(request, decode=decode_overviews)
    return answer.value if isinstance(answer, Fetched) else answer


def is_refused(ending: Looked | None) -> bool:
    """Whether the question itself was refused, in whatever words: another model may answer its own."""
    if isinstance(ending, Skip):
        return ending.reason is SkipReason.UNSUPPORTED_MODEL
    return isinstance(ending, Failure) and ending.http_status in _REFUSALS


def is_not_found(ending: Looked | None) -> bool:
    """Whether *ending* is a 404, which says as little of the model as of the organization."""
    return isinstance(ending, Failure) and ending.http_status == _NOT_FOUND


def is_api_disabled(ending: Looked | None) -> bool:
    """Whether the organization is left out, under whichever model it may be."""
    return isinstance(ending, Skip) and ending.reason is SkipReason.API_DISABLED


def _is_blank(found: OrganizationResult, candidate: _Candidate) -> bool:
    """Whether *found* counts nothing and no overview says that its model is the right one."""
    if found.subscriptions is not None:
        return not found.subscriptions.subscriptions
    return found.tally is not None and not found.tally.total and not candidate.of_overview


def noted(result: OrganizationResult, kind: NoteKind) -> OrganizationResult:
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
