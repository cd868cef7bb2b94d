from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook

from auditor.render.text import clean
from auditor.render.xlsx import render
from auditor.report.reading import Document
from tests.render.documents import HOSTILE, a_document, a_finding, a_fleet, an_organization, documents

SHEETS = [
    *("Summary", "Organizations", "Expiring & unused by type", "Dark dates", "Renewals by month", "Errors"),
]


def opened(report: Document) -> Workbook:
    """The workbook as openpyxl reads it."""
    return load_workbook(io.BytesIO(render(report)))


def rows(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    """The values of a sheet, its header first."""
    return list(book[sheet].iter_rows(values_only=True))


@settings(max_examples=20)
@given(documents())
def test_every_report_opens_without_a_formula(report: Document) -> None:
    """No cell is one, whatever the names begin with; the sheets are there also when empty."""
    book = opened(report)

    assert book.sheetnames[:6] == SHEETS
    for sheet in book:
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type in {"f", "e"}]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
    assert len(rows(book, "Organizations")) == len(report["organizations"]) + 1


def test_the_same_report_gives_the_same_bytes() -> None:
    """No time of writing is in it."""
    assert render(a_fleet([a_finding()])) == render(a_fleet([a_finding()]))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_come_back_as_they_were(name: str) -> None:
    """As text: what looks like an escape of the format included."""
    report = a_document(an_organization(name=name))
    header, row = rows(opened(report), "Organizations")

    assert (row[header.index("name")] or "") == clean(name)


def test_nothing_in_the_file_points_elsewhere() -> None:
    """No link to another file or site comes out of a name."""
    organizations = (an_organization(str(number), name=name) for number, name in enumerate(HOSTILE))
    with zipfile.ZipFile(io.BytesIO(render(a_document(*organizations)))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    assert not [name for name in parts if "externalLink" in name or "sheet1.xml.rels" in name]
    assert not [name for name, text in parts.items() if b"<hyperlink" in text or b"<f>" in text]


def test_figures_are_numbers_and_instants_are_dates() -> None:
    """So that they can be sorted and summed; what is not known is empty."""
    book = opened(a_fleet([a_finding()]))
    header, first, _, _, counted, *_ = rows(book, "Organizations")

    assert first[header.index("licenses.total")] == 17
    assert first[header.index("dark.soonest")] == datetime(2026, 3, 20, 6, 30)  # noqa: DTZ001 - as Excel has it
    assert counted[header.index("expiring.within.30")] is None
    assert rows(book, "Summary")[1] == ("As of (UTC)", datetime(2026, 3, 1, 12, 0))  # noqa: DTZ001 - the same
    assert ("Devices beyond what is licensed (estimate)", "not known") in rows(book, "Summary")
    assert rows(book, "Expiring & unused by type")[1] == ("acme", "501", "Example", "MX64-ENT", 3, 1, 3, 2, 1)
    assert rows(book, "Renewals by month") == [
        ("Tenant", "Licensing model", "Type", "Unit", "2026-03", "2026-04"),
        ("acme", "per-device", "MX64-ENT", "licenses", 0, 3),
    ]
    assert rows(book, "Errors")[2][1:5] == ("601", "server", 503, "the server failed")
    assert rows(book, "Findings")[1][:3] == ("error", True, "at-risk")


def test_findings_have_a_sheet_only_where_there_was_a_judge() -> None:
    """An empty one would say that all is well."""
    assert "Findings" not in opened(a_fleet()).sheetnames
    assert "Findings" in opened(a_fleet([])).sheetnames


def test_a_dark_date_names_what_goes_dark() -> None:
    """Under co-termination that is the whole organization, which has no name of a type."""
    dark = {
        "darkAt": "2027-01-01T00:00:00Z",
        "tenant": "acme",
        "organizationId": "601",
        "name": "Velmora",
        "licensingModel": "co-term",
        "standing": "expiring",
        "what": None,
        "count": 1,
        "estimate": False,
    }
    header, row = rows(opened({**a_document(an_organization()), "darkDates": [dark]}), "Dark dates")

    assert row[header.index("What")] == "whole organization"
    assert row[header.index("Estimate")] is False
