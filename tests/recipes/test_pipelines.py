"""The gates of GitHub Actions and GitLab CI, step by step as their runners go through them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from auditor.settings.durations import parse_duration
from tests.recipes.reading import read_yaml
from tests.recipes.stage import CONFIG, NIGHTS, ROOT, Night, Stage, staged

pytestmark = pytest.mark.slow

EVERY_NIGHT = pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
(WORKFLOW,) = read_yaml(CONFIG / "github" / "license-audit.yml")
(JOB,) = WORKFLOW["jobs"].values()
STEPS: list[dict[str, Any]] = JOB["steps"]
(PIPELINE,) = read_yaml(CONFIG / "gitlab" / ".gitlab-ci.yml")
GATE = PIPELINE["license-audit"]
EXPRESSION = re.compile(r"\$\{\{ (\w+)\.(\w+)(?:\.outputs\.(\w+))? \}\}")


@dataclass
class Runner:
    """As much of GitHub's runner as the workflow asks for: scripts, outputs of steps, secrets."""

    stage: Stage
    workspace: Path
    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """All steps that are scripts, but for those that install; after a failure none."""
        for step in STEPS:
            if "run" in step and step["name"] != "Install" and not self.code:
                await self._run_step(step)

    async def _run_step(self, step: Mapping[str, Any]) -> None:
        script, output = self.workspace / "step.sh", self.workspace / "output"
        script.write_text(step["run"])
        output.write_text("")
        done = await self.stage.run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)),
            cwd=self.workspace,
            variables={
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.workspace / "summary.md"),
                **JOB["env"],
                **{name: self._value(text) for name, text in step.get("env", {}).items()},
            },
        )
        for name, _, value in (line.partition("=") for line in output.read_text().splitlines()):
            self.outputs[f"{step['id']}.{name}"] = value
        self.log += done.stdout + done.stderr
        self.code = done.code

    def _value(self, text: str) -> str:
        found = EXPRESSION.fullmatch(text)
        assert found is not None, text
        if found[1] == "secrets":
            return self.stage.night.key
        return self.outputs[f"{found[2]}.{found[3]}"]


def a_workspace(stage: Stage, name: str) -> Path:
    """A clone of the user's repository, with configuration and policy in the folder *name*."""
    workspace = stage.folder / "workspace"
    shutil.copytree(stage.etc, workspace / name)
    return workspace


class TestGitHub:
    @EVERY_NIGHT
    async def test_the_job_ends_as_its_first_lines_say(self, tmp_path: Path, night: Night) -> None:
        """3 is a warning, for no rule is broken; all else is the program's exit code."""
        async with staged(tmp_path, night) as stage:
            runner = Runner(stage, a_workspace(stage, "config"))
            await runner.run()

            assert runner.code == (0 if night.code == 3 else night.code), runner.log
            assert ("::warning title=auditor::the audit is less complete" in runner.log) == (night.code == 3)
            assert ("::error title=auditor%3A at-risk-30::" in runner.log) == (night.code == 1)
            assert night.key not in runner.log
            made = {"report.json", "auditor.sarif", "summary.md"}
            assert {path.name for path in runner.workspace.iterdir()} & made == (
                made if night.is_judged else set()
            )

    def test_what_is_kept_is_kept_also_when_the_gate_fails(self) -> None:
        """And by the names under which the steps write it."""
        (keep,) = (step for step in STEPS if "upload-artifact" in step.get("uses", ""))
        (scan,) = (step for step in STEPS if "upload-sarif" in step.get("uses", ""))
        scripts = "".join(step.get("run", "") for step in STEPS)

        assert keep["if"] == "${{ !cancelled() }}"
        assert keep["with"]["path"].split() == ["report.json", "auditor.sarif"]
        assert all(name in scripts for name in [*keep["with"]["path"].split(), scan["with"]["sarif_file"]])
        assert STEPS[-1]["name"] == "Verdict"  # after all that is to be kept

    def test_the_key_is_in_one_step_alone(self) -> None:
        """The steps that install, show and upload never see it."""
        holders = [step["name"] for step in STEPS if "secrets." in json.dumps(step)]

        assert holders == ["Audit"]
        assert "secrets." not in json.dumps({**WORKFLOW, "jobs": {**JOB, "steps": []}})

    def test_the_report_is_written_before_the_job_is_stopped(self) -> None:
        """The deadline, and five minutes for the rest."""
        (deadline,) = re.findall(r"--deadline (\w+)", "".join(step.get("run", "") for step in STEPS))

        assert JOB["timeout-minutes"] * 60 >= parse_duration(deadline) + 300

    def test_it_installs_what_is_locked(self) -> None:
        """The one step that is not carried out here."""
        (install,) = (step for step in STEPS if step.get("name") == "Install")

        assert "--require-hashes -r requirements.lock" in install["run"]
        assert (ROOT / "requirements.lock").is_file()


class TestGitLab:
    @EVERY_NIGHT
    async def test_the_job_ends_as_its_first_lines_say(self, tmp_path: Path, night: Night) -> None:
        """With the program's exit code; what it keeps is there wherever there was something to judge."""
        async with staged(tmp_path, night) as stage:
            workspace = a_workspace(stage, ".")

            done = await stage.run(
                *("sh", "-ec", "\n".join(GATE["script"])),
                cwd=workspace,
                variables={"MERAKI_DASHBOARD_API_KEY": night.key, **GATE["variables"]},
            )

            assert done.code == night.code, done
            kept = {*GATE["artifacts"]["paths"], *GATE["artifacts"]["reports"].values()}
            assert {path.name for path in workspace.iterdir()} >= (kept if night.is_judged else set())
            if night.is_judged:
                suites = ET.parse(workspace / "junit.xml").getroot()  # noqa: S314 - written above
                assert (suites.find(".//failure") is not None) == (night.code == 1)
                assert json.loads((workspace / "code-quality.json").read_bytes()) or night.code == 0

    def test_incomplete_is_a_warning_and_what_is_kept_is_kept_always(self) -> None:
        """Exit code 3 and no other."""
        assert GATE["allow_failure"] == {"exit_codes": [3]}
        assert GATE["artifacts"]["when"] == "always"
        assert set(GATE["artifacts"]["reports"]) == {"junit", "codequality"}

    def test_the_report_is_written_before_the_job_is_stopped(self) -> None:
        """The deadline, and five minutes for the rest."""
        (deadline,) = re.findall(r"--deadline (\w+)", "".join(GATE["script"]))

        assert GATE["timeout"] == "1 hour"
        assert parse_duration(deadline) + 300 <= 3600
