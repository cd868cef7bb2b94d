"""What lies ahead of an organization under per-device licensing, whose subjects go dark one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, time
from typing import TypeAlias

from auditor.domain.chain import Ends
from auditor.domain.outlook import FORECAST_MONTHS, DarkDate, Outlook, Renewal, Unit, month_of
from auditor.domain.reclaim import DeviceAtRisk, match
from auditor.domain.standing import GRACE, Standing, dark_from, standing_at
from auditor.domain.window import Windows

Ending: TypeAlias = tuple[datetime, str]
"""When a subject ends, and its license type."""


def per_device_outlook(
    ends: Ends,
    *,
    windows: Windows,
    ending_within: Mapping[int, int],
    unused: Mapping[str, int],
    unused_active: Mapping[str, int],
) -> Outlook:
    """The outlook of an organization whose list was read to its end.

    *unused* and *unused_active* count the licenses that could be reclaimed, by type: see `reclaim.match`.
    """
    as_of, horizon = windows.as_of, windows.horizon
    dark = as_of - GRACE  # what ended by then is dark
    devices = [
        DeviceAtRisk(end, serial, license_type)
        for serial, (end, license_type) in ends.devices.items()
        if end is not None and dark < end <= horizon
    ]
    at_risk = [(end, license_type) for end, _, license_type in devices] + [
        (end, one.license_type)
        for end, one in zip(ends.network_ends, ends.network_licenses, strict=True)
        if end is not None and dark < end <= horizon
    ]
    soonest = min(at_risk, default=None)
    return Outlook(
        standing=_standing(ends, windows),
        soonest_dark_at=None if soonest is None else dark_from(soonest[0]),
        dark_dates=_dark_dates(at_risk, as_of),
        renewals=_renewals(ends, as_of),
        reclaim=match(devices, as_of=as_of, unused=unused, unused_active=unused_active),
        ending_within=ending_within,
    )


def _standing(ends: Ends, windows: Windows) -> Standing | None:
    """The worst; fine where nothing ends soon, unless there are subjects and of none the end is known."""
    all_ends = [end for end, _ in ends.devices.values()] + ends.network_ends
    first = min(filter(None, all_ends), default=None)
    if first is None:
        return None if all_ends else Standing.OK
    return standing_at(first, windows)


def _dark_dates(at_risk: Sequence[Ending], as_of: datetime) -> tuple[DarkDate, ...]:
    """Counted by the day of the end, which is that of the dark date but for the days between them."""
    counts = Counter([(end.date(), end <= as_of, license_type) for end, license_type in at_risk])
    return tuple(
        DarkDate(
            dark_from(datetime.combine(day, time(), UTC)).date(),
            Standing.IN_GRACE if is_over else Standing.EXPIRING,
            license_type,
            count,
        )
        for (day, is_over, license_type), count in sorted(counts.items())
    )


def _renewals(ends: Ends, as_of: datetime) -> dict[Renewal, int]:
    """What ends in which month. Devices are many: their ends are counted by month and only then looked at."""
    after = _after_forecast(as_of)
    by_month = Counter(
        [
            (license_type, end.year, end.month)
            for end, license_type in ends.devices.values()
            if end is not None and as_of < end < after
        ]
    )
    renewals: Counter[Renewal] = Counter()
    for (license_type, year, month), count in by_month.items():
        ahead = (year - as_of.year) * 12 + month - as_of.month
        renewals[Renewal(license_type, Unit.LICENSES, ahead)] = count
    for end, one in zip(ends.network_ends, ends.network_licenses, strict=True):
        ahead_of = None if end is None else month_of(end, as_of)
        if ahead_of is not None:
            renewals[Renewal(one.license_type, Unit.LICENSES, ahead_of)] += 1
            renewals[Renewal(one.license_type, Unit.SEATS, ahead_of)] += one.seat_count or 0
    return dict(+renewals)


def _after_forecast(as_of: datetime) -> datetime:
    """The first moment after the last month of the forecast, as far as the calendar goes."""
    years, month = divmod(as_of.month - 1 + FORECAST_MONTHS, 12)
    if as_of.year + years > MAXYEAR:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(as_of.year + years, month + 1, 1, tzinfo=UTC)
