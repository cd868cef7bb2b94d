"""What is known about one organization at the end, and all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple, Self, TypeAlias

from auditor.domain.attention import Attention
from auditor.domain.co_term import CoTermAccount, CoTermTotals
from auditor.domain.counts import added
from auditor.domain.coverage import Coverage
from auditor.domain.entitlement import Entitlement, learn
from auditor.domain.extra import Extra
from auditor.domain.finding import Finding
from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel, Organization
from auditor.domain.outcome import Failure, Skip, Status
from auditor.domain.outlook import DarkDate, Outlook, Reclaim, Renewal
from auditor.domain.overview import SeatUse
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.standing import Standing
from auditor.domain.subscription import Subscription, SubscriptionAccount, preferred

_LEAVE_IT_OPEN_ANYWAY: Final = frozenset(
    {
        NoteKind.NO_LIVE_SUBSCRIPTION,
        NoteKind.UNKNOWN_STATUS,
        NoteKind.MISSING_COUNT,
        NoteKind.UNREADABLE_COUNT,
    }
)
"""Notes that say why a standing is not known, whatever an extra might have added."""


@dataclass(frozen=True, slots=True)
class OrganizationResult:
    """The audit of one organization: how far it came, and what it counted.

    Its figures are in *tally* (per-device licensing), *co_term* or *subscriptions*, by the licensing model
    that answered; all are None where nothing was counted, which is not the same as zero. *coverage* and
    *outlook* take the whole list: they are None where some of it is missing. *seat_use* is the vendor's own
    count of Systems Manager seats, where it was asked for. *pages* counts the pages of lists that were
    read, and *plan* says how the figures were come by. *is_reconciled*: its list was compared with its
    overview, and *findings* has all that differed. *attention* has, where detail was asked for, the licenses
    of what was read that ask for attention. *missing* has the extras that could not be read, each with the
    failure that kept it back, None where the failure is not known here: the counts of a list that was read
    whole stay exact without them. *depth* is the plan that gives no more figures than are known, where some
    that *plan* gives are not, as in a report that somebody edited; None where all of them are.
    """

    organization: Organization
    tenant: str
    tally: Tally | None = None
    co_term: CoTermAccount | None = None
    subscriptions: SubscriptionAccount | None = None
    coverage: Coverage | None = None
    outlook: Outlook | None = None
    seat_use: SeatUse | None = None
    pages: int = 0
    ending: Failure | Skip | None = None
    plan: PlanKind = PlanKind.FULL
    findings: tuple[Finding, ...] = ()
    is_reconciled: bool = False
    attention: tuple[Attention, ...] | None = None
    missing: Mapping[Extra, Failure | None] = field(default_factory=dict)
    depth: PlanKind | None = None

    @property
    def known_plan(self) -> PlanKind:
        """The plan whose figures are known."""
        return self.depth or self.plan

    @property
    def status(self) -> Status:
        """Derived, so that a result cannot contradict itself."""
        match self.ending:
            case None:
                return Status.AUDITED
            case Skip():
                return Status.SKIPPED
            case Failure():
                return Status.PARTIAL if self.is_counted else Status.FAILED

    @property
    def is_counted(self) -> bool:
        """True where there are figures of whatever kind."""
        return self.tally is not None or self.co_term is not None or self.subscriptions is not None

    @property
    def notes(self) -> Mapping[NoteKind, int]:
        """What was odd about what was read of the organization; each subscription has notes of its own."""
        if self.co_term is not None:
            return added(self.co_term.overview.notes, self.co_term.notes)
        account = self.tally or self.subscriptions
        return {} if account is None else account.notes

    @property
    def is_standing_missing(self) -> bool:
        """True where a missing extra, and nothing else that is known, leaves the standing open.

        That is compliance under subscriptions, and the inventory under co-termination where nothing is
        licensed and no date is given: only devices in use show then that something is not covered.
        """
        if self.outlook is None or self.outlook.standing is not None:
            return False
        if self.notes.keys() & _LEAVE_IT_OPEN_ANYWAY:
            return False
        overview = None if self.co_term is None else self.co_term.overview
        is_inventory_needed = (
            overview is not None and overview.expires_at is None and not any(overview.licensed.values())
        )
        return Extra.COMPLIANCE in self.missing or (Extra.INVENTORY in self.missing and is_inventory_needed)

    @property
    def has_all_seats(self) -> bool:
        """False where something was counted but no one said how many seats there are."""
        if self.tally is None or self.known_plan is PlanKind.FULL:
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
    *expiring_within* counts organizations in which something ends within the window, whatever their
    licensing model; *by_standing* those of which something was counted, None where no standing is known.
    *by_plan* counts those too, *per_device_plans* only those under per-device licensing, *without_seats*
    those among these whose seats nobody told. *coverage* adds up what *coverages* organizations told,
    *seat_use* what *seat_uses* told; *outlooks* are those whose future is known.
    *missing* counts organizations by extra that could not be read, *standings_missing* those whose standing
    is not known for that reason.
    *reclaimed* counts devices that an `unused` and that an `unusedActive` license fits, by license type.
    *notes* are of whatever was read, but for subscriptions, which organizations may share.
    """

    by_status: Mapping[Status, int] = field(default_factory=dict)
    skipped_by_reason: Mapping[str, int] = field(default_factory=dict)
    failed_by_class: Mapping[str, int] = field(default_factory=dict)
    by_licensing_model: Mapping[str, int] = field(default_factory=dict)
    by_standing: Mapping[Standing | None, int] = field(default_factory=dict)
    by_plan: Mapping[PlanKind, int] = field(default_factory=dict)
    per_device_plans: Mapping[PlanKind, int] = field(default_factory=dict)
    expiring_within: Mapping[int, int] = field(default_factory=dict)
    without_seats: int = 0
    licenses: Tally = field(default_factory=Tally)
    coverage: Coverage = field(default_factory=Coverage)
    coverages: int = 0
    outlooks: int = 0
    seat_uses: int = 0
    seat_use: SeatUse = field(default_factory=SeatUse)
    reclaimed: Mapping[tuple[str, LicenseState], int] = field(default_factory=dict)
    co_term: CoTermTotals = field(default_factory=CoTermTotals)
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    missing: Mapping[Extra, int] = field(default_factory=dict)
    standings_missing: int = 0

    def __add__(self, other: Self) -> Totals:
        return Totals(
            by_status=added(self.by_status, other.by_status),
            skipped_by_reason=added(self.skipped_by_reason, other.skipped_by_reason),
            failed_by_class=added(self.failed_by_class, other.failed_by_class),
            by_licensing_model=added(self.by_licensing_model, other.by_licensing_model),
            by_standing=added(self.by_standing, other.by_standing),
            by_plan=added(self.by_plan, other.by_plan),
            per_device_plans=added(self.per_device_plans, other.per_device_plans),
            expiring_within=added(self.expiring_within, other.expiring_within),
            without_seats=self.without_seats + other.without_seats,
            licenses=self.licenses + other.licenses,
            coverage=self.coverage + other.coverage,
            coverages=self.coverages + other.coverages,
            outlooks=self.outlooks + other.outlooks,
            seat_uses=self.seat_uses + other.seat_uses,
            seat_use=self.seat_use + other.seat_use,
            reclaimed=added(self.reclaimed, other.reclaimed),
            co_term=self.co_term + other.co_term,
            notes=added(self.notes, other.notes),
            missing=added(self.missing, other.missing),
            standings_missing=self.standings_missing + other.standings_missing,
        )

    @classmethod
    def of(cls, result: OrganizationResult) -> Totals:
        """The totals of a fleet of one."""
        ending, tally, outlook = result.ending, result.tally, result.outlook
        standing = None if outlook is None else outlook.standing
        return cls(
            by_status={result.status: 1},
            skipped_by_reason={ending.reason.value: 1} if isinstance(ending, Skip) else {},
            failed_by_class={ending.failure_class.value: 1} if isinstance(ending, Failure) else {},
            by_licensing_model={result.organization.licensing_model or "unknown": 1},
            by_standing={standing: 1} if result.is_counted else {},
            by_plan={result.plan: 1} if result.is_counted else {},
            per_device_plans={result.known_plan: 1} if tally is not None else {},
            expiring_within={days: int(count > 0) for days, count in _ending_within(result).items()},
            without_seats=int(not result.has_all_seats),
            licenses=tally or Tally(),
            coverage=result.coverage or Coverage(),
            coverages=int(result.coverage is not None),
            outlooks=int(outlook is not None),
            seat_uses=int(result.seat_use is not None),
            seat_use=result.seat_use or SeatUse(),
            reclaimed={} if outlook is None or outlook.reclaim is None else reclaimed(outlook.reclaim),
            co_term=CoTermTotals() if result.co_term is None else CoTermTotals.of(result.co_term),
            notes=result.notes,
            missing=dict.fromkeys(result.missing, 1),
            standings_missing=int(result.is_standing_missing),
        )


def _ending_within(result: OrganizationResult) -> Mapping[int, int]:
    """What ends in each window; of licenses, also where the list was not read to its end."""
    if result.tally is not None:
        return result.tally.expiring_within
    return {} if result.outlook is None else result.outlook.ending_within


def reclaimed(reclaim: Reclaim) -> dict[tuple[str, LicenseState], int]:
    """Devices that an unused license fits, by license type and the state of that license."""
    states = (LicenseState.UNUSED, LicenseState.UNUSED_ACTIVE)
    return {
        (license_type, state): count
        for license_type, counts in reclaim.matched.items()
        for state, count in zip(states, counts, strict=True)
    }


_Fate: TypeAlias = tuple[Status, str | None, str]
"""Status, reason or class, and licensing model: all that there is to count of a result without figures."""


def _fate_of(result: OrganizationResult) -> _Fate:
    ending, model = result.ending, result.organization.licensing_model or "unknown"
    if isinstance(ending, Failure):
        return result.status, ending.failure_class.value, model
    return result.status, None if ending is None else ending.reason.value, model


@dataclass(slots=True)
class Digest:
    """What the report tells of all organizations together, taken in one result at a time.

    The results themselves need not be kept: *failures* and *findings* name their tenant and organization
    (of a failure that kept back an extra, that too),
    as do *dark_dates*, one for each organization in which something goes dark. *reconciled* counts those
    whose list was compared with their overview. *renewals* adds up what ends in which month, by tenant and
    licensing model, but for *subscriptions*: these are kept, each once, for one may span organizations.
    Of *compliances_unknown* of the *subscription_organizations* compliance could not be read. *entitlements*
    has what is known of SKUs. *reclaims* has, by tenant, what each organization can spare and what it lacks.
    """

    selected: int = 0
    reconciled: int = 0
    subscription_organizations: int = 0
    compliances_unknown: int = 0
    failures: list[tuple[str, str, Failure, Extra | None]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    dark_dates: list[SoonestDark] = field(default_factory=list)
    renewals: Counter[tuple[str, LicensingModel, Renewal]] = field(default_factory=Counter)
    subscriptions: dict[str, tuple[str, Subscription]] = field(default_factory=dict)
    entitlements: dict[str, Entitlement | None] = field(default_factory=dict)
    reclaims: dict[str, list[tuple[str, Reclaim]]] = field(default_factory=dict)
    _counted: Totals = field(default_factory=Totals)
    _without_figures: Counter[_Fate] = field(default_factory=Counter)

    @property
    def totals(self) -> Totals:
        """The sums over all results."""
        totals = self._counted
        for (status, ending, model), count in self._without_figures.items():
            totals += Totals(
                by_status={status: count},
                skipped_by_reason={ending: count} if status is Status.SKIPPED and ending else {},
                failed_by_class={ending: count} if status is Status.FAILED and ending else {},
                by_licensing_model={model: count},
            )
        return totals

    def add(self, result: OrganizationResult) -> None:
        """Take in *result*; the order of additions leaves no trace in a report."""
        if result.is_counted or result.missing:
            self._counted += Totals.of(result)
        else:  # of a hundred thousand that a deadline left, adding zeros would take longer than the rest
            self._without_figures[_fate_of(result)] += 1
        self.selected += 1
        self.reconciled += result.is_reconciled
        self.findings += result.findings
        if isinstance(result.ending, Failure):
            self.failures.append((result.tenant, result.organization.id, result.ending, None))
        for extra, failure in result.missing.items():
            if failure is not None:
                self.failures.append((result.tenant, result.organization.id, failure, extra))
        if result.outlook is not None:
            self._look_ahead(result, result.outlook)
        if result.subscriptions is not None:
            self.subscription_organizations += 1
            self.compliances_unknown += not result.subscriptions.is_compliance_known
            learn(self.entitlements, result.subscriptions.entitlements or {})
            for subscription in result.subscriptions.subscriptions:
                self._keep(result.tenant, subscription)

    def leave(self, tenant: str, organizations: Sequence[Organization], failure: Failure) -> None:
        """Take in *organizations* of *tenant* that all ended with *failure* before anything was asked."""
        failures = [(tenant, one.id, failure, None) for one in organizations]
        self.failures += failures
        self.selected += len(failures)
        by_model = Counter(one.licensing_model or "unknown" for one in organizations)
        for model, count in by_model.items():
            self._without_figures[Status.FAILED, failure.failure_class.value, model] += count

    def _look_ahead(self, result: OrganizationResult, outlook: Outlook) -> None:
        organization_id, tenant = result.organization.id, result.tenant
        if outlook.soonest_dark_at is not None:
            first = tuple(one for one in outlook.dark_dates if one.day == outlook.dark_dates[0].day)
            self.dark_dates.append(SoonestDark(outlook.soonest_dark_at, tenant, result.organization, first))
        if result.subscriptions is None:
            model = LicensingModel.PER_DEVICE if result.co_term is None else LicensingModel.CO_TERM
            for renewal, count in outlook.renewals.items():
                self.renewals[tenant, model, renewal] += count
        if outlook.reclaim is not None and (outlook.reclaim.needs or outlook.reclaim.surplus):
            self.reclaims.setdefault(tenant, []).append((organization_id, outlook.reclaim))

    def _keep(self, tenant: str, subscription: Subscription) -> None:
        """Of two readings of one subscription the same is kept whichever came first."""
        kept = self.subscriptions.get(subscription.id)
        if kept is not None:
            tenant = min(kept[0], tenant)
            subscription = replace(preferred(kept[1], subscription), is_seen_shared=True)
        self.subscriptions[subscription.id] = tenant, subscription


class SoonestDark(NamedTuple):
    """When something of *organization* goes dark next, and all that does on that day."""

    at: datetime
    tenant: str
    organization: Organization
    dark_dates: tuple[DarkDate, ...]
