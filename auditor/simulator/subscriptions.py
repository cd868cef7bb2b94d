"""Subscriptions in the vendor's shape, written for a few organizations at a time.

Fields and spellings: `getAdministeredLicensingSubscriptionSubscriptions` and
`getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses` (OpenAPI 1.73.0). Organizations
under this model stand in clusters of six neighbours. A subscription belongs to one of them or spans up
to five; some span organizations elsewhere too, which only the count tells. The fourth of each cluster
has none. Some say that they are active and have ended. Not every subscription has a row in the statuses:
some that comply have none, nor have a few that by their own status do not. A few rows lack seats, counts
or quantities, as clients have met them; a few are bound to no network, or wait for their Smart Account,
and some state when they renew, which the description does not have.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from auditor.simulator.catalog import STEMS, TRADES
from auditor.simulator.skus import BY_SKU, ENTITLEMENTS

Row = dict[str, Any]

CLUSTER = 6
BARE_PLACE = 3  # the place in a cluster that has no subscriptions
FIRST_ID = 4_000_000
IDS_PER_CLUSTER = 100
MOST_ORGANIZATIONS = 5
MOST_OWN = 3
MOST_SKUS = 4
DAY = timedelta(days=1)
GRACE_DAYS = 30
STATUSES = (
    ("active", 70),
    ("inactive", 6),
    ("canceled", 6),
    ("expired", 8),
    ("out_of_compliance", 10),
)
EDGE_SECONDS = tuple(days * 86_400 + more for days in (30, 60, 90) for more in (0, 1))
EDGE_SHARE = 0.06
SOON_SHARE = 0.35
ENDED_SHARE = 0.05  # active, and over by their own date
LAPSED_GRACE_SHARE = 0.3
UNKNOWN_GRACE_SHARE = 0.1
UNTOLD_SHARE = 0.25  # out of compliance, and not in the statuses
UNMENTIONED_SHARE = 0.3  # in compliance, likewise
WARNED_SHARE = 0.05  # active, and out of compliance already, as in the vendor's own example
ELSEWHERE_SHARE = 0.1
AGREEMENT_SHARE = 0.15
UNLISTED = 37  # of so many subscriptions one has neither seats nor counts
OVERDRAWN = 2  # of so many one writes what is assigned beyond the limit as available below nought
UNQUANTIFIED = 7  # of so many one does not say how much its violations lack
UNBOUND = 11  # of so many one is bound to no network
PENDING = 13  # of so many one waits for its Smart Account
UNCOUNTED = 17  # of so many one does not say how many networks it is bound to
RENEWED = 3  # of so many one states when it renews
SHARED_FACTOR = 2  # how many times the seats of one that is not shared


@dataclass(frozen=True, slots=True)
class Member:
    """One organization of a cluster. *size* is about how many seats it has of its own."""

    organization_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Holding:
    """One subscription: its row in both lists, and the organizations of this world that it spans.

    Unless it *is_mentioned* its row of compliance is not served.
    """

    id: int
    row: Row
    compliance: Row
    owners: frozenset[str]
    is_mentioned: bool


def write_cluster(seed: int, cluster: int, members: tuple[Member, ...], as_of: datetime) -> list[Holding]:
    """Write every subscription of the *members* of one cluster, in the order of their ids."""
    rng = Random(f"{seed}/subscriptions/{cluster}")
    able = [member for place, member in enumerate(members) if place != BARE_PLACE]
    spans = [[member] for member in able for _ in range(rng.randint(1, MOST_OWN))]
    spans += [
        rng.sample(able, rng.randint(2, min(MOST_ORGANIZATIONS, len(able))))
        for _ in range(rng.randint(1, 3) if len(able) > 1 else 0)
    ]
    rng.shuffle(spans)
    first = FIRST_ID + cluster * IDS_PER_CLUSTER
    return [_holding(rng, first + place, owners, as_of) for place, owners in enumerate(spans)]


def _holding(rng: Random, own_id: int, owners: list[Member], as_of: datetime) -> Holding:
    status = rng.choices([name for name, _ in STATUSES], [weight for _, weight in STATUSES])[0]
    skus = rng.sample([entry["sku"] for entry in ENTITLEMENTS], rng.randint(1, MOST_SKUS))
    is_short = status == "out_of_compliance" or (status == "active" and rng.random() < WARNED_SHARE)
    violations = _violations(rng, skus, as_of) if is_short else []
    missing = {
        entry["sku"]: entry["quantity"]
        for violation in violations
        for entry in violation["missing"]["entitlements"]
    }
    size = owners[0].size * (SHARED_FACTOR if len(owners) > 1 else 1)
    seats = {sku: _seats(rng, max(1, size // (2 * len(skus))), missing.get(sku, 0)) for sku in skus}
    elsewhere = rng.randint(1, 3) if rng.random() < ELSEWHERE_SHARE else 0
    name = f"{rng.choice(STEMS)} {rng.choice(TRADES)} subscription"
    row = _row(rng, own_id, {"name": name, "status": status, **_term(rng, status, as_of)}, seats)
    row["counts"] |= {"organizations": len(owners) + elsewhere}
    compliance = {
        "subscription": {"id": str(own_id), "name": name, "status": status},
        "violations": {"byProductClass": violations},
    }
    _make_odd(own_id, row, compliance)
    _make_idle(own_id, row)
    unmentioned = UNTOLD_SHARE if status == "out_of_compliance" else UNMENTIONED_SHARE
    is_mentioned = (is_short and status == "active") or rng.random() >= unmentioned
    return Holding(
        own_id, row, compliance, frozenset(owner.organization_id for owner in owners), is_mentioned
    )


def _make_odd(own_id: int, row: Row, compliance: Row) -> None:
    """Leave out of a few what clients have missed, by their ids: no other row is drawn otherwise for it."""
    if own_id % UNLISTED == 0:
        del row["entitlements"], row["counts"]
    elif own_id % OVERDRAWN == 0:
        for one in row["entitlements"]:
            seats = one["seats"]
            seats["available"] = seats["limit"] - seats["assigned"]
    if own_id % UNQUANTIFIED == 0:
        for violation in compliance["violations"]["byProductClass"][:1]:
            violation["missing"]["entitlements"] = []
        for violation in compliance["violations"]["byProductClass"][1:]:
            violation["missing"]["entitlements"][0]["quantity"] = None


def _make_idle(own_id: int, row: Row) -> None:
    """Leave a few without a network or a Smart Account, likewise by their ids; some state a renewal."""
    if own_id % UNBOUND == 0 and "counts" in row:
        row["counts"]["networks"] = 0
    elif own_id % UNCOUNTED == 0 and "counts" in row:
        del row["counts"]["networks"]
    if own_id % PENDING == 0:
        row["smartAccount"]["status"] = "pending"
    if own_id % RENEWED == 0:
        row["renewalDate"] = row["endDate"]


def _row(rng: Random, own_id: int, drawn: Row, seats: dict[str, Row]) -> Row:
    is_agreement = rng.random() < AGREEMENT_SHARE
    whole: Counter[str] = Counter()
    for one in seats.values():
        whole.update(one)
    return {
        "subscriptionId": str(own_id),
        "name": drawn["name"],
        "description": "",
        "status": drawn["status"],
        "startDate": drawn["startDate"],
        "endDate": drawn["endDate"],
        "lastUpdatedAt": drawn["startDate"],
        "webOrderId": str(rng.randrange(10_000_000, 99_999_999)),
        "type": "enterpriseAgreement" if is_agreement else "termed",
        "smartAccount": {
            "status": "active",
            "account": {"id": str(own_id + 90_000_000), "name": drawn["name"], "domain": "example.com"},
        },
        "renewalRequested": rng.random() < 0.2,  # noqa: PLR2004 - one in five
        "productTypes": sorted({BY_SKU[sku]["productType"] for sku in seats}),
        "entitlements": [{"sku": sku, "seats": one} for sku, one in seats.items()],
        "counts": {"seats": dict(whole), "networks": rng.randint(1, 40)},
        "enterpriseAgreement": {"suites": ["networking"] if is_agreement else []},
    }


def _seats(rng: Random, mean: int, missing: int) -> Row:
    """Seats of one SKU: some left, or as many over the limit as are missing."""
    limit = max(1, round(mean * rng.uniform(0.5, 1.5)))
    assigned = limit + missing if missing else int(limit * rng.uniform(0.3, 1.0))
    return {"assigned": assigned, "available": max(0, limit - assigned), "limit": limit}


def _term(rng: Random, status: str, as_of: datetime) -> Row:
    """Draw start and end, which agree with *status*."""
    days = rng.choice((365, 1095, 1825))
    is_ended = status == "expired" or (status == "active" and rng.random() < ENDED_SHARE)
    if is_ended:
        ends = as_of - timedelta(seconds=rng.choice((0, 1 + rng.randrange(400 * 86_400))))
    elif status == "inactive":
        ends = as_of + timedelta(days=days, seconds=rng.randrange(1, 90 * 86_400))
    elif rng.random() < EDGE_SHARE:
        ends = as_of + timedelta(seconds=rng.choice(EDGE_SECONDS))
    elif rng.random() < SOON_SHARE:
        ends = as_of + timedelta(seconds=rng.randrange(1, 95 * 86_400))
    else:
        ends = as_of + timedelta(seconds=rng.randrange(1, days * 86_400))
    return {"startDate": _stamp(ends - timedelta(days=days)), "endDate": _stamp(ends)}


def _violations(rng: Random, skus: list[str], as_of: datetime) -> list[Row]:
    """Write one violation for each product class of one or two of *skus*."""
    classes: dict[str, list[Row]] = {}
    for sku in skus[: rng.randint(1, 2)]:
        entry = {"sku": sku, "quantity": rng.randint(1, 12)}
        classes.setdefault(BY_SKU[sku]["productClass"], []).append(entry)
    return [
        {
            "productClass": name,
            "gracePeriodEndsAt": _grace_end(rng, as_of),
            "missing": {"entitlements": entries},
        }
        for name, entries in classes.items()
    ]


def _grace_end(rng: Random, as_of: datetime) -> str | None:
    luck = rng.random()
    if luck < UNKNOWN_GRACE_SHARE:
        return None
    if luck < LAPSED_GRACE_SHARE:
        return _stamp(as_of - timedelta(seconds=rng.choice((0, rng.randrange(60 * 86_400)))))
    return _stamp(as_of + timedelta(seconds=1 + rng.randrange(GRACE_DAYS * 86_400)))


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
