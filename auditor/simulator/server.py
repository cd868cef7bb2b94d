"""The simulator as an HTTP server on loopback: any client can take it for the vendor's Dashboard API.

    async with Simulator(spec) as simulator:
        ...  # point a client at simulator.base_url, then hold its findings against simulator.truth

A request passes, in this order: the budgets, the check of the key, the faults, the API. Outside the
API, without key, budget or fault: `GET /simulator/truth`, `GET /simulator/stats`,
`POST /simulator/reset`.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from email.utils import localtime
from functools import partial
from hashlib import blake2b
from types import TracebackType
from typing import Any, Self

import orjson
from aiohttp import web

from auditor.simulator.budgets import Budget, BudgetLimits, Budgets, Refusal
from auditor.simulator.dashboard import API_PATH, Dashboard
from auditor.simulator.faults import FaultPlan, Misfortune
from auditor.simulator.paging import LINK_STYLES
from auditor.simulator.reply import (
    ADDRESS_LIMITED,
    INVALID_KEY,
    MISSING_KEY,
    NOT_ALLOWED,
    UNKNOWN_PATH,
    Ask,
    Reply,
    organization_limited,
)
from auditor.simulator.spoiling import spoil
from auditor.simulator.traffic import Traffic
from auditor.simulator.world import World, WorldSpec

CACHE_BYTES = 128 * 1024 * 1024
BACKLOG = 1024  # connections that wait to be accepted; a client may open hundreds at once
SHUTDOWN_SECONDS = 1.0
LATENCY_JITTER = 0.25  # share of the latency that is added or taken away

Keys = Mapping[str, Collection[str] | None]
"""The keys that are valid, each with the ids of the organizations that it sees; None for all."""


class Simulator:
    """A world served over HTTP while the context is open.

    *port* 0 takes a free one. *host* must lie in 127.0.0.0/8. *latency* is the mean number of
    seconds that a response takes beyond the work. *budgets* is True for the vendor's, False for none.
    Without *keys*, any key is valid and sees everything. *link_style* is `absolute` (the vendor's:
    whole URLs, relations unquoted), `quoted` or `relative`. *compress* allows gzip. *cache_bytes*
    bounds the memory for rendered pages.

    Raises:
        ValueError: a host that is not loopback, or an unknown link style.
    """

    def __init__(
        self,
        spec: WorldSpec,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        latency: float = 0.0,
        budgets: BudgetLimits | bool = True,
        faults: FaultPlan | None = None,
        keys: Keys | None = None,
        link_style: str = "absolute",
        compress: bool = False,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        if not _is_loopback(host):
            raise ValueError(f"host {host!r} is not in 127.0.0.0/8: the simulator is for this machine only")
        if link_style not in LINK_STYLES:
            raise ValueError(f"link_style {link_style!r} is none of {', '.join(LINK_STYLES)}")
        self.world = World(spec)
        self._dashboard = Dashboard(self.world, link_style=link_style, cache_bytes=cache_bytes)
        self._host, self._port = host, port
        self._latency = latency
        self._limits = BudgetLimits() if budgets is True else budgets or None
        self._plan = faults or FaultPlan()
        self._visible = None if keys is None else {key: _seen(ids) for key, ids in keys.items()}
        self._compress = compress
        self._runner: web.ServerRunner | None = None
        self._writer = ThreadPoolExecutor(1, "simulator")
        self._forget()

    @property
    def base_url(self) -> str:
        """What a client is given in place of the vendor's base URL."""
        return f"http://{self._host}:{self.port}{API_PATH}"

    @property
    def port(self) -> int:
        """The port that is listened on.

        Raises:
            RuntimeError: the simulator is not serving.
        """
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the simulator is not serving: use it as `async with Simulator(...)`")
        return int(self._runner.addresses[0][1])

    @property
    def truth(self) -> dict[str, Any]:
        """What an audit must find. Counted once, on first use, which a large world makes you wait for."""
        return self.world.truth

    @property
    def stats(self) -> dict[str, Any]:
        """What the server saw since the start or the last reset."""
        server = self._runner.server if self._runner else None
        return {**self._traffic.as_dict(), "openConnections": len(server.connections) if server else 0}

    async def __aenter__(self) -> Self:
        runner = web.ServerRunner(
            web.Server(self._serve, access_log=None), shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port, backlog=BACKLOG).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._writer.shutdown(wait=False, cancel_futures=True)

    def _forget(self) -> None:
        """Begin anew: no traffic seen, every budget rested, every URL never asked."""
        self._traffic = Traffic()
        self._budgets = Budgets(self._limits, _now) if self._limits else None
        self._misfortune = Misfortune(self._plan)
        self._asked: dict[str, int] = {}

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith("/simulator/"):
            return await self._serve_own(request, path)
        address = request.remote or self._host
        organization_id = _organization_id(path)
        self._traffic.record_request(address, organization_id, _now())
        request_id = self._name_request(str(request.rel_url))
        refusal = self._budgets.charge(address, organization_id) if self._budgets else None
        reply = self._refuse(refusal) if refusal else await self._answer(request, organization_id)
        # The web server in front writes no id: it refuses before the application sees the request.
        named = refusal is None or refusal.budget is not Budget.ADDRESS
        headers = {"Server": "nginx", **reply.headers, **({"X-Request-Id": request_id} if named else {})}
        await self._take_time(reply, request_id)
        if reply.breaks_after is not None:
            self._traffic.record_break()
            return await _break_connection(request, reply, headers)
        response = web.Response(status=reply.status, body=reply.body, headers=headers)
        response.headers["Content-Type"] = reply.content_type
        if self._compress:
            response.enable_compression()
        self._traffic.record_response(reply.status)
        return response

    def _name_request(self, target: str) -> str:
        """Give the request an id: the same for the same world, URL and turn."""
        turn = self._asked[target] = self._asked.get(target, 0) + 1
        return blake2b(f"{self.world.spec.seed} {turn} {target}".encode(), digest_size=16).hexdigest()

    def _refuse(self, refusal: Refusal) -> Reply:
        self._traffic.record_refusal(refusal.budget)
        if refusal.budget is Budget.ADDRESS:
            return ADDRESS_LIMITED
        return organization_limited(str(refusal.retry_after_seconds))

    async def _answer(self, request: web.BaseRequest, organization_id: str | None) -> Reply:
        """Check the key, then let the plan of faults strike, then ask the API."""
        url = request.rel_url
        key = _read_key(request.headers)
        if not url.raw_path.startswith(f"{API_PATH}/"):
            return UNKNOWN_PATH
        if request.method != "GET":
            return NOT_ALLOWED
        if key is None:
            return MISSING_KEY
        if self._visible is not None and key not in self._visible:
            return INVALID_KEY
        ask = Ask(
            target=str(url),
            path=url.raw_path.removeprefix(API_PATH),
            query=url.query,
            origin=f"{request.scheme}://{request.host}",
            visible=self._visible[key] if self._visible is not None else None,
        )
        kind = self._misfortune.strike(ask.target, organization_id or self._struck_one(ask))
        if kind is None:
            return await self._render(self._dashboard.answer, ask)
        self._traffic.record_fault(kind)
        slow = self._plan.slow_seconds
        # A `Retry-After` date is told in the same time of day as the `Date` that aiohttp writes.
        now = localtime().astimezone(UTC)
        spoiled = partial(spoil, wall_clock=now, slow_seconds=slow)
        return await self._render(spoiled, kind, ask, self._dashboard.answer)

    def _struck_one(self, ask: Ask) -> str | None:
        """The first organization that a list of them names, and that the plan strikes for good."""
        named = ask.values("organizationIds[]")
        return next((one for one in named if one in self._plan.organizations), None)

    async def _render(self, answer: Callable[..., Reply], *of: Any) -> Reply:
        """Write a reply in the one thread for that.

        A page takes milliseconds to write. On the event loop, requests would meanwhile pile up, and the
        budgets would take them for a burst that nobody sent.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, answer, *of)

    async def _take_time(self, reply: Reply, request_id: str) -> None:
        swing = (int(request_id[:8], 16) / 2**32 * 2 - 1) * LATENCY_JITTER
        seconds = self._latency * (1 + swing) + reply.delay_seconds
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _serve_own(self, request: web.BaseRequest, path: str) -> web.Response:
        match request.method, path:
            case "GET", "/simulator/truth":
                # In a thread, so that a large world does not stop the API while it is counted.
                return _json(await asyncio.to_thread(lambda: self.world.truth))
            case "GET", "/simulator/stats":
                return _json(self.stats)
            case "POST", "/simulator/reset":
                self._forget()
                return web.Response(status=204)
            case _:
                return web.Response(status=404)


def _json(value: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host) in ipaddress.IPv4Network("127.0.0.0/8")
    except ipaddress.AddressValueError:
        return False


def _seen(ids: Collection[str] | None) -> frozenset[str] | None:
    return None if ids is None else frozenset(ids)


def _organization_id(path: str) -> str | None:
    """The organization whose budget a path draws on; None for calls that name none."""
    prefix = f"{API_PATH}/organizations/"
    return (path.removeprefix(prefix).partition("/")[0] or None) if path.startswith(prefix) else None


def _read_key(headers: Mapping[str, str]) -> str | None:
    """The API key, from either of the two headers that the vendor takes."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else headers.get("X-Cisco-Meraki-API-Key", "").strip()
    return key or None


async def _break_connection(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send as much of the body as *reply* says, then break the connection without a goodbye."""
    response = web.StreamResponse(status=reply.status, headers=headers)
    if reply.breaks_after:
        response.content_length = len(reply.body)
        await response.prepare(request)
        await response.write(reply.body[: max(1, int(len(reply.body) * reply.breaks_after))])
    if request.transport is not None:
        request.transport.abort()
    return response
