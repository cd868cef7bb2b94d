from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth import compare, count_licenses, ends_within, tell_truth
from auditor.simulator.world import World, WorldSpec

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
WORLD = World(WorldSpec(organizations=60, licenses=150, seed=9, as_of=AS_OF))
TRUTH = WORLD.truth
AUDITED = next(n for n, block in enumerate(TRUTH["organizations"]) if block.get("seats", {}).get("total"))


def a_row(**changes: Any) -> dict[str, Any]:
    """An assigned license that ends ten days from now, changed as named."""
    return {
        "state": "active",
        "licenseType": "MV",
        "deviceSerial": "Q2XX-AAAA-BBBB",
        "networkId": None,
        "seatCount": None,
        "activationDate": "2025-03-01T00:00:00Z",
        "expirationDate": "2026-03-11T00:00:00Z",
    } | changes


def day(days: int, *, seconds: int = 0) -> str:
    """A date of the API so far from the reference time."""
    return (AS_OF + timedelta(days=days, seconds=seconds)).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("ends", "windows"),
    [
        (day(0), []),
        (day(0, seconds=1), [30, 60, 90]),
        (day(30), [30, 60, 90]),
        (day(30, seconds=1), [60, 90]),
        (day(60), [60, 90]),
        (day(90), [90]),
        (day(90, seconds=1), []),
        (None, []),
    ],
)
def test_a_window_is_open_at_its_start_and_closed_at_its_end(ends: str | None, windows: list[int]) -> None:
    """A license that ends at the reference time is past; one that ends on the last second is within."""
    row = a_row(expirationDate=ends)

    assert [days for days in (30, 60, 90) if ends_within(row, AS_OF, days)] == windows


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"deviceSerial": None}, False),
        ({"deviceSerial": None, "networkId": "N_1"}, True),
        ({"activationDate": day(0)}, True),
        ({"activationDate": day(0, seconds=1)}, False),
        ({"activationDate": None}, True),
        ({"activationDate": None, "state": "recentlyQueued"}, False),
        ({"activationDate": None, "state": "expired"}, True),
        ({"state": "recentlyQueued"}, True),
    ],
)
def test_only_assigned_and_burning_licenses_are_in_a_window(changes: dict[str, Any], *, counts: bool) -> None:
    """Assigned by device or network, burning by date; by state only where there is no date."""
    assert ends_within(a_row(**changes), AS_OF, 30) is counts


def test_the_totals_are_what_a_recount_of_all_rows_finds() -> None:
    """Counting every row of every open per-device organization at once gives the totals."""
    rows = [
        row
        for record in WORLD.organizations
        if record["api"]["enabled"] and record["licensing"]["model"] == "per-device"
        for row in WORLD.licenses_of(record["id"])
    ]
    states = [row["state"] for row in rows]
    totals = TRUTH["totals"]

    assert totals["licenses"]["total"] == len(rows) > 0
    assert totals["licenses"]["byState"] == {state: states.count(state) for state in set(states)}
    assert totals["expiring"]["total"] == states.count("expiring")
    assert totals["unused"]["total"] == states.count("unused") + states.count("unusedActive")
    assert totals["seats"]["total"] == sum(row["seatCount"] or 0 for row in rows)
    assert totals["seats"]["licenses"] == sum(row["seatCount"] is not None for row in rows)
    for days in (30, 60, 90):
        # The dates of this world are all of one form, so that their texts sort as the moments do.
        inside = [row for row in rows if day(0) < (row["expirationDate"] or "") <= day(days)]
        burning = [row for row in inside if row["state"] in {"active", "expiring"}]
        assert totals["expiring"]["within"][str(days)] == len(burning) > 0
    for name, by_state in totals["licenses"]["byType"].items():
        assert sum(by_state.values()) == sum(row["licenseType"] == name for row in rows)


def test_state_and_date_are_counted_apart() -> None:
    """The lag between state and date shows: the two counts of what expires in 90 days differ."""
    assert TRUTH["totals"]["expiring"]["total"] != TRUTH["totals"]["expiring"]["within"]["90"]


def test_every_organization_is_accounted_for() -> None:
    """Seen is audited plus skipped, and each skip has its reason."""
    completeness = TRUTH["completeness"]

    assert completeness["organizations"]["seen"] == 60
    assert completeness["organizations"]["audited"] + completeness["organizations"]["skipped"] == 60
    assert sum(completeness["skippedByReason"].values()) == completeness["organizations"]["skipped"]
    assert set(completeness["skippedByReason"]) == {"unsupportedModel", "apiDisabled"}
    assert sum(TRUTH["totals"]["organizations"]["byLicensingModel"].values()) == 60


def test_the_truth_is_json() -> None:
    """It can be served and read back without loss."""
    assert orjson.loads(orjson.dumps(TRUTH)) == TRUTH


def test_the_truth_about_nothing_has_every_name() -> None:
    """A world without organizations is told in full, with zeros."""
    nothing = tell_truth([], lambda _: [], AS_OF)

    assert nothing["totals"]["licenses"] == {"total": 0, "byState": {}, "byType": {}}
    assert nothing["totals"]["expiring"] == {"total": 0, "within": {"30": 0, "60": 0, "90": 0}}
    assert compare(nothing, nothing) == []


@given(st.permutations(WORLD.licenses_of(WORLD.organizations[AUDITED]["id"])[:40]))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]]) -> None:
    """Counting is the same whichever row comes first."""
    assert count_licenses(rows, AS_OF) == count_licenses(reversed(rows), AS_OF)


def test_a_report_that_tells_the_truth_has_no_differences() -> None:
    """The truth agrees with itself, with zeros added or dropped, whatever else the report tells."""
    report = copy.deepcopy(TRUTH)
    report["totals"]["licenses"]["byState"]["someday"] = 0
    report["totals"]["expiring"]["byType"] = {"MV": 3}
    report["traffic"] = {"requests": 12}
    report["completeness"]["skippedByReason"] |= {"excluded": 0}

    assert compare(TRUTH, report) == []
    assert compare(report, TRUTH) == []


def add(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """A falsification: one more of what stands at *path*."""

    def falsify(report: dict[str, Any]) -> None:
        *way, last = path
        block: Any = report
        for name in way:
            block = block[name]
        block[last] = block.get(last, 0) + 1

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
        ("totals", "unused", "unusedActive"),
        ("totals", "seats", "byState", "unused"),
        ("totals", "organizations", "byLicensingModel", "co-term"),
        ("totals", "organizations", "expiringWithin", "30"),
        ("completeness", "organizations", "audited"),
        ("completeness", "skippedByReason", "apiDisabled"),
        ("organizations", AUDITED, "licenses", "byState", "expired"),
        ("organizations", AUDITED, "seats", "total"),
    ],
)
def test_one_wrong_count_is_one_difference(path: tuple[str | int, ...]) -> None:
    """Each count of a report is looked at, and the sentence names where it stands."""
    report = copy.deepcopy(TRUTH)

    add(*path)(report)
    differences = compare(TRUTH, report)

    assert len(differences) == 1
    assert ".".join(str(name) for name in path[2:]) in differences[0]


def test_missing_extra_repeated_and_renamed_organizations_are_told() -> None:
    """Organizations are compared one by one, by id."""
    report = copy.deepcopy(TRUTH)
    organizations = report["organizations"]
    organizations[AUDITED]["status"] = "partial"
    partial_id = organizations[AUDITED]["id"]
    gone = organizations.pop(0 if AUDITED else 1)
    organizations.append({"id": "77", "status": "audited"})
    organizations.append({"id": "77", "status": "audited"})

    assert compare(TRUTH, report) == [
        "an organization occurs more than once in the report",
        f"organization {gone['id']} is missing from the report",
        "organization 77 is in the report and not in the world",
        f"organization {partial_id}: status is 'partial' in the report, 'audited' in truth",
    ]


def test_a_report_without_a_block_differs_wherever_that_is_not_zero() -> None:
    """What a report leaves out is taken for zero, not for right."""
    report = copy.deepcopy(TRUTH)
    del report["totals"]["seats"]

    assert any("seats.total" in difference for difference in compare(TRUTH, report))
