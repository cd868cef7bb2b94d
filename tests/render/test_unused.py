"""What is unused is one number in all that shows it: `unused.total`, with its parts by their names."""

from __future__ import annotations

import csv as csv_table
import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook

from auditor.cli.summary import summary_lines
from auditor.history.entry import SHORT_NAMES
from auditor.render import csv, github_summary, html, markdown, openmetrics, openmetrics_fleet, xlsx
from auditor.render.html_page.detail import parts_of
from auditor.report.reading import Document
from tests.render.documents import a_document, an_organization, licenses_blocks

Render = Callable[[Document], bytes]


@pytest.fixture
def report() -> Document:
    """Of 959 unused licenses 552 are not burning, and 407 burn already."""
    blocks = licenses_blocks(unused=552, burning=407)
    document = a_document(an_organization("501", blocks))
    document["totals"] |= {key: document["totals"][key] | blocks[key] for key in ("licenses", "unused")}
    return document


@pytest.mark.parametrize(
    ("render", "lines"),
    [
        *(
            (
                render,
                (
                    "| Unused licenses | 959 |",
                    "| Unused licenses: not burning | 552 |",
                    "| Unused licenses: burning already | 407 |",
                    "| License type | Unused | Not burning | Burning already |",
                    "| MX64-ENT | 959 | 552 | 407 |",
                ),
            )
            for render in (markdown.render, github_summary.render)
        ),
        *(
            (
                render,
                (
                    "auditor_fleet_unused_licenses 959",
                    "auditor_fleet_unused_not_burning_licenses 552",
                    "auditor_fleet_unused_active_licenses 407",
                ),
            )
            for render in (openmetrics.render, openmetrics_fleet.render)
        ),
        (openmetrics.render, ('auditor_organization_unused_licenses{tenant="acme",organization="501"} 959',)),
    ],
)
def test_text_formats_state_the_total_and_its_parts(
    render: Render, lines: tuple[str, ...], report: Document
) -> None:
    """Where a part stands it has the name of the part, and never that of the whole."""
    told = render(report).decode().splitlines()

    assert [line for line in lines if line not in told] == []


def test_the_summary_states_the_total_and_its_parts(report: Document) -> None:
    """On the terminal."""
    assert "  unused    959: 552 not burning, 407 burning already" in list(summary_lines(report))


def test_tables_state_the_total_and_its_parts(report: Document) -> None:
    """The workbook in its summary and by type, CSV by the names of the report."""
    book = load_workbook(io.BytesIO(xlsx.render(report)))
    summary = list(book["Summary"].iter_rows(max_col=2, values_only=True))
    header, row = book["Expiring & unused by type"].iter_rows(values_only=True)
    (organization,) = csv_table.DictReader(io.StringIO(csv.render(report).decode("utf-8-sig")))

    assert [row for row in summary if str(row[0]).startswith("Unused")] == [
        ("Unused licenses", 959),
        ("Unused licenses: not burning", 552),
        ("Unused licenses: burning already", 407),
    ]
    assert (header[6:], row[6:]) == (("Unused", "Unused, not burning", "Unused, burning"), (959, 552, 407))
    assert organization["unused.total"] == "959"


def test_the_page_states_the_total_and_its_parts(report: Document) -> None:
    """In the figures, by type, of an organization and in its details."""
    text = html.render(report).decode()
    details = dict(parts_of(report["organizations"][0], [], []))

    assert "Licenses unused" in text
    assert "407 of them burning" in text
    for head in ("Unused", "Not burning", "Burning"):
        assert f">{head}</th>" in text
    assert details["Unused"][:3] == [("All", "959"), ("Not burning", "552"), ("Burning", "407")]
    assert ("Type MX64-ENT", "959: 552 not burning, 407 burning") in details["Unused"]


def test_trends_draw_the_total() -> None:
    """Under the same name."""
    assert SHORT_NAMES["unused"] == "unused.total"
