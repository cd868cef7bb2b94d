from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.cli.journaling import journaling
from auditor.cli.preparation import Prepared
from auditor.errors import SettingsError
from auditor.journal.journal import Journal
from auditor.journal.terms import RESUMED_WITHIN, Terms
from auditor.settings.model import AuditSettings, OutputSettings, Settings
from auditor.settings.selection import Selection

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def prepared(
    journal: Path | str,
    *,
    report: str = "-",
    ids: int = 0,
    as_of: datetime | None = None,
    detail: bool = False,
) -> Prepared:
    settings = Settings(
        audit=AuditSettings(as_of=as_of, detail=detail),
        output=OutputSettings(report=report, journal=str(journal)),
    )
    return Prepared(settings, Selection(frozenset(map(str, range(ids)))), {})


def begin(path: Path, *, ids: int = 0) -> Terms:
    """Leave the journal of an unfinished run that began just now."""
    with journaling(prepared(path, ids=ids, as_of=LONG_AGO), resume=False) as journaled:
        assert journaled is not None
        return journaled.terms


def test_a_resumed_run_keeps_its_reference_time(tmp_path: Path) -> None:
    """Whatever the time is now."""
    terms = begin(tmp_path / "a.journal")

    with journaling(prepared(tmp_path / "a.journal"), resume=True) as journaled:
        assert journaled is not None
        assert journaled.terms == terms


def test_a_run_that_began_too_long_ago_is_not_resumed(tmp_path: Path) -> None:
    """The figures of that day would pass for those of today."""
    path = tmp_path / "a.journal"
    terms = begin(path)
    begun = terms.started_at - RESUMED_WITHIN - timedelta(minutes=1)
    with Journal.open(path) as journal:
        journal.begin(Terms(terms.facts, terms.as_of, begun))

    with journaling(prepared(path), resume=True) as journaled:
        assert journaled is not None
        assert journaled.terms.started_at > begun
        assert journaled.terms.as_of > LONG_AGO


def test_a_long_selection_is_told_from_another_as_long(tmp_path: Path) -> None:
    """By a digest: nobody reads a thousand ids."""
    begin(tmp_path / "a.journal", ids=1000)

    with (
        pytest.raises(SettingsError, match=r'selection ids: "1,000 ids \(\w+\)", now "1,001 ids \(\w+\)"'),
        journaling(prepared(tmp_path / "a.journal", ids=1001), resume=True),
    ):
        pass


def test_a_run_without_detail_is_not_resumed_with_it(tmp_path: Path) -> None:
    """Half of the organizations would name their licenses, and half would not."""
    begin(tmp_path / "a.journal")

    with (
        pytest.raises(SettingsError, match="detail: false, now true"),
        journaling(prepared(tmp_path / "a.journal", detail=True), resume=True),
    ):
        pass


@pytest.mark.parametrize("name", ["-", "report.json", "."])
def test_a_journal_needs_a_file_of_its_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the report, a stream or a folder."""
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(SettingsError, match=r"^--journal"),
        journaling(prepared(name, report="report.json"), resume=False),
    ):
        pass


@pytest.mark.parametrize("name", ["inner/../report.json", "linked/report.json", "twin.json"])
def test_another_name_of_the_report_is_the_report(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last good report must not become a journal, by whatever way it is reached."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / "report.json").touch()
    (tmp_path / "twin.json").hardlink_to(tmp_path / "report.json")

    with (
        pytest.raises(SettingsError, match="a file of its own"),
        journaling(prepared(name, report="report.json"), resume=False),
    ):
        pass

    assert (tmp_path / "report.json").read_bytes() == b""
