from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.simulator.world import BLOCKS_KEPT, PROFILES, World, WorldSpec

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
HEADS = {"active", "expiring", "expired"}

specs = st.builds(
    WorldSpec,
    organizations=st.integers(0, 12),
    licenses=st.integers(0, 60),
    seed=st.integers(),
    as_of=st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    profile=st.sampled_from(("mixed", "per-device", "uniform")),
)


def a_world(**changes: Any) -> World:
    """A world of forty organizations, changed as named."""
    wanted: dict[str, Any] = {"organizations": 40, "licenses": 100, "seed": 3, "as_of": AS_OF}
    return World(WorldSpec(**(wanted | changes)))


@settings(max_examples=25)
@given(specs)
def test_the_same_spec_makes_the_same_world(spec: WorldSpec) -> None:
    """Nothing but the spec decides what a world holds, in whatever order it is read."""
    one, other = World(spec), World(spec)

    forwards = {record["id"]: one.licenses_of(record["id"]) for record in one.organizations}
    backwards = {record["id"]: other.licenses_of(record["id"]) for record in reversed(other.organizations)}

    assert one.organizations == other.organizations
    assert forwards == backwards


def test_another_seed_makes_another_world() -> None:
    """Two seeds do not give the same licenses."""
    one, other = a_world(profile="uniform"), a_world(profile="uniform", seed=4)
    organization_id = one.organizations[0]["id"]

    assert one.licenses_of(organization_id) != other.licenses_of(organization_id)


def test_ids_are_unique_and_ascend() -> None:
    """No organization and no license shares its id, key or serial with another; lists are in order of ids."""
    world = a_world(profile="per-device")
    ids = [int(record["id"]) for record in world.organizations]
    rows = [row for record in world.organizations for row in world.licenses_of(record["id"])]
    heads = [row["deviceSerial"] for row in rows if row["state"] in HEADS and row["deviceSerial"]]
    pairs = {row["deviceSerial"] for row in rows if row["state"] == "expired"}

    assert ids == sorted(set(ids))
    assert [int(row["id"]) for row in rows] == sorted({int(row["id"]) for row in rows})
    assert len({row["licenseKey"] for row in rows}) == len(rows)
    assert len(heads) > 0
    assert all(count == 1 or (count == 2 and serial in pairs) for serial, count in Counter(heads).items())


@pytest.mark.parametrize("organizations", [30, 50, 500])
def test_a_mixed_world_has_its_share_of_every_kind(organizations: int) -> None:
    """Also a small mixed world is mixed: each kind is within two organizations of its share."""
    world = a_world(organizations=organizations, licenses=1)
    kinds = Counter(
        record["licensing"]["model"] if record["api"]["enabled"] else "closed"
        for record in world.organizations
    )
    shares = {"per-device": 0.50, "co-term": 0.32, "subscription": 0.16, "closed": 0.02}

    for kind, share in shares.items():
        assert abs(kinds[kind] - share * organizations) <= 2


def test_names_are_not_only_ascii() -> None:
    """Clients meet names that need more than ASCII, and characters that need escaping in HTML."""
    names = [record["name"] for record in a_world(organizations=300).organizations]

    assert any(not name.isascii() for name in names)
    assert any(name.isascii() for name in names)
    assert any("<" in name for name in names)


def test_sizes_vary_around_the_mean() -> None:
    """Log-normal sizes: the mean is what was asked for, some are empty, some fill several pages."""
    world = a_world(organizations=2000, licenses=200, profile="per-device")
    sizes = [world.size_of(record["id"]) for record in world.organizations]

    assert 180 < sum(sizes) / len(sizes) < 220
    assert any(size == 0 for size in sizes)
    assert any(size > 2000 for size in sizes)


def test_a_uniform_world_is_exact() -> None:
    """Every organization is per-device and holds exactly the licenses asked for."""
    world = a_world(profile="uniform", licenses=1234)

    assert {world.size_of(record["id"]) for record in world.organizations} == {1234}
    assert len(world.licenses_of(world.organizations[-1]["id"])) == 1234


@pytest.mark.parametrize(("organizations", "giants"), [(1, 1), (99, 1), (100, 1), (300, 3)])
def test_a_skewed_world_has_its_giants_last(organizations: int, giants: int) -> None:
    """One in a hundred has forty pages and comes last; nobody else has more than a page."""
    world = a_world(organizations=organizations, profile="skewed", licenses=500)
    sizes = [world.size_of(record["id"]) for record in world.organizations]

    assert sizes[-giants:] == [40_000] * giants
    assert all(size <= 1000 for size in sizes[:-giants])


def test_only_per_device_organizations_have_licenses() -> None:
    """Under another licensing model there are no rows to list."""
    world = a_world()

    for record in world.organizations:
        if record["licensing"]["model"] != "per-device":
            assert world.licenses_of(record["id"]) == []


@settings(max_examples=40)
@given(st.integers(0, 3500), st.integers(0, 3500))
def test_any_slice_of_an_organization_is_the_slice_of_the_whole(start: int, stop: int) -> None:
    """Reading from the middle gives what reading everything gives there."""
    organization_id = BIG.organizations[0]["id"]

    assert BIG.licenses_between(organization_id, start, stop) == BIG_ROWS[start:stop]


BIG = a_world(organizations=1, licenses=3210, profile="uniform")
BIG_ROWS = BIG.licenses_of(BIG.organizations[0]["id"])


def test_other_models_scale_with_the_licenses_asked_for() -> None:
    """The devices of co-termination and the seats of subscriptions are about as many on the mean."""
    world = a_world(organizations=1000, licenses=100)
    ids = {
        model: [one["id"] for one in world.organizations if one["licensing"]["model"] == model]
        for model in ("co-term", "subscription")
    }
    devices = [sum(world.account_of(one).licensed.values()) for one in ids["co-term"]]
    seats = {
        holding.id: holding.row["counts"]["seats"]["limit"]
        for one in ids["subscription"]
        for holding in world.holdings_of(one)
        if "counts" in holding.row
    }

    assert 60 < sum(devices) / len(devices) < 180
    assert 30 < sum(seats.values()) / len(ids["subscription"]) < 180


def test_only_subscription_organizations_hold_subscriptions() -> None:
    """Under another model there are none; and whoever owns one, holds it."""
    world = a_world(organizations=300)
    held = {one["id"]: world.holdings_of(one["id"]) for one in world.organizations}

    for record in world.organizations:
        if record["licensing"]["model"] != "subscription":
            assert held[record["id"]] == []
    for organization_id, holdings in held.items():
        for holding in holdings:
            assert organization_id in holding.owners
            assert all(holding in held[owner] for owner in holding.owners)


def test_the_inventory_of_any_organization_can_be_read_from_the_middle() -> None:
    """Devices at some places are those at these places of the whole list; other models have a few."""
    world = a_world(licenses=60)
    for record in world.organizations:
        places = world.places_of(record["id"])
        whole = world.devices_at(record["id"], range(len(places)))
        assert [device["model"] for device in whole] == [place.model for place in places]
        assert world.devices_at(record["id"], range(2, min(5, len(places)))) == whole[2:5]
        if record["licensing"]["model"] != "co-term":
            assert len(places) <= 60


def test_only_a_few_blocks_of_a_large_world_are_kept() -> None:
    """Reading a world of many blocks leaves no more of them in memory than promised."""
    world = a_world(organizations=BLOCKS_KEPT + 8, licenses=1, profile="uniform")

    for record in world.organizations:
        world.licenses_of(record["id"])

    assert world._block.cache_info().currsize == BLOCKS_KEPT


@pytest.mark.parametrize(
    "changes",
    [
        {"organizations": -1},
        {"licenses": -1},
        {"licenses": 1_000_000},
        {"profile": "flat"},
        {"as_of": datetime(2026, 3, 1)},  # noqa: DTZ001
    ],
)
def test_an_impossible_spec_is_refused(changes: dict[str, Any]) -> None:
    """A spec that no world can be made from says so at once."""
    with pytest.raises(ValueError, match=r"must lie in|is none of|no time zone"):
        a_world(**changes)


def test_as_of_is_kept_in_utc() -> None:
    """The same moment named in another time zone makes the same world."""
    elsewhere = AS_OF.astimezone(timezone(timedelta(hours=9)))

    assert a_world(as_of=elsewhere).truth == a_world().truth
    assert sorted(PROFILES) == ["mixed", "per-device", "skewed", "uniform"]
