from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.question import PlanKind
from auditor.report.previous import pages_by_organization
from tests.domain.builders import a_license
from tests.report.evidences import SERVER, a_report, a_result, an_abridged_result


def test_sizes_are_those_of_organizations_that_were_audited_to_their_end() -> None:
    """Of a list that broke off nobody knows how long it is; an overview tells it by its total."""
    report = a_report(
        a_result("1", [[a_license()], [a_license(id="2")]]),
        a_result("2", [[a_license()]], ending=SERVER),
        a_result("3", [], ending=SERVER),
        an_abridged_result("4"),
        an_abridged_result("5", plan=PlanKind.TARGETED),
    )

    assert pages_by_organization([orjson.dumps(report)]) == {"1": 2, "4": 1, "5": 1}


def test_an_overview_of_thousands_of_licenses_tells_of_as_many_pages() -> None:
    """The night after a `targeted` run must know its long organizations, too."""
    row = {"id": "1", "status": "audited", "plan": "targeted", "pages": 1, "licenses": {"total": 40_003}}

    assert pages_by_organization([orjson.dumps({"organizations": [row]})]) == {"1": 41}


def test_a_report_of_before_there_were_plans_was_read_in_full() -> None:
    """Nothing else was possible."""
    report = b'{"organizations": [{"id": "1", "status": "audited", "pages": 3}]}'

    assert pages_by_organization([report]) == {"1": 3}


@pytest.mark.parametrize("report", [None, [], "x", {}, {"organizations": {}}, {"organizations": None}])
def test_what_is_no_report_is_refused(report: object) -> None:
    """A wrong file is told, not taken for an empty one."""
    with pytest.raises(ValueError, match="no such list"):
        pages_by_organization([orjson.dumps(report)])


numbers = st.none() | st.booleans() | st.integers(-2, 2)
values = numbers | st.text(max_size=2) | st.sampled_from([{"total": 1}, PlanKind.FULL.value])
entries = st.dictionaries(st.sampled_from(["id", "pages", "plan", "licenses"]), values) | values


@given(st.lists(entries, max_size=6))
def test_whatever_stands_in_the_list_sizes_are_numbers_of_pages(organizations: list[Any]) -> None:
    """Half a report from a strange version costs its sizes, not the run."""
    rows = [{"status": "audited", **row} if isinstance(row, dict) else row for row in organizations]

    found = pages_by_organization([orjson.dumps({"organizations": rows})])

    assert {type(one) for one in found} <= {str}
    assert {type(pages) for pages in found.values()} <= {int}
    assert all(pages > 0 for pages in found.values())
