from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio
import pytest

from auditor.domain.outcome import Failure, FailureClass, Status
from auditor.domain.plan import Assignment, Errand, errands_of
from auditor.domain.question import Question
from auditor.domain.result import OrganizationResult
from auditor.engine.asking import Asking
from auditor.engine.audit import AuditOf, OrganizationAudit
from auditor.engine.events import InternalErrorCaught
from auditor.engine.fetcher import Fetcher
from auditor.engine.model_search import Audit
from auditor.engine.scheduler import Scheduler
from auditor.engine.stop import Stop
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Answer, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual


def assignments(count: int) -> list[Assignment]:
    return [Assignment(an_organization(f"{number:05}"), "north") for number in range(count)]


def auditing(rig: Rig) -> AuditOf:
    def audit_of(errand: Errand) -> tuple[Audit, Fetcher]:
        asking = Asking(BASE_URL, Question(WINDOWS, now=AS_OF), rig.events.append)
        return OrganizationAudit(errand[0], asking), rig.fetcher

    return audit_of


async def sweep(
    rig: Rig, work: list[Assignment], *, stop: Stop | None = None
) -> dict[str, OrganizationResult]:
    results: list[OrganizationResult] = []
    scheduler = Scheduler(auditing(rig), room=rig.room, stop=stop or Stop(), on_event=rig.events.append)

    def leave(left: Iterable[Assignment], failure: Failure) -> None:
        results.extend(OrganizationResult(one.organization, one.tenant, ending=failure) for one in left)

    await scheduler.sweep(errands_of(work), collect=results.append, leave=leave)
    assert len(results) == len(work), "exactly one result per organization"
    return {result.organization.id: result for result in results}


def one_license(request: Request) -> Response:
    return a_page([{"id": "1", "state": "active", "licenseType": "MX64-ENT"}], url=request.url)


def answering(**by_organization: Answer) -> Callable[[Request], Response]:
    """One license for everybody, but for those that are named (`o00007=...`)."""

    def answer(request: Request) -> Response:
        special = by_organization.get(f"o{request.organization_id}", one_license)
        if isinstance(special, Exception):
            raise special
        return special if isinstance(special, Response) else special(request)

    return answer


async def test_every_organization_is_audited_once() -> None:
    """Nothing is lost and nothing is asked twice."""
    async with a_rig(one_license) as rig:
        results = await sweep(rig, assignments(300))

    assert {result.status for result in results.values()} == {Status.AUDITED}
    assert rig.traffic.requests == 300
    assert rig.gate.organizations == 0, "no budget is kept for an organization that is done"


async def test_the_number_of_tasks_does_not_grow_with_the_fleet() -> None:
    """Ten thousand organizations are a list, not ten thousand tasks."""
    peak = 0

    def watching(request: Request) -> Response:
        nonlocal peak
        peak = max(peak, len(anyio.get_running_tasks()))
        return one_license(request)

    async with a_rig(watching, latency_seconds=0.1, seats=10) as rig:
        await sweep(rig, assignments(1000))

    assert peak < 10 + 10


async def test_a_failure_stays_with_its_organization() -> None:
    """One refused, one broken, one of another model: the others are audited."""
    unsupported = an_error(400, "Organization with ID 3 does not support per-device licensing")
    special = answering(o00001=an_error(403, "no"), o00002=an_error(500), o00003=unsupported)
    async with a_rig(special) as rig:
        results = await sweep(rig, assignments(10))

    assert {one.organization.id for one in results.values() if one.status is not Status.AUDITED} == {
        "00001",
        "00002",
        "00003",
    }
    assert {one.status for one in results.values()} == {Status.AUDITED, Status.FAILED}


async def test_a_defect_of_this_program_costs_one_organization() -> None:
    """What nobody thought of is contained, told, and not hidden."""
    async with a_rig(answering(o00004=RuntimeError("surprise"))) as rig:
        results = await sweep(rig, assignments(10))

    ending = results["00004"].ending
    assert isinstance(ending, Failure)
    assert ending.failure_class is FailureClass.INTERNAL
    assert "surprise" not in ending.message
    assert any(isinstance(event, InternalErrorCaught) for event in rig.events)
    assert sum(one.status is Status.AUDITED for one in results.values()) == 9


async def test_a_failure_after_some_pages_is_partial_with_what_was_read() -> None:
    """Lower bounds are worth having, and are called what they are."""

    def two_pages(request: Request) -> Response:
        if "second" in request.url:
            return an_error(404, "gone")
        rows = [{"id": str(number), "state": "unused", "licenseType": "MR-ENT"} for number in range(3)]
        return a_page(rows, following=f"{BASE_URL}/second", url=request.url)

    async with a_rig(two_pages) as rig:
        (result,) = (await sweep(rig, assignments(1))).values()

    assert (result.status, result.pages) == (Status.PARTIAL, 1)
    assert result.tally is not None
    assert result.tally.by_state["unused"] == 3


async def test_when_stopped_what_was_done_stays_and_the_rest_is_named() -> None:
    """A deadline costs what was not reached, and says so for each organization."""
    async with a_rig(one_license, latency_seconds=1.0, seats=10) as rig:
        stop = Stop()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stop.after, 2.5, "the deadline came")
            results = await sweep(rig, assignments(100), stop=stop)
            ended_at = anyio.current_time()

    done = [one for one in results.values() if one.status is Status.AUDITED]
    cut = [one for one in results.values() if one.status is Status.FAILED]
    assert (len(done), len(cut)) == (20, 80)
    assert ended_at == pytest.approx(2.5, abs=0.1)
    assert {one.ending.failure_class for one in cut if isinstance(one.ending, Failure)} == {
        FailureClass.DEADLINE
    }
    assert all("the deadline came" in one.ending.message for one in cut if one.ending)
    assert rig.traffic.abandoned == 10


async def test_a_sweep_that_is_cancelled_from_outside_ends_at_once() -> None:
    """No task outlives its sweep."""
    async with a_rig(one_license, latency_seconds=1000.0) as rig:
        with anyio.move_on_after(1) as scope:
            await sweep(rig, assignments(50))

    assert scope.cancelled_caught
    assert anyio.current_time() < 2


async def test_organizations_that_must_wait_hold_no_seat_that_others_need() -> None:
    """A hundred organizations under a long Retry-After, four seats: the others are done meanwhile."""
    limited = an_error(429, "API rate limit exceeded for organization", Retry_After="50")
    done_at: dict[str, float] = {}

    def answer(request: Request) -> Response:
        number = int(request.organization_id or "0")
        if number < 100 and anyio.current_time() < 40:
            return limited
        done_at[request.organization_id or ""] = anyio.current_time()
        return one_license(request)

    async with a_rig(answer, seats=4, latency_seconds=0.01) as rig:
        results = await sweep(rig, assignments(300))

    assert {result.status for result in results.values()} == {Status.AUDITED}
    assert max(at for number, at in done_at.items() if int(number) >= 100) < 10
    assert max(done_at.values()) > 50


async def test_organizations_that_back_off_hold_no_seat_either() -> None:
    """A server error is its organization's own wait."""
    failing = answering(**{f"o{number:05}": an_error(503, Retry_After="30") for number in range(50)})
    async with a_rig(failing, seats=2, attempts=2, latency_seconds=0.01) as rig:
        results = await sweep(rig, assignments(60))
        ended_at = anyio.current_time()

    assert sum(result.status is Status.FAILED for result in results.values()) == 50
    assert ended_at < 35


@pytest.mark.parametrize(
    ("answer", "failure_class"),
    [
        (an_error(404, "API access is disabled for this organization."), FailureClass.API_DISABLED),
        (
            an_error(400, "Organization with ID 1 does not support per-device licensing"),
            FailureClass.UNSUPPORTED_MODEL,
        ),
    ],
)
async def test_a_skip_in_the_middle_of_a_list_is_a_partial_organization(
    answer: Response, failure_class: FailureClass
) -> None:
    """What was begun and not finished is never a clean result."""

    def then(request: Request) -> Response:
        if "second" in request.url:
            return answer
        row = {"id": "1", "state": "active", "licenseType": "MX64-ENT"}
        return a_page([row], following=f"{BASE_URL}/second", url=request.url)

    async with a_rig(then) as rig:
        (result,) = (await sweep(rig, assignments(1))).values()

    assert result.status is Status.PARTIAL
    assert isinstance(result.ending, Failure)
    assert result.ending.failure_class is failure_class
