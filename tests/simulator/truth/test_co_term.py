from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.simulator.truth.co_term import (
    ends_within,
    read_end,
    sum_co_term,
    tell_co_term,
    tell_keys,
    tell_renewals,
    tell_use,
)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def an_overview(date: str, status: str = "OK", *, licensed: dict[str, int] | None = None) -> dict[str, Any]:
    """An overview with that date in words, of five cameras unless others are named."""
    return {"status": status, "expirationDate": date, "licensedDeviceCounts": licensed or {"MV": 5}}


def devices(*models: str, is_used: bool = True, network: str = "") -> list[dict[str, Any]]:
    """Devices in use or not, each in a network of its own unless one is named."""
    return [
        {
            "model": model,
            "networkId": (network or f"N_{number}") if is_used else None,
            "productType": "appliance" if model.startswith(("MX", "Z")) else "any",
        }
        for number, model in enumerate(models)
    ]


def a_key(name: str, **changes: Any) -> dict[str, Any]:
    """A live key for two cameras, changed as named."""
    return {
        "key": name,
        "mode": "addDevices",
        "invalidated": False,
        "expired": False,
        "editions": [{"edition": "Enterprise", "productType": "camera"}],
        "counts": [{"model": "MV", "count": 2}],
    } | changes


@pytest.mark.parametrize(
    ("date", "status", "standing", "dark"),
    [
        ("May 31, 2026 UTC", "OK", "ok", None),
        ("May 30, 2026 UTC", "OK", "expiring", ("2026-06-29", False)),
        ("Mar 1, 2026 UTC", "OK", "inGrace", ("2026-03-31", False)),
        ("Jan 31, 2026 UTC", "License Required", "inGrace", ("2026-03-02", False)),
        ("Jan 30, 2026 UTC", "License Required", "dark", None),
        ("May 31, 2026 UTC", "LICENSE required", "inGrace", ("2026-03-31", True)),
        ("N/A", "License Required", "inGrace", ("2026-03-31", True)),
        ("N/A", "N/A", None, None),
        ("May 31, 2030 UTC", "Warning", "ok", None),
        ("May 31, 2030 UTC", "Expired", None, None),
        ("Mar 11, 2026 UTC", "License expired", None, None),
    ],
)
def test_an_organization_goes_dark_as_a_whole(
    date: str, status: str, standing: str | None, dark: tuple[str, bool] | None
) -> None:
    """By its date, or by the status within thirty days from now, which is an estimate."""
    told = tell_co_term(an_overview(date, status), [], [], AS_OF)

    assert told["standing"] == standing
    if dark is None:
        assert told["dark"] == {"soonest": None, "known": standing is not None, "dates": []}
        return
    assert told["dark"]["soonest"] == f"{dark[0]}T00:00:00Z"
    assert told["dark"]["known"] is not dark[1]
    assert told["dark"]["dates"] == [
        {"date": dark[0], "standing": standing, "what": None, "count": 1, "estimate": dark[1]}
    ]


def test_without_licenses_and_without_a_date_all_is_well() -> None:
    """An organization that has licensed nothing has nothing to lose."""
    told = tell_co_term({"status": "N/A", "expirationDate": "N/A", "licensedDeviceCounts": {}}, [], [], AS_OF)

    assert (told["standing"], told["notes"]) == ("ok", {"unknownStatus": 0})
    assert told["coTerm"]["devices"] == {"licensed": 0, "byModel": {}}


def test_devices_in_use_are_held_against_their_family() -> None:
    """Names of one family add up; what lies idle does not count; what nothing fits is told by model."""
    licensed = {"MR-ENT": 2, "wireless": 1, "MX64-SEC": 1, "SM": 100}
    used = devices(
        "MR36", "CW9162I", "MX64", "MX64W", "MX64W", "MV22", "MG51", "MX105"
    )  # no MX64W is licensed

    assert tell_use(licensed, [*used, *devices("MR36", is_used=False)]) == {
        "inUse": 8,
        "overLimit": 4,
        "spare": 1,
        "warmSpares": 0,
        "byFamily": {
            "wireless": {"licensed": 3, "inUse": 2},
            "MX64": {"licensed": 1, "inUse": 3},
            "MV": {"licensed": 0, "inUse": 1},
            "MG51": {"licensed": 0, "inUse": 1},
        },
        "unmatched": {"MX105": 1},
    }


def test_the_second_of_a_pair_needs_no_license() -> None:
    """A third in the network does, and one in another; two cameras are no pair."""
    pair = devices("MX64", "MX64", network="N_1")

    def told(*others: dict[str, Any]) -> tuple[int, int, int]:
        use = tell_use({"MX64": 1, "MV": 2}, [*pair, *others])
        return use["inUse"], use["warmSpares"], use["overLimit"]

    assert told() == (1, 1, 0)
    assert told(*devices("MX64", network="N_1")) == (2, 1, 1)
    assert told(*devices("MX64", network="N_2")) == (2, 1, 1)
    assert told(*devices("MX64", "MX64", network="N_2")) == (2, 2, 1)
    assert told(*devices("MV22", "MV22", network="N_1")) == (3, 1, 0)


def test_a_region_or_variant_is_licensed_by_the_plain_name() -> None:
    """An MX64W-HW by that of an MX64W, else by that of an MX64."""
    used = devices("MG21-NA", "MG21-WW", "MX64W-HW")

    families = tell_use({"MG21-ENT": 3, "MX64": 1}, used)["byFamily"]
    assert families == {"MG21": {"licensed": 3, "inUse": 2}, "MX64": {"licensed": 1, "inUse": 1}}
    assert tell_use({"MX64W": 1, "MX64": 1}, used)["byFamily"]["MX64W"]["inUse"] == 1


@pytest.mark.parametrize(
    ("licensed", "over_limit", "unmatched"),
    [
        ({"MX64": 1}, 2, {}),
        ({"MX64": 1, "MR-ADV": 1}, 1, {}),
        ({"MX64": 1, "MR-ADV": 0}, 2, {}),
    ],
)
def test_of_a_product_without_a_license_all_are_too_many(
    licensed: dict[str, int], over_limit: int, unmatched: dict[str, int]
) -> None:
    """A product whose devices run on a license of that product alone."""
    told = tell_use(licensed, devices("MX64", "MR36", "MR36"))

    assert (told["overLimit"], told["unmatched"]) == (over_limit, unmatched)


def test_a_switch_may_be_licensed_by_another_name() -> None:
    """Where anything is licensed at all."""
    assert tell_use({"MX64": 1}, devices("MS425-16"))["unmatched"] == {"MS425-16": 1}
    assert tell_use({}, devices("MS425-16"))["overLimit"] == 1


@pytest.mark.parametrize(
    ("licensed", "in_use", "unmatched"),
    [
        ({"MX64": 9, "MX64W-SEC": 9}, {"MX64": 1, "MX64W": 2}, {}),
        ({"MX64-ENT": 9}, {"MX64": 3}, {}),
        ({"MX64W": 9}, {"MX64W": 2}, {"MX64": 1}),
        ({"MX68-SEC": 9}, {"MX68": 0}, {"MX64": 1, "MX64W": 2}),
    ],
)
def test_built_in_wireless_is_held_against_its_own_license_first(
    licensed: dict[str, int], in_use: dict[str, int], unmatched: dict[str, int]
) -> None:
    """Then against the plain model's, and a plain model never against the other's."""
    told = tell_use(licensed, devices("MX64", "MX64W", "MX64W"))

    assert {family: one["inUse"] for family, one in told["byFamily"].items()} == in_use
    assert (told["unmatched"], told["overLimit"]) == (unmatched, 0)


@pytest.mark.parametrize("licensed", [{}, {"SM": 100}])
def test_without_a_license_for_any_device_all_are_too_many(licensed: dict[str, int]) -> None:
    """Within thirty days it may be dark: nobody can say that all is well."""
    overview = {"status": "N/A", "expirationDate": "N/A", "licensedDeviceCounts": licensed}
    told = tell_co_term(overview, [], devices("MV22", "MG51"), AS_OF)

    assert (told["coTerm"]["use"]["overLimit"], told["coTerm"]["use"]["unmatched"]) == (2, {})
    assert told["coTerm"]["use"]["byFamily"].keys() == {"MV", "MG51"}
    assert told["coTerm"]["use"]["darkAt"] == "2026-03-31T00:00:00Z"
    assert told["dark"]["soonest"] is None
    assert told["standing"] is None


@pytest.mark.parametrize(
    ("date", "dark_at"),
    [
        ("Mar 2, 2026 UTC", "2026-03-31T00:00:00Z"),
        ("Mar 1, 2026 UTC", "2026-03-31T00:00:00Z"),
        ("Feb 10, 2026 UTC", "2026-03-12T00:00:00Z"),
        ("Jan 30, 2026 UTC", None),
    ],
)
def test_over_the_limit_an_organization_is_dark_no_later_than_by_its_date(
    date: str, dark_at: str | None
) -> None:
    """And not at all any more where it is dark already."""
    told = tell_co_term(an_overview(date, licensed={"MV": 1}), [], devices("MV22", "MV22"), AS_OF)

    assert told["coTerm"]["use"]["darkAt"] == dark_at


def test_seats_are_told_apart_from_devices() -> None:
    """By whatever name."""
    told = tell_co_term(
        an_overview("Jul 4, 2026 UTC", licensed={"MV": 5, "SM": 20, "SME": 3, "systemsManager": 1}),
        [],
        [],
        AS_OF,
    )["coTerm"]

    assert (told["devices"], told["seats"]) == ({"licensed": 5, "byModel": {"MV": 5}}, {"licensed": 24})
    assert sum_co_term([told, told])["seats"] == {"organizations": 2, "licensed": 48}


def test_over_the_limit_there_is_a_latest_dark_date() -> None:
    """Thirty days from now, and none where the limit is kept to the last device."""
    over = tell_co_term(
        an_overview("May 31, 2027 UTC", licensed={"MV": 1}), [], devices("MV22", "MV22"), AS_OF
    )
    full = tell_co_term(
        an_overview("May 31, 2027 UTC", licensed={"MV": 2}), [], devices("MV22", "MV22"), AS_OF
    )

    assert over["coTerm"]["use"]["darkAt"] == "2026-03-31T00:00:00Z"
    assert (over["standing"], over["dark"]["dates"]) == ("ok", [])
    assert full["coTerm"]["use"]["darkAt"] is None


def test_keys_are_counted_once_and_only_live_ones_hold_anything() -> None:
    """Modes of all, editions and devices of live ones, one with two editions under each."""
    editions = [{"edition": "Enterprise", "productType": kind} for kind in ("camera", "switch")]
    both = {"editions": editions, "counts": [{"model": "MV", "count": 1}, {"model": "MS", "count": 3}]}
    keys = [
        a_key("a"),
        a_key("b", mode="renew", **both),
        a_key("c", invalidated=True),
        a_key("d", expired=True),
        a_key("e", invalidated=True, expired=True, mode="renew"),
        a_key("a"),
    ]

    assert tell_keys(keys) == {
        "total": 5,
        "live": 2,
        "invalidated": 2,
        "expired": 2,
        "byMode": {"addDevices": 3, "renew": 2},
        "byEdition": {"camera Enterprise": 2, "switch Enterprise": 1},
        "devicesByModel": {"MV": 3, "MS": 3},
    }


@pytest.mark.parametrize(
    ("date", "windows"),
    [
        ("Mar 1, 2026 UTC", []),
        ("Mar 2, 2026 UTC", [30, 60, 90]),
        ("Mar 31, 2026 UTC", [30, 60, 90]),
        ("Apr 1, 2026 UTC", [60, 90]),
        ("May 30, 2026 UTC", [90]),
        ("May 31, 2026 UTC", []),
        ("N/A", []),
    ],
)
def test_the_one_date_lies_in_a_window_or_not(date: str, windows: list[int]) -> None:
    """Open at the start, closed at the end."""
    assert [days for days in (30, 60, 90) if ends_within(an_overview(date), AS_OF, days)] == windows


def test_all_devices_are_renewed_in_one_month() -> None:
    """Devices by the overview's names, seats by one; nothing once the date is past."""
    licensed = {"MV": 5, "SM": 20, "SME": 1}

    assert tell_renewals(an_overview("Jul 4, 2026 UTC", licensed=licensed), AS_OF) == {
        ("MV", "devices", "2026-07"): 5,
        ("SM", "seats", "2026-07"): 21,
    }
    assert tell_renewals(an_overview("Mar 1, 2026 UTC", licensed=licensed), AS_OF) == {}
    assert read_end(an_overview("Jul 4, 2026 UTC")) == datetime(2026, 7, 4, tzinfo=UTC)


def test_sums_add_every_figure() -> None:
    """Twice the same organization is everything twice; nothing at all is zeros under every name."""
    one = tell_co_term(
        an_overview("Jul 4, 2026 UTC", licensed={"MV": 1}),
        [a_key("a"), a_key("b", expired=True)],
        devices("MV22", "MV22", "MG51"),
        AS_OF,
    )["coTerm"]
    twice, nothing = sum_co_term([one, one]), sum_co_term([])

    assert (twice["organizations"], twice["byStatus"]) == (2, {"OK": 2})
    assert twice["devices"] == {"organizations": 2, "licensed": 2, "byModel": {"MV": 2}}
    assert twice["use"] == {
        "organizations": 2,
        "inUse": 6,
        "overLimit": 4,
        "spare": 0,
        "warmSpares": 0,
        "byFamily": {"MV": {"licensed": 2, "inUse": 4}, "MG51": {"licensed": 0, "inUse": 2}},
        "unmatched": {},
    }
    assert twice["keys"]["devicesByModel"] == {"MV": 4}
    assert (twice["keys"]["total"], twice["keys"]["expired"]) == (4, 2)
    assert twice["keys"]["organizations"] == twice["use"]["organizations"] == 2
    assert nothing.keys() == twice.keys()
    assert nothing["use"]["inUse"] == nothing["keys"]["total"] == 0
