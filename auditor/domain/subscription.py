"""Subscriptions: seats by SKU until an end date, for one organization or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Self

from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit, month_of
from auditor.domain.standing import Standing, worst
from auditor.domain.window import Windows

_OVER: Final = frozenset({"canceled", "expired"})


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of one SKU in one subscription, or of several together. `Seats()` is zero, `+` adds."""

    limit: int = 0
    assigned: int = 0
    available: int = 0

    def __add__(self, other: Self) -> Seats:
        return Seats(
            self.limit + other.limit, self.assigned + other.assigned, self.available + other.available
        )


@dataclass(frozen=True, slots=True)
class Violation:
    """One product class out of compliance.

    *grace_ends_at* is the vendor's own date (`gracePeriodEndsAt`), None where it gives none that can be read;
    *missing* the quantities that would mend it, by SKU.
    """

    product_class: str
    grace_ends_at: datetime | None
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of `getAdministeredLicensingSubscriptionSubscriptions` (OpenAPI 1.73.0).

    *status* (`active`, `canceled`, `expired`, `inactive`, `out_of_compliance`) and *kind* (`termed`,
    `enterpriseAgreement`) keep the vendor's text. *seats* is by SKU. *organizations* is how many the vendor
    says it spans, those of other keys included; None where it does not say. *violations* are those of
    `getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses`.
    """

    id: str
    name: str
    status: str
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None
    renewal_requested: bool | None
    organizations: int | None
    seats: Mapping[str, Seats] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    @property
    def is_shared(self) -> bool:
        """True when it spans several organizations, so that its seats are no one's alone."""
        return self.organizations is not None and self.organizations > 1

    @property
    def is_over(self) -> bool:
        """True when it is canceled or expired: nothing of it is left to end."""
        return self.status in _OVER

    def ends_in(self, after: datetime, until: datetime) -> bool:
        """Whether it still runs, and ends in (*after*, *until*]."""
        return not self.is_over and self.ends_at is not None and after < self.ends_at <= until


@dataclass(frozen=True, slots=True)
class SubscriptionAccount:
    """The subscriptions of one organization, ordered by id. A shared one is in each of its organizations.

    *notes* are those of the list; each subscription has its own.
    """

    subscriptions: tuple[Subscription, ...] = ()
    notes: Mapping[NoteKind, int] = field(default_factory=dict)


def preferred(left: Subscription, right: Subscription) -> Subscription:
    """Of two readings of one subscription the one that knows of more violations, whichever came first.

    Readings differ where the subscription changed meanwhile, or where compliance could not be read.
    """
    return left if left == right else max(left, right, key=_rank)


def _rank(one: Subscription) -> tuple[int, int, str]:
    missing = sum(sum(violation.missing.values()) for violation in one.violations)
    return len(one.violations), missing, repr(one)


def seats_by_sku(subscriptions: Iterable[Subscription]) -> dict[str, Seats]:
    """The seats of *subscriptions* together, by SKU."""
    totals: dict[str, Seats] = {}
    for subscription in subscriptions:
        for sku, seats in subscription.seats.items():
            totals[sku] = totals.get(sku, Seats()) + seats
    return totals


def missing_by_sku(violations: Iterable[Violation]) -> dict[str, int]:
    """What would mend *violations*, by SKU."""
    totals: Counter[str] = Counter()
    for violation in violations:
        totals.update(violation.missing)
    return dict(totals)


def ending_within(subscriptions: Iterable[Subscription], windows: Windows) -> dict[int, int]:
    """How many of *subscriptions* end in each window, by its length in days."""
    subscriptions = list(subscriptions)
    return {
        days: sum(one.ends_in(windows.as_of, last) for one in subscriptions) for days, last in windows.ends
    }


def renewals_of(subscription: Subscription, as_of: datetime) -> dict[Renewal, int]:
    """The seats that have to be renewed when *subscription* ends, as far as the forecast reaches."""
    if subscription.is_over or subscription.ends_at is None:
        return {}
    month = month_of(subscription.ends_at, as_of)
    if month is None:
        return {}
    return {
        Renewal(sku, Unit.SEATS, month): seats.limit
        for sku, seats in subscription.seats.items()
        if seats.limit
    }


def subscription_outlook(
    account: SubscriptionAccount, windows: Windows, *, is_compliance_known: bool = True
) -> Outlook:
    """What lies ahead of an organization under subscriptions, shared ones included.

    Only product classes out of compliance go dark, at the vendor's own dates. Unless *is_compliance_known*
    nothing tells the standing.
    """
    subscriptions, as_of = account.subscriptions, windows.as_of
    ahead = [
        (violation.grace_ends_at, violation)
        for violation in _violations(subscriptions)
        if violation.grace_ends_at is not None and violation.grace_ends_at > as_of
    ]
    renewals: Counter[Renewal] = Counter()
    for one in subscriptions:
        renewals.update(renewals_of(one, as_of))
    return Outlook(
        standing=worst([Standing.OK, *_standings(subscriptions, windows)]) if is_compliance_known else None,
        soonest_dark_at=min((at for at, _ in ahead), default=None),
        dark_dates=_dark_dates(ahead),
        renewals=dict(renewals),
        ending_within=ending_within(subscriptions, windows),
    )


def _violations(subscriptions: Iterable[Subscription]) -> Iterator[Violation]:
    for subscription in subscriptions:
        yield from subscription.violations


def _standings(subscriptions: Iterable[Subscription], windows: Windows) -> Iterator[Standing]:
    for subscription in subscriptions:
        if subscription.ends_in(windows.as_of, windows.horizon):
            yield Standing.EXPIRING
        for violation in subscription.violations:
            is_dark = violation.grace_ends_at is not None and violation.grace_ends_at <= windows.as_of
            yield Standing.DARK if is_dark else Standing.IN_GRACE


def _dark_dates(ahead: Iterable[tuple[datetime, Violation]]) -> tuple[DarkDate, ...]:
    counts: Counter[tuple[date, str]] = Counter()
    for at, violation in ahead:
        counts[at.date(), violation.product_class] += sum(violation.missing.values())
    return tuple(
        DarkDate(day, Standing.IN_GRACE, product_class, count)
        for (day, product_class), count in sorted(counts.items())
    )
