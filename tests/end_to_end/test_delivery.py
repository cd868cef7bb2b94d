"""What `run` makes of its report: judged, rendered, split, remembered, masked."""

from __future__ import annotations

import json
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

    @pytest.mark.parametrize(
        ("rendering", "said"),
        [
            ("html", "is not FORMAT=PATH"),
            ("htm=x.html", "there is no format htm"),
            ("html=/nowhere/x.html", "/nowhere"),
            ("html=-", "stdout has the report"),
        ],
    )
    async def test_a_rendering_that_cannot_be_written_is_told_before_anything_is_asked(
        self, rendering: str, said: str
    ) -> None:
        """An hour of audit is not lost to a slip of the pen."""
        done = await auditor("run", "--base-url", "http://127.0.0.1:9/api/v1", "--render", rendering)

        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr


def _organizations() -> list[dict[str, Any]]:
    return Simulator(WORLD).world.organizations
