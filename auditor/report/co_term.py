"""The blocks of the report about co-termination: devices and seats licensed, devices in use, and keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from auditor.domain.co_term import CoTermAccount, CoTermKeys, CoTermTotals, over_limit_dark_at
from auditor.domain.device_use import DeviceUse
from auditor.domain.window import Windows
from auditor.report.instant import to_rfc3339_or_none
from auditor.report.per_device import by_name

Json = dict[str, Any]


def co_term_block(account: CoTermAccount, windows: Windows) -> Json:
    """What is known of one organization."""
    overview, use = account.overview, account.use
    return {
        "status": overview.status,
        "expiresAt": to_rfc3339_or_none(overview.expires_at),
        "devices": _devices_block(overview.devices),
        "seats": {"licensed": overview.seats},
        "use": None if use is None else _use_of_one(use, dark_at=over_limit_dark_at(account, windows)),
        "keys": None if account.keys is None else _keys_block(account.keys),
    }


def co_term_totals_block(totals: CoTermTotals) -> Json:
    """The sums; each says of how many organizations it is, and is null where of none."""
    devices, seats = totals.without_devices, totals.without_seats
    return {
        "organizations": totals.organizations,
        "byStatus": by_name(totals.by_status),
        "devices": {
            "organizations": totals.organizations - devices,
            **_devices_block(totals.licensed if _is_told(totals, devices) else None),
        },
        "seats": {
            "organizations": totals.organizations - seats,
            "licensed": totals.seats if _is_told(totals, seats) else None,
        },
        "use": _of_those(totals, totals.without_use, {"estimate": True, **_use_block(totals.use)}),
        "keys": _of_those(totals, totals.without_keys, _keys_block(totals.keys)),
    }


def _of_those(totals: CoTermTotals, lacking: int, block: Json) -> Json | None:
    """*block* with the number of organizations that it sums up: all but those *lacking*."""
    return {"organizations": totals.organizations - lacking, **block} if _is_told(totals, lacking) else None


def _is_told(totals: CoTermTotals, lacking: int) -> bool:
    """Whether any organization has what *lacking* of them have not; of none at all, zeros are true."""
    return not lacking or totals.organizations > lacking


def _devices_block(licensed: Mapping[str, int] | None) -> Json:
    if licensed is None:
        return {"licensed": None, "byModel": None}
    return {"licensed": sum(licensed.values()), "byModel": by_name(licensed)}


def _use_of_one(use: DeviceUse, *, dark_at: datetime | None) -> Json:
    """With the latest date on which more devices than licenses turn the organization dark."""
    return {"estimate": True, "darkAt": to_rfc3339_or_none(dark_at), **_use_block(use)}


def _use_block(use: DeviceUse) -> Json:
    return {
        "inUse": use.in_use,
        "overLimit": use.over_limit,
        "spare": use.spare,
        "warmSpares": use.warm_spares,
        "byFamily": {
            family: {"licensed": one.licensed, "inUse": one.in_use}
            for family, one in sorted(use.families.items())
        },
        "unmatched": by_name(use.unmatched),
    }


def _keys_block(keys: CoTermKeys) -> Json:
    return {
        "total": keys.total,
        "live": keys.live,
        "invalidated": keys.invalidated,
        "expired": keys.expired,
        "byMode": by_name(keys.by_mode),
        "byEdition": by_name(keys.by_edition),
        "devicesByModel": by_name(keys.devices_by_model),
    }
