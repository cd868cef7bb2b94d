from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import orjson
import pytest

from auditor.cli import main
from auditor.cli.exit_codes import ExitCode
from auditor.history.history import History
from tests.history.runs import a_kept_run, a_run, an_organization
from tests.judge import reports as made

TABLE = """\
expiring      ▁▃▅▇█  104    100 to 104
atRisk        ▁▃▅▇█  14     10 to 14
unused        ▅▅▅▅▅  3      3 to 3
completeness  ██▁██  100 %  50 % to 100 %

as of (UTC)       expiring       atRisk       unused      completeness
2026-03-01 02:00       100           10            3             100 %
2026-03-02 02:00       101   +1      11   +1       3   =         100 %      =
2026-03-03 02:00       102  ~+1      12  ~+1       3  ~=          50 %  -50.0  NOT WHOLE
2026-03-04 02:00       103  ~+1      13  ~+1       3  ~=         100 %  +50.0  AFTER THAT
2026-03-05 02:00       104   +1      14   +1       3   =         100 %      =
"""
NOTES = {
    "NOT WHOLE": "not complete: lower bounds; organizations: 1 more, 0 gone",
    "AFTER THAT": "the run before was not complete; organizations: 1 more, 0 gone",
}
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is known by its name."""
    monkeypatch.setitem(main.COMMANDS, "trend", "Show how figures moved over the runs of a history.")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Five nights: in the third an organization failed, in the fourth there was another one."""
    path = tmp_path / "history.db"
    one, other = an_organization("501"), an_organization("9", tenant="north", expiring=40)
    with History.open(path) as opened:
        opened.add(a_run(0, one))
        opened.add(a_run(1, one))
        opened.add(a_run(2, made.failed("501"), other))
        opened.add(a_run(3, one, other, an_organization("502")))
        opened.add(a_run(4, one, other, an_organization("502")))
    return path


def trend(*arguments: object) -> int:
    """Run the command; its exit code."""
    return main.exit_code_of(["trend", *map(str, arguments)])


def test_the_table_has_a_line_for_each_figure_and_a_row_for_each_run(history: Path, capfd: Captured) -> None:
    """Piped it is plain text; a change against a run that does not compare says so, and why."""
    assert trend(history) == ExitCode.COMPLETE
    told = capfd.readouterr()

    assert told.err == ""
    assert "\x1b" not in told.out
    table = TABLE
    for place, note in NOTES.items():
        table = table.replace(place, note)
    assert told.out == table


def test_on_a_terminal_the_table_is_set_off_and_fits(
    history: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes wrap; into a file it goes plain all the same."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    assert trend(history) == ExitCode.COMPLETE
    assert "\x1b[1m" in capfd.readouterr().out
    assert trend(history, "-o", history.with_name("out")) == ExitCode.COMPLETE
    assert "\x1b" not in history.with_name("out").read_text("utf-8")


def test_one_tenant_and_one_organization_can_be_followed(history: Path, capfd: Captured) -> None:
    """Only through the runs that had them; an organization shows how it ended and stood."""
    assert trend(history, "--tenant", "north", "--figure", "expiring") == ExitCode.COMPLETE
    north = capfd.readouterr().out.splitlines()
    assert trend(history, "--org", "501", "--figure", "expiring") == ExitCode.COMPLETE
    single = capfd.readouterr().out.splitlines()

    assert [line.split()[2] for line in north[3:]] == ["40", "40", "40"]
    assert [line.split()[2:] for line in single[3:]] == [
        ["3", "audited;", "expiring"],
        ["3", "=", "audited;", "expiring"],
        ["?", "failed"],
        ["3", *["audited;", "expiring;", "the", "run", "before", "was", "not", "complete"]],
        ["3", "=", "audited;", "expiring"],
    ]


def test_json_tells_all_of_it_to_a_program(history: Path, capfd: Captured) -> None:
    """Figures and changes by the report's own paths, whatever they were asked for by."""
    arguments = ("--format", "json", "--figure", "unused", "--figure", "expiring.within.30")
    assert trend(history, *arguments) == ExitCode.COMPLETE
    told = orjson.loads(capfd.readouterr().out)

    assert {key: told[key] for key in ("schemaVersion", "tenant", "organizationId", "figures")} == {
        "schemaVersion": "1.0",
        "tenant": None,
        "organizationId": None,
        "figures": ["unused.total", "expiring.within.30"],
    }
    assert told["runs"][2] == {
        "run": "run-2",
        "asOf": "2026-03-03T02:00:00Z",
        "toolVersion": "1.2.3",
        "complete": False,
        "plan": "full",
        "windowsDays": [30, 60, 90],
        "status": None,
        "standing": None,
        "figures": {"unused.total": 3, "expiring.within.30": 0},
        "changes": {"unused.total": 0, "expiring.within.30": 0},
        "organizations": {"appeared": 1, "vanished": 0},
        "marks": ["notComplete", "otherOrganizations"],
    }
    assert told["runs"][0]["changes"] == {"unused.total": None, "expiring.within.30": None}


def test_csv_has_a_row_for_each_run(history: Path, capfd: Captured) -> None:
    """Empty where something is not known."""
    assert trend(history, "--format", "csv", "--figure", "expiring") == ExitCode.COMPLETE
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))

    assert [row["expiring.total"] for row in rows] == ["100", "101", "102", "103", "104"]
    assert [row["expiring.total change"] for row in rows] == ["", "1", "1", "1", "1"]
    assert rows[2]["marks"] == "notComplete otherOrganizations"
    assert rows[2]["windowsDays"] == "30 60 90"


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2026-03-04", "2026-03-04"),
        ("2026-03-04T01:00:00+01:00", "2026-03-04"),
        ("1d", "2026-03-04"),
        ("90d", "2026-03-01"),
    ],
)
def test_a_beginning_can_be_given(since: str, first: str, history: Path, capfd: Captured) -> None:
    """As a day, an instant, or days before the latest run; the first row has its change all the same."""
    assert trend(history, "--since", since, "--format", "json") == ExitCode.COMPLETE
    runs = orjson.loads(capfd.readouterr().out)["runs"]

    assert runs[0]["asOf"][:10] == first
    assert runs[-1]["run"] == "run-4"
    assert (runs[0]["changes"]["expiring.total"] is None) is (first == "2026-03-01")


def test_reports_of_before_go_in_once(tmp_path: Path, capfd: Captured) -> None:
    """The history is made for them; adding one again changes nothing, and a split one is no whole."""
    path, history = tmp_path / "report.json", tmp_path / "history.db"
    told = []
    for report in (a_kept_run(0, 1), a_kept_run(0, 1), a_kept_run(0, 2)):
        path.write_bytes(orjson.dumps(report))
        assert trend(history, "--add", path, "--format", "csv") == ExitCode.COMPLETE
        output = capfd.readouterr()
        told.append(output.err.strip().removeprefix(f"auditor: {path}: "))
        assert len(output.out.splitlines()) == 2

    assert told == [
        "added",
        "its run is there already",
        "added in place of a smaller report of the same run",
    ]


def test_several_reports_go_in_at_once_in_any_order(tmp_path: Path, capfd: Captured) -> None:
    """`--add` may be repeated; one of them may come from stdin."""
    paths = []
    for night in (2, 0, 1):
        paths.append(tmp_path / f"{night}.json")
        paths[-1].write_bytes(orjson.dumps(a_kept_run(night, 1)))
    options = [part for path in paths for part in ("--add", path)]

    assert trend(tmp_path / "h.db", *options, "--format", "json") == ExitCode.COMPLETE
    runs = orjson.loads(capfd.readouterr().out)["runs"]
    assert [one["run"] for one in runs] == ["run-0", "run-1", "run-2"]


def test_a_history_without_a_run_says_so(tmp_path: Path, capfd: Captured) -> None:
    """It is no mistake, but for a picture there is nothing to draw."""
    with History.open(tmp_path / "h.db"):
        pass

    assert trend(tmp_path / "h.db") == ExitCode.COMPLETE
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "auditor: the history has no run\n")
    assert trend(tmp_path / "h.db", "--format", "svg") == ExitCode.USAGE
    assert "nothing to draw" in capfd.readouterr().err


def test_a_time_without_a_run_says_so(history: Path, capfd: Captured) -> None:
    """JSON stays JSON."""
    assert trend(history, "--since", "2027-01-01", "--format", "json") == ExitCode.COMPLETE
    told = capfd.readouterr()
    assert orjson.loads(told.out)["runs"] == []
    assert told.err == "auditor: the history has no run of that time\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tenant", "acne"), "no run had a tenant 'acne' (did you mean 'acme'?)"),
        (("--tenant", "zzz"), "there are 'acme', 'north'"),
        (("--org", "77"), "no run had an organization '77'"),
        (("--tenant", "acme", "--org", "501"), "not both"),
        (("--figure", "expirng"), "did you mean 'expiring'?"),
        (("--figure", "expiring.within.31"), "did you mean 'expiring.within.30'?"),
        (("--org", "501", "--figure", "coTerm.use.overLimit"), "not kept of a single organization"),
        (("--since", "yesterday"), "for example 2026-11-01, 2026-11-24T00:00:00Z or 30d"),
        (("--since", "2026-02-30"), "--since"),
        (("--since", "0d"), "--since"),
        (("-o", "/nowhere/at/all"), "does not exist"),
    ],
)
def test_what_cannot_be_shown_is_told_with_what_can(
    arguments: tuple[str, ...], told: str, history: Path, capfd: Captured
) -> None:
    """As a mistake of the user's."""
    assert trend(history, *arguments) == ExitCode.USAGE
    output = capfd.readouterr()
    assert output.out == ""
    assert told in output.err


def test_a_history_that_is_none_is_told(tmp_path: Path, capfd: Captured) -> None:
    """A missing one is not made, and a report is not taken for one."""
    report = tmp_path / "report.json"
    report.write_bytes(orjson.dumps(a_kept_run(0, 1)))

    assert trend(tmp_path / "none.db") == ExitCode.USAGE
    assert not (tmp_path / "none.db").exists()
    assert trend(report) == ExitCode.USAGE
    assert trend(tmp_path / "none.db", "--add", tmp_path) == ExitCode.USAGE
    told = capfd.readouterr().err
    assert "no such file" in told
    assert f"{report} is no history" in told
    assert "cannot read" in told


def test_a_damaged_history_is_told(history: Path, capfd: Captured) -> None:
    """With what to do, and no traceback."""
    history.write_bytes(history.read_bytes()[:-4000])

    assert trend(history) == ExitCode.USAGE
    assert "is damaged" in capfd.readouterr().err
