"""One organization under co-termination, against a scripted transport, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import orjson
import pytest

from auditor.domain.co_term import CoTermAccount, CoTermOverview
from auditor.domain.device_use import FamilyUse
from auditor.domain.extra import Extra
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason, Status
from auditor.domain.outlook import Renewal, Unit
from auditor.domain.plan import Assignment
from auditor.domain.question import PlanKind, Question
from auditor.domain.result import OrganizationResult
from auditor.domain.sizes import Sizes
from auditor.domain.standing import Standing
from auditor.engine.asking import Asking
from auditor.engine.co_term_audit import CoTermAudit
from auditor.engine.events import PageRead
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual

OVERVIEW = {
    "status": "OK",
    "expirationDate": "Apr 10, 2026 UTC",
    "licensedDeviceCounts": {"wireless": 2, "MV": 3},
}
ALL = [
    "/licenses/overview",
    "/licensing/coterm/licenses?perPage=1000",
    "/inventory/devices?perPage=1000&usedState=used",
]
NEXT = f"{BASE_URL}/organizations/501"


def a_key(key: str, **changes: Any) -> dict[str, Any]:
    fields = {
        "key": key,
        "mode": "renew",
        "invalidated": False,
        "expired": False,
        "editions": [{"productType": "wireless", "edition": "Enterprise"}],
        "counts": [{"model": "MR Enterprise", "count": 2}],
    }
    return fields | changes


def a_device(serial: str, model: str = "MR46") -> dict[str, Any]:
    return {"serial": serial, "model": model}


def an_overview(body: Mapping[str, Any] = OVERVIEW) -> Response:
    return Response.of(f"{BASE_URL}/overview", 200, (), orjson.dumps(body))


def a_vendor(**answers: Response) -> Callable[[Request], Response]:
    """Two keys on two pages, of which one comes twice, and three devices."""
    usual = {
        "overview": an_overview(),
        "coterm": a_page([a_key("Z2AA-0000-0001")], following=f"{NEXT}/licensing/more"),
        "more": a_page([a_key("Z2AA-0000-0001"), a_key("Z2AA-0000-0002")]),
        "inventory": a_page(
            [a_device("Q2XX-TEST-0001"), a_device("Q2XX-TEST-0002"), a_device("Q2XX-TEST-0003")]
        ),
    } | answers

    def answer(request: Request) -> Response:
        assert request.organization_id == "501"
        return next(response for name, response in usual.items() if f"/{name}" in request.url)

    return answer


def an_audit(
    rig: Rig,
    plan: PlanKind = PlanKind.FULL,
    *,
    overview: CoTermOverview | None = None,
    with_inventory: bool = True,
) -> CoTermAudit:
    question = Question(WINDOWS, plan, inventory=with_inventory, now=AS_OF)
    return CoTermAudit(
        Assignment(an_organization("501", licensing_model="co-term"), "acme"),
        Asking(BASE_URL, question, rig.events.append, Sizes({"501": 3})),
        overview=overview,
    )


async def audited(rig: Rig, plan: PlanKind = PlanKind.FULL, **options: Any) -> OrganizationResult:
    (result,) = await an_audit(rig, plan, **options).run(rig.fetcher)
    return result


def asked(rig: Rig) -> list[str]:
    return [url.removeprefix(NEXT) for url, _ in rig.transport.asked]


def account_of(result: OrganizationResult) -> CoTermAccount:
    assert result.co_term is not None
    return result.co_term


def failure_of(result: OrganizationResult) -> FailureClass:
    assert isinstance(result.ending, Failure)
    return result.ending.failure_class


def missing_of(result: OrganizationResult) -> dict[Extra, FailureClass | None]:
    return {
        extra: None if failure is None else failure.failure_class for extra, failure in result.missing.items()
    }


async def test_overview_keys_and_inventory_are_read() -> None:
    """All pages of them; a key that comes twice counts once."""
    async with a_rig(a_vendor()) as rig:
        result = await audited(rig)

    account = account_of(result)
    assert asked(rig) == [*ALL[:2], "/licensing/more", ALL[2]]
    assert (result.status, result.plan, result.pages) == (Status.AUDITED, PlanKind.FULL, 3)
    assert account.overview.licensed == {"wireless": 2, "MV": 3}
    assert account.keys is not None
    assert (account.keys.total, account.keys.devices_by_model) == (2, {"MR Enterprise": 4})
    assert account.use is not None
    assert account.use.families == {"wireless": FamilyUse(2, 3), "MV": FamilyUse(3, 0)}
    assert account.notes == {NoteKind.DUPLICATE_LICENSE: 1}


@pytest.mark.parametrize(("counts", "over_limit"), [({}, 3), ({"MR": None}, None)])
async def test_only_what_is_certainly_unlicensed_is_over_the_limit(
    counts: dict[str, None], over_limit: int | None
) -> None:
    """Where counts cannot be read, nobody knows what is licensed."""
    body = {"status": "N/A", "expirationDate": "N/A", "licensedDeviceCounts": counts}
    async with a_rig(a_vendor(overview=an_overview(body))) as rig:
        use = account_of(await audited(rig)).use

    assert use is not None
    assert (use.over_limit, use.in_use) == (over_limit, 3)


async def test_what_lies_ahead_is_told() -> None:
    """Of the overview."""
    async with a_rig(a_vendor()) as rig:
        result = await audited(rig)

    assert result.outlook is not None
    assert result.outlook.standing is Standing.EXPIRING
    assert result.outlook.ending_within == {30: 0, 60: 1, 90: 1}
    assert result.outlook.renewals == {
        Renewal("wireless", Unit.DEVICES, 1): 2,
        Renewal("MV", Unit.DEVICES, 1): 3,
    }


async def test_pages_of_keys_are_told() -> None:
    """As they come, and at the end nothing is kept for the organization."""
    async with a_rig(a_vendor()) as rig:
        await audited(rig)

        assert [event for event in rig.events if isinstance(event, PageRead)] == [
            PageRead("501", 1),
            PageRead("501", 2),
        ]
        assert rig.gate.organizations == 0


@pytest.mark.parametrize("plan", [PlanKind.COUNTS, PlanKind.TARGETED])
async def test_a_plan_that_counts_takes_the_overview_alone(plan: PlanKind) -> None:
    """One request; what was not asked for is not zero."""
    async with a_rig(a_vendor()) as rig:
        result = await audited(rig, plan)

    account = account_of(result)
    assert asked(rig) == ALL[:1]
    assert (result.status, result.plan, result.pages) == (Status.AUDITED, PlanKind.COUNTS, 0)
    assert (account.keys, account.use) == (None, None)
    assert result.outlook is not None


async def test_without_inventory_devices_in_use_are_unknown() -> None:
    """And nothing is missing."""
    async with a_rig(a_vendor()) as rig:
        result = await audited(rig, with_inventory=False)

    account = account_of(result)
    assert asked(rig) == [*ALL[:2], "/licensing/more"]
    assert (result.status, account.use) == (Status.AUDITED, None)
    assert account.keys is not None


async def test_an_overview_that_was_read_already_is_not_asked_for() -> None:
    """By whoever found out the licensing model."""
    async with a_rig(a_vendor()) as rig:
        result = await audited(rig, overview=CoTermOverview("OK", None, {"MV": 9}))

    assert asked(rig) == [ALL[1], "/licensing/more", ALL[2]]
    assert account_of(result).overview.licensed == {"MV": 9}


async def test_the_overview_of_another_model_counts_nothing() -> None:
    """It is shown to whoever asks the organization under its own model."""
    per_device = an_overview({"licenseCount": 3, "states": {"active": {"count": 3}}})
    async with a_rig(a_vendor(overview=per_device)) as rig:
        audit = an_audit(rig)
        (result,) = await audit.run(rig.fetcher)

    assert asked(rig) == ALL[:1]
    assert (result.status, result.co_term, result.outlook) == (Status.SKIPPED, None, None)
    assert isinstance(result.ending, Skip)
    assert result.ending.reason is SkipReason.UNSUPPORTED_MODEL
    assert audit.overviews is not None
    assert audit.overviews.per_device is not None
    assert audit.overviews.per_device.by_state == {"active": 3}


async def test_an_overview_of_no_known_shape_fails() -> None:
    """It is no row of zeros."""
    async with a_rig(a_vendor(overview=an_overview({"message": "hello"})), attempts=1) as rig:
        result = await audited(rig)

    assert (result.status, result.co_term) == (Status.FAILED, None)
    assert failure_of(result) is FailureClass.BAD_RESPONSE


async def test_an_overview_that_is_refused_fails() -> None:
    """Nothing else is asked for."""
    async with a_rig(a_vendor(overview=an_error(403, "no"))) as rig:
        result = await audited(rig)

    assert asked(rig) == ALL[:1]
    assert (result.status, failure_of(result)) == (Status.FAILED, FailureClass.FORBIDDEN)


@pytest.mark.parametrize("broken", ["coterm", "more"])
async def test_keys_that_are_not_read_to_their_end_are_unknown(broken: str) -> None:
    """The overview stands, the inventory is read all the same, and the result is partial."""
    async with a_rig(a_vendor(**{broken: an_error(403, "no")})) as rig:
        result = await audited(rig)

    account = account_of(result)
    assert (result.status, failure_of(result)) == (Status.PARTIAL, FailureClass.FORBIDDEN)
    assert (account.keys, account.notes) == (None, {})
    assert account.use is not None
    assert result.outlook is not None


async def test_an_inventory_that_is_not_read_to_its_end_is_unknown() -> None:
    """Half of it would show room that is not there; the keys are read whole, and their counts exact."""
    half = a_page([a_device("Q2XX-TEST-0001")], following=f"{NEXT}/rest")
    async with a_rig(a_vendor(inventory=half, rest=an_error(404, "gone"))) as rig:
        result = await audited(rig)

    account = account_of(result)
    assert (result.status, result.ending, result.pages) == (Status.AUDITED, None, 3)
    assert missing_of(result) == {Extra.INVENTORY: FailureClass.NOT_FOUND}
    assert not result.is_standing_missing
    assert account.use is None
    assert account.keys is not None


async def test_of_two_failures_that_of_the_keys_ends_it() -> None:
    """The inventory is missing beside it."""
    refusals = {"coterm": an_error(403, "no"), "inventory": an_error(404, "gone")}
    async with a_rig(a_vendor(**refusals)) as rig:
        result = await audited(rig)

    assert (result.status, failure_of(result)) == (Status.PARTIAL, FailureClass.FORBIDDEN)
    assert missing_of(result) == {Extra.INVENTORY: FailureClass.NOT_FOUND}


async def test_a_skip_after_the_overview_is_a_failure() -> None:
    """There are figures: it is no organization that was left out."""
    text = "Organization with ID 501 does not support per-device licensing"
    async with a_rig(a_vendor(coterm=an_error(400, text))) as rig:
        result = await audited(rig)

    assert (result.status, failure_of(result)) == (Status.PARTIAL, FailureClass.UNSUPPORTED_MODEL)


async def test_a_device_on_two_pages_counts_once() -> None:
    """One that is claimed while the list is read moves the others on."""
    first = a_page([a_device("Q2XX-TEST-0001", "MV12"), {"model": "MG21"}], following=f"{NEXT}/rest")
    rest = a_page([a_device("Q2XX-TEST-0001", "MV12"), a_device("Q2XX-TEST-0002", "MV12")])
    async with a_rig(a_vendor(inventory=first, rest=rest)) as rig:
        result = await audited(rig)

    account = account_of(result)
    assert account.use is not None
    assert account.use.families["MV"] == FamilyUse(3, 2)
    assert account.use.families["MG21"] == FamilyUse(0, 1)
    assert account.notes == {NoteKind.DUPLICATE_LICENSE: 1, NoteKind.MISSING_ID: 1}


async def test_a_run_that_is_cut_off_keeps_what_was_read_to_its_end() -> None:
    """Overview and keys after three requests; the inventory is missing."""
    async with a_rig(a_vendor(), latency_seconds=1.0) as rig:
        audit = an_audit(rig)
        with anyio.move_on_after(3.5):
            await audit.run(rig.fetcher)
        (result,) = audit.results(Failure(FailureClass.DEADLINE, "not finished"))

    account = account_of(result)
    assert result.status is Status.AUDITED
    assert missing_of(result) == {Extra.INVENTORY: FailureClass.DEADLINE}
    assert account.keys is not None
    assert account.use is None


async def test_a_run_that_is_cut_off_before_the_overview_has_nothing() -> None:
    """And says so."""
    async with a_rig(a_vendor()) as rig:
        (result,) = an_audit(rig).results(Failure(FailureClass.DEADLINE, "not finished"))

    assert (result.status, result.co_term, result.outlook) == (Status.FAILED, None, None)
