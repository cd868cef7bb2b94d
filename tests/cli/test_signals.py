from __future__ import annotations

import logging
import os
import signal

import anyio
import anyio.lowlevel
import pytest

from auditor.cli.signals import SignalWatch
from auditor.engine.stop import Stop

SIGNALS = [(signal.SIGINT, 130, "stopped by SIGINT"), (signal.SIGTERM, 143, "stopped by SIGTERM")]


class Ended(Exception):  # noqa: N818 - stands for the end of the process
    """What `os._exit` does, for a test that wants to go on."""


@pytest.mark.parametrize(("number", "code", "reason"), SIGNALS)
async def test_the_first_signal_asks_for_an_orderly_end(
    number: signal.Signals, code: int, reason: str
) -> None:
    """The block is cut short, the code after it runs, the exit code tells which signal it was."""
    stop = Stop()
    watch = SignalWatch(stop)

    with anyio.fail_after(5):
        async with watch.watching():
            async with stop.scope():
                os.kill(os.getpid(), number)
                await anyio.sleep_forever()
            assert stop.reason == reason

    assert (watch.received, watch.exit_code) == (number, code)


@pytest.mark.parametrize(("number", "code", "_reason"), SIGNALS)
async def test_the_second_signal_ends_the_process_at_once(
    number: signal.Signals, code: int, _reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses Ctrl-C twice means it."""
    codes, stop = list[int](), Stop()

    def end(code: int) -> None:
        codes.append(code)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)

    async def stop_twice() -> None:
        async with SignalWatch(stop).watching():
            async with stop.scope():
                os.kill(os.getpid(), signal.SIGINT)
                await anyio.sleep_forever()
            os.kill(os.getpid(), number)
            await anyio.sleep_forever()

    with anyio.fail_after(5), pytest.raises(ExceptionGroup) as raised:
        await stop_twice()

    assert raised.group_contains(Ended)
    assert codes == [code]


async def test_without_a_signal_nothing_is_asked_and_nothing_stays() -> None:
    """The handlers are gone with the block."""
    before = signal.getsignal(signal.SIGTERM)
    stop = Stop()
    watch = SignalWatch(stop)

    async with watch.watching():
        assert signal.getsignal(signal.SIGTERM) != before

    assert (watch.received, watch.exit_code, stop.reason) == (None, None, None)
    assert signal.getsignal(signal.SIGTERM) == before


async def test_each_signal_is_announced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first one says what a second one would do, and the second one says what it did."""
    monkeypatch.setattr(os, "_exit", _raise_ended)
    watch = SignalWatch(Stop())

    async def stop_twice() -> None:
        async with watch.watching():
            os.kill(os.getpid(), signal.SIGINT)
            while not caplog.records:
                await anyio.lowlevel.checkpoint()
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep_forever()

    with anyio.fail_after(5), pytest.raises(ExceptionGroup), caplog.at_level(logging.WARNING, "auditor"):
        await stop_twice()

    first, second = caplog.records
    assert (first.getMessage(), second.getMessage()) == ("stopping", "ended_at_once")
    assert "once more ends the run at once" in str(vars(first)["fields"])


def _raise_ended(_: int) -> None:
    raise Ended
