from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from auditor.simulator.dashboard import Dashboard
from auditor.simulator.reply import Ask, Reply
from auditor.simulator.world import World, WorldSpec

WORLD = World(WorldSpec(organizations=60, licenses=150, seed=9, as_of=datetime(2026, 3, 1, tzinfo=UTC)))
DASHBOARD = Dashboard(WORLD, link_style="absolute", cache_bytes=1_000_000)


def get(path: str, **query: str) -> Reply:
    """Ask the dashboard with a key that sees everything."""
    return DASHBOARD.answer(Ask(path, path, query, "http://127.0.0.1:1"))


def data(reply: Reply) -> Any:
    """The body of a reply that must be right."""
    assert reply.status == 200
    return orjson.loads(reply.body)


def an_organization(model: str = "per-device", *, enabled: bool = True, licenses: int = 100) -> str:
    """The id of the first organization of that kind with at least so many licenses."""
    return next(
        str(record["id"])
        for record in WORLD.organizations
        if record["licensing"]["model"] == model
        and record["api"]["enabled"] is enabled
        and (model != "per-device" or WORLD.size_of(record["id"]) >= licenses)
    )


PER_DEVICE = an_organization()
LICENSES = WORLD.licenses_of(PER_DEVICE)


def test_organizations_are_listed_as_they_are() -> None:
    """The list holds every record of the world, and each can be asked for alone."""
    assert data(get("/organizations")) == WORLD.organizations
    assert data(get(f"/organizations/{PER_DEVICE}")) == WORLD.organization(PER_DEVICE)


def test_organizations_have_pages() -> None:
    """`perPage` cuts the list and `Link` leads on."""
    reply = get("/organizations", perPage="3")

    assert data(reply) == WORLD.organizations[:3]
    assert f"startingAfter={WORLD.organizations[2]['id']}>; rel=next" in reply.headers["Link"]


def test_a_key_sees_only_its_organizations() -> None:
    """What a key does not see is neither listed nor found."""
    others = frozenset({record["id"] for record in WORLD.organizations} - {PER_DEVICE})

    def see(path: str, visible: frozenset[str]) -> Reply:
        return DASHBOARD.answer(Ask(path, path, {}, "http://127.0.0.1:1", visible))

    assert {record["id"] for record in data(see("/organizations", others))} == others
    assert see(f"/organizations/{PER_DEVICE}/licenses", others).status == 404
    assert see(f"/organizations/{PER_DEVICE}/licenses", frozenset({PER_DEVICE})).status == 200


def test_licenses_are_listed_as_they_are() -> None:
    """The list holds every row, and each can be asked for alone."""
    assert data(get(f"/organizations/{PER_DEVICE}/licenses")) == LICENSES
    assert data(get(f"/organizations/{PER_DEVICE}/licenses/{LICENSES[17]['id']}")) == LICENSES[17]


@pytest.mark.parametrize(
    "state", ["active", "expired", "expiring", "recentlyQueued", "unused", "unusedActive"]
)
def test_the_filter_by_state_keeps_that_state(state: str) -> None:
    """Exactly the rows of the state, over pages too, with the filter in the links."""
    wanted = [row for row in LICENSES if row["state"] == state]
    reply = get(f"/organizations/{PER_DEVICE}/licenses", state=state, perPage="3")

    assert data(get(f"/organizations/{PER_DEVICE}/licenses", state=state)) == wanted
    assert data(reply) == wanted[:3]
    assert f"state={state}" in reply.headers["Link"]


def test_the_filter_by_device_gives_the_queue_in_order() -> None:
    """A device's licenses come with the head first, then the queue."""
    queued = next(row for row in LICENSES if row["state"] == "recentlyQueued" and row["deviceSerial"])
    found = data(get(f"/organizations/{PER_DEVICE}/licenses", deviceSerial=queued["deviceSerial"]))

    assert found[0]["id"] == str(queued["headLicenseId"])
    assert [row["state"] for row in found[1:]] == ["recentlyQueued"] * (len(found) - 1)
    assert queued in found


def test_filters_can_be_combined() -> None:
    """Network and state together keep what fits both."""
    network = next(row["networkId"] for row in LICENSES if row["networkId"] and row["state"] == "active")
    found = data(get(f"/organizations/{PER_DEVICE}/licenses", networkId=network, state="active"))

    assert found == [row for row in LICENSES if row["networkId"] == network and row["state"] == "active"]


@pytest.mark.parametrize(
    "query", [{"perPage": "2"}, {"perPage": "x"}, {"state": "tired"}, {"startingAfter": "x"}]
)
def test_bad_parameters_are_answered_with_400(query: dict[str, str]) -> None:
    """The body tells what is wrong in the vendor's form."""
    reply = get(f"/organizations/{PER_DEVICE}/licenses", **query)

    assert reply.status == 400
    assert next(iter(query)) in orjson.loads(reply.body)["errors"][0]


@pytest.mark.parametrize("model", ["co-term", "subscription"])
@pytest.mark.parametrize("rest", ["licenses", "licenses/1"])
def test_other_models_refuse_as_recorded(model: str, rest: str) -> None:
    """400 with the recorded sentence."""
    organization_id = an_organization(model)
    reply = get(f"/organizations/{organization_id}/{rest}")

    assert reply.status == 400
    assert orjson.loads(reply.body) == {
        "errors": [f"Organization with ID {organization_id} does not support per-device licensing"]
    }


@pytest.mark.parametrize(
    "rest", ["", "/licenses", "/licenses/overview", "/licensing/coterm/licenses", "/inventory/devices"]
)
def test_a_closed_organization_refuses_as_recorded(rest: str) -> None:
    """404 with the recorded sentence, whatever is asked."""
    reply = get(f"/organizations/{an_organization(enabled=False, licenses=0)}{rest}")

    assert reply.status == 404
    assert orjson.loads(reply.body)["errors"][0].startswith("API access is disabled for this organization.")


@pytest.mark.parametrize("path", ["/organizations/1", "/organizations/1/licenses"])
def test_an_unknown_organization_is_a_single_space(path: str) -> None:
    """404 with the almost empty body that clients have recorded."""
    assert (get(path).status, get(path).body) == (404, b" ")


@pytest.mark.parametrize("license_id", ["1", "x", "600000000000999999"])
def test_an_unknown_license_is_not_found(license_id: str) -> None:
    """404 for an id that is not the organization's, or none at all."""
    assert get(f"/organizations/{PER_DEVICE}/licenses/{license_id}").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/networks",
        "/administered",
        "/administered/licensing/subscription",
        "/administered/licensing/subscription/subscriptions/1",
        f"/organizations/{PER_DEVICE}/devices",
        f"/organizations/{PER_DEVICE}/inventory",
        f"/organizations/{PER_DEVICE}/licensing/coterm",
        f"/organizations/{PER_DEVICE}/licenses/1/x",
    ],
)
def test_an_unknown_path_is_a_page_for_humans(path: str) -> None:
    """404 with HTML, as clients have recorded."""
    reply = get(path)

    assert reply.status == 404
    assert reply.content_type.startswith("text/html")
    assert b"<!DOCTYPE html" in reply.body


def test_the_overview_of_a_per_device_organization_counts_its_licenses() -> None:
    """Counts by state, by type and by seat agree with the rows."""
    overview = data(get(f"/organizations/{PER_DEVICE}/licenses/overview"))
    states = Counter(row["state"] for row in LICENSES)
    unassigned = sum(entry["counts"]["unassigned"] for entry in overview["licenseTypes"])
    seats = overview["systemsManager"]["counts"]

    assert overview["licenseCount"] == len(LICENSES)
    assert {name: block["count"] for name, block in overview["states"].items()} == states
    assert unassigned == states["unused"] + states["unusedActive"]
    assert seats["activeSeats"] + seats["unassignedSeats"] <= seats["totalSeats"] > 0
    assert overview["states"]["unused"]["soonestActivation"]["toActivateCount"] > 0
    assert "status" not in overview


def test_the_overview_of_an_empty_organization_has_nulls() -> None:
    """Where there is nothing to activate, there is no date."""
    world = World(WorldSpec(1, 0, 1, WORLD.spec.as_of, "uniform"))
    organization_id = world.organizations[0]["id"]
    dashboard = Dashboard(world, link_style="absolute", cache_bytes=1000)
    path = f"/organizations/{organization_id}/licenses/overview"

    states = data(dashboard.answer(Ask(path, path, {}, "http://127.0.0.1:1")))["states"]

    assert states["unused"] == {
        "count": 0,
        "soonestActivation": {"activationDate": None, "toActivateCount": 0},
    }


def test_the_overview_of_a_co_term_organization_has_one_date_in_words() -> None:
    """Status, a date that is not ISO, and devices by type; nothing of the other model."""
    overview = data(get(f"/organizations/{an_organization('co-term')}/licenses/overview"))

    assert set(overview) == {"status", "expirationDate", "licensedDeviceCounts"}
    assert datetime.strptime(overview["expirationDate"], "%b %d, %Y UTC").replace(tzinfo=UTC).year > 2020
