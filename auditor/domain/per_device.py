"""What lies ahead of an organization under per-device licensing, whose subjects go dark one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import starmap
from operator import itemgetter
from typing import Final, TypeAlias

from auditor.domain.chain import Ends
from auditor.domain.counts import added
from auditor.domain.coverage import Coverage
from auditor.domain.outlook import FORECAST_MONTHS, DarkDate, Outlook, Renewal, Spare, Unit, month_of
from auditor.domain.reclaim import DeviceAtRisk, match
from auditor.domain.standing import GRACE, Standing, dark_from, worst
from auditor.domain.window import Windows

Ending: TypeAlias = tuple[datetime, str]
"""When a subject ends, and its license type."""

_LAST_DAY: Final = date.max - GRACE


def per_device_outlook(
    ends: Ends,
    soon: Sequence[tuple[datetime, str, str]],
    *,
    coverage: Coverage,
    windows: Windows,
    ending_within: Mapping[int, int],
    unused: Mapping[Spare, int],
    unused_active: Mapping[str, int],
) -> Outlook:
    """The outlook of an organization whose list was read to its end.

    *soon* are the devices that end by the horizon: see `Devices.ending_by`. *unused* and *unused_active*
    count the licenses that could be reclaimed: see `reclaim.match`.
    """
    as_of, horizon = windows.as_of, windows.horizon
    dark = as_of - GRACE  # what ended by then is dark
    devices = list(starmap(DeviceAtRisk, soon[bisect_right(soon, dark, key=itemgetter(0)) :]))
    at_risk = [(end, license_type) for end, _, license_type in devices] + [
        (end, one.license_type)
        for end, one in zip(ends.network_ends, ends.network_licenses, strict=True)
        if end is not None and dark < end <= horizon
    ]
    soonest = min(at_risk, default=None)
    return Outlook(
        standing=_standing(coverage),
        soonest_dark_at=None if soonest is None else dark_from(soonest[0]),
        dark_dates=_dark_dates(at_risk, as_of),
        renewals=_renewals(ends, as_of),
        reclaim=match(devices, windows=windows, unused=unused, unused_active=unused_active),
        ending_within=ending_within,
        is_dark_known=not (coverage.devices.get(None) or coverage.network_licenses.get(None)),
    )


def _standing(coverage: Coverage) -> Standing | None:
    """The worst of all; None where nothing is known to be worse than fine, and of something no end is known.

    Nothing at all is fine.
    """
    standings = {*coverage.devices, *coverage.network_licenses}
    standing = worst([Standing.OK, *[one for one in standings if one is not None]])
    return None if standing is Standing.OK and None in standings else standing


def _dark_dates(at_risk: Sequence[Ending], as_of: datetime) -> tuple[DarkDate, ...]:
    """Counted by the day of the end, which is that of the dark date but for the days between them."""
    counts = Counter([(end.date(), end <= as_of, license_type) for end, license_type in at_risk])
    standings = (Standing.EXPIRING, Standing.IN_GRACE)
    return tuple(
        [
            DarkDate(_dark_day(day), standings[is_over], license_type, count)
            for (day, is_over, license_type), count in sorted(counts.items())
        ]
    )


def _dark_day(day: date) -> date:
    """The day on which that goes dark which ends on *day*: see `dark_from`."""
    return day + GRACE if day <= _LAST_DAY else date.max


def _renewals(ends: Ends, as_of: datetime) -> Mapping[Renewal, int]:
    """What ends in which month. Devices are many: their ends are counted by month and only then looked at."""
    devices, unit = ends.devices, Unit.LICENSES
    by_month = Counter(
        [
            (license_type, end.year, end.month)
            for license_type, end in zip(devices.types.values(), devices.ends.values(), strict=True)
            if end is not None and end > as_of
        ]
    )
    this_month = as_of.year * 12 + as_of.month
    renewals = {
        Renewal(license_type, unit, ahead): count
        for (license_type, year, month), count in by_month.items()
        if (ahead := year * 12 + month - this_month) < FORECAST_MONTHS
    }
    of_networks: Counter[Renewal] = Counter()
    for end, one in zip(ends.own_network_ends, ends.network_licenses, strict=True):
        ahead_of = None if end is None else month_of(end, as_of)
        if ahead_of is not None:
            of_networks[Renewal(one.license_type, unit, ahead_of)] += 1
            if one.seat_count:
                of_networks[Renewal(one.license_type, Unit.SEATS, ahead_of)] += one.seat_count
    return added(renewals, of_networks)
