"""Plans over real HTTP: what each asks, what it tells, and what `auditor plan` says of it before."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import orjson
import pytest

from auditor.domain.question import PlanKind
from auditor.engine.transport import Transport
from auditor.readers import http_transport
from auditor.report.schema.report import report_schema
from auditor.settings.key import ApiKey
from auditor.settings.model import AuditSettings, TenantSettings
from auditor.simulator.overview import per_device_overview
from auditor.simulator.server import Simulator
from auditor.simulator.truth import compare
from auditor.wire.message import Request, Response
from tests.end_to_end.driving import AS_OF, AS_OF_TEXT, a_world, audit_inside, auditor

pytestmark = pytest.mark.slow

FAST: dict[str, Any] = {"organization_rate": 1e4, "organization_burst": 1e4, "address_rate": 1e4}
IN_QUESTION = ("expiring", "unused", "unusedActive")
UNUSED = ("total", "unused", "unusedActive")
VALIDATOR = jsonschema_rs.validator_for(report_schema(), validate_formats=True)


async def audited(simulator: Simulator, plan: PlanKind, **given: Any) -> dict[str, Any]:
    """The report of *plan*, valid by the published schema; without the use of seats, unless *audit* asks."""
    given = {"audit": AuditSettings(plan=plan, seat_use=False)} | given
    report = await audit_inside(simulator.base_url, **FAST, **given)
    assert [str(error) for error in VALIDATOR.iter_errors(report)] == []
    return report


def nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def truths(simulator: Simulator) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in simulator.truth["organizations"] if one["status"] == "audited"}


class TestCounts:
    async def test_one_request_per_organization_gives_the_overviews_figures(self) -> None:
        """Every count that the vendor gives, null for every one that it does not."""
        async with Simulator(a_world(60, 300, profile="per-device"), budgets=False) as simulator:
            report = await audited(simulator, PlanKind.COUNTS)
            truth = truths(simulator)
            assert simulator.stats["requests"] == len(truth) + 1

        blocks = {one["id"]: one for one in report["organizations"] if one["status"] == "audited"}
        assert blocks.keys() == truth.keys()
        for organization_id, block in blocks.items():
            rows = simulator.world.iterate_licenses(organization_id)
            overview = per_device_overview(rows, AS_OF)
            counts = {state: told["count"] for state, told in overview["states"].items()}
            assert block["plan"] == "counts"
            assert block["licenses"]["byType"] is None
            assert block["licenses"]["byState"] == counts
            assert block["licenses"]["total"] == overview["licenseCount"]
            assert (block["expiring"]["total"], block["expiring"]["within"]) == (counts["expiring"], None)
            assert block["unused"]["total"] == counts["unused"] + counts["unusedActive"]
            assert block["seats"]["total"] == overview["systemsManager"]["counts"]["totalSeats"]
            assert nonzero(block["licenses"]["byState"]) == truth[organization_id]["licenses"]["byState"]
        assert report["totals"]["organizations"]["byPlan"]["counts"] == len(blocks)
        assert report["traffic"]["requests"] == report["traffic"]["pages"] == len(blocks) + 1


class TestTargeted:
    async def test_large_organizations_take_fewer_requests_and_keep_their_counts(self) -> None:
        """Nine pages become an overview and three pages, and the truth stays the truth."""
        world = a_world(4, 9000, profile="uniform")
        async with Simulator(world, budgets=False) as simulator:
            full = await audited(simulator, PlanKind.FULL)
            targeted = await audited(simulator, PlanKind.TARGETED)
            truth = truths(simulator)

        assert full["traffic"]["requests"] == 4 * 9 + 1
        assert targeted["traffic"]["requests"] == 4 * (1 + sum_of_pages(truth)) + 1 < 4 * 9 + 1
        for block in targeted["organizations"]:
            told = truth[block["id"]]
            assert block["plan"] == "targeted"
            assert block["licenses"]["total"] == told["licenses"]["total"]
            assert nonzero(block["licenses"]["byState"]) == told["licenses"]["byState"]
            assert block["expiring"]["total"] == told["expiring"]["total"]
            assert {name: block["unused"][name] for name in UNUSED} == {
                name: told["unused"][name] for name in UNUSED
            }
            assert block["licenses"]["byType"] == {
                name: states
                for name, all_states in sorted(told["licenses"]["byType"].items())
                if (states := {state: all_states[state] for state in IN_QUESTION if state in all_states})
            }
            for days, count in block["expiring"]["within"].items():
                assert 0 < count <= told["expiring"]["within"][days]

    async def test_organizations_that_are_known_to_be_small_are_read_at_once(self) -> None:
        """Then a targeted audit is the full one, request for request and figure for figure."""
        async with Simulator(a_world(30, 300, profile="per-device"), budgets=False) as simulator:
            full = await audited(simulator, PlanKind.FULL, audit=AuditSettings())
            sizes = {one["id"]: one["pages"] for one in full["organizations"] if one["pages"] == 1}
            assert len(sizes) > 10
            audit = AuditSettings(plan=PlanKind.TARGETED)
            targeted = await audited(simulator, PlanKind.TARGETED, audit=audit, previous_pages=sizes)

        assert compare(simulator.truth, targeted) == []
        assert targeted["traffic"]["requests"] == full["traffic"]["requests"]


def sum_of_pages(truth: dict[str, dict[str, Any]]) -> int:
    """Pages of the states in question; the same for each organization of *truth*."""
    by_state = [one["licenses"]["byState"] for one in truth.values()]
    pages: int
    (pages,) = {sum(math.ceil(one.get(state, 0) / 1000) for state in IN_QUESTION) for one in by_state}
    return pages


@dataclass
class Forgetful:
    """Drops the last expiring license of one organization's list on its way."""

    inner: Transport
    organization_id: str

    async def send(self, request: Request) -> Response:
        """The answer of the server, but for one license."""
        response = await self.inner.send(request)
        if request.organization_id != self.organization_id or "overview" in request.url:
            return response
        rows = orjson.loads(response.body)
        victim = max(n for n, row in enumerate(rows) if row["state"] == "expiring")
        return replace(response, body=orjson.dumps(rows[:victim] + rows[victim + 1 :]))


class TestReconcile:
    async def test_a_clean_fleet_gives_no_finding(self) -> None:
        """List and overview count the same, for one request more per organization; how many is told."""
        async with Simulator(a_world(60, 300, profile="per-device"), budgets=False) as simulator:
            audit = AuditSettings(reconcile=True)
            report = await audited(simulator, PlanKind.FULL, audit=audit)
            plain = await audited(simulator, PlanKind.FULL)

        assert compare(simulator.truth, report) == []
        assert report["findings"] == []
        assert "findings" not in plain
        audited_count = report["completeness"]["organizations"]["audited"]
        assert (report["completeness"]["reconciled"], plain["completeness"]["reconciled"]) == (
            audited_count,
            None,
        )
        assert report["traffic"]["requests"] == plain["traffic"]["requests"] + audited_count

    async def test_a_license_that_the_list_lacks_is_found(self) -> None:
        """Exactly that, with an id that stays, and the audit is complete all the same."""
        async with Simulator(a_world(6, 300, profile="uniform"), budgets=False) as simulator:
            victim = simulator.world.organizations[2]["id"]
            truth = truths(simulator)[victim]

            def forgetful(session: aiohttp.ClientSession, tenant: TenantSettings, key: ApiKey) -> Forgetful:
                return Forgetful(http_transport(session, tenant, key, timeout=10.0), victim)

            given = {"audit": AuditSettings(reconcile=True), "make_transport": forgetful}
            first = await audited(simulator, PlanKind.FULL, **given)
            second = await audited(simulator, PlanKind.FULL, **given)

        total, expiring = truth["licenses"]["total"], truth["expiring"]["total"]
        assert {(one["organizationId"], one["subject"], one["message"]) for one in first["findings"]} == {
            (victim, "total", f"the list has {total - 1}, the overview says {total}"),
            (victim, "byState.expiring", f"the list has {expiring - 1}, the overview says {expiring}"),
        }
        assert first["findings"] == second["findings"]
        assert first["completeness"]["complete"] is True


class TestCommands:
    async def test_a_plan_and_its_findings_are_told_by_the_command_line(self) -> None:
        """By option or by environment; findings do not change the exit code."""
        async with Simulator(a_world(profile="per-device")) as simulator:
            base = ("run", "--base-url", simulator.base_url, "--as-of", AS_OF_TEXT)
            counts = await auditor(*base, "--plan", "counts")
            reconciled = await auditor(*base, AUDITOR_AUDIT_RECONCILE="yes")
            taken_back = await auditor(*base, "--no-reconcile", AUDITOR_AUDIT_RECONCILE="yes")

        assert (counts.code, reconciled.code, taken_back.code) == (0, 0, 0)
        assert {one["plan"] for one in counts.report["organizations"]} == {"counts"}
        assert "organizations counts" in counts.stderr
        assert reconciled.report["findings"] == []
        assert "findings" not in taken_back.report

    async def test_to_reconcile_without_lists_is_refused(self) -> None:
        """Nothing would be compared, and no finding would look like agreement."""
        told = await auditor("run", "--plan", "counts", "--reconcile")

        assert (told.code, told.stdout) == (2, "")
        assert "--reconcile: compares lists with overviews, and the plan counts reads no list" in told.stderr

    @pytest.mark.parametrize("reconcile", [(), ("--reconcile",)])
    async def test_a_forecast_of_known_sizes_is_what_the_run_then_asks(
        self, tmp_path: Path, reconcile: tuple[str, ...]
    ) -> None:
        """To the request; and it asks for the list of organizations only."""
        old, new = tmp_path / "old.json", tmp_path / "new.json"
        async with Simulator(a_world(30, 900, profile="per-device")) as simulator:
            base = ("--base-url", simulator.base_url, "--exclude", "*1", "--no-seat-use")
            await auditor("run", *base, "-o", str(old))
            before = simulator.stats["requests"]
            told = await auditor("plan", *base, *reconcile, "--previous", str(old), "--format", "json")
            assert simulator.stats["requests"] == before + 1
            done = await auditor("run", *base, *reconcile, "-o", str(new))

        foresight, report = json.loads(told.stdout), json.loads(new.read_text())
        counts = report["completeness"]["organizations"]
        assert (told.code, done.code) == (0, 0)
        assert foresight["organizations"] == {
            "seen": 30,
            "selected": counts["selected"],
            "toRead": counts["audited"],
            "knownSize": counts["audited"],
            "skippedByReason": report["completeness"]["skippedByReason"],
        }
        asked_for = report["traffic"]["requests"] - report["traffic"]["retries"]
        another_look = counts["audited"] if reconcile else 0
        assert foresight["plans"]["full"]["requests"] == {
            "least": asked_for,
            "most": asked_for + another_look,
        }
        assert foresight["plans"]["full"]["leastSeconds"] <= report["run"]["durationSeconds"] + 1
        assert foresight["plans"]["counts"]["requests"]["most"] == counts["audited"] + 1
        assert foresight["latencySeconds"] > 0

    async def test_a_forecast_is_told_as_a_table(self) -> None:
        """What is to be read, how much of it is known, and what bounds each plan."""
        async with Simulator(a_world(), latency=0.02) as simulator:
            told = await auditor("plan", "--base-url", simulator.base_url)

        lines = told.stdout.splitlines()
        assert (told.code, told.stderr) == (0, "")
        assert "12 of 12 organizations selected" in lines[0]
        assert lines[1].startswith("0 of known size")
        assert lines[4].split() == ["plan", "requests", "at", "least", "bound", "by"]
        assert [line.split()[0] for line in lines[5:]] == ["full", "targeted", "counts"]
        assert "the address budget" in lines[5] or "the longest chain" in lines[5]

    async def test_a_forecast_of_all_licensing_models_holds(self, tmp_path: Path) -> None:
        """Between the least and the most, for what nobody can know before."""
        old, new = tmp_path / "old.json", tmp_path / "new.json"
        async with Simulator(a_world(60, 300), budgets=False) as simulator:
            base = ("--base-url", simulator.base_url, "--address-rate", "1000")
            await auditor("run", *base, "-o", str(old))
            told = await auditor("plan", *base, "--previous", str(old), "--format", "json")
            for plan in ("full", "targeted", "counts"):
                await auditor("run", *base, "--plan", plan, "--previous", str(old), "-o", str(new))
                asked_for = json.loads(new.read_text())["traffic"]["requests"]
                foretold = json.loads(told.stdout)["plans"][plan]["requests"]

                assert foretold["least"] <= asked_for <= foretold["most"], plan

    async def test_a_forecast_for_the_past_knows_that_every_list_is_read(self) -> None:
        """No overview is asked where none can help."""
        async with Simulator(a_world(profile="per-device")) as simulator:
            base = ("plan", "--base-url", simulator.base_url, "--format", "json", "--no-seat-use")
            past = json.loads((await auditor(*base, AUDITOR_AUDIT_AS_OF=AS_OF_TEXT)).stdout)["plans"]
            present = json.loads((await auditor(*base)).stdout)["plans"]

        assert past["targeted"]["requests"] == past["full"]["requests"] == present["full"]["requests"]
        assert present["targeted"]["requests"]["most"] > past["targeted"]["requests"]["most"]

    async def test_a_forecast_needs_a_list_of_organizations(self) -> None:
        """Without one there is nothing to tell, and the reason is told."""
        async with Simulator(a_world(), keys={"another key": None}) as simulator:
            told = await auditor("plan", "--base-url", simulator.base_url)

        assert (told.code, told.stdout) == (4, "")
        assert "the API key was refused" in told.stderr

    async def test_an_earlier_report_that_is_none_is_a_mistake(self, tmp_path: Path) -> None:
        """Whoever names one wants it used."""
        told = await auditor("plan", "--previous", str(tmp_path / "none.json"))

        assert (told.code, told.stdout) == (2, "")
        assert "--previous" in told.stderr
