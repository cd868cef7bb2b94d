from __future__ import annotations

from typing import Any

import pytest

from tests.semantics.rows import (
    Row,
    a_device,
    a_key,
    a_status,
    a_subscription,
    a_violation,
    an_entitlement,
    at,
    in_words,
    on,
)
from tests.semantics.vendor import audit, co_term, per_device, subscribed

REQUIRED = "License Required"


async def test_co_term_status_and_expires_at_are_the_vendors_text_and_date() -> None:
    """The text as it stands, the first moment of the day that the date names."""
    audited = await audit(co_term("OK", in_words(45), {"MX64": 7}))

    told = audited.of("601")["coTerm"]
    assert (told["status"], told["expiresAt"]) == ("OK", f"{on(45)}T00:00:00Z")
    assert audited.totals["coTerm"]["byStatus"] == {"OK": 1}


async def test_co_term_status_license_required_means_grace_before_the_date_too() -> None:
    """Dark comes at the latest in 30 days, which is an estimate: since when is not told."""
    audited = await audit(co_term(REQUIRED, in_words(200), {"MX64": 7}))

    organization = audited.of("601")
    assert organization["standing"] == "inGrace"
    assert organization["dark"] == {
        "soonest": at(30),
        "known": False,
        "dates": [{"date": on(30), "standing": "inGrace", "what": None, "count": 1, "estimate": True}],
    }


async def test_co_term_status_license_required_after_the_date_leaves_the_date_to_tell() -> None:
    """The organization ended: 30 days from then, and no estimate."""
    (date,) = (await audit(co_term(REQUIRED, in_words(-10), {"MX64": 7}))).of("601")["dark"]["dates"]

    assert (date["date"], date["estimate"]) == (on(20), False)


@pytest.mark.parametrize(
    ("days", "standing"), [(200, "ok"), (45, "expiring"), (-10, "inGrace"), (-40, "dark")]
)
async def test_co_term_expires_at_decides_where_the_status_is_ok(days: int, standing: str) -> None:
    """Neither is a function of the other: the status stays what the vendor says."""
    organization = (await audit(co_term("OK", in_words(days), {"MX64": 7}))).of("601")

    assert (organization["coTerm"]["status"], organization["standing"]) == ("OK", standing)


@pytest.mark.parametrize(("licensed", "standing"), [({}, "ok"), ({"MX64": 7}, None)])
async def test_co_term_expires_at_may_be_none(licensed: dict[str, int], standing: str | None) -> None:
    """`N/A` is fine where nothing is licensed, and tells nothing where something is."""
    organization = (await audit(co_term("N/A", "N/A", licensed))).of("601")

    assert (organization["coTerm"]["expiresAt"], organization["standing"]) == (None, standing)


async def test_co_term_expires_at_that_is_no_date_is_noted_and_tells_nothing() -> None:
    """A text that is neither a date nor `N/A`."""
    organization = (await audit(co_term("OK", "when pigs fly", {"MX64": 7}))).of("601")

    assert (organization["coTerm"]["expiresAt"], organization["standing"]) == (None, None)
    assert organization["notes"] == {"unreadableDate": 1}


@pytest.mark.parametrize("status", ["License expired", "Expired"])
@pytest.mark.parametrize("days", [900, 20, -10, -40])
async def test_co_term_status_that_nobody_knows_is_noted_and_leaves_no_standing(
    status: str, days: int
) -> None:
    """Whatever the date says: such a text never amounts to `ok`."""
    audited = await audit(co_term(status, in_words(days), {"MX64": 7}))

    organization = audited.of("601")
    assert (organization["standing"], organization["coTerm"]["status"]) == (None, status)
    assert organization["notes"] == audited.totals["notes"] == {"unknownStatus": 1}
    assert audited.totals["organizations"]["byStanding"]["unknown"] == 1
    assert audited.report["darkDates"] == []


@pytest.mark.parametrize(("days", "standing"), [(900, None), (20, "expiring"), (-40, "dark")])
async def test_co_term_status_that_is_missing_never_amounts_to_ok(days: int, standing: str | None) -> None:
    """The date shows harm all the same."""
    organization = (await audit(co_term("", in_words(days), {"MX64": 7}))).of("601")

    assert (organization["standing"], organization["notes"]) == (standing, {"missingState": 1})


async def test_co_term_expires_at_counts_from_midnight_utc_of_its_day() -> None:
    """At noon of the day that the vendor names the organization has ended already."""
    today, tomorrow = [(await audit(co_term("OK", in_words(days), {"MX64": 7}))).of("601") for days in (0, 1)]

    assert (today["coTerm"]["expiresAt"], today["standing"]) == (f"{on(0)}T00:00:00Z", "inGrace")
    assert (tomorrow["coTerm"]["expiresAt"], tomorrow["standing"]) == (f"{on(1)}T00:00:00Z", "expiring")


@pytest.mark.parametrize(
    ("devices", "inventory", "standing"), [(0, True, "ok"), (3, True, None), (0, False, None)]
)
async def test_co_term_expires_at_may_be_none_only_where_nothing_is_in_use(
    devices: int, standing: str | None, *, inventory: bool
) -> None:
    """Devices without a license may be shut down; an inventory that nobody asked for shows none."""
    estate = co_term("N/A", "N/A", {}, devices=[a_device(number, "MR33") for number in range(devices)])

    assert (await audit(estate, inventory=inventory)).of("601")["standing"] == standing


async def test_co_term_devices_are_licensed_by_the_vendors_name() -> None:
    """As the overview spells them, added up over organizations."""
    estates = [
        co_term("OK", in_words(45), {"MX64": 7, "wireless": 30}),
        co_term("OK", in_words(45), {"MX64": 1}, number="602"),
    ]

    audited = await audit(*estates)

    assert audited.of("601")["coTerm"]["devices"] == {"licensed": 37, "byModel": {"MX64": 7, "wireless": 30}}
    assert audited.totals["coTerm"]["devices"] == {
        "organizations": 2,
        "licensed": 38,
        "byModel": {"MX64": 8, "wireless": 30},
    }


async def test_co_term_devices_are_not_devices_there_are() -> None:
    """Seven are licensed, one is there."""
    audited = await audit(co_term("OK", in_words(45), {"MX64": 7}, devices=[a_device(1, "MX64")]))

    assert audited.totals["coTerm"]["devices"]["licensed"] == 7
    assert audited.totals["coTerm"]["use"]["inUse"] == 1


@pytest.mark.parametrize("name", ["SM", "SME", "systemsManager", "sm"])
async def test_co_term_seats_are_those_of_systems_manager_by_any_name(name: str) -> None:
    """The overview has them among its devices; added up over organizations."""
    estates = [
        co_term("OK", in_words(45), {"MX64": 7, name: 40}),
        co_term("OK", in_words(45), {"MX64": 1}, number="602"),
        co_term("OK", in_words(45), {name: 2}, number="603"),
    ]

    audited = await audit(*estates)

    told = [audited.of(number)["coTerm"]["seats"]["licensed"] for number in ("601", "602", "603")]
    assert told == [40, 0, 2]
    assert audited.totals["coTerm"]["seats"] == {"organizations": 3, "licensed": 42}


async def test_co_term_seats_are_no_devices() -> None:
    """Neither licensed, nor spare, nor a family; they end as seats."""
    audited = await audit(co_term("OK", in_words(45), {"MX64": 7, "SM": 40}, devices=[a_device(1, "MX64")]))

    told = audited.of("601")["coTerm"]
    assert told["devices"] == {"licensed": 7, "byModel": {"MX64": 7}}
    assert (told["use"]["spare"], told["use"]["byFamily"]) == (6, {"MX64": {"licensed": 7, "inUse": 1}})
    units = {one["type"]: one["unit"] for one in audited.report["forecast"]["renewals"]}
    assert units == {"MX64": "devices", "SM": "seats"}


LICENSED = {"MX64": 2, "wireless": 5}
DEVICES = [
    *(a_device(number, model) for number, model in enumerate(["MX64", "MX64W", "MX64", "MR46", "MS120-8LP"])),
    a_device(9, "MX64", network=None),
]


async def test_co_term_use_is_devices_in_use_beside_those_licensed_by_family() -> None:
    """A device in no network is not in use; a model that fits no licensed name is told apart."""
    audited = await audit(co_term("OK", in_words(200), LICENSED, devices=DEVICES))

    assert audited.of("601")["coTerm"]["use"] == {
        "estimate": True,
        "darkAt": at(30),
        "inUse": 5,
        "overLimit": 1,
        "spare": 4,
        "warmSpares": 0,
        "byFamily": {"MX64": {"licensed": 2, "inUse": 3}, "wireless": {"licensed": 5, "inUse": 1}},
        "unmatched": {"MS120-8LP": 1},
    }
    assert audited.asked_for("/organizations/601/inventory/devices?perPage=1000&usedState=used") == 1


async def test_co_term_use_is_always_an_estimate() -> None:
    """Where it comes out even, too, and in the totals; with no more devices than licenses no date follows."""
    audited = await audit(co_term("OK", in_words(200), {"MX64": 1}, devices=[a_device(1, "MX64")]))

    use = audited.of("601")["coTerm"]["use"]
    assert (use["estimate"], use["overLimit"], use["spare"], use["darkAt"]) == (True, 0, 0, None)
    assert audited.totals["coTerm"]["use"]["estimate"] is True


async def test_co_term_use_is_not_compliance() -> None:
    """More devices than licenses change neither standing nor dark dates: the status decides."""
    over, required = [
        (await audit(co_term(status, in_words(200), LICENSED, devices=DEVICES))).of("601")
        for status in ("OK", REQUIRED)
    ]

    assert over["coTerm"]["use"]["overLimit"] == required["coTerm"]["use"]["overLimit"] == 1
    assert (over["standing"], over["dark"]) == ("ok", {"soonest": None, "known": True, "dates": []})
    assert required["standing"] == "inGrace"


@pytest.mark.parametrize("licensed", [{}, {"SM": 40}])
async def test_co_term_use_without_a_license_for_any_device_is_over_the_limit(
    licensed: dict[str, int],
) -> None:
    """All of it, though no name fits; neither status nor date say what becomes of it."""
    audited = await audit(co_term("N/A", "N/A", licensed, devices=DEVICES))

    use = audited.of("601")["coTerm"]["use"]
    assert (use["overLimit"], use["inUse"], use["darkAt"]) == (5, 5, at(30))
    assert sum(one["inUse"] for one in use["byFamily"].values()) == 5
    assert audited.of("601")["standing"] is None


@pytest.mark.parametrize(("days", "dark_at"), [(200, 30), (0.5, 30), (-10, 20), (-29, 1), (-40, None)])
async def test_co_term_use_over_the_limit_is_dark_no_later_than_by_the_date(
    days: float, dark_at: int | None
) -> None:
    """Thirty days from now at the latest; what is dark already has no date ahead."""
    organization = (await audit(co_term("OK", in_words(days), LICENSED, devices=DEVICES))).of("601")

    told = organization["coTerm"]["use"]["darkAt"]
    assert (told and told[:10]) == (None if dark_at is None else on(dark_at))


@pytest.mark.parametrize(
    ("licensed", "over_limit"), [({"MX64": 3}, 0), ({"MX64": 2, "MX64W": 1}, 0), ({"MX64": 3, "MX64W": 0}, 1)]
)
async def test_co_term_use_has_built_in_wireless_by_its_own_name_first(
    licensed: dict[str, int], over_limit: int
) -> None:
    """The vendor sells an MX64W apart; the plain name covers it only where its own is not there."""
    devices = [a_device(number, model) for number, model in enumerate(["MX64", "MX64W", "MX64"])]
    audited = await audit(co_term("OK", in_words(200), licensed, devices=devices))

    assert audited.of("601")["coTerm"]["use"]["overLimit"] == over_limit


async def test_co_term_use_does_not_let_one_organization_spare_for_another() -> None:
    """One has two too many, another two to spare: both are told."""
    devices = [a_device(number, "MX64") for number in range(4)]
    estates = [
        co_term("OK", in_words(200), {"MX64": 2}, devices=devices),
        co_term("OK", in_words(200), {"MX64": 2}, number="602"),
    ]

    use = (await audit(*estates)).totals["coTerm"]["use"]

    assert (use["organizations"], use["overLimit"], use["spare"]) == (2, 2, 2)


async def test_co_term_use_is_null_when_the_inventory_is_not_asked() -> None:
    """`--no-inventory` spends no request, and tells no zeros."""
    audited = await audit(co_term("OK", in_words(200), LICENSED, devices=DEVICES), inventory=False)

    assert audited.asked_for("/inventory/") == 0
    assert audited.of("601")["coTerm"]["use"] is audited.totals["coTerm"]["use"] is None


async def test_co_term_keys_are_counted_by_what_became_of_them() -> None:
    """Live, invalidated and expired, by mode and by edition of those that live; each key once."""
    keys = [
        a_key(1),
        a_key(1),
        a_key(2, mode="renew", invalidated=True),
        a_key(3, mode="renew", expired=True),
    ]

    audited = await audit(co_term("OK", in_words(45), {"MX64": 7}, keys=keys))

    told = audited.of("601")["coTerm"]["keys"]
    assert (told["total"], told["live"], told["invalidated"], told["expired"]) == (3, 1, 1, 1)
    assert told["byMode"] == {"addDevices": 1, "renew": 2}
    assert told["byEdition"] == {"appliance Enterprise": 1}
    assert audited.asked_for("/organizations/601/licensing/coterm/licenses?") == 1


async def test_co_term_keys_are_neither_licenses_nor_devices() -> None:
    """One key for ten devices is one key; what is licensed is the overview's to say."""
    audited = await audit(co_term("OK", in_words(45), {"MX64": 7}, keys=[a_key(1, devices=10)]))

    told = audited.totals["coTerm"]
    assert (told["keys"]["total"], told["keys"]["devicesByModel"]) == (1, {"MX64": 10})
    assert told["devices"]["licensed"] == 7
    assert audited.totals["licenses"]["total"] == 0


SHARED = a_subscription(77, organizations=2)


async def audited_sharing(*own: Any) -> Any:
    """Two organizations that share a subscription, the second with its *own* besides."""
    return await audit(subscribed(SHARED), subscribed(SHARED, *own, number="702"))


async def test_subscription_total_counts_a_shared_subscription_once() -> None:
    """However many organizations share it."""
    told = (await audited_sharing(a_subscription(78))).totals["subscription"]

    assert (told["organizations"], told["total"], told["shared"]) == (2, 2, 1)


async def test_subscription_total_is_no_sum_over_organizations() -> None:
    """Each organization has the shared one, the totals have it once."""
    audited = await audited_sharing()

    assert [audited.of(number)["subscription"]["total"] for number in ("701", "702")] == [1, 1]
    assert audited.totals["subscription"]["total"] == 1


async def test_subscription_seats_are_told_by_sku() -> None:
    """Limit, assigned and available, as the vendor tells them."""
    entitlements = [
        {"sku": "LIC-MX", "seats": {"limit": 10, "assigned": 4, "available": 6}},
        {"sku": "LIC-MR", "seats": {"limit": 3, "assigned": 3, "available": 0}},
    ]

    audited = await audit(subscribed(a_subscription(77, entitlements=entitlements)))

    assert audited.totals["subscription"]["seats"] == {
        "limit": 13,
        "assigned": 7,
        "available": 6,
        "over": 0,
        "unreadable": 0,
        "bySku": {
            "LIC-MR": {"limit": 3, "assigned": 3, "available": 0, "over": 0},
            "LIC-MX": {"limit": 10, "assigned": 4, "available": 6, "over": 0},
        },
    }


async def test_subscription_seats_are_not_an_organizations_own_where_shared() -> None:
    """Each of the two shows all ten, and says that they are shared; together there are ten."""
    audited = await audited_sharing()

    blocks = [audited.of(number)["subscription"] for number in ("701", "702")]
    assert [block["seats"]["limit"] for block in blocks] == [10, 10]
    assert [block["subscriptions"][0]["shared"] for block in blocks] == [True, True]
    assert audited.totals["subscription"]["seats"]["limit"] == 10


async def test_subscription_skus_tell_what_each_is_that_is_held_or_missing() -> None:
    """In the vendor's words, once for all organizations of the tenant and once in the totals."""
    listed = [
        an_entitlement("LIC-MX"),
        an_entitlement("LIC-MR", name="MR add-on", featureTier=None, isAddOn=True),
        an_entitlement("LIC-MV"),
    ]
    status = a_status(77, a_violation("MX Small", at(5), LIC_MR=1))
    estates = [
        subscribed(a_subscription(77), statuses=[status]),
        subscribed(a_subscription(78), number="702"),
    ]

    audited = await audit(*estates, entitlements=listed)

    mx, mr = ({name: one[name] for name in one if name != "sku"} for one in listed[:2])
    assert audited.of("701")["subscription"]["skus"] == {"LIC-MR": mr, "LIC-MX": mx}
    assert audited.of("702")["subscription"]["skus"] == {"LIC-MX": mx}
    assert audited.totals["subscription"]["skus"] == {"LIC-MR": mr, "LIC-MX": mx}
    assert audited.asked_for("/entitlements") == 1


async def test_subscription_skus_that_cannot_be_bought_any_more_are_null() -> None:
    """The vendor's list is one of what can be bought: that is not noted."""
    audited = await audit(subscribed(a_subscription(77)), entitlements=[an_entitlement("LIC-MV")])

    assert audited.totals["subscription"]["skus"] == {"LIC-MX": None}
    assert audited.totals["notes"] == {}


async def test_subscription_skus_that_could_not_be_read_cost_no_figure_and_no_organization() -> None:
    """It is noted; every count stands, and the audit is complete."""
    read = await audit(subscribed(a_subscription(77)))
    unread = await audit(subscribed(a_subscription(77)), entitlements=None)

    organization = unread.of("701")
    assert organization["subscription"]["skus"] is None
    assert organization["notes"] == unread.totals["notes"] == {"skusUntold": 1}
    assert organization["subscription"]["seats"] == read.of("701")["subscription"]["seats"]
    assert (organization["status"], organization["standing"]) == ("audited", "ok")
    assert organization["missing"] == ["skus"]
    assert unread.report["completeness"]["missing"] == {"skus": 1}
    assert unread.report["completeness"]["complete"] is True
    assert unread.report["errors"] == []


async def test_subscription_skus_are_asked_for_once_a_tenant_and_only_where_there_are_any() -> None:
    """A tenant without a subscription is not asked."""
    audited = await audit(
        subscribed(a_subscription(77)),
        subscribed(a_subscription(78), number="702", tenant="north"),
        subscribed(a_subscription(79), number="703", tenant="north"),
        per_device(number="501", tenant="south"),
        subscribed(number="704", tenant="west"),
    )

    assert audited.asked_for("/entitlements") == 2


async def test_subscription_violations_are_product_classes_and_the_seats_that_would_mend_them() -> None:
    """Two classes of one subscription, three seats of one SKU and one of another."""
    small = a_violation("MX Small", at(5), LIC_MX=2, LIC_MR=1)
    status = a_status(77, small, a_violation("MX Large", at(9), LIC_MX=1))

    audited = await audit(subscribed(a_subscription(77), statuses=[status]))

    told = audited.totals["subscription"]["violations"]
    assert told == {"productClasses": 2, "missing": {"LIC-MR": 1, "LIC-MX": 3}, "unknown": 0}
    assert audited.asked_for("/compliance/statuses?organizationIds%5B%5D=701") == 1


async def test_subscription_violations_of_a_shared_subscription_count_once() -> None:
    """Though both organizations are out of compliance with it."""
    statuses = [a_status(77, a_violation("MX Small", at(5), LIC_MX=2))]
    estates = [subscribed(SHARED, number=number, statuses=statuses) for number in ("701", "702")]

    audited = await audit(*estates)

    told = audited.totals["subscription"]["violations"]
    assert told == {"productClasses": 1, "missing": {"LIC-MX": 2}, "unknown": 0}


async def test_subscription_violations_are_null_where_compliance_was_not_read() -> None:
    """That is no zero: the totals tell of how many organizations it is so, and no standing follows."""
    unread = subscribed(a_subscription(77), statuses=None)

    audited = await audit(unread, subscribed(a_subscription(78), number="702", tenant="north"))

    organization = audited.of("701")
    assert (organization["status"], organization["standing"]) == ("audited", None)
    assert (organization["missing"], audited.of("702")["missing"]) == (["compliance"], [])
    assert [(one["httpStatus"], one["missing"]) for one in audited.report["errors"]] == [(404, "compliance")]
    assert audited.report["completeness"]["complete"] is False
    assert organization["subscription"]["violations"] is None
    assert organization["subscription"]["subscriptions"][0]["violations"] is None
    assert audited.totals["subscription"]["violations"]["unknown"] == 1
    assert audited.of("702")["subscription"]["violations"] == {"productClasses": 0, "missing": {}}


async def test_subscription_violations_of_what_no_status_mentions_are_for_its_own_status_to_tell() -> None:
    """Out of compliance since nobody says when: in grace, with a note and without a date."""
    active, breach = [
        (await audit(subscribed(a_subscription(77, status=status)))).of("701")
        for status in ("active", "out_of_compliance")
    ]

    assert (active["standing"], active["notes"]) == ("ok", {})
    assert (breach["standing"], breach["notes"]) == ("inGrace", {"complianceUntold": 1})
    assert breach["dark"] == {"soonest": None, "known": False, "dates": []}


@pytest.mark.parametrize(("status", "ends"), [("canceled", 200), ("expired", -5), ("active", 0)])
async def test_standing_is_not_known_where_all_subscriptions_are_over(status: str, ends: int) -> None:
    """By status or by date: nothing of them ends or is renewed any more, and what is left nobody tells."""
    audited = await audit(subscribed(a_subscription(77, status=status, ends=at(ends))))

    organization = audited.of("701")
    assert (organization["standing"], organization["notes"]) == (None, {"noLiveSubscription": 1})
    assert organization["subscription"]["endingWithin"] == {"30": 0, "60": 0, "90": 0}
    assert audited.report["forecast"]["renewals"] == []
    assert audited.totals["organizations"]["byStanding"]["unknown"] == 1


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        ([], {"noLiveSubscription": 1, "noSubscriptions": 1}),
        ([a_subscription(77, status="inactive", startDate=at(20))], {"noLiveSubscription": 1}),
        ([a_subscription(77, endDate=None)], {}),
    ],
    ids=["none", "not begun", "no end"],
)
async def test_standing_is_not_known_where_nothing_runs_or_states_an_end(
    rows: list[Row], notes: dict[str, int]
) -> None:
    """None at all, one that begins in 20 days, one that runs until nobody knows when."""
    organization = (await audit(subscribed(*rows))).of("701")

    assert (organization["standing"], organization["notes"]) == (None, notes)


async def test_subscription_seats_that_cannot_be_read_are_null_and_in_no_sum() -> None:
    """An SKU of which one of three figures is missing; the subscription is told all the same."""
    entitlements = [
        {"sku": "LIC-MX", "seats": {"limit": 10, "assigned": 4, "available": 6}},
        {"sku": "LIC-MR", "seats": {"limit": None, "assigned": 3, "available": 0}},
    ]

    audited = await audit(subscribed(a_subscription(77, entitlements=entitlements)))

    told = audited.of("701")["subscription"]
    assert told["subscriptions"][0]["seats"]["LIC-MR"] is None
    assert (told["seats"]["limit"], list(told["seats"]["bySku"])) == (10, ["LIC-MX"])
    assert audited.totals["subscription"]["seats"]["unreadable"] == 1
    assert audited.totals["notes"] == {"unreadableCount": 1}


async def test_subscription_seats_of_a_row_without_them_are_null_and_no_zero() -> None:
    """Of the subscription, of the organization and of the totals, which count it."""
    row = {key: value for key, value in a_subscription(77).items() if key not in {"entitlements", "counts"}}

    audited = await audit(subscribed(row))

    told = audited.of("701")["subscription"]
    assert told["subscriptions"][0]["seats"] is None
    for seats in (told["seats"], audited.totals["subscription"]["seats"]):
        assert (seats["limit"], seats["assigned"], seats["over"], seats["unreadable"]) == (
            None,
            None,
            None,
            1,
        )
    assert audited.totals["notes"] == {"unreadableCount": 1}


@pytest.mark.parametrize("available", [-5, 0])
async def test_subscription_seats_say_why_they_do_not_add_up(available: int) -> None:
    """More is assigned than the limit: that is over it, and no other SKU has less for it."""
    entitlements = [
        {"sku": "LIC-MX", "seats": {"limit": 10, "assigned": 15, "available": available}},
        {"sku": "LIC-MR", "seats": {"limit": 10, "assigned": 4, "available": 6}},
    ]

    audited = await audit(subscribed(a_subscription(77, entitlements=entitlements)))

    seats = audited.totals["subscription"]["seats"]
    assert seats["bySku"]["LIC-MX"] == {"limit": 10, "assigned": 15, "available": 0, "over": 5}
    assert seats["assigned"] + seats["available"] == seats["limit"] + seats["over"] == 25
    assert audited.totals["notes"] == {}


async def test_subscription_violations_without_a_quantity_have_no_count() -> None:
    """Nothing is named that would mend it, or the quantity is null: not nought."""
    lacking = a_violation("MX Small", at(5))
    unsaid = a_violation("MX Large", at(6), LIC_MX=1)
    unsaid["missing"]["entitlements"][0]["quantity"] = None

    audited = await audit(subscribed(a_subscription(77), statuses=[a_status(77, lacking, unsaid)]))

    assert [one["count"] for one in audited.of("701")["dark"]["dates"]] == [None, None]
    assert [one["count"] for one in audited.report["darkDates"]] == [None]
    assert audited.totals["subscription"]["violations"]["missing"] == {"LIC-MX": None}


async def test_subscription_total_counts_as_shared_what_turns_up_in_several_organizations() -> None:
    """Where the vendor does not say how many it spans, too."""
    row = {**a_subscription(77), "counts": {}}

    audited = await audit(subscribed(row), subscribed(row, number="702"))

    assert audited.totals["subscription"]["shared"] == 1
    assert [audited.of(number)["subscription"]["shared"] for number in ("701", "702")] == [1, 1]


@pytest.mark.parametrize(("days", "standing"), [(5, "inGrace"), (0, "dark")])
async def test_subscription_violations_are_not_dark_before_their_grace_ends(days: int, standing: str) -> None:
    """`graceEndsAt` is the vendor's, and that instant is the first in the dark."""
    status = a_status(77, a_violation("MX Small", at(days), LIC_MX=2))

    organization = (await audit(subscribed(a_subscription(77), statuses=[status]))).of("701")

    (violation,) = organization["subscription"]["subscriptions"][0]["violations"]
    assert violation == {"productClass": "MX Small", "graceEndsAt": at(days), "missing": {"LIC-MX": 2}}
    assert organization["standing"] == standing
