"""What the consumers' own tools say of each recipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes.reading import read_unit
from tests.recipes.stage import CONFIG

UNITS = ("auditor.service", "auditor.timer")
MAX_EXPOSURE = 15
"""In tenths, of 100: what `systemd-analyze security` calls OK ends at 2.0, or 20 here."""


def said_by(*command: str | Path) -> str:
    """What a validator complains about: all that it prints, unless it ends with 0."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)  # noqa: S603 - our own tools
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def tool(name: str) -> Path:
    """A program that came with a package of the test extra."""
    return Path(sys.executable).with_name(name)


def systemd(name: str) -> str:
    """A program of systemd. CI has it; elsewhere a test that needs it is skipped."""
    found = shutil.which(name)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed: apt-get install systemd")
    assert found is not None
    return found


def units_in(folder: Path, *, change: tuple[str, str] = ("", "")) -> list[Path]:
    """Copies of the units that start a program which is there."""
    paths = [folder / name for name in UNITS]
    for path in paths:
        text = (CONFIG / "systemd" / path.name).read_text().replace(*change)
        path.write_text(text.replace("/usr/local/bin/auditor", sys.executable))
    return paths


def verified(paths: list[Path]) -> str:
    """All that `systemd-analyze verify` says; it ends with 0 also where it warns."""
    command = [systemd("systemd-analyze"), "verify", "--man=no", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - systemd's
    return f"{done.stdout}{done.stderr}"


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """No error, no unknown key, no setting without effect."""
    assert verified(units_in(tmp_path)) == ""


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("ProtektSystem=strict", "Unknown key"),
        ("RuntimeMaxSec=4h", "no effect"),
        ("TimeoutStopSec=soon", "Failed to parse time value"),
    ],
)
def test_systemd_would_tell_a_mistake(tmp_path: Path, mistake: str, told: str) -> None:
    """The test above can fail."""
    assert told in verified(units_in(tmp_path, change=("TimeoutStopSec=2min", mistake)))


def test_systemd_finds_the_service_locked_up(tmp_path: Path) -> None:
    """By its own score of exposure."""
    service = units_in(tmp_path)[0]
    analyze = (systemd("systemd-analyze"), "security", "--offline=true", "--no-pager")

    assert said_by(*analyze, f"--threshold={MAX_EXPOSURE}", service) == ""
    service.write_text(service.read_text().replace("SystemCallFilter", "# SystemCallFilter"))
    assert said_by(*analyze, f"--threshold={MAX_EXPOSURE}", service) != ""


def test_systemd_would_create_the_user() -> None:
    """The one that the service runs as."""
    recipe = CONFIG / "systemd" / "auditor.sysusers.conf"
    command = [systemd("systemd-sysusers"), "--dry-run", str(recipe)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - systemd's

    (user,) = read_unit(CONFIG / "systemd" / "auditor.service")["User"]
    is_there = "Creating user" not in done.stderr
    assert is_there or f"Creating user '{user}'" in done.stderr
    assert f"u {user} " in recipe.read_text()


@pytest.mark.parametrize("when", read_unit(CONFIG / "systemd" / "auditor.timer")["OnCalendar"])
def test_systemd_knows_the_time(when: str) -> None:
    """Once a day."""
    command = [systemd("systemd-analyze"), "calendar", "--iterations=2", "--base-time=2026-03-01 UTC", when]
    done = subprocess.run(  # noqa: S603 - systemd's
        command, capture_output=True, text=True, check=True, env={"TZ": "UTC"}
    )

    assert "2026-03-01 02:17:00 UTC" in done.stdout
    assert "2026-03-02 02:17:00 UTC" in done.stdout


@pytest.mark.parametrize("version", ["1.31.0", "1.37.0"])
def test_kubernetes_takes_the_manifest(version: str) -> None:
    """By the strict schemas of the oldest version that it is for, and of a new one."""
    manifest = CONFIG / "kubernetes" / "cronjob.yaml"

    assert said_by(sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, manifest) == ""


def test_kubernetes_would_tell_a_mistake(tmp_path: Path) -> None:
    """The test above can fail."""
    wrong = tmp_path / "cronjob.yaml"
    wrong.write_text((CONFIG / "kubernetes" / "cronjob.yaml").read_text().replace("timeZone", "timezone"))

    told = said_by(sys.executable, "-m", "kubernetes_validate", "--strict", "-k", "1.31.0", wrong)

    assert "timezone" in told


GITHUB = CONFIG / "github" / "license-audit.yml"
GITLAB = CONFIG / "gitlab" / ".gitlab-ci.yml"
SCHEMAS = [
    (GITHUB, "vendor.github-workflows"),
    (GITHUB, "custom.github-workflows-require-timeout"),
    (GITLAB, "vendor.gitlab-ci"),
]


@pytest.mark.parametrize(("recipe", "schema"), SCHEMAS, ids=lambda one: str(getattr(one, "name", one)))
def test_the_pipelines_satisfy_their_schemas(recipe: Path, schema: str, tmp_path: Path) -> None:
    """Those that editors use as well; a misspelled key is told."""
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema)
    wrong = tmp_path / recipe.name
    wrong.write_text(recipe.read_text().replace("timeout", "tiemout"))

    assert said_by(*check, recipe) == ""
    assert "tiemout" in said_by(*check, wrong) or "timeout" in said_by(*check, wrong)


def test_the_workflow_opens_no_door(tmp_path: Path) -> None:
    """Actions pinned by hash, no more permissions than needed, no text of strangers in a script."""
    audit = (tool("zizmor"), "--offline", "--no-progress", "--strict-collection")
    wrong = tmp_path / GITHUB.name
    wrong.write_text(
        GITHUB.read_text().replace('"$GITHUB_OUTPUT"', '"${{ github.event.head_commit.message }}"')
    )

    assert said_by(*audit, GITHUB) == ""
    assert "template-injection" in said_by(*audit, wrong)
