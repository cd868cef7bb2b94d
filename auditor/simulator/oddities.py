"""What clients have met in license rows: nulls, numbers and gaps where a row of the manual has a text."""

from __future__ import annotations

from random import Random
from typing import Any

Row = dict[str, Any]

UNHEARD_OF = "suspended"
"""A state that is in no manual."""


def make_odd(row: Row, rng: Random) -> None:
    """Give *row* one of the nulls, numbers and gaps that clients have met; counts stay decidable."""
    state, is_queued = row["state"], row["state"] == "recentlyQueued"
    match int(rng.random() * 7):
        case 0 if row["deviceSerial"] is not None:
            row["networkId"] = None
        case 1 if state in {"active", "expiring", "expired"}:
            row["activationDate"] = None
        case 1 if state == "unusedActive":
            row["activationDate" if rng.random() < 0.5 else "expirationDate"] = None  # noqa: PLR2004
        case 2 if state == "active":
            row["expirationDate"] = None
        case 3 | 4 if row["headLicenseId"] is not None:
            row["headLicenseId"] = int(row["headLicenseId"])
        case 4 if not is_queued:
            del row["headLicenseId"]
        case 5 if is_queued and not row["permanentlyQueuedLicenses"]:
            row["totalDurationInDays"] = None
        case 6 if is_queued and not row["permanentlyQueuedLicenses"]:
            row["totalDurationInDays"] = row["durationInDays"] = None
        case _:
            row["claimDate"] = None


def unlist(row: Row) -> None:
    """Of some rows, by their id, take away the list of what was merged into them: it is deprecated."""
    match int(row["id"]) % 9 if row["permanentlyQueuedLicenses"] else None:
        case 0:
            row["permanentlyQueuedLicenses"] = []
        case 1:
            row["permanentlyQueuedLicenses"] = None
        case 2:
            del row["permanentlyQueuedLicenses"]
