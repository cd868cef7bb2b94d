from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import orjson

from auditor.simulator.overview import per_device_overview
from auditor.simulator.truth import Served, compare, tell_truth
from tests.simulator.truth.rows import AS_OF, a_row, day
from tests.simulator.truth.worlds import TRUTH, WORLD

TOTALS = TRUTH["totals"]
AUDITED = [block for block in TRUTH["organizations"] if block["status"] == "audited"]
ROWS = [
    row
    for record in WORLD.organizations
    if record["api"]["enabled"] and record["licensing"]["model"] == "per-device"
    for row in WORLD.licenses_of(record["id"])
]


def entries(name: str) -> list[dict[str, Any]]:
    """That block of every organization that has one."""
    return [block[name] for block in AUDITED if name in block]


def test_the_totals_are_what_a_recount_of_all_rows_finds() -> None:
    """Counting every row of every open per-device organization at once gives the totals."""
    states = [row["state"] for row in ROWS]

    assert TOTALS["licenses"]["total"] == len(ROWS) > 0
    assert TOTALS["licenses"]["byState"] == {state: states.count(state) for state in set(states)}
    assert TOTALS["expiring"]["total"] == states.count("expiring")
    assert TOTALS["unused"]["total"] == states.count("unused") + states.count("unusedActive")
    assert TOTALS["seats"]["total"] == sum(row["seatCount"] or 0 for row in ROWS)
    assert TOTALS["seats"]["licenses"] == sum(row["seatCount"] is not None for row in ROWS)
    for days in (30, 60, 90):
        # The dates of this world are all of one form, so that their texts sort as the moments do.
        inside = [row for row in ROWS if day(0) < (row["expirationDate"] or "") <= day(days)]
        burning = [row for row in inside if row["state"] in {"active", "expiring"}]
        assert TOTALS["expiring"]["within"][str(days)] == len(burning) > 0
    for name, by_state in TOTALS["licenses"]["byType"].items():
        assert sum(by_state.values()) == sum(row["licenseType"] == name for row in ROWS)


def test_state_and_date_are_counted_apart() -> None:
    """The lag between state and date shows: the two counts of what expires in 90 days differ."""
    assert TOTALS["expiring"]["total"] != TOTALS["expiring"]["within"]["90"]


def test_the_soonest_activation_of_all_is_that_of_one() -> None:
    """The first over organizations, with all that begin to burn on its day."""
    told = [block["activation"] for block in entries("unused") if block["activation"]["soonest"]]
    first = min(one["soonest"] for one in told)

    assert TOTALS["unused"]["activation"]["soonest"] == first
    assert TOTALS["unused"]["activation"]["soonestCount"] == sum(
        one["soonestCount"] for one in told if one["soonest"][:10] == first[:10]
    )


def test_seats_in_use_are_those_of_the_overviews() -> None:
    """Of the organizations that have licenses with seats, and of no other."""
    told = []
    for record in WORLD.organizations:
        rows = WORLD.licenses_of(record["id"]) if record["api"]["enabled"] else []
        if any(row["seatCount"] is not None for row in rows):
            told.append(per_device_overview(rows, AS_OF)["systemsManager"]["counts"])

    assert TOTALS["seats"]["systemsManager"] == {
        "organizations": len(told),
        "totalSeats": sum(one["totalSeats"] for one in told),
        "activeSeats": sum(one["activeSeats"] for one in told),
        "unassignedSeats": sum(one["unassignedSeats"] for one in told),
        "enrolledDevices": sum(one["orgwideEnrolledDevices"] for one in told),
    }


def test_co_term_totals_are_what_the_served_lists_hold() -> None:
    """Keys and used devices of all organizations, counted from the rows."""
    ids = [block["id"] for block in AUDITED if block["licensingModel"] == "co-term"]
    keys = [key for own_id in ids for key in WORLD.co_term_keys_of(own_id)]
    used = [place.model for own_id in ids for place in WORLD.places_of(own_id) if place.is_used]
    told = TOTALS["coTerm"]

    assert told["organizations"] == len(ids)
    assert told["keys"]["total"] == len(keys)
    assert told["keys"]["live"] == sum(not key["invalidated"] and not key["expired"] for key in keys)
    assert told["use"]["inUse"] + told["use"]["warmSpares"] == len(used)
    assert told["use"]["warmSpares"] > 0
    assert told["use"]["inUse"] == sum(one["inUse"] for one in told["use"]["byFamily"].values()) + sum(
        told["use"]["unmatched"].values()
    )
    assert told["use"]["overLimit"] > 0
    assert told["byStatus"].keys() - {"Expired", "License expired"} == {"N/A", "License Required", "OK"}
    assert TOTALS["notes"]["unknownStatus"] == sum(
        told["byStatus"].get(status, 0) for status in ("Expired", "License expired")
    )


def test_subscription_totals_count_each_subscription_once() -> None:
    """Over organizations that share some, the sums are those of the distinct ones."""
    held = {one.id: one for block in AUDITED for one in WORLD.holdings_of(block["id"])}
    told = TOTALS["subscription"]

    assert told["total"] == len(held) < sum(block["total"] for block in entries("subscription"))
    assert told["seats"]["limit"] == sum(
        one.row["counts"]["seats"]["limit"] for one in held.values() if "counts" in one.row
    )
    assert told["seats"]["unreadable"] == sum("counts" not in one.row for one in held.values())
    assert told["byStatus"] == Counter(one.row["status"] for one in held.values())
    assert told["violations"]["productClasses"] == sum(
        len(one.compliance["violations"]["byProductClass"]) for one in held.values() if one.is_mentioned
    )


def test_every_organization_is_accounted_for() -> None:
    """Seen is audited plus skipped, only the closed are skipped, and each audited one has a standing."""
    completeness = TRUTH["completeness"]["organizations"]
    closed = sum(not record["api"]["enabled"] for record in WORLD.organizations)

    assert completeness == {"seen": 120, "audited": 120 - closed, "skipped": closed}
    assert TRUTH["completeness"]["skippedByReason"] == {"apiDisabled": closed}
    assert sum(TOTALS["organizations"]["byLicensingModel"].values()) == 120
    assert sum(TOTALS["organizations"]["byStanding"].values()) == len(AUDITED)
    assert TOTALS["organizations"]["byStanding"] == {
        name: sum(block["standing"] == (None if name == "unknown" else name) for block in AUDITED)
        for name in ("ok", "expiring", "inGrace", "dark", "unknown")
    }


def test_organizations_of_every_model_end_in_a_window() -> None:
    """The count of organizations grows with the window, beyond that of the per-device ones."""
    within = TOTALS["organizations"]["expiringWithin"]
    licensed = sum(block["within"]["90"] > 0 for block in entries("expiring"))
    subscribed = sum(block["endingWithin"]["90"] > 0 for block in entries("subscription"))

    assert 0 < within["30"] < within["60"] < within["90"]
    assert within["90"] > licensed + subscribed > licensed > 0


def test_dark_dates_come_soonest_first_and_once_for_each_organization() -> None:
    """Exactly those organizations in which something goes dark, each with its first instant."""
    told = TRUTH["darkDates"]
    soonest = {block["id"]: block["dark"]["soonest"] for block in AUDITED if block["dark"]["soonest"]}

    assert {one["organizationId"]: one["darkAt"] for one in told} == soonest
    assert all(one["darkAt"] <= other["darkAt"] for one, other in pairwise(told))
    assert {one["licensingModel"] for one in told} == {"per-device", "co-term", "subscription"}
    assert {one["standing"] for one in told} == {"expiring", "inGrace"}
    assert {one["estimate"] for one in told} == {True, False}
    assert {one["what"] is None for one in told} == {True, False}


def test_hints_lead_from_one_organization_to_another() -> None:
    """Nobody gives to itself; who lacks a long license may have a short one to spare."""
    hints = TRUTH["reclaimHints"]

    assert hints
    assert all(one["from"] != one["to"] and one["count"] > 0 for one in hints)


def test_the_forecast_counts_every_end_once() -> None:
    """Devices of co-termination by the overview's date, seats of each subscription, licenses by subject."""
    forecast = TRUTH["forecast"]
    sums: Counter[tuple[str, str]] = Counter()
    for one in forecast["renewals"]:
        assert set(one["byMonth"]) <= set(forecast["months"])
        sums[one["licensingModel"], one["unit"]] += sum(one["byMonth"].values())
    covered = [block["coverage"] for block in AUDITED if "coverage" in block]
    ahead = sum(
        block[name][standing]
        for block in covered
        for name in ("devices", "networkLicenses")
        for standing in ("ok", "expiring")
    )

    assert sums.keys() == {
        ("per-device", "licenses"),
        ("per-device", "seats"),
        ("co-term", "devices"),
        ("co-term", "seats"),
        ("subscription", "seats"),
    }
    assert 0 < sums["per-device", "licenses"] < ahead
    assert 0 < sums["co-term", "devices"] < TOTALS["coTerm"]["devices"]["licensed"]
    assert 0 < sums["subscription", "seats"] < TOTALS["subscription"]["seats"]["limit"]
    assert forecast["months"][0] == "2026-03"


def test_what_goes_dark_on_one_day_is_told_together() -> None:
    """Several kinds have no name together; the instant is that of the first, the standing the worst."""
    record = {
        "id": "7",
        "name": "Quillfeather Ferries",
        "api": {"enabled": True},
        "licensing": {"model": "per-device"},
    }
    rows = [
        a_row("1", expirationDate=day(0)),
        a_row("2", expirationDate=day(0.5), deviceSerial="A", licenseType="MT"),
        a_row("3", expirationDate=day(0.25), deviceSerial="B"),
        a_row("4", expirationDate=day(1.5), deviceSerial="C"),
    ]

    told = tell_truth([record], Served(licenses=lambda _: rows), AS_OF)

    assert told["darkDates"] == [
        {
            "darkAt": day(30),
            "standing": "inGrace",
            "organizationId": "7",
            "name": "Quillfeather Ferries",
            "licensingModel": "per-device",
            "what": None,
            "count": 3,
            "estimate": False,
        }
    ]


def test_the_truth_is_json() -> None:
    """It can be served and read back without loss."""
    assert orjson.loads(orjson.dumps(TRUTH)) == TRUTH


def test_the_truth_about_nothing_has_every_name() -> None:
    """A world without organizations is told in full, with zeros."""
    nothing = tell_truth([], Served(), AS_OF)

    assert nothing["totals"].keys() == TOTALS.keys()
    assert nothing["totals"]["licenses"] == {"total": 0, "byState": {}, "byType": {}}
    assert nothing["totals"]["expiring"]["within"] == {"30": 0, "60": 0, "90": 0}
    assert nothing["totals"]["coTerm"]["organizations"] == 0
    assert nothing["darkDates"] == nothing["reclaimHints"] == nothing["forecast"]["renewals"] == []
    assert compare(nothing, nothing) == []
