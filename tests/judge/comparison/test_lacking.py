"""Reports that lack the same organizations are compared as if they were complete."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.judge.comparison.compare import difference_of
from auditor.judge.comparison.difference import Difference
from auditor.judge.comparison.lacking import lack_the_same
from tests.judge.reports import a_document, an_organization, failed, partial, skipped, unlisted

Json = dict[str, Any]
INTERRUPTED = a_document()["run"] | {"interrupted": "deadline"}


def night(*organizations: Json, expiring: int = 0, **changes: Any) -> Json:
    """A report with so many expiring licenses in its totals."""
    report = a_document(an_organization("501"), *organizations, **changes)
    report["totals"]["expiring"]["total"] = expiring
    return report


def totals(difference: Difference) -> list[tuple[str, int, int, bool]]:
    """The totals that are said to have changed."""
    return [(one.figure, one.before, one.after, one.at_least) for one in difference.totals]


def test_totals_of_reports_that_lack_the_same_are_compared() -> None:
    """One organization is forbidden every night; what the others have changes for certain."""
    difference = difference_of(night(failed(), expiring=7), night(failed(), expiring=3))

    assert totals(difference) == [("totals.expiring.total", 7, 3, False)]
    assert difference.warnings == [
        "OLD and NEW are incomplete and lack the same: what both read is compared, totals included"
    ]


@pytest.mark.parametrize(
    "new",
    [
        night(failed("503"), expiring=3),
        night(partial("502"), expiring=3),
        night(failed(), failed("503"), expiring=3),
    ],
)
def test_totals_of_reports_that_lack_something_else_are_not(new: Json) -> None:
    """A fall may be the organization that is missing now."""
    old = night(failed(), expiring=7)

    assert not lack_the_same(old, new)
    assert not [one for one in totals(difference_of(old, new)) if one[0].startswith("totals.expiring")]


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        (night(), night(), True),
        (night(), night(an_organization("509")), True),
        (night(skipped()), night(skipped()), True),
        (night(an_organization("502", missing=["inventory"])), night(an_organization("502")), False),
        (night(errors=[unlisted("north")]), night(errors=[unlisted("north")]), True),
        (night(errors=[unlisted("north")]), night(failed(), errors=[unlisted("north")]), False),
        (
            night(errors=[unlisted("north")]),
            night(an_organization("509"), errors=[unlisted("north")]),
            False,
        ),
        (night(errors=[unlisted("north")]), night(errors=[unlisted("south")]), False),
        (night(failed(), run=INTERRUPTED), night(failed(), run=INTERRUPTED), True),
        (night(failed(), run=INTERRUPTED), night(failed(), failed("503"), run=INTERRUPTED), False),
        (night(partial()), night(partial()), False),
    ],
)
def test_what_a_report_lacks_are_organizations_extras_and_lists(
    old: Json, new: Json, *, is_same: bool
) -> None:
    """Where a list of organizations is cut, both have to list the same ones: there may be more of them."""
    assert lack_the_same(old, new) is is_same
    assert lack_the_same(new, old) is is_same
