from __future__ import annotations

import pytest

from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    STATES,
    a_license,
    at,
    on_device,
    queued,
    unused_active,
)
from tests.semantics.vendor import audit, per_device


async def test_licenses_by_state_counts_the_vendors_own_word() -> None:
    """One license of each state, one count for each."""
    rows = [a_license(number, state) for number, state in enumerate(STATES)]

    audited = await audit(per_device(*rows))

    assert audited.totals["licenses"]["byState"] == dict.fromkeys(STATES, 1)
    assert audited.of("501")["licenses"] == audited.totals["licenses"]


async def test_licenses_by_state_keeps_the_name_of_an_unknown_one() -> None:
    """A state that nobody described is neither dropped nor renamed, and is noted."""
    audited = await audit(per_device(a_license(1, "suspended")))

    assert audited.totals["licenses"]["byState"] == {**dict.fromkeys(STATES, 0), "suspended": 1}
    assert audited.totals["notes"] == {"unknownState": 1}


async def test_licenses_by_state_is_no_statement_about_dates() -> None:
    """The vendor's states lag: what ended stays `active` here, what is ahead `expired`."""
    rows = [on_device(1, at(-200)), on_device(2, at(200), serial=OTHER_DEVICE, state="expired")]

    audited = await audit(per_device(*rows))

    by_state = audited.totals["licenses"]["byState"]
    assert (by_state["active"], by_state["expired"], by_state["expiring"]) == (1, 1, 0)


async def test_expiring_total_counts_the_state_and_no_date() -> None:
    """`expiring` counts a year before its end, `active` does not count on its last day."""
    rows = [on_device(1, at(365), state="expiring"), on_device(2, at(1), serial=OTHER_DEVICE)]

    audited = await audit(per_device(*rows))

    assert audited.totals["expiring"]["total"] == 1


async def test_expiring_total_is_no_alarm() -> None:
    """A queued renewal leaves it at 1, and nothing at risk."""
    rows = [on_device(1, at(20), state="expiring"), queued(2, 365, serial=DEVICE)]

    expiring = (await audit(per_device(*rows))).totals["expiring"]

    assert (expiring["total"], expiring["atRisk"]) == (1, 0)


@pytest.mark.parametrize(
    ("ends", "within"),
    [
        (at(0), {"30": 0, "60": 0, "90": 0}),
        (at(0, seconds=1), {"30": 1, "60": 1, "90": 1}),
        (at(30), {"30": 1, "60": 1, "90": 1}),
        (at(30, seconds=1), {"30": 0, "60": 1, "90": 1}),
        (at(90), {"30": 0, "60": 0, "90": 1}),
        (at(90, seconds=1), {"30": 0, "60": 0, "90": 0}),
    ],
)
async def test_expiring_within_has_the_last_instant_of_a_window_and_not_the_first(
    ends: str, within: dict[str, int]
) -> None:
    """A window of N days is (asOf, asOf + N days]."""
    audited = await audit(per_device(on_device(1, ends)))

    assert audited.totals["expiring"]["within"] == within


@pytest.mark.parametrize("state", ["active", "expiring", "expired", "suspended"])
async def test_expiring_within_counts_by_date_whatever_the_state_says(state: str) -> None:
    """A license on a device that began and ends in ten days counts."""
    audited = await audit(per_device(on_device(1, at(10), state=state)))

    assert audited.totals["expiring"]["within"]["30"] == 1


@pytest.mark.parametrize(
    "row",
    [
        unused_active(1, ends=at(10)),
        queued(1, 5, serial=DEVICE, activationDate=at(5), expirationDate=at(10)),
        on_device(1, at(10), activationDate=at(0, seconds=1)),
    ],
    ids=["on nothing", "queued", "not begun"],
)
async def test_expiring_within_counts_only_what_is_assigned_and_burns(row: dict[str, object]) -> None:
    """What is on no device, or has not begun, ends nothing."""
    audited = await audit(per_device(row))

    assert audited.totals["expiring"]["within"] == {"30": 0, "60": 0, "90": 0}


async def test_expiring_within_is_not_devices_that_go_dark() -> None:
    """The license ends, and the device goes on with another."""
    audited = await audit(per_device(on_device(1, at(10)), on_device(2, at(800))))

    assert audited.totals["expiring"]["within"]["30"] == 1
    assert audited.of("501")["dark"]["dates"] == []
    assert audited.of("501")["coverage"]["devices"]["ok"] == 1


@pytest.mark.parametrize(
    "other",
    [queued(2, 365, serial=DEVICE), on_device(2, at(100))],
    ids=["what is queued behind it", "another license on the device"],
)
async def test_expiring_covered_by_queue_is_carried_beyond_the_longest_window(
    other: dict[str, object],
) -> None:
    """Either saves the device, and the license is not at risk."""
    audited = await audit(per_device(on_device(1, at(60), state="expiring"), other))

    expiring = audited.totals["expiring"]
    assert (expiring["coveredByQueue"], expiring["atRisk"]) == (1, 0)


@pytest.mark.parametrize(("days", "covered"), [(30, 0), (31, 1)])
async def test_expiring_covered_by_queue_takes_more_than_the_last_instant_of_the_window(
    days: int, covered: int
) -> None:
    """With 60 days to go, 30 more end with the longest window; a day more is beyond it."""
    rows = [on_device(1, at(60), state="expiring"), queued(2, days, serial=DEVICE)]

    assert (await audit(per_device(*rows))).totals["expiring"]["coveredByQueue"] == covered


async def test_expiring_covered_by_queue_is_no_promise() -> None:
    """Somebody moves the queued license to another device, and the first is at risk."""
    heads = [on_device(1, at(20), state="expiring"), on_device(2, at(500), serial=OTHER_DEVICE)]

    before, after = [
        (await audit(per_device(*heads, queued(3, 365, serial=serial)))).totals["expiring"]
        for serial in (DEVICE, OTHER_DEVICE)
    ]

    assert (before["coveredByQueue"], before["atRisk"]) == (1, 0)
    assert (after["coveredByQueue"], after["atRisk"]) == (0, 1)


async def test_expiring_at_risk_is_the_rest_of_the_total() -> None:
    """Every expiring license is one or the other; the rest is told by type, too."""
    rows = [
        on_device(1, at(20), state="expiring"),
        queued(2, 365, serial=DEVICE),
        on_device(3, at(20), serial=OTHER_DEVICE, state="expiring", licenseType="MR-ENT"),
    ]

    expiring = (await audit(per_device(*rows))).totals["expiring"]

    assert (expiring["total"], expiring["coveredByQueue"], expiring["atRisk"]) == (2, 1, 1)
    assert expiring["atRiskByType"] == {"MR-ENT": 1}


async def test_expiring_at_risk_includes_a_license_with_a_queue_that_is_too_short() -> None:
    """A queue does not save the device that it carries to the 50th day."""
    rows = [on_device(1, at(20), state="expiring"), queued(2, 30, serial=DEVICE)]

    assert (await audit(per_device(*rows))).totals["expiring"]["atRisk"] == 1


async def test_expiring_at_risk_counts_a_license_that_itself_outlasts_the_window() -> None:
    """With nothing behind it, being called expiring is enough: short windows hide no risk."""
    audited = await audit(per_device(on_device(1, at(60), state="expiring")), windows_days=(30,))

    assert audited.totals["expiring"]["atRisk"] == 1


async def test_expiring_at_risk_within_holds_each_window_against_the_device() -> None:
    """A queue from the 20th to the 50th day saves the first window and no longer one."""
    rows = [on_device(1, at(20)), queued(2, 30, serial=DEVICE)]

    expiring = (await audit(per_device(*rows))).totals["expiring"]

    assert expiring["within"] == {"30": 1, "60": 1, "90": 1}
    assert expiring["atRiskWithin"] == {"30": 0, "60": 1, "90": 1}


async def test_expiring_at_risk_within_is_no_part_of_at_risk() -> None:
    """It goes by dates: a license that the vendor still calls active is in it, and not at risk."""
    expiring = (await audit(per_device(on_device(1, at(10))))).totals["expiring"]

    assert expiring["atRiskWithin"] == {"30": 1, "60": 1, "90": 1}
    assert expiring["atRisk"] == 0


async def test_expiring_at_risk_within_holds_a_license_in_a_state_that_nobody_knows() -> None:
    """It ends in the window, and no license is known to carry its device past that."""
    expiring = (await audit(per_device(on_device(1, at(20), state="suspended")))).of("501")["expiring"]

    assert expiring["within"]["30"] == expiring["atRiskWithin"]["30"] == 1
