"""License rows written by hand around one reference time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.simulator.truth.license import License, read_license

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def day(days: float, *, seconds: int = 0) -> str:
    """A date of the API so far from the reference time."""
    return (AS_OF + timedelta(days=days, seconds=seconds)).isoformat().replace("+00:00", "Z")


def a_row(own_id: str = "1", **changes: Any) -> dict[str, Any]:
    """An assigned license that ends ten days from now, changed as named."""
    return {
        "id": own_id,
        "state": "active",
        "licenseType": "MV",
        "deviceSerial": "Q2XX-AAAA-BBBB",
        "networkId": None,
        "seatCount": None,
        "totalDurationInDays": 365,
        "durationInDays": 365,
        "permanentlyQueuedLicenses": [],
        "claimDate": None,
        "activationDate": day(-355),
        "expirationDate": day(10),
        "headLicenseId": None,
    } | changes


def a_license(own_id: str = "1", **changes: Any) -> License:
    """The same, read."""
    return read_license(a_row(own_id, **changes))


def queued(own_id: str, head: str | int | None, days: int | None = 365, **changes: Any) -> License:
    """A license queued behind *head*, without dates."""
    fields: dict[str, Any] = {
        "state": "recentlyQueued",
        "headLicenseId": head,
        "totalDurationInDays": days,
        "durationInDays": days,
        "activationDate": None,
        "expirationDate": None,
    }
    return a_license(own_id, **(fields | changes))


def unused(own_id: str, **changes: Any) -> License:
    """A license that nobody uses and that does not burn."""
    fields: dict[str, Any] = {"state": "unused", "deviceSerial": None, "activationDate": None}
    return a_license(own_id, **(fields | {"expirationDate": None} | changes))


def burning(own_id: str, **changes: Any) -> License:
    """A license that nobody uses and that burns."""
    fields: dict[str, Any] = {"state": "unusedActive", "deviceSerial": None}
    return a_license(own_id, **(fields | {"activationDate": day(-100), "expirationDate": day(265)} | changes))
