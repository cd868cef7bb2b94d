"""Organizations under subscriptions, against a vendor that answers for sets of them, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, log2
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain.attribution import ASKED_ONE_BY_ONE
from auditor.domain.entitlement import Entitlement, Entitlements
from auditor.domain.extra import Extra
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Skip, Status
from auditor.domain.plan import SUBSCRIPTION_BATCH, Assignment
from auditor.domain.question import PlanKind, Question
from auditor.domain.result import OrganizationResult
from auditor.domain.standing import Standing
from auditor.engine.asking import Asking
from auditor.engine.events import PageRead
from auditor.engine.subscription_audit import SubscriptionAudit
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual

PATH = f"{BASE_URL}/administered/licensing/subscription/subscriptions"
ENTITLEMENTS = f"{BASE_URL}/administered/licensing/subscription/entitlements"
AN_ENTITLEMENT = a_page([{"sku": "A", "name": "Advanced", "productClass": "MX", "isAddOn": False}])
Owners = Mapping[str, frozenset[int]]


def a_row(subscription_id: str) -> dict[str, Any]:
    return {
        "subscriptionId": subscription_id,
        "name": f"Subscription {subscription_id}",
        "status": "active",
        "type": "termed",
        "endDate": "2026-04-10T00:00:00Z",
        "entitlements": [{"sku": "A", "seats": {"limit": 10, "assigned": 4, "available": 6}}],
    }


def a_status(subscription_id: str, *classes: str) -> dict[str, Any]:
    violations = [
        {
            "productClass": name,
            "gracePeriodEndsAt": "2026-03-20T00:00:00Z",
            "missing": {"entitlements": [{"sku": "A", "quantity": 2}]},
        }
        for name in classes
    ]
    return {"subscription": {"id": subscription_id}, "violations": {"byProductClass": violations}}


Refusal = Callable[[Sequence[int], bool], Response | None]
"""What to answer in place of rows to a question about these organizations; whether about compliance."""


@dataclass
class Vendor:
    """Answers for sets of organizations, which are numbered from 0, and does not say whose row is whose.

    What *entitlements* there are it is asked without an organization.
    """

    owners: Owners
    violated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refusal: Refusal = lambda _, __: None
    entitlements: Response = AN_ENTITLEMENT
    asked: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        """One answer."""
        assert request.organization_id is None
        parts = urlsplit(request.url)
        query = parse_qs(parts.query)
        if request.url == ENTITLEMENTS:
            self.asked.append(("entitlements", ()))
            return self.entitlements
        numbers = tuple(int(each) - 1000 for each in query["organizationIds[]"])
        wanted = query.get("subscriptionIds[]")
        is_compliance = parts.path.endswith("/compliance/statuses")
        self.asked.append(("compliance" if is_compliance else "list", numbers))
        refusal = self.refusal(numbers, is_compliance)
        if refusal is not None:
            return refusal
        ids = [each for each in self.of(*numbers) if wanted is None or each in wanted]
        if is_compliance:
            return a_page([a_status(each, *self.violated.get(each, ())) for each in ids])
        return a_page(map(a_row, ids))

    def of(self, *numbers: int) -> list[str]:
        """The subscriptions of these organizations, in order."""
        return sorted(each for each, owners in self.owners.items() if owners & set(numbers))

    @property
    def lists(self) -> list[tuple[int, ...]]:
        """Of which organizations the subscriptions were asked for."""
        return [numbers for kind, numbers in self.asked if kind == "list"]

    @property
    def compliances(self) -> list[tuple[int, ...]]:
        """Likewise of compliance."""
        return [numbers for kind, numbers in self.asked if kind == "compliance"]


def an_audit(rig: Rig, count: int) -> SubscriptionAudit:
    return SubscriptionAudit(
        [
            Assignment(an_organization(str(1000 + number), licensing_model="subscription"), "acme")
            for number in range(count)
        ],
        Asking(BASE_URL, Question(WINDOWS, PlanKind.TARGETED, now=AS_OF), rig.events.append),
    )


async def audited(vendor: Vendor, count: int, *, attempts: int = 1) -> list[OrganizationResult]:
    async with a_rig(vendor, attempts=attempts) as rig:
        return list(await an_audit(rig, count).run(rig.fetcher))


def ids_of(result: OrganizationResult) -> list[str]:
    assert result.subscriptions is not None
    return [one.id for one in result.subscriptions.subscriptions]


def violations_of(result: OrganizationResult) -> list[str]:
    assert result.subscriptions is not None
    return [
        violation.product_class for one in result.subscriptions.subscriptions for violation in one.violations
    ]


def entitlements_of(result: OrganizationResult) -> Entitlements | None:
    assert result.subscriptions is not None
    return result.subscriptions.entitlements


def failures_of(results: Sequence[OrganizationResult]) -> dict[int, FailureClass]:
    return {
        number: result.ending.failure_class
        for number, result in enumerate(results)
        if isinstance(result.ending, Failure)
    }


def compliance_failures_of(results: Sequence[OrganizationResult]) -> dict[int, FailureClass]:
    """Why compliance is missing, by the number of the organization."""
    found = {number: result.missing.get(Extra.COMPLIANCE) for number, result in enumerate(results)}
    return {number: failure.failure_class for number, failure in found.items() if failure is not None}


def statuses_of(results: Sequence[OrganizationResult]) -> set[Status]:
    return {result.status for result in results}


def only_about(*numbers: int, answer: Response) -> Refusal:
    """Refuses every question about subscriptions that names one of *numbers*."""
    return lambda asked, is_compliance: answer if not is_compliance and set(asked) & set(numbers) else None


def owned_by_each(count: int, *, shared: Owners | None = None) -> dict[str, frozenset[int]]:
    """One subscription for every organization, and some that are *shared*."""
    return {f"s{number}": frozenset({number}) for number in range(count)} | dict(shared or {})


worlds = st.integers(1, SUBSCRIPTION_BATCH).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.dictionaries(
            st.integers(0, 99).map(str),
            st.frozensets(st.integers(0, count - 1), min_size=1, max_size=4),
            max_size=8,
        ),
    )
)


class TestAttribution:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(worlds)
    async def test_every_organization_gets_exactly_its_own(self, world: tuple[int, Owners]) -> None:
        """With calls that grow with the logarithm, and one for each who may have what is shared."""
        count, owners = world
        vendor = Vendor(owners, violated={each: ["MS"] for each in owners})
        results = await audited(vendor, count)

        assert statuses_of(results) == {Status.AUDITED}
        assert [ids_of(result) for result in results] == [vendor.of(number) for number in range(count)]
        assert [len(violations_of(result)) for result in results] == [
            len(vendor.of(number)) for number in range(count)
        ]
        about_sets = 2 * ceil(log2(count)) if count > ASKED_ONE_BY_ONE else 0
        about_one = vendor.lists[about_sets:]
        assert all(len(numbers) == 1 for numbers in about_one)
        assert len(set(about_one)) == len(about_one) <= count
        assert len(vendor.compliances) == bool(owners)

    async def test_a_batch_takes_two_calls_a_bit(self) -> None:
        """Twelve in place of sixty-four, and one for the compliance of all."""
        vendor = Vendor(owned_by_each(64))
        results = await audited(vendor, 64)

        assert (len(vendor.lists), len(vendor.compliances)) == (12, 1)
        assert [ids_of(result) for result in results] == [[f"s{number}"] for number in range(64)]

    async def test_a_few_are_asked_one_by_one(self) -> None:
        """Sets would not save a call."""
        vendor = Vendor(owned_by_each(ASKED_ONE_BY_ONE))
        await audited(vendor, ASKED_ONE_BY_ONE)

        assert vendor.lists == [(number,) for number in range(ASKED_ONE_BY_ONE)]

    async def test_those_who_may_share_are_asked(self) -> None:
        """Only they, and only for what may be shared."""
        vendor = Vendor(owned_by_each(16, shared={"both": frozenset({2, 3})}))
        async with a_rig(vendor) as rig:
            results = await an_audit(rig, 16).run(rig.fetcher)

        assert vendor.lists[8:] == [(2,), (3,)]
        assert [url for url, _ in rig.transport.asked if "subscriptionIds%5B%5D=both" in url]
        assert [number for number, result in enumerate(results) if "both" in ids_of(result)] == [2, 3]

    @pytest.mark.parametrize("count", [4, 16])
    async def test_what_turns_up_in_several_is_shared(self, count: int) -> None:
        """Though the vendor does not say how many it spans."""
        results = await audited(Vendor(owned_by_each(count, shared={"both": frozenset({2, 3})})), count)

        assert {
            one.id
            for result in results
            for one in (result.subscriptions.subscriptions if result.subscriptions else ())
            if one.is_shared
        } == {"both"}

    async def test_too_much_that_is_shared_is_asked_for_without_a_filter(self) -> None:
        """Its ids would not fit a URL."""
        shared = {f"x{number}": frozenset({0, 15}) for number in range(SUBSCRIPTION_BATCH + 1)}
        vendor = Vendor(owned_by_each(16, shared=shared))
        async with a_rig(vendor) as rig:
            results = await an_audit(rig, 16).run(rig.fetcher)

        assert not [url for url, _ in rig.transport.asked if "subscriptionIds" in url]
        assert [len(ids_of(result)) for result in results] == [66, *[1] * 14, 66]

    @pytest.mark.parametrize(
        "answer",
        [an_error(400, "too many"), an_error(403, "no"), an_error(404, "none"), an_error(500), an_error(414)],
    )
    async def test_where_sets_are_refused_each_is_asked_for_itself(self, answer: Response) -> None:
        """And gets its own."""
        vendor = Vendor(owned_by_each(20), refusal=lambda numbers, _: answer if len(numbers) > 1 else None)
        results = await audited(vendor, 20)

        assert vendor.lists[1:] == [(number,) for number in range(20)]
        assert [ids_of(result) for result in results] == [[f"s{number}"] for number in range(20)]
        assert statuses_of(results) == {Status.AUDITED}

    @pytest.mark.parametrize("body", [b"{}", b'[{"name": "nobody"}]', b"[5]", b'{"errors": ["no"]}'])
    async def test_sets_that_answer_oddly_are_not_trusted(self, body: bytes) -> None:
        """As where they are refused."""
        odd = Response.of(PATH, 200, (), body)
        vendor = Vendor(owned_by_each(9), refusal=lambda numbers, _: odd if len(numbers) == 4 else None)
        results = await audited(vendor, 9)

        assert vendor.lists[-9:] == [(number,) for number in range(9)]
        assert [ids_of(result) for result in results] == [[f"s{number}"] for number in range(9)]

    async def test_what_comes_while_sets_are_asked_is_found_one_by_one(self) -> None:
        """It was in no set of the first pair."""
        vendor = Vendor(owned_by_each(9))

        def late(request: Request) -> Response:
            if len(vendor.asked) == 2:
                vendor.owners = owned_by_each(9, shared={"late": frozenset({5})})
            return vendor(request)

        async with a_rig(late) as rig:
            results = await an_audit(rig, 9).run(rig.fetcher)

        assert [number for number, result in enumerate(results) if "late" in ids_of(result)] == [5]
        assert vendor.lists[-9:] == [(number,) for number in range(9)]

    async def test_what_nobody_of_those_asked_has_is_found_one_by_one(self) -> None:
        """Shared when the sets were asked, gone when its owners were."""
        vendor = Vendor(owned_by_each(9, shared={"gone": frozenset({0, 1})}))

        def fleeting(request: Request) -> Response:
            if len(vendor.asked) == 8:
                vendor.owners = owned_by_each(9)
            return vendor(request)

        async with a_rig(fleeting) as rig:
            results = await an_audit(rig, 9).run(rig.fetcher)

        assert vendor.lists[8:] == [(0,), (1,), *[(number,) for number in range(9)]]
        assert [ids_of(result) for result in results] == [[f"s{number}"] for number in range(9)]

    async def test_an_owner_that_cannot_be_asked_costs_itself_alone(self) -> None:
        """All others get their own, the shared one included."""
        vendor = Vendor(owned_by_each(9, shared={"both": frozenset({2, 3})}))
        vendor.refusal = lambda numbers, _: an_error(403, "no") if tuple(numbers) == (3,) else None
        results = await audited(vendor, 9)

        assert failures_of(results) == {3: FailureClass.FORBIDDEN}
        assert results[3].subscriptions is None
        assert ids_of(results[2]) == ["both", "s2"]
        assert statuses_of([*results[:3], *results[4:]]) == {Status.AUDITED}


class TestOneByOne:
    @pytest.mark.parametrize("count", [3, 12])
    async def test_the_failure_of_one_is_not_anothers(self, count: int) -> None:
        """Whether or not they were asked together first."""
        refusal = only_about(1, answer=an_error(403, "no"))
        vendor = Vendor(owned_by_each(count), refusal=refusal)
        results = await audited(vendor, count)

        assert failures_of(results) == {1: FailureClass.FORBIDDEN}
        assert (results[1].status, results[1].subscriptions, results[1].outlook) == (
            Status.FAILED,
            None,
            None,
        )
        assert vendor.compliances == [tuple(number for number in range(count) if number != 1)]

    async def test_a_404_of_the_vendor_is_no_subscription(self) -> None:
        """Noted, for it might mean something else."""
        vendor = Vendor({}, refusal=only_about(0, answer=an_error(404, "No subscriptions")))
        (result,) = await audited(vendor, 1)

        assert (result.status, ids_of(result)) == (Status.AUDITED, [])
        assert result.subscriptions is not None
        assert result.subscriptions.notes == {NoteKind.NO_SUBSCRIPTIONS: 1, NoteKind.NO_LIVE_SUBSCRIPTION: 1}
        assert result.outlook is not None
        assert result.outlook.standing is None
        assert vendor.compliances == []

    async def test_any_other_404_is_a_failure(self) -> None:
        """Nobody said that there is none."""
        (result,) = await audited(Vendor({}, refusal=only_about(0, answer=an_error(404))), 1)

        assert (result.status, result.subscriptions) == (Status.FAILED, None)
        assert failures_of([result]) == {0: FailureClass.NOT_FOUND}

    async def test_an_empty_list_is_no_subscription(self) -> None:
        """So nothing runs today, which is noted, and there is nothing to ask about."""
        vendor = Vendor({})
        (result,) = await audited(vendor, 1)

        assert (result.status, ids_of(result)) == (Status.AUDITED, [])
        assert result.subscriptions is not None
        assert result.subscriptions.notes == {NoteKind.NO_LIVE_SUBSCRIPTION: 1}
        assert vendor.compliances == []

    async def test_an_organization_of_another_model_counts_nothing(self) -> None:
        """Under the class that its answer has."""
        refused = Vendor({}, refusal=only_about(0, answer=an_error(400, "not a subscription organization")))
        (result,) = await audited(refused, 1)
        text = "Organization with ID 1000 does not support per-device licensing"
        (other,) = await audited(Vendor({}, refusal=only_about(0, answer=an_error(400, text))), 1)

        assert (result.status, failures_of([result])) == (Status.FAILED, {0: FailureClass.BAD_RESPONSE})
        assert isinstance(other.ending, Skip)
        assert result.subscriptions is other.subscriptions is None

    async def test_a_refused_key_asks_nobody_else(self) -> None:
        """All fail, one request is sent."""
        vendor = Vendor({}, refusal=lambda *_: an_error(401, "bad key"))
        results = await audited(vendor, 20)

        assert len(vendor.asked) == 1
        assert set(failures_of(results).values()) == {FailureClass.AUTH}
        assert len(failures_of(results)) == 20

    async def test_a_list_that_ends_early_is_partial(self) -> None:
        """What was read stands; what lies ahead is not known."""

        def answer(request: Request) -> Response:
            if "compliance" in request.url:
                return a_page([a_status("s0")])
            is_first = "more" not in request.url
            return a_page([a_row("s0")], following=f"{PATH}?more=1") if is_first else an_error(403, "no")

        async with a_rig(answer) as rig:
            (result,) = await an_audit(rig, 1).run(rig.fetcher)

        assert (result.status, ids_of(result), result.outlook) == (Status.PARTIAL, ["s0"], None)
        assert failures_of([result]) == {0: FailureClass.FORBIDDEN}

    async def test_a_skip_in_the_middle_of_a_list_is_a_failure(self) -> None:
        """There are figures: it is no organization that was left out."""
        text = "You must first enable API access"
        pages = [a_page([a_row("s0")], following=f"{PATH}?more=1"), an_error(404, text)]
        async with a_rig(*pages) as rig:
            (result,) = await an_audit(rig, 1).run(rig.fetcher)

        assert (result.status, failures_of([result])) == (Status.PARTIAL, {0: FailureClass.API_DISABLED})


class TestCompliance:
    async def test_a_violation_of_what_is_shared_is_each_owners(self) -> None:
        """One call tells of all."""
        owners = {"a": frozenset({0}), "b": frozenset({0, 1}), "c": frozenset({2})}
        vendor = Vendor(owners, violated={"b": ["MS", "MR"]})
        results = await audited(vendor, 3)

        assert vendor.compliances == [(0, 1, 2)]
        assert [violations_of(result) for result in results] == [["MS", "MR"], ["MS", "MR"], []]
        assert [result.outlook and result.outlook.standing for result in results] == [
            Standing.IN_GRACE,
            Standing.IN_GRACE,
            Standing.EXPIRING,
        ]

    async def test_only_those_with_subscriptions_are_asked_about(self) -> None:
        """There is nothing to comply with."""
        vendor = Vendor({"a": frozenset({1})})
        await audited(vendor, 3)

        assert vendor.compliances == [(1,)]

    async def test_where_all_at_once_fails_each_is_asked_about(self) -> None:
        """One that fails lacks its compliance, its subscriptions stay, and what others state is known."""

        def refusal(numbers: Sequence[int], is_compliance: bool) -> Response | None:  # noqa: FBT001
            return an_error(403, "no") if is_compliance and 1 in numbers else None

        owners = {"a": frozenset({0}), "b": frozenset({1, 2}), "c": frozenset({1})}
        vendor = Vendor(owners, violated={"b": ["MS"], "c": ["MR"]}, refusal=refusal)
        results = await audited(vendor, 3)

        assert vendor.compliances == [(0, 1, 2), (0,), (1,), (2,)]
        assert statuses_of(results) == {Status.AUDITED}
        assert compliance_failures_of(results) == {1: FailureClass.FORBIDDEN}
        assert [result.is_standing_missing for result in results] == [False, True, False]
        assert (ids_of(results[1]), violations_of(results[1])) == (["b", "c"], ["MS"])
        assert results[1].outlook is not None
        assert results[1].outlook.standing is None
        assert results[1].outlook.ending_within[60] == 2

    async def test_a_violation_that_is_told_twice_counts_once(self) -> None:
        """Of each of its organizations."""
        owners = {"b": frozenset({0, 1})}
        vendor = Vendor(owners, violated={"b": ["MS"]})
        vendor.refusal = lambda numbers, is_compliance: (
            an_error(403, "no") if is_compliance and len(numbers) > 1 else None
        )
        results = await audited(vendor, 2)

        assert [violations_of(result) for result in results] == [["MS"], ["MS"]]
        assert statuses_of(results) == {Status.AUDITED}

    async def test_two_readings_of_one_violation_are_one(self) -> None:
        """That of the reading that misses more."""
        vendor = Vendor({"b": frozenset({0, 1})})

        def growing(numbers: Sequence[int], is_compliance: bool) -> Response | None:  # noqa: FBT001
            if not is_compliance:
                return None
            if len(numbers) > 1:
                return an_error(400, "too many")
            status = a_status("b", "MS")
            status["violations"]["byProductClass"][0]["missing"]["entitlements"][0]["quantity"] += numbers[0]
            return a_page([status])

        vendor.refusal = growing
        results = await audited(vendor, 2)

        for result in results:
            assert result.subscriptions is not None
            (violation,) = result.subscriptions.subscriptions[0].violations
            assert violation.missing == {"A": 3}

    @pytest.mark.parametrize(("status", "standing"), [("active", "ok"), ("out_of_compliance", "inGrace")])
    async def test_of_what_no_status_mentions_its_own_decides(self, status: str, standing: str) -> None:
        """Whether the vendor lists those in compliance as well is not documented."""
        row = a_row("s0") | {"status": status, "endDate": "2030-01-01T00:00:00Z"}
        pages = [a_page([row]), a_page([a_status("another", "MS")])]
        async with a_rig(*pages) as rig:
            (result,) = await an_audit(rig, 1).run(rig.fetcher)

        assert result.outlook is not None
        assert (result.status, result.outlook.standing) == (Status.AUDITED, standing)
        assert result.outlook.dark_dates == ()
        assert result.notes == ({} if status == "active" else {NoteKind.COMPLIANCE_UNTOLD: 1})

    async def test_where_all_is_over_that_is_noted(self) -> None:
        """By the date, though the status is active."""
        row = a_row("s0") | {"endDate": "2026-02-01T00:00:00Z"}
        async with a_rig(a_page([row]), a_page([])) as rig:
            (result,) = await an_audit(rig, 1).run(rig.fetcher)

        assert result.outlook is not None
        assert (result.status, result.outlook.standing) == (Status.AUDITED, None)
        assert result.notes == {NoteKind.NO_LIVE_SUBSCRIPTION: 1}

    async def test_of_what_is_over_the_standing_is_open_anyway(self) -> None:
        """Compliance that cannot be read is missing, and the standing is not missing for that reason."""
        row = a_row("s0") | {"endDate": "2026-02-01T00:00:00Z"}
        async with a_rig(a_page([row]), an_error(403, "no")) as rig:
            (result,) = await an_audit(rig, 1).run(rig.fetcher)

        assert compliance_failures_of([result]) == {0: FailureClass.FORBIDDEN}
        assert NoteKind.NO_LIVE_SUBSCRIPTION in result.notes
        assert not result.is_standing_missing

    async def test_garbage_does_not_pass_for_compliance(self) -> None:
        """The subscriptions stay, the standing is unknown."""
        garbage = Response.of(PATH, 200, (), orjson.dumps([{"subscription": {"id": "s0"}, "violations": 7}]))
        vendor = Vendor(owned_by_each(1), refusal=lambda _, is_compliance: garbage if is_compliance else None)
        (result,) = await audited(vendor, 1)

        assert (result.status, ids_of(result)) == (Status.AUDITED, ["s0"])
        assert compliance_failures_of([result]) == {0: FailureClass.BAD_RESPONSE}
        assert result.subscriptions is not None
        assert (result.subscriptions.is_compliance_known, result.notes) == (False, {})


class TestSkus:
    async def test_what_an_sku_is_is_asked_last_and_told_of_each_organization(self) -> None:
        """In one request that names neither organizations nor SKUs."""
        vendor = Vendor(owned_by_each(9))
        results = await audited(vendor, 9)

        assert vendor.asked.count(("entitlements", ())) == 1
        assert vendor.asked[-1] == ("entitlements", ())
        advanced = Entitlement("Advanced", product_class="MX", is_add_on=False)
        assert [entitlements_of(result) for result in results] == [{"A": advanced}] * 9

    async def test_an_sku_that_is_not_listed_is_told_as_such(self) -> None:
        """Not noted: it may be that nobody can buy it any more."""
        (result,) = await audited(Vendor(owned_by_each(1), entitlements=a_page([{"sku": "B"}])), 1)

        assert (entitlements_of(result), result.notes) == ({"A": None}, {})

    @pytest.mark.parametrize(
        "answer",
        [an_error(403, "no"), an_error(404), an_error(500), Response.of(ENTITLEMENTS, 200, (), b"5")],
    )
    async def test_where_the_list_cannot_be_read_nobody_fails(self, answer: Response) -> None:
        """All figures stand, and that SKUs are not told is noted."""
        vendor = Vendor(owned_by_each(2), violated={"s0": ["MX"]})
        usual = await audited(vendor, 2)
        vendor.entitlements = answer
        results = await audited(vendor, 2)

        assert statuses_of(results) == {Status.AUDITED}
        assert [result.outlook for result in results] == [result.outlook for result in usual]
        assert [entitlements_of(result) for result in results] == [None, None]
        assert {tuple(result.notes.items()) for result in results} == {((NoteKind.SKUS_UNTOLD, 1),)}
        assert [result.missing for result in results] == [{Extra.SKUS: None}] * 2
        assert not any(result.is_standing_missing for result in results)

    async def test_without_an_sku_nothing_is_asked(self) -> None:
        """Nobody has a subscription."""
        vendor = Vendor({})
        results = await audited(vendor, 3)

        assert ("entitlements", ()) not in vendor.asked
        assert [entitlements_of(result) for result in results] == [{}, {}, {}]

    async def test_what_is_missing_is_told_too(self) -> None:
        """Though nobody has seats of it, and though another organization's compliance cannot be read."""
        status = a_status("s0", "MX")
        status["violations"]["byProductClass"][0]["missing"]["entitlements"] = [{"sku": "B", "quantity": 1}]
        vendor = Vendor(owned_by_each(2))
        vendor.refusal = lambda numbers, is_compliance: (
            (an_error(403, "no") if 1 in numbers else a_page([status])) if is_compliance else None
        )
        results = await audited(vendor, 2)

        assert [sorted(entitlements_of(result) or ()) for result in results] == [["A", "B"], ["A"]]
        assert compliance_failures_of(results) == {1: FailureClass.FORBIDDEN}

    async def test_a_run_that_ends_before_is_whole_without(self) -> None:
        """Audited, with the note that has a resumed run ask again."""
        async with a_rig(Vendor(owned_by_each(1)), latency_seconds=1.0) as rig:
            audit = an_audit(rig, 1)
            with anyio.move_on_after(2.5):
                await audit.run(rig.fetcher)
            (result,) = audit.results(Failure(FailureClass.DEADLINE, "not finished"))

        assert (result.status, entitlements_of(result)) == (Status.AUDITED, None)
        assert result.notes == {NoteKind.SKUS_UNTOLD: 1}
        assert result.missing == {Extra.SKUS: None}


class TestManners:
    async def test_what_is_done_stands_when_the_rest_is_cut_off(self) -> None:
        """One that has nothing is whole, one that is listed lacks extras, one that is not reached failed."""
        vendor = Vendor({"a": frozenset({1})})
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            audit = an_audit(rig, 3)
            with anyio.move_on_after(2.5):
                await audit.run(rig.fetcher)
            results = audit.results(Failure(FailureClass.DEADLINE, "not finished"))

        assert [result.status for result in results] == [Status.AUDITED, Status.AUDITED, Status.FAILED]
        assert failures_of(results) == {2: FailureClass.DEADLINE}
        assert compliance_failures_of(results) == {1: FailureClass.DEADLINE}
        assert [set(result.missing) for result in results] == [set(), {Extra.SKUS, Extra.COMPLIANCE}, set()]

    async def test_sets_that_are_cut_off_tell_nothing(self) -> None:
        """Of nobody."""
        async with a_rig(Vendor(owned_by_each(9)), latency_seconds=1.0) as rig:
            audit = an_audit(rig, 9)
            with anyio.move_on_after(5.5):
                await audit.run(rig.fetcher)
            results = audit.results(Failure(FailureClass.DEADLINE, "not finished"))

        assert statuses_of(results) == {Status.FAILED}

    async def test_each_organization_is_told_of_once(self) -> None:
        """With its subscriptions, whichever way they were found out."""
        async with a_rig(Vendor(owned_by_each(9, shared={"x": frozenset({0, 8})}))) as rig:
            await an_audit(rig, 9).run(rig.fetcher)

        rows = {0: 2, 8: 2}
        assert [event for event in rig.events if isinstance(event, PageRead)] == [
            PageRead(str(1000 + number), rows.get(number, 1)) for number in range(9)
        ]

    async def test_the_result_says_who_and_how(self) -> None:
        """In the order of the assignments; no list was paged through, and all of it was read."""
        results = await audited(Vendor(owned_by_each(2)), 2)

        assert [result.organization.id for result in results] == ["1000", "1001"]
        assert {(result.tenant, result.pages, result.plan) for result in results} == {
            ("acme", 0, PlanKind.FULL)
        }

    async def test_more_than_fit_one_question_are_refused(self) -> None:
        """Whoever brings them together must know."""
        async with a_rig(Vendor({})) as rig:
            with pytest.raises(ValueError, match="at most 64"):
                an_audit(rig, SUBSCRIPTION_BATCH + 1)
