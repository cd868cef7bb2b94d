from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli.commands.config import check
from auditor.errors import SettingsError
from auditor.report.to_json import to_json
from tests.report.evidences import a_report, a_result

POLICY = '[[rules]]\nid = "a"\nfigure = "unused.total"\nmax = 0\n'


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the run, with a policy and a report in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "yesterday.json").write_bytes(to_json(a_report(a_result("501"))))


def checked(text: str) -> Result:
    """The command run on a configuration."""
    Path("auditor.toml").write_text(text)
    return CliRunner().invoke(check, ["auditor.toml"], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[output]\nrenderings = ["hmtl=page.html"]', "--render: there is no format hmtl"),
        ('[output]\nrenderings = ["html=none/page.html"]', "--render html: the folder"),
        ('[output]\nreport = "none/report.json"', "--output: the folder"),
        ('[output]\nper_tenant = "none/customers"', "--per-tenant: "),
        ('[output]\nhistory = "none/h.db"', "--history: the folder"),
        ('[output]\nhistory = "-"', "--history: needs a file of its own"),
        ('[output]\njournal = "none/j"', "--journal: the folder"),
        ('[output]\nreport = "policy.toml"\n[policy]\nfile = "policy.toml"', "--output: would overwrite"),
        ('[output]\nreport = "auditor.toml"', "--output: would overwrite auditor.toml, which --config names"),
        ('[policy]\nfile = "polcy.toml"', "--policy: cannot read polcy.toml"),
        ('[policy]\nbaseline = "none.json"', "--baseline: cannot read none.json"),
        ('[policy]\nbaseline = "policy.toml"', "policy.toml: not JSON"),
    ],
)
def test_what_run_would_refuse_is_refused(text: str, told: str) -> None:
    """Before the night, and by the name of the option that would be refused then."""
    done = checked(text)

    assert isinstance(done.exception, SettingsError)
    assert told in str(done.exception.problems[0])


def test_all_that_is_made_of_the_report_is_shown_and_nothing_is_made() -> None:
    """What would be written where, and whether it would be masked."""
    done = checked(
        '[output]\nreport = "report.json"\nrenderings = ["html=page.html"]\nper_tenant = "customers"\n'
        'history = "h.db"\nhistory_keep_days = 400\njournal = "night.journal"\nredact = true\n'
        '[policy]\nfile = "policy.toml"\nbaseline = "yesterday.json"\n'
    )

    assert done.exception is None
    shown = done.output.splitlines()
    first = shown.index("report     report.json")
    assert shown[first + 1 : first + 8] == [
        "rendering  html: page.html",
        "per tenant customers",
        "redacted   names, ids, serials and order numbers are masked",
        "history    h.db, of 400 days",
        "journal    night.journal",
        "policy     policy.toml (1 rule, 0 waivers)",
        "baseline   yesterday.json",
    ]
    assert sorted(path.name for path in Path().iterdir()) == ["auditor.toml", "policy.toml", "yesterday.json"]
