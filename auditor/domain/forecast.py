"""Foretells what a run will ask and how long it must take, from sizes, budgets and a measured latency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.domain.organization import Organization
from auditor.domain.question import PlanKind, opening_plan


class Bound(StrEnum):
    """What keeps a run from being faster."""

    LONGEST_CHAIN = "longestChain"  # pages of one organization can only be asked one after another
    ADDRESS_BUDGET = "addressBudget"
    ORGANIZATION_BUDGET = "organizationBudget"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests that one organization takes, one after another, at *host*: from *least* to *most*."""

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


def load_of(
    organization: Organization,
    plan: PlanKind,
    *,
    host: str,
    known_pages: int | None = None,
    reconcile: bool = False,
) -> Load:
    """The requests that *organization* takes; one of unknown size is taken for a single page.

    What the overview will say is not known. At least it points at nothing, at most it points at so much
    that all pages are read after it. To *reconcile* takes an overview, and another where they differ.
    """
    pages = known_pages or 1
    match opening_plan(plan, organization, known_pages=known_pages):
        case PlanKind.FULL:
            return Load(host, pages + int(reconcile), pages + 2 * int(reconcile))
        case PlanKind.COUNTS:
            return Load(host, 1, 1)
        case PlanKind.TARGETED:
            return Load(host, 1, 1 + pages + int(reconcile))


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
