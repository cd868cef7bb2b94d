from __future__ import annotations

import pytest

from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    at,
    on,
    on_device,
    on_network,
    queued,
    unused,
    unused_active,
)
from tests.semantics.vendor import audit, per_device

NOTHING = {"ok": 0, "expiring": 0, "inGrace": 0, "dark": 0, "unknown": 0}
STANDINGS = [
    (at(90, seconds=1), "ok"),
    (at(90), "expiring"),
    (at(0, seconds=1), "expiring"),
    (at(0), "inGrace"),
    (at(-30, seconds=1), "inGrace"),
    (at(-30), "dark"),
    (None, "unknown"),
]


@pytest.mark.parametrize(("ends", "standing"), STANDINGS)
async def test_coverage_devices_stand_by_the_end_of_their_coverage(ends: str | None, standing: str) -> None:
    """`ok` is beyond the longest window; grace begins with the end, and ends with the 30th day."""
    audited = await audit(per_device(on_device(1, ends)))

    assert audited.of("501")["coverage"] == {
        "devices": NOTHING | {standing: 1},
        "networkLicenses": NOTHING,
    }


async def test_coverage_devices_go_on_through_all_that_is_queued() -> None:
    """Two licenses of 60 days behind one that ended ten days ago carry beyond the longest window."""
    rows = [on_device(1, at(-10)), queued(2, 60, serial=DEVICE), queued(3, 60, serial=DEVICE)]

    counts = [(await audit(per_device(*rows[:many]))).totals["coverage"]["devices"] for many in range(1, 4)]

    assert counts == [NOTHING | {standing: 1} for standing in ("inGrace", "expiring", "ok")]


async def test_coverage_devices_counts_a_device_and_not_its_licenses() -> None:
    """Two licenses on a device are one device, which stands by the later end."""
    audited = await audit(per_device(on_device(1, at(10)), on_device(2, at(-50))))

    assert audited.totals["coverage"]["devices"] == NOTHING | {"expiring": 1}


async def test_coverage_devices_is_not_the_state_of_the_device_which_is_not_asked() -> None:
    """The list of licenses is all that is read."""
    audited = await audit(per_device(on_device(1, at(-50))))

    assert audited.totals["coverage"]["devices"]["dark"] == 1
    assert audited.asked_for("devices") == 0
    assert audited.asked_for("/organizations/501/") == audited.asked_for("/501/licenses?") == 1


@pytest.mark.parametrize(("ends", "standing"), STANDINGS)
async def test_coverage_network_licenses_are_no_devices(ends: str | None, standing: str) -> None:
    """The same standings, counted apart: a license that covers a network is on no device."""
    audited = await audit(per_device(on_network(1, ends)))

    assert audited.of("501")["coverage"] == {
        "devices": NOTHING,
        "networkLicenses": NOTHING | {standing: 1},
    }


async def test_coverage_network_licenses_counts_each_license_of_a_network() -> None:
    """Two on two networks are two, and each has a queue of its own."""
    rows = [on_network(1, at(10)), on_network(2, at(10), networkId="N_2"), queued(3, 365, behind="2")]

    audited = await audit(per_device(*rows))

    assert audited.totals["coverage"]["networkLicenses"] == NOTHING | {"ok": 1, "expiring": 1}


async def test_coverage_network_licenses_of_systems_manager_in_one_network_cover_each_other() -> None:
    """One that is over long since makes nothing dark beside one that goes on."""
    rows = [
        on_network(1, at(300), seats=100),
        on_network(2, at(-100), seats=7, state="expired"),
        on_network(3, at(-100), licenseType="VMX-S-ENT", networkId="N_2", state="expired"),
    ]

    assert (await audit(per_device(*rows[:2]))).of("501")["standing"] == "ok"
    organization = (await audit(per_device(*rows))).of("501")
    assert organization["coverage"]["networkLicenses"] == NOTHING | {"ok": 2, "dark": 1}


async def test_coverage_devices_with_nothing_but_a_license_behind_nothing_are_unknown() -> None:
    """No license states an end: nor is the standing known."""
    organization = (await audit(per_device(queued(1, 365, serial=DEVICE, behind="404")))).of("501")

    assert organization["coverage"]["devices"] == NOTHING | {"unknown": 1}
    assert (organization["standing"], organization["notes"]) == (None, {"orphanedQueue": 1})


async def test_reclaim_matched_fits_the_type_and_the_organization() -> None:
    """A license of another type, or in another organization, fits nothing here."""
    rows = [on_device(1, at(10)), unused(2, licenseType="MR-ENT")]

    apart = await audit(per_device(*rows), per_device(unused(3), number="502"))
    together = await audit(per_device(*rows, unused(3)))

    assert apart.totals["reclaim"] == {"matched": 0, "byType": {}}
    assert together.totals["reclaim"] == {
        "matched": 1,
        "byType": {"MX64-ENT": {"unused": 1, "unusedActive": 0}},
    }


async def test_reclaim_matched_spends_no_license_twice() -> None:
    """Two devices at risk and one license are one match."""
    rows = [on_device(1, at(10)), on_device(2, at(20), serial=OTHER_DEVICE), unused(3)]

    assert (await audit(per_device(*rows))).totals["reclaim"]["matched"] == 1


async def test_reclaim_matched_serves_the_soonest_dark_date_first() -> None:
    """What another organization is then asked for is the device that goes dark later."""
    rows = [on_device(1, at(20)), on_device(2, at(10), serial=OTHER_DEVICE), unused(3)]

    audited = await audit(per_device(*rows), per_device(unused(4), number="502"))

    (hint,) = audited.report["reclaimHints"]
    assert audited.of("501")["reclaim"]["matched"] == 1
    assert hint["soonestDarkDate"] == on(20 + 30)


@pytest.mark.parametrize(("ends", "matched"), [(at(10), 0), (at(-10), 1)])
async def test_reclaim_matched_gives_what_burns_only_to_a_device_without_a_license(
    ends: str, matched: int
) -> None:
    """An `unusedActive` license cannot wait behind one that still runs."""
    reclaim = (await audit(per_device(on_device(1, ends), unused_active(2)))).totals["reclaim"]

    assert reclaim["matched"] == matched
    assert reclaim["byType"] == ({"MX64-ENT": {"unused": 0, "unusedActive": 1}} if matched else {})


@pytest.mark.parametrize(("ends", "matched"), [(at(1), 0), (at(90), 0), (at(90, seconds=1), 1)])
async def test_reclaim_matched_gives_what_burns_only_where_it_lasts_beyond_the_windows(
    ends: str, matched: int
) -> None:
    """A license with a day left saves no device."""
    reclaim = (await audit(per_device(on_device(1, at(-10)), unused_active(2, ends=ends)))).totals["reclaim"]

    assert reclaim["matched"] == matched


@pytest.mark.parametrize(("ends", "days", "matched"), [(20, 1, 0), (20, 70, 0), (20, 71, 1), (-10, 91, 1)])
async def test_reclaim_matched_gives_what_is_unused_only_where_it_lasts_beyond_the_windows(
    ends: int, days: int, matched: int
) -> None:
    """From the end of the coverage on, or from now; what does not last is needed still, and left over."""
    row = unused(2, totalDurationInDays=days, durationInDays=days)
    reclaim = (await audit(per_device(on_device(1, at(ends)), row))).of("501")["reclaim"]
    needs = [{"type": "MX64-ENT", "date": on(ends + 30), "count": 1, "leastDays": 71}]

    assert reclaim["matched"] == matched
    assert reclaim["needs"] == ([] if matched else needs)
    assert reclaim["surplusByTerm"] == ({} if matched else {"MX64-ENT": {str(days): 1}})


async def test_reclaim_matched_gives_the_shortest_that_fits() -> None:
    """A license of 30 days and one of three years save both devices; one whose term is unknown saves none."""
    rows = [on_device(1, at(80)), on_device(2, at(10), serial=OTHER_DEVICE)]
    long, short, unknown = (
        unused(number, totalDurationInDays=days, durationInDays=days)
        for number, days in ((3, 1095), (4, 30), (5, None))
    )

    whole, half = await audit(per_device(*rows, long, short)), await audit(per_device(*rows, short, unknown))

    assert whole.totals["reclaim"]["matched"] == 2
    assert half.totals["reclaim"]["matched"] == 1
    assert half.of("501")["reclaim"]["needs"][0]["leastDays"] == 81
    assert half.of("501")["reclaim"]["surplus"] == {"MX64-ENT": 1}
    assert half.of("501")["reclaim"]["surplusByTerm"] == {}


async def test_reclaim_matched_is_not_done() -> None:
    """The device is as much at risk as before: somebody has to assign the license."""
    audited = await audit(per_device(on_device(1, at(10), state="expiring"), unused(2)))

    assert audited.totals["reclaim"]["matched"] == 1
    assert audited.totals["expiring"]["atRisk"] == 1
    assert audited.totals["coverage"]["devices"] == NOTHING | {"expiring": 1}
    assert audited.totals["unused"]["total"] == 1


async def test_reclaim_matched_is_of_devices_at_risk() -> None:
    """One that is dark, or covered beyond the windows, takes nothing."""
    rows = [on_device(1, at(-50)), on_device(2, at(200), serial=OTHER_DEVICE), unused(3)]

    assert (await audit(per_device(*rows))).totals["reclaim"]["matched"] == 0


async def test_reclaim_hints_are_of_what_is_left_in_each_organization() -> None:
    """Each organization first serves itself; of two licenses left one is lacking elsewhere."""
    giver = per_device(on_device(1, at(10)), unused(2), unused(3), unused(4), number="502")

    audited = await audit(per_device(on_device(5, at(10))), giver)

    assert audited.of("502")["reclaim"]["matched"] == 1
    assert audited.report["reclaimHints"] == [
        {
            "tenant": "acme",
            "type": "MX64-ENT",
            "from": "502",
            "to": "501",
            "count": 1,
            "soonestDarkDate": on(40),
        }
    ]


@pytest.mark.parametrize(("tenant", "hints"), [("acme", 1), ("north", 0)])
async def test_reclaim_hints_stay_within_a_tenant(tenant: str, hints: int) -> None:
    """What one customer has left is not another's."""
    giver = per_device(unused(1), number="502", tenant=tenant)

    audited = await audit(per_device(on_device(2, at(10))), giver)

    assert len(audited.report["reclaimHints"]) == hints


async def test_reclaim_hints_are_of_licenses_that_last_the_shortest_first() -> None:
    """One of a day is no hint; of two that fit the shorter one, whoever has it."""
    givers = [
        per_device(unused(number, totalDurationInDays=days), number=f"50{number}")
        for number, days in ((2, 1), (3, 365), (4, 81))
    ]

    audited = await audit(per_device(on_device(1, at(10))), *givers)

    assert [one["from"] for one in audited.report["reclaimHints"]] == ["504"]


async def test_reclaim_hints_are_no_move_that_was_made_or_is_certain() -> None:
    """They are in no other figure: the one still lacks what the other still has."""
    audited = await audit(per_device(on_device(1, at(10))), per_device(unused(2), number="502"))

    assert len(audited.report["reclaimHints"]) == 1
    assert audited.totals["reclaim"]["matched"] == 0
    assert audited.of("501")["coverage"]["devices"]["expiring"] == 1
    assert audited.of("502")["unused"]["total"] == 1
