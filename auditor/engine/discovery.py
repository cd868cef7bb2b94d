"""Finds the organizations that a tenant's key can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.engine.events import Listener, OrganizationsListed
from auditor.engine.fetcher import Fetcher
from auditor.wire.decode import OrganizationPage, UnusableRow, decode_organizations
from auditor.wire.endpoints import organizations_url
from auditor.wire.message import Request

MAX_UNUSABLE: Final = 1000
"""Rows that are named, each in an entry of its own: a list of nothing else must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """*organizations* in the vendor's order, each once; *failure* when the list is not complete.

    *unusable* has a failure for each row of the list that no request can name: the others are not its fault.
    """

    organizations: tuple[Organization, ...]
    failure: Failure | None
    unusable: tuple[Failure, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Why some of the tenant's organizations are not among those that were found."""
        return self.unusable if self.failure is None else (self.failure, *self.unusable)


@dataclass(slots=True)
class Found:
    """What a discovery has found so far, page by page; it stays when the discovery is cancelled."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    unusable: list[Failure] = field(default_factory=list)
    rows: int = 0

    def add(self, page: OrganizationPage) -> int:
        """Take in *page*; returns how many of its organizations are new."""
        before = len(self.organizations)
        for organization in page.organizations:
            self.organizations.setdefault(organization.id, organization)
        room = MAX_UNUSABLE - len(self.unusable)
        self.unusable += [_unusable(row, self.rows + row.place + 1) for row in page.unusable[:room]]
        self.rows += page.rows
        return len(self.organizations) - before

    def ended(self, failure: Failure | None) -> Discovery:
        """What was found, when nothing more is to come; *failure* is why, where that is not its end."""
        return Discovery(tuple(self.organizations.values()), failure, tuple(self.unusable))


async def discover(
    fetcher: Fetcher,
    *,
    base_url: str,
    tenant: str,
    on_event: Listener,
    found: Found | None = None,
) -> Discovery:
    """List the organizations of one key (`getOrganizations`), all pages.

    *found* is filled page by page, for whoever wants to keep what a cancelled discovery had found.
    """
    found = Found() if found is None else found

    def fold(page: OrganizationPage) -> int:
        new = found.add(page)
        on_event(OrganizationsListed(tenant, len(found.organizations)))
        return new

    request = Request(organizations_url(base_url))
    bound = fetcher.bounds.organizations
    ending = await fetcher.walk(request, decode=decode_organizations, fold=fold, bound=bound)
    return found.ended(_as_failure(ending))


def _unusable(row: UnusableRow, number: int) -> Failure:
    name = f', "{row.name}",' if row.name else ""
    message = f"organization {number} of the list{name} has no usable id: it is {row.what}"
    return Failure(FailureClass.BAD_RESPONSE, message, http_status=200, attempts=1)


def _as_failure(ending: Failure | Skip | None) -> Failure | None:
    """A list of organizations cannot be skipped: where the vendor says so, nothing was listed."""
    if isinstance(ending, Skip):
        return Failure(FailureClass.BAD_RESPONSE, ending.message)
    return ending
