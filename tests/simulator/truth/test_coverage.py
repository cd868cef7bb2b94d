from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth.coverage import (
    Estate,
    count_coverage,
    lay_out,
    tell_dark,
    tell_renewals,
)
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.world import World, WorldSpec
from tests.simulator.truth.rows import AS_OF, a_license, day, queued, unused

WORLD = World(WorldSpec(organizations=1, licenses=3000, seed=9, as_of=AS_OF, profile="uniform"))
LICENSES = [read_license(row) for row in WORLD.licenses_of(WORLD.organizations[0]["id"])]
ESTATE = lay_out(LICENSES)


def ends(*licenses: License) -> list[float | None]:
    """The days until each subject ends, devices first."""
    return [
        None if one.end is None else (one.end - AS_OF) / timedelta(days=1)
        for one in lay_out(licenses).subjects
    ]


def coverage(*licenses: License) -> dict[str, Any]:
    """What is counted of these licenses."""
    return count_coverage(licenses, AS_OF, lay_out(licenses))


@pytest.mark.parametrize("names", [("1", "1", "1"), ("1", "2", "3"), (1, 2, 3)])
def test_a_queue_extends_its_device_by_all_of_its_terms(names: tuple[Any, ...]) -> None:
    """Whether each link names the head or the link before it, in whatever order they are listed."""
    links = [
        queued(str(place + 2), head, days)
        for place, (head, days) in enumerate(zip(names, (30, 60, 365), strict=True))
    ]

    assert ends(a_license("1"), *links) == [10 + 30 + 60 + 365]
    assert ends(*links[::-1], a_license("1")) == [10 + 30 + 60 + 365]


def test_a_queue_without_a_device_is_found_by_the_ids_alone() -> None:
    """As behind a license that covers a network: the head itself, or through the links between."""
    network: dict[str, Any] = {"deviceSerial": None, "networkId": "N_1"}
    head, other = a_license("1", **network), a_license("9", **network)
    links = [queued("2", "1", 30, **network), queued("3", "2", 60, **network)]

    assert ends(head, other, *links) == [100, 10]


def test_a_renewed_device_ends_with_its_newer_license() -> None:
    """Two heads on one serial are one device; what is queued comes after the later one."""
    past = a_license("1", state="expired", expirationDate=day(-20), licenseType="MX64-ENT")
    new = a_license("2", expirationDate=day(300), licenseType="MX64-SEC")
    renewed = lay_out([past, new]).subjects

    assert ends(past, new) == [300]
    assert ends(past, new, queued("3", "1", 60)) == [360]
    assert [one.kind for one in renewed] == ["MX64-SEC"]
    assert [one.standing(AS_OF) for one in renewed] == ["ok"]


def test_of_licenses_that_end_together_the_first_type_counts() -> None:
    """A tie is broken by name."""
    licenses = [a_license(str(place), licenseType=kind) for place, kind in enumerate(("MT", "MR", "MV"))]

    assert [one.kind for one in lay_out(licenses).subjects] == ["MR"]


def test_a_merged_license_that_is_still_listed_adds_nothing() -> None:
    """Its term is in the total and in the date of the head already; the next link's is not."""
    head = a_license(
        "1",
        totalDurationInDays=425,
        permanentlyQueuedLicenses=[{"id": "2", "durationInDays": 60}],
        expirationDate=day(70),
    )

    assert ends(head, queued("2", "1", 60)) == [70]
    assert ends(head, queued("2", "1", 60), queued("3", "2", 30)) == [100]


def merged_into(own_id: str, *names: str, **changes: Any) -> dict[str, Any]:
    """A license of 365 days and 60 merged ones, which lists *names*."""
    return {
        "own_id": own_id,
        "totalDurationInDays": 425,
        "durationInDays": 365,
        "permanentlyQueuedLicenses": [{"id": name} for name in names],
    } | changes


APART = {"activationDate": day(-355), "expirationDate": day(10)}
"""The dates of a license of 365 days."""


@pytest.mark.parametrize(
    ("names", "links", "end"),
    [
        (["2"], [("2", 60)], 10 + 60),
        (["2"], [], 10 + 60),
        (["2"], [("3", 30)], 10 + 60 + 30),
        ([], [], 10 + 60),
        ([], [("2", 60)], 10 + 60),
        ([], [("3", 30)], 10 + 30),
    ],
)
def test_what_a_date_leaves_out_is_added_once(
    names: list[str], links: list[tuple[str, int]], end: int
) -> None:
    """By its row, or by the total where it has none; without a list any row may be it."""
    head = a_license(**merged_into("1", *names, **APART))
    queue = [queued(name, "1", days) for name, days in links]

    assert ends(head, *queue) == ends(*queue, head) == [end]


@pytest.mark.parametrize(
    ("links", "end"), [([], 10), ([("2", 60)], 10), ([("2", 30)], 10), ([("2", 60), ("3", 30)], 10 + 30)]
)
def test_what_a_date_holds_unnamed_may_be_any_of_the_queue(links: list[tuple[str, int]], end: int) -> None:
    """So that only what is longer than that comes after the date."""
    head = a_license(**merged_into("1", activationDate=day(-415)))

    assert ends(head, *[queued(name, "1", days) for name, days in links]) == [end]


def test_a_queued_license_that_does_not_say_what_it_holds_adds_its_own_days_beside_others() -> None:
    """The other may be what it holds; alone it adds all."""
    holder = queued("2", "1", **{k: v for k, v in merged_into("2").items() if k != "own_id"})

    assert ends(a_license("1"), holder, queued("3", "2", 60)) == [10 + 365 + 60]
    assert ends(a_license("1"), holder) == [10 + 425]


def test_a_state_that_nobody_knows_covers_nothing() -> None:
    """Alone on a device or a network it is unknown; beside another it is as if it were not there."""
    stray = a_license("1", state="someday", expirationDate=day(900))
    network = a_license("2", state="someday", deviceSerial=None, networkId="N_1")

    assert ends(stray, network) == [None, None]
    assert ends(stray, a_license("3")) == [10]
    assert [one.id for one in lay_out([stray, queued("4", "1")]).orphans] == ["4"]


@pytest.mark.parametrize("head", [None, "2", "77", "5"])
def test_a_license_behind_nothing_covers_nothing(head: str | None) -> None:
    """Nobody, itself, a stranger, or one that covers nothing either: an orphan."""
    estate = lay_out(
        [
            a_license("1"),
            queued("2", head, 365, deviceSerial="Q2XX-NONE"),
            unused("5"),
        ]
    )

    assert [one.id for one in estate.orphans] == ["2"]
    assert [one.end for one in estate.subjects] == [AS_OF + timedelta(days=10), None]


def test_a_license_behind_nothing_beside_another_is_as_if_it_were_not_there() -> None:
    """On a device and on a network; alone on one of them, nobody knows its end."""
    network: dict[str, Any] = {"deviceSerial": None, "networkId": "N_1"}
    lone = queued("2", "404", 365, **network)

    assert ends(lone) == [None]
    assert ends(lone, a_license("1", **network)) == [10]
    assert coverage(lone)["coverage"]["networkLicenses"]["unknown"] == 1
    assert tell_dark(lay_out([lone]).subjects, AS_OF)["standing"] is None
    assert (
        tell_dark(lay_out([lone, a_license("1", expirationDate=day(900))]).subjects, AS_OF)["standing"]
        is None
    )


def test_licenses_of_a_network_that_cover_the_same_cover_each_other() -> None:
    """All of Systems Manager, and others of one type; each counts, and each ends by itself."""
    network: dict[str, Any] = {"deviceSerial": None, "networkId": "N_1"}
    old = a_license("1", seatCount=7, licenseType="SME", expirationDate=day(-100), **network)
    live = a_license("2", seatCount=100, licenseType="SME", expirationDate=day(300), **network)
    other = a_license("3", licenseType="VMX", expirationDate=day(-100), **network)

    assert coverage(old, live)["coverage"]["networkLicenses"]["ok"] == 2
    assert tell_dark(lay_out([old, live]).subjects, AS_OF)["standing"] == "ok"
    assert coverage(other, live)["coverage"]["networkLicenses"]["dark"] == 1
    assert tell_renewals(lay_out([old, live]).subjects, AS_OF)["SME", "seats", "2026-12"] == 100


@pytest.mark.parametrize(
    ("beside", "at_risk"), [([], 1), ([a_license("2")], 1), ([a_license("2", expirationDate=day(31))], 0)]
)
def test_a_license_in_a_state_that_nobody_knows_is_at_risk_by_its_date(
    beside: list[License], at_risk: int
) -> None:
    """Of those that end within the window, unless the device is known to be covered beyond it."""
    told = coverage(a_license("1", state="suspended", expirationDate=day(20)), *beside)

    at_risk_of_device = sum(one.ends == AS_OF + timedelta(days=10) for one in beside)
    assert told["expiring"]["atRiskWithin"]["30"] == at_risk + at_risk_of_device


def test_a_circle_ends_the_search() -> None:
    """Two that name one another are orphans, both."""
    estate = lay_out([queued("1", "2", deviceSerial=None), queued("2", "1", deviceSerial=None)])

    assert [one.id for one in estate.orphans] == ["1", "2"]


def test_the_device_counts_before_the_name() -> None:
    """A queued license belongs to the device it is on, whatever it names; to the name where it is on none."""
    other = a_license("9", deviceSerial="Q2XX-OTHER", expirationDate=day(5))
    licenses = [a_license("1"), other, queued("2", "9", 30), queued("3", "9", 60, deviceSerial="Q2XX-NONE")]

    assert ends(*licenses) == [40, 65]


def test_a_device_that_tells_no_end_has_no_standing() -> None:
    """Unknown among the standings, and in nothing else; one end that can be read is enough."""
    lone = a_license("1", expirationDate=None, state="expiring")
    told = coverage(lone, queued("2", "1"))

    assert told["coverage"]["devices"] == {"ok": 0, "expiring": 0, "inGrace": 0, "dark": 0, "unknown": 1}
    assert told["expiring"]["atRisk"] == 1
    assert ends(lone, a_license("3")) == [10]


def test_expiring_licenses_are_covered_by_what_leads_beyond_the_horizon() -> None:
    """Beyond the longest window and beyond their own date: by a queue or by another license."""
    told = coverage(
        a_license("1", state="expiring"),
        queued("2", "1", 365),
        a_license("3", state="expiring", deviceSerial="A", licenseType="MT"),
        queued("4", "3", 80, deviceSerial="A", licenseType="MT"),
        a_license("5", state="expiring", deviceSerial="B", licenseType="MT", expirationDate=day(93)),
        a_license("6", state="expiring", deviceSerial="C"),
        a_license("7", deviceSerial="C", expirationDate=day(400)),
        a_license("8", deviceSerial="D"),
    )["expiring"]

    assert told == {
        "coveredByQueue": 2,
        "atRisk": 2,
        "atRiskWithin": {"30": 1, "60": 1, "90": 2},
        "atRiskByType": {"MT": 2},
    }


@pytest.mark.parametrize(
    ("days", "seconds", "at_risk"), [(20, 0, [30, 60, 90]), (20, 1, [60, 90]), (80, 0, [90]), (80, 1, [])]
)
def test_a_queue_that_leads_out_of_a_window_takes_the_risk_of_that_window(
    days: int, seconds: int, at_risk: list[int]
) -> None:
    """Exactly to its end is not out of it."""
    head = a_license("1", expirationDate=day(10, seconds=seconds))

    told = coverage(head, queued("2", "1", days))["expiring"]["atRiskWithin"]

    assert [window for window in (30, 60, 90) if told[str(window)]] == at_risk


def test_dark_dates_are_told_by_day_standing_and_type() -> None:
    """Thirty days after the end of what is expiring or in grace; what is dark has no date any more."""
    licenses = [
        a_license("1"),
        a_license("2", deviceSerial="A", expirationDate=day(10.5)),
        a_license("3", deviceSerial="B", expirationDate=day(-30)),
        a_license("4", deviceSerial="C", expirationDate=day(-30, seconds=1), licenseType="MT"),
        a_license("5", deviceSerial="D", expirationDate=day(91)),
        a_license("6", deviceSerial=None, networkId="N_1", licenseType="SME", seatCount=5),
    ]

    told = tell_dark(lay_out(licenses).subjects, AS_OF)

    assert told["standing"] == "dark"
    assert told["dark"]["soonest"] == "2026-03-01T00:00:01Z"
    assert told["dark"]["dates"] == [
        {"date": "2026-03-01", "standing": "inGrace", "what": "MT", "count": 1, "estimate": False},
        {"date": "2026-04-10", "standing": "expiring", "what": "MV", "count": 2, "estimate": False},
        {"date": "2026-04-10", "standing": "expiring", "what": "SME", "count": 1, "estimate": False},
    ]


@pytest.mark.parametrize(
    ("one", "standing"), [(unused("1"), "ok"), (a_license("1", expirationDate=None), None)]
)
def test_without_an_end_nothing_goes_dark(one: License, standing: str | None) -> None:
    """Unused licenses cover nothing, and all is well; of a device that tells no end nothing is known."""
    assert tell_dark(lay_out([one]).subjects, AS_OF) == {
        "standing": standing,
        "dark": {"soonest": None, "known": standing is not None, "dates": []},
    }


def test_renewals_are_due_when_the_queue_ends() -> None:
    """A device once however many licenses it has; a network's seats beside its license."""
    network: dict[str, Any] = {"deviceSerial": None, "networkId": "N_1", "licenseType": "SME"}
    licenses = [
        a_license("1"),
        queued("2", "1", 365),
        a_license("3", seatCount=25, **network),
        a_license("4", deviceSerial="A", expirationDate=day(0)),
        a_license("5", deviceSerial="B", expirationDate=day(1200)),
    ]

    assert tell_renewals(lay_out(licenses).subjects, AS_OF) == {
        ("MV", "licenses", "2027-03"): 1,
        ("SME", "licenses", "2026-03"): 1,
        ("SME", "seats", "2026-03"): 25,
    }


def by_hand(estate: Estate, licenses: list[License]) -> dict[str, datetime]:
    """The end of each device in a world, by the block structure of its rows instead of by their names.

    Devices with a license of which something is merged that is not listed, or not in the date, are left out.
    """
    merged = {name for one in licenses for name in one.merged}
    doubtful = {one.device for one in licenses if one.ends_too_early or (one.merged_days and not one.merged)}
    found: dict[str, datetime] = {}
    for one in licenses:
        if one.device is None:
            continue
        if one.is_head and one.ends is not None:
            found[one.device] = max(one.ends, found.get(one.device, one.ends))
    for one in licenses:
        if one.device in found and one.state == "recentlyQueued" and one.id not in merged:
            found[one.device] += one.term or timedelta()
    return {serial: end for serial, end in found.items() if serial not in doubtful}


def test_the_ends_of_a_world_are_those_of_its_rows() -> None:
    """All queued terms of a serial, added to its last date."""
    told = {one.serial: one.end for one in ESTATE.subjects if one.serial and one.end}
    expected = by_hand(ESTATE, LICENSES)

    assert {serial: told[serial] for serial in expected} == expected
    assert 1500 < len(expected) < len(told)


def test_every_subject_and_every_expiring_license_is_counted_once() -> None:
    """Standings add up to the subjects, covered and at risk to what expires; each window holds the risk."""
    told = count_coverage(LICENSES, AS_OF, ESTATE)
    standings = told["coverage"]
    expiring = told["expiring"]
    at_risk = expiring["atRiskWithin"]

    assert sum(standings["devices"].values()) == len(
        {one.device for one in LICENSES if one.is_head or one.is_stray or one in ESTATE.orphans} - {None}
    )
    assert sum(standings["networkLicenses"].values()) == sum(
        (one.is_head or one.is_stray) and one.device is None for one in LICENSES
    )
    assert expiring["coveredByQueue"] > 0
    assert expiring["atRisk"] == sum(expiring["atRiskByType"].values())
    assert expiring["coveredByQueue"] + expiring["atRisk"] == sum(one.state == "expiring" for one in LICENSES)
    assert 0 < at_risk["30"] < at_risk["60"] < at_risk["90"]
    assert told["notes"]["orphanedQueue"] == len(ESTATE.orphans) > 0
    assert all(count > 0 for count in standings["devices"].values())


@given(st.permutations(LICENSES[:80]))
def test_the_order_of_licenses_does_not_matter(licenses: list[License]) -> None:
    """Every figure is the same whichever license comes first."""
    one, other = lay_out(licenses), lay_out(licenses[::-1])

    assert count_coverage(licenses, AS_OF, one) == count_coverage(licenses[::-1], AS_OF, other)
    assert tell_dark(one.subjects, AS_OF) == tell_dark(other.subjects, AS_OF)
    assert tell_renewals(one.subjects, AS_OF) == tell_renewals(other.subjects, AS_OF)
