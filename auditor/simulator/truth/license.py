"""One license row, read: what the truth looks at, in the types of the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from auditor.simulator.truth.moments import read_moment

LONGEST_DAYS = 36_500
UNASSIGNED = ("unused", "unusedActive")
QUEUED = "recentlyQueued"
IN_USE = ("active", "expiring", "expired")
SEATED = ("SM", "SME")
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class License:
    """*device* and *network* are where it is assigned; *head* names the license in front of it in a queue.

    *merged* are the ids of those that were merged into it for good.
    """

    id: str
    state: str
    kind: str
    device: str | None
    network: str | None
    head: str | None
    order: str | None
    seats: int | None
    claimed: datetime | None
    starts: datetime | None
    ends: datetime | None
    days_told: tuple[Any, Any]
    merged: tuple[str, ...]

    @property
    def is_assigned(self) -> bool:
        """Whether a device or a network has it."""
        return self.device is not None or self.network is not None

    @property
    def is_head(self) -> bool:
        """Whether it covers what it is assigned to by itself, behind no other."""
        return self.is_assigned and self.state in IN_USE

    @property
    def shelter(self) -> tuple[str, str] | None:
        """What it shares with others of its network that is on no device; None for any other license.

        Those of Systems Manager cover each other there; of others only the same type does.
        """
        if self.device is not None or self.network is None:
            return None
        has_seats = self.seats is not None or self.kind in SEATED
        return self.network, "seats" if has_seats else self.kind

    @property
    def is_stray(self) -> bool:
        """Whether it is assigned, and its state, which nobody knows, does not say what that means."""
        return self.is_assigned and self.state not in {QUEUED, *UNASSIGNED, *IN_USE}

    @property
    def merged_days(self) -> int:
        """By how many days others that were merged into it prolong it; 0 where that cannot be read."""
        whole, own = self.days_told
        if type(whole) is not int or type(own) is not int or not 0 <= own <= whole <= LONGEST_DAYS:
            return 0
        return whole - own

    @property
    def ends_too_early(self) -> bool:
        """Whether its end leaves out what was merged into it: it is its own days after its start, about."""
        if self.starts is None or self.ends is None or not self.merged_days:
            return False
        own_end = self.starts + timedelta(days=self.days_told[1])
        whole_end = own_end + timedelta(days=self.merged_days)
        is_whole = whole_end - A_DAY <= self.ends <= whole_end + A_DAY
        return not is_whole and own_end - A_DAY <= self.ends <= own_end + A_DAY

    @property
    def term(self) -> timedelta | None:
        """How long it lasts, by the first of its durations and dates that can be read."""
        for days in self.days_told:
            if type(days) is int and 0 <= days <= LONGEST_DAYS:
                return timedelta(days=days)
        if self.starts is None or self.ends is None or not self.starts <= self.ends:
            return None
        return self.ends - self.starts

    def is_burning(self, as_of: datetime) -> bool:
        """Whether it is assigned and runs out: by its start, and by its state only where it has none."""
        if not self.is_assigned or self.ends is None:
            return False
        if self.starts is None:
            return self.state in {"active", "expiring", "expired"}
        return self.starts <= as_of


def read_license(row: Mapping[str, Any]) -> License:
    """Read *row*; a name that is missing is null, and the id of a head may be a number."""
    head = row.get("headLicenseId")
    return License(
        id=row["id"],
        state=row["state"],
        kind=row["licenseType"],
        device=row.get("deviceSerial"),
        network=row.get("networkId"),
        head=None if head is None else str(head),
        order=row.get("orderNumber"),
        seats=row.get("seatCount"),
        claimed=read_moment(row.get("claimDate")),
        starts=read_moment(row.get("activationDate")),
        ends=read_moment(row.get("expirationDate")),
        days_told=(row.get("totalDurationInDays"), row.get("durationInDays")),
        merged=tuple(str(one["id"]) for one in row.get("permanentlyQueuedLicenses") or ()),
    )
