"""What each kind of failing answer becomes in the report, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import a_world, audit_inside

QUICK: dict[str, Any] = {
    "organization_rate": 1e4,
    "organization_burst": 1e4,
    "address_rate": 1e4,
    "attempts": 2,
    "retry_after_cap": 0.01,
}

FATES = [
    (FaultKind.STATUS_500, "failed", "server", 2),
    (FaultKind.STATUS_502, "failed", "server", 2),
    (FaultKind.STATUS_503, "failed", "server", 2),
    (FaultKind.STATUS_504, "failed", "server", 2),
    (FaultKind.STATUS_530, "failed", "server", 2),
    (FaultKind.RESET, "failed", "connection", 2),
    (FaultKind.RATE_LIMITED, "failed", "rateLimited", 2),
    (FaultKind.RATE_LIMITED_DATE, "failed", "rateLimited", 2),
    (FaultKind.RATE_LIMITED_DECIMAL, "failed", "rateLimited", 2),
    (FaultKind.HTML, "failed", "badResponse", 2),
    (FaultKind.EMPTY_BODY, "failed", "badResponse", 2),
    (FaultKind.TRUNCATED, "failed", "badResponse", 2),
    # A 200 whose body is the vendor's rate limit text, as its hosted proxies pass it on.
    (FaultKind.WRONG_SHAPE, "failed", "rateLimited", 2),
    (FaultKind.NOT_FOUND, "failed", "notFound", 1),
    (FaultKind.FORBIDDEN, "failed", "forbidden", 1),
    (FaultKind.API_DISABLED_SHARD, "skipped", "apiDisabled", None),
    (FaultKind.API_DISABLED_TEXT, "skipped", "apiDisabled", None),
    (FaultKind.UNSUPPORTED_MODEL, "failed", "unsupportedModel", 0),
    (FaultKind.OTHER_WORDS, "failed", "unsupportedModel", 0),
    (FaultKind.NOT_ENTITLED, "failed", "forbidden", 1),
    (FaultKind.PARTIAL_CONTENT, "failed", "badResponse", 2),
    (FaultKind.LINK_LOOP, "partial", "pagination", 0),
    (FaultKind.LINK_OFF_HOST, "partial", "pagination", 0),
    (FaultKind.LINK_UNREADABLE, "partial", "pagination", 0),
    (FaultKind.SLOW, "audited", None, None),
    (FaultKind.DUPLICATE_PAGE, "audited", None, None),
]


@pytest.mark.parametrize(("kind", "status", "named", "attempts"), FATES, ids=[fate[0] for fate in FATES])
async def test_a_failing_organization_is_classified_and_leaves_the_others_unharmed(
    kind: FaultKind, status: str, named: str | None, attempts: int | None
) -> None:
    """One row of the table: how it ends, under which name, after how many attempts."""
    world = a_world(3, 1500, profile="uniform")
    async with Simulator(world, budgets=False) as simulator:
        victim = simulator.world.organizations[1]["id"]
    plan = FaultPlan(organizations={victim: kind}, slow_seconds=0.2)
    async with Simulator(world, budgets=False, faults=plan) as simulator:
        report = await audit_inside(simulator.base_url, **QUICK)

    fates = {one["id"]: one for one in report["organizations"]}
    hit = fates.pop(victim)
    assert hit["status"] == status
    assert named in {hit["error"], hit["reason"]}
    assert {one["status"] for one in fates.values()} == {"audited"}
    assert report["completeness"]["organizations"][status] >= 1
    assert report["completeness"]["complete"] is (status in {"audited", "skipped"})
    errors = {one["organizationId"]: one for one in report["errors"]}
    assert set(errors) == ({victim} if status in {"failed", "partial"} else set())
    if errors:
        assert (errors[victim]["class"], errors[victim]["attempts"]) == (named, attempts)


async def test_a_page_served_twice_is_counted_once_and_noted() -> None:
    """Duplicates are a note about the data, not an inflated count."""
    world = a_world(1, 1500, profile="uniform")
    async with Simulator(world, budgets=False) as simulator:
        victim = simulator.world.organizations[0]["id"]
    plan = FaultPlan(organizations={victim: FaultKind.DUPLICATE_PAGE})
    async with Simulator(world, budgets=False, faults=plan) as simulator:
        report = await audit_inside(simulator.base_url, **QUICK)

    (organization,) = report["organizations"]
    assert organization["licenses"]["total"] == 1500
    assert organization["notes"]["duplicateLicense"] == 1500


async def test_a_dead_key_fails_its_organizations_without_asking_for_each() -> None:
    """One 401 in the middle of a run ends the use of that key."""
    world = a_world(400, 1, profile="uniform")
    async with Simulator(world, budgets=False) as simulator:
        victim = simulator.world.organizations[0]["id"]
    plan = FaultPlan(organizations={victim: FaultKind.UNAUTHORIZED})
    async with Simulator(world, budgets=False, faults=plan, latency=0.02) as simulator:
        report = await audit_inside(simulator.base_url, **QUICK | {"max_in_flight": 4})

    assert report["completeness"]["failedByClass"].keys() == {"auth"}
    assert report["completeness"]["organizations"]["failed"] > 350
    assert report["traffic"]["requests"] < 30
