"""One organization under each plan, against a scripted transport, in virtual time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain, repeat
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import orjson
import pytest

from auditor.domain.coverage import Coverage
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason, Status
from auditor.domain.outlook import Outlook
from auditor.domain.overview import Overview
from auditor.domain.plan import Assignment
from auditor.domain.question import PlanKind, Question
from auditor.domain.reducer import LicenseFold
from auditor.domain.result import OrganizationResult
from auditor.domain.sizes import Sizes
from auditor.engine import per_device_audit
from auditor.engine.asking import Asking
from auditor.engine.audit import OrganizationAudit
from auditor.engine.per_device_audit import PerDeviceAudit
from auditor.engine.scheduler import Scheduler
from auditor.engine.stop import Stop
from auditor.wire.message import Request, Response
from tests.domain.builders import AS_OF, WINDOWS, an_organization
from tests.engine.scripted import BASE_URL, Rig, a_page, a_rig, an_error, nobody_is_left

pytestmark = pytest.mark.virtual

PAGE = 1000
COUNTS = {
    "active": 4300,
    "expired": 20,
    "expiring": 1200,
    "recentlyQueued": 0,
    "unused": 7,
    "unusedActive": 0,
}


def ids_of(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(f"{state}{number}", state) for state, count in counts.items() for number in range(count)]


def an_overview(counts: dict[str, int], **changes: Any) -> Response:
    body = {
        "licenseCount": sum(counts.values()),
        "states": {state: {"count": count} for state, count in counts.items()},
        "systemsManager": {"counts": {"totalSeats": 0}},
    }
    return Response.of(f"{BASE_URL}/overview", 200, (), orjson.dumps(body | changes))


def a_vendor(
    counts: dict[str, int],
    *,
    overviews: Iterable[Response] = (),
    failing: Callable[[str], bool] = lambda _: False,
) -> Callable[[Request], Response]:
    """Answers as the vendor does for an organization with *counts*; 403 where the URL is *failing*.

    The first overviews are *overviews*, if there are any, and all others are the last of them.
    """
    given = list(overviews) or [an_overview(counts)]
    to_come: Iterator[Response] = chain(given, repeat(given[-1]))

    def answer(request: Request) -> Response:
        if failing(request.url):
            return an_error(403, "no")
        if request.url.endswith("/overview"):
            return next(to_come)
        query = parse_qs(urlsplit(request.url).query)
        state, start = query.get("state", [None])[0], int(query.get("startingAfter", ["0"])[0])
        rows = [one for one in ids_of(counts) if state in {None, one[1]}]
        following = None
        if start + PAGE < len(rows):
            base = request.url.partition("&startingAfter")[0]
            following = f"{base}&startingAfter={start + PAGE}"
        return a_page(map(row, rows[start : start + PAGE]), following=following, url=request.url)

    return answer


def row(license_: tuple[str, str]) -> dict[str, Any]:
    license_id, state = license_
    return {
        "id": license_id,
        "state": state,
        "licenseType": "MX64-ENT",
        "deviceSerial": "Q2XX-TEST-0001",
        "expirationDate": "2026-03-20T00:00:00Z" if state == "expiring" else None,
        "activationDate": "2025-03-20T00:00:00Z" if state == "expiring" else None,
    }


async def audited(
    rig: Rig,
    plan: PlanKind = PlanKind.FULL,
    *,
    reconcile: bool = False,
    run_after_days: int = 0,
    known_pages: int | None = None,
    stop: Stop | None = None,
    **organization: Any,
) -> OrganizationResult:
    audit = OrganizationAudit(
        Assignment(an_organization("501", **organization), "acme"),
        Asking(
            BASE_URL,
            Question(WINDOWS, plan, reconcile, now=AS_OF + timedelta(days=run_after_days)),
            rig.events.append,
            Sizes({} if known_pages is None else {"501": known_pages}),
        ),
    )
    results: list[OrganizationResult] = []
    scheduler = Scheduler(
        lambda _: (audit, rig.fetcher), room=rig.room, stop=stop or Stop(), on_event=rig.events.append
    )
    await scheduler.sweep([(audit.assignment,)], collect=results.append, leave=nobody_is_left)
    (result,) = results
    return result


def asked(rig: Rig) -> list[str]:
    """What was asked of the organization, without the way there."""
    return [url.removeprefix(f"{BASE_URL}/organizations/501/licenses") for url, _ in rig.transport.asked]


def nonzero(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {state: count for state, count in counts if count}


class TestCounts:
    async def test_one_request_gives_the_counts_by_state(self) -> None:
        """Whatever the organization's size."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            result = await audited(rig, PlanKind.COUNTS)

        assert asked(rig) == ["/overview"]
        assert (result.status, result.plan, result.pages) == (Status.AUDITED, PlanKind.COUNTS, 0)
        assert result.tally is not None
        assert nonzero(result.tally.by_state.items()) == nonzero(COUNTS.items())

    @pytest.mark.parametrize(
        ("plan", "is_reconciled"),
        [(PlanKind.COUNTS, False), (PlanKind.TARGETED, False), (PlanKind.FULL, True)],
    )
    async def test_the_overview_of_another_model_counts_nothing_and_is_kept(
        self,
        plan: PlanKind,
        is_reconciled: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """For whoever asks the organization under its own model; nothing else is asked under this one."""
        co_term = Response.of(
            f"{BASE_URL}/x", 200, (), b'{"status": "OK", "licensedDeviceCounts": {"MV": 4}}'
        )
        async with a_rig(a_vendor(COUNTS, overviews=[co_term]), attempts=2) as rig:
            audit = PerDeviceAudit(
                Assignment(an_organization("501"), "acme"),
                Asking(
                    BASE_URL,
                    Question(WINDOWS, plan, reconcile=is_reconciled, now=AS_OF),
                    rig.events.append,
                ),
            )
            (result,) = await audit.run(rig.fetcher)

        assert len(rig.transport.asked) == 1
        assert (result.status, result.tally) == (Status.SKIPPED, None)
        assert isinstance(result.ending, Skip)
        assert result.ending.reason is SkipReason.UNSUPPORTED_MODEL
        assert audit.overviews is not None
        assert audit.overviews.co_term is not None
        assert audit.overviews.co_term.licensed == {"MV": 4}

    @pytest.mark.parametrize("model", ["per-device", "co-term", "subscription"])
    async def test_an_overview_that_was_read_already_is_not_asked_for(self, model: str) -> None:
        """And tells that the plan fits, whatever the organization states."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            audit = PerDeviceAudit(
                Assignment(an_organization("501", licensing_model=model), "acme"),
                Asking(BASE_URL, Question(WINDOWS, PlanKind.COUNTS, now=AS_OF), rig.events.append),
                overview=Overview({"active": 7}, 7),
            )
            (result,) = await audit.run(rig.fetcher)

        assert rig.transport.asked == []
        assert (result.status, result.plan) == (Status.AUDITED, PlanKind.COUNTS)
        assert result.tally is not None
        assert result.tally.by_state["active"] == 7

    async def test_an_organization_that_no_model_answers_for_fails(self) -> None:
        """Its overview was refused already, and is not asked for again; its lists are."""
        text = "Organization with ID 501 does not support per-device licensing"
        async with a_rig(an_error(400, text)) as rig:
            result = await audited(rig, PlanKind.COUNTS)

        assert len(rig.transport.asked) == 3
        assert result.status is Status.FAILED
        assert isinstance(result.ending, Failure)
        assert result.ending.failure_class is FailureClass.UNSUPPORTED_MODEL

    async def test_an_organization_that_states_no_model_is_asked_for_its_list(self) -> None:
        """Which says what it is, where an overview of another model might say anything."""
        async with a_rig(a_vendor({"active": 3})) as rig:
            result = await audited(rig, PlanKind.COUNTS, licensing_model=None)

        assert asked(rig) == ["?perPage=1000"]
        assert result.plan is PlanKind.FULL


class TestTargeted:
    async def test_only_the_states_in_question_are_read_after_the_overview(self) -> None:
        """Four requests in place of six, and every count is there."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            result = await audited(rig, PlanKind.TARGETED)

        assert asked(rig) == [
            "/overview",
            "?perPage=1000&state=expiring",
            "?perPage=1000&state=expiring&startingAfter=1000",
            "?perPage=1000&state=unused",
        ]
        assert (result.status, result.plan, result.pages) == (Status.AUDITED, PlanKind.TARGETED, 3)
        assert result.tally is not None
        assert nonzero(result.tally.by_state.items()) == nonzero(COUNTS.items())
        assert result.tally.by_type == {"MX64-ENT": {"expiring": 1200, "unused": 7}}
        assert result.tally.expiring_within == {30: 1200, 60: 1200, 90: 1200}

    async def test_a_small_organization_is_read_in_full_and_says_so(self) -> None:
        """The whole list is one page."""
        async with a_rig(a_vendor({**COUNTS, "active": 10, "expiring": 3})) as rig:
            result = await audited(rig, PlanKind.TARGETED)

        assert asked(rig) == ["/overview", "?perPage=1000"]
        assert result.plan is PlanKind.FULL

    async def test_one_that_is_known_to_be_small_is_read_at_once(self) -> None:
        """Without the detour."""
        async with a_rig(a_vendor({"active": 1500})) as rig:
            result = await audited(rig, PlanKind.TARGETED, known_pages=2)

        assert asked(rig) == ["?perPage=1000", "?perPage=1000&startingAfter=1000"]
        assert result.plan is PlanKind.FULL

    async def test_one_that_looks_ahead_from_the_past_is_read_at_once(self) -> None:
        """What ended since then is in no state that would be read."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            result = await audited(rig, PlanKind.TARGETED, run_after_days=1)

        assert len(asked(rig)) == 6
        assert "/overview" not in asked(rig)
        assert result.plan is PlanKind.FULL

    async def test_where_a_state_cannot_be_read_its_number_is_still_known(self) -> None:
        """The windows are lower bounds, the counts by state are the overview's."""
        async with a_rig(a_vendor(COUNTS, failing=lambda url: "startingAfter" in url)) as rig:
            result = await audited(rig, PlanKind.TARGETED)

        assert (result.status, result.plan, result.pages) == (Status.PARTIAL, PlanKind.TARGETED, 1)
        assert result.tally is not None
        assert nonzero(result.tally.by_state.items()) == nonzero(COUNTS.items())
        assert result.tally.expiring_within[30] == 1000


class TestReconcile:
    async def test_a_list_that_agrees_gives_no_finding(self) -> None:
        """One request more than the pages."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            result = await audited(rig, reconcile=True)

        assert asked(rig)[:2] == ["/overview", "?perPage=1000"]
        assert len(asked(rig)) == 7
        assert (result.status, result.findings, result.is_reconciled) == (Status.AUDITED, (), True)

    async def test_a_list_that_lacks_a_license_is_found_out(self) -> None:
        """By a second look at the overview, in the sum and in its state; the organization stays audited."""
        lacking = a_vendor({**COUNTS, "expiring": 1199}, overviews=[an_overview(COUNTS)])
        async with a_rig(lacking) as rig:
            result = await audited(rig, reconcile=True)

        assert asked(rig).count("/overview") == 2
        assert asked(rig)[-1] == "/overview"
        assert (result.status, result.is_reconciled) == (Status.AUDITED, True)
        assert [(one.subject, one.message) for one in result.findings] == [
            ("total", "the list has 5,526, the overview says 5,527"),
            ("byState.expiring", "the list has 1,199, the overview says 1,200"),
        ]

    async def test_a_license_that_went_while_the_list_was_read_is_no_finding(self) -> None:
        """The overview from before has it, the one from after has it no more."""
        fewer = {**COUNTS, "expiring": 1199}
        async with a_rig(a_vendor(fewer, overviews=[an_overview(COUNTS), an_overview(fewer)])) as rig:
            result = await audited(rig, reconcile=True)

        assert asked(rig).count("/overview") == 2
        assert (result.findings, result.is_reconciled) == ((), True)

    async def test_an_overview_that_cannot_be_read_is_no_disagreement_and_no_failure(self) -> None:
        """The list was read, and stands; that it was not compared is told, with the reason."""
        async with a_rig(a_vendor({"active": 3}, failing=lambda url: "overview" in url)) as rig:
            result = await audited(rig, reconcile=True)

        assert (result.status, result.is_reconciled) == (Status.AUDITED, False)
        (finding,) = result.findings
        assert (finding.subject, finding.severity) == ("notCompared", "info")
        assert "HTTP 403" in finding.message

    async def test_a_difference_that_cannot_be_confirmed_is_not_told(self) -> None:
        """A single look may have been too early."""
        refusal = an_error(403, "no")
        async with a_rig(a_vendor({"active": 3}, overviews=[an_overview({"active": 4}), refusal])) as rig:
            result = await audited(rig, reconcile=True)

        assert (result.status, result.is_reconciled) == (Status.AUDITED, False)
        assert [one.subject for one in result.findings] == ["notCompared"]

    async def test_a_run_that_ends_before_the_comparison_keeps_the_list(self) -> None:
        """All pages were read; only the comparison is missing, and that is told."""
        vendor = a_vendor({"active": 3}, overviews=[an_overview({"active": 4})])
        async with a_rig(vendor, latency_seconds=1.0) as rig:
            stop = Stop()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(stop.after, 2.5, "the deadline came")
                result = await audited(rig, reconcile=True, stop=stop)

        assert (result.status, result.is_reconciled) == (Status.AUDITED, False)
        (finding,) = result.findings
        assert finding.subject == "notCompared"
        assert "the deadline came" in finding.message

    async def test_a_list_that_is_not_complete_is_not_compared(self) -> None:
        """It would differ, of course."""
        async with a_rig(a_vendor(COUNTS, failing=lambda url: "startingAfter" in url)) as rig:
            result = await audited(rig, reconcile=True)

        assert (result.status, result.findings, result.is_reconciled) == (Status.PARTIAL, (), False)
        assert asked(rig).count("/overview") == 1

    async def test_the_overview_of_a_targeted_audit_is_the_first_of_the_two(self) -> None:
        """An organization that turned out to be small."""
        small = {**COUNTS, "active": 10, "expiring": 3}
        lacking = a_vendor(small, overviews=[an_overview({**small, "active": 11})])
        async with a_rig(lacking) as rig:
            result = await audited(rig, PlanKind.TARGETED, reconcile=True)

        assert asked(rig) == ["/overview", "?perPage=1000", "/overview"]
        assert [one.subject for one in result.findings] == ["total", "byState.active"]

    @pytest.mark.parametrize("plan", [PlanKind.COUNTS, PlanKind.TARGETED])
    async def test_figures_that_are_the_overviews_own_are_not_compared_with_it(self, plan: PlanKind) -> None:
        """There is no second opinion."""
        async with a_rig(a_vendor(COUNTS)) as rig:
            result = await audited(rig, plan, reconcile=True)

        assert (result.findings, result.is_reconciled) == ((), False)
        assert asked(rig).count("/overview") == 1


class TestLongLists:
    @pytest.mark.parametrize(("longest", "is_beside"), [(2, True), (3, False)])
    async def test_the_end_of_a_long_list_is_judged_beside_the_event_loop(
        self,
        monkeypatch: pytest.MonkeyPatch,
        longest: int,
        is_beside: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """Others are served meanwhile; a short one is judged where it is."""
        turned, close = threading.Event(), LicenseFold.close
        has_turned: list[bool] = []
        loop = asyncio.get_running_loop()

        def closing(fold: LicenseFold) -> tuple[Coverage, Outlook]:
            loop.call_soon_threadsafe(turned.set)
            has_turned.append(turned.wait(10 if is_beside else 0))
            return close(fold)

        monkeypatch.setattr(per_device_audit, "LONG_LIST", longest)
        monkeypatch.setattr(LicenseFold, "close", closing)
        async with a_rig(a_vendor({"active": 3})) as rig:
            result = await audited(rig)

        assert has_turned == [is_beside]
        assert result.outlook is not None
        assert result.coverage is not None
