"""The blocks of the report about subscriptions: seats by SKU, what SKUs are, what is out of compliance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from auditor.domain.entitlement import Entitlement, Entitlements
from auditor.domain.idle_subscriptions import IdleSubscriptions, idle_of
from auditor.domain.subscription import (
    Seats,
    Subscription,
    SubscriptionAccount,
    Violation,
    ending_within,
    missing_by_sku,
    seats_by_sku,
    seats_of,
    skus_of,
)
from auditor.domain.window import Windows
from auditor.report.instant import to_rfc3339_or_none
from auditor.report.per_device import by_name, by_window, notes_block

Json = dict[str, Any]


def subscription_block(account: SubscriptionAccount, windows: Windows) -> Json:
    """What is known of one organization; a subscription that it shares is counted whole."""
    subscriptions = account.subscriptions
    return {
        **_sums(subscriptions, windows),
        **({} if account.is_compliance_known else {"violations": None}),
        "skus": None if account.entitlements is None else _skus_block(account.entitlements),
        "subscriptions": [
            _one_block(one, is_compliance_known=account.is_compliance_known) for one in subscriptions
        ],
    }


def subscription_totals_block(
    subscriptions: Collection[Subscription],
    windows: Windows,
    *,
    organizations: int,
    unknown: int,
    entitlements: Entitlements,
) -> Json:
    """The sums over *subscriptions*, each of which is there once, of so many *organizations*.

    Of *unknown* ones among these compliance could not be read. *entitlements* has all that is known of SKUs.
    """
    sums = _sums(subscriptions, windows)
    return {
        "organizations": organizations,
        **sums,
        "violations": {**sums["violations"], "unknown": unknown},
        "skus": _skus_block({sku: entitlements.get(sku) for sku in skus_of(subscriptions)}),
    }


def _sums(subscriptions: Collection[Subscription], windows: Windows) -> Json:
    violations = [violation for one in subscriptions for violation in one.violations]
    return {
        "total": len(subscriptions),
        "shared": sum(one.is_shared for one in subscriptions),
        "byStatus": by_name(Counter(one.status for one in subscriptions)),
        "byType": by_name(Counter(one.kind for one in subscriptions)),
        "renewalRequested": sum(one.renewal_requested is True for one in subscriptions),
        "endingWithin": by_window(ending_within(subscriptions, windows), sorted(windows.days)),
        "seats": _seat_sums(subscriptions),
        "idle": idle_block(idle_of(subscriptions, windows.as_of)),
        "violations": {
            "productClasses": len(violations),
            "missing": _missing_block(missing_by_sku(violations)),
        },
    }


def _seat_sums(subscriptions: Collection[Subscription]) -> Json:
    by_sku, total = seats_by_sku(subscriptions), _seats_block(seats_of(subscriptions))
    return {
        **(total or dict.fromkeys(("limit", "assigned", "available", "over"))),
        "unreadable": sum(not one.has_all_seats for one in subscriptions),
        "bySku": {sku: _seats_block(by_sku[sku]) for sku in sorted(by_sku)},
    }


def idle_block(idle: IdleSubscriptions) -> Json:
    """`idle`, of one organization or of several."""
    return {
        "subscriptions": idle.subscriptions,
        "seats": idle.seats,
        "noNetwork": idle.no_network,
        "pending": idle.pending,
        "notStarted": idle.not_started,
        "unknown": idle.unknown,
    }


def _seats_block(seats: Seats | None) -> Json | None:
    if seats is None:
        return None
    return {
        "limit": seats.limit,
        "assigned": seats.assigned,
        "available": seats.available,
        "over": seats.over,
    }


def _missing_block(missing: Mapping[str, int | None]) -> Json:
    """By SKU, without zeros; null where the quantity cannot be read."""
    return {sku: missing[sku] for sku in sorted(missing) if missing[sku] != 0}


def _skus_block(entitlements: Entitlements) -> Json:
    return {sku: _sku_block(entitlements[sku]) for sku in sorted(entitlements)}


def _sku_block(entitlement: Entitlement | None) -> Json | None:
    if entitlement is None:
        return None
    return {
        "name": entitlement.name,
        "productType": entitlement.product_type,
        "productClass": entitlement.product_class,
        "featureTier": entitlement.feature_tier,
        "isAddOn": entitlement.is_add_on,
        "isFree": entitlement.is_free,
    }


def _one_block(one: Subscription, *, is_compliance_known: bool) -> Json:
    violations = [_violation_block(violation) for violation in one.violations]
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status,
        "type": one.kind,
        "startsAt": to_rfc3339_or_none(one.starts_at),
        "endsAt": to_rfc3339_or_none(one.ends_at),
        "renewalRequested": one.renewal_requested,
        "organizations": one.organizations,
        "shared": one.is_shared,
        "networks": one.networks,
        "smartAccount": one.smart_account,
        "renewsAt": to_rfc3339_or_none(one.renews_at),
        "seats": None
        if one.seats is None
        else {sku: _seats_block(one.seats[sku]) for sku in sorted(one.seats)},
        "violations": violations if violations or is_compliance_known else None,
        **({"notes": notes_block(one.notes)} if one.notes else {}),
    }


def _violation_block(violation: Violation) -> Json:
    return {
        "productClass": violation.product_class,
        "graceEndsAt": to_rfc3339_or_none(violation.grace_ends_at),
        "missing": _missing_block(violation.missing),
    }
