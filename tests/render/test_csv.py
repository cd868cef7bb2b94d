from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings

from auditor.render import csv as whole
from auditor.render import csv_types
from auditor.render.text import clean
from auditor.report.reading import Document
from tests.render.documents import HOSTILE, a_document, a_fleet, an_organization, documents


def rows(text: bytes) -> list[dict[str, str]]:
    """The table as Python's own reader sees it, every row as wide as the header."""
    header, *lines = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


@settings(max_examples=60)
@given(documents())
def test_every_organization_is_one_row_that_reads_back(report: Document) -> None:
    """No name breaks the table; each comes back as it was, but for what cannot be shown."""
    text = whole.render(report)

    told = rows(text)
    assert [(row["id"], row["name"].removeprefix("'")) for row in told] == [
        (one["id"], clean(one["name"]).removeprefix("'")) for one in report["organizations"]
    ]
    assert text.count(b"\n") == len(told) + 1
    assert text == whole.render(report)


@settings(max_examples=60)
@given(documents())
def test_no_cell_begins_as_a_formula_does(report: Document) -> None:
    """A spreadsheet would compute it, and send what it finds elsewhere."""
    for text in (whole.render(report), csv_types.render(report)):
        for row in rows(text):
            for cell in row.values():
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\t", "\r"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_guarded_name_keeps_its_text(name: str) -> None:
    """Behind an apostrophe, which a spreadsheet does not show."""
    [row] = rows(whole.render(a_document(an_organization(name=name))))

    assert row["name"] in {clean(name), f"'{clean(name)}"}


def test_figures_are_plain_and_what_is_not_known_is_empty() -> None:
    """No separators of thousands; null is not zero."""
    told = {row["id"]: row for row in rows(whole.render(a_fleet()))}

    assert told["501"]["licenses.total"] == "17"
    assert told["501"]["expiring.within.90"] == "3"
    assert told["501"]["coTerm.use.overLimit"] == ""
    assert told["502"]["coTerm.use.estimate"] == "true"
    assert told["502"]["coTerm.seats.licensed"] == "25"
    assert (told["501"]["coTerm.seats.licensed"], told["502"]["seats.total"]) == ("", "")
    assert told["503"]["subscription.violations.productClasses"] == "1"
    assert told["504"]["expiring.within.90"] == ""
    assert told["601"]["licenses.total"] == ""
    assert told["701"]["reason"] == "apiDisabled"


def test_types_are_in_long_form() -> None:
    """A row for each organization, type and state."""
    told = rows(csv_types.render(a_fleet()))

    assert told[0] == {
        "tenant": "acme",
        "id": "501",
        "name": "Example",
        "licensingModel": "per-device",
        "unit": "licenses",
        "type": "MX64-ENT",
        "state": "active",
        "count": "10",
    }
    assert {row["unit"] for row in told} == {"licenses", "devices", "seats"}


def test_an_empty_report_is_a_header() -> None:
    """A program that reads it finds its columns."""
    assert rows(whole.render(a_document())) == []
    assert csv_types.render(a_document()).decode().strip().split(",") == list(csv_types.COLUMNS)
