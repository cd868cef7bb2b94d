"""A small fleet on a real socket: two tenants, one sick organization between two in good health."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import anyio
import orjson

from auditor.assembly import Surroundings, run_audit
from auditor.domain.result import OrganizationResult
from auditor.engine.events import Event, OrganizationDone
from auditor.engine.spool import Spool
from auditor.engine.transport import Transport
from auditor.readers import http_transport
from auditor.report.to_json import ReportText
from auditor.settings.key import ApiKey
from auditor.settings.model import LimitSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.wire.message import Request, Response
from tests.end_to_end.driving import AS_OF, AS_OF_TEXT
from tests.end_to_end.faults.certificates import Certificates
from tests.end_to_end.faults.fault import ATTEMPTS, LONGEST_WAIT_SECONDS, TIMEOUT_SECONDS, Fault, Place
from tests.end_to_end.faults.replies import Ask, Scene, a_license, http, in_json
from tests.engine.raw_server import Exchange, RawServer, closed_port, raw_server

SICK: Final = "102"
KEYS: Final = {"north": "feedc0de" * 5, "south": "c0ffee00" * 5}
"""Planted keys: they look real and open nothing."""

LISTINGS: Final = {"north": ("101", SICK, "103"), "south": ("201",)}
PAGES: Final = {
    "101": ((a_license(1), a_license(2), a_license(3), a_license(4)),),
    SICK: (
        (a_license(11), a_license(12), a_license(13, "unused")),
        (a_license(14, "expiring"), a_license(15, "expired")),
    ),
    "103": ((a_license(21), a_license(22, "unused")), (a_license(23),)),
    "201": ((a_license(31, "expired"),),),
}
LIMITS: Final[dict[str, Any]] = {
    "organization_rate": 1e4,
    "organization_burst": 1e4,
    "address_rate": 1e4,
    "attempts": ATTEMPTS,
    "request_timeout": TIMEOUT_SECONDS,
    "retry_after_cap": LONGEST_WAIT_SECONDS,
    "shared_budget": "off",
}
_LICENSES = re.compile(r"/organizations/(?P<id>\d+)/licenses\?")
_ORIGIN = re.compile(r"https?://[^/]+")


@dataclass
class Stage:
    """The servers, and how requests find them."""

    fault: Fault
    place: Place
    server: RawServer
    elsewhere: RawServer
    scene: Scene
    roads: dict[str, str]

    @property
    def base_url(self) -> str:
        """As the settings name it."""
        return base_url_of(self.fault, self.server.port)

    def lead(self, url: str, tenant: str) -> str:
        """Where the request for *url* really goes."""
        if self.fault.road is not None and _is_sick(url, self.place, tenant):
            self.scene.asked += 1
            return _ORIGIN.sub(self.roads[self.fault.road], url, count=1)
        return url if self.fault.base_url is None else _ORIGIN.sub(self.scene.origin, url, count=1)

    def transport_factory(self) -> Callable[..., Transport]:
        """The real transport, on roads that may lead astray."""

        def make(session: Any, tenant: TenantSettings, key: ApiKey, *, timeout: float) -> Transport:
            return _Led(http_transport(session, tenant, key, timeout=timeout), self, tenant.name)

        return make


@dataclass
class _Led:
    transport: Transport
    stage: Stage
    tenant: str

    async def send(self, request: Request) -> Response:
        url = self.stage.lead(request.url, self.tenant)
        return replace(await self.transport.send(replace(request, url=url)), url=request.url)


@asynccontextmanager
async def staged(
    fault: Fault,
    place: Place,
    certificates: Callable[[], Certificates],
    *,
    at: socket.socket | None = None,
) -> AsyncIterator[Stage]:
    """Serve the fleet, sick at *place*, until the block ends; *at* as in `raw_server`."""
    scene = Scene("", "")

    async def reply(exchange: Exchange) -> None:
        path, tenant = _path_of(exchange), _tenant_of(exchange)
        scene.paths.append(path)
        body, next_page = _sound(path, tenant, base_url=stage.base_url)
        ask = Ask(exchange, scene, body, next_page)
        if not _is_sick(path, place, tenant):
            await ask.answer_well()
            return
        scene.asked += 1
        await fault.replies[min(scene.asked, len(fault.replies)) - 1](ask)

    async def elsewhere(exchange: Exchange) -> None:
        await exchange.send(http(b"[]"))

    tls = certificates().server("good") if fault.tls else None
    async with (
        raw_server(reply, tls=tls, at=at) as server,
        raw_server(elsewhere) as other,
        _roads(fault, certificates) as roads,
    ):
        scene.origin = f"{'https' if fault.tls else 'http'}://127.0.0.1:{server.port}"
        scene.elsewhere = f"127.0.0.1:{other.port}"
        stage = Stage(fault, place, server, other, scene, roads)
        yield stage


@asynccontextmanager
async def _roads(fault: Fault, certificates: Callable[[], Certificates]) -> AsyncIterator[dict[str, str]]:
    """The road that *fault* takes, built."""
    match fault.road:
        case None:
            yield {}
        case "refused":
            yield {"refused": f"http://127.0.0.1:{closed_port()}"}
        case "unknown name":
            yield {"unknown name": "http://nowhere.invalid"}
        case "deaf":
            with ExitStack() as sockets:
                yield {"deaf": f"http://127.0.0.1:{_deaf_port(sockets)}"}
        case "mute":
            async with raw_server(_never) as server:  # for there is no blank line in a TLS greeting
                yield {"mute": f"https://127.0.0.1:{server.port}"}
        case certificate:
            async with raw_server(_never, tls=certificates().server(certificate)) as server:
                yield {certificate: f"https://127.0.0.1:{server.port}"}


async def _never(exchange: Exchange) -> None:
    await exchange.send(http(b"[]"))


def _deaf_port(sockets: ExitStack) -> int:
    """A port whose queue is full, so that the system drops whoever knocks."""
    deaf = sockets.enter_context(socket.socket())
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    for _ in range(5):
        caller = sockets.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex(deaf.getsockname())
    port: int = deaf.getsockname()[1]
    return port


def _is_sick(url: str, place: Place, tenant: str) -> bool:
    match, second = _LICENSES.search(url), "startingAfter=" in url
    if "moved=1" in url:
        return False
    if place is Place.LISTING:
        return match is None and tenant == "north"
    if match is None or match["id"] != SICK:
        return False
    return place is Place.WALK or second == (place is Place.SECOND)


def _sound(path: str, tenant: str, *, base_url: str) -> tuple[bytes, str | None]:
    match = _LICENSES.search(path)
    if path.endswith("/licenses/overview"):
        return orjson.dumps({"licenseCount": 5, "states": {"active": {"count": 5}}}), None
    if "/licensing/subscription/" in path:
        return in_json(), None
    if match is None:
        return in_json(*map(_organization, LISTINGS[tenant])), None
    pages = PAGES[match["id"]]
    number = int("startingAfter=" in path)
    last = number == len(pages) - 1
    url = f"{base_url}/organizations/{match['id']}/licenses?perPage=1000&startingAfter=L9"
    return in_json(*pages[number]), None if last else url


def _organization(organization_id: str) -> dict[str, Any]:
    return {
        "id": organization_id,
        "name": f"Organization {organization_id}",
        "api": {"enabled": True},
        "licensing": {"model": "per-device"},
    }


def _path_of(exchange: Exchange) -> str:
    return exchange.head.split(b" ")[1].decode()


def _tenant_of(exchange: Exchange) -> str:
    (tenant,) = (name for name, key in KEYS.items() if key.encode() in exchange.head)
    return tenant


def base_url_of(fault: Fault, port: int) -> str:
    """The base URL of a server on *port*, as the settings name it."""
    return fault.base_url or f"{'https' if fault.tls else 'http'}://127.0.0.1:{port}/api/v1"


def arguments(folder: Path, base_url: str, **limits: Any) -> list[str]:
    """The command line that audits both tenants of *base_url* into `report.json` of *folder*."""
    tenants = [
        f'[[tenants]]\nname = "{name}"\napi_key_env = "{name.upper()}_KEY"\nbase_url = "{base_url}"'
        for name in KEYS
    ]
    config = folder / "auditor.toml"
    told = [f"{name} = {json.dumps(value)}" for name, value in limits.items()]
    config.write_text("\n".join(["[limits]", *told, *tenants]))
    report = str(folder / "report.json")
    return ["run", "--config", str(config), "--as-of", AS_OF_TEXT, "-o", report]


@dataclass
class Played:
    """What a run inside this process left behind."""

    report: dict[str, Any]
    seconds: float
    done_at: dict[str, float] = field(default_factory=dict)
    """When each organization was done, in seconds from the start."""


async def played(stage: Stage) -> Played:
    """Audit the fleet in this process."""
    done_at: dict[str, float] = {}
    began = anyio.current_time()

    def listen(event: Event) -> None:
        if isinstance(event, OrganizationDone):
            result: OrganizationResult = event.result
            done_at[result.organization.id] = anyio.current_time() - began

    tenants = tuple(
        TenantSettings(name=name, api_key_env=f"{name.upper()}_KEY", base_url=stage.base_url) for name in KEYS
    )
    with Spool() as spool:
        head = await run_audit(
            Settings(limits=LimitSettings(**LIMITS | dict(stage.fault.limits)), tenants=tenants),
            keys={name: ApiKey(key, "the test") for name, key in KEYS.items()},
            as_of=AS_OF,
            run_id="test",
            selection=Selection(),
            surroundings=Surroundings(Random(1), on_event=listen),
            keep=spool.add,
        )
        report = dict(orjson.loads(b"".join(ReportText(head, spool))))
    return Played(report, anyio.current_time() - began, done_at)
