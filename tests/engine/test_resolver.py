from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import anyio
import pytest

from auditor.engine.resolver import SystemResolver


async def test_the_addresses_come_in_the_order_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one to try first is the system's to say."""
    asked: list[tuple[Any, ...]] = []

    def answer(*question: Any, **options: Any) -> Any:
        asked.append((*question, options["family"], options["type"]))
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 443, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    found = await SystemResolver().resolve("dashboard.test", 443, socket.AF_UNSPEC)

    assert asked == [("dashboard.test", 443, socket.AF_UNSPEC, socket.SOCK_STREAM)]
    assert [(one["hostname"], one["host"], one["port"], one["family"]) for one in found] == [
        ("dashboard.test", "2001:db8::1", 443, socket.AF_INET6),
        ("dashboard.test", "192.0.2.1", 443, socket.AF_INET),
    ]


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label too long")]
)
async def test_a_name_without_an_address_is_an_error_of_the_system(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot even be asked for is told in the same way."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(socket.gaierror):
        await SystemResolver().resolve("dashboard.test")


def test_a_name_server_that_keeps_silent_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop closes at once, and the answer that comes after all disturbs nobody."""
    silent, threads = threading.Event(), list[threading.Thread]()

    def wait(*_: Any, **__: Any) -> list[Any]:
        threads.append(threading.current_thread())
        silent.wait(30)
        return []

    async def give_up() -> None:
        with anyio.move_on_after(0.05):
            await SystemResolver().resolve("dashboard.test")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    asyncio.run(give_up())
    (thread,) = threads
    was_waiting = thread.is_alive()
    silent.set()
    thread.join(5)

    assert was_waiting
    assert thread.daemon
    assert not thread.is_alive()


async def test_an_answer_that_nobody_waits_for_any_more_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was given up; the loop goes on."""
    late, threads = threading.Event(), list[threading.Thread]()

    def wait(*_: Any, **__: Any) -> list[Any]:
        threads.append(threading.current_thread())
        late.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: problems.append(problem))
    with anyio.move_on_after(0.05) as scope:
        await SystemResolver().resolve("dashboard.test")
    late.set()
    await asyncio.to_thread(threads[0].join, 5)
    await asyncio.sleep(0)

    assert scope.cancelled_caught
    assert problems == []
