from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.extra import Extra
from auditor.domain.result import DiscoveryFailure
from auditor.report.extent import has_entries, is_nothing_audited, is_read_in_part, missing_in_words
from tests.report.evidences import (
    FORBIDDEN,
    SERVER,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
)

LACKING = a_subscription_result("7", a_subscription(), missing={Extra.COMPLIANCE: FORBIDDEN})


def a_part(*results: Any, seen: int = 5, **changes: Any) -> dict[str, Any]:
    """The report on a part of *seen* organizations."""
    report = a_report(*results, seen=seen)
    report["run"] |= {"shard": "2/3"} | changes
    return report


@pytest.mark.parametrize(
    ("report", "is_nothing"),
    [
        (a_report(a_result("1")), False),
        (a_report(), True),
        (a_report(a_result("1", [], ending=SERVER)), True),
        (a_part(), False),
        (a_part(seen=0), True),
        (a_part(interrupted="stopped by SIGTERM"), False),
        (a_part() | {"errors": [{"organizationId": None}]}, False),
    ],
)
def test_nothing_is_audited_where_nothing_was_selected_or_read(
    report: dict[str, Any], *, is_nothing: bool
) -> None:
    """A part of an audit may be empty: its list was read, and nothing of it was for this part."""
    assert is_nothing_audited(report) is is_nothing


def test_what_failed_is_told_all_the_same() -> None:
    """An organization that could not be read is an entry."""
    assert has_entries(a_report(a_result("1", [], ending=SERVER)))


@pytest.mark.parametrize(
    ("report", "is_in_part"),
    [
        (a_report(a_result("1")), False),
        (a_report(LACKING), False),
        (a_report(LACKING, a_result("1", ending=SERVER)), True),
        (a_report(a_result("1", [], ending=SERVER)), True),
        (a_report(LACKING, interrupted="stopped by SIGINT"), True),
        (a_report(LACKING, discovery_failures=[DiscoveryFailure("north", SERVER)]), True),
    ],
)
def test_counts_are_lower_bounds_where_a_list_is_cut_off(report: dict[str, Any], *, is_in_part: bool) -> None:
    """An extra that is missing makes an audit incomplete and cuts off no list."""
    assert is_read_in_part(report) is is_in_part


def test_what_is_missing_is_said_in_a_few_words() -> None:
    """Nothing where nothing is."""
    several = {Extra.COMPLIANCE: FORBIDDEN, Extra.SKUS: None}
    report = a_report(LACKING, a_subscription_result("8", a_subscription(), missing=several))

    assert missing_in_words(report) == "skus in 1 organization, compliance in 2"
    assert missing_in_words(a_report(a_result("1"))) == ""
