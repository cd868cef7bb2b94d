"""Devices in the vendor's shape: `getOrganizationInventoryDevices` (OpenAPI 1.73.0).

A device is in use when it is in a network; the others lie in a cupboard. Each row depends on its
organization and its place in the list alone, so that a page is written without the pages before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count as count_up
from random import Random
from typing import Any, NamedTuple

from auditor.simulator.catalog import CODES, PAIRS, code
from auditor.simulator.co_term import Account, CoTermEstate, midnight
from auditor.simulator.families import PRODUCT_TYPE_OF

Row = dict[str, Any]


class Place(NamedTuple):
    """What stands at a place of the list. *site* numbers the network of an appliance in use."""

    model: str
    is_used: bool
    site: int | None = None


NETWORKS = 40
COUNTRIES = ("US", "DE", "IE", "AU", "BR")


def lay_out(estate: CoTermEstate, account: Account) -> list[Place]:
    """Every device of the organization, in the order of the list."""
    sites = count_up()
    places: list[Place] = []
    for model, count in account.in_use.items():
        if PRODUCT_TYPE_OF[model] != "appliance":
            places += [Place(model, is_used=True)] * count
            continue
        for number in range(count):  # a network holds one appliance, or a pair
            place = Place(model, is_used=True, site=next(sites))
            places += [place] * (2 if number < account.pairs.get(model, 0) else 1)
    places += [Place(model, is_used=False) for model, count in account.idle.items() for _ in range(count)]
    Random(f"{estate.seed}/inventory/{estate.number}").shuffle(places)
    return places


def write_devices(
    estate: CoTermEstate, account: Account, places: Sequence[Place], numbers: Sequence[int]
) -> list[Row]:
    """Write the devices whose places in the list have these *numbers*, counted from 0."""
    return [_device(estate, account, number, places[number]) for number in numbers]


def _device(estate: CoTermEstate, account: Account, number: int, place: Place) -> Row:
    model, is_used, site = place
    rng = Random(f"{estate.seed}/device/{estate.number}/{number}")
    own = estate.number * 1_000_000 + number
    ends_on = account.ends_on if is_used else None
    network = f"N_{700_000_000_000_000_000 + estate.number * 1000 + rng.randrange(NETWORKS)}"
    if site is not None:
        network = f"N_{800_000_000_000_000_000 + estate.number * 1_000_000 + site}"
    return {
        "mac": ":".join(f"{part:02x}" for part in (0x02, *own.to_bytes(5, "big"))),
        "serial": f"Q3{PAIRS[own % len(PAIRS)]}-{code(own * 1_000_003 % CODES)}",
        "name": f"{model} {number}" if is_used else None,
        "model": model,
        "sku": f"{model}-HW",
        "networkId": network if is_used else None,
        "orderNumber": f"5S{rng.randrange(1_000_000, 9_999_999)}",
        "claimedAt": (estate.as_of - timedelta(hours=rng.randrange(1, 40_000)))
        .isoformat()
        .replace("+00:00", "Z"),
        "licenseExpirationDate": None
        if ends_on is None
        else midnight(ends_on).isoformat().replace("+00:00", "Z"),
        "tags": ["branch"] if is_used and rng.random() < 0.3 else [],  # noqa: PLR2004
        "productType": PRODUCT_TYPE_OF[model],
        "countryCode": rng.choice(COUNTRIES),
        "details": [],
        "eox": {"status": None, "endOfSaleAt": None, "endOfSupportAt": None},
    }
