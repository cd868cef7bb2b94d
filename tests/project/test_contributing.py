"""What contributors and hosted CI use: the workflow and the hooks are valid and call what exists."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
HOOKS = ROOT / ".pre-commit-config.yaml"


def output_of(*command: str | Path) -> str:
    """Run a checker and return what it reports; empty where it accepts the file."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own tools
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_the_workflow_satisfies_its_schema(schema: str) -> None:
    """A misspelled key would stop the hosted checks without a word."""
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema)

    assert output_of(*check, WORKFLOW) == ""


def test_the_workflow_grants_no_more_than_it_needs() -> None:
    """Actions are pinned by hash, and no credentials stay in the work tree."""
    audit = (Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress", "--strict-collection")

    assert output_of(*audit, WORKFLOW) == ""


def test_the_workflow_tests_every_python_that_the_package_names() -> None:
    """A Python version in the classifiers is tested by a job."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line}
    jobs = YAML(typ="safe").load(WORKFLOW.read_text())["jobs"]
    oldest = jobs["whole"]["container"].removeprefix("python:").removesuffix("-bookworm")

    assert named == {oldest, *jobs["newer"]["strategy"]["matrix"]["python"]}
    assert any("--resolution lowest-direct" in step.get("run", "") for step in jobs["lowest"]["steps"])


def test_the_hooks_are_the_checks_of_the_test_run() -> None:
    """Each hook calls a tool of the test environment; together they are lint, format, types and imports."""
    (local,) = YAML(typ="safe").load(HOOKS.read_text())["repos"]
    entries = {hook["id"]: hook["entry"].split() for hook in local["hooks"]}

    assert list(entries) == ["ruff-check", "ruff-format", "mypy", "imports"]
    assert {entry[0] for entry in entries.values()} == {".venv/bin/python", ".venv/bin/lint-imports"}
    assert Path(sys.executable).with_name("lint-imports").exists()
