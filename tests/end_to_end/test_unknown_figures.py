"""Runs over organizations of which something cannot be known: nothing of the run is lost, nothing is 0."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from tests.end_to_end.driving import AS_OF_TEXT, Ended, auditor
from tests.end_to_end.faults.replies import http, vendor_says
from tests.engine.raw_server import Exchange, raw_server

FORBIDDEN: Final = http(vendor_says("no access"), status="403 Forbidden")
SEATS: Final = {"limit": 10, "assigned": 4, "available": 6}
RULE: Final = '[[rules]]\nid = "no-more"\nfigure = "subscription.total"\nscope = "total"\nmax = 0\n'


def an_account(seats: Mapping[str, Any] = SEATS, **answers: bytes) -> dict[str, bytes]:
    """The answers about one organization with one subscription, by the end of the path; *answers* differ."""
    subscription = {
        "subscriptionId": "S-1",
        "name": "Velmora core",
        "status": "active",
        "type": "termed",
        "startDate": "2025-03-01T00:00:00Z",
        "endDate": "2028-03-01T00:00:00Z",
        "lastUpdatedAt": "2025-03-01T00:00:00Z",
        "webOrderId": "",
        "enterpriseAgreement": {},
        "renewalRequested": False,
        "smartAccount": {"status": "active", "account": None},
        "productTypes": ["wireless"],
        "counts": {"seats": dict(seats), "networks": 2, "organizations": 1},
        "entitlements": [{"sku": "LIC-A", "seats": dict(seats)}],
        "renewalDate": None,
    }
    organization = {
        "id": "701",
        "name": "Velmora",
        "api": {"enabled": True},
        "licensing": {"model": "subscription"},
    }
    return {
        "organizations": _listing(organization),
        "subscriptions": _listing(subscription),
        "statuses": _listing(
            {"subscription": {"id": "S-1", "name": "Velmora core"}, "violations": {"byProductClass": []}}
        ),
        "entitlements": _listing({"sku": "LIC-A", "name": "A"}),
    } | answers


def _listing(*rows: Any) -> bytes:
    return http(orjson.dumps(rows))


@asynccontextmanager
async def served(answers: Mapping[str, bytes]) -> AsyncIterator[str]:
    """The base URL of a vendor that gives *answers*, until the block ends."""

    async def reply(exchange: Exchange) -> None:
        path = exchange.head.split(b" ")[1].decode()
        match = re.search(r"(\w+)(?:\?|$)", path)
        await exchange.send(answers.get(match[1] if match else "", FORBIDDEN))

    async with raw_server(reply) as server:
        yield f"http://127.0.0.1:{server.port}/api/v1"


async def run_with_everything(folder: Path, answers: Mapping[str, bytes], *more: str) -> Ended:
    """One run that is to write all that a run can write."""
    async with served(answers) as base_url:
        return await auditor(
            *("run", "--base-url", base_url, "--as-of", AS_OF_TEXT, "--output", str(folder / "r.json")),
            *("--render", f"html={folder / 'r.html'}", "--render", f"openmetrics={folder / 'r.prom'}"),
            *("--per-tenant", str(folder / "customers"), "--history", str(folder / "h.db"), *more),
        )


async def figures_of(folder: Path, *names: str) -> dict[str, Any]:
    """The figures of the one run in the history, by name."""
    asked = [part for name in names for part in ("--figure", name)]
    trend = await auditor("trend", str(folder / "h.db"), "--format", "json", *asked)
    (run,) = json.loads(trend.stdout)["runs"]
    return dict(run["figures"])


@pytest.mark.parametrize("rule", [None, RULE])
async def test_compliance_that_is_refused_costs_nothing_of_a_run(tmp_path: Path, rule: str | None) -> None:
    """All is written, a broken rule counts, and violations are unknown in the history, not 0."""
    policy = tmp_path / "policy.toml"
    policy.write_text(rule or "")
    done = await run_with_everything(
        tmp_path, an_account(statuses=FORBIDDEN), *(("--policy", str(policy)) if rule else ())
    )
    names = ("subscription.violations.productClasses", "subscription.seats.limit")

    assert done.code == (1 if rule else 3), done.stderr
    assert {one.name for one in tmp_path.iterdir()} >= {"r.json", "r.html", "r.prom", "customers", "h.db"}
    assert {one.name for one in (tmp_path / "customers").iterdir()} == {"default.json", "default.html"}
    assert list((await figures_of(tmp_path, *names)).values()) == [None, 10]


async def test_seats_that_cannot_be_read_cost_nothing_of_a_run(tmp_path: Path) -> None:
    """They are unknown in the history, and the audit is complete."""
    done = await run_with_everything(tmp_path, an_account(SEATS | {"limit": None}))

    assert done.code == 0, done.stderr
    assert {one.name for one in (tmp_path / "customers").iterdir()} == {"default.json", "default.html"}
    assert [*(await figures_of(tmp_path, "subscription.seats.limit")).values()] == [None]


@pytest.mark.parametrize(
    ("refused", "extra", "code"), [("statuses", "compliance", 3), ("entitlements", "skus", 0)]
)
async def test_an_extra_that_is_refused_is_named_and_ends_with_3_where_it_decides_the_standing(
    tmp_path: Path, refused: str, extra: str, code: int
) -> None:
    """The organization is audited, its seats are exact, and one line of the summary says so."""
    done = await run_with_everything(tmp_path, an_account(SEATS, **{refused: FORBIDDEN}))
    report = json.loads((tmp_path / "r.json").read_bytes())
    (organization,) = report["organizations"]

    assert done.code == code, done.stderr
    assert (organization["status"], organization["missing"]) == ("audited", [extra])
    assert organization["subscription"]["seats"]["limit"] == 10
    assert f"missing   {extra} in 1 organization: the license counts are exact" in done.stderr


@pytest.mark.parametrize(
    ("figure", "code"), [("subscription.seats.limit", 0), ("subscription.violations.productClasses", 3)]
)
async def test_a_policy_decides_by_what_its_rules_read(tmp_path: Path, figure: str, code: int) -> None:
    """Compliance is refused: that is nothing to a rule on seats, and leaves one on violations undecided."""
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[[rules]]\nid = "most"\nfigure = "{figure}"\nmax = 10\n')
    done = await run_with_everything(tmp_path, an_account(statuses=FORBIDDEN), "--policy", str(policy))

    assert done.code == code, done.stderr
