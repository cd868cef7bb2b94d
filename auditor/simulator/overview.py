"""The per-device body of `getOrganizationLicensesOverview` (OpenAPI 1.73.0): counts by state and by type.

The body under co-termination has nothing in common with it: see `co_term`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from auditor.simulator.catalog import SYSTEMS_MANAGER

CRITICAL_DAYS = 14  # the thresholds of the vendor's own example
WARNING_DAYS = 90
WINDOW_DAYS = 90  # an unused license begins to burn this long after it was claimed

SEATS_STEP = 5  # licenses come with a multiple of these

KNOWN_STATES = frozenset({"active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive"})

Row = Mapping[str, Any]


def per_device_overview(rows: Iterable[Row], as_of: datetime) -> dict[str, Any]:
    """Count the licenses of one organization by state and by type."""
    kept = list(rows)
    states = Counter(row["state"] for row in kept)
    expiring = [row for row in kept if row["state"] == "expiring"]
    unused = [row for row in kept if row["state"] == "unused"]
    burning = [row for row in kept if row["state"] == "unusedActive"]
    window = timedelta(days=WINDOW_DAYS)
    starts = [datetime.fromisoformat(row["claimDate"]) + window for row in unused if row["claimDate"]]
    soonest = Counter(start.date() for start in starts if start > as_of)
    oldest = Counter(_day(row["activationDate"]) for row in burning if row["activationDate"])
    return {
        "licenseCount": len(kept),
        "states": {
            "active": {"count": states["active"]},
            "expired": {"count": states["expired"]},
            "expiring": {
                "count": states["expiring"],
                "critical": _threshold(expiring, as_of, CRITICAL_DAYS),
                "warning": _threshold(expiring, as_of, WARNING_DAYS),
            },
            "recentlyQueued": {"count": states["recentlyQueued"]},
            "unused": {
                "count": states["unused"],
                "soonestActivation": _earliest(soonest, "toActivateCount"),
            },
            "unusedActive": {
                "count": states["unusedActive"],
                "oldestActivation": _earliest(oldest, "activeCount"),
            },
            **{state: {"count": states[state]} for state in sorted(states.keys() - KNOWN_STATES)},
        },
        "licenseTypes": [
            {"licenseType": name, "counts": {"unassigned": count}}
            for name, count in sorted(Counter(row["licenseType"] for row in (*unused, *burning)).items())
        ],
        "systemsManager": {"counts": count_seats(kept)},
    }


def _threshold(rows: Iterable[Row], as_of: datetime, days: int) -> dict[str, int]:
    edge = as_of + timedelta(days=days)
    inside = sum(datetime.fromisoformat(row["expirationDate"]) <= edge for row in rows)
    return {"thresholdInDays": days, "expiringCount": inside}


def _earliest(days: Counter[date], name: str) -> dict[str, Any]:
    if not days:
        return {"activationDate": None, name: 0}
    first = min(days)
    return {"activationDate": first.isoformat(), name: days[first]}


def _enrolled(active: int, *, is_short_of_seats: bool) -> int:
    if is_short_of_seats:
        return active + active // 8 + 1
    return max(0, active - active // 10 - 1)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def count_seats(rows: Iterable[Row]) -> dict[str, int]:
    """Count the seats of Systems Manager: four of five assigned ones are taken.

    Devices are something else than seats: here more of them are enrolled than seats taken, there fewer.
    """
    sold = [row for row in rows if row["licenseType"] == SYSTEMS_MANAGER and row["state"] != "expired"]
    total = sum(row["seatCount"] for row in sold)
    unassigned = sum(row["seatCount"] for row in sold if row["networkId"] is None)
    active = (total - unassigned) * 4 // 5
    return {
        "totalSeats": total,
        "activeSeats": active,
        "unassignedSeats": unassigned,
        "orgwideEnrolledDevices": _enrolled(active, is_short_of_seats=total // SEATS_STEP % 2 == 1),
    }
