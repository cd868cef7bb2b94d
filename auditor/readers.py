"""Who reads: a fetcher for each tenant, and for each host the budgets and seats that its tenants share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import aiohttp

from auditor import __version__
from auditor.engine.events import BudgetNotShared, Listener
from auditor.engine.fetcher import Bounds, Fetcher, RetryPolicy
from auditor.engine.gate import BudgetRates, Gate
from auditor.engine.keyless import KeylessTransport
from auditor.engine.ledger import LedgerUnavailableError
from auditor.engine.room import Room
from auditor.engine.shared_budget import SharedBudget, default_path
from auditor.engine.traffic import Traffic
from auditor.engine.transport import HttpTransport, Transport, authorization, open_session
from auditor.settings.addresses import is_loopback
from auditor.settings.key import ApiKey
from auditor.settings.model import LimitSettings, Settings, TenantSettings
from auditor.wire.endpoints import user_agent
from auditor.wire.origin import Origin

TransportFactory = Callable[[aiohttp.ClientSession, TenantSettings, ApiKey], Transport]


@dataclass(frozen=True, slots=True)
class Reader:
    """One tenant, ready to be read. Organizations of tenants with the same *room* share their host."""

    tenant: TenantSettings
    fetcher: Fetcher
    room: Room


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all readers of a run are made with."""

    make_transport: TransportFactory
    traffic: Traffic
    rng: Random
    on_event: Listener


@asynccontextmanager
async def open_readers(
    settings: Settings, keys: Mapping[str, ApiKey], equipment: Equipment
) -> AsyncIterator[Sequence[Reader]]:
    """One fetcher per tenant, in their order; all share one connection pool.

    Tenants of the same host share its gate and its seats. Hosts share nothing: each counts its own
    budgets, and one that is slow must not keep the others waiting.
    """
    hosts: dict[str, tuple[Gate, Room]] = {}
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(settings.limits.source_address))
        readers: list[Reader] = []
        for tenant in settings.tenants:
            host = host_of(tenant)
            if host not in hosts:
                shared = stack.enter_context(_shared_budget(host, settings.limits, equipment.on_event))
                room = Room(settings.limits.max_in_flight)
                gate = _gate(settings.limits, room, shared)
                hosts[host] = await stack.enter_async_context(gate), room
            gate, room = hosts[host]
            transport = equipment.make_transport(session, tenant, keys[tenant.name])
            readers.append(Reader(tenant, _fetcher(tenant, transport, gate, settings, equipment), room))
        yield readers


def _gate(limits: LimitSettings, room: Room, shared: SharedBudget | None) -> Gate:
    return Gate(_rates(limits), max_in_flight=limits.max_in_flight, room=room, shared=shared)


def _fetcher(
    tenant: TenantSettings, transport: Transport, gate: Gate, settings: Settings, equipment: Equipment
) -> Fetcher:
    limits = settings.limits
    return Fetcher(
        transport,
        gate=gate,
        origin=Origin(tenant.base_url),
        traffic=equipment.traffic,
        policy=RetryPolicy(attempts=limits.attempts, cap_seconds=limits.retry_after_cap),
        rng=equipment.rng,
        on_event=equipment.on_event,
        bounds=_bounds(limits),
    )


def _bounds(limits: LimitSettings) -> Bounds:
    bounds = Bounds()
    return Bounds(
        replace(bounds.organizations, rows=limits.max_organizations),
        replace(bounds.licenses, rows=limits.max_licenses),
    )


@contextmanager
def _shared_budget(host: str, limits: LimitSettings, on_event: Listener) -> Iterator[SharedBudget | None]:
    """The budgets of *host* that all runs of this machine share; None where they are not shared."""
    path = ledger_path(limits.shared_budget, host, source_address=limits.source_address)
    if path is None:
        yield None
        return
    rates = _rates(limits)
    try:
        shared = SharedBudget.open(
            path,
            address_rate=rates.address_rate,
            organization_rate=rates.own_organization_rate,
            organization_burst=rates.own_organization_burst,
            is_group_shared=limits.shared_budget != "auto",
            on_trouble=lambda reason: on_event(BudgetNotShared(reason)),
        )
    except LedgerUnavailableError as error:
        on_event(BudgetNotShared(str(error)))
        yield None
        return
    with closing(shared):
        yield shared


def http_transport(
    session: aiohttp.ClientSession, tenant: TenantSettings, key: ApiKey, *, timeout: float
) -> Transport:
    """The real one: HTTP with the tenant's key on every request, and in no answer."""
    headers = {"User-Agent": user_agent(__version__, None), **authorization(tenant.auth, key.reveal())}
    transport = HttpTransport(session, headers=headers, timeout_seconds=timeout)
    return KeylessTransport(transport, key.reveal())


def host_of(tenant: TenantSettings) -> str:
    """Whose budgets the tenant's requests draw on: host and port, however the URL spells them."""
    parts = urlsplit(tenant.base_url)
    host = "loopback" if is_loopback(parts.hostname or "") else (parts.hostname or "").rstrip(".")
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def ledger_path(shared_budget: str, host: str, *, source_address: str | None = None) -> Path | None:
    """Where runs meet that ask *host*; None where they are not to: a loopback server counts for itself.

    Runs that name a *source_address* meet those alone that name the same: the vendor counts each for itself.
    """
    if shared_budget == "off" or (shared_budget == "auto" and host.startswith("loopback:")):
        return None
    path = default_path(host if source_address is None else f"{source_address}-{host}")
    return path if shared_budget == "auto" else Path(shared_budget) / path.name


def _rates(limits: LimitSettings) -> BudgetRates:
    return BudgetRates(
        organization_rate=limits.organization_rate,
        organization_burst=limits.organization_burst,
        organization_share=limits.share,
        address_rate=limits.address_rate,
    )
