"""Which organizations the settings and the command line ask for together."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.domain.organization import Organization
from auditor.settings.model import Settings
from auditor.settings.selection import Selection


def is_selected(selections: Sequence[Selection], tags: Sequence[str], organization: Organization) -> bool:
    """Whether every one of *selections* admits *organization*, whose tenant has *tags*."""
    return all(one.admits(organization.id, organization.name, tags) for one in selections)


def wanted_ids(settings: Settings, selection: Selection) -> dict[str, str | None]:
    """Ids that somebody wrote down, with the tenant they were written for; None for any tenant."""
    if selection.ids:
        return dict.fromkeys(sorted(selection.ids))
    return {
        organization_id: tenant.name
        for tenant in settings.tenants
        for organization_id in tenant.organizations.ids
    }
