from __future__ import annotations

import asyncio
import re
from functools import cache

import pytest

from tests.semantics.page import FIGURES, OPERATIONS, Figure, places
from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    Row,
    a_device,
    a_key,
    a_license,
    a_status,
    a_subscription,
    a_violation,
    an_entitlement,
    an_overview,
    at,
    in_words,
    on_device,
    on_network,
    queued,
    seats_in_use,
    unused,
    unused_active,
)
from tests.semantics.vendor import Audited, audit, co_term, per_device, subscribed

PATHS = {
    "getOrganizationLicenses": r"/organizations/\d+/licenses\?",
    "getOrganizationLicensesOverview": r"/organizations/\d+/licenses/overview",
    "getOrganizationLicensingCotermLicenses": r"/organizations/\d+/licensing/coterm/licenses\?",
    "getOrganizationInventoryDevices": r"/organizations/\d+/inventory/devices\?.*usedState=used",
    "getAdministeredLicensingSubscriptionSubscriptions": (
        r"/administered/licensing/subscription/subscriptions\?"
    ),
    "getAdministeredLicensingSubscriptionSubscriptionsComplianceStatuses": (
        r"/administered/licensing/subscription/subscriptions/compliance/statuses\?"
    ),
    "getAdministeredLicensingSubscriptionEntitlements": r"/administered/licensing/subscription/entitlements$",
}
"""Where the vendor has each operation (OpenAPI 1.73.0)."""

MANY = [
    on_device(1, at(20), state="expiring"),
    queued(2, 365, serial=DEVICE),
    on_device(3, at(20), serial=OTHER_DEVICE, state="expiring"),
    on_device(4, at(25), serial="Q2XX-TEST-0003", licenseType="MR-ENT"),
    unused(5),
    unused_active(6),
]


def licenses(*, altered: bool) -> list[Row]:
    """The list of an organization; altered, all of it is another but that it has Systems Manager seats."""
    if altered:
        endless = on_device(9, None)
        return [on_network(7, at(800), seats=10), on_network(8, at(900), seats=20), endless]
    return [*MANY, on_network(7, at(800), seats=25)]


def overviews(*, altered: bool) -> tuple[Row, str, str, dict[str, int]]:
    """What an overview tells under per-device licensing, and the three things it does under the other."""
    if altered:
        return (
            an_overview(active=1, seats=seats_in_use(9, 8, 1, 7)),
            "License Required",
            in_words(800),
            {"MX64": 2, "SM": 20},
        )
    return (
        an_overview(active=1, seats=seats_in_use(40, 22, 15, 23)),
        "OK",
        in_words(20),
        {"MX64": 7, "SM": 50},
    )


def subscriptions(*, altered: bool) -> list[Row]:
    """Those of the second of two organizations."""
    if altered:
        seats = {"limit": 1, "assigned": 1, "available": 0}
        another = a_subscription(
            79, status="out_of_compliance", entitlements=[{"sku": "LIC-MV", "seats": seats}]
        )
        return [a_subscription(78, ends=at(20)), another]
    return [a_subscription(78)]


async def audit_of(source: str | None) -> Audited:
    """The audit of organizations of all models; what comes from *source* is another than otherwise."""
    overview, status, expires_on, licensed = overviews(altered=source == "O")
    violations = [a_violation("MX", at(5), LIC_MX=2, LIC_MR=1), a_violation("MV", None, LIC_MV=1)]
    return await audit(
        per_device(*licenses(altered=source == "L"), overview=overview),
        per_device(a_license(9, "unused", licenseType="MR-ENT"), number="502"),
        co_term(
            status,
            expires_on,
            licensed,
            keys=[a_key(1), a_key(2)][: 1 if source == "K" else 2],
            devices=[a_device(1, "MX64"), a_device(2, "MX64")][: 1 if source == "D" else 2],
        ),
        subscribed(
            a_subscription(77),
            statuses=[] if source == "C" else [a_status(77, *violations)],
        ),
        subscribed(*subscriptions(altered=source == "S"), number="702"),
        entitlements=[an_entitlement("LIC-MX", name="another" if source == "E" else "MX")],
    )


@cache
def audited(source: str | None) -> Audited:
    """The same, once for all tests of a process."""
    return asyncio.run(audit_of(source))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.path)
def test_every_figure_depends_on_the_sources_that_it_names_and_on_no_other(figure: Figure) -> None:
    """Another answer of an operation changes the figure if the table has its letter there, and only then."""
    usual = places(audited(None).report, figure.path)
    heeded = {source for source in OPERATIONS if places(audited(source).report, figure.path) != usual}

    assert usual
    assert heeded == figure.sources


def test_every_operation_that_is_named_is_asked_and_no_other() -> None:
    """But for the list of organizations."""
    asked = [path for path in audited(None).asked if not path.startswith("/organizations?")]
    told = {name: re.compile(PATHS[name]) for name in OPERATIONS.values()}

    assert told.keys() == PATHS.keys()
    for path in asked:
        assert sum(bool(pattern.match(path)) for pattern in told.values()) == 1, path
    for name, pattern in told.items():
        assert any(map(pattern.match, asked)), name
