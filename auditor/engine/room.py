"""How many organizations may be open at once, without those that wait keeping others out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import anyio

QUEUE: Final = 64
"""Organizations that may queue for the address: enough that it never waits for one to be opened."""

MAX_WAITING: Final = 4096
"""Organizations that may wait outside: a few kilobytes each, and a bound all the same."""


class Room:
    """Seats *seats* active organizations, of which at most `QUEUE` have no request in flight.

    One that waits for its own sake steps outside meanwhile. Its seat goes to the next organization at
    once; when it comes back it is let in without waiting, so the room may be overfull for a moment. What
    bounds requests is the gate, not the room.
    """

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._active = 0
        self._outside = 0
        self._in_flight = 0
        self._changed = anyio.Event()

    def __repr__(self) -> str:
        return f"<Room {self._active} active of {self._seats}, {self._outside} outside>"

    @property
    def active(self) -> int:
        """Organizations that are being read, or queue for the address."""
        return self._active

    @property
    def outside(self) -> int:
        """Organizations that wait for their own budget, a Retry-After or a back-off."""
        return self._outside

    async def enter(self) -> None:
        """Wait for a seat and take it."""
        while self._is_full:
            self._changed = anyio.Event()
            await self._changed.wait()
        self._active += 1

    @property
    def _is_full(self) -> bool:
        queued = self._active - self._in_flight
        return self._active >= self._seats or queued >= QUEUE or self._outside >= MAX_WAITING

    @contextmanager
    def served(self) -> Iterator[None]:
        """Have a request in flight while the block runs."""
        self._in_flight += 1
        self._changed.set()
        try:
            yield
        finally:
            self._in_flight -= 1

    def leave(self) -> None:
        """Give the seat back for good."""
        self._active -= 1
        self._changed.set()

    @contextmanager
    def stepped_outside(self) -> Iterator[None]:
        """Give the seat away while the block waits."""
        self._active -= 1
        self._outside += 1
        self._changed.set()
        try:
            yield
        finally:
            self._outside -= 1
            self._active += 1
            self._changed.set()
