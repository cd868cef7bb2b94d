"""The only reader of the calendar, and of elapsed time, which is the event loop's own."""

from __future__ import annotations

from asyncio import get_running_loop
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


def present() -> datetime:
    """The default of `as_of`: now, to the second."""
    return utc_now().replace(microsecond=0)


def elapsed() -> float:
    """Seconds on the running event loop's clock.

    What `anyio.current_time` tells, without asking which backend runs: every request asks nine times.
    """
    return get_running_loop().time()
