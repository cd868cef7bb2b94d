"""How long to wait before asking again. Pure: the clock is the server's own `Date`, the chance an input."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_WAIT_SECONDS: Final = 0.5  # a token bucket of 10 per second has room again after a tenth of it
MAX_BACKOFF_SECONDS: Final = 30.0  # a gateway that is down for longer is not helped by longer guesses
ZERO_MEANS_SECONDS: Final = 1.0  # `Retry-After: 0` is sent, and asking at once earns the next 429
SHORTEST_WAIT_SECONDS: Final = 0.05  # below this a wait is zero in all but name

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?\Z", re.ASCII)
_MAX_DATE_LENGTH: Final = 64  # the longest of the three HTTP date forms takes 33; the parser is not linear
_MAX_DOUBLINGS: Final = 16  # far above any cap; keeps the power finite


def parse_retry_after(value: str | None, *, response_date: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for; None when it is absent or unreadable.

    Reads whole and decimal seconds and HTTP dates (RFC 9110, 10.2.3). A date is measured against the
    response's own `Date` header, so that no clock is read and a wrong one does no harm; without that
    header a date says nothing. What lies in the past is 0.
    """
    if value is None:
        return None
    text = value.strip()
    if _NUMBER.match(text):
        return max(0.0, float(text))
    until, since = _parse_http_date(text), _parse_http_date(response_date or "")
    if until is None or since is None:
        return None
    return max(0.0, (until - since).total_seconds())


def _parse_http_date(text: str) -> datetime | None:
    if len(text) > _MAX_DATE_LENGTH:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # it raises all of these on odd text
        return None


def wait_seconds(attempt: int, *, retry_after: float | None, jitter: float, cap_seconds: float) -> float:
    """Seconds to wait after *attempt* failed; attempts count from 1.

    What the server asked for wins, up to *cap_seconds*; a zero becomes `ZERO_MEANS_SECONDS`. Without it
    the wait doubles from `FIRST_WAIT_SECONDS` up to `MAX_BACKOFF_SECONDS` or the cap, and *jitter* in
    [0, 1) picks a point in the upper half of it, so that many waiters do not come back at once.
    """
    if retry_after is not None and math.isfinite(retry_after):
        asked = retry_after if retry_after >= SHORTEST_WAIT_SECONDS else ZERO_MEANS_SECONDS
        return min(asked, cap_seconds)
    doublings = min(max(attempt - 1, 0), _MAX_DOUBLINGS)
    ceiling = min(FIRST_WAIT_SECONDS * 2.0**doublings, MAX_BACKOFF_SECONDS, cap_seconds)
    return ceiling * (0.5 + jitter / 2)
