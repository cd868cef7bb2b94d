"""The one place where the parts meet: settings and keys in, a report out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anyio

from auditor import __version__
from auditor.domain.organization import Organization
from auditor.domain.plan import Assignment, Listing, Plan, longest_first, plan_audit
from auditor.domain.question import Question
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult
from auditor.domain.window import Windows
from auditor.engine.audit import OrganizationAudit, cut_short
from auditor.engine.clock import utc_now
from auditor.engine.discovery import Discovery, discover
from auditor.engine.events import (
    AuditPlanned,
    BudgetNotShared,
    DiscoveryFailed,
    Event,
    Listener,
    OrganizationDone,
    nobody,
)
from auditor.engine.fetcher import Fetcher, RetryPolicy
from auditor.engine.gate import BudgetRates, Gate
from auditor.engine.ledger import LedgerUnavailableError
from auditor.engine.room import Room
from auditor.engine.scheduler import Scheduler
from auditor.engine.shared_budget import SharedBudget, default_path
from auditor.engine.spool import Key
from auditor.engine.stop import Stop
from auditor.engine.traffic import Traffic
from auditor.engine.transport import HttpTransport, Transport, authorization, open_session
from auditor.report.document import Evidence, RunFacts, TrafficFacts, build_report, organization_block
from auditor.report.to_json import to_piece
from auditor.settings.addresses import is_loopback
from auditor.settings.key import ApiKey
from auditor.settings.model import Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.wire.endpoints import user_agent
from auditor.wire.origin import Origin

Keep = Callable[[Key, bytes], None]
"""Takes the entry of one organization, as `Spool.add` does."""

TransportFactory = Callable[[aiohttp.ClientSession, TenantSettings, ApiKey], Transport]


@dataclass(frozen=True, slots=True)
class Reader:
    """One tenant, ready to be read."""

    tenant: TenantSettings
    fetcher: Fetcher


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from outside, so that tests and embedders can own it."""

    rng: Random
    traffic: Traffic = field(default_factory=Traffic)
    on_event: Listener = nobody
    make_transport: TransportFactory | None = None
    clock: Callable[[], datetime] = utc_now


async def run_audit(
    settings: Settings,
    *,
    keys: Mapping[str, ApiKey],
    as_of: datetime,
    run_id: str,
    selection: Selection,
    surroundings: Surroundings,
    stop: Stop | None = None,
    keep: Keep,
    previous_pages: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Audit every selected organization and return the report, complete or not, but for its organizations.

    The entries of `organizations` go to *keep*, with their key and as text, in the order in which they are
    done: see `engine.spool` and `report.to_json.ReportText`, which bring both together.

    *keys* maps tenant names to their API keys. *selection* narrows what the tenants select. When *stop*
    is asked for, or the deadline of *settings* comes, the report tells what was read until then.
    *previous_pages* tells how many pages organizations had last time: the longest are begun first.
    """
    run = _Run(settings, keys, selection, surroundings, stop or Stop(), keep)
    started_at, started = surroundings.clock(), anyio.current_time()
    async with run.ending_in_time():
        evidence = await run.gather(_question(settings, as_of, now=started_at), previous_pages or {})
    duration = anyio.current_time() - started
    facts = RunFacts(run_id, started_at, surroundings.clock(), duration, interrupted=run.stop.reason)
    traffic = _facts(surroundings.traffic, settings)
    return build_report(evidence, tool_version=__version__, run=facts, traffic=traffic)


async def list_organizations(
    settings: Settings, *, keys: Mapping[str, ApiKey], selection: Selection, surroundings: Surroundings
) -> list[Listing]:
    """What each tenant's key can see, in the order of the tenants."""
    run = _Run(settings, keys, selection, surroundings, Stop(), _drop)
    async with run.ending_in_time(), run.open_readers() as readers:
        return await run.listings(readers)


class _Run:
    """One run's parts, made once and handed to each step."""

    def __init__(
        self,
        settings: Settings,
        keys: Mapping[str, ApiKey],
        selection: Selection,
        surroundings: Surroundings,
        stop: Stop,
        keep: Keep,
    ) -> None:
        self.settings = settings
        self.keep = keep
        self.keys = keys
        self.selection = selection
        self.surroundings = surroundings
        self.stop = stop
        self.on_event = surroundings.on_event
        self.room = Room(settings.limits.max_in_flight)

    @asynccontextmanager
    async def ending_in_time(self) -> AsyncIterator[None]:
        """Ask for the end when the deadline of the settings comes, if there is one."""
        async with anyio.create_task_group() as tasks:
            if (seconds := self.settings.limits.deadline) is not None:
                tasks.start_soon(self.stop.after, seconds, f"the deadline of {seconds:g} s came")
            yield
            tasks.cancel_scope.cancel()

    async def gather(self, question: Question, previous_pages: Mapping[str, int]) -> Evidence:
        """Discover, plan, schedule, fetch and fold: everything that the report is built from."""
        async with self.open_readers() as readers:
            listings = await self.listings(readers)
            plan = plan_audit(listings, wanted_ids=wanted_ids(self.settings, self.selection))
            digest = await self.sweep(plan, readers, question=question, previous_pages=previous_pages)
        return Evidence(
            as_of=question.windows.as_of,
            windows_days=question.windows.days,
            seen=plan.seen,
            is_reconciled=question.reconcile,
            digest=digest,
            discovery_failures=[
                DiscoveryFailure(listing.tenant, listing.failure) for listing in listings if listing.failure
            ],
        )

    @asynccontextmanager
    async def open_readers(self) -> AsyncIterator[Sequence[Reader]]:
        """One fetcher per tenant; tenants of the same host share its gate, all share one connection pool."""
        limits = self.settings.limits
        make_transport = self.surroundings.make_transport or partial(
            http_transport, timeout=limits.request_timeout
        )
        gates: dict[str, Gate] = {}
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(open_session())
            readers: list[Reader] = []
            for tenant in self.settings.tenants:
                host = host_of(tenant)
                if host not in gates:
                    shared = stack.enter_context(self._shared_budget(host))
                    gate = Gate(
                        _rates(self.settings),
                        max_in_flight=limits.max_in_flight,
                        room=self.room,
                        shared=shared,
                    )
                    gates[host] = await stack.enter_async_context(gate)
                transport = make_transport(session, tenant, self.keys[tenant.name])
                readers.append(Reader(tenant, self._fetcher(tenant, transport, gates[host])))
            yield readers

    @contextmanager
    def _shared_budget(self, host: str) -> Iterator[SharedBudget | None]:
        """The budgets of *host* that all runs of this machine share; None where they are not shared."""
        path = ledger_path(self.settings.limits.shared_budget, host)
        if path is None:
            yield None
            return
        rates = _rates(self.settings)
        try:
            shared = SharedBudget.open(
                path,
                address_rate=rates.address_rate,
                organization_rate=rates.own_organization_rate,
                organization_burst=rates.own_organization_burst,
                is_group_shared=self.settings.limits.shared_budget != "auto",
            )
        except LedgerUnavailableError as error:
            self.on_event(BudgetNotShared(str(error)))
            yield None
            return
        with closing(shared):
            yield shared

    def _fetcher(self, tenant: TenantSettings, transport: Transport, gate: Gate) -> Fetcher:
        limits = self.settings.limits
        return Fetcher(
            transport,
            gate=gate,
            origin=Origin(tenant.base_url),
            traffic=self.surroundings.traffic,
            policy=RetryPolicy(attempts=limits.attempts, cap_seconds=limits.retry_after_cap),
            rng=self.surroundings.rng,
            on_event=self.on_event,
        )

    async def listings(self, readers: Sequence[Reader]) -> list[Listing]:
        """List all tenants' organizations at the same time. A tenant that fails takes no other with it."""
        found: dict[str, Discovery] = {}
        begun: dict[str, dict[str, Organization]] = {reader.tenant.name: {} for reader in readers}

        async def list_one(reader: Reader) -> None:
            tenant = reader.tenant
            discovery = await discover(
                reader.fetcher,
                base_url=tenant.base_url,
                tenant=tenant.name,
                on_event=self.on_event,
                found=begun[tenant.name],
            )
            found[tenant.name] = discovery
            if discovery.failure is not None:
                self.on_event(DiscoveryFailed(DiscoveryFailure(tenant.name, discovery.failure)))

        async with self.stop.scope(), anyio.create_task_group() as tasks:
            for reader in readers:
                tasks.start_soon(list_one, reader)
        stopped = cut_short(self.stop.reason or "the run was stopped")
        for name, organizations in begun.items():
            found.setdefault(name, Discovery(tuple(organizations.values()), stopped))
        return [self._listing(reader, found[reader.tenant.name]) for reader in readers]

    def _listing(self, reader: Reader, discovery: Discovery) -> Listing:
        admits = partial(_admits, reader.tenant, self.selection)
        return Listing(reader.tenant.name, discovery.organizations, admits, discovery.failure)

    async def sweep(
        self,
        plan: Plan,
        readers: Sequence[Reader],
        *,
        question: Question,
        previous_pages: Mapping[str, int],
    ) -> Digest:
        """Settle what needs no request, audit the rest; one result per organization."""
        by_tenant = {reader.tenant.name: reader for reader in readers}
        digest = Digest()

        def collect(result: OrganizationResult) -> None:
            digest.add(result)
            block = organization_block(result, question.windows.days)
            self.keep((result.tenant, result.organization.id), to_piece(block))
            self.on_event(OrganizationDone(result))

        def audit_of(assignment: Assignment) -> tuple[OrganizationAudit, Fetcher]:
            reader = by_tenant[assignment.tenant]
            audit = OrganizationAudit(
                assignment,
                base_url=reader.tenant.base_url,
                question=question,
                on_event=self.on_event,
                known_pages=previous_pages.get(assignment.organization.id),
            )
            return audit, reader.fetcher

        to_audit = longest_first(plan.assignments, pages=previous_pages)
        self.on_event(AuditPlanned(selected=len(to_audit) + len(plan.settled), to_audit=len(to_audit)))
        for settled in plan.settled:
            collect(settled)
        scheduler = Scheduler(audit_of, room=self.room, stop=self.stop, on_event=self.on_event)
        await scheduler.sweep(to_audit, collect=collect)
        return digest


def http_transport(
    session: aiohttp.ClientSession, tenant: TenantSettings, key: ApiKey, *, timeout: float
) -> Transport:
    """The real one: HTTP with the tenant's key on every request."""
    headers = {"User-Agent": user_agent(__version__, None), **authorization(tenant.auth, key.reveal())}
    return HttpTransport(session, headers=headers, timeout_seconds=timeout)


def _drop(_: Key, __: bytes) -> None:
    """Keep nothing."""


def _question(settings: Settings, as_of: datetime, *, now: datetime) -> Question:
    windows = Windows(as_of, settings.audit.windows_days)
    return Question(windows, settings.audit.plan, settings.audit.reconcile, now=now)


def _admits(tenant: TenantSettings, selection: Selection, organization: Organization) -> bool:
    return all(
        one.admits(organization.id, organization.name, tenant.tags) for one in (tenant.selection, selection)
    )


def wanted_ids(settings: Settings, selection: Selection) -> dict[str, str | None]:
    """Ids that somebody wrote down, with the tenant they were written for; None for any tenant."""
    if selection.ids:
        return dict.fromkeys(sorted(selection.ids))
    return {
        organization_id: tenant.name
        for tenant in settings.tenants
        for organization_id in tenant.organizations.ids
    }


def host_of(tenant: TenantSettings) -> str:
    """Whose budgets the tenant's requests draw on: host and port, however the URL spells them."""
    parts = urlsplit(tenant.base_url)
    host = "loopback" if is_loopback(parts.hostname or "") else (parts.hostname or "").rstrip(".")
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def ledger_path(shared_budget: str, host: str) -> Path | None:
    """Where runs meet that ask *host*; None where they are not to: a loopback server counts for itself."""
    if shared_budget == "off" or (shared_budget == "auto" and host.startswith("loopback:")):
        return None
    path = default_path(host)
    return path if shared_budget == "auto" else Path(shared_budget) / path.name


def _rates(settings: Settings) -> BudgetRates:
    limits = settings.limits
    return BudgetRates(
        organization_rate=limits.organization_rate,
        organization_burst=limits.organization_burst,
        organization_share=limits.share,
        address_rate=limits.address_rate,
    )


def _facts(traffic: Traffic, settings: Settings) -> TrafficFacts:
    return TrafficFacts(
        requests=traffic.requests,
        pages=traffic.pages,
        redirects=traffic.redirects,
        refusals=traffic.refusals,
        retries=traffic.retries,
        retries_by_class=traffic.retries_by_class,
        failures=traffic.failures,
        abandoned=traffic.abandoned,
        rate_limited=traffic.rate_limited,
        bytes=traffic.bytes,
        peak_in_flight=traffic.peak_in_flight,
        effective_rate=traffic.effective_rate,
        # Over a second at least: a burst of a moment is not several times the budget.
        budget_utilization=traffic.requests / max(1.0, traffic.seconds) / settings.limits.address_rate,
    )


__all__ = ["Event", "Reader", "Surroundings", "host_of", "list_organizations", "run_audit", "wanted_ids"]
