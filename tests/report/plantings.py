"""Reports with words planted in them that stand nowhere else, so that it shows where they come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from auditor.domain.finding import disagreement
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.domain.subscription import Violation
from auditor.report.reading import Document, read_report
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, a_license
from tests.report.evidences import (
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
)

TENANTS = ("Quixor Retail", "Vantrell", "zymbra/East")
"""Names of three customers."""


def words_of(tenant: str) -> list[str]:
    """All words that are planted for *tenant* alone, its name included."""
    mark = TENANTS.index(tenant) + 1
    kinds = ("Store", "Failed", "Yard", "Agreement", "Denied", "contact", "tag")
    numbers = [f"{mark}{number}000771" for number in range(1, 6)]
    return [tenant, *(f"{kind}{tenant[:6]}" for kind in kinds), *numbers]


def names_of(tenant: str) -> list[str]:
    """Those of `words_of` that are a name or an id somewhere, and are not only said in a message."""
    return [word for word in words_of(tenant) if not word.startswith("Denied")]


def results_of(tenant: str) -> Iterator[OrganizationResult]:
    """An organization of each licensing model, one that failed, and findings, all of *tenant*."""
    _, store, failed, yard, agreement, denied, _, _, *ids = words_of(tenant)
    soon = a_license(id="1", state="expiring", expires_at=AS_OF + timedelta(days=20))
    unused = a_license(id="2", state="unused", device_serial=None, license_type="MR-ENT", term=timedelta(365))
    message = f"{denied} of {store} and of {', '.join(map(store_of, TENANTS))}; see {ids[0]}"
    failure = Failure(FailureClass.SERVER, message, http_status=503, attempts=5, request_id="r-1")
    own = a_result(ids[0], [[soon, unused]], tenant=tenant, name=store)
    finding = disagreement(ids[0], tenant, subject="total", message=f"{message} at {ids[0]}")
    yield replace(own, findings=(finding,), is_reconciled=True)
    needy = soon._replace(license_type="MR-ENT")  # which the license of the first organization would fit
    yield a_result(f"{ids[0]}9", [[needy]], tenant=tenant, name=store)
    yield a_result(ids[1], [], tenant=tenant, name=failed, ending=failure)
    yield a_co_term_result(ids[2], tenant=tenant)
    shared = a_subscription("99000771", name="Joint", organizations=4)
    violation = Violation("MX Small", AS_OF + timedelta(days=5 + len(tenant)), {"LIC-MX": 1})
    held = a_subscription(ids[3], name=agreement, violations=(violation,))
    yield a_subscription_result(ids[4], held, shared, tenant=tenant)
    other = a_co_term_result(f"{ids[2]}9", tenant=tenant)
    yield replace(other, organization=replace(other.organization, name=yard))


def store_of(tenant: str) -> str:
    """The name of the first organization of *tenant*."""
    return words_of(tenant)[1]


def a_planted_report(*tenants: str, interrupted: str | None = None) -> Document:
    """The report on *tenants*, as its readers get it; the list of the first one's organizations is cut."""
    results = [one for tenant in tenants for one in results_of(tenant)]
    unlisted = [
        DiscoveryFailure(tenant, Failure(FailureClass.AUTH, f"{tenant}: no")) for tenant in tenants[:1]
    ]
    report = a_report(*results, interrupted=interrupted, discovery_failures=unlisted, is_reconciled=True)
    report["tenants"] = [
        {"name": one, "tags": [words_of(one)[7]], "contact": words_of(one)[6]} for one in tenants
    ]
    return read_report(to_json(report))


def texts_in(value: Any) -> Iterator[str]:
    """Every text in *value*, and every key."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from texts_in(one)
