"""Evidence of made-up runs, and the report that is built from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from auditor.domain.co_term import CoTermAccount, CoTermKeys, CoTermOverview, co_term_outlook
from auditor.domain.device_family import device_use
from auditor.domain.device_use import DeviceUse, FamilyUse
from auditor.domain.entitlement import Entitlement
from auditor.domain.extra import Extra
from auditor.domain.license import License, LicenseState
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.overview import Overview, completed
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.domain.reducer import LicenseFold, Tally
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult
from auditor.domain.subscription import (
    Seats,
    Subscription,
    SubscriptionAccount,
    Violation,
    entitlements_of,
    subscription_outlook,
)
from auditor.domain.window import Windows
from auditor.report.document import (
    Evidence,
    RunFacts,
    TenantFacts,
    TrafficFacts,
    build_report,
    organization_block,
)
from tests.domain.builders import AS_OF, WINDOWS, PageOf, an_organization, licenses

RUN = RunFacts(
    id="run-1",
    started_at=datetime(2026, 3, 1, 12, 0, 1, 250_000, tzinfo=UTC),
    finished_at=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
    duration_seconds=3.7504,
)
TRAFFIC = TrafficFacts(
    requests=12,
    pages=6,
    redirects=1,
    refusals=1,
    retries=2,
    retries_by_class={"timeout": 1, "rateLimited": 1},
    failures=1,
    abandoned=1,
    rate_limited=1,
    bytes=4096,
    peak_in_flight=3,
    effective_rate=3.19999,
    budget_utilization=0.0319999,
)
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
"""Whole reports are slow to draw."""

SERVER = Failure(FailureClass.SERVER, "the server failed", http_status=503, attempts=5, request_id="r-1")
FORBIDDEN = Failure(FailureClass.FORBIDDEN, "no access", http_status=403, attempts=1)
NOT_ENABLED = Skip(SkipReason.API_DISABLED, "API access is disabled for this organization")


def a_result(
    organization_id: str = "501",
    pages: Sequence[Iterable[License]] = ((),),
    *,
    tenant: str = "acme",
    ending: Failure | Skip | None = None,
    detail: bool = False,
    missing: Mapping[Extra, Failure | None] = MappingProxyType({}),
    **changes: Any,
) -> OrganizationResult:
    """The result of an organization whose *pages* of licenses were folded."""
    fold = LicenseFold(WINDOWS, detail=detail)
    for page in pages:
        fold.fold(PageOf(tuple(page)))
    coverage, outlook = fold.close() if pages and ending is None else (None, None)
    return OrganizationResult(
        an_organization(organization_id, **changes),
        tenant,
        tally=fold.tally if pages else None,
        coverage=coverage,
        outlook=outlook,
        pages=len(pages),
        ending=ending,
        attention=fold.attention if pages else None,
        missing=missing,
    )


AN_OVERVIEW = Overview({"active": 7, "expiring": 2, "unused": 1, "paused": 1}, license_count=12, seats=50)


def an_abridged_result(
    organization_id: str = "501",
    licenses: Iterable[License] = (),
    *,
    plan: PlanKind = PlanKind.COUNTS,
    overview: Overview = AN_OVERVIEW,
    **changes: Any,
) -> OrganizationResult:
    """The result of an organization whose *overview* was asked, and *licenses* where the plan reads any."""
    fold = LicenseFold(WINDOWS)
    fold.fold(PageOf(tuple(licenses)))
    is_read = plan is PlanKind.TARGETED
    return OrganizationResult(
        an_organization(organization_id),
        tally=completed(fold.tally if is_read else Tally(), overview, finished=STATES_ASKED_FOR * is_read),
        pages=int(is_read),
        plan=plan,
        **{"tenant": "acme"} | changes,
    )


def a_co_term_result(
    organization_id: str = "601", account: CoTermAccount | None = None, **changes: Any
) -> OrganizationResult:
    """The result of an organization under co-termination that ends in 45 days and has too many devices."""
    overview = CoTermOverview("OK", AS_OF + timedelta(days=45), {"MV": 4, "MX64": 2})
    keys = CoTermKeys(3, 1, 1, 1, {"renew": 3}, {"appliance Enterprise": 1}, {"MX64": 2})
    use = DeviceUse.of({"MV": FamilyUse(4, 6), "MX64": FamilyUse(2, 1)}, unmatched={"MG21": 1})
    account = account or CoTermAccount(overview, keys, use)
    if Extra.INVENTORY in changes.get("missing", {}):
        account = replace(account, use=None)
    return OrganizationResult(
        an_organization(organization_id, licensing_model="co-term"),
        co_term=account,
        pages=2,
        **dict[str, Any](tenant="acme", outlook=co_term_outlook(account, WINDOWS)) | changes,
    )


LISTED = {
    "LIC-MX": Entitlement("MX", "appliance", "MX Small", "essentials", is_add_on=False, is_free=False),
    "MV": Entitlement("MV add-on", "camera", "MV", is_add_on=True),
}
"""What the vendor's list has of SKUs."""


def a_subscription(subscription_id: str = "77", **changes: Any) -> Subscription:
    """One of three seats for one organization, a year ahead, and one product class short of a seat."""
    fields: dict[str, Any] = {
        "name": "Branches",
        "status": "active",
        "kind": "termed",
        "starts_at": AS_OF - timedelta(days=700),
        "ends_at": AS_OF + timedelta(days=365),
        "renewal_requested": False,
        "organizations": 1,
        "networks": 4,
        "seats": {"LIC-MX": Seats(3, 2, 1)},
        "violations": (Violation("MX Small", AS_OF + timedelta(days=5), {"LIC-MX": 1}),),
    }
    return Subscription(subscription_id, **fields | changes)


def a_subscription_result(
    organization_id: str = "701", *subscriptions: Subscription, **changes: Any
) -> OrganizationResult:
    """The result of an organization under *subscriptions*, of whose SKUs some are listed."""
    lacks = changes.get("missing", {})
    account = SubscriptionAccount(
        subscriptions,
        is_compliance_known=Extra.COMPLIANCE not in lacks,
        entitlements=None if Extra.SKUS in lacks else entitlements_of(subscriptions, LISTED),
    )
    return OrganizationResult(
        an_organization(organization_id, licensing_model="subscription"),
        subscriptions=account,
        outlook=subscription_outlook(account, WINDOWS),
        **{"tenant": "acme"} | changes,
    )


def a_report(
    *results: OrganizationResult,
    windows: Windows = WINDOWS,
    seen: int | None = None,
    interrupted: str | None = None,
    discovery_failures: Sequence[DiscoveryFailure] = (),
    is_reconciled: bool = False,
) -> dict[str, Any]:
    """The report on *results*."""
    evidence = Evidence(
        windows=windows,
        tenants=[TenantFacts("acme", ("gold",), "Ada"), TenantFacts("north")],
        seen=len(results) if seen is None else seen,
        digest=digest_of(results),
        discovery_failures=discovery_failures,
        is_reconciled=is_reconciled,
    )
    run = RunFacts(RUN.id, RUN.started_at, RUN.finished_at, RUN.duration_seconds, interrupted)
    head = build_report(evidence, tool_version="1.2.3", run=run, traffic=TRAFFIC)
    ordered = sorted(results, key=lambda one: (one.tenant, one.organization.id))
    return head | {"organizations": [organization_block(one, windows) for one in ordered]}


def digest_of(results: Iterable[OrganizationResult]) -> Digest:
    """What a run keeps of *results*."""
    digest = Digest()
    for result in results:
        digest.add(result)
    return digest


def failures() -> st.SearchStrategy[Failure]:
    """Any failure."""
    return st.builds(
        Failure,
        st.sampled_from(FailureClass),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        http_status=st.none() | st.integers(400, 599),
        attempts=st.integers(0, 5),
        request_id=st.none() | st.just("r-1"),
    )


def extras_missing(*extras: Extra) -> st.SearchStrategy[dict[Extra, Failure | None]]:
    """Any of *extras*, and why each could not be read; of SKUs the log alone says that."""
    return st.fixed_dictionaries(
        {}, optional={extra: st.none() if extra is Extra.SKUS else failures() for extra in extras}
    )


@st.composite
def organization_results(draw: st.DrawFn) -> OrganizationResult:
    """Any result that the engine can come to."""
    decoded = licenses().map(lambda one: one._replace(state=str(one.state)))  # plain text, as off the wire
    pages = draw(st.lists(st.lists(decoded, max_size=4), max_size=3))
    skips = st.builds(Skip, st.sampled_from(SkipReason), st.just("left out"))
    ending = draw(st.none() | failures()) if pages else draw(failures() | skips)
    result = a_result(
        draw(st.integers(1, 99).map(str)),
        pages,
        tenant=draw(st.sampled_from(["acme", "north"])),
        ending=ending,
        name=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
        licensing_model=draw(st.none() | st.sampled_from([*LicensingModel, "per-galaxy"])),
        api_enabled=draw(st.none() | st.booleans()),
        detail=draw(st.booleans()),
    )
    return replace(result, missing=draw(extras_missing(Extra.SEAT_USE))) if pages else result


@st.composite
def abridged_results(draw: st.DrawFn) -> OrganizationResult:
    """Any result that an overview has a part in."""
    counts = st.dictionaries(
        st.sampled_from([*map(str, LicenseState), "paused"]), st.integers(0, 9), min_size=1
    )
    overview = st.builds(
        Overview, counts, st.none() | st.integers(0, 60), seats=st.none() | st.integers(0, 99)
    )
    decoded = licenses().map(lambda one: one._replace(state=str(one.state)))
    rows = decoded.filter(lambda one: one.state in STATES_ASKED_FOR)
    return an_abridged_result(
        draw(st.integers(100, 199).map(str)),
        draw(st.lists(rows, max_size=4)),
        plan=draw(st.sampled_from([PlanKind.COUNTS, PlanKind.TARGETED])),
        overview=draw(overview),
        ending=draw(st.none() | failures()),
    )


def results_of_other_models() -> st.SearchStrategy[OrganizationResult]:
    """Results under co-termination and subscriptions; subscriptions may be shared."""
    counts = st.dictionaries(st.sampled_from(["MV", "MX64", "wireless"]), st.integers(0, 9))
    ends = st.none() | st.integers(-200, 2000).map(lambda days: AS_OF + timedelta(days=days))
    licensed = st.dictionaries(st.sampled_from(["MV", "MX64", "wireless", "SM"]), st.integers(0, 9))
    statuses = st.none() | st.sampled_from(["OK", "License Required", "N/A", "Expired"])
    overviews = (
        st.builds(CoTermOverview, statuses, ends, licensed=licensed)
        | st.builds(
            CoTermOverview, statuses, ends, knows_devices=st.just(value=False), knows_seats=st.booleans()
        )
        | st.builds(CoTermOverview, statuses, ends, licensed=counts, knows_seats=st.just(value=False))
    )
    keys = st.builds(CoTermKeys, st.integers(0, 9), by_mode=counts, devices_by_model=counts)
    uses = st.builds(
        device_use, st.just({"MV": 3}), counts, warm_spares=st.integers(0, 3), is_whole=st.booleans()
    )
    accounts = st.builds(CoTermAccount, overviews, st.none() | keys, st.none() | uses)
    violations = st.lists(st.builds(Violation, st.just("MX"), ends, counts), max_size=2).map(tuple)
    subscriptions = st.builds(
        a_subscription,
        st.sampled_from("123"),
        status=st.sampled_from(["active", "canceled", "odd"]),
        ends_at=ends,
        violations=violations,
    )
    several = st.lists(subscriptions, max_size=2, unique_by=lambda one: one.id)
    endings = st.none() | failures()
    return st.builds(
        a_co_term_result,
        st.integers(200, 299).map(str),
        accounts,
        ending=endings,
        missing=extras_missing(Extra.INVENTORY),
    ) | st.builds(
        lambda number, held, ending, lacks: a_subscription_result(
            str(number), *held, ending=ending, missing=lacks
        ),
        st.integers(300, 399),
        several,
        endings,
        extras_missing(Extra.SKUS, Extra.COMPLIANCE),
    )


def reports() -> st.SearchStrategy[dict[str, Any]]:
    """Any report that a run can end with."""
    results = st.lists(
        organization_results() | abridged_results() | results_of_other_models(),
        max_size=5,
        unique_by=lambda one: (one.tenant, one.organization.id),
    )
    broken = st.lists(st.builds(DiscoveryFailure, st.sampled_from(["acme", "north"]), failures()), max_size=2)
    return st.builds(
        lambda found, reason, lists: a_report(*found, interrupted=reason, discovery_failures=lists),
        results,
        st.none() | st.just("stopped by SIGINT"),
        broken,
    )
