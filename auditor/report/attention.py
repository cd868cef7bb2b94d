"""The licenses that ask for attention, as the report lists them, and read back from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from auditor.domain.attention import Attention
from auditor.report.instant import to_rfc3339_or_none

Json = dict[str, Any]


def attention_block(licenses: Iterable[Attention]) -> list[Json]:
    """An entry for each of *licenses*, in their order."""
    return [
        {
            "id": one.id,
            "licenseType": one.license_type,
            "state": one.state,
            "deviceSerial": one.device_serial,
            "networkId": one.network_id,
            "orderNumber": one.order_number,
            "activationDate": to_rfc3339_or_none(one.activates_at),
            "expirationDate": to_rfc3339_or_none(one.expires_at),
            "burnsAt": to_rfc3339_or_none(one.burns_at),
            "daysBurned": one.days_burned,
            "daysLeft": one.days_left,
            "coveredUntil": to_rfc3339_or_none(one.covered_until),
            "darkAt": to_rfc3339_or_none(one.dark_at),
            "atRisk": one.at_risk,
        }
        for one in licenses
    ]


def attention_of(entries: Iterable[Mapping[str, Any]] | None) -> tuple[Attention, ...] | None:
    """The licenses that *entries* were made of; None where no detail was asked for."""
    if entries is None:
        return None
    return tuple(
        Attention(
            one["id"],
            one["licenseType"],
            one["state"],
            one["deviceSerial"],
            one["networkId"],
            one["orderNumber"],
            _instant_or_none(one["activationDate"]),
            _instant_or_none(one["expirationDate"]),
            burns_at=_instant_or_none(one["burnsAt"]),
            days_burned=one["daysBurned"],
            days_left=one["daysLeft"],
            covered_until=_instant_or_none(one["coveredUntil"]),
            dark_at=_instant_or_none(one["darkAt"]),
            at_risk=one.get("atRisk"),
        )
        for one in entries
    )


def urgency(entry: Mapping[str, Any]) -> tuple[bool, str, str]:
    """The key by which entries are in order: see `domain.attention`."""
    due = entry["darkAt"] or entry["expirationDate"] or entry["burnsAt"] or "~"
    return entry["darkAt"] is None, due, entry["id"] or ""


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
