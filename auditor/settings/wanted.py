"""Which organizations the settings and the command line ask for together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditor.domain.organization import Organization
from auditor.settings.model import Settings
from auditor.settings.selection import Selection


def admission(selections: Sequence[Selection], tags: Sequence[str]) -> Callable[[Organization], bool]:
    """What says whether every one of *selections* admits an organization, whose tenant has *tags*."""
    narrowing = [one for one in selections if one != Selection()]

    def admits(organization: Organization) -> bool:
        return all(one.admits(organization.id, organization.name, tags) for one in narrowing)

    return admits if narrowing else _admit_all


def _admit_all(_: Organization) -> bool:
    return True


def wanted_ids(settings: Settings, selection: Selection) -> dict[str, str | None]:
    """Ids that somebody wrote down, with the tenant they were written for; None for any tenant."""
    if selection.ids:
        return dict.fromkeys(sorted(selection.ids))
    return {
        organization_id: tenant.name
        for tenant in settings.tenants
        for organization_id in tenant.organizations.ids
    }
