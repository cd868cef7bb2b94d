from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from auditor.simulator.budgets import BudgetLimits
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.world import World, WorldSpec

SPEC = WorldSpec(organizations=12, licenses=40, seed=5, as_of=datetime(2026, 3, 1, tzinfo=UTC))
UNIFORM = WorldSpec(organizations=2, licenses=8, seed=5, as_of=SPEC.as_of, profile="uniform")
ID, OTHER_ID = (record["id"] for record in World(UNIFORM).organizations)
BEARER = {"Authorization": "Bearer 0123456789"}


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client with a key that sends each request once."""
    async with aiohttp.ClientSession(headers=BEARER) as session:
        # aiohttp repeats a GET by itself when the connection breaks before the response.
        session._retry_connection = False
        yield session


async def get(
    client: aiohttp.ClientSession, url: str, **options: Any
) -> tuple[aiohttp.ClientResponse, bytes]:
    """Send one GET and read the body."""
    async with client.get(url, **options) as response:
        return response, await response.read()


def licenses_url(simulator: Simulator, organization_id: str = ID, query: str = "") -> str:
    """The list of one organization's licenses."""
    return f"{simulator.base_url}/organizations/{organization_id}/licenses{query}"


async def walk(client: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    """Follow `next` to the end, by the client library's own reading of `Link`."""
    rows: list[dict[str, Any]] = []
    following: Any = url
    while following is not None:
        async with client.get(following) as response:
            assert response.status == 200
            rows += await response.json()
            following = response.links["next"]["url"] if "next" in response.links else None
    return rows


@pytest.mark.parametrize("link_style", ["absolute", "quoted", "relative"])
async def test_a_walk_visits_each_license_once(client: aiohttp.ClientSession, link_style: str) -> None:
    """Over real sockets, in every style of links, each page leads to the next until all is seen."""
    async with Simulator(SPEC, budgets=False, link_style=link_style) as simulator:
        listed = await walk(client, f"{simulator.base_url}/organizations?perPage=5")
        assert listed == simulator.world.organizations
        for block in simulator.truth["organizations"]:
            if block["status"] == "audited" and block["licensingModel"] == "per-device":
                rows = await walk(client, licenses_url(simulator, block["id"], "?perPage=7"))
                assert rows == simulator.world.licenses_of(block["id"])


async def test_subscriptions_cost_no_organization_anything(client: aiohttp.ClientSession) -> None:
    """Their calls name organizations in a list and draw on the address alone; pages keep the whole list."""
    limits = BudgetLimits(organization_rate=0.01, organization_burst=1, address_rate=1e6, address_burst=1e6)
    spec = WorldSpec(organizations=150, licenses=40, seed=5, as_of=SPEC.as_of)
    async with Simulator(spec, budgets=limits) as simulator:
        world = simulator.world
        ids = [one["id"] for one in world.organizations if one["licensing"]["model"] == "subscription"]
        query = "&".join(f"organizationIds[]={one}" for one in ids)
        url = f"{simulator.base_url}/administered/licensing/subscription/subscriptions?perPage=3&{query}"
        rows = await walk(client, url)

    held = {one.id: one.row for own_id in ids for one in world.holdings_of(own_id)}
    assert rows == [held[one] for one in sorted(held)]
    assert len(rows) > 3
    assert simulator.stats["rateLimited"] == {"organization": 0, "address": 0}


async def test_a_struck_organization_spoils_every_call_that_names_it(client: aiohttp.ClientSession) -> None:
    """A fault in the table strikes calls that name the organization among others, and no other call."""
    spec = WorldSpec(organizations=60, licenses=40, seed=5, as_of=SPEC.as_of)
    ids = [one["id"] for one in World(spec).organizations if one["licensing"]["model"] == "subscription"]
    plan = FaultPlan(organizations={ids[1]: FaultKind.UNSUPPORTED_MODEL})
    async with Simulator(spec, faults=plan) as simulator:
        url = f"{simulator.base_url}/administered/licensing/subscription/subscriptions?organizationIds[]="
        spared, _ = await get(client, url + ids[0])
        struck, body = await get(client, f"{url}{ids[0]}&organizationIds[]={ids[1]}")

    assert (spared.status, struck.status) == (200, 400)
    assert f"ID {ids[0]} does not support".encode() in body


async def test_a_duplicated_page_of_subscriptions_keeps_its_organizations(
    client: aiohttp.ClientSession,
) -> None:
    """The link to the second coming names every organization, as the first page did."""
    spec = WorldSpec(organizations=60, licenses=40, seed=5, as_of=SPEC.as_of)
    world = World(spec)
    ids = [one["id"] for one in world.organizations if one["licensing"]["model"] == "subscription"][:3]
    plan = FaultPlan(organizations={ids[0]: FaultKind.DUPLICATE_PAGE})
    query = "&".join(f"organizationIds[]={one}" for one in ids)
    async with Simulator(spec, faults=plan, budgets=False) as simulator:
        rows = await walk(
            client,
            f"{simulator.base_url}/administered/licensing/subscription/subscriptions?perPage=3&{query}",
        )

    held = {str(one.id) for own_id in ids for one in world.holdings_of(own_id)}
    assert sorted(row["subscriptionId"] for row in rows) == sorted([*held, *held])


async def test_links_name_the_host_that_was_asked(client: aiohttp.ClientSession) -> None:
    """Absolute links carry the client's own spelling of the host."""
    async with Simulator(UNIFORM) as simulator:
        url = licenses_url(simulator, query="?perPage=3")
        response, _ = await get(client, url, headers={"Host": "api.example.com"})

    assert f"<http://api.example.com/api/v1/organizations/{ID}/licenses?" in response.headers["Link"]


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({"Authorization": "Bearer one"}, 200, b""),
        ({"authorization": "bearer one"}, 200, b""),
        ({"X-Cisco-Meraki-API-Key": "one"}, 200, b""),
        ({}, 401, b'{"errors":["Missing API key"]}'),
        ({"Authorization": "Basic one"}, 401, b'{"errors":["Missing API key"]}'),
        ({"Authorization": "Bearer "}, 401, b'{"errors":["Missing API key"]}'),
        ({"Authorization": "Bearer two"}, 401, b'{"errors":["Invalid API key"]}'),
    ],
)
async def test_a_key_is_asked_for_and_checked(headers: dict[str, str], status: int, text: bytes) -> None:
    """Both headers are taken; a missing and an unknown key are refused, each with its text."""
    async with Simulator(UNIFORM, keys={"one": None}) as simulator, aiohttp.ClientSession() as client:
        response, body = await get(client, f"{simulator.base_url}/organizations", headers=headers)

    assert response.status == status
    assert text in body


async def test_keys_see_their_own_slices(client: aiohttp.ClientSession) -> None:
    """Each key lists the organizations that it was given, and finds no other."""
    keys = {"one": [ID], "two": [OTHER_ID]}
    async with Simulator(UNIFORM, keys=keys, budgets=False) as simulator:
        for key, seen, hidden in (("one", ID, OTHER_ID), ("two", OTHER_ID, ID)):
            headers = {"Authorization": f"Bearer {key}"}
            async with client.get(f"{simulator.base_url}/organizations", headers=headers) as response:
                assert [record["id"] for record in await response.json()] == [seen]
            for organization_id, status in ((seen, 200), (hidden, 404)):
                response, _ = await get(client, licenses_url(simulator, organization_id), headers=headers)
                assert response.status == status


async def test_the_organizations_budget_refuses_with_a_wait(client: aiohttp.ClientSession) -> None:
    """429 in the vendor's form with whole seconds; another organization is not touched."""
    limits = BudgetLimits(organization_rate=0.01, organization_burst=2)
    async with Simulator(UNIFORM, budgets=limits) as simulator:
        statuses = [(await get(client, licenses_url(simulator)))[0].status for _ in range(3)]
        response, body = await get(client, licenses_url(simulator))
        other, _ = await get(client, licenses_url(simulator, OTHER_ID))

        assert statuses == [200, 200, 429]
        assert body == b'{"errors":["API rate limit exceeded for organization"]}'
        assert int(response.headers["Retry-After"]) in {99, 100}
        assert other.status == 200
        assert simulator.stats["rateLimited"] == {"organization": 2, "address": 0}
        assert simulator.stats["organizationPeakPerSecond"] == 4


async def test_the_address_budget_refuses_like_a_web_server(client: aiohttp.ClientSession) -> None:
    """429 with HTML and without a wait, for whatever is asked."""
    async with Simulator(UNIFORM, budgets=BudgetLimits(address_rate=0.01, address_burst=1)) as simulator:
        await get(client, f"{simulator.base_url}/organizations")
        response, body = await get(client, f"{simulator.base_url}/organizations")

        assert response.status == 429
        assert "Retry-After" not in response.headers
        assert "X-Request-Id" not in response.headers
        assert b"429 Too Many Requests" in body
        assert simulator.stats["rateLimited"] == {"organization": 0, "address": 1}


async def test_budgets_can_be_off(client: aiohttp.ClientSession) -> None:
    """Without budgets, nothing is refused however fast it is asked."""
    async with Simulator(UNIFORM, budgets=False) as simulator:
        statuses = [(await get(client, licenses_url(simulator)))[0].status for _ in range(40)]

    assert set(statuses) == {200}


async def test_request_ids_are_the_same_in_every_run(client: aiohttp.ClientSession) -> None:
    """World, URL and turn give a request its id; two turns have two."""
    runs = []
    for _ in range(2):
        async with Simulator(UNIFORM) as simulator:
            responses = [(await get(client, licenses_url(simulator)))[0] for _ in range(2)]
        runs.append([response.headers["X-Request-Id"] for response in responses])

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 2


async def struck(client: aiohttp.ClientSession, kind: FaultKind) -> tuple[aiohttp.ClientResponse, bytes]:
    """What a request of an organization with that fault gets."""
    async with Simulator(UNIFORM, faults=FaultPlan(organizations={ID: kind}, slow_seconds=0.05)) as simulator:
        response, body = await get(client, licenses_url(simulator, query="?perPage=3"))
        spared, _ = await get(client, licenses_url(simulator, OTHER_ID))

        assert simulator.stats["faults"] == {kind.value: 1}
        assert spared.status == 200
        return response, body


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        (FaultKind.STATUS_500, 500, b"errors"),
        (FaultKind.STATUS_502, 502, b"<html>"),
        (FaultKind.STATUS_503, 503, b"<html>"),
        (FaultKind.STATUS_504, 504, b"<html>"),
        (FaultKind.STATUS_530, 530, b"<html>"),
        (FaultKind.HTML, 200, b"<html>"),
        (FaultKind.WRONG_SHAPE, 200, b'{"errors":['),
        (FaultKind.UNAUTHORIZED, 401, b"Invalid API key"),
        (FaultKind.FORBIDDEN, 403, b"errors"),
        (FaultKind.API_DISABLED_SHARD, 404, b"you must first enable API access via https://"),
        (FaultKind.API_DISABLED_TEXT, 404, b"API access is disabled for this organization."),
        (FaultKind.UNSUPPORTED_MODEL, 400, f"ID {ID} does not support per-device".encode()),
        (FaultKind.OTHER_WORDS, 400, b"not available under the licensing"),
        (FaultKind.NOT_ENTITLED, 402, b"not licensed"),
        (FaultKind.PARTIAL_CONTENT, 206, b"[]"),
        (FaultKind.SLOW, 200, b'[{"id"'),
    ],
)
async def test_a_fault_has_its_status_and_text(
    client: aiohttp.ClientSession, kind: FaultKind, status: int, text: bytes
) -> None:
    """Each kind of fault looks as it does in the field."""
    response, body = await struck(client, kind)

    assert response.status == status
    assert text in body


async def test_empty_and_spare_bodies(client: aiohttp.ClientSession) -> None:
    """200 with nothing, and 404 with a single space."""
    assert [(r.status, body) for r, body in [await struck(client, FaultKind.EMPTY_BODY)]] == [(200, b"")]
    assert [(r.status, body) for r, body in [await struck(client, FaultKind.NOT_FOUND)]] == [(404, b" ")]


async def test_refusals_tell_the_wait_in_three_ways(client: aiohttp.ClientSession) -> None:
    """Whole seconds, a fraction, and a date one second after the response's own."""
    whole, _ = await struck(client, FaultKind.RATE_LIMITED)
    decimal, _ = await struck(client, FaultKind.RATE_LIMITED_DECIMAL)
    dated, _ = await struck(client, FaultKind.RATE_LIMITED_DATE)
    due = parsedate_to_datetime(dated.headers["Retry-After"])

    assert whole.headers["Retry-After"] == "1"
    assert decimal.headers["Retry-After"] == "0.25"
    assert 0 <= (due - parsedate_to_datetime(dated.headers["Date"])).total_seconds() <= 2


async def test_a_truncated_body_is_complete_by_its_length(client: aiohttp.ClientSession) -> None:
    """Nothing on the wire tells that half of the JSON is missing."""
    response, body = await struck(client, FaultKind.TRUNCATED)

    assert int(response.headers["Content-Length"]) == len(body)
    assert body.startswith(b"[{")
    assert not body.endswith(b"]")


async def test_links_that_must_not_be_followed(client: aiohttp.ClientSession) -> None:
    """A loop names the page itself, a stranger's link another host, an unreadable one does not end."""
    loop, _ = await struck(client, FaultKind.LINK_LOOP)
    stranger, _ = await struck(client, FaultKind.LINK_OFF_HOST)
    unreadable, _ = await struck(client, FaultKind.LINK_UNREADABLE)

    assert loop.headers["Link"] == f"<{loop.url}>; rel=next"
    assert stranger.headers["Link"].startswith("<https://api.dashboard.invalid/api/v1/organizations/")
    assert ">" not in unreadable.headers["Link"]


async def test_a_duplicated_page_comes_twice_and_the_walk_ends(client: aiohttp.ClientSession) -> None:
    """Every page is served again under another token, then the next one."""
    plan = FaultPlan(organizations={ID: FaultKind.DUPLICATE_PAGE})
    async with Simulator(UNIFORM, faults=plan, budgets=False) as simulator:
        rows = await walk(client, licenses_url(simulator, query="?perPage=3"))
        real = simulator.world.licenses_of(ID)

    assert rows == [*real[:3], *real[:3], *real[3:6], *real[3:6], *real[6:], *real[6:]]


@pytest.mark.parametrize("query", ["?perPage=3", "?perPage=30"])
async def test_a_reset_breaks_the_connection(client: aiohttp.ClientSession, query: str) -> None:
    """Before the response or in the middle of its body, by the URL, and the server lives on."""
    plan = FaultPlan(organizations={ID: FaultKind.RESET})
    async with Simulator(UNIFORM, faults=plan) as simulator:
        with pytest.raises(aiohttp.ClientError):
            await get(client, licenses_url(simulator, query=query))
        response, _ = await get(client, licenses_url(simulator, OTHER_ID))

        assert response.status == 200
        assert simulator.stats["responses"] == {"200": 1, "broken": 1}


async def test_a_client_that_retries_gets_through_a_rate_of_faults(client: aiohttp.ClientSession) -> None:
    """At most two faults in a row: the third attempt of any page is answered."""
    plan = FaultPlan(rate=0.9, kinds=(FaultKind.STATUS_502, FaultKind.RESET), seed=4)
    async with Simulator(UNIFORM, faults=plan, budgets=False) as simulator:
        for query in ("", "?perPage=3", "?perPage=4", "?perPage=5"):
            statuses = []
            for _ in range(3):
                try:
                    statuses.append((await get(client, licenses_url(simulator, query=query)))[0].status)
                except aiohttp.ClientError:
                    statuses.append(0)
            assert 200 in statuses


async def test_truth_stats_and_reset_need_no_key_and_no_budget() -> None:
    """What lies outside the API is neither counted nor refused; a reset forgets the traffic."""
    async with Simulator(SPEC) as simulator, aiohttp.ClientSession() as client:
        root = simulator.base_url.removesuffix("/api/v1")
        async with client.get(f"{root}/simulator/truth") as response:
            assert await response.json() == simulator.truth
        await get(client, f"{simulator.base_url}/organizations")
        async with client.get(f"{root}/simulator/stats") as response:
            stats = await response.json()
        async with client.post(f"{root}/simulator/reset") as response:
            assert response.status == 204
        unknown, _ = await get(client, f"{root}/simulator/else")

        assert (stats["requests"], stats["responses"]) == (1, {"401": 1})
        assert stats["peakPerSecond"] == {"127.0.0.1": 1}
        assert stats["openConnections"] >= 1
        assert simulator.stats["requests"] == 0
        assert unknown.status == 404


async def test_unknown_paths_and_methods_are_pages_for_humans(client: aiohttp.ClientSession) -> None:
    """Outside the API 404, and the API can only be read."""
    async with Simulator(UNIFORM) as simulator:
        outside, body = await get(client, f"{simulator.base_url.removesuffix('/api/v1')}/")
        async with client.delete(f"{simulator.base_url}/organizations/{ID}") as refused:
            assert refused.status == 405

    assert outside.status == 404
    assert b"<!DOCTYPE html" in body


async def test_latency_is_added_to_each_response(client: aiohttp.ClientSession) -> None:
    """A response takes at least three quarters of the latency, and requests wait side by side."""
    loop = asyncio.get_running_loop()
    async with Simulator(UNIFORM, latency=0.08, budgets=False) as simulator:
        begun = loop.time()
        await asyncio.gather(*(get(client, licenses_url(simulator)) for _ in range(20)))
        taken = loop.time() - begun

    assert 0.06 <= taken < 1.1


async def test_gzip_only_where_both_want_it(client: aiohttp.ClientSession) -> None:
    """Compression is an option of the simulator, and the client must accept it."""
    for compress, accepted, encoding in (
        (True, "gzip", "gzip"),
        (True, "identity", None),
        (False, "gzip", None),
    ):
        async with Simulator(UNIFORM, compress=compress) as simulator:
            response, body = await get(client, licenses_url(simulator), headers={"Accept-Encoding": accepted})
            assert response.headers.get("Content-Encoding") == encoding
            assert re.match(rb'\[{"id"', body)


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "::1", "10.0.0.1", "128.0.0.1", ""])  # noqa: S104
def test_only_loopback_is_served(host: str) -> None:
    """The simulator is for this machine only."""
    with pytest.raises(ValueError, match="this machine only"):
        Simulator(UNIFORM, host=host)


async def test_any_loopback_address_will_do(client: aiohttp.ClientSession) -> None:
    """Two simulators can stand on one port of two addresses."""
    async with (
        Simulator(UNIFORM, host="127.0.0.1") as one,
        Simulator(UNIFORM, host="127.8.0.1", port=one.port) as other,
    ):
        response, _ = await get(client, licenses_url(other))

        assert response.status == 200
        assert other.base_url == f"http://127.8.0.1:{one.port}/api/v1"


async def test_a_port_in_use_is_told() -> None:
    """The second server on a port fails at once and leaves nothing behind."""
    async with Simulator(UNIFORM) as one:
        with pytest.raises(OSError, match="address already in use"):
            async with Simulator(UNIFORM, port=one.port):
                raise AssertionError("two servers on one port")


def test_a_simulator_that_does_not_serve_has_no_address() -> None:
    """The base URL exists only while the context is open; an unknown link style is refused before."""
    with pytest.raises(RuntimeError, match="not serving"):
        _ = Simulator(UNIFORM).base_url
    with pytest.raises(ValueError, match="none of absolute, quoted, relative"):
        Simulator(UNIFORM, link_style="round")
    assert Simulator(UNIFORM).stats["openConnections"] == 0
