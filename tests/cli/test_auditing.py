from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.auditing import MAX_TENANTS, deliver, tenants_without_organizations
from auditor.report.to_json import ReportText, to_piece
from tests.judge.reports import a_document, an_organization, unlisted


def a_text(*tenants: str, **changes: Any) -> ReportText:
    """The report on one organization of acme, where there are these *tenants* besides."""
    named = [{"name": name, "tags": [], "contact": ""} for name in ("acme", *tenants)]
    report = a_document(an_organization("501"), tenants=named, **changes)
    return ReportText({**report, "organizations": []}, [to_piece(one) for one in report["organizations"]])


def test_a_tenant_of_whom_nothing_was_selected_is_told_to_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt pattern must not make a customer vanish without a word; the report is written."""
    target = tmp_path / "report.json"
    deliver(a_text("north", "south"), target=str(target), log_format="text")

    told = capsys.readouterr().err
    assert "auditor: warning: no organization was audited for tenants north, south: the selection" in told
    assert target.exists()


def test_it_is_told_to_a_program_as_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """One record for each tenant; the line of the end stays as it is."""
    deliver(a_text("north"), target=str(tmp_path / "report.json"), log_format="json")

    assert caplog.messages == ["nothing_selected"]
    assert caplog.records[0].levelname == "WARNING"
    assert caplog.records[0].__dict__["fields"] == {"tenant": "north"}
    assert json.loads(capsys.readouterr().err)["event"] == "audit_finished"


def test_of_many_such_tenants_only_some_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a run is for one organization alone it is a line, not a page."""
    names = [f"t{number}" for number in range(MAX_TENANTS + 2)]
    deliver(a_text(*names), target=str(tmp_path / "report.json"), log_format="text")

    assert "t4 and 2 more: " in capsys.readouterr().err


def test_nothing_is_said_where_this_run_is_about_some_of_what_is_selected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--org` nobody expects the others."""
    deliver(a_text("north"), target=str(tmp_path / "report.json"), log_format="text", is_narrowed=True)

    assert "warning" not in capsys.readouterr().err


def test_nothing_is_said_of_tenants_that_were_read_or_may_be_elsewhere() -> None:
    """A part, or a run that was cut, cannot know; what could not be listed is an error already."""
    part, cut = a_text("north"), a_text("north")
    part.head["run"]["shard"] = "1/2"
    cut.head["run"]["interrupted"] = "the deadline came"

    assert tenants_without_organizations(a_text("north")) == ["north"]
    assert tenants_without_organizations(a_text()) == []
    assert tenants_without_organizations(a_text("north", errors=[unlisted("north")])) == []
    assert tenants_without_organizations(part) == tenants_without_organizations(cut) == []
