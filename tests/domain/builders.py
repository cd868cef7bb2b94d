"""Licenses, organizations and strategies for them; a test names only what it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN, Kind, License, LicenseState, Queued
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
        "claimed_at": None,
        "term": None,
    }
    return License(**fields | changes)


@dataclass(frozen=True)
class PageOf:
    """A page made of whole licenses; *merged_ids* were merged into any of them for good."""

    licenses: Sequence[License]
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    merged_ids: frozenset[str] = frozenset()

    @property
    def ids(self) -> list[str | None]:
        """See `Page.ids`."""
        return [one.id for one in self.licenses]

    @property
    def license_types(self) -> list[str]:
        """See `Page.license_types`."""
        return [one.license_type for one in self.licenses]

    @property
    def states(self) -> list[str]:
        """See `Page.states`."""
        return [one.state for one in self.licenses]

    @property
    def kind_counts(self) -> Counter[Kind]:
        """See `Page.kind_counts`."""
        return Counter(zip(self.license_types, self.states, strict=True))

    @property
    def serials(self) -> list[str | None]:
        """See `Page.serials`."""
        return [one.device_serial for one in self.licenses]

    @property
    def seat_counts(self) -> list[int | None]:
        """See `Page.seat_counts`."""
        return [one.seat_count for one in self.licenses]

    @property
    def expirations(self) -> list[datetime | None]:
        """See `Page.expirations`."""
        return [one.expires_at for one in self.licenses]

    def claims_at(self, indices: Sequence[int]) -> list[datetime | None]:
        """See `Page.claims_at`."""
        return [self.licenses[index].claimed_at for index in indices]

    def activations_at(self, indices: Sequence[int]) -> list[datetime | None]:
        """See `Page.activations_at`."""
        return [self.licenses[index].activates_at for index in indices]

    def queue_at(self, indices: Sequence[int]) -> list[Queued]:
        """See `Page.queue_at`."""
        listed = [self.licenses[index] for index in indices]
        return [Queued(one.id, one.device_serial, one.head_license_id, one.term) for one in listed]

    def license_at(self, index: int) -> License:
        """See `Page.license_at`."""
        return self.licenses[index]


def an_organization(organization_id: str = "501", **changes: Any) -> Organization:
    """A per-device organization with the API enabled."""
    fields: dict[str, Any] = {"name": "Example", "licensing_model": "per-device", "api_enabled": True}
    return Organization(OrganizationId(organization_id), **fields | changes)


def instants() -> st.SearchStrategy[datetime | None]:
    """Dates around the edges of the windows, to the second, and none at all."""
    edges = [
        AS_OF + timedelta(days=days, seconds=off)
        for days in (-31, -30, -1, 0, 30, 60, 90)
        for off in (-1, 0, 1)
    ]
    return st.none() | st.sampled_from(edges)


def claims() -> st.SearchStrategy[datetime | None]:
    """Dates of claims, whose licenses begin to burn around the edges of the windows; and none at all."""
    return instants().map(lambda at: at and at - timedelta(days=90))


def licenses() -> st.SearchStrategy[License]:
    """Licenses whose ids collide often, whose states are not always known, and which queue for anything."""
    return st.builds(
        License,
        id=st.none() | st.integers(0, 12).map(str),
        state=st.sampled_from([*map(str, LicenseState), *["recentlyQueued"] * 3, "paused", UNKNOWN]),
        license_type=st.sampled_from(["MX64-ENT", "MR-ENT", "SME"]),
        device_serial=st.none() | st.integers(1, 5).map("Q2XX-TEST-000{}".format),
        network_id=st.none() | st.just("N_1"),
        seat_count=st.none() | st.integers(0, 50),
        activates_at=instants(),
        expires_at=instants(),
        head_license_id=st.none() | st.integers(0, 14).map(str),
        claimed_at=claims(),
        term=st.none() | st.sampled_from([0, 1, 30, 60, 365]).map(timedelta),
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
