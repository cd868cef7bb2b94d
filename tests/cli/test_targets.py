from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.targets import check_run
from auditor.errors import SettingsError
from auditor.settings.model import (
    DEFAULT_KEY_VARIABLE,
    AuditSettings,
    OutputSettings,
    PolicySettings,
    Settings,
    TenantSettings,
)

ACME = TenantSettings(name="acme", api_key_env=DEFAULT_KEY_VARIABLE, policy="acme.toml")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are those of files in an empty folder."""
    monkeypatch.chdir(tmp_path)


def settings_of(**wanted: Any) -> Settings:
    """Settings that want these outputs, with a policy, a baseline and one tenant."""
    return Settings(
        output=OutputSettings(**wanted),
        policy=PolicySettings(file="policy.toml", baseline="yesterday.json"),
        audit=AuditSettings(shard="1/2", shard_sizes="sizes.json"),
        tenants=(ACME,),
    )


def told(settings: Settings, **inputs: str) -> list[str]:
    """What is refused."""
    try:
        check_run(settings, inputs={f"--{name.replace('_', '-')}": path for name, path in inputs.items()})
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        (
            {"report": "x.json", "renderings": ("html=x.json",)},
            "--render html: needs a file of its own: --output",
        ),
        ({"renderings": ("html=a", "csv=./a")}, "--render csv: needs a file of its own: --render html has a"),
        (
            {"history": "h.db", "renderings": ("html=h.db",)},
            "--history: needs a file of its own: --render html",
        ),
        ({"history": "h.db", "journal": "h.db"}, "--journal: needs a file of its own: --history has h.db"),
        ({"report": "policy.toml"}, "--output: would overwrite policy.toml, which --policy names"),
        ({"renderings": ("csv=policy.toml",)}, "--render csv: would overwrite policy.toml, which --policy"),
        (
            {"renderings": ("html=acme.toml",)},
            "--render html: would overwrite acme.toml, which tenant 'acme'",
        ),
        (
            {"renderings": ("html=yesterday.json",)},
            "--render html: would overwrite yesterday.json, which --base",
        ),
        ({"history": "sizes.json"}, "--history: would overwrite sizes.json, which --shard-sizes names"),
        ({"journal": "auditor.toml"}, "--journal: would overwrite auditor.toml, which --config names"),
        ({"report": "orgs.csv"}, "--output: would overwrite orgs.csv, which --orgs-file names"),
        (
            {"report": "all/acme.json", "per_tenant": "all"},
            "--per-tenant: would overwrite all/acme.json, which",
        ),
        ({"per_tenant": ".", "renderings": ("html=acme.html",)}, "--per-tenant: would overwrite acme.html"),
    ],
)
def test_no_file_of_a_run_takes_the_place_of_another(wanted: dict[str, Any], start: str) -> None:
    """The later one would destroy the earlier, and nobody would be told."""
    [problem] = told(settings_of(**wanted), config="auditor.toml", orgs_file="orgs.csv")

    assert problem.startswith(start)


def test_other_names_of_one_file_are_known(tmp_path: Path) -> None:
    """Links, also hard ones, and longer paths."""
    (tmp_path / "policy.toml").touch()
    (tmp_path / "soft").symlink_to("policy.toml")
    os.link("policy.toml", "hard")

    for name in ("soft", "hard", str(tmp_path / "policy.toml")):
        assert told(settings_of(report=name)) == [
            "--output: would overwrite policy.toml, which --policy names (give another file's path)"
        ]


def test_a_report_may_take_the_place_of_an_older_one() -> None:
    """These are read before it is written, and a report is what they are to be tomorrow."""
    assert told(settings_of(report="yesterday.json"), previous="yesterday.json") == []
    assert told(settings_of(report="sizes.json")) == []


def test_streams_and_files_apart_are_nobodys_loss() -> None:
    """A device takes what it is given, time and again."""
    wanted = {"renderings": ("html=/dev/null", "csv=/dev/null"), "history": "h.db", "journal": "j"}

    assert told(settings_of(**wanted)) == []
    assert told(settings_of(report="all/night.json", per_tenant="all")) == []
