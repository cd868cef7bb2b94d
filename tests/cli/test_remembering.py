from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from auditor.cli.remembering import Past, check_history, points_at, remember
from auditor.errors import SettingsError
from auditor.history.history import History
from auditor.render import html
from auditor.report.reading import Document
from auditor.report.to_json import ReportText, to_piece
from tests.history.runs import a_kept_run, a_run, an_organization


def a_text(report: Document) -> ReportText:
    """The report as a run has it: its organizations apart, as text."""
    return ReportText({**report, "organizations": []}, [to_piece(one) for one in report["organizations"]])


def test_a_run_is_remembered_as_its_report_would_be(tmp_path: Path) -> None:
    """Adding the report later changes nothing."""
    path, report = tmp_path / "h.db", a_kept_run(0, 3)
    remember(a_text(report), path=str(path), keep_days=None)

    with History.open(path) as history:
        before = history.entries(), history.entries(organization="501")
        history.add(report)
        assert (history.entries(), history.entries(organization="501")) == before
        assert len(before[0]) == 1


def test_what_is_too_old_is_forgotten_with_each_run(tmp_path: Path) -> None:
    """Only where that is asked for."""
    path = str(tmp_path / "h.db")
    for night in (0, 20, 40):
        remember(a_text(a_kept_run(night, 1)), path=path, keep_days=None)
    remember(a_text(a_kept_run(60, 1)), path=path, keep_days=30)

    with History.open(Path(path)) as history:
        assert [one.run_id for one in history.entries()] == ["run-40", "run-60"]


def test_without_a_history_or_anything_selected_nothing_happens(tmp_path: Path) -> None:
    """As no report is written either."""
    nothing = a_text(a_run(0, an_organization()))
    nothing.head["completeness"]["organizations"]["selected"] = 0

    remember(a_text(a_kept_run(0, 1)), path=None, keep_days=None)
    remember(nothing, path=str(tmp_path / "h.db"), keep_days=None)
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_fails_costs_a_warning_and_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The report is there, and can be added later."""
    (tmp_path / "h.db").write_bytes(b"something else")
    with caplog.at_level(logging.WARNING, logger="auditor"):
        remember(a_text(a_kept_run(0, 1)), path=str(tmp_path / "h.db"), keep_days=None)

    assert [record.getMessage() for record in caplog.records] == ["history_not_written"]
    assert (tmp_path / "h.db").read_bytes() == b"something else"


def test_a_history_is_looked_at_before_the_run(tmp_path: Path) -> None:
    """What is there and is none is found at once, not after an hour."""
    path = tmp_path / "h.db"
    check_history(None, others=())
    check_history(str(path), others=("-", None, "report.json"))
    assert path.exists()

    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE a (b)")
    connection.close()
    with pytest.raises(SettingsError, match="another program"):
        check_history(str(tmp_path / "other.db"), others=())
    with pytest.raises(SettingsError, match="no such file"):
        check_history(str(tmp_path / "none" / "h.db"), others=())


@pytest.mark.parametrize("named", ["-", "h.json", "./h.json"])
def test_a_history_needs_a_file_of_its_own(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither stdout nor the report; that stays as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h.json").write_bytes(orjson.dumps({}))

    with pytest.raises(SettingsError, match="a file of its own"):
        check_history(named, others=("h.json",))
    assert (tmp_path / "h.json").read_bytes() == b"{}"


def test_a_page_shows_the_runs_until_its_report(tmp_path: Path) -> None:
    """Those of its tenant alone, where it is one's own; later ones are not its past."""
    path = str(tmp_path / "h.db")
    one, other = an_organization("1"), an_organization("2", tenant="north", expiring=70)
    reports = [a_run(0, one), a_run(1, one, other), a_run(2, one, other)]
    for report in reports:
        remember(a_text(report), path=path, keep_days=None)

    assert [point["expiring"] for point in points_at(path, reports[1])] == [100, 101]
    assert [point["expiring"] for point in points_at(path, reports[2], tenant="north")] == [70, 70]
    assert b'<h2 id="trend-heading">' in html.render(reports[1], trend=points_at(path, reports[1]))


def test_a_page_of_a_run_shows_that_run_before_its_history_is_written(tmp_path: Path) -> None:
    """As it would be shown later, forgetting what is too old; and the file stays as it was."""
    path, tonight = tmp_path / "h.db", a_run(40, an_organization())
    for night in (0, 30):
        remember(a_text(a_run(night, an_organization())), path=str(path), keep_days=None)
    before = path.read_bytes()
    with closing(Past(str(path), a_text(tonight), keep_days=20)) as past:
        shown = [past.points(tonight), past.points(tonight, tenant="acme")]

    assert path.read_bytes() == before
    assert [point["run"] for point in shown[0] or ()] == ["run-30", "run-40"]
    remember(a_text(tonight), path=str(path), keep_days=20)
    assert shown == [points_at(str(path), tonight), points_at(str(path), tonight, tenant="acme")]


def test_a_history_that_cannot_be_read_fails_a_rendering_and_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who asks for a page with a trend is told; after a run the page comes without one."""
    path, report = str(tmp_path / "none.db"), a_kept_run(0, 1)
    damaged_path = str(tmp_path / "h.db")
    (tmp_path / "h.db").write_bytes(b"something else")

    with pytest.raises(SettingsError, match="no such file"):
        points_at(path, report)
    with caplog.at_level(logging.WARNING, logger="auditor"):
        assert Past(None, a_text(report), keep_days=None).points(report) is None
        past = Past(damaged_path, a_text(report), keep_days=None)
        assert past.points(report) is None
        assert past.points(report, tenant="acme") is None
    assert [record.getMessage() for record in caplog.records] == ["history_not_read"]
