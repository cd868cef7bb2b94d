"""Sends the parts of an audit to the workers of a Dask scheduler, and takes what comes back.

Dask decides which worker audits which part, and runs the parts of a lost worker again elsewhere: up to
`distributed.scheduler.allowed-failures` times (3, unless its configuration says otherwise).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import orjson

from auditor import __version__
from auditor.cluster.events import (
    ClusterListener,
    EgressShared,
    PartDone,
    PartFailed,
    PartNotKept,
    PartsSent,
    WorkerUnfit,
)
from auditor.cluster.order import Order
from auditor.cluster.place import Place, shared_egresses
from auditor.cluster.working import Present, answer_roll_call, audit_part, end_early
from auditor.domain.shard import Shard
from auditor.engine.stop import Stop
from auditor.errors import Problem, SettingsError
from auditor.report.reading import Document

if TYPE_CHECKING:
    from distributed import Client, Future

PARTS_PER_WORKER: Final = 3
"""So many that a lost worker loses little and a slow one holds up little; so few that listing the
organizations anew for each, a request per 9,000, costs next to nothing."""

RETRIES: Final = 2
"""How many times a part is tried again that failed where its worker lives on."""

CONNECT_SECONDS: Final = 10.0
ROLL_CALL_SECONDS: Final = 60.0
"""A program that tells a key may take its time."""

GRACE_SECONDS: Final = 15.0
"""How long a run that is over waits for workers to write down what they have read."""


@dataclass(slots=True)
class Harvest:
    """What came back: *reports* and *failures* by the number of their part, of *count*.

    *addresses* is how many budgets the workers had together.
    """

    count: int
    addresses: float
    reports: dict[int, Document]
    failures: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """How an audit is cut: in *count* parts, of which *kept* are known; None cuts it for the workers there.

    *begin* hears of the number of parts before the first is sent, *keep* is given each report as it comes.
    It may raise OSError, which is told and does no more harm.
    """

    begin: Callable[[int], None]
    keep: Callable[[Shard, bytes], None]
    count: int | None = None
    kept: Mapping[int, Document] = field(default_factory=dict)


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
    async with _connected(scheduler) as client:
        answers: Mapping[str, object] | None = None
        async with stop.scope():
            answers = await _call_the_roll(client, order)
        if answers is None:
            return Harvest(0, 0.0, {})
        places = _fit(answers, on_event)
        shared = list(shared_egresses(places, order.settings))
        for one in shared:
            on_event(EgressShared(one))
        harvest = Harvest(
            parts.count or PARTS_PER_WORKER * len(places),
            addresses=_budgets(places, {one.egress: one.rate for one in shared}, order),
            reports=dict(parts.kept),
        )
        parts.begin(harvest.count)
        left = harvest.count - len(harvest.reports)
        on_event(PartsSent(len(places), left, len(harvest.reports)))
        field_work = _FieldWork(client, harvest, parts, order.run_id, on_event)
        orders = field_work.orders(order, {one.egress: one.rate for one in shared})
        await field_work.run(orders, stop=stop, deadline=order.settings.limits.deadline)
        return harvest


async def _call_the_roll(client: Client, order: Order) -> Mapping[str, object]:
    """What each worker says of itself; nothing where none comes, or one does not answer in time."""
    call = partial(answer_roll_call, order.part(Shard(1, 1), {}).settings, order.read_keys)
    with suppress(TimeoutError):
        waiting: Any = client.wait_for_workers  # its types know no coroutine
        await waiting(1, timeout=CONNECT_SECONDS)
        with anyio.fail_after(ROLL_CALL_SECONDS):
            answers: Mapping[str, object] = await client.run(call, on_error="return")
            return answers
    return {}


def _fit(answers: Mapping[str, object], on_event: ClusterListener) -> dict[str, Place]:
    """Where each worker is that can do its part."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    for worker, answer in answers.items():
        if isinstance(answer, Present) and answer.place and not _unfitness(answer):
            places[worker] = answer.place
        else:
            problems += _unfitness(answer)
            on_event(WorkerUnfit(worker, _unfitness(answer)))
    if not places:
        hint = "start one: dask worker HOST:PORT --nthreads 1"
        none = Problem("--engine", "the scheduler has no worker that answers", hint)
        raise SettingsError(*(dict.fromkeys(problems) or [none]))
    return places


def _unfitness(answer: object) -> tuple[Problem, ...]:
    """Why a worker that gave *answer* cannot do its part."""
    if not isinstance(answer, Present):
        return (
            Problem("--engine", f"a worker cannot run auditor: {type(answer).__name__}", "install it there"),
        )
    if answer.version != __version__:
        what = f"a worker has auditor {answer.version}, and this is {__version__}"
        return (Problem("--engine", what, "install the same version on both"),)
    return answer.problems


def _budgets(places: Mapping[str, Place], rates: Mapping[str, float], order: Order) -> float:
    """To how many whole budgets the rates of all workers add up."""
    whole = order.settings.limits.address_rate
    divided = sum(rates[one.egress] for one in places.values() if one.egress in rates)
    return len({one.egress for one in places.values() if one.egress not in rates}) + divided / whole


@dataclass(frozen=True, slots=True)
class _FieldWork:
    """Parts on their way to workers and back."""

    client: Client
    harvest: Harvest
    parts: Parts
    run_id: str
    on_event: ClusterListener

    def orders(self, order: Order, rates: Mapping[str, float]) -> list[Order]:
        """What is left to be sent."""
        count = self.harvest.count
        shards = [Shard(index, count, order.pages) for index in range(1, count + 1)]
        return [order.part(one, rates) for one in shards if one.index not in self.harvest.reports]

    async def run(self, orders: list[Order], *, stop: Stop, deadline: float | None) -> None:
        """Until the last one is back, or *stop* was heeded."""
        async with anyio.create_task_group() as watches:
            if deadline is not None:
                watches.start_soon(stop.after, deadline, f"the deadline of {deadline:g} s came")
            async with anyio.create_task_group() as tasks:
                watches.start_soon(self._end_on, stop, tasks.cancel_scope)
                for order in orders:
                    tasks.start_soon(self._bring_back, order)
            watches.cancel_scope.cancel()

    async def _end_on(self, stop: Stop, waiting: anyio.CancelScope) -> None:
        """Tell all workers that the run is over, and wait no longer than the grace."""
        async with stop.scope():
            await anyio.sleep_forever()
        with anyio.move_on_after(GRACE_SECONDS):
            tell = partial(end_early, self.run_id, stop.reason or "the run was stopped")
            await self.client.run(tell, on_error="ignore")
            await anyio.sleep_forever()
        waiting.cancel()

    async def _bring_back(self, order: Order) -> None:
        shard = order.shard
        assert shard is not None  # noqa: S101 - of `orders`
        future: Future[bytes | None] = self.client.submit(
            audit_part, order, key=f"auditor_part-{self.run_id}-{shard.index}", retries=RETRIES, pure=False
        )
        try:
            report: bytes | None = await future
        except Exception as error:  # noqa: BLE001 - whatever a worker may raise, and Dask about it
            self._fail(shard, _told(error))
        else:
            if report is not None:
                self._take(shard, report)
        finally:
            future.release()  # type: ignore[no-untyped-call]

    def _take(self, shard: Shard, report: bytes) -> None:
        document = orjson.loads(report)
        self.harvest.reports[shard.index] = document
        try:
            self.parts.keep(shard, report)
        except OSError as error:
            self.on_event(PartNotKept(str(error.strerror or error)))
        self.on_event(PartDone(str(shard), len(document["organizations"])))

    def _fail(self, shard: Shard, reason: str) -> None:
        self.harvest.failures[shard.index] = reason
        self.on_event(PartFailed(str(shard), reason))


def _told(error: Exception) -> str:
    """Why there is no report, in a line and without anything that an error may carry along."""
    if isinstance(error, SettingsError):
        return "; ".join(map(str, error.problems))
    match type(error).__name__:
        case "KilledWorker":
            return "every worker that was given it died"
        case "FutureCancelledError":
            return "the scheduler lost it"
        case name:
            return f"its worker failed: {name}"
