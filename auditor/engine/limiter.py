"""Budgets of requests per second, on aiolimiter's leaky buckets, that a 429 pauses and slows.

aiolimiter meters and does not pace: `AsyncLimiter(100, 1)` lets 199 requests begin in the first second,
100 that the bucket holds and 99 that leak meanwhile. An organization's budget may be spent so, for the
vendor describes it so. The source address's may not: its bucket here holds `ADDRESS_BURST` requests
and a log of the latest starts keeps any one second within the budget, the first included.

Others spend the same budgets without telling. So a 429 cuts the rate to a share of what it was, and
it grows back by as much each second: many small steps up, few 429s.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil
from typing import Final

import anyio
from aiolimiter import AsyncLimiter

from auditor.engine.clock import elapsed

ADDRESS_BURST: Final = 2
"""Requests that may begin together: a timer that fires up to a slot late (10 ms at 100/s) costs nothing.

Well below the burst of 5 that a server may tolerate: more bunch up on the way to it."""

ADDRESS_HEADROOM: Final = 0.995
"""Share of the address budget that is spent: what is granted evenly arrives a little less so."""

LARGE_RATE: Final = 100.0
"""Requests per second from which on a whole request of head room each second is a small part of them."""


@dataclass(frozen=True, slots=True)
class Adaptation:
    """*cut* is what remains of a rate after a 429; *recovery* comes back each second, of the full rate."""

    cut: float
    recovery: float


ORGANIZATION_ADAPTATION: Final = Adaptation(cut=0.7, recovery=0.02)
"""Other tools on an organization stay for minutes: careful, back to full speed in 15 s after one cut."""

ADDRESS_ADAPTATION: Final = Adaptation(cut=0.75, recovery=0.03)
"""At 100/s a refusal is soon repeated if it has to be, and a stray one must not cost a run: back in 8 s."""

LEAST_SHARE: Final = 0.05
"""No 429 cuts a rate below this share of the full one."""


class Pause:
    """Holds whoever waits on it until an instant of the event loop's clock, which can only move later."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def extend(self, seconds: float) -> None:
        """Hold everybody for at least *seconds* from now."""
        self._until = max(self._until, elapsed() + seconds)

    @property
    def remaining_seconds(self) -> float:
        """Seconds until the pause ends; 0 when there is none."""
        return max(0.0, self._until - elapsed())

    async def wait(self) -> None:
        """Return when the pause is over, however often it is extended meanwhile."""
        while (remaining := self.remaining_seconds) > 0:  # noqa: ASYNC110 - the instant is known, and may move
            await anyio.sleep(remaining)


class AdaptiveRate:
    """A rate in requests per second: cut when it proves too high, growing back with time."""

    def __init__(self, full: float, adaptation: Adaptation) -> None:
        self.full = full
        self._adaptation = adaptation
        self._rate = full
        self._changed_at = float("-inf")

    def at(self, now: float) -> float:
        """The rate at *now*."""
        if self._rate < self.full:
            grown = self._rate + self.full * self._adaptation.recovery * max(0.0, now - self._changed_at)
            return min(self.full, grown)
        return self.full

    def cut(self, now: float, *, resumes_at: float, began_at: float) -> bool:
        """Cut once for all the requests that were under way together; False when that was done already.

        *began_at* is when the refused request was sent. Growth begins at *resumes_at*.
        """
        if began_at <= self._changed_at:
            return False
        self._rate = max(self.full * LEAST_SHARE, self.at(now) * self._adaptation.cut)
        self._changed_at = resumes_at
        return True


class _PacedBudget:
    """What both budgets share: a leaky bucket of *burst* requests, re-made when the rate has moved.

    While the rate is cut, the bucket holds *careful_burst* requests.
    """

    def __init__(self, *, rate: float, burst: float, careful_burst: float, adaptation: Adaptation) -> None:
        self._rate = AdaptiveRate(rate, adaptation)
        self._burst = burst
        self._careful_burst = careful_burst
        self._paced_at = rate
        self._limiter = AsyncLimiter(burst, burst / rate)
        self.pause = Pause()

    @property
    def rate(self) -> float:
        """Requests per second that are admitted now."""
        return self._rate.at(elapsed())

    def exceeded(self, wait_seconds: float, *, began_at: float) -> None:
        """The server refused a request sent at *began_at*: begin none for *wait_seconds*, then fewer."""
        now = elapsed()
        self.pause.extend(wait_seconds)
        if self._rate.cut(now, resumes_at=now + wait_seconds, began_at=began_at):
            self._pace(self._rate.at(now))

    async def _token(self) -> None:
        rate = self.rate
        # Re-making the bucket forgets what is in it, so it is done in steps, and with no burst to spend.
        if rate > self._paced_at and (rate == self._rate.full or rate >= self._paced_at * 1.05):
            self._pace(rate)
        await self._limiter.acquire()

    def _pace(self, rate: float) -> None:
        burst = self._burst if rate == self._rate.full else self._careful_burst
        self._limiter = AsyncLimiter(burst, burst / rate)
        self._paced_at = rate


class OrganizationBudget(_PacedBudget):
    """What one organization grants: *rate* requests/s, and *burst* at once after a rest.

    The vendor's bucket: 10/s, 10 at once, so at most 30 in the first two seconds
    (vendor's guide to rate limits, 2026-08). Every tool on the organization draws on it.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        # A bucket that holds less than one request would never admit any.
        super().__init__(
            rate=rate, burst=max(1.0, burst), careful_burst=1.0, adaptation=ORGANIZATION_ADAPTATION
        )

    async def acquire(self) -> None:
        """Wait for the right to begin one request."""
        await self.pause.wait()
        await self._token()
        await self.pause.wait()


class AddressBudget(_PacedBudget):
    """What the vendor grants to one source address: at most *rate* requests begun in any one second.

    Where *rate* is no whole number, the next one above it.

    One waiter at a time: the gate queues the others, so that who goes next is decided when a request
    may begin and not when it began to wait.
    """

    def __init__(self, *, rate: float) -> None:
        spent = rate * ADDRESS_HEADROOM
        super().__init__(
            rate=spent, burst=ADDRESS_BURST, careful_burst=ADDRESS_BURST, adaptation=ADDRESS_ADAPTATION
        )
        # Of the vendor's 100/s, one request a second is head room: 1 %. Of a small rate it would be a large
        # part, so there the window is stretched a little instead.
        starts = int(spent) if rate >= LARGE_RATE else ceil(spent)
        self._window_seconds = max(1.0, starts / spent)
        self._starts: deque[float] = deque(maxlen=starts)

    async def acquire(self) -> None:
        """Wait for the right to begin one request, and take it."""
        await self.pause.wait()
        await self._token()
        await self._room_in_window()
        await self.pause.wait()
        self._starts.append(elapsed())

    async def _room_in_window(self) -> None:
        if len(self._starts) < (self._starts.maxlen or 0):
            return
        opens_at = self._starts[0] + self._window_seconds
        while elapsed() < opens_at:  # noqa: ASYNC110 - a timer may fire a little early
            await anyio.sleep_until(opens_at)
