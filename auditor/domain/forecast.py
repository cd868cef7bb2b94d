"""Foretells what a run will ask and how long it must take, from sizes, budgets and a measured latency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from auditor.domain.attribution import ASKED_ONE_BY_ONE
from auditor.domain.organization import LicensingModel, Organization
from auditor.domain.question import PlanKind, Question, opening_plan


class Bound(StrEnum):
    """What keeps a run from being faster."""

    LONGEST_CHAIN = "longestChain"  # pages of one organization can only be asked one after another
    ADDRESS_BUDGET = "addressBudget"
    ORGANIZATION_BUDGET = "organizationBudget"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that an organization takes, one after another, at *host*: from *least* to *most*."""

    host: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Pace:
    """What bounds the speed: budgets in requests per second, and the seconds of one answer."""

    address_rate: float
    organization_rate: float
    organization_burst: float
    latency_seconds: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What *plan* takes. *least_seconds* belongs to the *least* requests, as does *bound_by*.

    *bound_by* is None when there is nothing to read.
    """

    plan: PlanKind
    least: int
    most: int
    least_seconds: float
    bound_by: Bound | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request costs: seconds of CPU for all that belongs to it, and bytes of the answer's body."""

    cpu_seconds: float
    bytes: int


FULL_PAGE: Final = Cost(cpu_seconds=0.005, bytes=450_000)
"""Of a page of 1,000 licenses, decompressed and rounded up, as measured on the machine of the benchmark. No
other answer costs as much: an overview, or a page of a few licenses, 1.5 ms and 2 kB."""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that an audit takes: of memory, for a *part* of it and to *join* all, and of the *report*."""

    part: int
    join: int
    report: int


BASE_BYTES: Final = 65_000_000
HELD_BYTES: Final = 1_500
"""Of an organization whose entry is written: its id, its sums and what goes dark there. As measured, like the
others, with 10,000 and 40,000 organizations of three licensing models and few licenses each."""
READ_BYTES: Final = 16_000
"""Of an organization in a report that is read back."""
ENTRY_BYTES: Final = 3_100
"""Of its entry in the report; `--detail` adds 500 for each license that it names."""


def room_of(organizations: int, *, parts: int) -> Room:
    """What an audit of so many *organizations* in *parts* of one size takes."""
    largest = -(-organizations // parts)
    return Room(
        part=BASE_BYTES + HELD_BYTES * largest,
        join=BASE_BYTES + HELD_BYTES * organizations + READ_BYTES * largest if parts > 1 else 0,
        report=ENTRY_BYTES * organizations,
    )


def load_of(
    organization: Organization, question: Question, *, host: str, known_pages: int | None = None
) -> Load:
    """The requests that *organization* takes; one of unknown size is taken for lists of a single page.

    What the overview will say is not known. At least it points at nothing, at most it points at so much
    that all pages are read after it. To reconcile takes an overview, and another where they differ. An
    organization under subscriptions has no load of its own: see `load_of_subscriptions`.
    """
    if organization.licensing_model == LicensingModel.CO_TERM:
        return _load_of_co_term(question, host=host, known_pages=known_pages)
    pages = known_pages or 1
    overview, again = int(question.reconcile), int(question.reconcile or question.seat_use)
    match opening_plan(question.plan, organization, known_pages=known_pages):
        case PlanKind.FULL:
            return Load(host, pages + overview, pages + overview + again)
        case PlanKind.COUNTS:
            return Load(host, 1, 1)
        case PlanKind.TARGETED:
            return Load(host, 1, 1 + pages + int(question.reconcile))


def _load_of_co_term(question: Question, *, host: str, known_pages: int | None) -> Load:
    """The overview, the keys and perhaps the inventory; the overview alone where less is asked."""
    if question.plan is not PlanKind.FULL:
        return Load(host, 1, 1)
    requests = 1 + (known_pages or 1 + int(question.inventory))
    return Load(host, requests, requests)


def load_of_subscriptions(organizations: int, *, host: str) -> Load:
    """The requests that *organizations* take whose subscriptions are read together: see the audit of these.

    At most, every call about several of them has to be repeated for each of them.
    """
    few = organizations <= ASKED_ONE_BY_ONE
    calls = 1 + (organizations if few else 2 * (organizations - 1).bit_length())
    return Load(host, calls, calls + 2 * organizations if organizations > 1 else calls)


def load_of_entitlements(organizations: int, *, host: str) -> Load:
    """The request of a tenant that has so many *organizations* under subscriptions: for what their SKUs are.

    One alone may have no subscription, and then nothing is asked.
    """
    return Load(host, int(organizations > 1), 1)


def foretell(
    plan: PlanKind,
    loads: Sequence[Load],
    *,
    pace: Pace,
    discovery_requests: int,
    discovery_seconds: float,
) -> Forecast:
    """The forecast of *plan* for organizations that take *loads*, after the lists of organizations."""
    reading_seconds, bound = _least_time(loads, pace)
    return Forecast(
        plan,
        least=discovery_requests + sum(load.least for load in loads),
        most=discovery_requests + sum(load.most for load in loads),
        least_seconds=discovery_seconds + reading_seconds,
        bound_by=bound,
    )


def at_once(parts: Sequence[Forecast]) -> Forecast:
    """The forecast of *parts*, at least one, which are read at the same time, each from its own address."""
    last = max(parts, key=lambda one: one.least_seconds)
    return replace(last, least=sum(one.least for one in parts), most=sum(one.most for one in parts))


def _least_time(loads: Sequence[Load], pace: Pace) -> tuple[float, Bound | None]:
    """The greatest of three lower bounds, each with the answer to its last request."""
    if not loads:
        return 0.0, None
    by_host: Counter[str] = Counter()
    for load in loads:
        by_host[load.host] += load.least
    longest = max(load.least for load in loads)
    begun = {  # seconds until the last request can begin
        Bound.LONGEST_CHAIN: (longest - 1) * pace.latency_seconds,
        Bound.ADDRESS_BUDGET: (max(by_host.values()) - 1) / pace.address_rate,
        Bound.ORGANIZATION_BUDGET: max(0.0, longest - pace.organization_burst) / pace.organization_rate,
    }
    bound = max(begun, key=begun.__getitem__)
    return begun[bound] + pace.latency_seconds, bound
