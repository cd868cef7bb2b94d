from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.world import WorldSpec
from tests.simulator.vendor_sdk import count_with_vendor_sdk

SPEC = WorldSpec(organizations=30, licenses=200, seed=11, as_of=datetime(2026, 3, 1, tzinfo=UTC))


def expected(truth: dict[str, Any]) -> dict[str, Any]:
    """What the SDK's counts must be, taken from the truth."""
    audited = [block for block in truth["organizations"] if block["status"] == "audited"]
    subscriptions = {
        one["id"]: one
        for block in audited
        if "subscription" in block
        for one in block["subscription"]["subscriptions"]
    }
    return {
        "total": truth["totals"]["licenses"]["total"],
        "byState": truth["totals"]["licenses"]["byState"],
        "organizations": {
            block["id"]: block["licenses"]["byState"] for block in audited if "licenses" in block
        },
        "coTerm": {
            block["id"]: {
                "status": block["coTerm"]["status"],
                "valid": block["coTerm"]["keys"]["total"] - block["coTerm"]["keys"]["invalidated"],
                "inUse": block["coTerm"]["use"]["inUse"] + block["coTerm"]["use"]["warmSpares"],
                "licensed": sum(block["coTerm"][name]["licensed"] for name in ("devices", "seats")),
            }
            for block in audited
            if "coTerm" in block
        },
        "subscriptions": {name: one["status"] for name, one in subscriptions.items()},
        "violations": {
            name: len(one["violations"]) for name, one in subscriptions.items() if one["violations"]
        },
    }


@pytest.mark.parametrize("link_style", ["absolute", "quoted"])
async def test_the_vendors_sdk_counts_what_is_true(link_style: str) -> None:
    """The vendor's own client takes the simulator for the API, page after page (see `vendor_sdk`)."""
    async with Simulator(SPEC, budgets=False, link_style=link_style) as simulator:
        counted = await asyncio.to_thread(count_with_vendor_sdk, simulator.base_url, "k" * 40, per_page=50)
        stats = simulator.stats

    assert counted == expected(simulator.truth)
    assert counted["total"] > 0
    assert counted["coTerm"]
    assert counted["subscriptions"]
    singles = 1 + len(counted["organizations"]) + 3 * len(counted["coTerm"]) + 3
    assert stats["requests"] > singles, "no list had a second page"
    assert set(stats["responses"]) == {"200"}


async def test_the_vendors_sdk_gets_through_budgets_and_refusals() -> None:
    """Refusals by budget and by fault are of the kinds that the vendor's client knows how to wait out."""
    plan = FaultPlan(rate=0.1, kinds=(FaultKind.RATE_LIMITED,), seed=2)
    spec = WorldSpec(organizations=2, licenses=30, seed=2, as_of=SPEC.as_of, profile="uniform")
    async with Simulator(spec, faults=plan) as simulator:
        counted = await asyncio.to_thread(count_with_vendor_sdk, simulator.base_url, "k" * 40, per_page=10)

        assert counted == expected(simulator.truth)
        assert simulator.stats["faults"]["rateLimited"] > 0
