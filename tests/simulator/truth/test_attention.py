from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from auditor.simulator.truth.attention import compare_attention, list_attention
from auditor.simulator.truth.license import License
from tests.simulator.truth.rows import AS_OF, a_license, burning, day, queued, unused
from tests.simulator.truth.worlds import TRUTH, WORLD

ATTENTION = WORLD.attention


def listed(*licenses: License) -> list[dict[str, Any]]:
    return list_attention(licenses, AS_OF)


def a_report() -> dict[str, Any]:
    """A report that is true."""
    organizations = [
        {**one, "plan": "full", "attention": deepcopy(ATTENTION[one["id"]])}
        for one in TRUTH["organizations"]
        if one["id"] in ATTENTION
    ]
    return {"organizations": organizations}


def test_each_state_is_listed_as_often_as_it_is_counted() -> None:
    """Two ways to the same numbers."""
    for one in TRUTH["organizations"]:
        for state in ("expired", "expiring", "unused", "unusedActive") if one["id"] in ATTENTION else ():
            told = sum(each["state"] == state for each in ATTENTION[one["id"]])
            assert told == one["licenses"]["byState"].get(state, 0)


def test_a_license_tells_its_end_its_cover_and_its_dark_date() -> None:
    """The queue is in the cover."""
    (one,) = listed(a_license("1", orderNumber="5S1"), queued("2", "1", 30))

    assert (one["id"], one["orderNumber"], one["expirationDate"]) == ("1", "5S1", day(10))
    assert (one["coveredUntil"], one["darkAt"]) == (day(40), day(70))


def test_an_expiring_license_tells_whether_it_is_at_risk() -> None:
    """It is unless its device stays covered beyond the windows; in no other state is that asked."""
    saved = a_license("1", state="expiring", deviceSerial="Q2XX-SAVE-0001")
    behind = queued("2", "1", 365, deviceSerial="Q2XX-SAVE-0001")
    told = listed(saved, behind, a_license("3", state="expiring"), a_license("5"), unused("4"))

    assert {one["id"]: one["atRisk"] for one in told} == {"1": False, "3": True, "5": None, "4": None}


def test_what_is_covered_beyond_the_windows_goes_not_dark() -> None:
    """And comes after what does."""
    saved = a_license("1", deviceSerial="Q2XX-SAVE-0001", expirationDate=day(2))

    first, second = listed(saved, queued("2", "1", 365, deviceSerial="Q2XX-SAVE-0001"), a_license("3"))

    assert (first["id"], second["id"], second["darkAt"]) == ("3", "1", None)


def test_what_lies_unused_tells_when_it_burns_and_how_long_it_has() -> None:
    """90 days after the claim, and whole days since the start."""
    first, second = listed(burning("1"), unused("2", claimDate=day(-60)))

    assert (first["id"], first["burnsAt"]) == ("2", day(30))
    assert (second["daysBurned"], second["daysLeft"]) == (100, 265)


def test_a_true_report_differs_in_nothing() -> None:
    """Nor is one looked at that was read in part, or whose licenses were not all read."""
    report = a_report()
    report["organizations"][0] |= {"status": "partial", "attention": []}
    report["organizations"][1] |= {"plan": "targeted", "attention": []}

    assert compare_attention(ATTENTION, report) == []


@pytest.mark.parametrize("fault", ["none", "missing", "strange", "wrong", "disorder"])
def test_each_fault_is_told(fault: str) -> None:
    """By organization and license."""
    report = a_report()
    block = next(one for one in report["organizations"] if len(one["attention"]) > 2)
    entries, told = (
        block["attention"],
        {
            "none": "is not in the report",
            "missing": f"license {block['attention'][0]['id']} is missing from the report",
            "strange": "license 77 is in the report and not in truth",
            "wrong": f"license {block['attention'][0]['id']}: darkAt is 'soon' in the report",
            "disorder": "the licenses are not in order in the report",
        },
    )
    match fault:
        case "none":
            del block["attention"]
        case "missing":
            del entries[0]
        case "strange":
            entries.append({**entries[0], "id": "77"})
        case "wrong":
            entries[0]["darkAt"] = "soon"
        case _:
            entries.reverse()

    (difference,) = compare_attention(ATTENTION, report)

    assert difference.startswith(f"organization {block['id']}: attention: {told[fault]}")
