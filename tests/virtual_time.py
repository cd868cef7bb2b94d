"""An event loop whose clock jumps to the next timer, so that an hour of waiting costs nothing.

It drives anyio, aiolimiter and asyncio alike, for they all read `loop.time()`. Sockets of this process
work too: they are given a moment of real time before the clock jumps. Threads do not: it cannot see them.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

PAST_THE_TIMER_SECONDS = 1e-6
"""Land just past each timer: aiolimiter re-arms for ever when it is woken at the exact instant."""

SOCKET_PATIENCE_SECONDS = 0.002
"""How long an answer of this same process may take before the clock jumps. Longer is only more latency."""

DEADLOCK_SECONDS = 5.0

STANDSTILL_POLLS = 1000
"""After so many polls at one instant the clock creeps, as a real one would: aiolimiter sets a timer for this
very instant when what it lacks is too small to change the clock's number, and would do so for ever."""

CREEP_SECONDS = 1e-9

LIVELOCK_POLLS = 1_000_000
"""After so many, the tasks keep each other busy and will not stop: an error says more than a hang."""

Ready = list[tuple[selectors.SelectorKey, int]]


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0
    _polls_at_once = 0

    def select(self, timeout: float | None = None) -> Ready:
        ready: Ready = super().select(0)
        if timeout == 0 and not ready:
            self._creep_when_stuck()
            return ready
        self._polls_at_once = 0
        if ready:
            return ready
        has_sockets = len(self.get_map()) > 1  # the first is the loop's own
        if timeout is None:
            # A socket, or the loop's own executor at its end: they come in real time, or never.
            ready = super().select(DEADLOCK_SECONDS)
            if not ready:
                raise RuntimeError("deadlock: every task waits, and no timer is set")
            return ready
        if has_sockets and (ready := super().select(SOCKET_PATIENCE_SECONDS)):
            return ready
        self.now += timeout + PAST_THE_TIMER_SECONDS
        return []

    def _creep_when_stuck(self) -> None:
        self._polls_at_once += 1
        if self._polls_at_once > LIVELOCK_POLLS:
            self._polls_at_once = 0
            raise RuntimeError("livelock: tasks or timers wake each other, and no time passes")
        if self._polls_at_once > STANDSTILL_POLLS:
            self.now += CREEP_SECONDS


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 0 seconds. `time()` moves only while every task waits, or creeps when none will."""

    def __init__(self) -> None:
        self._jumping: Any = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds of virtual time."""
        return float(self._jumping.now)
