"""The wish to end a run early: a deadline that came, a signal that was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Stop:
    """Set once, by whoever comes first; *reason* is for people and for the report."""

    def __init__(self) -> None:
        self._requested = anyio.Event()
        self.reason: str | None = None

    def request(self, reason: str) -> None:
        """Ask for the end. The first reason stays."""
        if self.reason is None:
            self.reason = reason
            self._requested.set()

    async def after(self, seconds: float, reason: str) -> None:
        """Ask for the end when *seconds* have passed."""
        await anyio.sleep(seconds)
        self.request(reason)

    @asynccontextmanager
    async def scope(self) -> AsyncIterator[None]:
        """Run a block that is cancelled when the end is asked for; the code after it goes on."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._cancel, tasks.cancel_scope)
            yield
            tasks.cancel_scope.cancel()

    async def _cancel(self, scope: anyio.CancelScope) -> None:
        await self._requested.wait()
        scope.cancel()
