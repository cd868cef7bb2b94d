from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import anyio
import pytest

from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.engine.events import RequestRetried
from auditor.engine.fetcher import MAX_REDIRECTS, Bounds
from auditor.errors import BadResponseError, ConnectionFailedError, RequestTimeoutError
from auditor.wire.message import Request, Response
from auditor.wire.rows import decode_rows
from tests.engine.scripted import BASE_URL, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual

FIRST = Request(f"{BASE_URL}/first", "1")
LIMITED = "API rate limit exceeded for organization"


async def walk(rig: Rig, request: Request = FIRST) -> tuple[list[Any], Failure | Skip | None]:
    """All rows, and how the walk ended."""
    rows: list[Any] = []

    def fold(page: list[object]) -> int:
        new = [row for row in page if row not in rows]
        rows.extend(page)
        return len(new)

    return rows, await rig.fetcher.walk(request, decode=decode_rows, fold=fold)


def rows(*ids: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in ids]


class TestPages:
    async def test_the_walk_follows_next_until_there_is_none(self) -> None:
        """Pages come in order and whole."""
        second, third = f"{BASE_URL}/second", f"{BASE_URL}/third"
        async with a_rig(
            a_page(rows(1, 2), following=second), a_page(rows(3), following=third), a_page(rows(4))
        ) as rig:
            found, ending = await walk(rig)

        assert [row["id"] for row in found] == [1, 2, 3, 4]
        assert ending is None
        assert [url for url, _ in rig.transport.asked] == [FIRST.url, second, third]

    async def test_a_short_or_empty_page_is_not_the_end(self) -> None:
        """Only the absence of `next` ends a list."""
        async with a_rig(a_page([], following=f"{BASE_URL}/second"), a_page(rows(1))) as rig:
            found, ending = await walk(rig)

        assert (len(found), ending) == (1, None)

    async def test_a_next_page_that_was_read_already_ends_as_pagination(self) -> None:
        """A loop is an error, never an endless run."""
        async with a_rig(
            a_page(rows(1), following=f"{BASE_URL}/second"),
            a_page(rows(2), following=FIRST.url, url=f"{BASE_URL}/second"),
        ) as rig:
            found, ending = await walk(rig)

        assert len(found) == 2
        assert isinstance(ending, Failure)
        assert ending.failure_class is FailureClass.PAGINATION

    async def test_pages_that_bring_nothing_new_end_as_pagination(self) -> None:
        """A server that invents tokens for ever is found out by what it does not bring."""
        numbers = iter(range(1000))

        def same_again(request: Request) -> Response:
            return a_page(rows(1), following=f"{BASE_URL}/page{next(numbers)}", url=request.url)

        async with a_rig(same_again) as rig:
            _, ending = await walk(rig)

        assert isinstance(ending, Failure)
        assert ending.failure_class is FailureClass.PAGINATION
        assert rig.traffic.requests < 10

    async def test_a_next_page_on_another_host_is_not_asked(self) -> None:
        """The key goes nowhere else, and what was read counts as incomplete."""
        async with a_rig(a_page(rows(1), following="https://evil.example/api/v1/x")) as rig:
            found, ending = await walk(rig)

        assert len(found) == 1
        assert isinstance(ending, Failure)
        assert ending.failure_class is FailureClass.PAGINATION
        assert len(rig.transport.asked) == 1


class TestRedirects:
    async def test_a_redirect_to_the_vendors_shard_is_followed(self) -> None:
        """The vendor moves calls to its shards."""
        moved = an_error(302, Location="https://n123.meraki.com/api/v1/first")
        async with a_rig(moved, a_page(rows(1))) as rig:
            found, ending = await walk(rig)

        assert (len(found), ending) == (1, None)
        assert rig.transport.asked[1][0] == "https://n123.meraki.com/api/v1/first"
        assert rig.traffic.redirects == 1

    async def test_a_redirect_to_a_stranger_is_refused(self) -> None:
        """The peers' SDK hands its key to whoever redirects it."""
        async with a_rig(an_error(302, Location="https://evil.example/")) as rig:
            _, ending = await walk(rig)

        assert isinstance(ending, Failure)
        assert ending.failure_class is FailureClass.BAD_RESPONSE
        assert "evil.example" in ending.message
        assert len(rig.transport.asked) == 1

    async def test_a_redirect_loop_is_bounded(self) -> None:
        """Hops are counted."""
        async with a_rig(an_error(302, Location=f"{BASE_URL}/first")) as rig:
            _, ending = await walk(rig)

        assert isinstance(ending, Failure)
        assert len(rig.transport.asked) == MAX_REDIRECTS + 1


class TestRetries:
    @pytest.mark.parametrize(
        "failure",
        [
            an_error(500),
            an_error(502),
            an_error(503),
            an_error(504),
            an_error(530),
            an_error(429, LIMITED, Retry_After="1"),
            an_error(429),
            ConnectionFailedError("reset"),
            RequestTimeoutError("late"),
            BadResponseError("too large"),
            Response.of(FIRST.url, 200, (), b"<!DOCTYPE html><html></html>"),
            Response.of(FIRST.url, 200, (), b""),
            Response.of(FIRST.url, 200, (), b'[{"id": 1}, {"id"'),
        ],
        ids=lambda value: str(getattr(value, "status", value)),
    )
    async def test_what_may_pass_is_tried_again(self, failure: Response | Exception) -> None:
        """One bad answer costs a retry, not an organization."""
        async with a_rig(failure, a_page(rows(1))) as rig:
            found, ending = await walk(rig)

        assert (len(found), ending) == (1, None)
        assert (rig.traffic.retries, rig.traffic.failures) == (1, 0)

    async def test_licenses_that_never_end_are_ended_by_their_bound(self) -> None:
        """Every page is fresh: what was read is kept, and the setting to raise is named."""
        pages = count(1)

        def fresh(_: Request) -> Response:
            page = next(pages)
            return a_page(rows(2 * page, 2 * page + 1), following=f"{BASE_URL}/next?startingAfter={page}")

        async with a_rig(fresh) as rig:
            rig.fetcher.bounds = Bounds(licenses=replace(Bounds().licenses, rows=6))
            found, ending = await walk(rig)

        assert len(found) == 8
        assert isinstance(ending, Failure)
        assert ending.failure_class is FailureClass.PAGINATION
        assert "raise limits.max_licenses (--max-licenses)" in ending.message

    async def test_there_are_as_many_attempts_as_allowed_and_no_wait_after_the_last(self) -> None:
        """`attempts` is the total; the SDK of the vendor sleeps once more before it gives up."""
        async with a_rig(an_error(503, Retry_After="10"), attempts=3) as rig:
            _, ending = await walk(rig)
            ended_at = anyio.current_time()

        assert isinstance(ending, Failure)
        assert (ending.failure_class, ending.attempts, ending.http_status) == (FailureClass.SERVER, 3, 503)
        assert len(rig.transport.asked) == 3
        assert ended_at == pytest.approx(20, abs=0.1)
        assert [event.attempt for event in rig.events if isinstance(event, RequestRetried)] == [1, 2]

    async def test_a_huge_retry_after_is_capped(self) -> None:
        """An hour's Retry-After must not cost the night."""
        async with a_rig(an_error(429, LIMITED, Retry_After="3600"), a_page(), cap_seconds=60) as rig:
            await walk(rig)

        assert rig.transport.asked[1][1] == pytest.approx(60, abs=0.1)

    async def test_a_429_for_the_organization_pauses_that_organization_only(self) -> None:
        """Others go on while it waits."""
        limited = an_error(429, LIMITED, Retry_After="30")
        async with a_rig(limited, a_page()) as rig, anyio.create_task_group() as tasks:
            tasks.start_soon(walk, rig)
            await anyio.sleep(1)
            await walk(rig, Request(f"{BASE_URL}/other", "2"))
            assert anyio.current_time() < 2

        assert rig.traffic.rate_limited == 1

    async def test_a_429_of_the_web_server_pauses_everybody(self) -> None:
        """Without the vendor's text it is the address that asked too much."""
        limited = an_error(429, Retry_After="30")
        async with a_rig(limited, a_page()) as rig, anyio.create_task_group() as tasks:
            tasks.start_soon(walk, rig)
            await anyio.sleep(1)
            await walk(rig, Request(f"{BASE_URL}/other", "2"))
            assert anyio.current_time() >= 30

    @pytest.mark.parametrize("status", [400, 403, 404, 422])
    async def test_what_will_not_pass_is_asked_once(self, status: int) -> None:
        """A refusal is an answer."""
        async with a_rig(an_error(status, "no")) as rig:
            _, ending = await walk(rig)

        assert isinstance(ending, Failure)
        assert (ending.http_status, ending.attempts) == (status, 1)
        assert rig.traffic.refusals == 1

    async def test_the_wrong_model_is_a_skip(self) -> None:
        """The vendor's recorded 400 says that the organization is for another audit."""
        text = "Organization with ID 1 does not support per-device licensing"
        async with a_rig(an_error(400, text)) as rig:
            _, ending = await walk(rig)

        assert isinstance(ending, Skip)
        assert ending.reason is SkipReason.UNSUPPORTED_MODEL


class TestDeadKey:
    async def test_after_a_401_nothing_more_is_sent_with_that_key(self) -> None:
        """A dead key fails at once, not a thousand times."""
        async with a_rig(an_error(401, "Invalid API key")) as rig:
            _, first = await walk(rig)
            _, second = await walk(rig, Request(f"{BASE_URL}/other", "2"))

        assert isinstance(first, Failure)
        assert isinstance(second, Failure)
        assert (first.failure_class, first.attempts) == (FailureClass.AUTH, 1)
        assert (second.failure_class, second.attempts) == (FailureClass.AUTH, 0)
        assert len(rig.transport.asked) == 1
