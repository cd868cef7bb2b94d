"""The budgets that all auditors of one machine share, because the vendor counts their requests together.

To be acquired in addition to the process's own budgets, which it never loosens. Nothing here can keep a
run from going on: when the ledger cannot be used, requests begin within the process's own budgets only,
and are counted as fallbacks. When somebody damages it again and again, no process knows what the others have
begun: each keeps to a `SAFE_SHARE` of its rates for a while.

Each process has at most one reservation ahead per budget, so processes that compete take turns. When one
of them is slower (`--address-rate 50` beside 100), everybody waits its interval after its requests and his
own after the others', and all together stay within the faster rate.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final, Self
from weakref import WeakValueDictionary

import anyio

from auditor.engine.clock import elapsed
from auditor.engine.ledger import ADDRESS_SLOT, Ledger, Pace, Reservation, organization_slot
from auditor.engine.limiter import ADDRESS_HEADROOM, LARGE_RATE

TOLERANCE_SECONDS: Final = 0.025
"""How late a timer may fire at no loss; at 100/s, at most three requests begin together to make up for it."""

SMALL_RATE: Final = 10.0
SMALL_RATE_TOLERANCE_SECONDS: Final = 0.015
"""Below so many requests per second, all starts of a second may be reserved and not begun yet. Each is then
logged at its latest, and the second lasts as much longer."""

MAX_LATE_STARTS: Final = 8
"""After so many timers in a row that fired too late, a request begins anyway: it must not starve."""

LOCK_ATTEMPTS: Final = 20
LOCK_PAUSE_SECONDS: Final = 0.001
"""The lock is held for microseconds. Whoever holds it for 20 ms was stopped, or waits for a processor."""

RESPITE_SECONDS: Final = 5.0
"""How long a ledger is left alone that could not be used."""

SAFE_SHARE: Final = 0.25
"""The part of each rate that a run keeps to while its ledger is damaged: safe for four runs at a time."""

SAFE_SECONDS: Final = 5.0
LONGEST_SAFE_SECONDS: Final = 60.0
"""How long a run keeps to that share after the second damage; twice as long after each one that follows."""

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - see `default_path`
_MAX_NAME_LENGTH: Final = 100


def default_path(host: str) -> Path:
    """Where this user's processes meet that ask *host* (with its port, if it has one).

    In shared memory if there is any, else in the folder for temporary files. `$XDG_RUNTIME_DIR` would not
    do: a cron job or a service does not have it, and so would not meet who runs the same from a shell.
    Nor does the folder under /dev/shm move with `$TMPDIR` or a service's `PrivateTmp=`.
    """
    root = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    name = re.sub(r"[^a-z0-9.-]", "_", host.lower())[:_MAX_NAME_LENGTH]
    return root / f"auditor-{os.geteuid()}" / f"{name}.budget"


def address_pace(rate: float) -> Pace:
    """At most *rate* requests in any one second, the first included; *rate* may be below 1.

    Where *rate* is no whole number, the next one above it, as in the process's own budget: the interval
    keeps the average.
    """
    return Pace(
        interval=1 / (rate * ADDRESS_HEADROOM),
        tolerance=SMALL_RATE_TOLERANCE_SECONDS if rate < SMALL_RATE else TOLERANCE_SECONDS,
        limit=int(rate) if rate >= LARGE_RATE else ceil(rate),
    )


def organization_pace(*, rate: float, burst: float) -> Pace:
    """A bucket that holds *burst* requests and fills with *rate* per second."""
    interval = 1 / rate
    return Pace(interval=interval, tolerance=max(TOLERANCE_SECONDS, (burst - 1) * interval))


@dataclass(slots=True)
class SharingStatistics:
    """What sharing came to so far, in requests.

    *reservations* were made, *exchanges* of them again because of a late timer or a pause. *fallbacks*
    began without one, *late_starts* later than reserved. *failed_pauses* did not reach the others. *damages*
    are how often the ledger was found damaged.
    """

    reservations: int = 0
    exchanges: int = 0
    fallbacks: int = 0
    late_starts: int = 0
    failed_pauses: int = 0
    damages: int = 0


class SharedBudget:
    """One process's view of the shared budgets; *address* and *organization* say how fast to spend them."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        address: Pace,
        organization: Pace,
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.statistics = SharingStatistics()
        self._on_trouble: Callable[[str], None] | None = on_trouble
        self._ledger = ledger
        self._address = address
        self._organization = organization
        # One lock per slot, kept while somebody waits: one reservation ahead, so that processes take turns.
        self._turns: WeakValueDictionary[int, anyio.Lock] = WeakValueDictionary()
        self._left_alone_until = float("-inf")
        self._safe_until = float("-inf")
        self._safe_starts: dict[int, float] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        address_rate: float,
        organization_rate: float,
        organization_burst: float,
        is_group_shared: bool = False,
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Open the ledger at *path*; with *is_group_shared*, one that other users may write too.

        Rates are what this process may spend, in requests per second. *on_trouble* is told, once, why the
        ledger cannot be used for a while in the middle of a run, also when it is only that its lock is held.

        Raises:
            LedgerUnavailableError: it cannot be shared, and why; the run can go on without.
        """
        return cls(
            Ledger(path, is_group_shared=is_group_shared),
            address=address_pace(address_rate),
            organization=organization_pace(rate=organization_rate, burst=organization_burst),
            on_trouble=on_trouble,
        )

    async def acquire_address(self) -> None:
        """Wait for the right to begin one request, which must then begin at once."""
        await self._acquire(ADDRESS_SLOT, self._address)

    async def acquire_organization(self, organization_id: str) -> None:
        """Wait for one request of the organization's budget."""
        await self._acquire(organization_slot(organization_id), self._organization)

    def pause_address(self, seconds: float) -> None:
        """Let no process begin a request for *seconds*."""
        self._pause(ADDRESS_SLOT, seconds)

    def pause_organization(self, organization_id: str, seconds: float) -> None:
        """Let no process begin a request of this organization for *seconds*."""
        self._pause(organization_slot(organization_id), seconds)

    def close(self) -> None:
        """Leave the ledger to the others; what is acquired later is a fallback."""
        self._ledger.close()

    def __repr__(self) -> str:
        return f"<SharedBudget {self._ledger.path} {self.statistics}>"

    async def _acquire(self, slot: int, pace: Pace) -> None:
        turn = self._turns.get(slot)
        if turn is None:
            turn = self._turns[slot] = anyio.Lock(fast_acquire=True)
        async with turn:
            await self._begin(slot, pace)
            await self._keep_to_safe_share(slot, pace)

    async def _keep_to_safe_share(self, slot: int, pace: Pace) -> None:
        """Wait until a start here keeps to the safe share of *pace*, while that holds."""
        now = elapsed()
        if now >= self._safe_until:
            self._safe_starts.clear()
            return
        start = max(now, self._safe_starts.get(slot, now))
        self._safe_starts[slot] = start + pace.interval / SAFE_SHARE
        await anyio.sleep(start - now)

    async def _begin(self, slot: int, pace: Pace) -> None:
        late = 0
        reservation = await self._reserve(slot, pace)
        while reservation is not None and not reservation.is_due:
            now = await self._reach(reservation)
            if self._is_open(slot, now):
                if not reservation.is_late(now) or late == MAX_LATE_STARTS:
                    self._settle(reservation, now)
                    return
                late += 1
            self.statistics.exchanges += 1
            reservation = await self._reserve(slot, pace, instead_of=reservation)

    async def _reserve(
        self, slot: int, pace: Pace, *, instead_of: Reservation | None = None
    ) -> Reservation | None:
        """A reservation, or None when the ledger cannot be used: never wait for who holds the lock."""
        if elapsed() >= self._left_alone_until:
            for _ in range(LOCK_ATTEMPTS):
                try:
                    reservation = self._ledger.reserve(slot, pace, elapsed(), instead_of=instead_of)
                except BlockingIOError:
                    await anyio.sleep(LOCK_PAUSE_SECONDS)
                except OSError as error:
                    self._tell(str(error))
                    break
                else:
                    self.statistics.reservations += 1
                    self._see_damage()
                    return reservation
            else:
                self._tell(f"{self._ledger.path}: another process holds its lock")
            self._left_alone_until = elapsed() + RESPITE_SECONDS
        self.statistics.fallbacks += 1
        return None

    def _see_damage(self) -> None:
        """One damage may be a clean-up; after more of them this run keeps to the safe share for a while."""
        damages = self._ledger.damages
        if damages == self.statistics.damages:
            return
        self.statistics.damages = damages
        if damages > 1:
            seconds = min(SAFE_SECONDS * 2 ** min(damages - 2, 8), LONGEST_SAFE_SECONDS)
            self._safe_until = elapsed() + seconds
            self._tell(
                f"{self._ledger.path}: something damages it again and again;"
                f" this run keeps to {SAFE_SHARE:.0%} of its rates meanwhile"
            )

    def _tell(self, reason: str) -> None:
        if self._on_trouble is not None:
            self._on_trouble(reason)
            self._on_trouble = None

    async def _reach(self, reservation: Reservation) -> float:
        """Wait until it may be used; give it back when nobody wants it any more."""
        while (now := elapsed()) < reservation.start:
            try:
                await anyio.sleep(reservation.start - now)
            except BaseException:
                self._give_back(reservation)
                raise
        return now

    def _give_back(self, reservation: Reservation) -> None:
        try:
            self._ledger.give_back(reservation, elapsed())
        except OSError:  # one interval is lost, which is safe
            return

    def _settle(self, reservation: Reservation, now: float) -> None:
        self.statistics.late_starts += reservation.is_late(now)
        try:
            self._ledger.settle(reservation, now)
        except OSError:  # it stands in the log at its latest, which is safe
            return

    def _is_open(self, slot: int, now: float) -> bool:
        try:
            return self._ledger.held_until(slot, now) <= now
        except OSError:
            return True

    def _pause(self, slot: int, seconds: float) -> None:
        now = elapsed()
        try:
            self._ledger.hold(slot, now + seconds, now)
        except OSError:
            self.statistics.failed_pauses += 1
