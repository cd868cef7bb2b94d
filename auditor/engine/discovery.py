"""Finds the organizations that a tenant's key can see."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.engine.events import Listener, OrganizationsListed
from auditor.engine.fetcher import Fetcher
from auditor.wire.decode import decode_organizations
from auditor.wire.endpoints import organizations_url
from auditor.wire.message import Request


@dataclass(frozen=True, slots=True)
class Discovery:
    """*organizations* in the vendor's order, each once; *failure* when the list is not complete."""

    organizations: tuple[Organization, ...]
    failure: Failure | None


async def discover(
    fetcher: Fetcher,
    *,
    base_url: str,
    tenant: str,
    on_event: Listener,
    found: dict[str, Organization] | None = None,
) -> Discovery:
    """List the organizations of one key (`getOrganizations`), all pages.

    *found* is filled page by page, for whoever wants to keep what a cancelled discovery had found.
    """
    found = {} if found is None else found

    def fold(page: tuple[Organization, ...]) -> int:
        before = len(found)
        for organization in page:
            found.setdefault(organization.id, organization)
        on_event(OrganizationsListed(tenant, len(found)))
        return len(found) - before

    request = Request(organizations_url(base_url))
    ending = await fetcher.walk(request, decode=decode_organizations, fold=fold)
    return Discovery(tuple(found.values()), _as_failure(ending))


def _as_failure(ending: Failure | Skip | None) -> Failure | None:
    """A list of organizations cannot be skipped: where the vendor says so, nothing was listed."""
    if isinstance(ending, Skip):
        return Failure(FailureClass.BAD_RESPONSE, ending.message)
    return ending
