"""Organizations and the licensing model each of them lives under."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

OrganizationId = NewType("OrganizationId", str)
"""Opaque text, as the vendor's `getOrganizations` spells it; never a number."""


class LicensingModel(StrEnum):
    """`licensing.model` of an organization (`getOrganizations`, OpenAPI 1.73.0)."""

    CO_TERM = "co-term"
    PER_DEVICE = "per-device"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization as `getOrganizations` lists it.

    *licensing_model* is the vendor's own text, kept even where this version does not know it; None
    when the field is missing. *api_enabled* is None when the vendor does not say. *selected_by* are the
    tenants that select it, where these are several.
    """

    id: OrganizationId
    name: str
    licensing_model: str | None = None
    api_enabled: bool | None = None
    selected_by: tuple[str, ...] = ()

    def others_than(self, tenant: str) -> list[str]:
        """The tenants that select it besides *tenant*, by name."""
        return sorted({*self.selected_by} - {tenant})
