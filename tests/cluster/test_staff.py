"""Who may do a part, as workers come and go; on a clock of its own, and with workers that are but answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from auditor import __version__
from auditor.cluster.events import ClusterEvent, EgressShared, WorkerUnfit
from auditor.cluster.place import Place
from auditor.cluster.scheduling import look_again
from auditor.cluster.staff import ALONE_SECONDS, LOOK_ROUND_SECONDS, Staff
from auditor.cluster.working import Present
from auditor.engine.stop import Stop
from auditor.errors import Problem, SettingsError
from tests.cluster.builders import an_order

HERE, THERE = "192.0.2.1", "192.0.2.2"


def at(address: str, host: str = "a") -> Present:
    """A worker that can do its part from *address*."""
    return Present(__version__, Place(host, "kernel", address))


class Scheduler:
    """What Dask tells of *workers* by their names; *appointed* are those that were made fit for parts."""

    def __init__(self, **workers: object) -> None:
        self.workers = workers
        self.appointed: list[str] = []
        self.holders: set[str] = set()
        self.is_gone = False

    async def wait_for_workers(self, _: int, timeout: float) -> None:  # noqa: ASYNC109 - Dask's own
        """Until there is one."""
        if not self.workers:
            raise TimeoutError(timeout)

    async def run_on_scheduler(self, call: Callable[..., object]) -> dict[str, bool] | None:
        """Who holds what a part needs; or that parts are to be given to those that do."""
        if self.is_gone:
            raise OSError
        return None if call is look_again else {name: name in self.holders for name in self.workers}

    async def run(
        self, call: Callable[..., object], *, workers: list[str] | None, on_error: str
    ) -> dict[str, object]:
        """The roll call, or an appointment."""
        asked = list(self.workers) if workers is None else workers
        if on_error == "ignore":
            self.appointed += asked
            self.holders |= set(asked)
        assert callable(call)
        return {name: self.workers[name] for name in asked}


def staff_of(scheduler: Scheduler) -> tuple[Staff, list[ClusterEvent]]:
    """Not mustered yet, and what it tells."""
    told: list[ClusterEvent] = []
    client: Any = scheduler
    return Staff(client, an_order().sent({}), told.append), told


async def test_those_that_can_do_a_part_are_appointed() -> None:
    """The others are told of, with what they lack."""
    lacking = Present(__version__, None, (Problem("tenant 'north'", "NORTH_KEY is not set"),))
    older = Present("0.0.1", Place("b", "kernel"))
    scheduler = Scheduler(fit=at(HERE), poor=lacking, old=older, broken=ValueError())
    staff, told = staff_of(scheduler)

    await staff.muster()

    assert scheduler.appointed == ["fit"]
    assert {one.worker: len(one.problems) for one in told if isinstance(one, WorkerUnfit)} == {
        "poor": 1,
        "old": 1,
        "broken": 1,
    }
    assert staff.budgets() == 1


@pytest.mark.parametrize("workers", [{}, {"poor": Present(__version__, None, (Problem("it", "lacks"),))}])
async def test_a_run_without_a_worker_is_refused(workers: dict[str, object]) -> None:
    """Before anything is fetched."""
    staff, _ = staff_of(Scheduler(**workers))

    with pytest.raises(SettingsError):
        await staff.muster()


async def test_a_shared_address_has_one_budget() -> None:
    """It is divided among machines, which do not see each other's requests."""
    staff, told = staff_of(Scheduler(one=at(HERE, "a"), two=at(HERE, "b"), three=at(THERE)))

    await staff.muster()

    assert [one.shared.workers for one in told if isinstance(one, EgressShared)] == [("one", "two")]
    assert staff.rates == {HERE: 50.0}
    assert staff.budgets() == 2


@pytest.mark.virtual
async def test_workers_that_come_later_are_appointed() -> None:
    """One in the place of one who left, one with an address of its own: no budget is spent twice."""
    scheduler = Scheduler(first=at(HERE))
    staff, _ = staff_of(scheduler)
    await staff.muster()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(staff.look_round, Stop())
        scheduler.workers |= {"twin": at(HERE), "other": at(THERE)}
        await anyio.sleep(1.5 * LOOK_ROUND_SECONDS)
        at_first = list(scheduler.appointed)
        del scheduler.workers["first"]
        scheduler.workers["again"] = at(HERE)
        await anyio.sleep(LOOK_ROUND_SECONDS)
        del scheduler.workers["again"]
        await anyio.sleep(LOOK_ROUND_SECONDS)
        tasks.cancel_scope.cancel()

    assert at_first == ["first", "other"]
    assert scheduler.appointed == ["first", "other", "again", "twin"]
    assert set(staff.places) == {"other", "twin"}


@pytest.mark.virtual
async def test_a_worker_that_is_started_anew_in_its_place_is_appointed_again() -> None:
    """It has the name that it had, and nothing that it was given."""
    scheduler = Scheduler(first=at(HERE), second=at(THERE))
    staff, _ = staff_of(scheduler)
    await staff.muster()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(staff.look_round, Stop())
        await anyio.sleep(1.5 * LOOK_ROUND_SECONDS)
        scheduler.holders.discard("first")
        await anyio.sleep(2 * LOOK_ROUND_SECONDS)
        tasks.cancel_scope.cancel()

    assert scheduler.appointed == ["first", "second", "first"]


@pytest.mark.virtual
@pytest.mark.parametrize("how", ["no worker", "no scheduler"])
@pytest.mark.parametrize("comes_back", [False, True])
async def test_a_run_whose_workers_are_all_gone_ends(how: str, *, comes_back: bool) -> None:
    """After a while, in which one may come back; it would wait for ever."""
    workers, stop = {"first": at(HERE)}, Stop()
    scheduler = Scheduler(**workers)
    staff, _ = staff_of(scheduler)
    await staff.muster()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(staff.look_round, stop)
        scheduler.is_gone, scheduler.workers = how == "no scheduler", {}
        await anyio.sleep(ALONE_SECONDS)
        early = stop.reason
        if comes_back:
            scheduler.is_gone, scheduler.workers = False, dict(workers)
        await anyio.sleep(2 * ALONE_SECONDS)
        tasks.cancel_scope.cancel()

    assert early is None
    assert stop.reason == (None if comes_back else "no worker is left")


@pytest.mark.virtual
async def test_a_worker_that_is_dismissed_gets_no_other_part() -> None:
    """Neither at once nor when it is looked who is there; the run ends when it was the last one."""
    scheduler, stop = Scheduler(first=at(HERE)), Stop()
    staff, _ = staff_of(scheduler)
    await staff.muster()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(staff.look_round, stop)
        await staff.dismiss("first")
        await anyio.sleep(2 * LOOK_ROUND_SECONDS + ALONE_SECONDS)
        tasks.cancel_scope.cancel()

    assert staff.places == {}
    assert scheduler.appointed == ["first"]
    assert stop.reason == "no worker is left"
