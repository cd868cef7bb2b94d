"""Three customers in two regions, from the example that a managed service provider copies."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from auditor.judge.policy_text import read_policy
from auditor.settings.layers import build_settings
from auditor.simulator.server import Simulator
from auditor.simulator.world import World
from tests.end_to_end.driving import AS_OF_TEXT, Ended, a_world, auditor
from tests.recipes.stage import CONFIG

pytestmark = pytest.mark.slow

EXAMPLE = (CONFIG / "msp" / "auditor.toml").read_text()
POLICY = CONFIG / "msp" / "policy.toml"
STORES, CARE, SCHOOLS = "larkfield-stores", "hollin-care", "tern-island-schools"
KEYS = {STORES: "5705e5aa" * 5, CARE: "ca5eca5e" * 5, SCHOOLS: "5c40015c" * 5}
DEAD = "deadbeef" * 5
REPLACED = {"base_url", "api_key_env", "api_key_file", "api_key_command"}
WEST, CANADA = "127.0.0.1", "127.0.0.2"
CLEAN = ("--org", "204011", "--org", "204085")
SHARED = "204418"
"""An organization that the keys of two customers see."""


@dataclass(frozen=True)
class Provider:
    """The example, made to ask two simulators; keys as the example has them, one by one."""

    folder: Path
    west: Simulator
    canada: Simulator

    def lay_out(self, *, dead: str = "") -> None:
        """Write the configuration and the keys; that of the tenant *dead* works no more."""
        text = EXAMPLE.replace("https://api.meraki.com/api/v1", self.west.base_url)
        text = text.replace("https://api.meraki.ca/api/v1", self.canada.base_url)
        text = text.replace("/etc/auditor/keys", str(self.folder))
        printing = json.dumps(["cat", str(self.folder / SCHOOLS)])
        text = text.replace('["pass", "show", "meraki/tern-island-schools"]', printing)
        (self.folder / "auditor.toml").write_text(text)
        for tenant, key in KEYS.items():
            path = self.folder / tenant
            path.write_text(DEAD if tenant == dead else key)
            path.chmod(0o600)

    async def run(self, *words: str) -> Ended:
        """`auditor` with *words* of the example, whose paths are set right."""
        places = {
            "msp/auditor.toml": str(self.folder / "auditor.toml"),
            "msp/policy.toml": str(POLICY),
            "report.json": str(self.folder / "report.json"),
            "customers": str(self.folder / "customers"),
        }
        arguments = [places.get(word, word) for word in words]
        variable = {"LARKFIELD_MERAKI_KEY": (self.folder / STORES).read_text()}
        return await auditor(*arguments, MERAKI_DASHBOARD_API_KEY="", **variable)

    async def audit(self, *more: str) -> tuple[int, dict[str, Any]]:
        """The exit code of the command in the example's first lines, and the report."""
        line = next(one for one in EXAMPLE.splitlines() if one.startswith("#   auditor run "))
        done = await self.run(*line.split()[2:], "--as-of", AS_OF_TEXT, *more)
        report = self.folder / "report.json"
        return done.code, json.loads(report.read_bytes()) if report.exists() else {}


@asynccontextmanager
async def a_provider(folder: Path) -> AsyncIterator[Provider]:
    """Two regions that serve. The keys of the west see some organizations each, and one together."""
    world = a_world(40)
    ids = [one["id"] for one in World(world).organizations]
    west = {KEYS[STORES]: ids[:12], KEYS[CARE]: [*ids[12:24], SHARED]}
    async with (
        Simulator(world, host=CANADA, keys={KEYS[SCHOOLS]: ids[24:]}) as there,
        Simulator(world, host=WEST, keys=west) as here,
    ):
        provider = Provider(folder, here, there)
        provider.lay_out()
        yield provider


@dataclass(frozen=True)
class Audited:
    """What one audit of all customers left."""

    code: int
    report: Mapping[str, Any]
    listed: list[dict[str, Any]]
    customers: Mapping[str, str]
    requests: tuple[int, int]

    @property
    def names(self) -> dict[str, set[str]]:
        """The names of the organizations that were audited for each tenant."""
        return names_by_tenant(self.report)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """One audit for several tests."""

    async def audit() -> Audited:
        async with a_provider(tmp_path_factory.mktemp("provider")) as provider:
            code, report = await provider.audit()
            listed = await provider.run("orgs", "--config", "msp/auditor.toml", "--format", "json")
            files = (provider.folder / "customers").iterdir()
            requests = provider.west.stats["requests"], provider.canada.stats["requests"]
            texts = {path.name: path.read_text() for path in files}
            return Audited(code, report, json.loads(listed.stdout), texts, requests)

    return anyio.run(audit)


def names_by_tenant(report: Mapping[str, Any]) -> dict[str, set[str]]:
    """The names of the organizations of each tenant."""
    return {
        tenant: {one["name"] for one in report["organizations"] if one["tenant"] == tenant} for tenant in KEYS
    }


async def test_the_test_changes_urls_and_key_sources_alone(tmp_path: Path) -> None:
    """What is served here is the example itself."""

    def kept(text: str) -> dict[str, Any]:
        document = tomllib.loads(text)
        for tenant in document["tenants"]:
            for key in REPLACED & set(tenant):
                del tenant[key]
        return document

    async with a_provider(tmp_path):
        served = (tmp_path / "auditor.toml").read_text()

    assert kept(served) == kept(EXAMPLE)
    assert "https://" not in served


def test_the_example_shows_every_kind_of_key_and_two_regions() -> None:
    """Valid as it stands, and with a contact, tags and a selection for each."""
    settings = build_settings(
        file_text=EXAMPLE, file_name="auditor.toml", environment={}, options={}, option_names={}
    )
    chosen = [tenant.organizations for tenant in settings.tenants]

    assert [tenant.name for tenant in settings.tenants] == [STORES, CARE, SCHOOLS]
    assert {tenant.base_url for tenant in settings.tenants} == {
        "https://api.meraki.com/api/v1",
        "https://api.meraki.ca/api/v1",
    }
    assert settings.tenants[0].api_key_env
    assert settings.tenants[1].api_key_file
    assert settings.tenants[2].api_key_command
    assert all(tenant.tags and tenant.contact for tenant in settings.tenants)
    assert all(one.include or one.exclude for one in chosen)


def test_the_policy_is_about_these_tenants() -> None:
    """Tags, tenants and the waiver name what is there."""
    policy = read_policy(POLICY.read_text(), name="policy.toml")
    tags = {tag for tenant in tomllib.loads(EXAMPLE)["tenants"] for tag in tenant["tags"]}

    assert {tag for rule in policy.rules for tag in rule.tags} <= tags
    assert {waiver.tenant for waiver in policy.waivers} <= set(KEYS)
    assert {waiver.rule for waiver in policy.waivers} <= {rule.id for rule in policy.rules}


def test_each_customer_is_audited_in_its_region_with_its_key(audited: Audited) -> None:
    """All of them, within their selections."""
    names = audited.names

    assert audited.report["completeness"]["complete"] is True
    assert all(names.values())
    assert all("Schools" in name or "Libraries" in name for name in names[SCHOOLS])
    assert all("Veterinary" in name or "Clinics" in name for name in names[CARE])
    assert all(audited.requests)


def test_an_organization_that_two_keys_see_is_counted_once(audited: Audited) -> None:
    """For the first of the two."""
    seen = [one["tenant"] for one in audited.report["organizations"] if one["id"] == SHARED]

    assert seen == [STORES]


def test_orgs_shows_what_would_be_audited(audited: Audited) -> None:
    """By tenant, before a license is read."""
    listed = {(one["tenant"], one["id"]) for one in audited.listed if one["auditedBy"] == one["tenant"]}

    assert listed == {
        (one["tenant"], one["id"]) for one in audited.report["organizations"] if one["status"] == "audited"
    }


def test_rules_go_by_contract_and_a_waiver_excuses(audited: Audited) -> None:
    """Gold rules find nothing of the silver customer; the renewal that is ordered fails nothing."""
    findings = audited.report["findings"]
    names = {one["id"]: one["name"] for one in audited.report["organizations"]}
    waived = [one for one in findings if one["waived"]]

    assert audited.code == 1
    assert {one["tenant"] for one in findings if one["rule"] == "gold-at-risk"} == {STORES, SCHOOLS}
    assert {one["tenant"] for one in findings if one["rule"] == "silver-at-risk"} == {CARE}
    assert waived
    assert all("Clinics" in names[one["organizationId"]] for one in waived)


def test_each_customer_gets_files_with_nothing_of_another(audited: Audited) -> None:
    """A report and a page."""
    assert set(audited.customers) == {f"{tenant}.{kind}" for tenant in KEYS for kind in ("json", "html")}
    for tenant, own in audited.names.items():
        text = audited.customers[f"{tenant}.json"] + audited.customers[f"{tenant}.html"]
        others = set().union(*audited.names.values()) - own
        assert not [name for name in others if name in text]
        assert not [other for other in KEYS if other != tenant and other in text]


@pytest.mark.parametrize("dead", [CARE, SCHOOLS])
async def test_a_dead_key_costs_its_own_customer_alone(tmp_path: Path, dead: str) -> None:
    """Exit code 3: the others are read, and no rule of theirs is broken."""
    async with a_provider(tmp_path) as provider:
        provider.lay_out(dead=dead)

        code, report = await provider.audit(*CLEAN)

    assert code == 3
    assert {one["tenant"] for one in report["organizations"]} == {STORES}
    assert [one["tenant"] for one in report["errors"]] == [dead]


async def test_a_fleet_that_keeps_the_rules_passes(tmp_path: Path) -> None:
    """Exit code 0."""
    async with a_provider(tmp_path) as provider:
        code, report = await provider.audit(*CLEAN)

    assert code == 0
    assert len(report["organizations"]) == 2


async def test_a_selection_that_nobody_meets_is_no_audit(tmp_path: Path) -> None:
    """Exit code 4, and no report."""
    async with a_provider(tmp_path) as provider:
        assert await provider.audit("--include", "nobody has this name") == (4, {})
