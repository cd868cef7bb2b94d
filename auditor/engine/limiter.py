"""Budgets of requests per second, that a 429 pauses and slows.

An organization's budget is aiolimiter's leaky bucket: `AsyncLimiter(100, 1)` lets 199 requests begin in the
first second, 100 that the bucket holds and 99 that leak meanwhile. The vendor describes an organization's
budget so, and it may be spent so. The source address's may not: it is spent in slots, one request each.
A slot that a late timer or a stalled event loop missed is made up for between two others, never beside one,
and a log of the latest starts keeps any one second within the budget, the first included.

Other tools spend the same budgets unseen. So a 429 cuts the rate to a share of what it was, and
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

LOST_SLOTS: Final = 2
"""Missed slots that are made up for: at 100/s, a stall of 20 ms costs nothing.

Three so begin where an even pace has one. A server that tolerates a burst of five admits them even where
their way to it differs by 20 ms."""

SPACING: Final = 0.5
"""Share of a slot between two starts at least: one extra request per slot makes up for lost ones."""

ADDRESS_HEADROOM: Final = 0.995
"""Share of the address budget that is spent: what is granted evenly arrives a little less so."""

LARGE_RATE: Final = 100.0
"""Requests per second from which on the fraction of a request each second is a small part of them."""

WINDOW_SECONDS: Final = 1.001
"""How long the log of starts counts each: a second, and what the clocks of two machines may differ in it."""


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


class _Budget:
    """What both budgets share: a rate that adapts, and a pause."""

    def __init__(self, *, rate: float, adaptation: Adaptation) -> None:
        self._rate = AdaptiveRate(rate, adaptation)
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
            self._slowed(now)

    def _slowed(self, now: float) -> None:
        """The rate was cut at *now*."""


class OrganizationBudget(_Budget):
    """What one organization grants: *rate* requests/s, and *burst* at once after a rest.

    The vendor's bucket: 10/s, 10 at once, so at most 30 in the first two seconds
    (vendor's guide to rate limits, 2026-08). Every tool on the organization draws on it.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        super().__init__(rate=rate, adaptation=ORGANIZATION_ADAPTATION)
        # A bucket that holds less than one request would never admit any.
        self._burst = max(1.0, burst)
        self._paced_at = rate
        self._limiter = AsyncLimiter(self._burst, self._burst / rate)

    async def acquire(self) -> None:
        """Wait for the right to begin one request."""
        await self.pause.wait()
        await self._token()
        await self.pause.wait()

    async def _token(self) -> None:
        rate = self.rate
        # Re-making the bucket forgets what is in it, so it is done in steps, and with no burst to spend.
        if rate > self._paced_at and (rate == self._rate.full or rate >= self._paced_at * 1.05):
            self._pace(rate)
        await self._limiter.acquire()

    def _slowed(self, now: float) -> None:
        self._pace(self._rate.at(now))

    def _pace(self, rate: float) -> None:
        burst = self._burst if rate == self._rate.full else 1.0
        self._limiter = AsyncLimiter(burst, burst / rate)
        self._paced_at = rate


class AddressBudget(_Budget):
    """What the vendor grants to one source address: at most *rate* requests begun in any one second.

    Where *rate* is no whole number, the next one above it.

    One waiter at a time: the gate queues the others, so that who goes next is decided when a request
    may begin and not when it began to wait.
    """

    def __init__(self, *, rate: float) -> None:
        spent = rate * ADDRESS_HEADROOM
        super().__init__(rate=spent, adaptation=ADDRESS_ADAPTATION)
        # Of a small rate, the fraction of a request each second would be a large part.
        self._starts: deque[float] = deque(maxlen=int(rate) if rate >= LARGE_RATE else ceil(spent))
        self._interval = 1 / spent
        self._slot = float("-inf")

    async def acquire(self) -> None:
        """Wait for the right to begin one request, and take it. It should begin at once."""
        while (remaining := self._opens_at - elapsed()) > 0:  # noqa: ASYNC110 - a timer may fire a little early
            await anyio.sleep(remaining)
        if self.pause.remaining_seconds:
            await self.pause.wait()
            self._slot = elapsed()  # a pause saves up nothing
        now = elapsed()
        self._interval = 1 / self._rate.at(now)
        self._slot = self._slot_after(now)
        self._starts.append(now)

    def begun(self) -> None:
        """The request that was admitted last has begun by now.

        A stall of the event loop may lie between the two. Whoever comes next keeps away from the start,
        and what the stall missed is no more than any other late timer's.
        """
        now = elapsed()
        self._starts[-1] = now
        self._slot = max(self._slot, now - (LOST_SLOTS - 1) * self._interval)

    @property
    def _opens_at(self) -> float:
        """The earliest instant for the next start."""
        if not self._starts:
            return self._slot
        beside = self._starts[-1] + SPACING * self._interval
        full = len(self._starts) == self._starts.maxlen
        return max(self._slot, beside, self._starts[0] + WINDOW_SECONDS if full else beside)

    def _slot_after(self, start: float) -> float:
        return max(self._slot, start - LOST_SLOTS * self._interval) + self._interval
