"""What happens during a run, told to whoever listens. Facts only: how they look is up to the listener."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.result import DiscoveryFailure, OrganizationResult


@dataclass(frozen=True, slots=True)
class OrganizationsListed:
    """A page of the organizations that a tenant's key sees was read; *count* so far."""

    tenant: str
    count: int


@dataclass(frozen=True, slots=True)
class DiscoveryFailed:
    """A tenant's organizations could not all be listed."""

    discovery_failure: DiscoveryFailure


@dataclass(frozen=True, slots=True)
class AuditPlanned:
    """Of *selected* organizations, *to_audit* need requests; the others are settled already."""

    selected: int
    to_audit: int


@dataclass(frozen=True, slots=True)
class OrganizationBegun:
    """Now an organization is asked for with a tenant's key; again where another key has to read it."""

    organization_id: str
    tenant: str


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page of *rows* licenses of an organization was folded."""

    organization_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class EntitlementsUntold:
    """What SKUs are could not be read with a tenant's key, and why: they are told by number alone."""

    tenant: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestRetried:
    """Attempt *attempt* failed; the next one comes after at least *wait_seconds*."""

    organization_id: str | None
    failure_class: FailureClass
    http_status: int | None
    attempt: int
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class OrganizationDone:
    """The audit of one organization ended, one way or another."""

    result: OrganizationResult


@dataclass(frozen=True, slots=True)
class OrganizationsLeft:
    """The run was stopped before it came to some organizations: how many, by licensing model, and why.

    Each of them has failed, and has no event of its own: a deadline may leave a hundred thousand.
    """

    by_licensing_model: Mapping[str | None, int]
    failure: Failure

    @property
    def count(self) -> int:
        """How many were left, of whatever licensing model."""
        return sum(self.by_licensing_model.values())


@dataclass(frozen=True, slots=True)
class BudgetNotShared:
    """Other runs of this machine cannot be seen, and why; this one keeps to its own budgets."""

    reason: str


@dataclass(frozen=True, slots=True)
class InternalErrorCaught:
    """A defect of this program was contained to one organization; *error* is for the log."""

    organization_id: str
    error: Exception


Event = (
    OrganizationsListed
    | DiscoveryFailed
    | AuditPlanned
    | OrganizationBegun
    | PageRead
    | EntitlementsUntold
    | RequestRetried
    | OrganizationDone
    | OrganizationsLeft
    | BudgetNotShared
    | InternalErrorCaught
)

Listener = Callable[[Event], None]
"""Called between awaits, so it must return at once."""


def nobody(_: Event) -> None:
    """Listens to nothing."""
