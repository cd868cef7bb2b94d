"""How far the run is: a live display on a terminal, a plain line now and then elsewhere. On stderr."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from auditor.domain.outcome import Status
from auditor.engine.clock import elapsed
from auditor.engine.events import (
    AuditPlanned,
    Event,
    OrganizationDone,
    OrganizationsLeft,
    OrganizationsListed,
    PageRead,
)
from auditor.engine.traffic import Traffic

if TYPE_CHECKING:
    from rich.console import RenderableType

MODES = ("auto", "on", "off")
LIVE_SECONDS: Final = 0.2
LINE_SECONDS: Final = 10.0
RATE_WINDOW_SECONDS: Final = 5.0
_NO_DRAWING: Final = frozenset({"dumb", "unknown"})
"""Values of `TERM`, of terminals without control sequences: editors', serial lines'."""


@dataclass(slots=True)
class Progress:
    """Counts what the events tell. *address_rate* is the budget in requests per second."""

    traffic: Traffic
    address_rate: float
    listed: int = 0
    selected: int | None = None
    licenses: int = 0
    by_status: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    _samples: deque[tuple[float, int, int]] = field(default_factory=deque)

    def listen(self, event: Event) -> None:
        """Count *event*."""
        match event:
            case OrganizationsListed():
                self.listed = max(self.listed, event.count)
            case AuditPlanned():
                self.selected = event.selected
                self._samples.clear()  # what is settled without a request says nothing about the pace
            case PageRead():
                self.licenses += event.rows
            case OrganizationDone():
                self.by_status[event.result.status] += 1
            case OrganizationsLeft():
                self.by_status[Status.FAILED] += event.count
            case _:
                pass

    @property
    def done(self) -> int:
        """Organizations that ended, one way or another."""
        return sum(self.by_status.values())

    def sample(self, now: float) -> None:
        """Remember how far things are at *now*, for rates over the last seconds."""
        self._samples.append((now, self.traffic.requests, self.done))
        # The newest of those that are too old stays: lines come more rarely than the window is long.
        while len(self._samples) > 2 and now - self._samples[1][0] >= RATE_WINDOW_SECONDS:  # noqa: PLR2004
            self._samples.popleft()

    @property
    def requests_per_second(self) -> float:
        """Over the last seconds."""
        return self._slope(1)

    @property
    def seconds_left(self) -> float | None:
        """Until the last organization is done, at the pace of the last seconds; None while unknown."""
        pace = self._slope(2)
        if self.selected is None or pace <= 0:
            return None
        return (self.selected - self.done) / pace

    def _slope(self, column: int) -> float:
        if len(self._samples) < 2:  # noqa: PLR2004 - a slope needs two points
            return 0.0
        first, last = self._samples[0], self._samples[-1]
        seconds = last[0] - first[0]
        return (last[column] - first[column]) / seconds if seconds > 0 else 0.0

    def facts(self) -> list[str]:
        """The figures as short phrases, most important first."""
        if self.selected is None:
            return [f"listing organizations: {self.listed:,} so far"]
        phrases = [f"{self.done:,}/{self.selected:,} organizations"]
        phrases += [
            f"{self.by_status[s]:,} {s}" for s in (Status.FAILED, Status.PARTIAL) if self.by_status[s]
        ]
        phrases += [f"{self.traffic.pages:,} pages", f"{self.licenses:,} licenses"]
        budget = self.address_rate * max(1, len(self.traffic.by_budget))  # each host has one
        phrases.append(f"{self.requests_per_second:.0f}/{budget:g} requests/s")
        if self.traffic.retries:
            phrases.append(f"{self.traffic.retries:,} retried")
        if self.seconds_left is not None:
            phrases.append(f"{clock(self.seconds_left)} left")
        return phrases


def clock(seconds: float) -> str:
    """`1:04:09` or `4:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def mode_beside(log_format: str, mode: str) -> str:
    """*mode*, but that plain lines must not stand between JSON lines unless somebody asked for them."""
    return "off" if log_format == "json" and mode == "auto" else mode


@asynccontextmanager
async def shown(progress: Progress, *, mode: str) -> AsyncIterator[None]:
    """Show *progress* while the block runs: `auto` is live on a terminal and a line now and then elsewhere.

    `on` is live wherever stderr goes, for terminals that do not say that they are one. A terminal that says
    that it is dumb cannot be drawn on, and gets lines.
    """
    if mode == "off":
        yield
        return
    is_forced = mode == "on"
    is_live = (is_forced or sys.stderr.isatty()) and os.environ.get("TERM", "").lower() not in _NO_DRAWING
    show = partial(_show_live, is_forced=is_forced) if is_live else _show_lines
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(show, progress)
        yield
        tasks.cancel_scope.cancel()


async def _show_lines(progress: Progress) -> None:
    started = elapsed()
    progress.sample(started)
    while True:
        await anyio.sleep(LINE_SECONDS)
        now = elapsed()
        progress.sample(now)
        print(f"auditor: {clock(now - started)}  {', '.join(progress.facts())}", file=sys.stderr, flush=True)


async def _show_live(progress: Progress, *, is_forced: bool) -> None:
    # Imported here: most runs are unattended and never draw.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    console = Console(stderr=True, force_terminal=is_forced or None)
    with Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False) as live:
        while True:
            progress.sample(elapsed())
            live.update(_drawn(progress), refresh=True)
            await anyio.sleep(LIVE_SECONDS)


def _drawn(progress: Progress) -> RenderableType:
    from rich.console import Group  # noqa: PLC0415
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.spinner import Spinner  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    facts = progress.facts()
    if progress.selected is None:
        return Spinner("dots", Text(facts[0]))
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=max(1, progress.selected), completed=progress.done, width=40),
        Text(facts[0], style="bold"),
    )
    return Group(head, Text("  " + " · ".join(facts[1:]), style="dim"))
