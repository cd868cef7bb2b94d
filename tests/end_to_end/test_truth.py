"""The audit over real HTTP against an oracle that shares no code with it."""

from __future__ import annotations

import asyncio
from typing import Any

import jsonschema_rs
import orjson
import pytest

from auditor.report.schema.report import report_schema
from auditor.settings.model import AuditSettings
from auditor.simulator.budgets import BudgetLimits
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.truth import compare, compare_attention
from tests.end_to_end.driving import KEY, a_world, audit_inside, auditor, lasting
from tests.simulator.vendor_sdk import count_with_vendor_sdk

pytestmark = pytest.mark.slow

NO_LIMITS: dict[str, Any] = {"organization_rate": 1e4, "organization_burst": 1e4, "address_rate": 1e4}


@pytest.mark.virtual
async def test_two_thousand_organizations_within_the_vendors_budgets() -> None:
    """Not one 429 from a server that enforces both budgets, and the report equals the truth.

    Real HTTP on a virtual clock: a busy machine stops both sides, and so cannot bunch requests up.
    """
    async with Simulator(a_world(2000, 25)) as simulator:
        report = await audit_inside(simulator.base_url)

        assert compare(simulator.truth, report) == []
        assert simulator.stats["rateLimited"] == {"organization": 0, "address": 0}
        assert report["traffic"]["rateLimited"] == 0
        assert report["traffic"]["requests"] == simulator.stats["requests"]


async def test_a_tenth_of_all_answers_failing_costs_retries_and_nothing_else() -> None:
    """5xx, resets, 429s and slowness: the report equals the truth, and every retry is accounted for."""
    faults = FaultPlan(rate=0.1, seed=3, slow_seconds=0.3)
    budgets = BudgetLimits().scaled(10)
    async with Simulator(a_world(2000, 25), faults=faults, budgets=budgets) as simulator:
        report = await audit_inside(
            simulator.base_url, address_rate=900.0, organization_rate=100.0, retry_after_cap=0.2, attempts=6
        )
        stats = simulator.stats

    assert compare(simulator.truth, report) == []
    assert report["completeness"]["complete"] is True
    traffic = report["traffic"]
    failed_answers = sum(stats["faults"].values()) - stats["faults"].get(FaultKind.SLOW, 0)
    refused_by_budget = sum(stats["rateLimited"].values())
    assert failed_answers > 50
    assert traffic["retries"] == failed_answers + refused_by_budget
    answered = traffic["pages"] + traffic["refusals"]
    assert traffic["requests"] == stats["requests"] == answered + traffic["retries"]
    assert traffic["retries"] == sum(traffic["retriesByClass"].values())


async def test_many_pages_in_every_form_of_link_give_the_truth() -> None:
    """Absolute, quoted and relative links lead to the same counts."""
    for style in ("absolute", "quoted", "relative"):
        world = a_world(3, 4000, profile="uniform")
        async with Simulator(world, budgets=False, link_style=style) as simulator:
            report = await audit_inside(simulator.base_url, **NO_LIMITS)

            assert compare(simulator.truth, report) == []
            assert report["traffic"]["pages"] == 3 * 4 + 3 + 1  # an overview each, for the seats in use


async def test_detail_names_the_licenses_that_the_truth_does() -> None:
    """Each one of them, date by date and in order; never a key, and no figure changes."""
    async with Simulator(a_world(60, 120), budgets=False) as simulator:
        report = await audit_inside(simulator.base_url, audit=AuditSettings(detail=True), **NO_LIMITS)
        keys = {
            row["licenseKey"]
            for organization_id in simulator.world.attention
            for row in simulator.world.iterate_licenses(organization_id)
        }

        assert compare(simulator.truth, report) == []
        assert compare_attention(simulator.world.attention, report) == []
        assert sum(map(len, simulator.world.attention.values())) > 500
    text = orjson.dumps(report).decode()
    assert len(keys) > 1000
    assert [key for key in keys if key in text] == []


async def test_the_vendors_own_sdk_counts_the_same() -> None:
    """Two clients that share nothing, one server: the same counts prove both."""
    async with Simulator(a_world(10, 300), budgets=False) as simulator:
        counted = await asyncio.to_thread(count_with_vendor_sdk, simulator.base_url, KEY)
        audited = await auditor("run", "--base-url", simulator.base_url, "--as-of", "2026-03-01T12:00:00Z")

    report = audited.report
    assert audited.code == 0
    by_state = {state: n for state, n in report["totals"]["licenses"]["byState"].items() if n}
    assert by_state == {state: n for state, n in counted["byState"].items() if n}
    assert report["totals"]["licenses"]["total"] == counted["total"]
    for organization in report["organizations"]:
        if "licenses" in organization:
            of_sdk = counted["organizations"][organization["id"]]
            of_report = {state: n for state, n in organization["licenses"]["byState"].items() if n}
            assert of_report == {state: n for state, n in of_sdk.items() if n}


async def test_the_same_fleet_at_the_same_time_gives_the_same_bytes() -> None:
    """Latency, order and retries leave no trace outside `run` and `traffic`."""
    reports = []
    for latency, faults in ((0.0, 0.0), (0.02, 0.2)):
        plan = FaultPlan(rate=faults, slow_seconds=0.1)
        async with Simulator(a_world(40, 100), budgets=False, latency=latency, faults=plan) as simulator:
            reports.append(
                await audit_inside(simulator.base_url, **NO_LIMITS, attempts=8, retry_after_cap=0.05)
            )

    assert lasting(reports[0]) == lasting(reports[1])
    assert reports[0]["traffic"] != reports[1]["traffic"]


async def test_the_report_follows_its_published_schema() -> None:
    """Complete, partial, failed and skipped organizations alike, judged by an independent validator."""
    world = a_world(60, 30)
    async with Simulator(world, budgets=False) as simulator:
        ids = [
            one["id"] for one in simulator.world.organizations if one["licensing"]["model"] == "per-device"
        ]
    struck = {ids[0]: FaultKind.FORBIDDEN, ids[1]: FaultKind.LINK_LOOP, ids[2]: FaultKind.API_DISABLED_TEXT}
    plan = FaultPlan(organizations=struck)
    async with Simulator(world, budgets=False, faults=plan) as simulator:
        report = await audit_inside(simulator.base_url, **NO_LIMITS)

    validator = jsonschema_rs.validator_for(report_schema(), validate_formats=True)
    assert [str(error) for error in validator.iter_errors(report)] == []
    assert {one["status"] for one in report["organizations"]} >= {"audited", "failed", "skipped"}
    assert jsonschema_rs.meta.is_valid(report_schema())
