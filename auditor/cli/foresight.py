"""Looks ahead: lists the organizations, and foretells what each plan would take to read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from auditor.assembly import Surroundings, list_organizations, question_of
from auditor.cli import logs
from auditor.cli.preparation import Prepared
from auditor.domain.forecast import (
    Forecast,
    Load,
    Pace,
    at_once,
    foretell,
    load_of,
    load_of_entitlements,
    load_of_subscriptions,
)
from auditor.domain.organization import LicensingModel
from auditor.domain.plan import Listing, Plan, errands_of, plan_audit
from auditor.domain.question import PlanKind, Question, feasible_plan
from auditor.domain.shard import Shard
from auditor.domain.window import Windows
from auditor.engine.clock import utc_now
from auditor.engine.traffic import Traffic
from auditor.readers import host_of
from auditor.settings.model import Settings
from auditor.settings.wanted import wanted_ids


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a run would find to do, and what each plan would take for it.

    *known_sizes* counts the organizations to read whose pages are known from before. The lists of
    organizations took *discovery_requests*, and *latency_seconds* for each. *capacity* has what the plan
    that is set would take from so many addresses, each of which reads a part.
    """

    listings: Sequence[Listing]
    plan: Plan
    known_sizes: int
    discovery_requests: int
    latency_seconds: float
    forecasts: Sequence[Forecast]
    capacity: Mapping[int, Forecast]


async def foresee(
    prepared: Prepared, *, previous_pages: Mapping[str, int], addresses: Sequence[int] = ()
) -> Foresight:
    """List the organizations, and predict the rest; no license is read.

    *addresses* are numbers of them to tell the capacity of; parts are made even by *previous_pages*.
    """
    traffic = Traffic()
    listings = await list_organizations(
        prepared.settings,
        keys=prepared.keys,
        selection=prepared.selection,
        surroundings=Surroundings(Random(), traffic, logs.log_event),  # noqa: S311 - jitter, no secret
    )
    whole = plan_audit(listings, wanted_ids=wanted_ids(prepared.settings, prepared.selection))
    plan = whole.part(prepared.shard)

    def told(kind: PlanKind, part: Plan) -> Forecast:
        return foretell(
            kind,
            _loads(prepared.settings, part, kind=kind, pages=previous_pages),
            pace=_pace(prepared.settings, latency_seconds=traffic.latency_seconds),
            discovery_requests=traffic.pages,
            discovery_seconds=traffic.seconds,
        )

    def from_addresses(count: int) -> Forecast:
        shards = [Shard(index, count, previous_pages) for index in range(1, count + 1)]
        return at_once([told(prepared.settings.audit.plan, plan.part(shard)) for shard in shards])

    return Foresight(
        listings,
        plan,
        known_sizes=sum(one.organization.id in previous_pages for one in plan.assignments),
        discovery_requests=traffic.pages,
        latency_seconds=traffic.latency_seconds,
        forecasts=[told(kind, plan) for kind in PlanKind],
        capacity={count: from_addresses(count) for count in addresses},
    )


def _loads(settings: Settings, plan: Plan, *, kind: PlanKind, pages: Mapping[str, int]) -> list[Load]:
    question = _question(settings, kind)
    hosts = {tenant.name: host_of(tenant) for tenant in settings.tenants}
    loads: list[Load] = []
    subscribers: Counter[str] = Counter()
    for errand in errands_of(plan.assignments):
        organization, host = errand[0].organization, hosts[errand[0].tenant]
        if organization.licensing_model == LicensingModel.SUBSCRIPTION:
            subscribers[errand[0].tenant] += len(errand)
            loads.append(load_of_subscriptions(len(errand), host=host))
        else:
            known = pages.get(organization.id)
            loads.append(load_of(organization, question, host=host, known_pages=known))
    loads += [load_of_entitlements(count, host=hosts[name]) for name, count in subscribers.items()]
    return loads


def _question(settings: Settings, kind: PlanKind) -> Question:
    """What a run would ask that begins now."""
    audit, now = settings.audit, utc_now()
    windows = Windows(audit.as_of or now, audit.windows_days)
    feasible = feasible_plan(kind, windows, now=now)
    return question_of(audit, windows, feasible, now=now)


def _pace(settings: Settings, *, latency_seconds: float) -> Pace:
    limits = settings.limits
    return Pace(
        address_rate=limits.address_rate,
        organization_rate=limits.organization_rate * limits.share,
        organization_burst=limits.organization_burst * limits.share,
        latency_seconds=latency_seconds,
    )
