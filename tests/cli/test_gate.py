from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.cli.exit_codes import ExitCode
from auditor.cli.gate import open_gate, read_policies
from auditor.errors import SettingsError
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from auditor.settings.model import DEFAULT_KEY_VARIABLE, PolicySettings, Settings, TenantSettings
from tests.domain.builders import a_license
from tests.report.evidences import a_report, a_result

STRICT = '[[rules]]\nid = "unused"\nfigure = "unused.total"\nmax = 0\n'
MISTAKEN = STRICT.replace("unused.total", "unused.totl")
BEYOND = STRICT.replace("unused.total", "expiring.within.45")


def settings_of(folder: Path, *, for_all: str | None = None, **own: str) -> Settings:
    """Settings with a tenant for each of *own*, whose policy has that text; none where the text is empty."""

    def path_of(name: str, text: str) -> str | None:
        path = folder / f"{name}.toml"
        path.write_text(text)
        return str(path) if text else None

    tenants = tuple(
        TenantSettings(name=name, api_key_env=DEFAULT_KEY_VARIABLE, policy=path_of(name, text))
        for name, text in own.items()
    )
    return Settings(policy=PolicySettings(file=path_of("all", for_all or "")), tenants=tenants)


def test_without_any_policy_there_is_no_gate(tmp_path: Path) -> None:
    """An audit without one is not judged."""
    assert open_gate(settings_of(tmp_path, acme="")) is None


def test_the_policy_of_a_tenant_is_enough_for_a_gate(tmp_path: Path) -> None:
    """The others are held against completeness alone; what a tenant's rule finds decides on the code."""
    unused = [[a_license(id="1", state="unused", device_serial=None)]]
    owned = [a_result(str(place), unused, tenant=name) for place, name in enumerate(("acme", "north"))]
    gate = open_gate(settings_of(tmp_path, acme=STRICT, north=""))
    assert gate is not None

    judged = gate.judge(read_report(to_json(a_report(*owned))))

    assert judged.code is ExitCode.POLICY_FAILED
    assert [(one["rule"], one["tenant"]) for one in judged.document["findings"]] == [("unused", "acme")]
    assert {tenant: block["outcome"] for tenant, block in judged.own.items()} == {"acme": "failed"}


def test_all_that_is_wrong_with_policies_is_told_together(tmp_path: Path) -> None:
    """With the file and the line; a mistake in a file that two tenants share is told once."""
    settings = settings_of(tmp_path, for_all=MISTAKEN, acme=MISTAKEN, north=MISTAKEN)
    shared = settings.tenants[0].model_copy(update={"name": "west"})

    with pytest.raises(SettingsError) as caught:
        read_policies(settings.model_copy(update={"tenants": (*settings.tenants, shared)}))

    assert [problem.where for problem in caught.value.problems] == [
        f"{tmp_path / name}.toml:3: rules[0].figure" for name in ("all", "acme", "north")
    ]


def test_a_policy_that_is_missing_is_told_with_the_tenant(tmp_path: Path) -> None:
    """Never taken for one without rules."""
    settings = settings_of(tmp_path, acme=STRICT)
    (tmp_path / "acme.toml").unlink()

    with pytest.raises(SettingsError, match=r"tenant 'acme': policy: cannot read .*acme\.toml: no such file"):
        open_gate(settings)


def test_a_policy_must_fit_the_windows_of_the_audit(tmp_path: Path) -> None:
    """A rule about a window that there will not be is no rule."""
    with pytest.raises(SettingsError, match=r"tenant 'acme': rule unused: expiring\.within\.45"):
        open_gate(settings_of(tmp_path, acme=BEYOND))


def test_a_baseline_too_old_to_be_split_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    """Only where a tenant has a policy of its own: the policy for all can do with it."""
    old = json.loads(to_json(a_report(a_result("1", tenant="acme"))))
    del old["forecast"]
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps(old | {"schemaVersion": "1.0"}))

    def settings(**own: str) -> Settings:
        found = settings_of(tmp_path, for_all=STRICT, **own)
        policy = found.policy.model_copy(update={"baseline": str(baseline)})
        return found.model_copy(update={"policy": policy})

    with pytest.raises(SettingsError, match="--baseline: a report of version"):
        open_gate(settings(acme=STRICT))
    assert open_gate(settings(acme="")) is not None
