"""Reads what one tenant's key can read: attempts, redirects and pages, under the budgets.

The only owner of retries. Every wait is either a pause of the budget that was exceeded, which holds
back that budget's other requests too, or a back-off of this request alone. There is no wait after the
last attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Generic, TypeAlias, TypeVar

from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.engine.clock import elapsed
from auditor.engine.events import Listener, RequestRetried
from auditor.engine.gate import Gate, WithdrawnError
from auditor.engine.traffic import Traffic
from auditor.engine.transport import Transport
from auditor.errors import BadResponseError, ConnectionFailedError, RequestTimeoutError
from auditor.wire.answer import BudgetScope, Page, Redirected, Refused, RetryLater, read_answer
from auditor.wire.message import Request, Response
from auditor.wire.origin import Origin
from auditor.wire.retry import wait_seconds

MAX_REDIRECTS: Final = 5
"""Hops for one request; the vendor's own moves to a shard take one."""

MAX_PAGES: Final = 10_000
"""Ten million licenses in one organization: whatever pages on beyond that does not end."""

MAX_BARREN_PAGES: Final = 3
"""Pages in a row that bring nothing new and still name a next one, before it is called a loop."""

FULL_PAGE: Final = 1000
"""Rows that a page of whatever list has at least, where the vendor fills it."""

T = TypeVar("T")

ToCome: TypeAlias = Callable[[int], float]
"""Pages still to be asked for, by how many were read; anything below 1 counts as 1."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Rows that a list may have; beyond them it is taken for one that never ends. *setting* raises it."""

    rows: int
    setting: str

    @property
    def pages(self) -> int:
        """Pages that a list may have: twice those that so many rows fill, and `MAX_PAGES` anyway."""
        return max(MAX_PAGES, 2 * self.rows // FULL_PAGE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long lists may get: that of a tenant's organizations, and any list of one organization."""

    organizations: Bound = Bound(300_000, "limits.max_organizations (--max-organizations)")
    licenses: Bound = Bound(1_000_000, "limits.max_licenses (--max-licenses)")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """*attempts* is the total number of tries, the first included; waits are capped at *cap_seconds*."""

    attempts: int = 5
    cap_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """One decoded page. *broken_link* is set when a next page exists and cannot be followed."""

    value: T
    next_url: str | None
    broken_link: Failure | None


class Fetcher:
    """Reads with one tenant's key. After the vendor refused the key (401) it sends nothing more."""

    def __init__(
        self,
        transport: Transport,
        *,
        gate: Gate,
        origin: Origin,
        traffic: Traffic,
        policy: RetryPolicy,
        rng: Random,
        on_event: Listener,
        bounds: Bounds = Bounds(),
    ) -> None:
        self.bounds = bounds
        self._transport = transport
        self._gate = gate
        self._origin = origin
        self._traffic = traffic
        self._policy = policy
        self._rng = rng
        self._on_event = on_event
        self._dead_key: Failure | None = None

    async def walk(
        self,
        first: Request,
        *,
        decode: Callable[[bytes], T],
        fold: Callable[[T], int],
        to_come: ToCome = lambda read: 1 - read,
        bound: Bound | None = None,
    ) -> Failure | Skip | None:
        """Read *first* and every page after it, handing each to *fold*.

        *to_come* tells how many pages are expected still when so many were read. The more there are, the
        more urgent the request, for they can only be asked one after another. *fold* returns how many of
        the page's rows were new. Returns None when the last page was read, else why the walk ended early:
        what was folded until then stands. A list that goes on beyond *bound*, without one that of the
        licenses of an organization, is not read on.
        """
        bound = bound or self.bounds.licenses
        request, asked, barren, rows = first, {first.url}, 0, 0
        for pages_read in range(bound.pages):
            # Of equals, who has waited longest goes first. To finish what was begun before more is begun
            # would leave the long organizations that nobody knows of to the end.
            urgency = max(1.0, to_come(pages_read))
            step = await self._step(request, decode=decode, fold=fold, urgency=urgency)
            if not isinstance(step, _Next):
                return step
            barren = 0 if step.new_rows else barren + 1
            rows += step.new_rows
            if rows > bound.rows:
                return _endless(f"{rows:,} rows", bound)
            if step.url in asked or barren >= MAX_BARREN_PAGES:
                return _loop_failure(len(asked))
            asked.add(step.url)
            request = replace(request, url=step.url)
        return _endless(f"{bound.pages} pages", bound)

    def finished(self, organization_id: str) -> None:
        """Nothing more will be asked of this organization: let go of what is kept for it."""
        self._gate.forget(organization_id)

    async def _step(
        self, request: Request, *, decode: Callable[[bytes], T], fold: Callable[[T], int], urgency: float
    ) -> _Next | Failure | Skip | None:
        """One page, folded and let go before anything else is awaited."""
        fetched = await self.fetch(request, decode=decode, urgency=urgency)
        if not isinstance(fetched, Fetched):
            return fetched
        new_rows = fold(fetched.value)
        if fetched.next_url is None:
            return fetched.broken_link
        return _Next(fetched.next_url, new_rows)

    async def fetch(
        self, request: Request, *, decode: Callable[[bytes], T], urgency: float = 0.0
    ) -> Fetched[T] | Failure | Skip:
        """Read one page, trying again where that can help."""
        attempt = 1
        while isinstance(answer := await self._follow(request, decode=decode, urgency=urgency), _Failed):
            wait = self._wait_seconds(answer.reason, attempt=attempt)
            self._slow_down(request, answer, wait)
            if attempt >= self._policy.attempts:
                self._traffic.failures += 1
                return _failure_of(answer.reason, attempts=attempt)
            self._note_retry(request, answer.reason, attempt=attempt, wait=wait)
            if answer.reason.scope is None:
                await self._gate.back_off(request.organization_id, wait)
            attempt += 1
        return self._settled(answer.outcome, attempts=attempt) if isinstance(answer, Refused) else answer

    async def _follow(
        self, request: Request, *, decode: Callable[[bytes], T], urgency: float
    ) -> Fetched[T] | Failure | Refused | _Failed:
        """One attempt, redirects included; each hop is a request of its own to the budgets."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._exchange(request, urgency=urgency)
            match answer:
                case Redirected():
                    self._traffic.redirects += 1
                    request = replace(request, url=answer.url)
                case Page():
                    return self._decoded(answer, decode)
                case _:
                    return answer
        self._traffic.redirects -= 1  # the last hop was not followed
        self._traffic.failures += 1
        return Failure(FailureClass.BAD_RESPONSE, f"redirected more than {MAX_REDIRECTS} times", attempts=1)

    async def _exchange(
        self, request: Request, *, urgency: float
    ) -> Page | Refused | Redirected | Failure | _Failed:
        if self._dead_key is not None:
            return self._dead_key
        try:
            async with self._gate.admit(request.organization_id, urgency=urgency, owner=self):
                if self._dead_key is not None:
                    return self._dead_key
                began_at = elapsed()
                answer = await self._answer(request, began_at)
        except WithdrawnError:  # the key was refused meanwhile
            return await self._exchange(request, urgency=urgency)
        return _Failed(answer, began_at) if isinstance(answer, RetryLater) else answer

    async def _answer(self, request: Request, now: float) -> Page | Refused | Redirected | RetryLater:
        """Send once, and read what comes of it."""
        self._traffic.began(now, self._gate)
        body_bytes = 0
        try:
            response = await self._transport.send(request)
            body_bytes = len(response.body)
        except RequestTimeoutError as error:
            return RetryLater(FailureClass.TIMEOUT, str(error))
        except ConnectionFailedError as error:
            return RetryLater(FailureClass.CONNECTION, str(error))
        except BadResponseError as error:
            return RetryLater(FailureClass.BAD_RESPONSE, str(error))
        except BaseException:
            self._traffic.abandoned += 1
            raise
        finally:
            self._traffic.ended(elapsed(), body_bytes=body_bytes)
        return self._read(request, response)

    def _read(self, request: Request, response: Response) -> Page | Refused | Redirected | RetryLater:
        answer = read_answer(request, response, origin=self._origin)
        if isinstance(answer, RetryLater) and answer.failure_class is FailureClass.RATE_LIMITED:
            self._traffic.rate_limited += 1
        return answer

    def _settled(self, outcome: Failure | Skip, *, attempts: int) -> Failure | Skip:
        """An answer that no further attempt can change."""
        self._traffic.refusals += 1
        if isinstance(outcome, Skip):
            return outcome
        if outcome.failure_class is FailureClass.AUTH:
            self._dead_key = replace(outcome, attempts=0)  # of the requests that will not be sent
            self._gate.withdraw(self)
        return replace(outcome, attempts=attempts)

    def _decoded(self, page: Page, decode: Callable[[bytes], T]) -> Fetched[T] | _Failed:
        try:
            value = decode(page.body)
        except BadResponseError as error:
            reason = RetryLater(FailureClass.BAD_RESPONSE, str(error), http_status=200)
            return _Failed(reason, elapsed())
        self._traffic.pages += 1
        return Fetched(value, page.next_url, page.broken_link)

    def _wait_seconds(self, reason: RetryLater, *, attempt: int) -> float:
        return wait_seconds(
            attempt,
            retry_after=reason.retry_after,
            jitter=self._rng.random(),
            cap_seconds=self._policy.cap_seconds,
        )

    def _slow_down(self, request: Request, failed: _Failed, wait: float) -> None:
        """Pause and slow the budget that was exceeded, if one was, for everybody who draws on it."""
        scope, organization_id = failed.reason.scope, request.organization_id
        if scope is BudgetScope.ORGANIZATION and organization_id is not None:
            self._gate.organization_exceeded(organization_id, wait, began_at=failed.began_at)
        elif scope is not None:
            self._gate.address_exceeded(wait, began_at=failed.began_at)

    def _note_retry(self, request: Request, reason: RetryLater, *, attempt: int, wait: float) -> None:
        self._traffic.retries_by_class[reason.failure_class.value] += 1
        self._on_event(
            RequestRetried(request.organization_id, reason.failure_class, reason.http_status, attempt, wait)
        )


@dataclass(frozen=True, slots=True)
class _Failed:
    """An attempt that may succeed another time. *began_at* is when its request was sent."""

    reason: RetryLater
    began_at: float


@dataclass(frozen=True, slots=True)
class _Next:
    url: str
    new_rows: int


def _failure_of(answer: RetryLater, *, attempts: int) -> Failure:
    return Failure(
        answer.failure_class,
        answer.message,
        http_status=answer.http_status,
        attempts=attempts,
        request_id=answer.request_id,
    )


def _endless(read: str, bound: Bound) -> Failure:
    return Failure(
        FailureClass.PAGINATION,
        f"there is still a next page after {read}; if the list is that long, raise {bound.setting}",
    )


def _loop_failure(pages: int) -> Failure:
    return Failure(
        FailureClass.PAGINATION, f"page {pages} names a next page that was read already or brings nothing new"
    )
