"""Where something stands on its way into the dark: covered, about to end, in grace, or shut down.

The vendor keeps what it no longer covers at work for 30 days. Under per-device licensing that is the
device, under co-termination the whole organization, under a subscription one product class. No API field
tells the date but `gracePeriodEndsAt` of a subscription; the others are computed here from the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from auditor.domain.window import Windows

GRACE: Final = timedelta(days=30)
"""From the end of coverage until the vendor shuts down (its licensing articles, not the API)."""

_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)


class Standing(StrEnum):
    """From best to worst. The text is that of the report."""

    OK = "ok"  # covered beyond the longest window
    EXPIRING = "expiring"  # covered now, and not beyond the longest window
    IN_GRACE = "inGrace"  # no longer covered, still at work
    DARK = "dark"  # shut down


BY_SEVERITY: Final = {standing: rank for rank, standing in enumerate(Standing)}


def standing_at(end: datetime, windows: Windows) -> Standing:
    """Where something stands whose coverage ends at *end*; that instant is not covered any more."""
    if end > windows.horizon:
        return Standing.OK
    if end > windows.as_of:
        return Standing.EXPIRING
    return Standing.IN_GRACE if dark_from(end) > windows.as_of else Standing.DARK


def dark_from(end: datetime) -> datetime:
    """When that which is covered until *end* goes dark."""
    return end + GRACE if end <= _LAST_MOMENT - GRACE else _LAST_MOMENT


def worst(standings: Iterable[Standing]) -> Standing | None:
    """The worst of *standings*; None where there is none."""
    return max(standings, key=BY_SEVERITY.__getitem__, default=None)
