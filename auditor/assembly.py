"""The one place where the parts meet: settings and keys in, a report out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

import anyio

from auditor import __version__
from auditor.collecting import Collected, Keep, Memory
from auditor.domain.organization import LicensingModel
from auditor.domain.plan import Assignment, Errand, Listing, Plan, errands_of, longest_first, plan_audit
from auditor.domain.question import PlanKind, Question
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult
from auditor.domain.shard import Shard
from auditor.domain.sizes import Sizes
from auditor.domain.window import Windows
from auditor.engine.asking import Asking
from auditor.engine.audit import AuditOf, OrganizationAudit, SubscribersAudit, cut_short
from auditor.engine.clock import elapsed, utc_now
from auditor.engine.discovery import Discovery, discover
from auditor.engine.discovery import Found as Begun
from auditor.engine.events import (
    AuditPlanned,
    DiscoveryFailed,
    Listener,
    nobody,
)
from auditor.engine.fetcher import Fetcher
from auditor.engine.masking import Masker
from auditor.engine.model_search import Audit
from auditor.engine.scheduler import Scheduler
from auditor.engine.spool import Key
from auditor.engine.stop import Stop
from auditor.engine.traffic import Traffic, facts_of
from auditor.readers import Equipment, Reader, TransportFactory, host_of, http_transport, open_readers
from auditor.report.document import (
    Evidence,
    RunFacts,
    TenantFacts,
    build_report,
)
from auditor.settings.key import ApiKey
from auditor.settings.model import AuditSettings, Settings
from auditor.settings.selection import Selection
from auditor.settings.wanted import admission, wanted_ids


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to audit; *failures* are lists of organizations that could not be read to their end."""

    plan: Plan = field(repr=False)
    failures: tuple[DiscoveryFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What is audited of all that was selected; *question* tells audits apart that are not about the same.

    Where it is known what was *found*, nothing is listed: that is all there is to *shard* then.
    """

    shard: Shard | None = None
    question: str | None = None
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from outside, so that tests and embedders can own it."""

    rng: Random
    traffic: Traffic = field(default_factory=Traffic)
    on_event: Listener = nobody
    make_transport: TransportFactory | None = None
    clock: Callable[[], datetime] = utc_now
    memory: Memory | None = None


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
    part: Part = Part(),
) -> dict[str, Any]:
    """Audit every selected organization and return the report, complete or not, but for its organizations.

    The entries of `organizations` go to *keep*, with their key and as text, in the order in which they are
    done: see `engine.spool` and `report.to_json.ReportText`, which bring both together.

    *keys* maps tenant names to their API keys. *selection* narrows what the tenants select. When *stop*
    is asked for, or the deadline of *settings* comes, the report tells what was read until then.
    *previous_pages* tells how many pages organizations had last time: the longest are begun first. *part* is
    what of the selection is audited.
    """
    run = _Run(settings, keys, selection, surroundings, stop or Stop(), keep)
    started_at, started = surroundings.clock(), elapsed()
    windows = Windows(as_of, settings.audit.windows_days)
    question = question_of(settings.audit, windows, settings.audit.plan, now=started_at)
    async with run.ending_in_time():
        evidence = await run.gather(question, previous_pages or {}, part=part)
    duration = elapsed() - started
    finished_at, interrupted = surroundings.clock(), run.stop.reason
    facts = RunFacts(
        run_id,
        started_at,
        finished_at,
        duration,
        interrupted,
        resumed=run.has_recalled,
        shard=None if part.shard is None else str(part.shard),
        spread=None if part.shard is None else part.shard.spread,
        question=part.question,
    )
    traffic = facts_of(surroundings.traffic, settings.limits.address_rate)
    report = build_report(evidence, tool_version=__version__, run=facts, traffic=traffic)
    return run.masker.in_document(report)


async def find_organizations(
    settings: Settings,
    *,
    keys: Mapping[str, ApiKey],
    selection: Selection,
    surroundings: Surroundings,
    stop: Stop | None = None,
) -> Found:
    """What `run_audit` would audit, for whoever has it done in parts; what is found until *stop* is asked."""
    run = _Run(settings, keys, selection, surroundings, stop or Stop(), _drop)
    async with run.ending_in_time(), run.reading() as readers:
        return await run.find(readers)


async def list_organizations(
    settings: Settings, *, keys: Mapping[str, ApiKey], selection: Selection, surroundings: Surroundings
) -> list[Listing]:
    """What each tenant's key can see, in the order of the tenants."""
    run = _Run(settings, keys, selection, surroundings, Stop(), _drop)
    async with run.ending_in_time(), run.reading() as readers:
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
        self.has_recalled = False
        self.masker = Masker(key.reveal() for key in keys.values())

    @asynccontextmanager
    async def ending_in_time(self) -> AsyncIterator[None]:
        """Ask for the end when the deadline of the settings comes, if there is one."""
        async with anyio.create_task_group() as tasks:
            if (seconds := self.settings.limits.deadline) is not None:
                tasks.start_soon(self.stop.after, seconds, f"the deadline of {seconds:g} s came")
            yield
            tasks.cancel_scope.cancel()

    async def gather(self, question: Question, previous_pages: Mapping[str, int], *, part: Part) -> Evidence:
        """Discover, plan, schedule, fetch and fold: everything that the report is built from."""
        async with self.reading() as readers:
            found = part.found
            if found is None:
                found = await self.find(readers)
                found = Found(found.plan.part(part.shard), found.failures)
            plan = found.plan
            digest = await self.sweep(plan, readers, question=question, previous_pages=previous_pages)
        return Evidence(
            windows=question.windows,
            tenants=[TenantFacts(one.name, one.tags, one.contact) for one in self.settings.tenants],
            seen=plan.seen,
            is_reconciled=question.reconcile,
            digest=digest,
            discovery_failures=found.failures,
        )

    async def find(self, readers: Sequence[Reader]) -> Found:
        """List the organizations, and decide what to do with each."""
        listings = await self.listings(readers)
        failed = (DiscoveryFailure(one.tenant, failure) for one in listings for failure in one.failures)
        plan = plan_audit(listings, wanted_ids=wanted_ids(self.settings, self.selection))
        return Found(plan, tuple(failed))

    def reading(self) -> AbstractAsyncContextManager[Sequence[Reader]]:
        """The readers of all tenants, in their order."""
        surroundings = self.surroundings
        transport = partial(http_transport, timeout=self.settings.limits.request_timeout)
        equipment = Equipment(
            make_transport=surroundings.make_transport or transport,
            traffic=surroundings.traffic,
            rng=surroundings.rng,
            on_event=self.on_event,
        )
        return open_readers(self.settings, self.keys, equipment)

    async def listings(self, readers: Sequence[Reader]) -> list[Listing]:
        """List all tenants' organizations at the same time. A tenant that fails takes no other with it."""
        found: dict[str, Discovery] = {}
        begun = {reader.tenant.name: Begun() for reader in readers}

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
            for failure in discovery.failures:
                self.on_event(DiscoveryFailed(DiscoveryFailure(tenant.name, failure)))

        async with self.stop.scope(), anyio.create_task_group() as tasks:
            for reader in readers:
                tasks.start_soon(list_one, reader)
        stopped = cut_short(self.stop.reason or "the run was stopped")
        for name, so_far in begun.items():
            found.setdefault(name, so_far.ended(stopped))
        return [self._listing(reader, found[reader.tenant.name]) for reader in readers]

    def _listing(self, reader: Reader, discovery: Discovery) -> Listing:
        selections = (reader.tenant.selection, self.selection)
        admits = admission(selections, reader.tenant.tags)
        cloud = host_of(reader.tenant)
        return Listing(
            reader.tenant.name,
            discovery.organizations,
            admits,
            discovery.failure,
            cloud,
            unusable=discovery.unusable,
        )

    def _recalled(
        self, assignments: Sequence[Assignment]
    ) -> tuple[list[OrganizationResult], Sequence[Assignment]]:
        """What is known of *assignments* from before, and those of which nothing is."""
        memory = self.surroundings.memory
        if memory is None:
            return [], assignments
        recalled: list[OrganizationResult] = []
        left: list[Assignment] = []
        for one in assignments:
            result = memory.recall(one.tenant, one.organization)
            if result is None:
                left.append(one)
            else:
                recalled.append(result)
        self.has_recalled = bool(recalled)
        return recalled, left

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
        sizes = Sizes(previous_pages)
        collected = Collected(
            windows=question.windows,
            keep=self.keep,
            masker=self.masker,
            sizes=sizes,
            memory=self.surroundings.memory,
            on_event=self.on_event,
        )
        askings = {
            name: Asking(reader.tenant.base_url, question, self.on_event, sizes)
            for name, reader in by_tenant.items()
        }

        def audit_of(errand: Errand) -> tuple[Audit, Fetcher]:
            tenant = errand[0].tenant
            return _audit(errand, askings[tenant]), by_tenant[tenant].fetcher

        recalled, left = self._recalled(plan.assignments)
        to_audit: Sequence[Assignment] = longest_first(left, pages=previous_pages)
        self.on_event(
            AuditPlanned(selected=len(plan.assignments) + len(plan.settled), to_audit=len(to_audit))
        )
        for settled in (*plan.settled, *recalled):
            collected.add(settled)
        while to_audit:
            to_audit = await self._sweep_once(to_audit, audit_of, by_tenant, collected)
        return collected.digest

    async def _sweep_once(
        self,
        assignments: Sequence[Assignment],
        audit_of: AuditOf,
        readers: Mapping[str, Reader],
        collected: Collected,
    ) -> Sequence[Assignment]:
        """Audit *assignments*; what a key was refused that another one sees is left for that one."""
        by_place = {(one.tenant, one.organization.id): one for one in assignments}
        handed_on: list[Assignment] = []

        def collect_or_hand_on(result: OrganizationResult) -> None:
            following = by_place[result.tenant, result.organization.id].handed_on(result)
            if following is None or self.stop.reason is not None:
                collected.add_new(result)
            else:
                handed_on.append(following)

        rooms = {reader.room: None for reader in readers.values()}
        async with anyio.create_task_group() as tasks:
            for room in rooms:
                scheduler = Scheduler(audit_of, room=room, stop=self.stop, on_event=self.on_event)
                there = [one for one in errands_of(assignments) if readers[one[0].tenant].room is room]
                sweep = partial(scheduler.sweep, collect=collect_or_hand_on, leave=collected.leave)
                tasks.start_soon(sweep, there)
        return handed_on


def _audit(errand: Errand, asking: Asking) -> Audit:
    if errand[0].organization.licensing_model == LicensingModel.SUBSCRIPTION:
        return SubscribersAudit(errand, asking)
    (assignment,) = errand
    return OrganizationAudit(assignment, asking)


def _drop(_: Key, __: bytes) -> None:
    """Keep nothing."""


def question_of(audit: AuditSettings, windows: Windows, plan: PlanKind, *, now: datetime) -> Question:
    """What is asked under *audit*, when the asking begins *now*."""
    return Question(windows, plan, audit.reconcile, audit.seat_use, audit.inventory, audit.detail, now=now)
