"""The blocks of the report that look ahead: standings, dark dates, renewals, and what could be reclaimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from auditor.domain.counts import known_sum
from auditor.domain.organization import LicensingModel
from auditor.domain.outlook import FORECAST_MONTHS, DarkDate, Outlook, Renewal, Unit
from auditor.domain.reclaim import Hint, hints
from auditor.domain.result import Digest, OrganizationResult, SoonestDark
from auditor.domain.standing import worst
from auditor.domain.subscription import renewals_of
from auditor.report.instant import to_rfc3339, to_rfc3339_or_none

Json = dict[str, Any]


def outlook_blocks(outlook: Outlook | None) -> Json:
    """The standing of one organization and its dark dates; nulls where it was not read to its end."""
    if outlook is None:
        return {"standing": None, "dark": None}
    return {
        "standing": outlook.standing,
        "dark": {
            "soonest": to_rfc3339_or_none(outlook.soonest_dark_at),
            "known": outlook.is_dark_known,
            "dates": [_date_block(one) for one in outlook.dark_dates],
        },
    }


def _date_block(one: DarkDate) -> Json:
    return {
        "date": one.day.isoformat(),
        "standing": one.standing.value,
        "what": one.what,
        "count": one.count,
        "estimate": one.is_estimate,
    }


def dark_dates_block(dark_dates: Iterable[SoonestDark]) -> list[Json]:
    """One entry for each organization in which something goes dark: the soonest first."""
    ordered = sorted(dark_dates, key=lambda one: (one.at, one.tenant, one.organization.id))
    return [_soonest_block(one) for one in ordered]


def _soonest_block(one: SoonestDark) -> Json:
    """What goes dark first: its kind where it is of one kind, and how many of it."""
    kinds = {date.what for date in one.dark_dates}
    return {
        "darkAt": to_rfc3339(one.at),
        "standing": worst(date.standing for date in one.dark_dates),
        "organizationId": one.organization.id,
        "name": one.organization.name,
        "tenant": one.tenant,
        "licensingModel": one.organization.licensing_model,
        "what": kinds.pop() if len(kinds) == 1 else None,
        "count": known_sum([date.count for date in one.dark_dates]),
        "estimate": any(date.is_estimate for date in one.dark_dates),
    }


def hints_block(digest: Digest) -> list[Json]:
    """Licenses that another organization of the same tenant could spare: hints, for they have to be moved."""
    return [
        _hint_block(hint, tenant)
        for tenant in sorted(digest.reclaims)
        for hint in hints(sorted(digest.reclaims[tenant], key=lambda one: one[0]))
    ]


def _hint_block(hint: Hint, tenant: str) -> Json:
    return {
        "tenant": tenant,
        "type": hint.license_type,
        "from": hint.from_organization,
        "to": hint.to_organization,
        "count": hint.count,
        "soonestDarkDate": hint.soonest_dark_day.isoformat(),
    }


def forecast_block(digest: Digest, as_of: datetime) -> Json:
    """What ends in each month, after all that is queued; each subscription once, with its first tenant."""
    counts: dict[tuple[str, str, str, str], dict[int, int]] = {}
    for (tenant, model, renewal), count in _all_renewals(digest, as_of):
        by_month = counts.setdefault((tenant, model.value, renewal.what, renewal.unit.value), {})
        by_month[renewal.month] = by_month.get(renewal.month, 0) + count
    return {
        "organizations": digest.totals.outlooks,
        "months": _month_names(as_of),
        "renewals": [
            {
                "tenant": tenant,
                "licensingModel": model,
                "type": what,
                "unit": unit,
                "byMonth": _named(by_month, as_of),
            }
            for (tenant, model, what, unit), by_month in sorted(counts.items())
        ],
    }


def own_renewals_block(result: OrganizationResult, as_of: datetime) -> list[Json]:
    """What of the forecast is one organization's, but for subscriptions, which tell their own."""
    if result.outlook is None or result.subscriptions is not None:
        return []
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for renewal, count in result.outlook.renewals.items():
        by_month = counts.setdefault((renewal.what, renewal.unit.value), {})
        by_month[renewal.month] = by_month.get(renewal.month, 0) + count
    return [
        {"type": what, "unit": unit, "byMonth": _named(by_month, as_of)}
        for (what, unit), by_month in sorted(counts.items())
    ]


def own_renewals_of(blocks: Iterable[Mapping[str, Any]], as_of: datetime) -> dict[Renewal, int]:
    """What `own_renewals_block` made *blocks* of."""
    months = {name: month for month, name in enumerate(_month_names(as_of))}
    return {
        Renewal(one["type"], Unit(one["unit"]), months[name]): count
        for one in blocks
        for name, count in one["byMonth"].items()
    }


def _named(by_month: Mapping[int, int], as_of: datetime) -> Json:
    names = _month_names(as_of)
    return {names[month]: by_month[month] for month in sorted(by_month)}


def _all_renewals(
    digest: Digest, as_of: datetime
) -> Iterator[tuple[tuple[str, LicensingModel, Renewal], int]]:
    yield from digest.renewals.items()
    for tenant, subscription in digest.subscriptions.values():
        for renewal, seats in renewals_of(subscription, as_of).items():
            yield (tenant, LicensingModel.SUBSCRIPTION, renewal), seats


def _month_names(as_of: datetime) -> list[str]:
    first = as_of.year * 12 + as_of.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, first + FORECAST_MONTHS)]
