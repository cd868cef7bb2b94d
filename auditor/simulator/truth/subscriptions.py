"""What there is to know of subscriptions: of one organization, and of all, each subscription once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from auditor.simulator.truth.moments import (
    count_within,
    month_ahead,
    read_moment,
    standing_of,
    worst_of,
    write_moment,
)

Block = dict[str, Any]
Row = Mapping[str, Any]

OVER = ("canceled", "expired")
"""Statuses under which the end date tells nothing any more."""

IN_FORCE = ("active", "out_of_compliance")
"""Statuses under which a subscription that has begun and is not over covers something."""

NOTES = ("complianceUntold", "noLiveSubscription", "noSubscriptions")
"""What is told of an organization besides its figures."""


def tell_one(row: Row, compliance: Iterable[Row]) -> Block:
    """Tell of one subscription what its row, and the row of the same id in *compliance*, say."""
    own_id = row["subscriptionId"]
    violations = [
        violation
        for one in compliance
        if one["subscription"]["id"] == own_id
        for violation in one["violations"]["byProductClass"]
    ]
    counts = row.get("counts") or {}
    organizations = counts.get("organizations")
    seats = _tell_seats(row.get("entitlements"))
    unreadable = _count_unreadable(seats, violations)
    return {
        "id": own_id,
        "name": row["name"],
        "status": row["status"],
        "type": row["type"],
        "startsAt": row["startDate"],
        "endsAt": row["endDate"],
        "renewalRequested": row["renewalRequested"],
        "organizations": organizations,
        "shared": organizations is not None and organizations > 1,
        "networks": counts.get("networks"),
        "smartAccount": (row.get("smartAccount") or {}).get("status"),
        "renewsAt": row.get("renewalDate"),
        "seats": seats,
        "violations": [
            {
                "productClass": one["productClass"],
                "graceEndsAt": one["gracePeriodEndsAt"],
                "missing": {entry["sku"]: entry["quantity"] for entry in one["missing"]["entitlements"]},
            }
            for one in violations
        ],
        **({"notes": {"unreadableCount": unreadable}} if unreadable else {}),
    }


def _count_unreadable(seats: Mapping[str, Block | None] | None, violations: Iterable[Row]) -> int:
    """Count the SKUs whose seats cannot be read, or one for no list of them, and missing quantities."""
    quantities = [entry["quantity"] for one in violations for entry in one["missing"]["entitlements"]]
    unread = 1 if seats is None else list(seats.values()).count(None)
    return unread + quantities.count(None)


def mark_shared(blocks: Iterable[Block]) -> None:
    """Mark, in the blocks of all organizations, each subscription that several of them have."""
    blocks = list(blocks)
    owners = Counter(one["id"] for block in blocks for one in block["subscriptions"])
    for block in blocks:
        for one in block["subscriptions"]:
            one["shared"] = one["shared"] or owners[one["id"]] > 1
        block["shared"] = sum(one["shared"] for one in block["subscriptions"])


def _tell_seats(entitlements: Sequence[Row] | None) -> dict[str, Block | None] | None:
    """Tell the seats of each SKU; null where a figure is missing, and of all where there is no list.

    More may be assigned than the limit: then nothing is available, and the rest is over it.
    """
    if entitlements is None:
        return None
    told: dict[str, Block | None] = {}
    for one in entitlements:
        seats = one["seats"]
        limit, assigned, available = (seats.get(name) for name in ("limit", "assigned", "available"))
        if limit is None or assigned is None or available is None:
            told[one["sku"]] = None
            continue
        over = max(0, assigned - limit)
        told[one["sku"]] = {
            "limit": limit,
            "assigned": assigned,
            "available": max(0, available),
            "over": over,
        }
    return told


def _sum_seats(told: Sequence[Block]) -> Block:
    """Add up what can be read; `unreadable` counts subscriptions of which some cannot.

    Where nothing can be read and something should be, there is no sum.
    """
    seats = [(sku, counts) for one in told for sku, counts in (one["seats"] or {}).items() if counts]
    unreadable = sum(one["seats"] is None or None in one["seats"].values() for one in told)
    names = ("limit", "assigned", "available", "over")
    return {
        **{
            name: sum(counts[name] for _, counts in seats) if seats or not unreadable else None
            for name in names
        },
        "unreadable": unreadable,
        "bySku": {
            sku: {name: sum(counts[name] for other, counts in seats if other == sku) for name in names}
            for sku in sorted({sku for sku, _ in seats})
        },
    }


def tell_subscriptions(
    rows: Iterable[Row], compliance: Sequence[Row], as_of: datetime, entitlements: Sequence[Row] = ()
) -> Block:
    """Tell of one organization; what it shares with others counts in full. *entitlements* tell of SKUs."""
    told = sorted((tell_one(row, compliance) for row in rows), key=lambda one: one["id"])
    mentioned = {one["subscription"]["id"] for one in compliance}
    lasting = [one for one in told if not _is_over(one, as_of)]
    live = [one for one in lasting if _is_running(one, as_of)]
    # Who is in no row of the statuses is what it says itself to be.
    untold = [one for one in lasting if one["status"] == "out_of_compliance" and one["id"] not in mentioned]
    dark = _tell_dark(told, as_of, "inGrace" if untold else "ok")
    if not live:
        # Nothing runs today: only what is out of compliance says where the organization stands.
        known = _tell_dark(lasting, as_of, "inGrace" if untold else "ok")["standing"]
        dark["standing"] = known if known in {"inGrace", "dark"} else None
    elif dark["standing"] == "ok" and any(one["endsAt"] is None for one in live):
        dark["standing"] = None
    if dark["standing"] is None:  # what covers the organization then is not in the API
        dark["dark"] |= {"known": False}
    return {
        "subscription": {
            **_figures(told, as_of),
            "skus": _tell_skus(told, entitlements),
            "subscriptions": told,
        },
        **dark,
        "notes": dict(zip(NOTES, (len(untold), int(not live), int(not told)), strict=True)),
    }


def sum_subscriptions(
    organizations: int, subscriptions: Iterable[Block], as_of: datetime, entitlements: Sequence[Row] = ()
) -> Block:
    """Sum up, each subscription once however many *organizations* share it; all was told of each."""
    distinct = distinct_of(subscriptions)
    figures = _figures(distinct, as_of)
    figures["violations"] |= {"unknown": 0}
    return {"organizations": organizations, **figures, "skus": _tell_skus(distinct, entitlements)}


def _tell_skus(told: Iterable[Block], entitlements: Sequence[Row]) -> dict[str, Block | None]:
    """Tell what every SKU is that *told* has seats of, or lacks; null where it is not in the list."""
    skus: set[str] = set()
    for one in told:
        skus.update(one["seats"] or (), *(violation["missing"] for violation in one["violations"]))
    listed = {entry["sku"]: {name: entry[name] for name in entry if name != "sku"} for entry in entitlements}
    return {sku: listed.get(sku) for sku in skus}


def distinct_of(subscriptions: Iterable[Block]) -> list[Block]:
    """Each subscription once."""
    return list({one["id"]: one for one in subscriptions}.values())


def _figures(told: Sequence[Block], as_of: datetime) -> Block:
    violations = [violation for one in told for violation in one["violations"]]
    return {
        "total": len(told),
        "shared": sum(one["shared"] for one in told),
        "byStatus": dict(Counter(one["status"] for one in told)),
        "byType": dict(Counter(one["type"] for one in told)),
        "renewalRequested": sum(one["renewalRequested"] for one in told),
        "endingWithin": count_within((_end_in_force(one) for one in told), as_of),
        "seats": _sum_seats(told),
        "idle": _tell_idle([one for one in told if not _is_over(one, as_of)], as_of),
        "violations": {"productClasses": len(violations), "missing": _missing(violations)},
    }


def _end_in_force(one: Block) -> datetime | None:
    """The end of a subscription, past or ahead; none of one whose status says that it is over."""
    return None if one["status"] in OVER else read_moment(one["endsAt"])


def _is_over(one: Block, as_of: datetime) -> bool:
    """Whether its status says so, or its date has come."""
    end = read_moment(one["endsAt"])
    return one["status"] in OVER or (end is not None and end <= as_of)


def _is_running(one: Block, as_of: datetime) -> bool:
    """Whether one that is not over has begun, by its date and by its status."""
    begin = read_moment(one["startsAt"])
    return one["status"] in IN_FORCE and (begin is None or begin <= as_of)


def _tell_idle(lasting: Sequence[Block], as_of: datetime) -> Block:
    """Tell which of those that are not over are paid for and do nothing, and why.

    Who has no reason is unknown where nobody says how many networks it is bound to.
    """
    no_network = [one for one in lasting if one["networks"] == 0]
    pending = [one for one in lasting if one["smartAccount"] == "pending"]
    not_started = [one for one in lasting if _is_ahead(one, as_of)]
    idle = distinct_of([*no_network, *pending, *not_started])
    known = {one["id"] for one in idle} | {one["id"] for one in lasting if one["networks"] is not None}
    return {
        "subscriptions": len(idle),
        "seats": _sum_seats(idle)["limit"],
        "noNetwork": len(no_network),
        "pending": len(pending),
        "notStarted": len(not_started),
        "unknown": sum(one["id"] not in known for one in lasting),
    }


def _is_ahead(one: Block, as_of: datetime) -> bool:
    """Whether it has yet to begin: by its date, or by its own word."""
    begin = read_moment(one["startsAt"])
    return one["status"] == "inactive" or (begin is not None and begin > as_of)


def _missing(violations: Sequence[Block]) -> dict[str, int | None]:
    """Add up by SKU; null where one of the quantities is."""
    skus = sorted({sku for one in violations for sku in one["missing"]})
    return {sku: _sum_known([one["missing"].get(sku, 0) for one in violations]) for sku in skus}


def _sum_known(counts: Sequence[int | None]) -> int | None:
    """The sum; null where one of *counts* is, or there is none."""
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _tell_dark(told: Sequence[Block], as_of: datetime, at_best: str) -> Block:
    standings = [at_best]
    ahead: list[tuple[datetime, Block]] = []
    for one in told:
        end = _end_in_force(one)
        if end is not None and standing_of(end, as_of) == "expiring":
            standings.append("expiring")
        for violation in one["violations"]:
            grace = read_moment(violation["graceEndsAt"])
            standings.append("dark" if grace is not None and grace <= as_of else "inGrace")
            if grace is not None and grace > as_of:
                ahead.append((grace, violation))
    # A breach that only a status states has no date, and the vendor may leave one out of a violation.
    is_dated = at_best == "ok" and all(
        violation["graceEndsAt"] is not None for one in told for violation in one["violations"]
    )
    days: dict[tuple[str, str], list[int | None]] = {}
    for grace, violation in ahead:
        counts = days.setdefault((grace.date().isoformat(), violation["productClass"]), [])
        counts.extend(violation["missing"].values() or [None])  # where nothing is named, nobody knows
    return {
        "standing": worst_of(standings),
        "dark": {
            "soonest": write_moment(min((grace for grace, _ in ahead), default=None)),
            "known": is_dated,
            "dates": [
                {
                    "date": day,
                    "standing": "inGrace",
                    "what": name,
                    "count": _sum_known(counts),
                    "estimate": False,
                }
                for (day, name), counts in sorted(days.items())
            ],
        },
    }


def tell_renewals(subscriptions: Iterable[Block], as_of: datetime) -> Counter[tuple[str, str, str]]:
    """Seats by SKU and the month in which they end, each subscription once."""
    renewals: Counter[tuple[str, str, str]] = Counter()
    for one in distinct_of(subscriptions):
        month = month_ahead(_end_in_force(one), as_of)
        if month is not None:
            for sku, counts in (one["seats"] or {}).items():
                renewals[sku, "seats", month] += counts["limit"] if counts else 0
    return renewals
