"""What is known about one organization at the end, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from auditor.domain.finding import Finding
from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, Skip, Status
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally, added


@dataclass(frozen=True, slots=True)
class OrganizationResult:
    """The audit of one organization: how far it came, and what it counted.

    *tally* is None where nothing was counted, which is not the same as zero. *pages* counts the pages
    of licenses folded into it, and *plan* says how it was come by. *is_reconciled*: its list was compared
    with its overview, and *findings* has all that differed.
    """

    organization: Organization
    tenant: str
    tally: Tally | None = None
    pages: int = 0
    ending: Failure | Skip | None = None
    plan: PlanKind = PlanKind.FULL
    findings: tuple[Finding, ...] = ()
    is_reconciled: bool = False

    @property
    def status(self) -> Status:
        """Derived, so that a result cannot contradict itself."""
        match self.ending:
            case None:
                return Status.AUDITED
            case Skip():
                return Status.SKIPPED
            case Failure():
                return Status.FAILED if self.tally is None else Status.PARTIAL

    @property
    def has_all_seats(self) -> bool:
        """False where something was counted but no one said how many seats there are."""
        if self.tally is None or self.plan is PlanKind.FULL:
            return True
        return self.tally.seats_as_summed is not None


@dataclass(frozen=True, slots=True)
class DiscoveryFailure:
    """A tenant whose organizations could not all be listed; what it did list is still audited."""

    tenant: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over organizations. `Totals()` is zero; `+` is associative and commutative.

    *failed_by_class* counts failed and partial organizations alike, so that its sum is their number.
    *expiring_within* counts organizations with at least one license ending within the window; *by_plan*
    those of which something was counted, *without_seats* those among them whose seats nobody told.
    """

    by_status: Mapping[Status, int] = field(default_factory=dict)
    skipped_by_reason: Mapping[str, int] = field(default_factory=dict)
    failed_by_class: Mapping[str, int] = field(default_factory=dict)
    by_licensing_model: Mapping[str, int] = field(default_factory=dict)
    by_plan: Mapping[PlanKind, int] = field(default_factory=dict)
    expiring_within: Mapping[int, int] = field(default_factory=dict)
    without_seats: int = 0
    licenses: Tally = field(default_factory=Tally)

    def __add__(self, other: Self) -> Totals:
        return Totals(
            by_status=added(self.by_status, other.by_status),
            skipped_by_reason=added(self.skipped_by_reason, other.skipped_by_reason),
            failed_by_class=added(self.failed_by_class, other.failed_by_class),
            by_licensing_model=added(self.by_licensing_model, other.by_licensing_model),
            by_plan=added(self.by_plan, other.by_plan),
            expiring_within=added(self.expiring_within, other.expiring_within),
            without_seats=self.without_seats + other.without_seats,
            licenses=self.licenses + other.licenses,
        )

    @classmethod
    def of(cls, result: OrganizationResult) -> Totals:
        """The totals of a fleet of one."""
        ending, tally = result.ending, result.tally or Tally()
        return cls(
            by_status={result.status: 1},
            skipped_by_reason={ending.reason.value: 1} if isinstance(ending, Skip) else {},
            failed_by_class={ending.failure_class.value: 1} if isinstance(ending, Failure) else {},
            by_licensing_model={result.organization.licensing_model or "unknown": 1},
            by_plan={result.plan: 1} if result.tally is not None else {},
            expiring_within={days: int(count > 0) for days, count in tally.expiring_within.items()},
            without_seats=int(not result.has_all_seats),
            licenses=tally,
        )


@dataclass(slots=True)
class Digest:
    """What the report tells of all organizations together, taken in one result at a time.

    The results themselves need not be kept: *failures* and *findings* name their tenant and organization.
    *reconciled* counts those whose list was compared with their overview.
    """

    totals: Totals = field(default_factory=Totals)
    selected: int = 0
    reconciled: int = 0
    failures: list[tuple[str, str, Failure]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, result: OrganizationResult) -> None:
        """Take in *result*; the order of additions leaves no trace in a report."""
        self.totals += Totals.of(result)
        self.selected += 1
        self.reconciled += result.is_reconciled
        self.findings += result.findings
        if isinstance(result.ending, Failure):
            self.failures.append((result.tenant, result.organization.id, result.ending))
