from __future__ import annotations

from typing import Any

import pytest

from auditor.cli.exit_codes import ExitCode, of_report
from auditor.domain.result import DiscoveryFailure
from tests.report.evidences import NOT_ENABLED, SERVER, a_report, a_result

AUDITED = a_result("1")
PARTIAL = a_result("2", ending=SERVER)
FAILED = a_result("3", pages=[], ending=SERVER)
SKIPPED = a_result("4", pages=[], ending=NOT_ENABLED)
BROKEN_LIST = [DiscoveryFailure("acme", SERVER)]


@pytest.mark.parametrize(
    ("results", "changes", "code"),
    [
        pytest.param([AUDITED], {}, 0, id="all audited"),
        pytest.param([AUDITED, SKIPPED], {}, 0, id="a skip is no failure"),
        pytest.param([AUDITED, PARTIAL], {}, 3, id="one partial"),
        pytest.param([AUDITED, FAILED], {}, 3, id="one failed"),
        pytest.param([PARTIAL], {}, 3, id="something was read of one"),
        pytest.param([AUDITED], {"discovery_failures": BROKEN_LIST}, 3, id="a list broke off"),
        pytest.param([AUDITED], {"interrupted": "the deadline came"}, 3, id="ended early"),
        pytest.param([], {}, 4, id="nothing selected"),
        pytest.param([FAILED], {}, 4, id="nothing could be read"),
        pytest.param([SKIPPED], {}, 0, id="nothing is for this audit"),
        pytest.param([FAILED, SKIPPED], {"discovery_failures": BROKEN_LIST}, 4, id="neither nor"),
        pytest.param([], {"interrupted": "the deadline came"}, 4, id="ended before anything was listed"),
    ],
)
def test_the_exit_code_follows_from_the_report_alone(
    results: list[Any], changes: dict[str, Any], code: int
) -> None:
    """The table that jobs act on."""
    assert of_report(a_report(*results, **changes)) == code


def test_the_numbers_are_those_that_other_programs_know() -> None:
    """Names may change, numbers may not; 1 is never a defect, and signals are 128 and their number."""
    assert {code.name: code.value for code in ExitCode} == {
        "COMPLETE": 0,
        "POLICY_FAILED": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "NOTHING_AUDITED": 4,
        "DEFECT": 70,
        "INTERRUPTED": 128 + 2,
        "TERMINATED": 128 + 15,
    }
