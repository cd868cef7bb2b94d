"""The vendor's ways to write a moment, read into aware UTC datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_NO_DATE: Final = frozenset({"", "N/A"})  # the overview of an organization without licenses says N/A

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
"""English whatever the locale, which is why `strptime` is not asked."""

_CO_TERM = re.compile(r"([a-z]{3,9})\.? +([0-9]{1,2}),? +([0-9]{4})(?: +(?:utc|gmt))?\Z", re.ASCII)


def parse_instant(text: str | None) -> datetime | None:
    """The moment that *text* names, in UTC; None for None, empty text and `N/A`.

    Reads ISO 8601 (`2020-10-30T15:01:46Z`; offsets and fractions too) and the form of
    `getOrganizationLicensesOverview` (`Feb 8, 2020 UTC`). Without a zone it is UTC, without a time it is
    the day's first moment.

    Raises:
        ValueError: neither form; the text is in the message.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _parse_other(text)
    return instant if instant.tzinfo is UTC else _in_utc(instant, text)


def _parse_other(text: str) -> datetime | None:
    stripped = text.strip()
    if stripped.upper() in _NO_DATE:
        return None
    try:
        match = _CO_TERM.match(stripped.lower())
        if match and match[1] in _MONTHS:
            return datetime(int(match[3]), _MONTHS[match[1]], int(match[2]), tzinfo=UTC)
        return _in_utc(datetime.fromisoformat(stripped.upper()), text)
    except ValueError:
        raise _no_date(text) from None


def _in_utc(instant: datetime, text: str) -> datetime:
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:  # within a day of year 1 or 9999
        raise _no_date(text) from None


def _no_date(text: str) -> ValueError:
    return ValueError(f"not a date: {text[:60]!r}")
