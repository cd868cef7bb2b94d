"""Licenses, organizations and strategies for them; a test names only what it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN, Kind, License, LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.overview import Overview
from auditor.domain.window import Windows

AS_OF = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WINDOWS = Windows(AS_OF, (30, 60, 90))


def a_license(**changes: Any) -> License:
    """An active MX license on a device, with a year to go."""
    fields: dict[str, Any] = {
        "id": "1001",
        "state": "active",
        "license_type": "MX64-ENT",
        "device_serial": "Q2XX-TEST-0001",
        "network_id": None,
        "seat_count": None,
        "activates_at": AS_OF - timedelta(days=365),
        "expires_at": AS_OF + timedelta(days=365),
        "head_license_id": None,
    }
    return License(**fields | changes)


@dataclass(frozen=True)
class PageOf:
    """A page made of whole licenses."""

    licenses: Sequence[License]
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    @property
    def ids(self) -> list[str | None]:
        """See `Page.ids`."""
        return [one.id for one in self.licenses]

    @property
    def kinds(self) -> list[Kind]:
        """See `Page.kinds`."""
        return [(one.license_type, one.state) for one in self.licenses]

    @property
    def kind_counts(self) -> Counter[Kind]:
        """See `Page.kind_counts`."""
        return Counter(self.kinds)

    @property
    def seat_counts(self) -> list[int | None]:
        """See `Page.seat_counts`."""
        return [one.seat_count for one in self.licenses]

    @property
    def expirations(self) -> list[datetime | None]:
        """See `Page.expirations`."""
        return [one.expires_at for one in self.licenses]

    def license_at(self, index: int) -> License:
        """See `Page.license_at`."""
        return self.licenses[index]


def an_organization(organization_id: str = "501", **changes: Any) -> Organization:
    """A per-device organization with the API enabled."""
    fields: dict[str, Any] = {"name": "Example", "licensing_model": "per-device", "api_enabled": True}
    return Organization(OrganizationId(organization_id), **fields | changes)


def instants() -> st.SearchStrategy[datetime | None]:
    """Dates around the edges of the windows, to the second, and none at all."""
    edges = [AS_OF + timedelta(days=days, seconds=off) for days in (-1, 0, 30, 60, 90) for off in (-1, 0, 1)]
    return st.none() | st.sampled_from(edges)


def licenses() -> st.SearchStrategy[License]:
    """Licenses whose ids collide often and whose states are not always known."""
    return st.builds(
        License,
        id=st.none() | st.integers(0, 12).map(str),
        state=st.sampled_from([*LicenseState, "paused", UNKNOWN]),
        license_type=st.sampled_from(["MX64-ENT", "MR-ENT", "SME"]),
        device_serial=st.none() | st.just("Q2XX-TEST-0001"),
        network_id=st.none() | st.just("N_1"),
        seat_count=st.none() | st.integers(0, 50),
        activates_at=instants(),
        expires_at=instants(),
        head_license_id=st.none() | st.just("1"),
    )


def overviews() -> st.SearchStrategy[Overview]:
    """Overviews that leave things out, and do not always add up."""
    return st.builds(
        Overview,
        by_state=st.dictionaries(st.sampled_from([*LicenseState, "paused"]), st.integers(0, 5000)),
        license_count=st.none() | st.integers(0, 20_000),
        warning_days=st.none() | st.integers(1, 120),
        seats=st.none() | st.integers(0, 99),
    )
