from __future__ import annotations

import anyio
import pytest

from auditor.engine.stop import Stop

pytestmark = pytest.mark.virtual


async def test_the_block_is_cancelled_and_the_code_after_it_goes_on() -> None:
    """Whoever reports what was read must still be able to."""
    stop, passed = Stop(), list[str]()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop.after, 10, "the deadline came")
        async with stop.scope():
            passed.append("begun")
            await anyio.sleep_forever()
        await anyio.sleep(1)  # waiting is possible again
        passed.append("reported")

    assert passed == ["begun", "reported"]
    assert anyio.current_time() == pytest.approx(11, abs=0.01)


async def test_a_block_that_ends_by_itself_is_left_alone() -> None:
    """And the watch for the wish to stop ends with it."""
    stop, passed = Stop(), list[str]()

    async with stop.scope():
        await anyio.sleep(1)
        passed.append("whole")

    assert passed == ["whole"]
    assert stop.reason is None
    assert anyio.current_time() == pytest.approx(1, abs=0.01)


async def test_the_first_reason_stays() -> None:
    """A signal after the deadline does not rewrite what ended the run."""
    stop = Stop()

    stop.request("the deadline came")
    stop.request("stopped by SIGINT")

    assert stop.reason == "the deadline came"


async def test_a_stop_that_was_asked_for_before_ends_a_block_at_its_first_wait() -> None:
    """Nothing is begun after the end, and every later block ends as well."""
    stop, passed = Stop(), list[str]()
    stop.request("stopped by SIGTERM")

    for _ in range(2):
        async with stop.scope():
            await anyio.sleep(1)
            passed.append("not reached")

    assert passed == []
    assert anyio.current_time() < 1


async def test_an_error_in_the_block_is_not_swallowed() -> None:
    """A defect is not an orderly end."""
    stop = Stop()

    with pytest.raises(ExceptionGroup) as raised:
        async with stop.scope():
            raise ZeroDivisionError

    assert raised.group_contains(ZeroDivisionError)


async def test_cancelling_from_outside_passes_through() -> None:
    """A scope of its own must not hold up the one around it."""
    stop, passed = Stop(), list[str]()

    with anyio.move_on_after(5):
        async with stop.scope():
            await anyio.sleep_forever()
        passed.append("not reached")

    assert passed == []
    assert stop.reason is None
