"""Instants as the report writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def to_rfc3339(instant: datetime) -> str:
    """UTC with `Z`; fractions of a second only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_rfc3339_or_none(instant: datetime | None) -> str | None:
    """The same; None where there is no instant."""
    return None if instant is None else to_rfc3339(instant)
