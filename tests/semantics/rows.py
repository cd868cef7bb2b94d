"""Rows as the vendor's API gives them (OpenAPI 1.73.0); a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.domain.builders import AS_OF

Row = dict[str, Any]

DEVICE = "Q2XX-TEST-0001"
OTHER_DEVICE = "Q2XX-TEST-0002"
STATES = ("active", "expiring", "expired", "recentlyQueued", "unused", "unusedActive")
MX = "MX64-ENT"
SM = "SME"


def at(days: float, *, seconds: float = 0) -> str:
    """So many days (and seconds) after the reference time, as the vendor writes it."""
    return (AS_OF + timedelta(days=days, seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def on(days: float) -> str:
    """The UTC day of that moment, as the report writes it."""
    return at(days)[:10]


def in_words(days: float) -> str:
    """The same day as a co-termination overview writes it."""
    return (AS_OF + timedelta(days=days)).strftime("%b %d, %Y UTC")


def a_license(number: int, state: str, **fields: Any) -> Row:
    """A license that is on nothing; *fields* by the names of the API."""
    row: Row = {
        "id": str(number),
        "licenseType": MX,
        "licenseKey": f"ZZZZ-TEST-{number:04}",
        "orderNumber": f"5S-TEST-{number:04}",
        "deviceSerial": None,
        "networkId": None,
        "state": state,
        "seatCount": None,
        "totalDurationInDays": 365,
        "durationInDays": 365,
        "permanentlyQueuedLicenses": [],
        "claimDate": at(-400),
        "activationDate": None,
        "expirationDate": None,
        "headLicenseId": None,
    }
    assert fields.keys() <= row.keys()
    return row | fields


def on_device(number: int, ends: str | None, *, serial: str = DEVICE, **fields: Any) -> Row:
    """A license that covers a device until *ends*, and began long ago."""
    return a_license(
        number,
        **{"state": "active", "activationDate": at(-300)} | fields,
        deviceSerial=serial,
        expirationDate=ends,
    )


def on_network(number: int, ends: str | None, *, seats: int | None = None, **fields: Any) -> Row:
    """A license that covers a network, and began long ago."""
    told = {"state": "active", "licenseType": SM, "activationDate": at(-300), "networkId": "N_1"} | fields
    return a_license(number, **told, expirationDate=ends, seatCount=seats)


def queued(number: int, days: int, *, serial: str | None = None, behind: object = None, **fields: Any) -> Row:
    """A license of so many days that waits on a device, or behind the license of an id."""
    told = {"totalDurationInDays": days, "durationInDays": days} | fields
    return a_license(number, "recentlyQueued", **told, deviceSerial=serial, headLicenseId=behind)


def unused(number: int, *, claimed: str | None = at(-30), **fields: Any) -> Row:
    """A license that is on nothing and does not burn."""
    return a_license(number, "unused", **fields, claimDate=claimed)


def unused_active(
    number: int, *, began: str | None = at(-10), ends: str | None = at(355), **fields: Any
) -> Row:
    """A license that is on nothing and burns."""
    return a_license(number, "unusedActive", **fields, activationDate=began, expirationDate=ends)


def an_overview(*, seats: Mapping[str, int] | None = None, **states: int) -> Row:
    """A per-device overview that counts *states*, and seats by the API's names."""
    counted: Row = {state: {"count": count} for state, count in (dict.fromkeys(STATES, 0) | states).items()}
    overview = {"licenseCount": sum(states.values()), "states": counted, "licenseTypes": []}
    return overview | ({} if seats is None else {"systemsManager": {"counts": seats}})


def seats_in_use(total: int, active: int, unassigned: int, enrolled: int) -> Row:
    """The counts of Systems Manager seats in an overview."""
    return {
        "totalSeats": total,
        "activeSeats": active,
        "unassignedSeats": unassigned,
        "orgwideEnrolledDevices": enrolled,
    }


def a_key(number: int, *, devices: int = 1, **fields: Any) -> Row:
    """A live co-termination key for MX64 devices."""
    row: Row = {
        "key": f"ZZZZ-TEST-{number:04}",
        "organizationId": "601",
        "duration": 365,
        "mode": "addDevices",
        "startedAt": at(-100),
        "claimedAt": at(-100),
        "invalidated": False,
        "invalidatedAt": None,
        "expired": False,
        "editions": [{"edition": "Enterprise", "productType": "appliance"}],
        "counts": [{"model": "MX64", "count": devices}],
    }
    assert fields.keys() <= row.keys()
    return row | fields


def a_device(
    number: int, model: str, *, network: str | None = "N_1", product_type: str | None = "any"
) -> Row:
    """A device of the inventory, in a network unless that is None."""
    serial = f"Q2XX-TEST-{number:04}"
    return {"serial": serial, "model": model, "networkId": network, "productType": product_type}


def a_subscription(number: int, *, ends: str = at(365), organizations: int = 1, **fields: Any) -> Row:
    """A subscription of ten seats, four of them assigned."""
    seats = {"limit": 10, "assigned": 4, "available": 6}
    row: Row = {
        "subscriptionId": str(number),
        "name": f"Subscription {number}",
        "status": "active",
        "type": "termed",
        "startDate": at(-100),
        "endDate": ends,
        "renewalRequested": False,
        "entitlements": [{"sku": "LIC-MX", "seats": seats}],
        "counts": {"organizations": organizations},
    }
    assert fields.keys() <= row.keys()
    return row | fields


def an_idle_one(number: int, *, networks: int | None, account: str = "active", **fields: Any) -> Row:
    """A subscription that is bound to so many networks."""
    row = a_subscription(number, **fields)
    return row | {"counts": {"organizations": 1, "networks": networks}, "smartAccount": {"status": account}}


def an_entitlement(sku: str, **fields: Any) -> Row:
    """What the vendor's list has of one SKU."""
    row: Row = {
        "sku": sku,
        "name": sku.removeprefix("LIC-"),
        "productType": "appliance",
        "productClass": "MX Small",
        "featureTier": "essentials",
        "isAddOn": False,
        "isFree": False,
    }
    assert fields.keys() <= row.keys()
    return row | fields


def a_violation(product_class: str, grace_ends_at: str | None, **missing: int) -> Row:
    """A product class out of compliance; *missing* by SKU, with an underscore for the dash."""
    lacking = [{"sku": sku.replace("_", "-"), "quantity": count} for sku, count in missing.items()]
    return {
        "productClass": product_class,
        "gracePeriodEndsAt": grace_ends_at,
        "missing": {"entitlements": lacking},
    }


def a_status(number: int, *violations: Row) -> Row:
    """The compliance of one subscription."""
    return {
        "subscription": {"id": str(number), "name": f"Subscription {number}", "status": "active"},
        "violations": {"byProductClass": list(violations)},
    }
