"""What `run` makes of its report: judged, rendered, split, remembered, masked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import AS_OF_TEXT, a_world, auditor

WORLD = a_world(12, 40)
STRICT = '[[rules]]\nid = "no-unused"\nfigure = "unused.total"\nscope = "total"\nmax = 0\n'
LENIENT = STRICT.replace("max = 0", "max = 1000000")


def a_policy(folder: Path, text: str) -> str:
    path = folder / "policy.toml"
    path.write_text(text)
    return str(path)


class TestGate:
    async def test_a_rule_that_is_broken_ends_with_1_and_is_in_the_report(self, tmp_path: Path) -> None:
        """The report is written all the same, with the findings and the verdict."""
        async with Simulator(WORLD) as simulator:
            base = ("run", "--base-url", simulator.base_url, "--as-of", AS_OF_TEXT)
            done = await auditor(*base, "--policy", a_policy(tmp_path, STRICT))

        assert done.code == 1
        assert [one["rule"] for one in done.report["findings"]] == ["no-unused"]
        assert done.report["verdict"]["outcome"] == "failed"
        assert "no-unused" in done.stderr

    async def test_a_policy_that_is_kept_ends_with_0(self, tmp_path: Path) -> None:
        """And nothing is found."""
        async with Simulator(WORLD) as simulator:
            base = ("run", "--base-url", simulator.base_url, "--as-of", AS_OF_TEXT)
            done = await auditor(*base, "--policy", a_policy(tmp_path, LENIENT))

        assert (done.code, done.report["findings"]) == (0, [])

    async def test_only_what_the_baseline_has_not_fails(self, tmp_path: Path) -> None:
        """Yesterday's debts are no reason to stop today's work."""
        policy, baseline = a_policy(tmp_path, STRICT), tmp_path / "baseline.json"
        async with Simulator(WORLD) as simulator:
            base = ("run", "--base-url", simulator.base_url, "--as-of", AS_OF_TEXT, "--policy", policy)
            await auditor(*base, "--output", str(baseline))
            done = await auditor(*base, "--baseline", str(baseline))

        assert done.code == 0
        assert [one["isNew"] for one in done.report["findings"]] == [False]

    @pytest.mark.parametrize(("text", "code"), [(STRICT, 1), (LENIENT, 3)])
    async def test_of_a_partial_audit_only_what_is_certain_fails(
        self, tmp_path: Path, text: str, code: int
    ) -> None:
        """A lower bound above the limit is certain, one below it decides nothing."""
        victim = next(one["id"] for one in _organizations() if one["licensing"]["model"] == "per-device")
        faults = FaultPlan(organizations={victim: FaultKind.FORBIDDEN})
        async with Simulator(WORLD, faults=faults) as simulator:
            base = ("run", "--base-url", simulator.base_url, "--as-of", AS_OF_TEXT)
            done = await auditor(*base, "--policy", a_policy(tmp_path, text))

        assert done.code == code

    async def test_a_policy_with_a_mistake_stops_the_run_before_anything_is_asked(
        self, tmp_path: Path
    ) -> None:
        """With the line of the mistake."""
        async with Simulator(WORLD) as simulator:
            policy = a_policy(tmp_path, STRICT.replace("unused.total", "unused.totl"))
            done = await auditor("run", "--base-url", simulator.base_url, "--policy", policy)
            asked = simulator.stats["requests"]

        assert (done.code, asked, done.stdout) == (2, 0, "")
        assert "policy.toml:3" in done.stderr
        assert "unused.total" in done.stderr


class TestPoliciesOfTenants:
    @pytest.mark.parametrize(("east", "west", "code"), [(STRICT, LENIENT, 1), (LENIENT, LENIENT, 0)])
    async def test_each_tenant_is_held_against_its_own(
        self, tmp_path: Path, east: str, west: str, code: int
    ) -> None:
        """The exit code counts what any of them finds, and findings tell whose they are."""
        async with _two_tenants(tmp_path, east=east, west=west) as config:
            done = await auditor("run", "--config", config, "--as-of", AS_OF_TEXT, **TWO_KEYS)

        assert done.code == code, done.stderr
        found = {(one["rule"], one["tenant"]) for one in done.report["findings"]}
        assert found == ({("no-unused", "east")} if code else set())
        assert {one["tenant"] for one in done.report["verdict"]["rules"]} == {"east", "west"}

    async def test_a_customer_is_sent_the_verdict_by_its_own_policy_alone(self, tmp_path: Path) -> None:
        """No word of another one's policy is in the files, neither what it finds nor whom it excuses."""
        texts = {"east": _with_words("Quibblefrost"), "west": _with_words("Zanderloom")}
        async with _two_tenants(tmp_path, **texts) as config:
            await auditor(
                *("run", "--config", config, "--as-of", AS_OF_TEXT, "--output", str(tmp_path / "all.json")),
                *("--per-tenant", str(tmp_path / "customers")),
                **TWO_KEYS,
            )

        for tenant, own, other in (
            ("east", "Quibblefrost", "Zanderloom"),
            ("west", "Zanderloom", "Quibblefrost"),
        ):
            report = orjson.loads((tmp_path / "customers" / f"{tenant}.json").read_bytes())
            assert report["verdict"]["outcome"] == "failed"
            assert [one["id"] for one in report["verdict"]["rules"]] == [f"{own}-rule"]
            assert {one["tenant"] for one in report["findings"]} == {tenant}
            for kind in ("json", "html"):
                text = (tmp_path / "customers" / f"{tenant}.{kind}").read_text()
                assert f"{own} has" in text
                assert other not in text

    @pytest.mark.parametrize("text", [None, "[[rules]]\nid = 7\n", STRICT.replace("unused.total", "run.id")])
    async def test_a_policy_that_cannot_be_used_stops_the_run_before_anything_is_asked(
        self, tmp_path: Path, text: str | None
    ) -> None:
        """Missing, mistaken, or about what is no tenant's; `config check` tells the same."""
        async with _two_tenants(tmp_path, east=STRICT, west=text) as config:
            done = await auditor("run", "--config", config, **TWO_KEYS)
            checked = await auditor("config", "check", config, MERAKI_DASHBOARD_API_KEY="")

        assert (done.code, done.stdout) == (2, "")
        assert (checked.code, checked.stderr) == (2, done.stderr)
        assert "west" in done.stderr


class TestFiles:
    async def test_everything_that_was_asked_for_is_written(self, tmp_path: Path) -> None:
        """In one run: the page, test cases, metrics, a folder for customers, the history."""
        report, page, cases = tmp_path / "r.json", tmp_path / "r.html", tmp_path / "r.xml"
        customers, history = tmp_path / "customers", tmp_path / "history.db"
        async with Simulator(WORLD) as simulator:
            done = await auditor(
                *("run", "--base-url", simulator.base_url, "--output", str(report)),
                *("--render", f"html={page}", "--render", f"junit={cases}"),
                *("--per-tenant", str(customers), "--history", str(history)),
            )
            trend = await auditor("trend", str(history), "--format", "json")

        assert done.code == 0, done.stderr
        assert b"<!doctype html>" in page.read_bytes()[:100].lower()
        assert ET.fromstring(cases.read_bytes()).tag.startswith("testsuite")  # noqa: S314 - ours
        assert {path.name for path in customers.iterdir()} == {"default.json", "default.html"}
        assert trend.code == 0
        assert orjson.loads(report.read_bytes())["run"]["id"] in json.dumps(json.loads(trend.stdout))

    async def test_what_two_tenants_select_is_in_the_files_of_both(self, tmp_path: Path) -> None:
        """It is read and counted once, and neither file names the other tenant."""
        async with Simulator(WORLD) as simulator:
            config = tmp_path / "auditor.toml"
            config.write_text(
                "".join(
                    f'[[tenants]]\nname = "{name}"\napi_key_env = "{key}"\n'
                    f'base_url = "{simulator.base_url}"\n'
                    for name, key in (("quibblefrost", "EAST_KEY"), ("zanderloom", "WEST_KEY"))
                )
            )
            done = await auditor(
                *("run", "--config", str(config), "--as-of", AS_OF_TEXT),
                *("--per-tenant", str(tmp_path / "customers")),
                **TWO_KEYS,
            )

        count = len(_organizations())
        assert done.code == 0, done.stderr
        assert done.report["completeness"]["organizations"]["selected"] == count
        assert [one["alsoSelectedBy"] for one in done.report["organizations"]] == [["zanderloom"]] * count
        for tenant, other in (("quibblefrost", "zanderloom"), ("zanderloom", "quibblefrost")):
            part = orjson.loads((tmp_path / "customers" / f"{tenant}.json").read_bytes())
            assert [one["tenant"] for one in part["organizations"]] == [tenant] * count
            assert part["totals"] == done.report["totals"]
            for kind in ("json", "html"):
                text = (tmp_path / "customers" / f"{tenant}.{kind}").read_text()
                assert other not in text
                assert "alsoSelectedBy" not in text

    async def test_no_name_is_in_anything_that_is_masked(self, tmp_path: Path) -> None:
        """Figures and ids stay."""
        files = [tmp_path / name for name in ("r.json", "r.html", "r.csv")]
        async with Simulator(WORLD) as simulator:
            done = await auditor(
                *("run", "--base-url", simulator.base_url, "--redact", "--output", str(files[0])),
                *("--render", f"html={files[1]}", "--render", f"csv={files[2]}"),
            )
            names = [one["name"] for one in simulator.world.organizations]

        assert done.code == 0
        for path in files:
            text = path.read_text()
            assert [name for name in names if name in text] == [], path.name

    async def test_what_is_told_of_a_masked_report_is_masked_as_well(self, tmp_path: Path) -> None:
        """Neither the verdict on stderr, nor whose files those of customers are, nor the name of the file."""
        policy = STRICT.replace('"total"', '"organization"') + 'message = "{organization} of {tenant}"\n'
        waiver = '[[waivers]]\nrule = "*"\norganization = "Velmora*"\nreason = "Velmora"\nowner = "Oswin"\n'
        files = {form: tmp_path / form for form in ("gitlab", "sarif")}
        text = f"{policy}{waiver}expires = 2020-12-31\n"
        async with _two_tenants(tmp_path, east=LENIENT, west=text) as config:
            done = await auditor(
                *(
                    "run",
                    "--config",
                    config,
                    "--as-of",
                    AS_OF_TEXT,
                    "--redact",
                    "--policy",
                    f"{tmp_path}/west.toml",
                ),
                *("--output", str(tmp_path / "velmora.json"), "--per-tenant", str(tmp_path / "customers")),
                *(part for form, path in files.items() for part in ("--render", f"{form}={path}")),
                **TWO_KEYS,
            )

        assert done.code == 1, done.stderr
        report = orjson.loads((tmp_path / "velmora.json").read_bytes())
        told = done.stderr.partition("per tenant: ")[2]
        named = {one[key] for one in report["findings"] for key in ("id", "tenant") if one[key]}
        assert [one for one in named if one not in told] == []
        secret = [*(one["name"] for one in _organizations()), "velmora", "oswin", " east", " west"]
        assert [one for one in secret if one.casefold() in told.casefold()] == []
        for path in files.values():
            assert b"velmora" not in path.read_bytes().lower()

    @pytest.mark.parametrize(
        ("rendering", "said"),
        [
            ("html", "is not FORMAT=PATH"),
            ("htm=x.html", "there is no format htm"),
            ("html=/nowhere/x.html", "/nowhere"),
            ("html=-", "stdout has the report"),
            ("csv-licenses=x.csv", "give --detail"),
        ],
    )
    async def test_a_rendering_that_cannot_be_written_is_told_before_anything_is_asked(
        self, rendering: str, said: str
    ) -> None:
        """An hour of audit is not lost to a slip of the pen."""
        done = await auditor("run", "--base-url", "http://127.0.0.1:9/api/v1", "--render", rendering)

        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr


TWO_KEYS = {"EAST_KEY": "ea57ea57" * 5, "WEST_KEY": "3e573e57" * 5}


@asynccontextmanager
async def _two_tenants(folder: Path, **policies: str | None) -> AsyncIterator[str]:
    """A configuration of two tenants with a key and a policy each; a policy that is None is missing."""
    ids = [one["id"] for one in _organizations()]
    keys = {TWO_KEYS["EAST_KEY"]: ids[::2], TWO_KEYS["WEST_KEY"]: ids[1::2]}
    async with Simulator(WORLD, keys=keys) as simulator:
        tables = []
        for name, text in policies.items():
            path = folder / f"{name}.toml"
            if text is not None:
                path.write_text(text)
            tables.append(
                f'[[tenants]]\nname = "{name}"\napi_key_env = "{name.upper()}_KEY"\n'
                f'base_url = "{simulator.base_url}"\npolicy = "{path}"\n'
            )
        config = folder / "auditor.toml"
        config.write_text("\n".join(tables))
        yield str(config)
        if None in policies.values():
            assert simulator.stats["requests"] == 0


def _with_words(word: str) -> str:
    """A policy that finds something, with a waiver that excuses nothing; *word* is all over both."""
    waiver = f'rule = "{word}*"\norganization = "{word}"\nreason = "{word}"\nowner = "{word}"\n'
    rule = (
        STRICT.replace("no-unused", f"{word}-rule") + f'message = "{word} has {{value}}"\nadvice = "{word}"\n'
    )
    return f"{rule}[[waivers]]\n{waiver}expires = 2099-12-31\n"


def _organizations() -> list[dict[str, Any]]:
    return Simulator(WORLD).world.organizations
