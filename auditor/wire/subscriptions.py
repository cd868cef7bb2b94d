"""Subscriptions and their compliance (OpenAPI 1.73.0).

Unlike other rows, a subscription without an id is an error: one may belong to several organizations, and
without its id nobody could say whose it is, or whether it was counted already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.domain.subscription import Seats, Subscription, Violation
from auditor.errors import BadResponseError
from auditor.wire.body import vendor_errors
from auditor.wire.endpoints import ROWS_PER_PAGE
from auditor.wire.rows import (
    Notes,
    count_of,
    entries,
    id_of,
    inner,
    instant_of,
    is_count,
    name_type,
    named,
    reader_of,
    truth_of,
)


class _Row(msgspec.Struct, gc=False, rename="camel"):
    subscription_id: Any = None
    name: Any = None
    status: Any = None
    type: Any = None
    start_date: Any = None
    end_date: Any = None
    renewal_requested: Any = None
    entitlements: Any = None
    counts: Any = None
    smart_account: Any = None
    renewal_date: Any = None


_read_rows = reader_of(_Row, asked=ROWS_PER_PAGE)


@dataclass(frozen=True, slots=True)
class SubscriptionsPage:
    """One page of subscriptions. *is_none*: it was no list, the vendor said that there is nothing to list."""

    subscriptions: tuple[Subscription, ...] = ()
    is_none: bool = False


def decode_subscriptions(body: bytes) -> SubscriptionsPage:
    """One page of `getAdministeredLicensingSubscriptionSubscriptions`.

    A body in the vendor's form of an error comes here only where an `OPTIONAL_LIST` was asked for, and says
    that there is none: a third party's observation, of which the vendor's description has nothing.

    Raises:
        BadResponseError: *body* is no list of objects, or one of them has no usable id.
    """
    if vendor_errors(body):
        return SubscriptionsPage(is_none=True)
    return SubscriptionsPage(
        tuple(_subscription(row, number) for number, row in enumerate(_read_rows(body), 1))
    )


def _subscription(row: _Row, number: int) -> Subscription:
    notes: Notes = Counter()
    return Subscription(
        id=_usable_id(row.subscription_id, number),
        name=row.name if isinstance(row.name, str) else "",
        status=named(row.status, notes, missing=NoteKind.MISSING_STATE),
        kind=named(row.type, notes, missing=NoteKind.MISSING_TYPE),
        starts_at=instant_of(row.start_date, notes),
        ends_at=instant_of(row.end_date, notes),
        renewal_requested=truth_of(row.renewal_requested),
        organizations=_count_or_none(inner(row.counts, "organizations"), notes),
        seats=_seats_by_sku(row.entitlements, notes),
        networks=_count_or_none(inner(row.counts, "networks"), notes),
        smart_account=_text_or_none(inner(row.smart_account, "status")),
        renews_at=instant_of(row.renewal_date, notes),
        notes=+notes,
    )


def _count_or_none(value: object, notes: Notes) -> int | None:
    """*value* where it is a count; None for anything else, which is noted unless nothing was said."""
    return None if value is None else count_of(value, notes)


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _usable_id(value: object, number: int) -> str:
    # A float is what is left of a number too long for the reader: it would be another subscription's.
    subscription_id = None if isinstance(value, float) else id_of(value)
    if subscription_id is None:
        raise BadResponseError(f"subscription {number} of the list has no usable id")
    return subscription_id


def _seats_by_sku(value: object, notes: Notes) -> dict[str, Seats | None] | None:
    """The seats of each SKU; None where one of its entitlements cannot be read, which is noted.

    None altogether where *value* is no list. What in it is no object is of an SKU that nobody knows.
    """
    listed = entries(value, notes, unreadable=NoteKind.UNREADABLE_COUNT)
    if not isinstance(value, list):
        return None
    seats: dict[str, Seats | None] = {} if len(listed) == len(value) else {UNKNOWN: None}
    for entry in listed:
        sku = named(entry.get("sku"), notes, missing=NoteKind.MISSING_TYPE)
        before, told = seats.get(sku, Seats()), _seats(entry.get("seats"))
        notes[NoteKind.UNREADABLE_COUNT] += told is None
        notes[NoteKind.COUNTS_DIFFER] += told is not None and not _adds_up(told)
        seats[sku] = None if before is None or told is None else before + told
    return seats


def _seats(value: object) -> Seats | None:
    """The three figures of one entitlement; two of them tell nothing for certain about the third.

    Where more is assigned than the limit, the vendor may write what is available as nought or less: then
    nothing is available, and the rest is over the limit.
    """
    limit, assigned, available = (inner(value, name) for name in ("limit", "assigned", "available"))
    if not (is_count(limit) and is_count(assigned)):
        return None
    over = max(0, assigned - limit)
    if over and type(available) is int and available == -over:
        available = 0
    return Seats(limit, assigned, available, over) if is_count(available) else None


def _adds_up(seats: Seats) -> bool:
    """Whether what is assigned and what is available is the limit, and what is over it."""
    return seats.assigned + seats.available == seats.limit + seats.over


@dataclass(frozen=True, slots=True)
class Compliance:
    """What violates one subscription, and what was odd about that."""

    violations: tuple[Violation, ...]
    notes: Mapping[NoteKind, int]


class _StatusRow(msgspec.Struct, gc=False):
    subscription: Any = None
    violations: Any = None


_read_status_rows = reader_of(_StatusRow, asked=None)


def decode_compliance(body: bytes) -> tuple[tuple[str, Compliance], ...]:
    """`getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses`, with the subscriptions' ids.

    Whether the vendor lists those in compliance as well is not documented: who is not there may comply.

    Raises:
        BadResponseError: *body* is no list of objects, or one of them has no usable id, or violations that
            are no list: nothing of that may pass for compliance.
    """
    return tuple(
        (_usable_id(inner(row.subscription, "id"), number), _compliance(row.violations, number))
        for number, row in enumerate(_read_status_rows(body), 1)
    )


def _compliance(value: object, number: int) -> Compliance:
    """A subscription that complies may lack the list, or the object around it."""
    by_class = inner(value, "byProductClass")
    if not (value is None or isinstance(value, dict)) or not (by_class is None or isinstance(by_class, list)):
        odd = name_type(value if by_class is None else by_class)
        raise BadResponseError(f"the violations of subscription {number} of the list are {odd}")
    notes: Notes = Counter()
    return Compliance(tuple(_violation(entry, notes) for entry in by_class or ()), notes=+notes)


def _violation(entry: object, notes: Notes) -> Violation:
    missing: dict[str, int | None] = {}
    lacking = inner(inner(entry, "missing"), "entitlements")
    listed = entries(lacking, notes, unreadable=NoteKind.UNREADABLE_COUNT)
    if isinstance(lacking, list) and len(listed) < len(lacking):
        missing[UNKNOWN] = None
    for one in listed:
        quantity = count_of(one.get("quantity"), notes)
        sku = named(one.get("sku"), notes, missing=NoteKind.MISSING_TYPE)
        before = missing.get(sku, 0)
        missing[sku] = None if before is None or quantity is None else before + quantity
    return Violation(
        named(inner(entry, "productClass"), notes, missing=NoteKind.MISSING_TYPE),
        instant_of(inner(entry, "gracePeriodEndsAt"), notes),
        missing,
    )
