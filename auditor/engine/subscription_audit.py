"""The audit of organizations under subscriptions, many of which one call can tell of.

The rows do not say which of the organizations asked for they belong to. Of a few organizations each is
asked for itself. Of more, sets are asked for that tell them apart, which takes a number of calls that
grows with the logarithm of their number; and whatever goes wrong with that, they are asked one by one
after all, so that the failure of one organization is never another's.

That one organization without any subscription may be answered with a 404 is a third party's observation;
the vendor's description does not say so. Whether such a one has none, or is under another model, is for
`engine.audit` to find out.

The calls name no organization in their path. Which of the vendor's budgets they draw on is not documented;
here they draw on that of the address alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from auditor.domain.attribution import ASKED_ONE_BY_ONE, Attribution, Seen, attribute, halves
from auditor.domain.counts import added
from auditor.domain.entitlement import Entitlement
from auditor.domain.extra import Extra
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, Skip, as_failure
from auditor.domain.plan import SUBSCRIPTION_BATCH, Assignment
from auditor.domain.result import OrganizationResult
from auditor.domain.subscription import (
    Subscription,
    SubscriptionAccount,
    entitlements_of,
    merged_violations,
    notes_on_standing,
    skus_of,
    subscription_outlook,
)
from auditor.engine.asking import Asking
from auditor.engine.events import PageRead
from auditor.engine.fetcher import Fetcher
from auditor.wire.endpoints import compliance_url, subscriptions_url
from auditor.wire.message import Request, Shape
from auditor.wire.subscriptions import Compliance, SubscriptionsPage, decode_compliance, decode_subscriptions


@dataclass(slots=True)
class _Listing:
    """What one list of subscriptions brought so far, each once."""

    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    is_none: bool = False
    pages: int = 0

    def fold(self, page: SubscriptionsPage) -> int:
        before = len(self.subscriptions)
        for one in page.subscriptions:
            self.subscriptions.setdefault(one.id, one)
        self.is_none |= page.is_none
        self.pages += 1
        return len(self.subscriptions) - before

    def learn(self, found: Iterable[tuple[str, Compliance]]) -> None:
        """Take in the compliance of those subscriptions that are in the list."""
        for subscription_id, compliance in found:
            subscription = self.subscriptions.get(subscription_id)
            if subscription is not None:
                self.subscriptions[subscription_id] = _with_compliance(subscription, compliance)


@dataclass(slots=True)
class _Reading:
    """How far one organization is, what ended its list early, and what kept its compliance back."""

    assignment: Assignment
    listing: _Listing | None = None
    is_listed: bool = False
    is_compliance_known: bool = False
    ending: Failure | Skip | None = None
    compliance_refusal: Failure | Skip | None = None

    @property
    def id(self) -> str:
        return self.assignment.organization.id

    @property
    def is_whole(self) -> bool:
        return self.is_listed and self.is_compliance_known

    def settle(self, listing: _Listing, ending: Failure | Skip | None) -> None:
        """Take *listing* as this organization's own, as far as it came."""
        self.listing, self.ending = listing if listing.pages else None, ending
        self.is_listed = ending is None
        self.is_compliance_known = self.is_listed and not listing.subscriptions  # nothing to comply with

    def comply(self, ending: Failure | Skip | None) -> None:
        """The compliance of all that is listed is known, or *ending* says why not."""
        self.compliance_refusal = ending
        self.is_compliance_known = ending is None


class SubscriptionAudit:
    """Can be asked for its results at any time: what is known of an organization by then stands.

    Compliance and what SKUs are are extras: an organization whose subscriptions are all listed is audited
    without, where they cannot be read. What the SKUs are that turn up is asked last, of a list that all
    organizations of a tenant share.

    Raises:
        ValueError: more *assignments* than `SUBSCRIPTION_BATCH`. All of them are of one tenant.
    """

    def __init__(self, assignments: Sequence[Assignment], asking: Asking) -> None:
        if len(assignments) > SUBSCRIPTION_BATCH:
            raise ValueError(f"{len(assignments)} organizations: at most {SUBSCRIPTION_BATCH} fit one URL")
        self._asking = asking
        self._base_url = asking.base_url
        self._windows = asking.question.windows
        self._entitlements: Mapping[str, Entitlement] | None = None
        self._readings = [_Reading(assignment) for assignment in assignments]
        self._calls_to_come = 1

    async def run(self, fetcher: Fetcher) -> Sequence[OrganizationResult]:
        """Find out the subscriptions of each organization, whether they are complied with, and their SKUs."""
        try:
            if len(self._readings) <= ASKED_ONE_BY_ONE or not await self._attribute(fetcher):
                await self._list_one_by_one(fetcher)
            await self._check_compliance(fetcher)
            await self._name_skus(fetcher)
        finally:
            for reading in self._readings:
                fetcher.finished(reading.id)
        return self.results(None)

    def results(self, ending: Failure | Skip | None) -> Sequence[OrganizationResult]:
        """What is known so far; *ending* ends those of which something is still missing."""
        listings = [one.listing for one in self._readings if one.listing is not None]
        owners = Counter(each for listing in listings for each in listing.subscriptions)
        shared = {each for each, count in owners.items() if count > 1}
        return [self._result(reading, reading.ending or ending, shared=shared) for reading in self._readings]

    def _result(
        self, reading: _Reading, ending: Failure | Skip | None, *, shared: Collection[str]
    ) -> OrganizationResult:
        account = self._account(reading, shared)
        missing: dict[Extra, Failure | None] = {}
        if account is not None:
            # With subscriptions it is no organization for another audit: some of it is missing.
            ending = None if ending is None else as_failure(ending)
        if account is not None and account.entitlements is None:
            missing[Extra.SKUS] = None  # one list for all: the log says once why it could not be read
        outlook = None
        if account is not None and reading.is_listed:
            outlook = subscription_outlook(account, self._windows)
            if not reading.is_compliance_known:
                refusal = reading.compliance_refusal or ending
                missing[Extra.COMPLIANCE] = None if refusal is None else as_failure(refusal)
            ending = None
        return OrganizationResult(
            reading.assignment.organization,
            reading.assignment.tenant,
            subscriptions=account,
            outlook=outlook,
            ending=ending,
            missing=missing,
        )

    def _account(self, reading: _Reading, shared: Collection[str]) -> SubscriptionAccount | None:
        """What is known of the subscriptions; those of *shared* turned up in several organizations."""
        listing = reading.listing
        if listing is None:
            return None
        subscriptions = tuple(
            replace(one, is_seen_shared=True) if one.id in shared else one
            for _, one in sorted(listing.subscriptions.items())
        )
        notes = {NoteKind.NO_SUBSCRIPTIONS: 1} if listing.is_none else {}
        if reading.is_listed:
            notes |= notes_on_standing(
                subscriptions, self._windows.as_of, is_compliance_known=reading.is_compliance_known
            )
        entitlements = entitlements_of(subscriptions, self._entitlements)
        if entitlements is None:
            notes |= {NoteKind.SKUS_UNTOLD: 1}
        return SubscriptionAccount(
            subscriptions, notes, is_compliance_known=reading.is_whole, entitlements=entitlements
        )

    async def _list_one_by_one(self, fetcher: Fetcher) -> None:
        for asked, reading in enumerate(self._readings):
            self._calls_to_come = len(self._readings) - asked + 1
            listing, ending = await self._list(fetcher, [reading], shape=Shape.OPTIONAL_LIST)
            self._settle(reading, listing, ending=ending)

    def _settle(self, reading: _Reading, listing: _Listing, *, ending: Failure | Skip | None) -> None:
        reading.settle(listing, ending)
        self._asking.on_event(PageRead(reading.id, len(listing.subscriptions)))

    async def _attribute(self, fetcher: Fetcher) -> bool:
        """Find out by sets which organization has what; False where that fails, and then nothing is known."""
        sets = halves(len(self._readings))
        self._calls_to_come = 2 * len(sets) + 1
        found: dict[str, Subscription] = {}
        seen: list[Seen] = []
        for zeros, ones in sets:
            left = await self._list_set(fetcher, zeros)
            right = None if left is None else await self._list_set(fetcher, ones)
            if left is None or right is None:
                return False
            seen.append((frozenset(left), frozenset(right)))
            found = left | right | found
        attribution = attribute(len(self._readings), seen)
        owners = None if attribution is None else await self._owners(fetcher, attribution)
        if owners is None:
            return False
        for number, reading in enumerate(self._readings):
            own = {each: one for each, one in found.items() if number in owners[each]}
            self._settle(reading, _Listing(own, pages=1), ending=None)
        return True

    async def _owners(self, fetcher: Fetcher, attribution: Attribution) -> Mapping[str, set[int]] | None:
        """The organizations of every subscription: of a shared one, those that say so; None if that fails."""
        owners = {each: {number} for each, number in attribution.owner.items()}
        shared = sorted(attribution.candidates)
        to_ask = sorted(set(chain.from_iterable(attribution.candidates.values())))
        wanted = shared if len(shared) <= SUBSCRIPTION_BATCH else ()
        self._calls_to_come = len(to_ask) + 1
        for number in to_ask:
            listing = await self._list_set(fetcher, (number,), subscription_ids=wanted)
            if listing is None:
                return None
            for each in listing.keys() & attribution.candidates.keys():
                owners.setdefault(each, set()).add(number)
        return owners if owners.keys() >= attribution.candidates.keys() else None

    async def _list_set(
        self, fetcher: Fetcher, numbers: Iterable[int], *, subscription_ids: Sequence[str] = ()
    ) -> dict[str, Subscription] | None:
        """The whole list of several organizations; None where it could not be read to its end."""
        readings = [self._readings[number] for number in numbers]
        # One alone that has none of these may be answered with a 404.
        shape = Shape.OPTIONAL_LIST if len(readings) == 1 else Shape.LIST
        listing, ending = await self._list(fetcher, readings, shape=shape, subscription_ids=subscription_ids)
        return listing.subscriptions if ending is None else None

    async def _list(
        self,
        fetcher: Fetcher,
        readings: Iterable[_Reading],
        *,
        shape: Shape = Shape.LIST,
        subscription_ids: Sequence[str] = (),
    ) -> tuple[_Listing, Failure | Skip | None]:
        ids = [reading.id for reading in readings]
        url = subscriptions_url(self._base_url, ids, subscription_ids=subscription_ids)
        listing = _Listing()
        ending = await fetcher.walk(
            Request(url, shape=shape), decode=decode_subscriptions, fold=listing.fold, to_come=self._to_come
        )
        self._calls_to_come -= 1
        return listing, ending

    async def _check_compliance(self, fetcher: Fetcher) -> None:
        """Ask for all at once of whom there is something to know, and one by one where that fails."""
        members = [reading for reading in self._readings if reading.is_listed and not reading.is_whole]
        if not members:
            return
        self._calls_to_come = 1
        ending = await self._check(fetcher, members)
        if ending is None or len(members) == 1:
            for reading in members:
                reading.comply(ending)
            return
        for asked, reading in enumerate(members):
            self._calls_to_come = len(members) - asked
            reading.comply(await self._check(fetcher, [reading]))

    async def _check(self, fetcher: Fetcher, readings: Sequence[_Reading]) -> Failure | Skip | None:
        """Ask about *readings*. What is found about a subscription holds for all that share it."""
        found: list[tuple[str, Compliance]] = []

        def fold(page: Sequence[tuple[str, Compliance]]) -> int:
            known = {each for each, _ in found}
            found.extend(page)
            return sum(each not in known for each, _ in page)

        request = Request(compliance_url(self._base_url, [reading.id for reading in readings]))
        ending = await fetcher.walk(request, decode=decode_compliance, fold=fold, to_come=self._to_come)
        for listing in (reading.listing for reading in self._readings if ending is None):
            if listing is not None:
                listing.learn(found)
        return ending

    async def _name_skus(self, fetcher: Fetcher) -> None:
        """Find out what the SKUs are that any organization has, if it is known to have some."""
        listings = [reading.listing for reading in self._readings if reading.listing is not None]
        if any(skus_of(listing.subscriptions.values()) for listing in listings):
            self._entitlements = await self._asking.entitlements.read(
                fetcher,
                base_url=self._base_url,
                tenant=self._readings[0].assignment.tenant,
                on_event=self._asking.on_event,
            )

    def _to_come(self, read: int) -> float:
        return self._calls_to_come - read


def _with_compliance(subscription: Subscription, compliance: Compliance) -> Subscription:
    """*subscription* and what violates it, which may have been told before, of another organization."""
    violations = merged_violations(subscription.violations, compliance.violations)
    if violations == subscription.violations:
        return subscription
    notes = added(subscription.notes, compliance.notes)
    return replace(subscription, violations=violations, notes=notes)
