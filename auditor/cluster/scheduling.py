"""What runs in the scheduler: who has what a part needs, who loses it, and another look at waiting parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Scheduler


def who_holds(resource: str, dask_scheduler: Scheduler | None = None) -> dict[str, bool]:
    """Of each worker there is, whether it holds *resource*: one that was started anew does not."""
    assert dask_scheduler is not None  # noqa: S101 - Dask fills it in, by its name
    return {name: resource in worker.resources for name, worker in dask_scheduler.workers.items()}


def withdraw(resource: str, worker: str, dask_scheduler: Scheduler | None = None) -> None:
    """Take *resource* from *worker*, so that Dask sends no other part there."""
    assert dask_scheduler is not None  # noqa: S101 - as above
    if worker in dask_scheduler.workers:
        # None of it left, rather than none at all: Dask itself takes the entry away when the worker leaves.
        dask_scheduler.resources[resource][worker] = 0.0
        dask_scheduler.workers[worker].resources[resource] = 0.0


def look_again(dask_scheduler: Scheduler | None = None) -> None:
    """Send parts that wait for a worker to those that hold now what they need.

    Dask does so when a worker comes, which is before it holds anything.
    """
    assert dask_scheduler is not None  # noqa: S101 - as above
    for worker in list(dask_scheduler.running):
        waiting = dask_scheduler.bulk_schedule_unrunnable_after_adding_worker(worker)
        dask_scheduler.transitions(waiting, "auditor-look-again")
