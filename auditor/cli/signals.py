"""SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskStatus

from auditor.cli import logs
from auditor.cli.exit_codes import ExitCode
from auditor.engine.stop import Stop

EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}

_AGAIN = "once more ends the run at once, without a report"


class SignalWatch:
    """Turns the first signal into a request to stop; *received* names it."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.received: signal.Signals | None = None

    @property
    def exit_code(self) -> ExitCode | None:
        """The exit code that the signal calls for; None when there was none."""
        return EXIT_CODES.get(self.received) if self.received is not None else None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch while the block runs."""
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._watch)
            yield
            tasks.cancel_scope.cancel()

    async def _watch(self, *, task_status: TaskStatus[None]) -> None:
        with anyio.open_signal_receiver(*EXIT_CODES) as signals:
            task_status.started()
            async for number in signals:
                if self.received is not None:
                    logs.notice("ended_at_once", level=logging.WARNING, signal=number.name, report="none")
                    os._exit(EXIT_CODES[number])
                self.received = number
                self._stop.request(f"stopped by {number.name}")
                logs.notice("stopping", level=logging.WARNING, signal=number.name, again=_AGAIN)
