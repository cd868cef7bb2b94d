from __future__ import annotations

from typing import Any

import pytest

from auditor.report.extent import has_entries, is_nothing_audited
from tests.report.evidences import SERVER, a_report, a_result


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
