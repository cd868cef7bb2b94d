from __future__ import annotations

import pytest

from tests.semantics.rows import (
    SM,
    a_license,
    an_overview,
    at,
    on_device,
    on_network,
    seats_in_use,
    unused,
    unused_active,
)
from tests.semantics.vendor import audit, per_device

IN_USE = seats_in_use(40, 22, 15, 23)


async def test_unused_total_is_what_does_not_burn_and_what_burns_already() -> None:
    """Both, and each for itself; nothing else."""
    rows = [unused(1), unused(2), unused_active(3), on_device(4, at(10)), a_license(5, "recentlyQueued")]

    told = (await audit(per_device(*rows))).totals["unused"]

    assert (told["total"], told["unused"], told["unusedActive"]) == (3, 2, 1)


async def test_unused_total_is_not_spare_devices() -> None:
    """Licenses lie about, and there is no device."""
    audited = await audit(per_device(unused(1), unused_active(2)))

    assert audited.totals["unused"]["total"] == 2
    assert set(audited.totals["coverage"]["devices"].values()) == {0}


async def test_unused_activation_is_90_days_after_the_claim() -> None:
    """The soonest, how many start on its day, and how many in each window."""
    rows = [
        unused(1, claimed=at(-70)),
        unused(2, claimed=at(-70, seconds=3600)),
        unused(3, claimed=at(-40)),
        unused(4, claimed=at(-90)),
        unused(5, claimed=None),
    ]

    activation = (await audit(per_device(*rows))).totals["unused"]["activation"]

    assert activation == {
        "soonest": at(20),
        "soonestCount": 2,
        "within": {"30": 2, "60": 3, "90": 3},
        "overdue": 1,
        "unknown": 1,
    }


async def test_unused_activation_has_nothing_to_say_of_what_burns() -> None:
    """An `unusedActive` license has begun."""
    activation = (await audit(per_device(unused_active(1)))).totals["unused"]["activation"]

    assert (activation["soonest"], activation["overdue"], activation["unknown"]) == (None, 0, 0)


@pytest.mark.parametrize(("told_day", "subjects"), [(20, []), (25, ["soonestActivation"])])
async def test_unused_activation_is_not_certain_and_compared_by_reconcile(
    told_day: int, subjects: list[str]
) -> None:
    """Where the vendor counts from another day than the claim, `--reconcile` says so."""
    overview = an_overview(unused=1)
    soonest = {"activationDate": at(told_day)[:10], "toActivateCount": 1}
    overview["states"]["unused"]["soonestActivation"] = soonest

    audited = await audit(per_device(unused(1, claimed=at(-70)), overview=overview), reconcile=True)

    assert [one["subject"] for one in audited.report["findings"]] == subjects


async def test_unused_burning_is_whole_days_burned_and_left() -> None:
    """Half days are dropped, and a license without a date adds to neither sum."""
    rows = [
        unused_active(1, began=at(-10.5), ends=at(100.5)),
        unused_active(2, began=at(-5), ends=at(50), licenseType="MR-ENT"),
        unused_active(3, began=None, ends=at(50)),
        unused(4),
    ]

    burning = (await audit(per_device(*rows))).totals["unused"]["burning"]

    assert burning == {
        "licenses": 3,
        "daysBurned": 15,
        "daysLeft": 150,
        "undated": 1,
        "byType": {
            "MR-ENT": {"licenses": 1, "daysBurned": 5, "daysLeft": 50},
            "MX64-ENT": {"licenses": 2, "daysBurned": 10, "daysLeft": 100},
        },
    }


async def test_unused_burning_counts_days_that_are_over_as_none_left() -> None:
    """What ended, or has yet to begin, takes nothing off the days of others."""
    rows = [unused_active(1, began=at(-400), ends=at(-35)), unused_active(2, began=at(5), ends=at(10))]

    burning = (await audit(per_device(*rows))).totals["unused"]["burning"]

    assert (burning["daysBurned"], burning["daysLeft"]) == (400, 10)


async def test_unused_burning_is_no_money() -> None:
    """A license of another kind for as many days comes to the same figures."""
    cheap, dear = [
        (await audit(per_device(unused_active(1, licenseType=name)))).totals["unused"]["burning"]
        for name in ("MT-ENT", "MX450-SEC")
    ]

    assert cheap["byType"]["MT-ENT"] == dear["byType"]["MX450-SEC"]
    assert cheap.keys() == {"licenses", "daysBurned", "daysLeft", "undated", "byType"}


async def test_seats_total_is_seats_and_not_licenses() -> None:
    """Two licenses of 25 seats are 50."""
    rows = [on_network(1, at(200), seats=25), a_license(2, "unused", licenseType=SM, seatCount=25)]

    audited = await audit(per_device(*rows, overview=an_overview(active=1, unused=1, seats=IN_USE)))

    assert audited.totals["seats"]["total"] == 50
    assert audited.totals["seats"]["licenses"] == audited.totals["licenses"]["total"] == 2


@pytest.mark.parametrize("plan", ["counts", "targeted"])
async def test_seats_total_is_the_vendors_sum_in_the_cheaper_plans(plan: str) -> None:
    """They do not read the licenses that have the seats."""
    estate = per_device(on_network(1, at(200), seats=25), overview=an_overview(active=1, seats=IN_USE))

    audited = await audit(estate, plan=plan)

    assert audited.totals["seats"]["total"] == 40


async def test_seats_systems_manager_is_what_the_vendor_sums() -> None:
    """Seats beside enrolled devices, and not what the list adds up to."""
    estate = per_device(on_network(1, at(-5), seats=60), overview=an_overview(active=1, seats=IN_USE))

    seats = (await audit(estate)).totals["seats"]

    assert seats["total"] == 60
    assert seats["systemsManager"] == {
        "organizations": 1,
        "totalSeats": 40,
        "activeSeats": 22,
        "unassignedSeats": 15,
        "enrolledDevices": 23,
    }


@pytest.mark.parametrize(("seats", "overviews"), [(25, 1), (None, 0)])
async def test_seats_systems_manager_needs_the_overview_and_asks_where_there_are_seats(
    seats: int | None, overviews: int
) -> None:
    """No list tells how many are in use; where there are none, nothing is asked and nothing told."""
    estate = per_device(on_network(1, at(200), seats=seats), overview=an_overview(active=1, seats=IN_USE))

    audited = await audit(estate)

    assert audited.asked_for("/licenses/overview") == overviews
    assert (audited.totals["seats"]["systemsManager"] is not None) == bool(overviews)


async def test_seats_systems_manager_is_unknown_when_not_asked_for() -> None:
    """`--no-seat-use` spends no request, and tells no zeros."""
    audited = await audit(per_device(on_network(1, at(200), seats=25)), seat_use=False)

    assert audited.asked_for("/licenses/overview") == 0
    assert audited.totals["seats"]["systemsManager"] is None
    assert audited.totals["seats"]["total"] == 25
