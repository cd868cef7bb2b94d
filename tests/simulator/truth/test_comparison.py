from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from auditor.simulator.truth import compare
from tests.simulator.truth.worlds import PLACE, TRUTH

pytestmark = pytest.mark.slow

LICENSED, CO_TERM, SUBSCRIBED = PLACE["per-device"], PLACE["co-term"], PLACE["subscription"]


def test_a_report_that_tells_the_truth_has_no_differences() -> None:
    """The truth agrees with itself, with zeros in tables added or dropped, whatever else the report tells."""
    report = copy.deepcopy(TRUTH)
    report["totals"]["licenses"]["byState"]["someday"] = 0
    report["totals"]["expiring"]["byType"] = {"MV": 3}
    report["totals"]["coTerm"]["use"]["estimate"] = True
    report["totals"]["notes"]["missingId"] = 4
    report["traffic"] = {"requests": 12}
    report["completeness"]["skippedByReason"] |= {"excluded": 0}

    assert compare(TRUTH, report) == []
    assert compare(report, TRUTH) == []


def test_the_tenants_of_a_report_are_put_together() -> None:
    """A line of the forecast may come apart by tenant."""
    report = copy.deepcopy(TRUTH)
    line = next(one for one in report["forecast"]["renewals"] if max(one["byMonth"].values()) > 1)
    month = max(line["byMonth"], key=line["byMonth"].__getitem__)
    line["byMonth"][month] -= 1
    report["forecast"]["renewals"].append({**line, "tenant": "south", "byMonth": {month: 1}})

    assert compare(TRUTH, report) == []


def add(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """A falsification: one more of what stands at *path*, or another text."""

    def falsify(report: dict[str, Any]) -> None:
        *way, last = path
        block: Any = report
        for name in way:
            block = block[name]
        if isinstance(block, dict):
            block.setdefault(last, 0)
        value = block[last]
        block[last] = value + "?" if isinstance(value, str) else (value or 0) + 1

    return falsify


@pytest.mark.parametrize(
    "path",
    [
        ("totals", "licenses", "total"),
        ("totals", "licenses", "byState", "active"),
        ("totals", "licenses", "byState", "someday"),
        ("totals", "licenses", "byType", "MV", "active"),
        ("totals", "expiring", "total"),
        ("totals", "expiring", "within", "60"),
        ("totals", "expiring", "coveredByQueue"),
        ("totals", "expiring", "atRisk"),
        ("totals", "expiring", "atRiskWithin", "30"),
        ("totals", "expiring", "atRiskByType", "MV"),
        ("totals", "unused", "unusedActive"),
        ("totals", "unused", "byType", "MV", "unused"),
        ("totals", "unused", "activation", "soonest"),
        ("totals", "unused", "activation", "soonestCount"),
        ("totals", "unused", "activation", "within", "90"),
        ("totals", "unused", "activation", "overdue"),
        ("totals", "unused", "activation", "unknown"),
        ("totals", "unused", "burning", "daysBurned"),
        ("totals", "unused", "burning", "undated"),
        ("totals", "unused", "burning", "byType", "MV", "daysLeft"),
        ("totals", "coverage", "devices", "inGrace"),
        ("totals", "coverage", "networkLicenses", "unknown"),
        ("totals", "seats", "byState", "unused"),
        ("totals", "seats", "systemsManager", "enrolledDevices"),
        ("totals", "reclaim", "matched"),
        ("totals", "reclaim", "byType", "MV", "unused"),
        ("totals", "notes", "orphanedQueue"),
        ("totals", "coTerm", "organizations"),
        ("totals", "coTerm", "byStatus", "OK"),
        ("totals", "coTerm", "devices", "byModel", "MV"),
        ("totals", "coTerm", "seats", "licensed"),
        ("totals", "coTerm", "use", "organizations"),
        ("totals", "coTerm", "keys", "organizations"),
        ("totals", "coTerm", "use", "spare"),
        ("totals", "coTerm", "use", "unmatched", "MG51"),
        ("totals", "coTerm", "keys", "byMode", "renew"),
        ("totals", "coTerm", "keys", "byEdition", "camera Enterprise"),
        ("totals", "subscription", "total"),
        ("totals", "subscription", "byType", "termed"),
        ("totals", "subscription", "renewalRequested"),
        ("totals", "subscription", "endingWithin", "30"),
        ("totals", "subscription", "seats", "bySku", "LIC-MR-E", "limit"),
        ("totals", "subscription", "violations", "missing", "LIC-MR-E"),
        ("totals", "organizations", "byLicensingModel", "co-term"),
        ("totals", "organizations", "expiringWithin", "30"),
        ("totals", "organizations", "byStanding", "inGrace"),
        ("completeness", "organizations", "audited"),
        ("completeness", "skippedByReason", "apiDisabled"),
        ("organizations", LICENSED, "licenses", "byState", "expired"),
        ("organizations", LICENSED, "seats", "total"),
        ("organizations", LICENSED, "standing"),
        ("organizations", LICENSED, "dark", "soonest"),
        ("organizations", LICENSED, "reclaim", "matched"),
        ("organizations", CO_TERM, "coTerm", "status"),
        ("organizations", CO_TERM, "coTerm", "expiresAt"),
        ("organizations", CO_TERM, "coTerm", "use", "darkAt"),
        ("organizations", CO_TERM, "coTerm", "keys", "live"),
        ("organizations", SUBSCRIBED, "subscription", "shared"),
        ("organizations", SUBSCRIBED, "subscription", "violations", "productClasses"),
    ],
)
def test_one_wrong_figure_is_one_difference(path: tuple[str | int, ...]) -> None:
    """Each figure of a report is looked at, and the sentence names where it stands."""
    report = copy.deepcopy(TRUTH)

    add(*path)(report)
    differences = compare(TRUTH, report)

    assert len(differences) == 1
    assert ".".join(str(name) for name in path[2:]) in differences[0]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("organizations", LICENSED, "dark", "dates", 0, "count"), "dark.dates."),
        (("organizations", SUBSCRIBED, "subscription", "subscriptions", 0, "endsAt"), "subscriptions."),
        (("darkDates", 0, "count"), "darkDates: "),
        (("darkDates", 0, "standing"), "darkDates: "),
        (("reclaimHints", 0, "count"), "reclaimHints: "),
        (("reclaimHints", 0, "soonestDarkDate"), "reclaimHints: "),
        (("forecast", "months", 0), "forecast: months"),
        (("forecast", "renewals", 0, "byMonth", "2026-03"), "forecast: "),
    ],
)
def test_entries_of_lists_are_compared_by_what_they_are_about(path: tuple[str | int, ...], told: str) -> None:
    """One wrong figure in a list is one difference too."""
    report = copy.deepcopy(TRUTH)

    add(*path)(report)
    differences = compare(TRUTH, report)

    assert len(differences) == 1
    assert told in differences[0]


def test_the_order_of_dark_dates_is_looked_at() -> None:
    """The soonest stands first."""
    report = copy.deepcopy(TRUTH)
    report["darkDates"].reverse()

    assert compare(TRUTH, report) == ["darkDates: the soonest is not first in the report"]


def test_missing_extra_repeated_and_renamed_organizations_are_told() -> None:
    """Organizations are compared one by one, by id."""
    report = copy.deepcopy(TRUTH)
    organizations = report["organizations"]
    organizations[LICENSED]["status"] = "partial"
    partial_id = organizations[LICENSED]["id"]
    gone = organizations.pop(0 if LICENSED else 1)
    organizations.append({"id": "77", "status": "audited"})
    organizations.append({"id": "77", "status": "audited"})

    assert compare(TRUTH, report) == [
        "an organization occurs more than once in the report",
        f"organization {gone['id']} is missing from the report",
        "organization 77 is in the report and not in the world",
        f"organization {partial_id}: status is 'partial' in the report, 'audited' in truth",
    ]


@pytest.mark.parametrize(
    ("name", "figure"),
    [("seats", "seats.total"), ("coTerm", "coTerm.keys.live"), ("subscription", "subscription.seats.limit")],
)
def test_a_report_without_a_block_differs_wherever_that_is_not_zero(name: str, figure: str) -> None:
    """What a report leaves out, or has as null, is not taken for right."""
    report = copy.deepcopy(TRUTH)
    report["totals"][name] = None

    assert any(figure in difference for difference in compare(TRUTH, report))
    del report["totals"][name]
    assert any(figure in difference for difference in compare(TRUTH, report))


FIXED = [
    ("totals", "licenses", "total"),
    ("totals", "expiring", "within", "60"),
    ("totals", "expiring", "atRiskByType"),
    ("totals", "coverage", "devices", "unknown"),
    ("totals", "seats", "systemsManager"),
    ("totals", "coTerm", "use", "overLimit"),
    ("totals", "coTerm", "use", "unmatched"),
    ("totals", "subscription", "violations", "missing"),
    ("organizations", LICENSED, "dark", "dates"),
    ("organizations", CO_TERM, "coTerm", "use", "darkAt"),
    ("organizations", CO_TERM, "coTerm", "seats", "licensed"),
    ("organizations", SUBSCRIBED, "subscription", "endingWithin"),
]


def at(block: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at *path*."""
    for name in path:
        block = block[name]
    return block


@pytest.mark.parametrize("path", FIXED)
@pytest.mark.parametrize("nought", [0, None, {}, []])
def test_null_zero_and_nothing_are_three_answers(path: tuple[str | int, ...], nought: Any) -> None:
    """A truth of one of them is met by that alone; what is left out is none of them."""
    truth, report = copy.deepcopy(TRUTH), copy.deepcopy(TRUTH)
    at(truth, path[:-1])[path[-1]] = nought
    noughts: list[Any] = [0, None, {}, []]

    for other in noughts:
        at(report, path[:-1])[path[-1]] = other
        assert (compare(truth, report) == []) is (type(other) is type(nought))
    del at(report, path[:-1])[path[-1]]
    assert "nothing in the report" in compare(truth, report)[0]


def test_only_in_tables_by_name_a_zero_may_be_left_out() -> None:
    """A name that the truth counts, or that the report does; but null is no count."""
    truth, report = copy.deepcopy(TRUTH), copy.deepcopy(TRUTH)
    truth["totals"]["licenses"]["byType"]["MX9"] = {"active": 0}
    report["totals"]["coTerm"]["use"]["byFamily"]["MX9"] = {"licensed": 0, "inUse": 0}
    assert compare(truth, report) == []

    report["totals"]["licenses"]["byState"]["someday"] = None
    assert compare(truth, report) == ["totals: licenses.byState.someday is None in the report, 0 in truth"]


def partial(place: int, changes: dict[tuple[str, ...], Any]) -> list[str]:
    """What is said of a report in which one organization is partial, but for that."""
    report = copy.deepcopy(TRUTH)
    organization = report["organizations"][place]
    organization["status"] = "partial"
    for path, value in changes.items():
        at(organization, path[:-1])[path[-1]] = value
    told = compare(TRUTH, report)
    assert "status is 'partial'" in told[0]
    return told[1:]


def test_of_a_partial_organization_all_that_it_tells_is_looked_at() -> None:
    """Under co-termination a list is read or not: what is told is right, and null is not told."""
    assert partial(CO_TERM, {("coTerm", "keys"): None}) == []
    (told,) = partial(CO_TERM, {("coTerm", "keys"): None, ("coTerm", "devices", "licensed"): 7})
    assert "coTerm.devices.licensed is 7 in the report" in told


def test_a_list_that_broke_off_has_no_more_than_there_is() -> None:
    """Fewer of everything is what a part has; more of anything is wrong."""
    total = TRUTH["organizations"][LICENSED]["licenses"]["total"]
    fewer: dict[tuple[str, ...], Any] = {
        ("licenses", "total"): total - 1,
        ("coverage", "devices"): None,
        ("unused", "activation"): None,
    }
    assert partial(LICENSED, fewer) == []
    for path, value in (
        (("licenses", "total"), total + 1),
        (("licenses", "byState", "someday"), 1),
        (("expiring", "within", "30"), total + 1),
    ):
        (told,) = partial(LICENSED, {path: value})
        assert f"{'.'.join(path)} is {value} in a part" in told


@pytest.mark.parametrize("name", ["darkDates", "reclaimHints", "forecast"])
def test_a_report_without_a_list_differs(name: str) -> None:
    """A cheaper plan tells none of them."""
    report = copy.deepcopy(TRUTH)
    report[name] = None

    assert any(difference.startswith(f"{name}: ") for difference in compare(TRUTH, report))
