"""One organization under whatever licensing model answers, against a scripted transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason, Status
from auditor.domain.plan import Assignment
from auditor.domain.question import PlanKind, Question
from auditor.domain.result import OrganizationResult
from auditor.engine.audit import OrganizationAudit, cut_short
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Rig, a_rig, an_error

pytestmark = pytest.mark.virtual

REFUSAL = an_error(400, "Organization with ID 501 does not support per-device licensing")
CO_TERM = {"status": "OK", "expirationDate": "Dec 24, 2026 UTC", "licensedDeviceCounts": {"MV": 4}}
PER_DEVICE = {
    "licenseCount": 1,
    "states": {"active": {"count": 1}},
    "systemsManager": {
        "counts": {"totalSeats": 25, "activeSeats": 20, "unassignedSeats": 5, "orgwideEnrolledDevices": 21}
    },
}
A_LICENSE = {"id": "1", "state": "active", "licenseType": "MX64-ENT"}
A_SUBSCRIPTION = {
    "subscriptionId": "77",
    "status": "active",
    "type": "termed",
    "endDate": "2027-06-30T00:00:00Z",
    "entitlements": [{"sku": "LIC-MX", "seats": {"assigned": 1, "available": 2, "limit": 3}}],
    "counts": {"organizations": 1},
}


def answering(**answers: Response | dict[str, Any] | list[Any]) -> Callable[[Request], Response]:
    """By endpoint: licenses, overview, keys, devices, subscriptions, statuses; 404 for the others."""
    endings = {
        "licenses": "/501/licenses",
        "overview": "/501/licenses/overview",
        "keys": "/coterm/licenses",
        "devices": "/inventory/devices",
        "subscriptions": "/subscription/subscriptions",
        "statuses": "/compliance/statuses",
    }

    def answer(request: Request) -> Response:
        path = request.url.partition("?")[0]
        given = next(
            (answers[name] for name, end in endings.items() if name in answers and path.endswith(end)), None
        )
        if isinstance(given, Response):
            return given
        if given is None:
            return an_error(404)
        return Response.of(request.url, 200, (), orjson.dumps(given))

    return answer


async def audited(
    rig: Rig, model: str | None, *, plan: PlanKind = PlanKind.FULL, **depth: bool
) -> OrganizationResult:
    audit = OrganizationAudit(
        Assignment(an_organization("501", licensing_model=model), "acme"),
        base_url=BASE_URL,
        question=Question(WINDOWS, plan, now=AS_OF, **depth),
        on_event=rig.events.append,
    )
    (result,) = await audit.run(rig.fetcher)
    return result


def asked(rig: Rig) -> list[str]:
    """The last words of each path that was asked for."""
    return [url.partition("?")[0].rpartition("/")[2] for url, _ in rig.transport.asked]


class TestStatedModel:
    async def test_co_termination_is_read_from_overview_keys_and_inventory(self) -> None:
        """Its list of licenses would refuse."""
        vendor = answering(overview=CO_TERM, keys=[], devices=[{"serial": "Q2", "model": "MV12"}])
        async with a_rig(vendor) as rig:
            result = await audited(rig, "co-term", inventory=True)

        assert asked(rig) == ["overview", "licenses", "devices"]
        assert (result.status, result.tally) == (Status.AUDITED, None)
        assert result.co_term is not None
        assert result.co_term.overview.licensed == {"MV": 4}

    async def test_subscriptions_are_read_from_the_subscription_endpoints(self) -> None:
        """Which the organization is a parameter of."""
        async with a_rig(answering(subscriptions=[A_SUBSCRIPTION], statuses=[])) as rig:
            result = await audited(rig, "subscription")

        assert asked(rig) == ["subscriptions", "statuses"]
        assert result.status is Status.AUDITED
        assert result.subscriptions is not None
        assert [one.id for one in result.subscriptions.subscriptions] == ["77"]

    @pytest.mark.parametrize("model", ["per-device", None, "per-galaxy"])
    async def test_any_other_is_asked_for_its_licenses(self, model: str | None) -> None:
        """The list says what it is."""
        async with a_rig(answering(licenses=[A_LICENSE])) as rig:
            result = await audited(rig, model)

        assert asked(rig) == ["licenses"]
        assert result.tally is not None
        assert NoteKind.MODEL_DIFFERS not in result.notes


class TestAnotherModelThanStated:
    @pytest.mark.parametrize(("model", "notes"), [("per-device", 1), (None, 0)])
    async def test_a_list_that_refuses_may_belong_to_co_termination(
        self, model: str | None, notes: int
    ) -> None:
        """The overview tells, and is not asked for twice; that the stated model is wrong is noted."""
        async with a_rig(answering(licenses=REFUSAL, overview=CO_TERM, keys=[])) as rig:
            result = await audited(rig, model)

        assert asked(rig) == ["licenses", "overview", "licenses"]
        assert result.status is Status.AUDITED
        assert result.co_term is not None
        assert result.notes.get(NoteKind.MODEL_DIFFERS, 0) == notes

    async def test_a_list_and_an_overview_that_refuse_may_belong_to_subscriptions(self) -> None:
        """No recording tells what they say there; the same words are expected."""
        vendor = answering(licenses=REFUSAL, overview=REFUSAL, subscriptions=[A_SUBSCRIPTION], statuses=[])
        async with a_rig(vendor) as rig:
            result = await audited(rig, "per-device")

        assert result.subscriptions is not None
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}

    async def test_an_overview_of_licenses_belongs_to_per_device_licensing(self) -> None:
        """Whatever the organization states."""
        async with a_rig(answering(overview=PER_DEVICE, licenses=[A_LICENSE])) as rig:
            result = await audited(rig, "co-term")

        assert result.tally is not None
        assert result.tally.by_state["active"] == 1
        assert result.notes[NoteKind.MODEL_DIFFERS] == 1

    @pytest.mark.parametrize("subscriptions", [[], an_error(404, "none"), an_error(400, "no")])
    async def test_what_nothing_answers_for_is_skipped_and_never_a_row_of_zeros(
        self, subscriptions: Any
    ) -> None:
        """An organization without a subscription is under subscriptions only if it says so."""
        vendor = answering(licenses=REFUSAL, overview=REFUSAL, subscriptions=subscriptions, statuses=[])
        async with a_rig(vendor) as rig:
            result = await audited(rig, "per-device")

        assert (result.status, result.is_counted) == (Status.SKIPPED, False)
        assert isinstance(result.ending, Skip)
        assert result.ending.reason is SkipReason.UNSUPPORTED_MODEL

    async def test_another_failure_is_no_sign_of_another_model(self) -> None:
        """Nothing else is asked."""
        async with a_rig(answering(licenses=an_error(403, "no"))) as rig:
            result = await audited(rig, "per-device")

        assert asked(rig) == ["licenses"]
        assert isinstance(result.ending, Failure)
        assert result.ending.failure_class is FailureClass.FORBIDDEN

    async def test_a_result_can_be_asked_for_before_anything_was_read(self) -> None:
        """A run that ends at once."""
        async with a_rig(answering()) as rig:
            audit = OrganizationAudit(
                Assignment(an_organization("501"), "acme"),
                base_url=BASE_URL,
                question=Question(WINDOWS, now=AS_OF),
                on_event=rig.events.append,
            )
            (result,) = audit.results(cut_short("the deadline came"))

        assert result.status is Status.FAILED


class TestSeatUse:
    SEATS: Mapping[str, Any] = {**A_LICENSE, "licenseType": "SME", "networkId": "N_1", "seatCount": 25}

    async def test_an_organization_with_seats_is_asked_for_their_use(self) -> None:
        """After its list, and only then."""
        async with a_rig(answering(licenses=[self.SEATS], overview=PER_DEVICE)) as rig:
            result = await audited(rig, "per-device", seat_use=True)

        assert asked(rig) == ["licenses", "overview"]
        assert result.seat_use is not None
        assert (result.seat_use.active, result.seat_use.enrolled) == (20, 21)

    async def test_one_without_seats_is_not(self) -> None:
        """That would double the requests of a small fleet."""
        async with a_rig(answering(licenses=[A_LICENSE], overview=PER_DEVICE)) as rig:
            result = await audited(rig, "per-device", seat_use=True)

        assert asked(rig) == ["licenses"]
        assert result.seat_use is None

    async def test_an_overview_that_is_there_already_is_not_asked_for_again(self) -> None:
        """A comparison needs it, too."""
        async with a_rig(answering(licenses=[self.SEATS], overview=PER_DEVICE)) as rig:
            result = await audited(rig, "per-device", seat_use=True, reconcile=True)

        assert asked(rig) == ["overview", "licenses"]
        assert result.seat_use is not None

    async def test_where_the_use_cannot_be_read_the_organization_is_partial(self) -> None:
        """What was asked for is missing; the list, its coverage and its outlook are there."""
        vendor = answering(licenses=[self.SEATS], overview=an_error(403, "no"))
        async with a_rig(vendor) as rig:
            result = await audited(rig, "per-device", seat_use=True)

        assert (result.status, result.seat_use) == (Status.PARTIAL, None)
        assert result.coverage is not None
