"""One license of an organization under per-device licensing, and its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from auditor.domain.note import NoteKind


class LicenseState(StrEnum):
    """`state` of a license (`getOrganizationLicenses`, OpenAPI 1.73.0), in the order of reports."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    RECENTLY_QUEUED = "recentlyQueued"
    UNUSED = "unused"
    UNUSED_ACTIVE = "unusedActive"


UNKNOWN = "unknown"
"""Counted in place of a `state` or `licenseType` that is missing, null or not text."""


Kind: TypeAlias = tuple[str, str]
"""License type and state, both as the vendor spells them."""


class License(NamedTuple):
    """One row of `getOrganizationLicenses`, reduced to what the audit counts.

    A tuple because a run reads millions of them. *state* and *license_type* keep the vendor's text,
    also where this version does not know it, or are `UNKNOWN`. *id* is None when the row has none:
    such a license is counted, and cannot be recognised when it comes again. The license key is left
    behind at the decoder.
    """

    id: str | None
    state: str
    license_type: str
    device_serial: str | None
    network_id: str | None
    seat_count: int | None
    activates_at: datetime | None
    expires_at: datetime | None
    head_license_id: str | None


class Page(Protocol):
    """Licenses in the vendor's order, column by column: a run folds millions of them.

    All columns have one length. *notes* counts what was odd in the page.
    """

    @property
    def ids(self) -> Sequence[str | None]:
        """`id` of each license; None where there is none."""
        ...

    @property
    def kinds(self) -> Sequence[Kind]:
        """License type and state of each."""
        ...

    @property
    def kind_counts(self) -> Mapping[Kind, int]:
        """How often each of `kinds` occurs."""
        ...

    @property
    def seat_counts(self) -> Sequence[int | None]:
        """`seatCount` of each; None for all but Systems Manager licenses."""
        ...

    @property
    def expirations(self) -> Sequence[datetime | None]:
        """`expirationDate` of each, aware, in UTC."""
        ...

    @property
    def notes(self) -> Mapping[NoteKind, int]:
        """What was odd, how often."""
        ...

    def license_at(self, index: int) -> License:
        """The whole license at *index*, counted from 0. To be asked once: what is odd in it is noted."""
        ...
