"""Organizations that several tenants select: each is in a report once, and belongs to all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

OTHERS: Final = "alsoSelectedBy"
RENEWALS: Final = "renewals"

SHARED: Final = (OTHERS, RENEWALS)
"""Keys that only such an organization has; a report on one tenant has none of them."""

Json = Mapping[str, Any]


def tenants_of(organization: Json) -> tuple[str, ...]:
    """The tenants that *organization*, an entry of a report, belongs to; the one it was read for first."""
    return (organization["tenant"], *(organization.get(OTHERS) or ()))


def told_to(tenant: str, organization: Json) -> dict[str, Any]:
    """*organization* as a report on *tenant* alone has it: without a word of the others."""
    told = {key: value for key, value in organization.items() if key not in SHARED}
    return {**told, "tenant": tenant}


def left_to(organization: Json, *, without: Collection[str]) -> dict[str, Any] | None:
    """*organization* as it is of the tenants that are not in *without*; None where it is of none."""
    tenants = [one for one in tenants_of(organization) if one not in without]
    if not tenants:
        return None
    if not organization.get(OTHERS):
        return dict(organization)
    return {**organization, "tenant": tenants[0], OTHERS: tenants[1:]}
