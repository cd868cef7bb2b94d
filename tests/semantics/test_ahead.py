from __future__ import annotations

import pytest

from tests.semantics.rows import (
    DEVICE,
    OTHER_DEVICE,
    a_license,
    a_status,
    a_subscription,
    a_violation,
    at,
    in_words,
    on,
    on_device,
    on_network,
    queued,
    unused,
)
from tests.semantics.vendor import Estate, Row, audit, co_term, per_device, subscribed

ONE_OF_EACH = {
    "per-device": per_device(on_device(1, at(20)), on_device(2, at(25), serial=OTHER_DEVICE)),
    "co-term": co_term("OK", in_words(20), {"MX64": 7}),
    "subscription": subscribed(a_subscription(77, ends=at(20))),
}
"""Of each licensing model an organization in which something ends within 30 days."""


@pytest.mark.parametrize(("ends", "standing"), [(-50, "dark"), (-10, "inGrace"), (10, "expiring")])
async def test_standing_is_the_worst_of_anything_in_it(ends: int, standing: str) -> None:
    """One device among others that are covered decides."""
    rows = [on_device(number, at(800), serial=f"Q2XX-TEST-1{number:03}") for number in range(9)]

    audited = await audit(per_device(*rows, on_device(10, at(ends))))

    assert audited.of("501")["standing"] == standing


async def test_standing_is_not_how_much_is_concerned() -> None:
    """One dark device of two stands as two of two."""
    heads = [on_device(1, at(-50)), on_device(2, at(-50), serial=OTHER_DEVICE)]
    saved = on_device(3, at(800))

    some, all_of_it = [
        (await audit(per_device(*rows))).of("501")["standing"] for rows in ((*heads, saved), heads)
    ]

    assert some == all_of_it == "dark"


async def test_standing_of_subscriptions_is_that_of_their_violations_and_ends() -> None:
    """In grace with a violation, dark when its grace is over, expiring by date, else ok if one runs."""
    grace = [a_status(1, a_violation("MX Small", at(days), LIC_MX=1)) for days in (5, 0)]
    estates = [
        subscribed(a_subscription(1), statuses=grace[:1]),
        subscribed(a_subscription(1), statuses=grace[1:]),
        subscribed(a_subscription(1, ends=at(90))),
        subscribed(a_subscription(1, ends=at(91))),
        subscribed(),
    ]

    standings = [(await audit(estate)).of("701")["standing"] for estate in estates]

    assert standings == ["inGrace", "dark", "expiring", "ok", None]


async def test_dark_dates_are_thirty_days_after_the_end_of_a_device() -> None:
    """By day, standing and type; a device that is dark, or covered beyond the windows, has none ahead."""
    serials = [f"Q2XX-TEST-000{number}" for number in range(1, 6)]
    ends = [at(10), at(10, seconds=60), at(-10), at(-30), at(91)]
    rows = [
        on_device(n, end, serial=serial) for n, (end, serial) in enumerate(zip(ends, serials, strict=True))
    ]

    dark = (await audit(per_device(*rows))).of("501")["dark"]

    told = {"what": "MX64-ENT", "estimate": False}
    assert dark == {
        "soonest": at(20),
        "known": True,
        "dates": [
            {"date": on(20), "standing": "inGrace", "count": 1, **told},
            {"date": on(40), "standing": "expiring", "count": 2, **told},
        ],
    }


async def test_dark_dates_count_network_licenses_too() -> None:
    """What they cover goes dark as a device does; it is a type of its own."""
    dark = (await audit(per_device(on_device(1, at(10)), on_network(2, at(10))))).of("501")["dark"]

    assert [(one["what"], one["count"]) for one in dark["dates"]] == [("MX64-ENT", 1), ("SME", 1)]


async def test_dark_dates_come_after_all_that_is_queued() -> None:
    """A queued license of 40 days moves the date by as many."""
    audited = await audit(per_device(on_device(1, at(10)), queued(2, 40, serial=DEVICE)))

    assert audited.of("501")["dark"]["soonest"] == at(10 + 40 + 30)


async def test_dark_known_is_false_as_soon_as_one_device_or_network_license_has_no_known_end() -> None:
    """Then no date proves nothing, and a date may not be the first one."""
    endless = on_device(2, None, serial="Q2XX-TEST-0002")
    estates = [
        per_device(on_device(1, at(300))),
        per_device(on_device(1, at(300)), endless),
        per_device(on_device(1, at(10)), endless),
        per_device(on_device(1, at(300)), on_network(3, None)),
    ]

    dark = [(await audit(estate)).of("501")["dark"] for estate in estates]

    assert [(one["soonest"], one["known"]) for one in dark] == [
        (None, True),
        (None, False),
        (at(40), False),
        (None, False),
    ]


async def test_dark_known_is_false_under_co_termination_without_a_date_and_where_it_is_an_estimate() -> None:
    """A day 30 days from now is the latest of all that are possible."""
    estates = [
        co_term("OK", in_words(200), {"MX64": 7}),
        co_term("N/A", "N/A", {"MX64": 7}),
        co_term("License Required", in_words(200), {"MX64": 7}),
        co_term("License Required", in_words(-5), {"MX64": 7}),
    ]

    dark = [(await audit(estate)).of("601")["dark"] for estate in estates]

    assert [(one["soonest"] is None, one["known"]) for one in dark] == [
        (True, True),
        (True, False),
        (False, False),
        (False, True),
    ]


async def test_dark_known_is_false_for_a_breach_without_a_date_and_without_a_live_subscription() -> None:
    """The vendor leaves the end of grace out, or states the breach by a status alone."""
    undated = a_status(77, a_violation("MX", None, LIC_MX=2), a_violation("MR", at(5), LIC_MR=2))
    estates = [
        subscribed(a_subscription(77)),
        subscribed(a_subscription(77), statuses=[a_status(77, a_violation("MX", at(5), LIC_MX=2))]),
        subscribed(a_subscription(77), statuses=[undated]),
        subscribed(a_subscription(77, status="out_of_compliance")),
        subscribed(a_subscription(77, status="expired")),
    ]

    dark = [(await audit(estate)).of("701")["dark"] for estate in estates]

    assert [(one["soonest"], one["known"]) for one in dark] == [
        (None, True),
        (at(5), True),
        (at(5), False),
        (None, False),
        (None, False),
    ]


async def test_dark_dates_under_co_termination_are_of_the_whole_organization() -> None:
    """One thing, however many devices: 30 days after the day that the vendor names begins."""
    audited = await audit(co_term("OK", in_words(45), {"MX64": 7, "MR-ENT": 30}))

    (date,) = audited.of("601")["dark"]["dates"]
    assert date == {
        "date": on(75),
        "standing": "expiring",
        "what": None,
        "count": 1,
        "estimate": False,
    }


async def test_dark_dates_of_subscriptions_are_the_vendors_own() -> None:
    """`gracePeriodEndsAt` to the second, and the seats that would mend it; nothing is added to it."""
    status = a_status(77, a_violation("MX Small", at(5, seconds=7), LIC_MX=2, LIC_MR=1))

    dark = (await audit(subscribed(a_subscription(77), statuses=[status]))).of("701")["dark"]

    assert dark["soonest"] == at(5, seconds=7)
    assert dark["dates"] == [
        {"date": on(5), "standing": "inGrace", "what": "MX Small", "count": 3, "estimate": False}
    ]


async def test_dark_dates_of_all_organizations_are_the_first_of_each_the_soonest_first() -> None:
    """One entry for each organization in which something goes dark, of any licensing model."""
    status = a_status(77, a_violation("MX Small", at(45), LIC_MX=2))
    estates = [
        per_device(on_device(1, at(10)), on_device(2, at(20), serial=OTHER_DEVICE)),
        per_device(on_device(3, at(800)), number="502"),
        co_term("OK", in_words(5), {"MX64": 7}),
        subscribed(a_subscription(77), statuses=[status]),
    ]

    told = (await audit(*estates)).report["darkDates"]

    assert [(one["organizationId"], one["darkAt"][:10], one["what"], one["count"]) for one in told] == [
        ("601", on(35), None, 1),
        ("501", on(40), "MX64-ENT", 1),
        ("701", on(45), "MX Small", 2),
    ]


def renewals(report: Row) -> dict[tuple[str, str, str, str], dict[str, int]]:
    """The forecast by tenant, licensing model, type and unit."""
    names = ("tenant", "licensingModel", "type", "unit")
    return {
        (one[names[0]], one[names[1]], one[names[2]], one[names[3]]): one["byMonth"]
        for one in report["forecast"]["renewals"]
    }


async def test_forecast_is_by_tenant_model_type_and_unit() -> None:
    """Licenses, devices and seats in rows of their own, never added to one another."""
    estates = [
        per_device(on_device(1, at(45)), on_network(2, at(45), seats=25)),
        co_term("OK", in_words(45), {"MX64": 7, "MR-ENT": 30, "SME": 40}, tenant="north"),
        subscribed(a_subscription(77, ends=at(45))),
    ]

    audited = await audit(*estates, seat_use=False)

    month = on(45)[:7]
    assert renewals(audited.report) == {
        ("acme", "per-device", "MX64-ENT", "licenses"): {month: 1},
        ("acme", "per-device", "SME", "licenses"): {month: 1},
        ("acme", "per-device", "SME", "seats"): {month: 25},
        ("acme", "subscription", "LIC-MX", "seats"): {month: 10},
        ("north", "co-term", "MR-ENT", "devices"): {month: 30},
        ("north", "co-term", "MX64", "devices"): {month: 7},
        ("north", "co-term", "SM", "seats"): {month: 40},
    }


async def test_forecast_counts_a_device_once_after_all_that_is_queued() -> None:
    """Not in the month in which its license ends."""
    audited = await audit(per_device(on_device(1, at(45)), queued(2, 365, serial=DEVICE)))

    assert renewals(audited.report) == {("acme", "per-device", "MX64-ENT", "licenses"): {on(410)[:7]: 1}}


ENDING = {
    "device": lambda ends: per_device(on_device(1, ends)),
    "network license": lambda ends: per_device(on_network(1, ends)),
    "subscription": lambda ends: subscribed(a_subscription(77, ends=ends)),
}


@pytest.mark.parametrize("kind", ENDING)
@pytest.mark.parametrize(
    ("ends", "months"),
    [
        (at(-0.25), []),
        (at(0), []),
        (at(0, seconds=1), ["2026-03"]),
        ("2029-02-28T23:59:59Z", ["2029-02"]),
        ("2029-03-01T00:00:00Z", []),
    ],
)
async def test_forecast_is_36_months_from_that_of_the_reference_time(
    kind: str, ends: str, months: list[str]
) -> None:
    """What ended is in none of them, nor what ends after the last."""
    audited = await audit(ENDING[kind](ends))

    names = audited.report["forecast"]["months"]
    assert (len(names), names[0], names[-1]) == (36, "2026-03", "2029-02")
    assert [month for one in renewals(audited.report).values() for month in one] == months


@pytest.mark.parametrize(
    ("day", "months"),
    [
        ("Mar 1, 2026 UTC", []),
        ("Mar 2, 2026 UTC", ["2026-03"]),
        ("Feb 28, 2029 UTC", ["2029-02"]),
        ("Mar 1, 2029 UTC", []),
    ],
)
async def test_forecast_under_co_termination_is_of_the_same_months(day: str, months: list[str]) -> None:
    """The day that the vendor names begins before the reference time, or after the last month."""
    audited = await audit(co_term("OK", day, {"MX64": 7}))

    assert [month for one in renewals(audited.report).values() for month in one] == months


async def test_forecast_is_not_what_will_be_bought() -> None:
    """What is over, and what lies about unused, ends nothing; no figure has a price."""
    rows = [on_device(1, at(-100)), unused(2), a_license(3, "unusedActive", expirationDate=at(45))]
    over = a_subscription(77, ends=at(45), status="canceled")

    audited = await audit(per_device(*rows), subscribed(over))

    assert audited.report["forecast"]["renewals"] == []


async def test_forecast_counts_a_shared_subscription_once() -> None:
    """However many organizations it spans."""
    shared = a_subscription(77, ends=at(45), organizations=2)

    audited = await audit(subscribed(shared), subscribed(shared, number="702"))

    assert renewals(audited.report) == {("acme", "subscription", "LIC-MX", "seats"): {on(45)[:7]: 10}}


@pytest.mark.parametrize("model", ONE_OF_EACH)
async def test_organizations_expiring_within_counts_any_licensing_model(model: str) -> None:
    """A license, the common date or a subscription."""
    organizations = (await audit(ONE_OF_EACH[model])).totals["organizations"]

    assert organizations["expiringWithin"] == {"30": 1, "60": 1, "90": 1}


async def test_organizations_expiring_within_is_not_licenses() -> None:
    """Two licenses end in one of the three organizations; nothing does in a fourth."""
    audited = await audit(*ONE_OF_EACH.values(), per_device(on_device(9, at(800)), number="502"))

    assert audited.totals["organizations"]["expiringWithin"]["30"] == 3
    assert audited.totals["expiring"]["within"]["30"] == 2


BROKEN_OFF = per_device(on_device(1, at(-50)), breaks_off=True)
UNDATED = co_term("N/A", "N/A", {"MX64": 7})


@pytest.mark.parametrize(
    ("estate", "standing"),
    [
        *((estate, "expiring") for estate in ONE_OF_EACH.values()),
        (BROKEN_OFF, "unknown"),
        (UNDATED, "unknown"),
    ],
    ids=[*ONE_OF_EACH, "not all was read", "no date"],
)
async def test_organizations_by_standing_is_of_any_licensing_model(estate: Estate, standing: str) -> None:
    """`unknown` where the list broke off, for the rest could be worse, and where no date tells."""
    organizations = (await audit(estate)).totals["organizations"]

    nothing = {"ok": 0, "expiring": 0, "inGrace": 0, "dark": 0, "unknown": 0}
    assert organizations["byStanding"] == nothing | {standing: 1}


async def test_organizations_by_standing_is_not_devices() -> None:
    """Two devices in one organization are one."""
    totals = (await audit(ONE_OF_EACH["per-device"])).totals

    assert totals["organizations"]["byStanding"]["expiring"] == 1
    assert totals["coverage"]["devices"]["expiring"] == 2
