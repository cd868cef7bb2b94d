"""What lies ahead of one organization, whatever its licensing model: dark dates, renewals, reclaimables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from auditor.domain.standing import Standing

FORECAST_MONTHS: Final = 36
"""Months of the renewal forecast; the first is that of the reference time."""


class Unit(StrEnum):
    """What a figure counts. Figures of different units are never added together."""

    LICENSES = "licenses"
    DEVICES = "devices"
    SEATS = "seats"


@dataclass(frozen=True, slots=True, order=True)
class DarkDate:
    """*count* things that go dark on *day* (UTC), all of one kind.

    *what* is the license type (per-device), the product class (subscription), or None for the whole
    organization (co-termination); *count* is of devices and network licenses, of missing seats, or 1; None
    where nobody knows how many seats are missing.
    *is_estimate*: the vendor tells neither the date nor what it is computed from, and it comes no later.
    """

    day: date
    standing: Standing
    what: str | None
    count: int | None
    is_estimate: bool = False


class Renewal(NamedTuple):
    """What ends in a *month*, counted from that of the reference time as 0: a key of the forecast."""

    what: str  # license type, device type of the co-termination overview, or SKU
    unit: Unit
    month: int


class Need(NamedTuple):
    """Devices of one type that go dark on one day (UTC), and what they lack: a key of `Reclaim.needs`.

    A license covers them beyond the longest window if it lasts *least_days* whole days or more.
    """

    license_type: str
    dark_day: date
    least_days: int


class Spare(NamedTuple):
    """Unused licenses of one type that last so many whole days; None where no term can be read."""

    license_type: str
    term_days: int | None


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Unused licenses that fit devices at risk of the same type (per-device licensing).

    *matched* counts, by license type, devices that an `unused` and that an `unusedActive` license of the
    same organization fits. *needs* are the devices left without, *surplus* the `unused` licenses left over.
    """

    matched: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    needs: Mapping[Need, int] = field(default_factory=dict)
    surplus: Mapping[Spare, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies ahead of an organization that was read to its end.

    *standing* is the worst of all that is in it, None where nothing tells. *soonest_dark_at* is when the
    first thing of it that is not dark yet goes dark, as far as that lies within the longest window and
    the grace after it; *dark_dates* are all of these, by day, in order. *is_dark_known* says that the date of
    everything that can go dark is known: without it, something may go dark sooner than any of these, and no
    date at all proves nothing. *ending_within* counts, by window length in days, what ends in the window:
    licenses, the organization itself (co-termination), or subscriptions.
    """

    standing: Standing | None = None
    soonest_dark_at: datetime | None = None
    dark_dates: tuple[DarkDate, ...] = ()
    renewals: Mapping[Renewal, int] = field(default_factory=dict)
    reclaim: Reclaim | None = None
    ending_within: Mapping[int, int] = field(default_factory=dict)
    is_dark_known: bool = False


def month_of(instant: datetime, as_of: datetime) -> int | None:
    """The month of the forecast in which *instant* lies; None where it is past or beyond the last one."""
    month = (instant.year - as_of.year) * 12 + instant.month - as_of.month
    return month if instant > as_of and month < FORECAST_MONTHS else None
