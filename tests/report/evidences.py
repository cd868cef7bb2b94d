"""Evidence of made-up runs, and the report that is built from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from auditor.domain.license import License, LicenseState
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.overview import Overview, completed
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.domain.reducer import LicenseFold, Tally
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult
from auditor.report.document import Evidence, RunFacts, TrafficFacts, build_report, organization_block
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
FEW = settings(max_examples=30)
"""Whole reports are slow to draw."""

SERVER = Failure(FailureClass.SERVER, "the server failed", http_status=503, attempts=5, request_id="r-1")
NOT_ENABLED = Skip(SkipReason.API_DISABLED, "API access is disabled for this organization")


def a_result(
    organization_id: str = "501",
    pages: Sequence[Iterable[License]] = ((),),
    *,
    tenant: str = "acme",
    ending: Failure | Skip | None = None,
    **changes: Any,
) -> OrganizationResult:
    """The result of an organization whose *pages* of licenses were folded."""
    fold = LicenseFold(WINDOWS)
    for page in pages:
        fold.fold(PageOf(tuple(page)))
    return OrganizationResult(
        an_organization(organization_id, **changes),
        tenant,
        tally=fold.tally if pages else None,
        pages=len(pages),
        ending=ending,
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


def a_report(
    *results: OrganizationResult,
    windows_days: tuple[int, ...] = WINDOWS.days,
    seen: int | None = None,
    interrupted: str | None = None,
    discovery_failures: Sequence[DiscoveryFailure] = (),
    is_reconciled: bool = False,
) -> dict[str, Any]:
    """The report on *results*."""
    evidence = Evidence(
        as_of=AS_OF,
        windows_days=windows_days,
        seen=len(results) if seen is None else seen,
        digest=digest_of(results),
        discovery_failures=discovery_failures,
        is_reconciled=is_reconciled,
    )
    run = RunFacts(RUN.id, RUN.started_at, RUN.finished_at, RUN.duration_seconds, interrupted)
    head = build_report(evidence, tool_version="1.2.3", run=run, traffic=TRAFFIC)
    ordered = sorted(results, key=lambda one: (one.tenant, one.organization.id))
    return head | {"organizations": [organization_block(one, windows_days) for one in ordered]}


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


@st.composite
def organization_results(draw: st.DrawFn) -> OrganizationResult:
    """Any result that the engine can come to."""
    decoded = licenses().map(lambda one: one._replace(state=str(one.state)))  # plain text, as off the wire
    pages = draw(st.lists(st.lists(decoded, max_size=4), max_size=3))
    skips = st.builds(Skip, st.sampled_from(SkipReason), st.just("left out"))
    ending = draw(st.none() | failures()) if pages else draw(failures() | skips)
    return a_result(
        draw(st.integers(1, 99).map(str)),
        pages,
        tenant=draw(st.sampled_from(["acme", "north"])),
        ending=ending,
        name=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
        licensing_model=draw(st.none() | st.sampled_from([*LicensingModel, "per-galaxy"])),
        api_enabled=draw(st.none() | st.booleans()),
    )


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


def reports() -> st.SearchStrategy[dict[str, Any]]:
    """Any report that a run can end with."""
    results = st.lists(
        organization_results() | abridged_results(),
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
