"""License rows in the vendor's shape, written block by block from a seed.

Fields and spellings: `getOrganizationLicenses`, OpenAPI 1.73.0. A block depends on nothing but the
seed, the organization, its own number and the reference time, so any page of any organization can
be written without writing the pages before it.

Dates are consistent with the states, but for two kinds of row that lag behind as the vendor's own
do: `active` although the license ends within 90 days, and `expiring` although it ends later.
A small share of rows has the nulls, the numbers and the gaps that clients have met in the field.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from auditor.simulator.catalog import CODES, PAIRS, SYSTEMS_MANAGER, TYPE_CEILINGS, TYPE_NAMES, code

Row = dict[str, Any]
Term = tuple[int | None, int | None]
"""Start and end in seconds from the reference time; None where the license has no such date."""

BLOCK_ROWS = 1000
ORGANIZATION_ROWS = 1_000_000  # each organization owns this many license ids
FIRST_LICENSE_ID = 600_000_000_000_000_000

DAY = 86_400
EXPIRING_DAYS = 90  # the vendor calls a license expiring from 90 days before its end
DURATIONS_DAYS = (365, 365, 365, 1095, 1095, 1095, 1095, 1825, 1825, 2555, 3650)
BOUNDARY_DAYS = (30, 60, 90)
BOUNDARY_SHARE = 0.01
ODD_SHARE = 0.02
DATED_QUEUE_SHARE = 0.5  # the others have null dates
MERGED_DAYS = 365
NETWORKS = 40  # per organization
QUEUE_LINKS = 3

KINDS: tuple[tuple[str, int], ...] = (
    ("active", 660),
    ("head", 40),
    ("expiring", 80),
    ("expiringHead", 15),
    ("expired", 65),
    ("unused", 75),
    ("unusedActive", 55),
    ("activeTooLong", 6),
    ("expiringTooEarly", 4),
)
KIND_NAMES = tuple(name for name, _ in KINDS)
KIND_CEILINGS = tuple(accumulate(weight for _, weight in KINDS))
STATES = {
    "head": "active",
    "expiringHead": "expiring",
    "activeTooLong": "active",
    "expiringTooEarly": "expiring",
}
HEADS = frozenset({"head", "expiringHead"})
UNASSIGNED = frozenset({"unused", "unusedActive"})


@dataclass(frozen=True, slots=True)
class Estate:
    """What the rows of one organization have in common."""

    seed: int
    number: int
    as_of: datetime  # in UTC

    @property
    def first_license_id(self) -> int:
        """The id of the organization's first row; the others follow without a gap."""
        return FIRST_LICENSE_ID + self.number * ORGANIZATION_ROWS


def write_block(estate: Estate, block: int, rows: int) -> list[Row]:
    """Write the first *rows* rows of block number *block*, in the order of their ids."""
    rng = Random(f"{estate.seed}/licenses/{estate.number}/{block}")
    first = block * BLOCK_ROWS
    written: list[Row] = []
    while len(written) < rows:
        kind = KIND_NAMES[bisect(KIND_CEILINGS, rng.random() * KIND_CEILINGS[-1])]
        head = _single(estate, rng, first + len(written), kind=kind)
        written.append(head)
        if kind in HEADS:
            links = min(1 + int(rng.random() * QUEUE_LINKS), rows - len(written))
            written += _queue(estate, rng, head, links=links)
    for row in written:
        if rng.random() < ODD_SHARE:
            _make_odd(row, rng)
    return written


def _single(estate: Estate, rng: Random, index: int, *, kind: str) -> Row:
    """Write one license that is not queued behind another."""
    license_type = TYPE_NAMES[bisect(TYPE_CEILINGS, rng.random() * TYPE_CEILINGS[-1])]
    days = DURATIONS_DAYS[int(rng.random() * len(DURATIONS_DAYS))]
    start, end = _term(kind, days * DAY, rng)
    row = _blank(estate, rng, index, license_type=license_type, days=days)
    row["state"] = STATES.get(kind, kind)
    row["claimDate"] = _stamp(estate.as_of, _claim(start, rng))
    row["activationDate"] = _stamp(estate.as_of, start)
    row["expirationDate"] = _stamp(estate.as_of, end)
    if license_type == SYSTEMS_MANAGER:
        row["seatCount"] = 5 * (1 + int(rng.random() ** 3 * 100))
    if kind not in UNASSIGNED:
        row["networkId"] = f"N_{FIRST_LICENSE_ID + estate.number * 1000 + int(rng.random() * NETWORKS)}"
        if license_type != SYSTEMS_MANAGER:
            number = estate.first_license_id + index
            row["deviceSerial"] = f"Q2{PAIRS[number % len(PAIRS)]}-{_code(number, 1)}"
    return row


def _queue(estate: Estate, rng: Random, head: Row, *, links: int) -> list[Row]:
    """Write *links* licenses queued on the device of *head*, in the order of the queue.

    Each names *head* itself, the one that burns, and takes up where the one before it ends.
    """
    queued = []
    index = int(head["id"]) - estate.first_license_id
    begins = int((datetime.fromisoformat(head["expirationDate"]) - estate.as_of).total_seconds())
    for link in range(1, links + 1):
        days = DURATIONS_DAYS[int(rng.random() * len(DURATIONS_DAYS))]
        row = _blank(estate, rng, index + link, license_type=head["licenseType"], days=days)
        row["state"] = "recentlyQueued"
        for name in ("deviceSerial", "networkId", "seatCount"):
            row[name] = head[name]
        row["headLicenseId"] = head["id"]
        row["claimDate"] = _stamp(estate.as_of, _claim(None, rng))
        if rng.random() < DATED_QUEUE_SHARE:
            row["activationDate"] = _stamp(estate.as_of, begins)
            row["expirationDate"] = _stamp(estate.as_of, begins + days * DAY)
        begins += days * DAY
        queued.append(row)
    return queued


def _blank(estate: Estate, rng: Random, index: int, *, license_type: str, days: int) -> Row:
    number = estate.first_license_id + index
    return {
        "id": str(number),
        "licenseType": license_type,
        "licenseKey": f"Z2{PAIRS[index % len(PAIRS)]}-{_code(number, 2)}",
        "orderNumber": f"5S{1_000_000 + int(rng.random() * 9_000_000)}",
        "deviceSerial": None,
        "networkId": None,
        "state": "unused",
        "seatCount": None,
        "totalDurationInDays": days,
        "durationInDays": days,
        "permanentlyQueuedLicenses": [],
        "claimDate": None,
        "activationDate": None,
        "expirationDate": None,
        "headLicenseId": None,
    }


def _term(kind: str, duration: int, rng: Random) -> Term:
    """Draw start and end for a license of *duration* seconds."""
    soon = EXPIRING_DAYS * DAY
    if kind == "unused":
        return None, None
    if kind in {"expiring", "expiringHead", "activeTooLong"}:
        left = 1 + int(rng.random() * soon)
        if rng.random() < BOUNDARY_SHARE * 3:
            left = BOUNDARY_DAYS[int(rng.random() * len(BOUNDARY_DAYS))] * DAY
    elif kind == "expiringTooEarly":
        left = soon + 1 + int(rng.random() * 3 * DAY)
    elif kind == "expired":
        left = 0 if rng.random() < BOUNDARY_SHARE * 3 else -int(rng.random() * 400 * DAY)
    elif kind == "unusedActive":
        left = 1 + int(rng.random() * (duration - 1))
    else:
        left = soon + 1 + int(rng.random() * (duration - soon - 1))
    return left - duration, left


def _claim(start: int | None, rng: Random) -> int:
    """Claimed within the 90 days before the license began to burn, or within the last 80 days."""
    if start is None:
        return -int(rng.random() * 80 * DAY)
    return start - int(rng.random() * 90 * DAY)


def _make_odd(row: Row, rng: Random) -> None:
    """Give *row* one of the nulls, numbers and gaps that clients have met; counts stay decidable."""
    match int(rng.random() * 6):
        case 0 if row["deviceSerial"] is not None:
            row["networkId"] = None
        case 1 if row["state"] in {"active", "expiring", "expired"}:
            row["activationDate"] = None
        case 2 if row["state"] == "active":
            row["expirationDate"] = None
        case 3 if row["headLicenseId"] is not None:
            row["headLicenseId"] = int(row["headLicenseId"])
        case 4 if row["headLicenseId"] is None:
            del row["headLicenseId"]
        case _:
            row["permanentlyQueuedLicenses"] = [_merged(row)]
            row["totalDurationInDays"] += MERGED_DAYS


def _merged(row: Row) -> Row:
    """Return the short form of a license that was merged into *row* for good."""
    number = int(row["id"])
    return {
        "id": str(number + CODES),
        "licenseType": row["licenseType"],
        "licenseKey": f"Z2MG-{_code(number, 5)}",
        "orderNumber": row["orderNumber"],
        "durationInDays": MERGED_DAYS,
    }


def _code(number: int, factor: int) -> str:
    """Spell *number* so that neighbours look unrelated and none collide (31 divides neither factor)."""
    return code(number * 1_000_003 * factor % CODES)


def _stamp(as_of: datetime, seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return (as_of + timedelta(seconds=seconds)).isoformat()[: -len("+00:00")] + "Z"
