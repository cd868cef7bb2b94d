"""One organization under whatever licensing model answers, against a scripted transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import orjson
import pytest

from auditor.domain.extra import Extra
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Status
from auditor.domain.plan import Assignment
from auditor.domain.question import PlanKind, Question
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.audit import OrganizationAudit, SubscribersAudit, cut_short
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Rig, a_rig, an_error

pytestmark = pytest.mark.virtual

USES_SUBSCRIPTIONS = "This organization uses subscription licensing and does not support this endpoint."
DISABLED = an_error(404, "API access is disabled for this organization.")
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
    """By endpoint: licenses, overview, keys, devices, subscriptions, statuses, entitlements.

    404 for the others; entitlements are none unless they are given.
    """
    endings = {
        "licenses": "/501/licenses",
        "overview": "/501/licenses/overview",
        "keys": "/coterm/licenses",
        "devices": "/inventory/devices",
        "subscriptions": "/subscription/subscriptions",
        "statuses": "/compliance/statuses",
        "entitlements": "/subscription/entitlements",
    }
    answers = {"entitlements": []} | answers

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
    (result,) = await an_audit(rig, model, plan=plan, **depth).run(rig.fetcher)
    return result


def an_audit(
    rig: Rig, model: str | None, *, plan: PlanKind = PlanKind.FULL, **depth: bool
) -> OrganizationAudit | SubscribersAudit:
    assignment = Assignment(an_organization("501", licensing_model=model), "acme")
    asking = Asking(BASE_URL, Question(WINDOWS, plan, now=AS_OF, **depth), rig.events.append)
    if model == "subscription":
        return SubscribersAudit((assignment,), asking)
    return OrganizationAudit(assignment, asking)


def failure_of(result: OrganizationResult) -> FailureClass | None:
    return result.ending.failure_class if isinstance(result.ending, Failure) else None


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
        assert asked(rig) == ["overview", "licenses"]

    @pytest.mark.parametrize("subscriptions", [[], an_error(404, "none"), REFUSAL])
    @pytest.mark.parametrize("model", ["per-device", "co-term"])
    async def test_what_nothing_answers_for_fails_and_is_never_a_row_of_zeros(
        self, model: str, subscriptions: Any
    ) -> None:
        """An organization without a subscription is under subscriptions only if it says so."""
        vendor = answering(licenses=REFUSAL, overview=REFUSAL, subscriptions=subscriptions, statuses=[])
        async with a_rig(vendor) as rig:
            result = await audited(rig, model)

        assert (result.is_counted, failure_of(result)) == (False, FailureClass.UNSUPPORTED_MODEL)
        assert result.ending is not None
        assert "does not support per-device licensing; then" in result.ending.message
        assert asked(rig).count("overview") == 1

    async def test_a_list_that_refuses_beside_a_fitting_overview_fails(self) -> None:
        """They contradict each other, and there is no subscription either."""
        async with a_rig(answering(licenses=REFUSAL, overview=PER_DEVICE)) as rig:
            result = await audited(rig, "per-device")

        assert failure_of(result) is FailureClass.UNSUPPORTED_MODEL
        assert asked(rig) == ["licenses", "overview", "subscriptions"]

    @pytest.mark.parametrize(
        ("answers", "failure_class"),
        [
            ({"overview": an_error(500)}, FailureClass.SERVER),
            (
                {"overview": CO_TERM | {"status": None, "licensedDeviceCounts": None}},
                FailureClass.BAD_RESPONSE,
            ),
            ({"overview": REFUSAL, "subscriptions": an_error(500)}, FailureClass.SERVER),
            ({"overview": REFUSAL, "subscriptions": an_error(403, "no")}, FailureClass.FORBIDDEN),
        ],
    )
    async def test_a_failure_on_the_way_to_the_right_model_is_told(
        self, answers: dict[str, Any], failure_class: FailureClass
    ) -> None:
        """In place of the refusal that led there: nobody knows what the organization is."""
        async with a_rig(answering(licenses=REFUSAL, **answers), attempts=1) as rig:
            result = await audited(rig, "per-device")

        assert (result.status, failure_of(result)) == (Status.FAILED, failure_class)

    @pytest.mark.parametrize("status", [400, 404])
    @pytest.mark.parametrize("words", [USES_SUBSCRIPTIONS, "Cette organisation", ""])
    @pytest.mark.parametrize("plan", PlanKind)
    @pytest.mark.parametrize("model", ["per-device", "co-term", None])
    async def test_a_refusal_in_any_words_leads_to_the_model_that_answers(
        self, model: str | None, plan: PlanKind, words: str, status: int
    ) -> None:
        """No sentence is known by heart; every list that the model may have is asked once."""
        no = an_error(status, words)
        vendor = answering(licenses=no, overview=no, keys=no, subscriptions=[A_SUBSCRIPTION], statuses=[])
        async with a_rig(vendor) as rig:
            result = await audited(rig, model, plan=plan)

        assert result.status is Status.AUDITED
        assert result.subscriptions is not None
        assert result.notes == ({NoteKind.MODEL_DIFFERS: 1} if model else {})
        assert sorted(asked(rig)[:2]) == ["licenses", "overview"]
        assert asked(rig)[2:] == ["subscriptions", "statuses", "entitlements"]

    @pytest.mark.parametrize("plan", PlanKind)
    @pytest.mark.parametrize("refusal", [an_error(400, "no"), an_error(404)])
    @pytest.mark.parametrize("model", ["per-device", "co-term"])
    async def test_a_list_of_licenses_answers_without_an_overview(
        self, model: str, refusal: Response, plan: PlanKind
    ) -> None:
        """It is read in full, whatever the plan: nothing else has figures."""
        async with a_rig(answering(licenses=[A_LICENSE], overview=refusal)) as rig:
            result = await audited(rig, model, plan=plan)

        assert (result.status, result.plan) == (Status.AUDITED, PlanKind.FULL)
        assert result.tally is not None
        assert result.tally.by_state["active"] == 1

    async def test_an_empty_list_of_another_model_than_stated_is_no_answer(self) -> None:
        """Zeros would claim to know that there is nothing."""
        vendor = answering(licenses=[], overview=an_error(400, "no"), subscriptions=[])
        async with a_rig(vendor) as rig:
            result = await audited(rig, "co-term")

        assert (result.is_counted, failure_of(result)) == (False, FailureClass.UNSUPPORTED_MODEL)
        assert result.ending is not None
        assert "licenses: there are none; then subscriptions: there are none" in result.ending.message

    async def test_a_failure_of_one_model_does_not_hide_the_one_that_answers(self) -> None:
        """The overview breaks down, and the subscriptions are there all the same."""
        vendor = answering(
            licenses=an_error(400, "no"), overview=an_error(500), subscriptions=[A_SUBSCRIPTION], statuses=[]
        )
        async with a_rig(vendor, attempts=1) as rig:
            result = await audited(rig, "per-device")

        assert result.status is Status.AUDITED
        assert result.subscriptions is not None

    @pytest.mark.parametrize("model", ["per-device", "co-term", "subscription"])
    async def test_an_organization_that_every_model_answers_with_404_is_not_found(self, model: str) -> None:
        """It is gone, or the key may not see it: another tenant's key is tried."""
        async with a_rig(answering(entitlements=an_error(404))) as rig:
            result = await audited(rig, model)

        assert isinstance(result.ending, Failure)
        assert (result.ending.failure_class, result.ending.http_status) == (FailureClass.NOT_FOUND, 404)
        named = ("licenses: ", "overview: ", "subscriptions: ")
        assert all(name in result.ending.message for name in named)

    @pytest.mark.parametrize("first", ["licenses", "overview", "subscriptions"])
    async def test_an_organization_whose_api_is_disabled_is_left_out_on_the_way(self, first: str) -> None:
        """The vendor's 404 with that text says nothing of the model."""
        no = an_error(400, "no")
        answers = {"licenses": no, "overview": no, "subscriptions": no} | {first: DISABLED}
        async with a_rig(answering(**answers)) as rig:
            result = await audited(rig, "per-device")

        assert (result.status, result.is_counted) == (Status.SKIPPED, False)

    @pytest.mark.parametrize("model", ["co-term", "per-device", None, "subscription"])
    async def test_an_overview_with_both_parts_is_read_by_the_stated_model(self, model: str | None) -> None:
        """The vendor's own example has both; where another is stated, the part that has licenses counts."""
        both = CO_TERM | {"licenseCount": 0, "states": {"active": {"count": 0}}}
        no = an_error(404, "none")
        vendor = answering(
            overview=both,
            keys=[],
            subscriptions=no,
            licenses=[A_LICENSE] if model == "per-device" else REFUSAL,
        )
        async with a_rig(vendor) as rig:
            result = await audited(rig, model, reconcile=True)

        assert result.status is Status.AUDITED
        assert (result.tally is None) == (model != "per-device")
        assert (result.co_term is None) == (model == "per-device")
        assert asked(rig).count("overview") <= 2

    async def test_the_part_of_the_stated_model_gives_way_where_its_list_refuses(self) -> None:
        """The other part of the same overview answers, and is not asked for again."""
        both = CO_TERM | {"licenseCount": 3, "states": {"active": {"count": 3}}}
        async with a_rig(answering(licenses=an_error(400, "no"), overview=both, keys=[])) as rig:
            result = await audited(rig, "per-device", reconcile=True)

        assert asked(rig) == ["overview", "licenses", "licenses"]
        assert result.co_term is not None
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}

    @pytest.mark.parametrize(
        ("plan", "reconcile"),
        [(PlanKind.COUNTS, False), (PlanKind.TARGETED, False), (PlanKind.FULL, True)],
    )
    async def test_an_overview_that_comes_first_tells_the_model_and_is_not_asked_for_again(
        self,
        plan: PlanKind,
        reconcile: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """Co-termination under the cheaper plans, and before a comparison."""
        async with a_rig(answering(overview=CO_TERM, keys=[], devices=[])) as rig:
            result = await audited(rig, "per-device", plan=plan, reconcile=reconcile)

        assert asked(rig)[:1] == ["overview"]
        assert asked(rig).count("overview") == 1
        assert (result.status, result.tally) == (Status.AUDITED, None)
        assert result.co_term is not None
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}

    async def test_of_a_run_that_ends_while_another_model_is_read_that_is_told(self) -> None:
        """Overview and keys are there, the inventory is not."""
        vendor = answering(licenses=REFUSAL, overview=CO_TERM, keys=[], devices=[])
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            audit = an_audit(rig, "per-device", inventory=True)
            with anyio.move_on_after(3.5):
                await audit.run(rig.fetcher)
            (result,) = audit.results(cut_short("the deadline came"))

        assert (result.status, result.missing) == (
            Status.AUDITED,
            {Extra.INVENTORY: cut_short("the deadline came")},
        )
        assert result.co_term is not None
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}

    async def test_of_a_run_that_ends_while_subscriptions_are_looked_for_there_are_none(self) -> None:
        """Not even zero."""
        vendor = answering(licenses=REFUSAL, overview=REFUSAL, subscriptions=[])
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            audit = an_audit(rig, "per-device")
            with anyio.move_on_after(2.5):
                await audit.run(rig.fetcher)
            (result,) = audit.results(cut_short("the deadline came"))

        assert (result.status, failure_of(result)) == (Status.FAILED, FailureClass.DEADLINE)

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
                Asking(BASE_URL, Question(WINDOWS, now=AS_OF), rig.events.append),
            )
            (result,) = audit.results(cut_short("the deadline came"))

        assert result.status is Status.FAILED


class TestSubscriptionIsStated:
    async def test_subscriptions_are_read_from_the_subscription_endpoints(self) -> None:
        """Which the organization is a parameter of; nothing else is asked."""
        async with a_rig(answering(subscriptions=[A_SUBSCRIPTION], statuses=[])) as rig:
            result = await audited(rig, "subscription")

        assert asked(rig) == ["subscriptions", "statuses", "entitlements"]
        assert (result.status, result.notes) == (Status.AUDITED, {})
        assert result.subscriptions is not None
        assert [one.id for one in result.subscriptions.subscriptions] == ["77"]

    @pytest.mark.parametrize(
        "subscriptions",
        [[], an_error(404, "none"), an_error(404), an_error(400, "no"), an_error(410), REFUSAL],
    )
    @pytest.mark.parametrize("overview", [CO_TERM, PER_DEVICE])
    async def test_without_any_the_overview_tells_another_model(
        self, overview: dict[str, Any], subscriptions: Any
    ) -> None:
        """None in the list, a 404, another refusal: nothing of that is a zero yet."""
        vendor = answering(
            subscriptions=subscriptions, overview=overview, keys=[], devices=[], licenses=[A_LICENSE]
        )
        async with a_rig(vendor) as rig:
            result = await audited(rig, "subscription")

        assert (result.status, result.subscriptions) == (Status.AUDITED, None)
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}
        assert (result.co_term is None, result.tally is None) == (overview is PER_DEVICE, overview is CO_TERM)
        assert asked(rig).count("overview") == 1

    @pytest.mark.parametrize("subscriptions", [[], an_error(404, "none")])
    async def test_where_the_overview_refuses_there_is_no_subscription(self, subscriptions: Any) -> None:
        """Which is noted, and zeros stand."""
        async with a_rig(answering(subscriptions=subscriptions, overview=REFUSAL)) as rig:
            result = await audited(rig, "subscription")

        assert asked(rig) == ["subscriptions", "overview"]
        assert result.status is Status.AUDITED
        assert result.subscriptions is not None
        assert result.subscriptions.subscriptions == ()
        assert result.notes == {NoteKind.NO_SUBSCRIPTIONS: 1, NoteKind.NO_LIVE_SUBSCRIPTION: 1}
        assert result.outlook is not None

    @pytest.mark.parametrize("words", ["does not use licenses", "ne gere pas les licences", ""])
    async def test_a_404_beside_an_overview_refused_in_any_words_is_no_subscription(self, words: str) -> None:
        """No sentence of the vendor's is needed to see that no other model is there."""
        overview = an_error(400, words)
        async with a_rig(answering(subscriptions=an_error(404, "none"), overview=overview)) as rig:
            result = await audited(rig, "subscription")

        assert result.status is Status.AUDITED
        assert result.notes[NoteKind.NO_SUBSCRIPTIONS] == 1
        assert NoteKind.MODEL_DIFFERS not in result.notes

    @pytest.mark.parametrize("subscriptions", [[], an_error(404, "none"), an_error(400, "no"), REFUSAL])
    async def test_where_the_overview_fails_so_does_the_organization(self, subscriptions: Any) -> None:
        """Nobody knows what it is."""
        async with a_rig(answering(subscriptions=subscriptions, overview=an_error(500)), attempts=1) as rig:
            result = await audited(rig, "subscription")

        assert (result.status, result.is_counted, result.outlook) == (Status.FAILED, False, None)
        assert failure_of(result) is FailureClass.SERVER

    @pytest.mark.parametrize(
        ("subscriptions", "overview", "failure_class"),
        [
            (an_error(400, "no"), REFUSAL, FailureClass.UNSUPPORTED_MODEL),
            (an_error(404), REFUSAL, FailureClass.UNSUPPORTED_MODEL),
            (REFUSAL, REFUSAL, FailureClass.UNSUPPORTED_MODEL),
            (REFUSAL, an_error(404), FailureClass.UNSUPPORTED_MODEL),
            (an_error(404), an_error(404), FailureClass.NOT_FOUND),
            (an_error(404, "none"), an_error(404), FailureClass.NOT_FOUND),
            ([], an_error(404), FailureClass.NOT_FOUND),
        ],
    )
    async def test_what_was_refused_fails_where_no_other_model_answers(
        self, subscriptions: Any, overview: Response, failure_class: FailureClass
    ) -> None:
        """With every answer in the message; where all are a 404, there is no such organization."""
        vendor = answering(subscriptions=subscriptions, overview=overview)
        async with a_rig(vendor) as rig:
            result = await audited(rig, "subscription")

        assert (result.status, result.is_counted, failure_of(result)) == (Status.FAILED, False, failure_class)
        assert asked(rig) == ["subscriptions", "overview", "licenses"]
        assert result.ending is not None
        assert all(f"{name}: " in result.ending.message for name in asked(rig))

    async def test_a_list_of_licenses_that_answers_is_the_organizations_own(self) -> None:
        """Where subscriptions and overview are refused."""
        no = an_error(400, "no")
        async with a_rig(answering(subscriptions=no, overview=no, licenses=[A_LICENSE])) as rig:
            result = await audited(rig, "subscription")

        assert result.tally is not None
        assert result.notes == {NoteKind.MODEL_DIFFERS: 1}

    async def test_a_list_that_refuses_after_a_fitting_overview_fails(self) -> None:
        """They contradict each other."""
        async with a_rig(answering(subscriptions=[], overview=PER_DEVICE, licenses=REFUSAL)) as rig:
            result = await audited(rig, "subscription")

        assert failure_of(result) is FailureClass.UNSUPPORTED_MODEL

    @pytest.mark.parametrize("status", [401, 403, 429, 500])
    async def test_no_other_refusal_is_a_sign_of_another_model(self, status: int) -> None:
        """The key's, the budget's, the server's."""
        refusal = an_error(status, "no")
        async with a_rig(answering(subscriptions=refusal, overview=CO_TERM), attempts=1) as rig:
            result = await audited(rig, "subscription")

        assert asked(rig) == ["subscriptions"]
        assert result.status is Status.FAILED

    async def test_an_organization_whose_api_is_disabled_is_left_out(self) -> None:
        """Whichever call says so."""
        for answers in ({"subscriptions": DISABLED}, {"subscriptions": [], "overview": DISABLED}):
            async with a_rig(answering(**answers)) as rig:
                result = await audited(rig, "subscription")

            assert (result.status, result.is_counted) == (Status.SKIPPED, False)

    @pytest.mark.parametrize(("seconds", "is_counted"), [(0.5, False), (1.5, False), (2.5, True)])
    async def test_of_a_run_that_ends_on_the_way_nothing_is_a_zero(
        self,
        seconds: float,
        is_counted: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """In the list, before the overview came, and while the other model is read."""
        vendor = answering(subscriptions=[], overview=CO_TERM, keys=[], devices=[])
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            audit = an_audit(rig, "subscription")
            with anyio.move_on_after(seconds):
                await audit.run(rig.fetcher)
            (result,) = audit.results(cut_short("the deadline came"))

        assert (result.is_counted, result.subscriptions) == (is_counted, None)
        assert failure_of(result) is FailureClass.DEADLINE

    async def test_nothing_is_kept_for_an_organization_that_was_looked_at(self) -> None:
        """Its budget is let go of."""
        async with a_rig(answering(subscriptions=[], overview=REFUSAL)) as rig:
            await audited(rig, "subscription")

            assert rig.gate.organizations == 0


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

    async def test_where_the_use_cannot_be_read_that_alone_is_missing(self) -> None:
        """The list, its coverage and its outlook are there: the organization is audited."""
        vendor = answering(licenses=[self.SEATS], overview=an_error(403, "no"))
        async with a_rig(vendor) as rig:
            result = await audited(rig, "per-device", seat_use=True)

        assert (result.status, result.ending, result.seat_use) == (Status.AUDITED, None, None)
        assert [*result.missing] == [Extra.SEAT_USE]
        failure = result.missing[Extra.SEAT_USE]
        assert failure is not None
        assert (failure.failure_class, failure.http_status) == (FailureClass.FORBIDDEN, 403)
        assert result.coverage is not None

    async def test_of_a_run_that_ends_while_the_use_is_asked_for_that_alone_is_missing(self) -> None:
        """The list was read to its end before the deadline came."""
        vendor = answering(licenses=[self.SEATS], overview=PER_DEVICE)
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            audit = an_audit(rig, "per-device", seat_use=True)
            with anyio.move_on_after(1.5):
                await audit.run(rig.fetcher)
            (result,) = audit.results(cut_short("the deadline came"))

        assert result.status is Status.AUDITED
        assert result.missing == {Extra.SEAT_USE: cut_short("the deadline came")}
        assert result.coverage is not None
