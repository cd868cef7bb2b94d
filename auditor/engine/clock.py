"""The only reader of the calendar. Elapsed time is the event loop's own: `anyio.current_time`."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may
