"""The vendor's call budgets, enforced on the server's side by its own token buckets.

Per organization 10 requests a second with a burst of 10, per source address 100 requests a second
(DevNet documentation, "Rate Limit", 2026-08). The address is asked first, as the web server stands
in front of the application; what it refuses costs the organization nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Budget(StrEnum):
    """Whose budget refused a request."""

    ORGANIZATION = "organization"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Rates in requests a second; bursts in requests allowed at once by a rested bucket.

    The vendor promises an address no burst. The few requests that are tolerated here make up for
    the jitter of sockets and event loops, which bunches even perfectly paced requests.
    """

    organization_rate: float = 10.0
    organization_burst: float = 10.0
    address_rate: float = 100.0
    address_burst: float = 5.0

    def scaled(self, factor: float) -> BudgetLimits:
        """All four *factor* times as large, for runs that have no time or for clients that are slow."""
        return BudgetLimits(
            self.organization_rate * factor,
            max(1.0, self.organization_burst * factor),
            self.address_rate * factor,
            max(1.0, self.address_burst * factor),
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who refused, and after how many whole seconds (at least 1) the next request would pass."""

    budget: Budget
    retry_after_seconds: int


class TokenBucket:
    """Credit that grows at *rate* tokens a second up to *burst*; starts full."""

    def __init__(self, rate: float, burst: float, *, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._told_at = now

    def take(self, now: float) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        grown = self._tokens + (now - self._told_at) * self._rate
        self._tokens = min(self._burst, grown)
        self._told_at = now
        # A client that waits exactly as told must pass, whatever the rounding of the sum.
        if self._tokens >= 1 - 1e-9:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Budgets:
    """The buckets of every organization and every source address seen so far.

    *clock* returns seconds from any fixed point and never goes back.
    """

    def __init__(self, limits: BudgetLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._organizations: dict[str, TokenBucket] = {}
        self._addresses: dict[str, TokenBucket] = {}

    def charge(self, address: str, organization_id: str | None) -> Refusal | None:
        """Charge one request; None when both budgets allow it."""
        now = self._clock()
        limits = self._limits
        wait = _bucket(self._addresses, address, (limits.address_rate, limits.address_burst), now).take(now)
        if wait:
            return Refusal(Budget.ADDRESS, max(1, math.ceil(wait)))
        if organization_id is None:
            return None
        rate = (limits.organization_rate, limits.organization_burst)
        wait = _bucket(self._organizations, organization_id, rate, now).take(now)
        return Refusal(Budget.ORGANIZATION, max(1, math.ceil(wait))) if wait else None


def _bucket(
    buckets: dict[str, TokenBucket], name: str, rate_and_burst: tuple[float, float], now: float
) -> TokenBucket:
    if name not in buckets:
        buckets[name] = TokenBucket(*rate_and_burst, now=now)
    return buckets[name]
