"""Odd but public shapes of answers, and what is right to report of each: one organization per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson

from tests.end_to_end.driving import AS_OF
from tests.end_to_end.faults.replies import http, vendor_says

NOT_HERE: Final = http(
    vendor_says("This organization uses subscription licensing and does not support this endpoint."),
    status="400 Bad Request",
)
NONE: Final = http(b"[]")


@dataclass(frozen=True)
class Shape:
    """An organization: its stated model, its answers by the end of the path, and figures of its report.

    Each of *figures* is a path into its entry of the report, and what stands there.
    """

    name: str
    model: str
    answers: Mapping[str, bytes]
    figures: Mapping[str, Any] = field(default_factory=dict)


def day(days: float) -> str:
    """The instant *days* after the audit, as the vendor writes it."""
    return (AS_OF + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def json(document: Any, status: str = "200 OK") -> bytes:
    """An answer with *document*."""
    return http(orjson.dumps(document), status=status)


def per_device(name: str, *licenses: Mapping[str, Any], **figures: Any) -> Shape:
    """An organization with *licenses*, numbered from 1."""
    rows = [{"id": str(number), "licenseType": "ENT", **one} for number, one in enumerate(licenses, start=1)]
    return Shape(name, "per-device", {"licenses": json(rows)}, _dotted(figures))


def co_term(name: str, overview: Mapping[str, Any], *models: str | tuple[str, str], **figures: Any) -> Shape:
    """*overview*, and devices of *models* in use, each in a network of its own or as stated."""
    devices = [_device(number, one) for number, one in enumerate(models)]
    answers = {"overview": json(overview), "licenses": NOT_HERE, "coterm": NONE, "devices": json(devices)}
    return Shape(name, "co-term", answers, _dotted(figures))


def subscription(name: str, *rows: Mapping[str, Any], **figures: Any) -> Shape:
    """An organization with subscriptions, each a live one but for what its row says."""
    subscriptions = [{**_subscription(name, number), **one} for number, one in enumerate(rows)]
    without = [{key: value for key, value in one.items() if value is not ...} for one in subscriptions]
    statuses = [
        {"subscription": {"id": one["subscriptionId"]}, "violations": one.pop("violations", NO_VIOLATION)}
        for one in without
    ]
    answers = {"subscriptions": json(without), "statuses": json(statuses), "overview": NOT_HERE}
    return Shape(name, "subscription", answers, _dotted(figures))


def _device(number: int, one: str | tuple[str, str]) -> dict[str, Any]:
    model, network = one if isinstance(one, tuple) else (one, f"N_{100 + number}")
    kind = "appliance" if model.startswith(("MX", "Z")) else "wireless"
    return {"serial": f"Q2AA-0000-{number:04}", "model": model, "productType": kind, "networkId": network}


def _subscription(name: str, number: int) -> dict[str, Any]:
    seats = {"limit": 10, "assigned": 4, "available": 6}
    return {
        "subscriptionId": f"S-{name}-{number}",
        "name": "Velmora core",
        "status": "active",
        "type": "termed",
        "startDate": day(-300),
        "endDate": day(900),
        "smartAccount": {"status": "active", "account": None},
        "productTypes": ["wireless"],
        "counts": {"seats": seats, "networks": 2, "organizations": 1},
        "entitlements": [{"sku": "LIC-A", "seats": seats}],
        "renewalDate": None,
    }


def _dotted(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Names of arguments as paths: two underscores stand for the dot."""
    return {name.replace("__", "."): value for name, value in figures.items()}


NO_VIOLATION: Final[Mapping[str, Any]] = {"byProductClass": []}


def _stated(status: str, date: str | None, licensed: Any) -> dict[str, Any]:
    return {"status": status, "expirationDate": date, "licensedDeviceCounts": licensed}


def _violated(*missing: Mapping[str, Any]) -> dict[str, Any]:
    violation = {"productClass": "wireless", "gracePeriodEndsAt": day(10)}
    return {"violations": {"byProductClass": [{**violation, "missing": {"entitlements": missing}}]}}


def _of_systems_manager(state: str, ends: float, *, seats: int) -> dict[str, Any]:
    row = {"licenseType": "SME", "networkId": "N_1", "state": state, "seatCount": seats}
    return {**row, "activationDate": day(-400), "expirationDate": day(ends)}


SOON: Final = "Mar 13, 2028 UTC"
STATES: Final = ("active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive")
SEATS: Final = {"limit": 10, "assigned": 4, "available": 6}

CO_TERM: Final = (
    co_term(
        *("an HA pair", _stated("OK", SOON, {"MX67": 1}), ("MX67", "N_1"), ("MX67", "N_1")),
        standing="ok",
        dark__soonest=None,
        dark__known=True,
        coTerm__use__overLimit=0,
        coTerm__use__warmSpares=1,
    ),
    co_term(
        *("an HA pair and a third appliance", _stated("OK", SOON, {"MX67": 1})),
        *(("MX67", "N_1"), ("MX67", "N_1"), ("MX67", "N_2")),
        coTerm__use__overLimit=1,
        coTerm__use__warmSpares=1,
    ),
    co_term(
        *("a status that nobody knows", _stated("License expired", SOON, {"MX67": 1})),
        standing=None,
        dark__known=False,
        notes={"unknownStatus": 1},
    ),
    co_term(
        "an overview with both parts",
        {
            **_stated("OK", SOON, {"MX67": 1}),
            "licenseCount": 0,
            "states": {name: {"count": 0} for name in STATES},
            "licenseTypes": [],
            "systemsManager": {"counts": {}},
        },
        status="audited",
        standing="ok",
        coTerm__devices__licensed=1,
        notes={},
    ),
    Shape(
        "subscriptions of an organization that is stated to be co-term",
        "co-term",
        {**subscription("under-another-model", {}).answers, "licenses": NOT_HERE, "coterm": NOT_HERE},
        {"status": "audited", "subscription.total": 1, "notes.modelDiffers": 1},
    ),
    co_term(
        *("counts that are texts and negative", _stated("OK", SOON, {"MX67": "4", "wireless": -2})),
        standing=None,
        coTerm__devices__licensed=None,
        notes={"unreadableCount": 2},
    ),
    co_term(
        *("no counts", _stated("OK", SOON, None)),
        standing=None,
        coTerm__devices__licensed=None,
        notes={"missingCount": 1},
    ),
    co_term(
        "access points without a license",
        *(_stated("License Required", SOON, {"MX64": 1}), "MX64", "MR33", "MR33"),
        standing="inGrace",
        coTerm__use__overLimit=2,
        coTerm__use__unmatched={},
    ),
    co_term(
        *("nothing licensed, three in use", _stated("N/A", "N/A", {}), "MR33", "MR33", "MR33"),
        standing=None,
        dark__known=False,
        coTerm__use__overLimit=3,
    ),
    co_term(
        "regions in the names of models",
        *(_stated("OK", SOON, {"MX67C": 1, "Z3C": 1, "MG21": 3}), "MX67C-NA", "Z3C-NA", "MG21-NA"),
        coTerm__use__spare=2,
        coTerm__use__unmatched={},
    ),
)

SUBSCRIPTION: Final = (
    subscription(
        *("a subscription without entitlements and counts", {"entitlements": ..., "counts": ...}),
        subscription__seats__limit=None,
        subscription__seats__unreadable=1,
    ),
    subscription(
        "seats given to more than there are",
        {"entitlements": [{"sku": "LIC-A", "seats": {"assigned": 12, "available": -2, "limit": 10}}]},
        subscription__seats__limit=10,
        subscription__seats__assigned=12,
        subscription__seats__over=2,
    ),
    subscription(
        "a subscription that is bound to no network",
        {"counts": {"seats": SEATS, "networks": 0}, "smartAccount": {"status": "pending"}},
        subscription__idle__subscriptions=1,
        subscription__idle__seats=10,
        subscription__idle__noNetwork=1,
        subscription__idle__pending=1,
    ),
    subscription("no subscription", standing=None, notes={"noLiveSubscription": 1, "noSubscriptions": 1}),
    subscription(
        *("a subscription that has not begun", {"status": "inactive", "startDate": day(20)}),
        standing=None,
        notes__noLiveSubscription=1,
    ),
    subscription("a subscription without an end", {"endDate": None}, standing=None, dark__known=False),
    subscription(
        "a violation of unknown size",
        _violated({"sku": "LIC-A", "quantity": None}),
        standing="inGrace",
        dark__dates__0__count=None,
        subscription__violations__missing={"LIC-A": None},
    ),
    subscription(
        *("a violation that lacks nothing", _violated()),
        standing="inGrace",
        dark__dates__0__count=None,
        subscription__violations__productClasses=1,
    ),
)

PER_DEVICE: Final = (
    per_device(
        "an unused license of one day",
        {"deviceSerial": "S1", "state": "expiring", "expirationDate": day(20)},
        {"state": "unused", "durationInDays": 1, "totalDurationInDays": 1},
        reclaim__matched=0,
        reclaim__needs__0__count=1,
        reclaim__needs__0__leastDays=71,
    ),
    per_device(
        "a queue behind nothing",
        {"deviceSerial": "S1", "state": "recentlyQueued", "headLicenseId": "99"},
        standing=None,
        coverage__devices__unknown=1,
    ),
    per_device(
        "two licenses of Systems Manager",
        _of_systems_manager("active", 300, seats=100),
        _of_systems_manager("expired", -100, seats=7),
        standing="ok",
        dark__soonest=None,
    ),
    per_device(
        "a state that nobody knows",
        {
            "deviceSerial": "S1",
            "state": "suspended",
            "activationDate": day(-100),
            "expirationDate": day(20),
        },
        standing=None,
        expiring__within={"30": 1, "60": 1, "90": 1},
        expiring__atRiskWithin={"30": 1, "60": 1, "90": 1},
    ),
)

SHAPES: Final[Sequence[Shape]] = (*CO_TERM, *SUBSCRIPTION, *PER_DEVICE)
