"""Formats that tell of all organizations together: what is not known, and units that are not added."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from auditor.render import html, markdown, openmetrics
from auditor.render.headlines import headlines_of
from auditor.render.types import TypeCount, counts_of
from auditor.report.reading import Document
from tests.render.documents import a_fleet

Render = Callable[[Document], bytes]


@pytest.mark.parametrize(
    ("render", "said"),
    [
        (html.render, "compliance not known of 2 organizations"),
        (html.render, "at least 1 violation of product classes"),
        (html.render, "not known of 2 organizations"),
        (markdown.render, "| Organizations whose compliance could not be read | 2 |"),
        (openmetrics.render, "auditor_fleet_unknown_compliance_organizations 2"),
    ],
)
def test_compliance_that_is_not_known_is_told(render: Render, said: str) -> None:
    """No violation among those that could be read is not the same as no violation."""
    text = render(a_fleet()).decode()

    assert said in text


def test_where_all_compliance_is_known_the_page_says_nothing_about_it() -> None:
    """And the count is exact."""
    report = a_fleet()
    report["totals"]["subscription"]["violations"]["unknown"] = 0

    text = html.render(report).decode()

    assert "compliance not known" not in text
    assert "at least 1 violation" not in text


@pytest.mark.parametrize(
    ("render", "said"),
    [
        (html.render, "besides 25 seats of Systems Manager"),
        (markdown.render, "| Seats of Systems Manager under co-termination | 25 |"),
        (openmetrics.render, "auditor_fleet_coterm_licensed_seats 25"),
        (
            openmetrics.render,
            'auditor_organization_coterm_licensed_seats{tenant="acme",organization="502"} 25',
        ),
    ],
)
def test_seats_of_co_termination_are_told_apart_from_devices(render: Render, said: str) -> None:
    """And from the seats of per-device licensing, which keep their number."""
    text = render(a_fleet()).decode()

    assert said in text


def test_seats_are_added_to_no_other_count() -> None:
    """Neither to devices nor to the seats of another licensing model."""
    report, without = a_fleet(), a_fleet()
    without["totals"]["coTerm"]["seats"]["licensed"] = 0

    changed = {
        label
        for (label, count), (_, before) in zip(headlines_of(report), headlines_of(without), strict=True)
        if count != before
    }

    assert changed == {"Seats of Systems Manager under co-termination"}


def test_seats_of_co_termination_are_a_type_of_their_own() -> None:
    """In the table by type; an organization without any has no row."""
    block = next(one for one in a_fleet()["organizations"] if one["coTerm"] is not None)
    seats = TypeCount("seats", "Systems Manager", "licensed", 25)

    assert seats in [*counts_of(block)]
    block["coTerm"]["seats"] = {"licensed": 0}
    assert "seats" not in {one.unit for one in counts_of(block)}
