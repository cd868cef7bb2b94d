"""Has an audit done in parts by the workers of a Dask scheduler, and takes what comes back.

Dask decides which worker audits which part, and runs the parts of a lost worker again elsewhere: up to
`distributed.scheduler.allowed-failures` times (3, unless its configuration says otherwise).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import orjson

from auditor.assembly import Found, question_of
from auditor.cluster.events import ClusterListener, PartDone, PartFailed, PartNotKept, PartRefused, PartsSent
from auditor.cluster.order import Order, number_of
from auditor.cluster.part_check import PartRefusedError, checked_part
from auditor.cluster.staff import CONNECT_SECONDS, Staff
from auditor.cluster.untold import report_without
from auditor.cluster.working import audit_part, end_early, find_all
from auditor.domain.forecast import load_of
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.shard import Shard
from auditor.domain.window import Windows
from auditor.engine.audit import cut_short
from auditor.engine.stop import Stop
from auditor.errors import Problem, SettingsError
from auditor.report.document import TrafficFacts
from auditor.report.reading import Document

if TYPE_CHECKING:
    from distributed import Client, Future

PARTS_PER_WORKER: Final = 3
"""So many that a lost worker loses little and a slow one holds up little; so few that beginning each anew
costs next to nothing."""

RETRIES: Final = 2
"""How many times a part is tried again that failed where its worker lives on, or whose report was refused."""

GRACE_SECONDS: Final = 15.0
"""How long a run that is over waits for workers to write down what they have read."""


@dataclass(slots=True)
class Harvest:
    """Which of *count* parts came back, and why others did not, by their number.

    *addresses* is how many budgets the workers had together, *search* what it took to find the organizations;
    why that failed stands under 0.
    """

    count: int = 0
    addresses: float = 0.0
    search: TrafficFacts | None = None
    done: set[int] = field(default_factory=set)
    failures: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """How an audit is cut, and what becomes of the reports on its parts.

    *join* is given each report; one call at a time, from any thread. *begin* hears of the number of parts and
    the sizes that they are cut by, before the first is sent; *keep* is given the text of each as it comes. It
    may raise OSError, which is told and does no more harm. A run that is resumed has *count* and *sizes*
    of the one before, and *kept* from it, by number.
    """

    join: Callable[[Document], None]
    begin: Callable[[int, Mapping[str, int]], None]
    keep: Callable[[Shard, bytes], None]
    count: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    kept: Iterable[tuple[int, Document]] = ()


@asynccontextmanager
async def _connected(scheduler: str) -> AsyncIterator[Client]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, which other engines do without
    except ImportError as error:
        hint = "install it with: pip install 'auditor[dask]'"
        raise SettingsError(Problem("--engine", "Dask is not installed here", hint)) from error
    # Its own handler would write past ours.
    logger = logging.getLogger("distributed")
    logger.handlers.clear()
    logger.propagate = True
    try:
        client = await Client(  # type: ignore[no-untyped-call]  # its types are partial
            scheduler, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS
        )
    except (OSError, ValueError) as error:
        what = f"no scheduler answers at {scheduler}"
        raise SettingsError(Problem("--engine", what, "is it running, and its port open?")) from error
    try:
        yield client
    finally:
        with anyio.move_on_after(CONNECT_SECONDS, shield=True):
            await client.close()


async def audit_in_parts(
    order: Order, *, scheduler: str, parts: Parts, stop: Stop, on_event: ClusterListener
) -> Harvest:
    """Have every part of *order* audited by the workers of *scheduler*, `HOST:PORT`.

    When *stop* is asked for, or the deadline comes, workers hand in what they have read until then.

    Raises:
        SettingsError: there is no scheduler or no worker that can do it; nothing was fetched.
    """
    harvest = Harvest()
    async with _connected(scheduler) as client:
        staff = Staff(client, order.sent({}), on_event)
        is_mustered = False
        async with stop.scope():
            await staff.muster()
            is_mustered = True
        if is_mustered:
            harvest.addresses = staff.budgets()
            field_work = _FieldWork(staff, order.sent(staff.rates), harvest, parts, stop)
            await field_work.run(order.settings.limits.deadline)
    return harvest


@dataclass(frozen=True, slots=True)
class _FieldWork:
    """The search, and then the parts, on their way to workers and back."""

    staff: Staff
    order: Order
    harvest: Harvest
    parts: Parts
    stop: Stop
    one_at_a_time: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))

    async def run(self, deadline: float | None) -> None:
        """Until the last part is back, or the run was stopped."""
        async with anyio.create_task_group() as watches:
            if deadline is not None:
                watches.start_soon(self.stop.after, deadline, f"the deadline of {deadline:g} s came")
            watches.start_soon(self.staff.look_round, self.stop)
            orders: list[Order] = []
            async with anyio.create_task_group() as tasks:
                watches.start_soon(self._end_on_stop, tasks.cancel_scope)
                found = await self._search()
                orders += [] if found is None else self._orders(found)
                for order in orders:
                    tasks.start_soon(self._bring_back, order)
            watches.cancel_scope.cancel()
        for order in orders:
            if number_of(order) not in self.harvest.done:
                self._give_up(order)

    async def _search(self) -> Found | None:
        """What there is to audit, as the key of a worker sees it."""
        order = replace(self.order, pages={})
        try:
            result, _ = await self._done(find_all, order, name="search")
        except Exception as error:  # noqa: BLE001 - whatever a worker may raise, and Dask about it
            self._fail(0, "the search for organizations", _told(error))
            return None
        if result is None:
            return None
        found: Found = result[0]
        self.harvest.search = result[1]
        return found

    def _orders(self, found: Found) -> list[Order]:
        """What is to be sent, when what is known from before has been joined."""
        harvest, parts = self.harvest, self.parts
        count = len(found.plan.assignments) + len(found.plan.settled)
        harvest.count = parts.count or max(1, min(PARTS_PER_WORKER * len(self.staff.places), count))
        sizes = parts.sizes if parts.count else _sizes(found, self.order)
        parts.begin(harvest.count, sizes)
        known = 0
        shards = [Shard(index, harvest.count, sizes) for index in range(1, harvest.count + 1)]
        orders = {index: self.order.part(shard, found) for index, shard in enumerate(shards, 1)}
        for index, report in parts.kept:
            try:
                checked_part(orjson.dumps(report), orders[index])
            except PartRefusedError as error:
                self.staff.on_event(PartRefused(str(orders[index].shard), None, str(error)))
                continue
            known += len(report["organizations"])
            parts.join(report)
            harvest.done.add(index)
            del orders[index]
        workers = len(self.staff.places)
        self.staff.on_event(PartsSent(workers, len(orders), len(harvest.done), known))
        return list(orders.values())

    async def _end_on_stop(self, waiting: anyio.CancelScope) -> None:
        """Tell all workers that the run is over, and wait no longer than the grace."""
        async with self.stop.scope():
            await anyio.sleep_forever()
        with anyio.move_on_after(GRACE_SECONDS):
            tell = partial(end_early, self.order.run_id, self.stop.reason or "the run was stopped")
            await self.staff.client.run(tell, on_error="ignore")
            await anyio.sleep_forever()
        waiting.cancel()

    async def _bring_back(self, order: Order) -> None:
        """Have a part audited, and again by another worker when what comes back is not what was ordered."""
        shard = order.shard
        assert shard is not None  # noqa: S101 - of `_orders`
        for attempt in range(1 + RETRIES):
            name = f"{shard.index}" if attempt == 0 else f"{shard.index}-again-{attempt}"
            try:
                text, worker = await self._done(audit_part, order, name=name)
            except Exception as error:  # noqa: BLE001 - whatever a worker may raise, and Dask about it
                self._fail(shard.index, str(shard), _told(error))
                return
            if text is None:
                return
            try:
                take = partial(self._take, order, text)
                await anyio.to_thread.run_sync(take, limiter=self.one_at_a_time)
            except PartRefusedError as error:
                await self._refuse(order, worker, str(error))
            else:
                return
        self._fail(shard.index, str(shard), self.harvest.failures[shard.index])

    async def _refuse(self, order: Order, worker: str, reason: str) -> None:
        """Report what is wrong with a part, and give its worker no other."""
        self.harvest.failures[number_of(order)] = f"the report of its worker was refused: {reason}"
        self.staff.on_event(PartRefused(str(order.shard), worker, reason))
        await self.staff.dismiss(worker)

    async def _done(self, work: Callable[[Order], Any], order: Order, *, name: str) -> tuple[Any, str]:
        """What *work* returns on a worker that can do it, and which one did; raises what it raises there."""
        future: Future[Any] = self.staff.client.submit(
            work,
            order,
            key=f"auditor_part-{order.run_id}-{name}",
            retries=RETRIES,
            pure=False,
            resources={self.staff.resource: 1},
        )
        try:
            return await future, await self._holder_of(future)
        finally:
            future.release()  # type: ignore[no-untyped-call]

    async def _holder_of(self, future: Future[Any]) -> str:
        """The worker that has the result of *future*; empty where the scheduler does not say."""
        ask: Any = self.staff.client.who_has  # its types know no coroutine
        with suppress(OSError, TimeoutError), anyio.fail_after(CONNECT_SECONDS):
            holders: Mapping[str, tuple[str, ...]] = await ask([future])
            return next((worker for workers in holders.values() for worker in workers), "")
        return ""

    def _take(self, order: Order, text: bytes) -> None:
        """Check and join a report; in a thread, for it takes a while in which the scheduler wants answers.

        Raises:
            PartRefusedError: it is not the report that *order* asks for.
        """
        shard = order.shard
        assert shard is not None  # noqa: S101 - of `_orders`
        report = checked_part(text, order)
        self.parts.join(report)
        self.harvest.done.add(shard.index)
        self.harvest.failures.pop(shard.index, None)
        try:
            self.parts.keep(shard, text)
        except OSError as error:
            self.staff.on_event(PartNotKept(str(error.strerror or error)))
        self.staff.on_event(PartDone(str(shard), len(report["organizations"])))

    def _give_up(self, order: Order) -> None:
        """Tell of a part that did not come back: of each of its organizations, why it could not be read."""
        assert order.found is not None  # noqa: S101 - of `_orders`
        reason = self.harvest.failures.get(number_of(order))
        if reason is None:
            failure = cut_short(self.stop.reason or "the run was stopped")
        else:
            failure = Failure(FailureClass.INTERNAL, f"not read: {reason}")
        self.parts.join(report_without(order, order.found, failure))

    def _fail(self, number: int, name: str, reason: str) -> None:
        self.harvest.failures[number] = reason
        self.staff.on_event(PartFailed(name, reason))


def _sizes(found: Found, order: Order) -> dict[str, int]:
    """The requests that each organization takes at least, as far as that is known, by id."""
    audit = order.settings.audit
    windows = Windows(order.as_of, audit.windows_days)
    question = question_of(audit, windows, audit.plan, now=order.as_of)
    organizations = [one.organization for one in found.plan.assignments]
    return {
        one.id: load_of(one, question, host="", known_pages=order.pages.get(one.id)).least
        for one in organizations
    }


def _told(error: Exception) -> str:
    """Why there is nothing, in a line and without anything that an error may carry along."""
    if isinstance(error, SettingsError):
        return "; ".join(map(str, error.problems))
    match type(error).__name__:
        case "KilledWorker":
            return "every worker that was given it died"
        case "FutureCancelledError":
            return "the scheduler lost it"
        case name:
            return f"its worker failed: {name}"
