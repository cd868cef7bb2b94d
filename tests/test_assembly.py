from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import aiohttp
import anyio
import orjson
import pytest

from auditor.assembly import Surroundings, list_organizations, run_audit
from auditor.engine.events import DiscoveryFailed, Event, OrganizationDone, OrganizationsLeft
from auditor.engine.spool import Spool
from auditor.engine.stop import Stop
from auditor.engine.traffic import Traffic
from auditor.report.to_json import ReportText, to_json
from auditor.settings.key import ApiKey
from auditor.settings.model import LimitSettings, OrganizationSettings, Settings, TenantSettings
from auditor.settings.selection import Selection
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF
from tests.engine.arrivals import busiest_window
from tests.engine.scripted import BASE_URL, a_page, an_error

pytestmark = pytest.mark.virtual

DEAD = an_error(401, "Invalid API key")
LISTED = f"{BASE_URL}/organizations?perPage=9000"


def listing(*ids: str, following: str | None = None) -> Response:
    rows = [{"id": one, "name": f"Name {one}", "licensing": {"model": "per-device"}} for one in ids]
    return a_page(rows, following=following, url=LISTED)


def licenses(count: int = 2) -> Response:
    return a_page({"id": str(number), "state": "active", "licenseType": "MR-ENT"} for number in range(count))


@dataclass
class Dashboard:
    """The vendor as several keys see it: answers by key and URL, licenses for every organization else."""

    answers: dict[tuple[str, str], Response] = field(default_factory=dict)
    latency_seconds: float = 0.1
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def make_transport(
        self, session: aiohttp.ClientSession, tenant: TenantSettings, key: ApiKey
    ) -> KeyedTransport:
        """What `Surroundings.make_transport` wants."""
        return KeyedTransport(self, key.reveal())

    def asked_with(self, key: str) -> list[str]:
        """What was asked with *key*, in order."""
        return [url.removeprefix(BASE_URL) for used, url, _ in self.asked if used == key]


@dataclass
class KeyedTransport:
    """Asks the dashboard with one key."""

    dashboard: Dashboard
    key: str

    async def send(self, request: Request) -> Response:
        """The answer to this key, after the latency."""
        self.dashboard.asked.append((self.key, request.url, anyio.current_time()))
        self.dashboard.before(request.url)
        await anyio.sleep(self.dashboard.latency_seconds)
        path = request.url.removeprefix(BASE_URL).partition("?")[0]
        for place in (request.url, path):
            if (self.key, place) in self.dashboard.answers:
                return self.dashboard.answers[self.key, place]
        return licenses()


def settings_of(*tenants: str, limits: dict[str, Any] | None = None, **more: Any) -> Settings:
    """Tenants by name; each one's key is its name and `-key`."""
    return Settings(
        limits=LimitSettings(shared_budget="off", **(limits or {})),
        tenants=tuple(
            TenantSettings(name=name, api_key_env="A_KEY", base_url=BASE_URL, **more) for name in tenants
        ),
    )


async def audited(
    dashboard: Dashboard,
    settings: Settings,
    *,
    selection: Selection = Selection(),  # noqa: B008 - an immutable value
    stop: Stop | None = None,
    events: list[Event] | None = None,
) -> dict[str, Any]:
    traffic = Traffic()
    surroundings = Surroundings(
        Random(1),
        traffic,
        events.append if events is not None else lambda _: None,
        dashboard.make_transport,
    )
    with Spool() as spool:
        head = await run_audit(
            settings,
            keys=keys_of(settings),
            as_of=AS_OF,
            run_id="run-1",
            selection=selection,
            surroundings=surroundings,
            stop=stop,
            keep=spool.add,
        )
        report: dict[str, Any] = orjson.loads(b"".join(ReportText(head, spool)))
    assert traffic.in_flight == 0
    assert traffic.requests == len(dashboard.asked)
    return report


def keys_of(settings: Settings) -> dict[str, ApiKey]:
    return {tenant.name: ApiKey(f"{tenant.name}-key", "the test") for tenant in settings.tenants}


def statuses(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(one["tenant"], one["id"]): one["status"] for one in report["organizations"]}


def errors(report: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(one["tenant"], one["organizationId"], one["class"]) for one in report["errors"]]


@dataclass(frozen=True)
class TwoRegions:
    """Two hosts with *organizations* each, of which the one in Canada takes *slow_seconds* for a page."""

    organizations: int
    slow_seconds: float
    answered: dict[str, float] = field(default_factory=dict)

    def make_transport(self, session: aiohttp.ClientSession, tenant: TenantSettings, key: ApiKey) -> Self:
        """What `Surroundings.make_transport` wants."""
        return self

    async def send(self, request: Request) -> Response:
        """The answer, after the latency of its host; when the last one of each host was sent."""
        region = "ca" if request.url.startswith(CANADA) else "com"
        is_slow = region == "ca" and request.organization_id is not None
        await anyio.sleep(self.slow_seconds if is_slow else 0.1)
        if request.organization_id is None:
            return listing(*(f"{region}{number}" for number in range(self.organizations)))
        self.answered[region] = anyio.current_time()
        return licenses()


CANADA = "https://api.meraki.ca/api/v1"


class TestHosts:
    async def test_hosts_are_read_at_the_same_time_each_within_its_own_budget(self) -> None:
        """Two regions of 400 organizations take as long as one of them, not as long as both."""
        regions = TwoRegions(400, slow_seconds=0.1)

        await self.audited(regions)

        assert max(regions.answered.values()) == pytest.approx(400 / 99, abs=0.6)

    async def test_a_slow_host_keeps_no_other_waiting(self) -> None:
        """Its organizations fill its own seats, and no others."""
        regions = TwoRegions(400, slow_seconds=20.0)

        await self.audited(regions)

        assert regions.answered["com"] == pytest.approx(400 / 99, abs=0.6)
        assert regions.answered["ca"] > 20

    async def test_the_deadline_ends_all_hosts_at_once_with_one_result_for_each_organization(self) -> None:
        """What the fast host read stays; of the slow one every organization is named, begun or not."""
        regions = TwoRegions(400, slow_seconds=1000.0)

        report = await self.audited(regions, deadline=10.0)

        assert report["completeness"]["organizations"]["audited"] == 400
        assert report["completeness"]["failedByClass"] == {"deadline": 400}
        assert report["run"]["durationSeconds"] == pytest.approx(10, abs=0.1)

    async def audited(self, regions: TwoRegions, *, deadline: float | None = None) -> dict[str, Any]:
        """Audit both, the slow one first, and see that each organization was done once."""
        settings = settings_of("north", "south", limits={"deadline": deadline, "max_in_flight": 64})
        # A plan opens organizations by tenant, so the slow host's are begun first: those of "north".
        canadian = settings.tenants[0].model_copy(update={"base_url": CANADA})
        settings = settings.model_copy(update={"tenants": (canadian, settings.tenants[1])})
        done: list[tuple[str, str]] = []
        report = await run_audit(
            settings,
            keys=keys_of(settings),
            as_of=AS_OF,
            run_id="run-1",
            selection=Selection(),
            surroundings=Surroundings(Random(1), make_transport=regions.make_transport),
            keep=lambda key, _: done.append(key),
        )
        assert len(set(done)) == len(done) == 2 * regions.organizations
        assert report["completeness"]["complete"] is (deadline is None)
        return report


class TestTenants:
    async def test_a_dead_key_costs_its_tenant_and_no_other(self) -> None:
        """One customer's revoked key is one line of the report."""
        dashboard = Dashboard(
            {("acme-key", "/organizations"): DEAD, ("north-key", "/organizations"): listing("1", "2")}
        )
        events: list[Event] = []

        report = await audited(dashboard, settings_of("acme", "north"), events=events)

        assert statuses(report) == {("north", "1"): "audited", ("north", "2"): "audited"}
        assert errors(report) == [("acme", None, "auth")]
        assert report["completeness"]["complete"] is False
        assert report["totals"]["licenses"]["total"] == 4
        assert dashboard.asked_with("acme-key") == ["/organizations?perPage=9000"]
        assert [one.discovery_failure.tenant for one in events if isinstance(one, DiscoveryFailed)] == [
            "acme"
        ]

    async def test_a_row_without_usable_id_costs_no_other_organization(self) -> None:
        """It is an error of its tenant, the run is incomplete, and everybody else is audited."""
        rows = [{"id": "1"}, {"id": "", "name": "Example Two"}, {"id": "3"}]
        dashboard = Dashboard({("north-key", "/organizations"): a_page(rows)})

        report = await audited(dashboard, settings_of("north"))

        assert statuses(report) == {("north", "1"): "audited", ("north", "3"): "audited"}
        assert errors(report) == [("north", None, "badResponse")]
        assert '"Example Two"' in report["errors"][0]["message"]
        assert report["completeness"]["complete"] is False
        assert dashboard.asked_with("north-key").count("/organizations?perPage=9000") == 1

    async def test_a_key_that_dies_on_the_way_fails_what_is_left_of_its_tenant(self) -> None:
        """Without asking once more for each; the other tenant goes on."""
        numbers = [str(number) for number in range(10, 60)]
        dashboard = Dashboard(
            {
                ("acme-key", "/organizations"): listing(*numbers),
                ("acme-key", "/organizations/10/licenses"): DEAD,
                ("north-key", "/organizations"): listing("1"),
            },
            latency_seconds=1.0,
        )

        report = await audited(dashboard, settings_of("acme", "north", limits={"max_in_flight": 2}))

        failed = [one for one in report["errors"] if one["class"] == "auth"]
        assert len(failed) > 40
        assert {one["tenant"] for one in failed} == {"acme"}
        assert {one["attempts"] for one in failed} == {0, 1}
        assert statuses(report)["north", "1"] == "audited"
        assert len(dashboard.asked_with("acme-key")) < 10

    async def test_an_organization_that_two_keys_see_is_audited_once(self) -> None:
        """By the tenant that is written first; nobody is billed twice."""
        dashboard = Dashboard(
            {
                ("north-key", "/organizations"): listing("1", "2"),
                ("acme-key", "/organizations"): listing("2", "3"),
            }
        )

        report = await audited(dashboard, settings_of("north", "acme"))

        assert statuses(report) == {
            ("acme", "3"): "audited",
            ("north", "1"): "audited",
            ("north", "2"): "audited",
        }
        assert report["completeness"]["organizations"]["seen"] == 3
        assert len([url for _, url, _ in dashboard.asked if "/2/" in url]) == 1

    async def test_each_tenant_is_read_with_its_own_key(self) -> None:
        """A key never asks for another tenant's organizations."""
        dashboard = Dashboard(
            {("acme-key", "/organizations"): listing("1"), ("north-key", "/organizations"): listing("2")}
        )

        await audited(dashboard, settings_of("acme", "north"))

        assert dashboard.asked_with("acme-key")[1:] == ["/organizations/1/licenses?perPage=1000"]
        assert dashboard.asked_with("north-key")[1:] == ["/organizations/2/licenses?perPage=1000"]

    async def test_tenants_of_one_host_share_the_budget_of_the_address(self) -> None:
        """The vendor counts source addresses, not keys."""
        dashboard = Dashboard(
            {
                ("acme-key", "/organizations"): listing(*map(str, range(100, 250))),
                ("north-key", "/organizations"): listing(*map(str, range(300, 450))),
            }
        )

        report = await audited(dashboard, settings_of("acme", "north"))

        assert report["completeness"]["organizations"]["audited"] == 300
        assert busiest_window([at for _, _, at in dashboard.asked], 1.0) <= 100

    async def test_the_report_does_not_depend_on_who_answers_first(self) -> None:
        """Two latencies, two orders of answers, one report."""
        answers = {
            ("acme-key", "/organizations"): listing(*map(str, range(100, 130))),
            ("acme-key", "/organizations/111/licenses"): an_error(403, "no"),
            ("north-key", "/organizations"): listing("7"),
        }
        slow, fast = Dashboard(dict(answers), latency_seconds=3), Dashboard(dict(answers), latency_seconds=0)

        reports = [
            await audited(slow, settings_of("acme", "north")),
            await audited(fast, settings_of("acme", "north", limits={"max_in_flight": 1})),
        ]

        lasting = [
            to_json({key: value for key, value in report.items() if key not in {"run", "traffic"}})
            for report in reports
        ]
        assert lasting[0] == lasting[1]


class TestDiscovery:
    async def test_what_a_broken_list_gave_is_audited_and_the_rest_is_owned_up_to(self) -> None:
        """Page 2 fails: the organizations of page 1 are worth auditing, and it is not the whole fleet."""
        second = f"{BASE_URL}/organizations?startingAfter=2"
        dashboard = Dashboard(
            {
                ("acme-key", LISTED): listing("1", "2", following=second),
                ("acme-key", second): an_error(503),
            }
        )

        report = await audited(dashboard, settings_of("acme", limits={"attempts": 2}))

        assert statuses(report) == {("acme", "1"): "audited", ("acme", "2"): "audited"}
        assert errors(report) == [("acme", None, "server")]
        assert report["errors"][0]["attempts"] == 2
        assert report["completeness"]["complete"] is False
        assert report["completeness"]["organizations"]["seen"] == 2

    async def test_an_id_that_no_key_lists_is_in_the_report(self) -> None:
        """Who asks for an organization by id gets an answer about it."""
        dashboard = Dashboard({("acme-key", "/organizations"): listing("1", "2")})

        report = await audited(
            dashboard, settings_of("acme"), selection=Selection(ids=frozenset({"1", "404"}))
        )

        assert statuses(report) == {("acme", "1"): "audited", ("acme", "404"): "failed"}
        assert errors(report) == [("acme", "404", "notFound")]

    async def test_ids_of_the_configuration_count_unless_others_are_asked_for(self) -> None:
        """The file names three, the command line one of them."""
        dashboard = Dashboard({("acme-key", "/organizations"): listing("1", "2", "3")})
        settings = settings_of("acme", organizations=OrganizationSettings(ids=("1", "2", "404")))

        by_file = await audited(dashboard, settings)
        dashboard.asked.clear()
        by_option = await audited(dashboard, settings, selection=Selection(ids=frozenset({"2"})))

        assert sorted(one for _, one in statuses(by_file)) == ["1", "2", "404"]
        assert [one for _, one in statuses(by_option)] == ["2"]

    async def test_listing_alone_asks_for_no_licenses(self) -> None:
        """One listing per tenant, in their order, failed ones included."""
        dashboard = Dashboard(
            {("north-key", "/organizations"): DEAD, ("acme-key", "/organizations"): listing("1", "2")}
        )
        settings = settings_of("north", "acme")

        north, acme = await list_organizations(
            settings,
            keys=keys_of(settings),
            selection=Selection(exclude=("Name 2",)),
            surroundings=Surroundings(Random(1), make_transport=dashboard.make_transport),
        )

        assert (north.tenant, list(north.organizations)) == ("north", [])
        assert north.failure is not None
        assert [(one.id, acme.admits(one)) for one in acme.organizations] == [("1", True), ("2", False)]
        assert len(dashboard.asked) == 2


class TestEnding:
    async def test_the_deadline_ends_the_run_with_what_was_read(self) -> None:
        """On time, with a result for every organization."""
        dashboard = Dashboard(
            {("acme-key", "/organizations"): listing(*map(str, range(100, 120)))}, latency_seconds=10
        )
        events: list[Event] = []

        report = await audited(
            dashboard,
            settings_of("acme", limits={"deadline": 35.0, "max_in_flight": 4}),
            events=events,
        )

        by_status = report["completeness"]["organizations"]
        assert (by_status["audited"], by_status["failed"], by_status["selected"]) == (8, 12, 20)
        assert report["completeness"]["failedByClass"] == {"deadline": 12}
        assert report["completeness"]["complete"] is False
        assert report["run"]["interrupted"] == "the deadline of 35 s came"
        assert report["run"]["durationSeconds"] == pytest.approx(35, abs=0.1)
        assert report["traffic"]["abandoned"] == 4
        assert len([one for one in events if isinstance(one, OrganizationDone)]) == 12
        (left,) = [one for one in events if isinstance(one, OrganizationsLeft)]
        assert (left.count, left.failure.failure_class) == (8, "deadline")
        assert errors(report) == [("acme", str(number), "deadline") for number in range(108, 120)]

    async def test_a_list_of_organizations_that_never_ends_ends_with_the_deadline(self) -> None:
        """What it has shown until then is in the report, each by its name."""
        dashboard = Dashboard(latency_seconds=1.0)

        def list_on(url: str) -> None:
            number = len(dashboard.asked)
            following = f"{LISTED}&startingAfter={number}"
            dashboard.answers["acme-key", url] = listing(str(number), following=following)

        dashboard.before = list_on

        report = await audited(dashboard, settings_of("acme", limits={"deadline": 5.5}))

        assert report["run"]["durationSeconds"] == pytest.approx(5.5, abs=0.1)
        assert statuses(report) == {("acme", str(number)): "failed" for number in range(1, 6)}
        assert errors(report) == [
            ("acme", None, "deadline"),
            *(("acme", str(number), "deadline") for number in range(1, 6)),
        ]

    async def test_a_deadline_that_does_not_come_leaves_no_trace(self) -> None:
        """The run does not wait for it either."""
        dashboard = Dashboard({("acme-key", "/organizations"): listing("1")})

        report = await audited(dashboard, settings_of("acme", limits={"deadline": 3600.0}))

        assert report["run"]["interrupted"] is None
        assert report["completeness"]["complete"] is True
        assert report["run"]["durationSeconds"] < 2

    async def test_a_stop_before_the_start_asks_nothing_and_reports(self) -> None:
        """A signal while the configuration was read."""
        dashboard, stop = Dashboard({("acme-key", "/organizations"): listing("1")}), Stop()
        stop.request("stopped by SIGTERM")

        report = await audited(dashboard, settings_of("acme", "north"), stop=stop)

        assert dashboard.asked == []
        assert report["organizations"] == []
        assert errors(report) == [("acme", None, "deadline"), ("north", None, "deadline")]
        assert report["run"]["interrupted"] == "stopped by SIGTERM"
        assert report["completeness"]["complete"] is False

    async def test_a_stop_in_the_middle_of_a_list_keeps_the_tenants_that_were_listed(self) -> None:
        """Their organizations are named as not reached; the other tenant's list as not finished."""
        stop = Stop()
        dashboard = Dashboard(
            {
                ("acme-key", LISTED): listing("1", "2"),
                ("north-key", LISTED): listing("3", following=f"{BASE_URL}/organizations?startingAfter=3"),
            },
            before=lambda url: stop.request("stopped by SIGINT") if "startingAfter" in url else None,
        )

        report = await audited(dashboard, settings_of("acme", "north"), stop=stop)

        assert statuses(report)["acme", "1"] == "failed"
        assert ("north", None, "deadline") in errors(report)
        assert {one[2] for one in errors(report)} == {"deadline"}

    async def test_a_run_of_nothing_is_a_report_all_the_same(self) -> None:
        """A key that sees no organization."""
        report = await audited(Dashboard({("acme-key", "/organizations"): a_page()}), settings_of("acme"))

        assert report["completeness"]["organizations"]["selected"] == 0
        assert report["completeness"]["complete"] is True
        assert report["totals"]["licenses"]["total"] == 0


async def test_organizations_that_need_no_request_cost_none() -> None:
    """Settled from the list alone."""
    rows: Iterable[dict[str, Any]] = [
        {"id": "1", "name": "a", "licensing": {"model": "co-term"}, "api": {"enabled": False}},
        {"id": "2", "name": "b", "licensing": {"model": "per-device"}, "api": {"enabled": False}},
    ]
    dashboard = Dashboard({("acme-key", "/organizations"): a_page(rows)})

    report = await audited(dashboard, settings_of("acme"))

    assert report["completeness"]["skippedByReason"] == {"apiDisabled": 2}
    assert len(dashboard.asked) == 1
    assert (report["asOf"], report["windowsDays"]) == ("2026-03-01T12:00:00Z", [30, 60, 90])


class TestSeveralKeys:
    """An organization that two keys see is audited once, with the one that works."""

    @staticmethod
    def seen_by_both() -> Dashboard:
        """Two organizations that the keys of two tenants list."""
        return Dashboard({(f"{name}-key", "/organizations"): listing("1", "2") for name in ("acme", "north")})

    async def test_the_first_tenant_that_wants_it_reads_it(self) -> None:
        """The second key is used for its own list alone."""
        dashboard = self.seen_by_both()

        report = await audited(dashboard, settings_of("acme", "north"))

        assert [one["tenant"] for one in report["organizations"]] == ["acme", "acme"]
        assert dashboard.asked_with("north-key") == ["/organizations?perPage=9000"]

    @pytest.mark.parametrize("status", [401, 403, 404])
    async def test_where_its_key_is_refused_the_next_one_reads_it(self, status: int) -> None:
        """And the report says which tenant it is of; nothing failed."""
        dashboard = self.seen_by_both()
        for one in ("1", "2"):
            for asked in ("licenses", "licenses/overview"):
                dashboard.answers["acme-key", f"/organizations/{one}/{asked}"] = an_error(status, "no")
        subscriptions = "/administered/licensing/subscription/subscriptions"
        dashboard.answers["acme-key", subscriptions] = an_error(status, "no")

        report = await audited(dashboard, settings_of("acme", "north"))

        assert [(one["tenant"], one["status"]) for one in report["organizations"]] == [
            ("north", "audited"),
            ("north", "audited"),
        ]
        assert (report["completeness"]["complete"], report["errors"]) == (True, [])

    async def test_one_that_no_key_can_read_fails_once_with_the_last_tenant(self) -> None:
        """It is tried with each of them, and with none twice."""
        dashboard = self.seen_by_both()
        for name in ("acme", "north"):
            dashboard.answers[f"{name}-key", "/organizations/1/licenses"] = an_error(403, "no")

        report = await audited(dashboard, settings_of("acme", "north"))

        assert [(one["organizationId"], one["tenant"]) for one in report["errors"]] == [("1", "north")]
        asked = [(key, url) for key, url, _ in dashboard.asked if "/1/" in url]
        assert len(asked) == 2
        assert report["completeness"]["organizations"]["selected"] == 2

    async def test_a_failure_that_is_not_the_keys_stays_where_it_is(self) -> None:
        """Another key meets the same server."""
        dashboard = self.seen_by_both()
        dashboard.answers["acme-key", "/organizations/1/licenses"] = an_error(500)

        report = await audited(dashboard, settings_of("acme", "north", limits={"attempts": 2}))

        assert [(one["organizationId"], one["tenant"]) for one in report["errors"]] == [("1", "acme")]

    async def test_a_run_that_is_stopped_hands_nothing_on(self) -> None:
        """The refusal is told in place of it."""
        stop = Stop()
        dashboard = self.seen_by_both()
        dashboard.answers["acme-key", "/organizations/1/licenses"] = an_error(403, "no")
        dashboard.before = lambda url: stop.request("it is late") if "/2/" in url else None

        report = await audited(dashboard, settings_of("acme", "north"), stop=stop)

        assert len(report["organizations"]) == 2
        assert dashboard.asked_with("north-key") == ["/organizations?perPage=9000"]

    async def test_tenants_are_told_with_their_tags_and_contact(self) -> None:
        """Whoever splits or judges the report by customer needs no configuration."""
        dashboard = Dashboard({("acme-key", "/organizations"): listing("1")})

        report = await audited(dashboard, settings_of("acme", tags=("gold",), contact="Ada"))

        assert report["tenants"] == [{"name": "acme", "tags": ["gold"], "contact": "Ada"}]
