from __future__ import annotations

import pytest

from auditor.simulator.skus import RETIRED
from tests.simulator.asking import WORLD, closed_id, data, error, get, ids_of, walk

ROOT = "/administered/licensing/subscription"
LIST, COMPLIANCE = f"{ROOT}/subscriptions", f"{ROOT}/subscriptions/compliance/statuses"
SUBSCRIBERS = ids_of("subscription")
BARE = next(own_id for own_id in SUBSCRIBERS if not WORLD.holdings_of(own_id))
HOLDERS = [own_id for own_id in SUBSCRIBERS if WORLD.holdings_of(own_id)]
STRANGER = "99999999999"


def named(*ids: str) -> list[tuple[str, str]]:
    """The parameters that name organizations."""
    return [("organizationIds[]", one) for one in ids]


HELD = {one.id: one for own_id in SUBSCRIBERS for one in WORLD.holdings_of(own_id)}
ROWS = [HELD[one].row for one in sorted(HELD)]


def test_subscriptions_of_several_organizations_come_once_each() -> None:
    """In the order of their ids, whichever organization is named first, in one page and in many."""
    backwards = named(*reversed(SUBSCRIBERS))

    assert data(get(LIST, named(*SUBSCRIBERS))) == ROWS
    assert walk(LIST, [*backwards, ("perPage", "3")]) == ROWS
    assert any(len(one.owners) > 1 for one in HELD.values())


def test_one_organization_gets_its_own() -> None:
    """What it shares included."""
    for own_id in HOLDERS:
        assert data(get(LIST, named(own_id))) == [one.row for one in WORLD.holdings_of(own_id)]


def test_a_parameter_that_comes_twice_counts_once() -> None:
    """Naming an organization twice changes nothing."""
    assert data(get(LIST, named(HOLDERS[0], HOLDERS[0]))) == data(get(LIST, named(HOLDERS[0])))


@pytest.mark.parametrize("status", ["active", "canceled", "expired", "inactive", "out_of_compliance"])
def test_subscriptions_are_filtered_by_status(status: str) -> None:
    """One status, or one of two."""
    query = [*named(*SUBSCRIBERS), ("statuses[]", status)]
    both = [*query, ("statuses[]", "active"), ("perPage", "3")]

    assert data(get(LIST, query)) == [row for row in ROWS if row["status"] == status]
    assert walk(LIST, both) == [row for row in ROWS if row["status"] in {status, "active"}]


@pytest.mark.parametrize("path", [LIST, COMPLIANCE])
def test_subscriptions_are_filtered_by_id(path: str) -> None:
    """Those of other organizations are no match."""
    own = WORLD.holdings_of(HOLDERS[0])[0]
    foreign = next(one for one in HELD.values() if HOLDERS[0] not in one.owners)
    ids = [("subscriptionIds[]", str(own.id)), ("subscriptionIds[]", str(foreign.id))]

    found = data(get(path, [*named(HOLDERS[0]), *ids]))

    assert found == ([own.row] if path == LIST else [own.compliance] if own.is_mentioned else [])


def test_compliance_is_told_of_most_subscriptions_in_one_answer() -> None:
    """Those in compliance have no violations, or are not mentioned; there are no pages."""
    reply = get(COMPLIANCE, named(*SUBSCRIBERS))

    told = [HELD[one].compliance for one in sorted(HELD) if HELD[one].is_mentioned]
    assert data(reply) == told
    assert len(HELD) / 2 < len(told) < len(HELD)
    assert "Link" not in reply.headers


@pytest.mark.parametrize("path", [LIST, COMPLIANCE])
def test_organizations_without_subscriptions_add_nothing(path: str) -> None:
    """One alone is answered with 404; among others it is left out, whatever its licensing model."""
    others = [BARE, *ids_of("co-term")[:2], ids_of("per-device")[0]]

    for own_id in others:
        assert error(get(path, named(own_id))) == (
            404,
            "No subscriptions found for the requested organization",
        )
    assert data(get(path, named(*others))) == []
    assert data(get(path, named(*others, HOLDERS[0]))) == data(get(path, named(HOLDERS[0])))


@pytest.mark.parametrize("path", [LIST, COMPLIANCE])
def test_a_call_fails_whole_where_one_organization_is_out_of_reach(path: str) -> None:
    """403 for a stranger and for one that the key does not see; 404 with the vendor's text if closed."""
    mine, hidden = HOLDERS[:2]

    assert error(get(path, named(mine, STRANGER)))[0] == 403
    assert error(get(path, named(mine, hidden), visible=frozenset({mine})))[0] == 403
    assert data(get(path, named(mine), visible=frozenset({mine})))
    status, text = error(get(path, named(mine, closed_id())))
    assert (status, text[:23]) == (404, "API access is disabled ")


@pytest.mark.parametrize("path", [LIST, COMPLIANCE])
def test_organizations_must_be_named(path: str) -> None:
    """400 without the parameter that the description requires, and for a status that is none."""
    assert error(get(path)) == (400, "'organizationIds' is missing")
    assert error(get(LIST, [*named(HOLDERS[0]), ("statuses[]", "tired")]))[0] == 400


def test_entitlements_are_a_list_and_name_no_organization() -> None:
    """Every SKU in use is in it, but for what cannot be bought any more; and it can be cut down to some."""
    catalog = {entry["sku"]: entry for entry in data(get(f"{ROOT}/entitlements"))}
    used = {entry["sku"] for row in ROWS for entry in row.get("entitlements", ())}
    two = [("skus[]", "LIC-MR-E"), ("skus[]", "LIC-MV-SEN")]

    assert used - catalog.keys() == RETIRED
    assert data(get(f"{ROOT}/entitlements", [("skus[]", one) for one in RETIRED])) == []
    assert data(get(f"{ROOT}/entitlements", two)) == [catalog["LIC-MR-E"], catalog["LIC-MV-SEN"]]
