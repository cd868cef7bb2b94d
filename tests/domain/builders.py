"""Licenses, organizations and strategies for them; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from auditor.domain.license import HEADS, UNKNOWN, License, LicenseState, Queue
from auditor.domain.merging import Merger, Place
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
class Taken:
    """That others of *days* days were merged into a license for good, *listed* or not.

    *is_apart*: the date of the license does not hold them.
    """

    days: int
    listed: frozenset[str] = frozenset()
    is_apart: bool = False


@dataclass(frozen=True)
class PageOf:
    """A page made of whole licenses; *taken* tells, by id, what was merged into which of them for good.

    *elsewhere* were merged into some license that lists them and holds them.
    """

    licenses: Sequence[License]
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    taken: Mapping[str, Taken] = field(default_factory=dict)

    @property
    def mergers(self) -> dict[int, Merger]:
        """See `Page.mergers`."""
        found = {}
        for row, one in enumerate(self.licenses):
            taken = self.taken.get(one.id or "")
            if taken is None or one.state not in HEADS or (taken.listed and not taken.is_apart):
                continue
            if one.device_serial is not None:
                place = Place(one.device_serial, None)
            elif one.network_id is not None:
                place = Place(None, one.id)
            else:
                continue
            found[row] = Merger(
                place,
                one.license_type,
                one.expires_at,
                timedelta(taken.days),
                tuple(sorted(taken.listed)),
                not taken.is_apart,
            )
        return found

    @property
    def merged_ids(self) -> frozenset[str]:
        """See `Page.merged_ids`."""
        outside = {row for row, one in self.mergers.items() if not one.is_in_date}
        told = [self.taken.get(one.id or "") for row, one in enumerate(self.licenses) if row not in outside]
        lists = [one.listed for one in told if one is not None]
        return self.elsewhere.union(*lists)

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
    def rows_by_state(self) -> dict[str, list[int]]:
        """See `Page.rows_by_state`."""
        rows: dict[str, list[int]] = {}
        for row, one in enumerate(self.licenses):
            rows.setdefault(one.state, []).append(row)
        return rows

    @property
    def serials(self) -> list[str | None]:
        """See `Page.serials`."""
        return [one.device_serial for one in self.licenses]

    @property
    def seat_counts(self) -> dict[int, int]:
        """See `Page.seat_counts`."""
        counts = enumerate(one.seat_count for one in self.licenses)
        return {row: count for row, count in counts if count is not None}

    @property
    def expirations(self) -> list[datetime | None]:
        """See `Page.expirations`."""
        return [one.expires_at for one in self.licenses]

    def claims_at(self, rows: Sequence[int]) -> list[datetime | None]:
        """See `Page.claims_at`."""
        return [self.licenses[row].claimed_at for row in rows]

    def activations_at(self, rows: Sequence[int]) -> list[datetime | None]:
        """See `Page.activations_at`."""
        return [self.licenses[row].activates_at for row in rows]

    def queue_at(self, rows: Sequence[int]) -> Queue:
        """See `Page.queue_at`."""
        listed = [self.licenses[row] for row in rows]
        return Queue(
            [one.id for one in listed],
            [one.device_serial for one in listed],
            [one.head_license_id for one in listed],
            [one.term for one in listed],
            {
                position: timedelta(told.days)
                for position, one in enumerate(listed)
                if (told := self.taken.get(one.id or "")) is not None and not told.listed
            },
            {position: one.shelter for position, one in enumerate(listed) if one.shelter is not None},
        )

    def license_at(self, row: int) -> License:
        """See `Page.license_at`."""
        return self.licenses[row]

    def details_at(self, rows: Sequence[int]) -> list[tuple[License, str | None]]:
        """See `Page.details_at`; of no license the order is known."""
        return [(self.licenses[row], None) for row in rows]


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


def mergers() -> st.SearchStrategy[dict[str, Taken]]:
    """What was merged into a few of `licenses`, by id; some lists name licenses of the list."""
    ids = st.integers(0, 14).map(str)
    taken = st.builds(
        Taken, st.sampled_from([1, 30, 365]), st.frozensets(ids, max_size=2), is_apart=st.booleans()
    )
    return st.dictionaries(st.integers(0, 12).map(str), taken, max_size=5)


def overviews() -> st.SearchStrategy[Overview]:
    """Overviews that leave things out, and do not always add up."""
    return st.builds(
        Overview,
        by_state=st.dictionaries(st.sampled_from([*LicenseState, "paused"]), st.integers(0, 5000)),
        license_count=st.none() | st.integers(0, 20_000),
        warning_days=st.none() | st.integers(1, 120),
        seats=st.none() | st.integers(0, 99),
    )
