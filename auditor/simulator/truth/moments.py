"""Instants, windows and standings as the truth reckons them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

WINDOWS_DAYS = (30, 60, 90)
GRACE = timedelta(days=30)
MONTHS = 36
STANDINGS = ("ok", "expiring", "inGrace", "dark")
"""From best to worst."""

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def read_moment(text: str | None) -> datetime | None:
    """The instant that *text* names; None for none."""
    return None if text is None else datetime.fromisoformat(text)


def write_moment(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def later(moment: datetime, span: timedelta) -> datetime:
    """*moment* and *span* together, or the end of time."""
    try:
        return moment + span
    except OverflowError:
        return END_OF_TIME


def is_within(moment: datetime | None, as_of: datetime, days: int) -> bool:
    """Whether *moment* lies in (*as_of*, *as_of* + *days*]."""
    return moment is not None and as_of < moment <= as_of + timedelta(days=days)


def count_within(moments: Iterable[datetime | None], as_of: datetime) -> dict[str, int]:
    """How many of *moments* lie in each window."""
    listed = list(moments)
    return {str(days): sum(is_within(one, as_of, days) for one in listed) for days in WINDOWS_DAYS}


def standing_of(end: datetime, as_of: datetime) -> str:
    """Where something stands that is covered until *end*."""
    if end <= as_of:
        return "dark" if as_of >= later(end, GRACE) else "inGrace"
    return "expiring" if end <= as_of + timedelta(days=max(WINDOWS_DAYS)) else "ok"


def worst_of(standings: Iterable[str]) -> str | None:
    """The worst of *standings*; None where there is none."""
    return max(standings, key=STANDINGS.index, default=None)


def count_standings(standings: Iterable[str | None]) -> dict[str, int]:
    """How often each standing occurs, those that are not known under their own name."""
    listed = [one or "unknown" for one in standings]
    return {name: listed.count(name) for name in (*STANDINGS, "unknown")}


@lru_cache(maxsize=8)
def months_ahead(as_of: datetime) -> tuple[str, ...]:
    """The months of the forecast, that of *as_of* first."""
    year, month = as_of.year, as_of.month
    names = []
    for _ in range(MONTHS):
        names.append(f"{year:04}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - December
    return tuple(names)


def month_ahead(end: datetime | None, as_of: datetime) -> str | None:
    """The month of the forecast in which *end* lies; None where it is past, too far ahead, or not known."""
    if end is None or end <= as_of:
        return None
    last = months_ahead(as_of)[-1]
    name = f"{end.year:04}-{end.month:02}"  # texts of this form sort as the months do
    return name if name <= last else None
