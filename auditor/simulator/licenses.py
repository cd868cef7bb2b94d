"""License rows in the vendor's shape, written block by block from a seed.

Fields and spellings: `getOrganizationLicenses`, OpenAPI 1.73.0. A block depends on nothing but the
seed, the organization, its own number and the reference time, so any page of any organization can
be written without writing the pages before it. What belongs together (a device's queue, a device that
was renewed by a second license) never leaves its block.

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

from auditor.simulator.catalog import (
    CODES,
    PAIRS,
    SYSTEMS_MANAGER,
    TYPE_CEILINGS,
    TYPE_NAMES,
    UPGRADES,
    VIRTUAL_APPLIANCE,
    code,
)
from auditor.simulator.oddities import UNHEARD_OF, make_odd, unlist

Row = dict[str, Any]
Term = tuple[int | None, int | None]
"""Start and end in seconds from the reference time; None where the license has no such date."""

BLOCK_ROWS = 1000
ORGANIZATION_ROWS = 1_000_000  # each organization owns this many license ids
FIRST_LICENSE_ID = 600_000_000_000_000_000

DAY = 86_400
EXPIRING_DAYS = 90  # the vendor calls a license expiring from 90 days before its end
WINDOW_DAYS = 90  # an unused license begins to burn about so long after it was claimed
GRACE_DAYS = 30  # and a device without a license works on for so long
DURATIONS_DAYS = (365, 365, 365, 1095, 1095, 1095, 1095, 1825, 1825, 2555, 3650)
QUEUED_DAYS = (30, 60, *DURATIONS_DAYS)  # short ones too: not every queue leads far
SHORT_DAYS = (1, 30, 60, 90, 91)  # of some that are unused: not all of them save a device
SHORT_ROWS = 4  # one in so many
BOUNDARY_DAYS = (30, 60, 90)
BOUNDARY_SHARE = 0.03
GRACE_EDGES = (0, GRACE_DAYS * DAY - 1, GRACE_DAYS * DAY, GRACE_DAYS * DAY + 1)  # seconds since the end
GRACE_SHARE = 0.4  # of what is expired
WINDOW_EDGES = (0, 30, 60, 90, 91, 100)  # days since it was claimed; from 90 on overdue
WINDOW_EDGE_SHARE = 0.06
ODD_SHARE = 0.02
DATED_QUEUE_SHARE = 0.5  # the others have null dates
MERGED_SHARE = 0.02  # licenses that another one was merged into for good
MERGED_HEAD_SHARE = 0.2  # the same, where a queue is known to stand behind
LISTED_SHARE = 0.5  # of those: the merged license is still listed as a row of its own
MERGED_DAYS = (60, 365)
APART = 6  # of so many heads with something merged one ends without it: nobody knows whether the vendor's do
UNHEARD_OF_ROWS = 601  # of so many rows one that is in use may have a state that nobody knows
UPGRADED_SHARE = 0.3
QUEUED_RENEWAL_SHARE = 0.25
NETWORKS = 40  # per organization
QUEUE_LINKS = 4

KINDS: tuple[tuple[str, int], ...] = (
    ("active", 640),
    ("head", 50),
    ("expiring", 80),
    ("expiringHead", 20),
    ("expired", 55),
    ("renewed", 14),
    ("unused", 75),
    ("unusedActive", 55),
    ("activeTooLong", 6),
    ("expiringTooEarly", 4),
    ("orphan", 2),
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
        written += _group(estate, rng, first + len(written), kind=kind, room=rows - len(written))
    for row in written:
        if rng.random() < ODD_SHARE:
            make_odd(row, rng)
    for row in written:
        unlist(row)
    return written


def _group(estate: Estate, rng: Random, index: int, *, kind: str, room: int) -> list[Row]:
    """Write the rows that belong together, at most *room*."""
    if kind == "renewed":
        return _renewal(estate, rng, index, room=room)
    if kind == "orphan":
        return [_orphan(estate, rng, index)]
    head = _single(estate, rng, index, kind=kind)
    if kind == "active" and index % UNHEARD_OF_ROWS == 0:
        head["state"] = UNHEARD_OF
    return [head, *_queue(estate, rng, head, room=room - 1)] if kind in HEADS else [head]


def _renewal(estate: Estate, rng: Random, index: int, *, room: int) -> list[Row]:
    """Write a device's license that is over and the one that was assigned to the device after it."""
    past = _single(estate, rng, index, kind="expired")
    if index % (UNHEARD_OF_ROWS // 20) == 0:
        past["state"] = UNHEARD_OF
    if room == 1 or past["deviceSerial"] is None:
        return [past]
    kind = "expiring" if rng.random() < GRACE_SHARE else "active"
    license_type = past["licenseType"]
    if rng.random() < UPGRADED_SHARE:
        license_type = UPGRADES.get(license_type, license_type)
    head = _single(estate, rng, index + 1, kind=kind, license_type=license_type)
    head |= {name: past[name] for name in ("deviceSerial", "networkId")}
    if rng.random() < QUEUED_RENEWAL_SHARE:
        return [past, head, *_queue(estate, rng, head, room=room - 2)]
    return [past, head]


def _single(estate: Estate, rng: Random, index: int, *, kind: str, license_type: str | None = None) -> Row:
    """Write one license that is not queued behind another."""
    if license_type is None:
        license_type = TYPE_NAMES[bisect(TYPE_CEILINGS, rng.random() * TYPE_CEILINGS[-1])]
    days = rng.choice(DURATIONS_DAYS)
    if kind == "unused" and index % SHORT_ROWS == 0:
        days = SHORT_DAYS[index // SHORT_ROWS % len(SHORT_DAYS)]
    row = _blank(estate, rng, index, license_type=license_type, days=days)
    if rng.random() < (MERGED_HEAD_SHARE if kind in HEADS else MERGED_SHARE):
        _merge(row, rng.choice(MERGED_DAYS))
    is_apart = kind not in UNASSIGNED and index % APART == 0
    start, end = _term(kind, row["durationInDays" if is_apart else "totalDurationInDays"] * DAY, rng)
    row["state"] = STATES.get(kind, kind)
    row["claimDate"] = _stamp(estate.as_of, _claim(start, rng))
    row["activationDate"] = _stamp(estate.as_of, start)
    row["expirationDate"] = _stamp(estate.as_of, end)
    if license_type == SYSTEMS_MANAGER:
        row["seatCount"] = 5 * (1 + int(rng.random() ** 3 * 100))
    if kind not in UNASSIGNED:
        _assign(estate, rng, row, index)
    return row


def _assign(estate: Estate, rng: Random, row: Row, index: int) -> None:
    """Bind *row* to a network and, but for what runs without hardware of its own, to a device."""
    row["networkId"] = f"N_{FIRST_LICENSE_ID + estate.number * 1000 + int(rng.random() * NETWORKS)}"
    license_type = row["licenseType"]
    if license_type == SYSTEMS_MANAGER or (license_type == VIRTUAL_APPLIANCE and index % 2):
        return
    number = estate.first_license_id + index
    row["deviceSerial"] = f"Q2{PAIRS[number % len(PAIRS)]}-{_code(number, 1)}"


def _queue(estate: Estate, rng: Random, head: Row, *, room: int) -> list[Row]:
    """Write the licenses queued on the device of *head*, in the order of the queue, at most *room*.

    Either each names *head* itself, the one that burns, or each names the one before it. Each takes up
    where the one before it ends. One that was merged into *head* for good may be listed still: its term
    is in the total of *head* already and, where that does not end without it, in the date.
    """
    links = min(1 + int(rng.random() * QUEUE_LINKS), room)
    names_head = rng.random() < 0.5  # noqa: PLR2004 - both are in use
    index = int(head["id"]) - estate.first_license_id
    begins = int((datetime.fromisoformat(head["expirationDate"]) - estate.as_of).total_seconds())
    queued: list[Row] = []
    for link in range(1, links + 1):
        row = _blank(
            estate, rng, index + link, license_type=head["licenseType"], days=rng.choice(QUEUED_DAYS)
        )
        row["state"] = "recentlyQueued"
        for name in ("deviceSerial", "networkId", "seatCount"):
            row[name] = head[name]
        row["headLicenseId"] = head["id"] if names_head or not queued else queued[-1]["id"]
        row["claimDate"] = _stamp(estate.as_of, _claim(None, rng))
        if not queued and head["permanentlyQueuedLicenses"] and rng.random() < LISTED_SHARE:
            _list_merged(row, head)
            starts = begins - row["totalDurationInDays"] * DAY
            if index % APART == 0:
                starts, begins = begins, begins + row["totalDurationInDays"] * DAY
        else:
            if rng.random() < MERGED_SHARE:
                _merge(row, rng.choice(MERGED_DAYS))
            starts, begins = begins, begins + row["totalDurationInDays"] * DAY
        # A license that is queued has not begun to burn; a date that says so would be no queue's.
        if rng.random() < DATED_QUEUE_SHARE and starts > 0:
            row["activationDate"] = _stamp(estate.as_of, starts)
            row["expirationDate"] = _stamp(estate.as_of, starts + row["totalDurationInDays"] * DAY)
        queued.append(row)
    return queued


def _orphan(estate: Estate, rng: Random, index: int) -> Row:
    """Write a queued license behind nothing that is in the list: behind a stranger, itself, or no name."""
    row = _single(estate, rng, index, kind="orphan")
    row["state"] = "recentlyQueued"
    stranger = str(int(row["id"]) + CODES)
    row["headLicenseId"] = (stranger, row["id"], None)[int(rng.random() * 3)]
    row["activationDate"] = row["expirationDate"] = None
    return row


def _merge(row: Row, days: int) -> None:
    """Merge a license of *days* days, which is in no list, into *row* for good."""
    number = int(row["id"])
    row["totalDurationInDays"] += days
    row["permanentlyQueuedLicenses"] = [
        {
            "id": str(number + CODES),
            "licenseType": row["licenseType"],
            "licenseKey": f"Z2MG-{_code(number, 5)}",
            "orderNumber": row["orderNumber"],
            "durationInDays": days,
        }
    ]


def _list_merged(row: Row, head: Row) -> None:
    """Make *row* the license that was merged into *head*."""
    (merged,) = head["permanentlyQueuedLicenses"]
    row["totalDurationInDays"] = row["durationInDays"] = merged["durationInDays"]
    merged |= {name: row[name] for name in ("id", "licenseKey", "orderNumber")}


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
        if rng.random() < BOUNDARY_SHARE:
            left = rng.choice(BOUNDARY_DAYS) * DAY
    elif kind == "expiringTooEarly":
        left = soon + 1 + int(rng.random() * 3 * DAY)
    elif kind == "expired":
        left = -_since_end(rng)
    elif kind == "unusedActive":
        left = 1 + int(rng.random() * (duration - 1))
    else:
        left = soon + 1 + int(rng.random() * (duration - soon - 1))
    return left - duration, left


def _since_end(rng: Random) -> int:
    """Seconds since a license expired: within the days of grace, on their edges, or long ago."""
    luck = rng.random()
    if luck < BOUNDARY_SHARE:
        return rng.choice(GRACE_EDGES)
    days = GRACE_DAYS if luck < GRACE_SHARE else 400
    return int(rng.random() * days * DAY)


def _claim(start: int | None, rng: Random) -> int:
    """Claimed within the 90 days before the license began to burn or, where it did not, before now.

    A few were claimed so long ago that they should burn already, and a few on the edge of a window.
    """
    if start is not None:
        return start - int(rng.random() * WINDOW_DAYS * DAY)
    if rng.random() < WINDOW_EDGE_SHARE:
        return -rng.choice(WINDOW_EDGES) * DAY
    return -int(rng.random() * WINDOW_DAYS * DAY)


def _code(number: int, factor: int) -> str:
    """Spell *number* so that neighbours look unrelated and none collide (31 divides neither factor)."""
    return code(number * 1_000_003 * factor % CODES)


def _stamp(as_of: datetime, seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return (as_of + timedelta(seconds=seconds)).isoformat()[: -len("+00:00")] + "Z"
