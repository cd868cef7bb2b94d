"""An instant as TOML or RFC 3339 writes it, with the offset that makes it one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from auditor.settings.fault import Fault
from auditor.settings.key import mask_api_keys

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
MIN_YEAR, MAX_YEAR = 2000, 2200  # licenses of before and after are a slip of the keyboard
_EXAMPLE = "for example 2026-11-24T00:00:00Z"


def to_instant(value: object) -> datetime:
    """Read *value*, an offset date-time of TOML or RFC 3339 text, as UTC.

    Raises:
        Fault: it is neither, lacks the offset, or lies outside the years 2000 to 2200.
    """
    match value:
        case datetime():
            return _to_utc(value)
        case str():
            return _to_utc(_parse(value))
        case date() | time():
            raise Fault("must be a date with a time and an offset; a part of it names no instant", _EXAMPLE)
        case _:
            raise Fault("must be a date and time with an offset", _EXAMPLE)


def _parse(text: str) -> datetime:
    shown = mask_api_keys(text)[:40]
    if not _RFC_3339.fullmatch(text):
        raise Fault(f"must be a date and time with an offset (RFC 3339), not {shown!r}", _EXAMPLE)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise Fault(f"is no date of the calendar: {shown!r}", _EXAMPLE) from error


def _to_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Fault(
            f"has no offset: {instant.isoformat()} is a different instant in every time zone",
            f"for example {instant.isoformat()}Z for UTC",
        )
    if not MIN_YEAR <= instant.year <= MAX_YEAR:
        raise Fault(f"lies outside the years {MIN_YEAR} to {MAX_YEAR}", _EXAMPLE)
    return instant.astimezone(UTC)
