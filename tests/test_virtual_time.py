"""The clock of the tests must not hang them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiolimiter import AsyncLimiter

from tests import virtual_time
from tests.virtual_time import STANDSTILL_POLLS, VirtualTimeLoop


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    """A virtual clock at zero."""
    loop = VirtualTimeLoop()
    yield loop
    loop.close()


@pytest.fixture
def _is_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a clock that stands still costs a moment and not the whole suite."""
    monkeypatch.setattr(virtual_time, "LIVELOCK_POLLS", 5 * STANDSTILL_POLLS)


@pytest.mark.usefixtures("_is_impatient")
def test_a_timer_that_is_set_again_for_the_same_instant_comes_to_an_end(loop: VirtualTimeLoop) -> None:
    """As on a real clock, on which some time passes meanwhile."""
    done = asyncio.Event()
    begun = loop.time()

    def wake() -> None:
        if loop.time() > begun:
            done.set()
        else:
            loop.call_at(loop.time(), wake)

    loop.call_soon(wake)
    loop.run_until_complete(done.wait())

    assert begun < loop.time() < begun + 1e-6


@pytest.mark.usefixtures("_is_impatient")
def test_a_bucket_that_lacks_less_than_the_clock_can_tell_fills(loop: VirtualTimeLoop) -> None:
    """The limiter sets its timer for this very instant then."""

    async def acquire() -> None:
        limiter = AsyncLimiter(2, 0.02)
        await asyncio.sleep(100)
        limiter._level, limiter._last_check = 1 + 1e-13, loop.time()
        await limiter.acquire()

    loop.run_until_complete(acquire())

    assert loop.time() == pytest.approx(100, abs=1e-3)


@pytest.mark.usefixtures("_is_impatient")
def test_tasks_that_never_wait_are_an_error_and_not_a_hang(loop: VirtualTimeLoop) -> None:
    """The message says what is wrong."""

    async def spin() -> None:
        while True:  # noqa: ASYNC110 - what it would wait for never comes
            await asyncio.sleep(0)

    task = loop.create_task(spin())
    with pytest.raises(RuntimeError, match="livelock"):
        loop.run_until_complete(task)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)


def test_the_clock_stands_while_tasks_are_busy(loop: VirtualTimeLoop) -> None:
    """What takes no waiting takes no time."""

    async def work() -> None:
        for _ in range(STANDSTILL_POLLS // 2):
            await asyncio.sleep(0)

    loop.run_until_complete(work())

    assert loop.time() == 0
