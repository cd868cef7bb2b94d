"""What to do with each organization, decided before a single license is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from auditor.domain.organization import LicensingModel, Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.result import OrganizationResult
from auditor.domain.shard import Shard

SUBSCRIPTION_BATCH: Final = 64
"""Organizations whose subscriptions are asked for together: their ids take 2.6 kB of a URL, of which every
web server takes 8. The vendor states no limit."""

E = TypeVar("E", "Assignment", OrganizationResult)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One organization to be audited, and the tenant whose key reads it.

    *others* are tenants that want it as well, and whose keys see it: in case that this one's cannot read it.
    """

    organization: Organization
    tenant: str
    others: tuple[str, ...] = ()

    def handed_on(self, result: OrganizationResult) -> Assignment | None:
        """What to try after *result*: the next tenant, where this one's key was refused; else None."""
        ending = result.ending
        is_refused = isinstance(ending, Failure) and ending.failure_class in REFUSALS
        if result.is_counted or not is_refused or not self.others:
            return None
        return Assignment(self.organization, self.others[0], self.others[1:])


REFUSALS: Final = frozenset({FailureClass.AUTH, FailureClass.FORBIDDEN, FailureClass.NOT_FOUND})
"""Failures that are the key's: another key may read the organization all the same."""

Errand: TypeAlias = tuple[Assignment, ...]
"""What is read together: one organization, or several of one tenant that are under subscriptions."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The organizations that one tenant's key listed, and which of them are wanted.

    *admits* is the tenant's selection. *failure* is set when the list is not complete. *cloud* names the
    region that was asked: an id is unique in its own alone. *unusable* has a failure for each row of the list
    that no request can name.
    """

    tenant: str
    organizations: Sequence[Organization]
    admits: Callable[[Organization], bool]
    failure: Failure | None = None
    cloud: str = ""
    unusable: tuple[Failure, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Why some of the tenant's organizations are not in the list."""
        return self.unusable if self.failure is None else (self.failure, *self.unusable)


@dataclass(frozen=True, slots=True)
class Plan:
    """Organizations to audit, and those settled without a request; both ordered by tenant, then id.

    *seen* counts the organizations that the keys can list, each once.
    """

    assignments: tuple[Assignment, ...]
    settled: tuple[OrganizationResult, ...]
    seen: int

    def part(self, shard: Shard | None) -> Plan:
        """The organizations of *shard* alone; all of them without one. As many are seen."""
        if shard is None:
            return self
        return Plan(
            tuple(one for one in self.assignments if shard.takes(one.organization.id)),
            tuple(one for one in self.settled if shard.takes(one.organization.id)),
            self.seen,
        )


def plan_audit(listings: Sequence[Listing], *, wanted_ids: Mapping[str, str | None] | None = None) -> Plan:
    """Decide on every organization that *listings* show, and on every one asked for by id.

    *wanted_ids* maps such ids to the tenant they were asked of, None for any. One that is listed and not
    admitted was left out on purpose; one that is not listed is a failure. An organization that several
    tenants want is read for the first of them whose key can read it, and says which these are.
    """
    assigned = _assigned(listings)
    seen = _seen(listings)
    listed = set().union(*seen.values())
    to_audit: list[Assignment] = []
    settled = [
        _unseen(wanted, [one for one in listings if tenant in {None, one.tenant}])
        for wanted, tenant in (wanted_ids or {}).items()
        if wanted not in listed
    ]
    for assignment in assigned:
        skip = skip_of(assignment.organization)
        if skip is None:
            to_audit.append(assignment)
        else:
            settled.append(OrganizationResult(assignment.organization, assignment.tenant, ending=skip))
    return Plan(
        assignments=_in_report_order(to_audit),
        settled=_in_report_order(settled),
        seen=sum(map(len, seen.values())),
    )


def _in_report_order(entries: list[E]) -> tuple[E, ...]:
    """By tenant, then id. Sorting is stable, so twice by one text each needs no tuple for every entry."""
    entries.sort(key=lambda entry: entry.organization.id)
    entries.sort(key=lambda entry: entry.tenant)
    return tuple(entries)


UNKNOWN_PAGES = 1.5
"""Where an organization of unknown size stands: after those of several pages, before those of one."""


def longest_first(assignments: Sequence[Assignment], *, pages: Mapping[str, int]) -> tuple[Assignment, ...]:
    """The order in which to open organizations, given how many *pages* each had last time.

    Pages of one organization come one after another, so the longest organization begun last is what a
    run ends up waiting for. Equal sizes stay in the order of *assignments*, which a plan has by tenant
    and id.
    """
    return tuple(sorted(assignments, key=lambda one: -pages.get(one.organization.id, UNKNOWN_PAGES)))


def errands_of(assignments: Sequence[Assignment]) -> tuple[Errand, ...]:
    """*assignments* in their order, with subscription organizations of a tenant brought together.

    One call tells the subscriptions of many organizations. A batch stands where its first member stood.
    """
    errands: list[list[Assignment]] = []
    open_batches: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        if assignment.organization.licensing_model != LicensingModel.SUBSCRIPTION:
            errands.append([assignment])
            continue
        batch = open_batches.get(assignment.tenant)
        if batch is None or len(batch) == SUBSCRIPTION_BATCH:
            batch = open_batches[assignment.tenant] = []
            errands.append(batch)
        batch.append(assignment)
    return tuple(map(tuple, errands))


def skip_of(organization: Organization) -> Skip | None:
    """Why *organization* needs no request; None when it has to be asked.

    An organization of an unstated or unheard-of model is asked: its answer settles what it is.
    """
    if organization.api_enabled is False:
        return Skip(SkipReason.API_DISABLED, "API access is disabled for this organization")
    return None


def _assigned(listings: Iterable[Listing]) -> list[Assignment]:
    """One for each organization that is wanted, for the first tenant that wants it."""
    by_cloud: dict[str, dict[str, Assignment]] = {}
    for listing in listings:
        assigned = by_cloud.setdefault(listing.cloud, {})
        for organization in filter(listing.admits, listing.organizations):
            known = assigned.get(organization.id)
            if known is None:
                assigned[organization.id] = Assignment(organization, listing.tenant)
            else:
                assigned[organization.id] = _wanted_also(known, listing.tenant)
    return [one for assigned in by_cloud.values() for one in assigned.values()]


def _wanted_also(known: Assignment, tenant: str) -> Assignment:
    """*known*, which *tenant* wants as well; an organization says who selects it where these are several."""
    others = (*known.others, tenant)
    return replace(
        known, organization=replace(known.organization, selected_by=(known.tenant, *others)), others=others
    )


def _seen(listings: Iterable[Listing]) -> dict[str, set[str]]:
    """The ids that the keys can list, by cloud."""
    seen: dict[str, set[str]] = {}
    for listing in listings:
        seen.setdefault(listing.cloud, set()).update(one.id for one in listing.organizations)
    return seen


def _unseen(organization_id: str, listings: Sequence[Listing]) -> OrganizationResult:
    """The result of an id that no key listed: a list failed, or the organization is not there."""
    broken = next((listing for listing in listings if listing.failure is not None), None)
    if broken is not None and broken.failure is not None:
        failure = Failure(broken.failure.failure_class, f"not listed: {broken.failure.message}")
    else:
        seen = sum(len(listing.organizations) for listing in listings)
        failure = Failure(FailureClass.NOT_FOUND, f"not among the {seen} organizations that the key can see")
    tenant = (broken or listings[0]).tenant
    return OrganizationResult(Organization(OrganizationId(organization_id), ""), tenant, ending=failure)
