"""Guards that hold for every test, and the virtual clock for those that are marked `virtual`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests.virtual_time import VirtualTimeLoop

# How long an example takes is for benchmarks: a busy machine makes no law untrue.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

# A shell lets what it starts in the background ignore Ctrl-C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run tests that are marked `virtual` on the virtual clock."""
    if item.get_closest_marker("virtual"):
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys, settings or proxies of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("AUDITOR_", "MERAKI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_logs_from_before() -> Iterator[None]:
    """What a test sets up for logging ends with the test: the loggers are one for the whole process."""
    loggers = [logging.getLogger(name) for name in (None, "auditor", "aiohttp", "asyncio", "opentelemetry")]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate
