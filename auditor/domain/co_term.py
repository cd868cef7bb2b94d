"""An organization under co-termination: one end date for all, and the devices and seats that it covers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from auditor.domain.counts import added
from auditor.domain.device_use import DeviceUse
from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit, month_of
from auditor.domain.standing import Standing, dark_from, standing_at
from auditor.domain.window import Windows

LICENSE_REQUIRED: Final = "license required"
"""The status of an organization that is expired, or over its device limit; compared in lower case."""

KNOWN_STATUSES: Final = frozenset({"ok", LICENSE_REQUIRED, "n/a", "warning"})
"""What the vendor is known to write, in lower case. `Warning` stands on its license page; in the API it is
not confirmed."""

SEATS: Final = "SM"
"""Systems Manager in the forecast, whatever the overview calls it."""

_SEATS_NAME: Final = re.compile(r"SME?(?:-ENT)?|SYSTEMS ?MANAGER")


def counts_seats(name: str) -> bool:
    """Whether the overview counts seats of Systems Manager under *name*, and no devices.

    They stand among the devices of `licensedDeviceCounts` (as `SM` in recorded answers; the other names are
    those of its license and of its product), though what is enrolled is no hardware of the vendor's.
    """
    return _SEATS_NAME.fullmatch(name.strip().upper()) is not None


@dataclass(frozen=True, slots=True)
class CoTermOverview:
    """The co-termination part of `getOrganizationLicensesOverview` (OpenAPI 1.73.0).

    *status* is the vendor's text (`OK`, `License Required`, `N/A`), None when it gives none; it is no
    function of the date. *expires_at* is the first moment (UTC) of the day that it names. *licensed* counts
    the devices covered, by the vendor's name for their kind, and among them seats of Systems Manager; of
    counts that cannot be read it has none, and *knows_devices* or *knows_seats* is false.
    """

    status: str | None
    expires_at: datetime | None
    licensed: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    knows_devices: bool = True
    knows_seats: bool = True

    @property
    def is_license_required(self) -> bool:
        """True when the vendor says that it is out of compliance."""
        return self.status is not None and self.status.strip().lower() == LICENSE_REQUIRED

    @property
    def is_status_known(self) -> bool:
        """False where the vendor gives no status, or one of which nobody knows what it means."""
        return self.status is not None and self.status.strip().lower() in KNOWN_STATUSES

    @property
    def devices(self) -> Mapping[str, int] | None:
        """The devices licensed: *licensed* without seats. None where a count of them cannot be read."""
        if not self.knows_devices:
            return None
        return {name: count for name, count in self.licensed.items() if not counts_seats(name)}

    @property
    def seats(self) -> int | None:
        """Seats of Systems Manager, which are never added to devices. None where they cannot be read."""
        if not self.knows_seats:
            return None
        return sum(count for name, count in self.licensed.items() if counts_seats(name))

    @property
    def is_whole(self) -> bool:
        """True when every count could be read."""
        return self.knows_devices and self.knows_seats

    @property
    def is_telling(self) -> bool:
        """Whether nothing hides that the organization lacks licenses: a known status, and every count."""
        return self.is_status_known and self.is_whole

    @property
    def is_empty(self) -> bool:
        """True when it is certain that nothing is licensed."""
        return self.is_whole and not any(self.licensed.values())


@dataclass(frozen=True, slots=True)
class CoTermKey:
    """One row of `getOrganizationLicensingCotermLicenses` (OpenAPI 1.73.0).

    *key* tells it from others and is never shown. *is_invalidated* and *is_expired* are None where the
    vendor does not say. *editions* are `productType edition`, *devices* counts by model.
    """

    key: str | None = field(repr=False)
    mode: str
    is_invalidated: bool | None
    is_expired: bool | None
    editions: tuple[str, ...] = ()
    devices: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Neither invalidated nor expired, as the vendor says of both."""
        return self.is_invalidated is False and self.is_expired is False


@dataclass(frozen=True, slots=True)
class CoTermKeys:
    """Counts over `getOrganizationLicensingCotermLicenses`. `CoTermKeys()` is zero, `+` adds.

    A key is live when it is neither invalidated nor expired. *by_mode* counts all keys; *by_edition* live
    ones, by `productType edition`, and one with several editions under each; *devices_by_model* adds the
    device counts of live keys, which is what was bought and not what is licensed.
    """

    total: int = 0
    live: int = 0
    invalidated: int = 0
    expired: int = 0
    by_mode: Mapping[str, int] = field(default_factory=dict)
    by_edition: Mapping[str, int] = field(default_factory=dict)
    devices_by_model: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> CoTermKeys:
        return CoTermKeys(
            total=self.total + other.total,
            live=self.live + other.live,
            invalidated=self.invalidated + other.invalidated,
            expired=self.expired + other.expired,
            by_mode=added(self.by_mode, other.by_mode),
            by_edition=added(self.by_edition, other.by_edition),
            devices_by_model=added(self.devices_by_model, other.devices_by_model),
        )

    @classmethod
    def of(cls, keys: Iterable[CoTermKey]) -> CoTermKeys:
        """The counts over *keys*, each of which is there once."""
        keys = list(keys)
        live = [key for key in keys if key.is_live]
        devices: Counter[str] = Counter()
        for key in live:
            devices.update(key.devices)
        return cls(
            total=len(keys),
            live=len(live),
            invalidated=sum(key.is_invalidated is True for key in keys),
            expired=sum(key.is_expired is True for key in keys),
            by_mode=dict(Counter(key.mode for key in keys)),
            by_edition=dict(Counter(edition for key in live for edition in set(key.editions))),
            devices_by_model=dict(devices),
        )


class KeysFold:
    """Folds the pages of one organization's keys. Remembers the texts of the keys until it is dropped."""

    def __init__(self) -> None:
        self.keys = CoTermKeys()
        self.notes: Counter[NoteKind] = Counter()
        self._seen: set[str] = set()

    def fold(self, page: Iterable[CoTermKey], *, notes: Mapping[NoteKind, int]) -> int:
        """Count *page* and what was noted of it. Returns how many keys were new; the others count once."""
        new: list[CoTermKey] = []
        for key in page:
            if key.key is not None and key.key in self._seen:
                self.notes[NoteKind.DUPLICATE_LICENSE] += 1
                continue
            if key.key is not None:
                self._seen.add(key.key)
            new.append(key)
        self.keys += CoTermKeys.of(new)
        self.notes.update(notes)
        return len(new)


@dataclass(frozen=True, slots=True)
class CoTermAccount:
    """What was found out about one organization.

    *keys* and *use* are None where they were not asked for, or not read to the end. *notes* are those of
    keys and inventory; the overview has its own.
    """

    overview: CoTermOverview
    keys: CoTermKeys | None = None
    use: DeviceUse | None = None
    notes: Mapping[NoteKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CoTermTotals:
    """Sums over organizations. `CoTermTotals()` is zero; `+` is associative and commutative.

    *licensed* counts devices by the vendor's names, as in the overviews, and *seats* those of Systems
    Manager. All four add up what is known; *without_devices*, *without_seats*, *without_keys* and
    *without_use* count the organizations of which it is not. What somebody uses of limits that cannot be
    read is in no sum.
    """

    organizations: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    licensed: Mapping[str, int] = field(default_factory=dict)
    without_devices: int = 0
    seats: int = 0
    without_seats: int = 0
    keys: CoTermKeys = field(default_factory=CoTermKeys)
    without_keys: int = 0
    use: DeviceUse = field(default_factory=DeviceUse)
    without_use: int = 0

    def __add__(self, other: Self) -> CoTermTotals:
        return CoTermTotals(
            organizations=self.organizations + other.organizations,
            by_status=added(self.by_status, other.by_status),
            licensed=added(self.licensed, other.licensed),
            without_devices=self.without_devices + other.without_devices,
            seats=self.seats + other.seats,
            without_seats=self.without_seats + other.without_seats,
            keys=self.keys + other.keys,
            without_keys=self.without_keys + other.without_keys,
            use=self.use + other.use,
            without_use=self.without_use + other.without_use,
        )

    @classmethod
    def of(cls, account: CoTermAccount) -> CoTermTotals:
        """The totals of one organization."""
        devices, seats = account.overview.devices, account.overview.seats
        use = account.use if account.use is not None and account.use.is_whole else None
        return cls(
            organizations=1,
            by_status={account.overview.status or UNKNOWN: 1},
            licensed=devices or {},
            without_devices=int(devices is None),
            seats=seats or 0,
            without_seats=int(seats is None),
            keys=account.keys or CoTermKeys(),
            without_keys=int(account.keys is None),
            use=use or DeviceUse(),
            without_use=int(use is None),
        )


def co_term_outlook(account: CoTermAccount, windows: Windows) -> Outlook:
    """What lies ahead of an organization that ends, and goes dark, as a whole."""
    overview, as_of = account.overview, windows.as_of
    end, standing = overview.expires_at, _standing(account, windows)
    is_estimate = _lacks_licenses(overview, as_of)
    dark_at = None
    if is_estimate:  # since when licenses are missing is not told: since now at the latest
        dark_at = dark_from(as_of)
    elif end is not None and standing in {Standing.EXPIRING, Standing.IN_GRACE}:
        dark_at = dark_from(end)
    dark_date = dark_at and standing and DarkDate(dark_at.date(), standing, None, 1, is_estimate)
    return Outlook(
        standing=standing,
        soonest_dark_at=dark_at,
        dark_dates=(dark_date,) if dark_date else (),
        renewals=_renewals(overview, as_of),
        ending_within={days: int(end is not None and as_of < end <= last) for days, last in windows.ends},
        is_dark_known=standing is Standing.DARK
        or (standing is not None and not is_estimate and overview.is_telling),
    )


def over_limit_dark_at(account: CoTermAccount, windows: Windows) -> datetime | None:
    """The latest moment at which an organization that uses more than is licensed goes dark: an estimate.

    Since when it does is not told: 30 days from the reference time at the latest, and no later than its own
    date turns it dark. None where nothing is over the limit, the use is not known, or it is dark already.
    """
    if account.use is None or not account.use.over_limit:
        return None
    latest, end = dark_from(windows.as_of), account.overview.expires_at
    if end is None:
        return latest
    by_date = dark_from(end)
    return None if by_date <= windows.as_of else min(latest, by_date)


def _standing(account: CoTermAccount, windows: Windows) -> Standing | None:
    overview, end = account.overview, account.overview.expires_at
    if overview.status is not None and not overview.is_status_known:
        return None  # whatever the date says, the vendor says something else besides
    if _lacks_licenses(overview, windows.as_of):
        return Standing.IN_GRACE
    standing = standing_at(end, windows) if end is not None else _standing_without_end(account)
    return None if standing is Standing.OK and not overview.is_telling else standing


def _standing_without_end(account: CoTermAccount) -> Standing | None:
    """Nothing licensed and nothing in use is fine; devices without a license are not."""
    is_idle = account.use is not None and not account.use.in_use
    return Standing.OK if account.overview.is_empty and is_idle else None


def _lacks_licenses(overview: CoTermOverview, as_of: datetime) -> bool:
    """Out of compliance, and not because it ended."""
    return overview.is_license_required and (overview.expires_at is None or overview.expires_at > as_of)


def _renewals(overview: CoTermOverview, as_of: datetime) -> dict[Renewal, int]:
    month = None if overview.expires_at is None else month_of(overview.expires_at, as_of)
    if month is None:
        return {}
    renewals = {
        Renewal(name, Unit.DEVICES, month): count for name, count in (overview.devices or {}).items() if count
    }
    return renewals | ({Renewal(SEATS, Unit.SEATS, month): overview.seats} if overview.seats else {})
