"""Subscriptions: seats by SKU until an end date, for one organization or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Self

from auditor.domain.counts import known_sum
from auditor.domain.entitlement import Entitlement, Entitlements
from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit, month_of
from auditor.domain.standing import Standing, worst
from auditor.domain.window import Windows

_OVER: Final = frozenset({"canceled", "expired"})
_OUT_OF_COMPLIANCE: Final = "out_of_compliance"
_IN_FORCE: Final = frozenset({"active", _OUT_OF_COMPLIANCE})
"""Statuses under which a subscription covers something; a status that nobody knows is none of them."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of one SKU in one subscription, or of several together. `Seats()` is zero, `+` adds.

    *over* are seats assigned beyond the limit; where there are some, none of that SKU are *available*.
    """

    limit: int = 0
    assigned: int = 0
    available: int = 0
    over: int = 0

    def __add__(self, other: Self) -> Seats:
        return Seats(
            self.limit + other.limit,
            self.assigned + other.assigned,
            self.available + other.available,
            self.over + other.over,
        )


@dataclass(frozen=True, slots=True)
class Violation:
    """One product class out of compliance.

    *grace_ends_at* is the vendor's own date (`gracePeriodEndsAt`), None where it gives none that can be read;
    *missing* the quantities that would mend it, by SKU, None where a quantity cannot be read.
    """

    product_class: str
    grace_ends_at: datetime | None
    missing: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def quantity(self) -> int | None:
        """The seats that are missing; None where one quantity cannot be read, or nothing is named."""
        return known_sum(list(self.missing.values()) or [None])


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of `getAdministeredLicensingSubscriptionSubscriptions` (OpenAPI 1.73.0).

    *status* (`active`, `canceled`, `expired`, `inactive`, `out_of_compliance`) and *kind* (`termed`,
    `enterpriseAgreement`) keep the vendor's text. *seats* is by SKU, None for an SKU whose seats cannot be
    read, and None altogether where the row has no list of them.
    *organizations* is how many the vendor says it spans, those of other keys included; None where it does
    not say. *violations* are those of `getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses`.
    *is_seen_shared*: it turned up in more than one organization of the audit. *networks* is how many it is
    bound to, None where the vendor does not say; *smart_account* the vendor's text for the status of its
    Smart Account. *renews_at* is `renewalDate`, which the vendor's description does not have.
    """

    id: str
    name: str
    status: str
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None
    renewal_requested: bool | None
    organizations: int | None
    seats: Mapping[str, Seats | None] | None = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    is_seen_shared: bool = False
    networks: int | None = None
    smart_account: str | None = None
    renews_at: datetime | None = None

    @property
    def known_seats(self) -> Mapping[str, Seats]:
        """The seats of each SKU that can be read."""
        return {sku: seats for sku, seats in (self.seats or {}).items() if seats is not None}

    @property
    def has_all_seats(self) -> bool:
        """True when the seats of every SKU can be read."""
        return self.seats is not None and None not in self.seats.values()

    @property
    def is_shared(self) -> bool:
        """True when it spans several organizations, so that its seats are no one's alone."""
        return self.is_seen_shared or (self.organizations is not None and self.organizations > 1)

    def is_over(self, as_of: datetime) -> bool:
        """True when it is canceled or expired, or ended by *as_of*, whatever its status says."""
        return self.status in _OVER or (self.ends_at is not None and self.ends_at <= as_of)

    def is_live(self, as_of: datetime) -> bool:
        """True when it covers something at *as_of*: by its status, begun, and not over."""
        has_begun = self.starts_at is None or self.starts_at <= as_of
        return self.status in _IN_FORCE and has_begun and not self.is_over(as_of)

    def ends_in(self, after: datetime, until: datetime) -> bool:
        """Whether it still runs, and ends in (*after*, *until*]."""
        return not self.is_over(after) and self.ends_at is not None and self.ends_at <= until

    @property
    def is_breach_untold(self) -> bool:
        """True when it is out of compliance by its own status, and by no violation that is known."""
        return self.status == _OUT_OF_COMPLIANCE and not self.violations


@dataclass(frozen=True, slots=True)
class SubscriptionAccount:
    """The subscriptions of one organization, ordered by id. A shared one is in each of its organizations.

    *notes* are those of the organization; each subscription has its own. Unless *is_compliance_known* there
    may be violations beside those that are told. *entitlements* has each SKU that the subscriptions name; it
    is None where the vendor's list could not be read.
    """

    subscriptions: tuple[Subscription, ...] = ()
    notes: Mapping[NoteKind, int] = field(default_factory=dict)
    is_compliance_known: bool = True
    entitlements: Entitlements | None = None


def preferred(left: Subscription, right: Subscription) -> Subscription:
    """Of two readings of one subscription the one that knows of more violations, whichever came first.

    Readings differ where the subscription changed meanwhile, or where compliance could not be read.
    """
    return left if left == right else max(left, right, key=_rank)


def _rank(one: Subscription) -> tuple[int, int, str]:
    return len(one.violations), _lacking(one.violations), repr(one)


def merged_violations(before: Iterable[Violation], later: Iterable[Violation]) -> tuple[Violation, ...]:
    """Violations of one subscription by two readings: of a product class those of the one that misses more.

    Of readings that miss as much, those of *before*.
    """
    merged = _by_class(before)
    for product_class, told in _by_class(later).items():
        if product_class not in merged or _lacking(told) > _lacking(merged[product_class]):
            merged[product_class] = told
    return tuple(violation for told in merged.values() for violation in told)


def _by_class(violations: Iterable[Violation]) -> dict[str, list[Violation]]:
    classes: dict[str, list[Violation]] = {}
    for violation in violations:
        classes.setdefault(violation.product_class, []).append(violation)
    return classes


def _lacking(violations: Iterable[Violation]) -> int:
    return sum(count or 0 for violation in violations for count in violation.missing.values())


def seats_by_sku(subscriptions: Iterable[Subscription]) -> dict[str, Seats]:
    """The seats of *subscriptions* together, by SKU, but for those that cannot be read."""
    totals: dict[str, Seats] = {}
    for subscription in subscriptions:
        for sku, seats in subscription.known_seats.items():
            totals[sku] = totals.get(sku, Seats()) + seats
    return totals


def seats_of(subscriptions: Collection[Subscription]) -> Seats | None:
    """All seats of *subscriptions* that can be read; None where some should be, and none can."""
    by_sku = seats_by_sku(subscriptions)
    if not by_sku and not all(one.has_all_seats for one in subscriptions):
        return None
    return sum(by_sku.values(), Seats())


def missing_by_sku(violations: Iterable[Violation]) -> dict[str, int | None]:
    """What would mend *violations*, by SKU; not those of which nothing is missing.

    None where a quantity cannot be read: the sum of the others would pass for all of it.
    """
    counts: dict[str, list[int | None]] = {}
    for violation in violations:
        for sku, count in violation.missing.items():
            counts.setdefault(sku, []).append(count)
    totals = {sku: known_sum(each) for sku, each in counts.items()}
    return {sku: total for sku, total in totals.items() if total != 0}


def skus_of(subscriptions: Iterable[Subscription]) -> set[str]:
    """Every SKU that *subscriptions* name: of their seats, and of those that violations lack."""
    skus: set[str] = set()
    for subscription in subscriptions:
        skus.update(subscription.seats or ())
        skus.update(missing_by_sku(subscription.violations))
    return skus - {UNKNOWN}


def entitlements_of(
    subscriptions: Iterable[Subscription], told: Mapping[str, Entitlement] | None
) -> Entitlements | None:
    """What *told*, the vendor's list, has of each SKU that *subscriptions* name.

    None where there are some and the list could not be read: nothing is known of them then.
    """
    skus = skus_of(subscriptions)
    if told is None:
        return None if skus else {}
    return {sku: told.get(sku) for sku in sorted(skus)}


def ending_within(subscriptions: Iterable[Subscription], windows: Windows) -> dict[int, int]:
    """How many of *subscriptions* end in each window, by its length in days."""
    subscriptions = list(subscriptions)
    return {
        days: sum(one.ends_in(windows.as_of, last) for one in subscriptions) for days, last in windows.ends
    }


def renewals_of(subscription: Subscription, as_of: datetime) -> dict[Renewal, int]:
    """The seats that have to be renewed when *subscription* ends, as far as the forecast reaches."""
    if subscription.is_over(as_of) or subscription.ends_at is None:
        return {}
    month = month_of(subscription.ends_at, as_of)
    if month is None:
        return {}
    return {
        Renewal(sku, Unit.SEATS, month): seats.limit
        for sku, seats in subscription.known_seats.items()
        if seats.limit
    }


def notes_on_standing(
    subscriptions: Collection[Subscription], as_of: datetime, *, is_compliance_known: bool = True
) -> dict[NoteKind, int]:
    """What is odd about the standing of an organization whose subscriptions are all known.

    A breach without a violation is odd only where all violations are known as well.
    """
    untold = is_compliance_known and sum(
        one.is_breach_untold and not one.is_over(as_of) for one in subscriptions
    )
    notes = {
        NoteKind.COMPLIANCE_UNTOLD: untold,
        NoteKind.NO_LIVE_SUBSCRIPTION: int(not any(one.is_live(as_of) for one in subscriptions)),
    }
    return {kind: count for kind, count in notes.items() if count}


def subscription_outlook(account: SubscriptionAccount, windows: Windows) -> Outlook:
    """What lies ahead of an organization under subscriptions, shared ones included.

    Only product classes out of compliance go dark, at the vendor's own dates. Of a subscription that is out
    of compliance by its status alone no date is told. The standing is None where compliance is not known,
    where no subscription is live (what covers the organization then is not in the API), and where all would
    be well if only a live subscription stated its end.
    """
    subscriptions, as_of = account.subscriptions, windows.as_of
    standing = _standing(account, windows)
    ahead = [
        (violation.grace_ends_at, violation)
        for violation in _violations(subscriptions)
        if violation.grace_ends_at is not None and violation.grace_ends_at > as_of
    ]
    renewals: Counter[Renewal] = Counter()
    for one in subscriptions:
        renewals.update(renewals_of(one, as_of))
    return Outlook(
        standing=standing,
        soonest_dark_at=min((at for at, _ in ahead), default=None),
        dark_dates=_dark_dates(ahead),
        renewals=dict(renewals),
        ending_within=ending_within(subscriptions, windows),
        is_dark_known=standing is not None and not any(_is_undated(one, as_of) for one in subscriptions),
    )


def _is_undated(one: Subscription, as_of: datetime) -> bool:
    """Whether it is out of compliance, and the vendor does not say until when that may go on."""
    if one.is_breach_untold and not one.is_over(as_of):
        return True
    return any(violation.grace_ends_at is None for violation in one.violations)


def _violations(subscriptions: Iterable[Subscription]) -> Iterator[Violation]:
    for subscription in subscriptions:
        yield from subscription.violations


def _standing(account: SubscriptionAccount, windows: Windows) -> Standing | None:
    if not account.is_compliance_known:
        return None
    live = [one for one in account.subscriptions if one.is_live(windows.as_of)]
    if not live:
        lasting = [one for one in account.subscriptions if not one.is_over(windows.as_of)]
        return worst([one for one in _standings(lasting, windows) if one is not Standing.EXPIRING])
    standing = worst([Standing.OK, *_standings(account.subscriptions, windows)])
    is_open = any(one.ends_at is None for one in live)
    return None if is_open and standing is Standing.OK else standing


def _standings(subscriptions: Iterable[Subscription], windows: Windows) -> Iterator[Standing]:
    for subscription in subscriptions:
        if subscription.ends_in(windows.as_of, windows.horizon):
            yield Standing.EXPIRING
        if subscription.is_breach_untold and not subscription.is_over(windows.as_of):
            yield Standing.IN_GRACE
        for violation in subscription.violations:
            is_dark = violation.grace_ends_at is not None and violation.grace_ends_at <= windows.as_of
            yield Standing.DARK if is_dark else Standing.IN_GRACE


def _dark_dates(ahead: Iterable[tuple[datetime, Violation]]) -> tuple[DarkDate, ...]:
    counts: dict[tuple[date, str], list[int | None]] = {}
    for at, violation in ahead:
        counts.setdefault((at.date(), violation.product_class), []).append(violation.quantity)
    return tuple(
        DarkDate(day, Standing.IN_GRACE, product_class, known_sum(counts[day, product_class]))
        for day, product_class in sorted(counts)
    )
