"""An event loop whose clock jumps to the next timer, so that an hour of waiting costs nothing.

It drives anyio, aiolimiter and asyncio alike, for they all read `loop.time()`. Not for threads, which
it does not see, nor for sockets: with those, time may jump past an answer that is on its way.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

PAST_THE_TIMER_SECONDS = 1e-6
"""Land just past each timer: aiolimiter re-arms for ever when it is woken at the exact instant."""


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("deadlock: every task waits, and no timer is set")
        if not ready and timeout:
            self.now += timeout + PAST_THE_TIMER_SECONDS
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 0 seconds. `time()` moves only while every task waits."""

    def __init__(self) -> None:
        self._jumping: Any = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds of virtual time."""
        return float(self._jumping.now)
