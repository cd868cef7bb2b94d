"""Budgets of requests per second, on aiolimiter's leaky buckets, that a 429 can pause.

aiolimiter meters and does not pace: `AsyncLimiter(100, 1)` lets 199 requests begin in the first second,
100 that the bucket holds and 99 that leak meanwhile. An organization's budget may be spent so, for the
vendor describes it so. The source address's may not: its bucket here holds `ADDRESS_BURST` requests
and a log of the latest starts keeps any one second within the budget, the first included.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import anyio
from aiolimiter import AsyncLimiter

ADDRESS_BURST: Final = 2
"""Requests that may begin together: what a timer that fires a slot late (10 ms at 100/s) may make up for."""

ADDRESS_HEADROOM: Final = 0.99
"""Share of the address budget that is paced, so that jitter on the way does not become a 429."""


class Pause:
    """Holds whoever waits on it until an instant of the event loop's clock, which can only move later."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def extend(self, seconds: float) -> None:
        """Hold everybody for at least *seconds* from now."""
        self._until = max(self._until, anyio.current_time() + seconds)

    @property
    def remaining_seconds(self) -> float:
        """Seconds until the pause ends; 0 when there is none."""
        return max(0.0, self._until - anyio.current_time())

    async def wait(self) -> None:
        """Return when the pause is over, however often it is extended meanwhile."""
        while (remaining := self.remaining_seconds) > 0:  # noqa: ASYNC110 - the instant is known, and may move
            await anyio.sleep(remaining)


class OrganizationBudget:
    """What one organization grants: *rate* requests/s, and *burst* at once after a rest.

    The vendor's bucket: 10/s, 10 at once, so at most 30 in the first two seconds
    (vendor's guide to rate limits, 2026-08). Every tool on the organization draws on it.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        # A bucket that holds less than one request would never admit any.
        held = max(1.0, burst)
        self._limiter = AsyncLimiter(held, held / rate)
        self.pause = Pause()

    async def acquire(self) -> None:
        """Wait for the right to begin one request."""
        await self.pause.wait()
        await self._limiter.acquire()
        await self.pause.wait()


class AddressBudget:
    """What the vendor grants to one source address: at most *rate* requests begun in any one second.

    One waiter at a time: the gate queues the others, so that who goes next is decided when a request
    may begin and not when it began to wait.
    """

    def __init__(self, *, rate: float) -> None:
        paced = rate * ADDRESS_HEADROOM
        self._limiter = AsyncLimiter(ADDRESS_BURST, ADDRESS_BURST / paced)
        self._window_seconds = max(1.0, 1.0 / rate)
        self._starts: deque[float] = deque(maxlen=max(1, int(rate * self._window_seconds)))
        self.pause = Pause()

    async def acquire(self) -> None:
        """Wait for the right to begin one request, and take it."""
        await self.pause.wait()
        await self._limiter.acquire()
        await self._room_in_window()
        await self.pause.wait()
        self._starts.append(anyio.current_time())

    async def _room_in_window(self) -> None:
        if len(self._starts) == self._starts.maxlen:
            await anyio.sleep_until(self._starts[0] + self._window_seconds)
