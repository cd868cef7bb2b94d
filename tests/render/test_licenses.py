"""The licenses of an audit with detail, in the formats that name them."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl

from auditor.render import csv_licenses
from auditor.render.html import render as page
from auditor.render.html_page.attention import MOST, attention_table
from auditor.render.xlsx import render as workbook
from tests.render.documents import a_document, an_organization


def an_entry(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A license that goes dark."""
    return {
        "id": f"70000{number}",
        "licenseType": "MX64-ENT",
        "state": "expiring",
        "deviceSerial": f"Q2XX-TEST-{number:04}",
        "networkId": "N_1",
        "orderNumber": "5S0000001",
        "activationDate": "2025-03-01T12:00:00Z",
        "expirationDate": "2026-03-21T12:00:00Z",
        "burnsAt": None,
        "daysBurned": None,
        "daysLeft": None,
        "coveredUntil": "2026-03-21T12:00:00Z",
        "darkAt": "2026-04-20T12:00:00Z",
        "atRisk": True,
        **changes,
    }


def test_a_csv_has_a_row_for_each_license() -> None:
    """With its organization; what has no meaning is empty, and nothing becomes a formula."""
    named = an_organization("501", attention=[an_entry(1), an_entry(2, orderNumber="=1+1")])
    text = csv_licenses.render(a_document(named, an_organization("502")))

    first, second = csv.DictReader(io.StringIO(text.decode(), newline=""))
    assert (first["organizationId"], first["deviceSerial"], first["darkAt"], first["burnsAt"]) == (
        "501",
        "Q2XX-TEST-0001",
        "2026-04-20T12:00:00Z",
        "",
    )
    assert first["atRisk"] == "true"
    assert second["orderNumber"] == "'=1+1"


def test_without_detail_a_csv_is_its_header() -> None:
    """No row is made up."""
    assert csv_licenses.render(a_document(an_organization())).decode().strip().split(",") == list(
        csv_licenses.COLUMNS
    )


def test_a_workbook_has_a_sheet_of_licenses_only_with_detail() -> None:
    """Their dates are dates."""
    plain = openpyxl.load_workbook(io.BytesIO(workbook(a_document(an_organization()))))
    book = openpyxl.load_workbook(io.BytesIO(workbook(a_document(an_organization(attention=[an_entry()])))))

    assert "Licenses" not in plain.sheetnames
    header, row = list(book["Licenses"].values)
    told = dict(zip(header, row, strict=True))
    assert (told["deviceSerial"], told["darkAt"], told["daysBurned"], told["atRisk"]) == (
        "Q2XX-TEST-0001",
        datetime(2026, 4, 20, 12, 0),  # noqa: DTZ001 - a workbook has no zones
        None,
        True,
    )


def test_a_page_shows_them_among_the_details_of_their_organization() -> None:
    """As a table, with and without its script; what is on no device is told by its network."""
    entries = [an_entry(1), an_entry(2, deviceSerial=None), an_entry(3, deviceSerial="<b>Q2</b>")]
    text = page(a_document(an_organization(attention=entries))).decode()
    without_script = text.partition("<noscript>")[2]

    assert "Licenses that ask for attention" in without_script
    assert "Q2XX-TEST-0001" in without_script.partition("</noscript>")[0]
    assert "N_1" in without_script
    assert "<b>Q2" not in text
    assert '"tables":[{"caption":"Licenses that ask for attention"' in text


def test_a_page_says_of_each_whether_it_is_at_risk() -> None:
    """A dash where that has no meaning, or the report is of a version that did not say."""
    entries = [an_entry(1), an_entry(2, atRisk=False), an_entry(3, atRisk=None), an_entry(4)]
    del entries[3]["atRisk"]
    table = attention_table(an_organization(attention=entries))

    assert table is not None
    place = [column.head for column in table.columns].index("At risk")
    assert [row[place] for row in table.rows] == ["yes", "no", "–", "–"]


def test_a_page_without_detail_has_no_such_table() -> None:
    """Nor the data of one."""
    text = page(a_document(an_organization())).decode()

    assert "Licenses that ask for attention" not in text
    assert '"tables":[' not in text


def test_a_page_has_the_first_of_very_many() -> None:
    """And says where the others are."""
    table = attention_table(an_organization(attention=[an_entry(number) for number in range(MOST + 5)]))

    assert table is not None
    assert len(table.rows) == MOST
    assert table.rest.startswith("and 5 more")


def test_a_page_says_so_where_there_is_nothing_to_name() -> None:
    """An empty table would look like a mistake."""
    table = attention_table(an_organization(attention=[]))

    assert table is not None
    assert table.note == "None has ended, ends within the longest window or is unused."
