"""An event loop on a virtual clock that stalls: before a callback, or in the middle of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from itertools import chain, repeat
from typing import TypeVarTuple

from tests.virtual_time import VirtualTimeLoop

_Arguments = TypeVarTuple("_Arguments")


class StallingLoop(VirtualTimeLoop):
    """Its clock moves on before callback number *n* by item *n* of *stalls*, in seconds, then no more."""

    def __init__(self, stalls: Iterable[float]) -> None:
        super().__init__()
        self._stalls: Iterator[float] = chain(stalls, repeat(0.0))

    def stall(self) -> None:
        """Let the next of the stalls pass now."""
        self._jumping.now += next(self._stalls)

    def pass_by(self, seconds: float) -> None:
        """Stall for *seconds* now, as work does that leaves the loop no turn."""
        self._jumping.now += seconds

    def call_soon(
        self,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Run *callback* soon, after a stall."""

        def stalled(*given: *_Arguments) -> object:
            self.stall()
            return callback(*given)

        return super().call_soon(stalled, *args, context=context)


def spread(gaps_and_stalls: Iterable[tuple[int, float]]) -> Iterator[float]:
    """Stalls with as many callbacks without one before each as its gap says."""
    for gap, seconds in gaps_and_stalls:
        yield from repeat(0.0, gap)
        yield seconds
