"""One license of an organization under per-device licensing, and its states."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


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
