"""A transport that answers from a script, and a fetcher around it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import anyio

from auditor.domain.outcome import Failure
from auditor.domain.plan import Assignment
from auditor.engine.events import Event
from auditor.engine.fetcher import Fetcher, RetryPolicy
from auditor.engine.gate import BudgetRates, Gate
from auditor.engine.room import Room
from auditor.engine.traffic import Traffic
from auditor.wire.message import Request, Response
from auditor.wire.origin import Origin

BASE_URL = "https://api.meraki.com/api/v1"
WIDE_OPEN = BudgetRates(
    organization_rate=1000, organization_burst=1000, organization_share=1, address_rate=1000
)


def a_page(
    rows: Iterable[dict[str, Any]] = (), *, following: str | None = None, url: str = f"{BASE_URL}/first"
) -> Response:
    """200 with *rows*, and a Link to *following* where there is one."""
    headers = [("Link", f"<{following}>; rel=next")] if following else []
    return Response.of(url, 200, headers, json.dumps(list(rows)).encode())


def an_error(status: int, text: str = "", **headers: str) -> Response:
    """The vendor's form of an error."""
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    body = json.dumps({"errors": [text]}).encode() if text else b""
    return Response.of(f"{BASE_URL}/first", status, pairs, body)


Answer = Response | Exception | Callable[[Request], Response]


@dataclass
class ScriptedTransport:
    """Gives the answers of its script in turn, the last one for ever, and remembers what was asked when."""

    script: list[Answer]
    latency_seconds: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        """The next answer of the script."""
        self.asked.append((request.url, anyio.current_time()))
        await anyio.sleep(self.latency_seconds)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)


@dataclass
class Rig:
    """A fetcher and everything around it that a test looks at."""

    fetcher: Fetcher
    transport: ScriptedTransport
    traffic: Traffic
    gate: Gate
    room: Room
    events: list[Event]


@asynccontextmanager
async def a_rig(
    *script: Answer,
    attempts: int = 5,
    cap_seconds: float = 60.0,
    rates: BudgetRates = WIDE_OPEN,
    latency_seconds: float = 0.0,
    seats: int = 20,
) -> AsyncIterator[Rig]:
    """A fetcher over a scripted transport. Ends with the traffic's books balanced."""
    transport = ScriptedTransport(list(script), latency_seconds)
    traffic, events = Traffic(), list[Event]()
    room = Room(seats)
    async with Gate(rates, max_in_flight=50, room=room) as gate:
        fetcher = Fetcher(
            transport,
            gate=gate,
            origin=Origin(BASE_URL),
            traffic=traffic,
            policy=RetryPolicy(attempts, cap_seconds),
            rng=Random(1),
            on_event=events.append,
        )
        yield Rig(fetcher, transport, traffic, gate, room, events)
    assert traffic.in_flight == gate.in_flight == 0
    assert room.outside == 0
    assert traffic.peak_in_flight <= 50
    answered = traffic.pages + traffic.redirects + traffic.refusals
    assert traffic.requests == answered + traffic.retries + traffic.failures + traffic.abandoned


def nobody_is_left(assignments: Iterable[Assignment], failure: Failure) -> None:
    """For sweeps that come to everybody."""
    assert not list(assignments), failure.message
