"""Turns host names into addresses without holding up the end of a run."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any, Final, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

_Found: TypeAlias = list[tuple[Any, ...]]
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class SystemResolver(AbstractResolver):
    """Asks the system, each time in a thread of its own that nobody waits for at the end.

    asyncio joins its threads before it closes: a name server that keeps silent would hold back the report
    of a run that was stopped, for as long as the system goes on asking.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of *host*, in the system's order.

        Raises:
            OSError: it has none, or nobody could be asked.
        """
        loop = get_running_loop()
        found: Future[_Found] = loop.create_future()
        Thread(target=_look_up, args=(host, port, family, loop, found), daemon=True).start()
        return [
            ResolveResult(
                hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=_NUMERIC
            )
            for kind, _, protocol, _, address in await found
        ]

    async def close(self) -> None:
        """Hold nothing."""


def _look_up(
    host: str, port: int, family: socket.AddressFamily, loop: AbstractEventLoop, found: Future[_Found]
) -> None:
    try:
        infos = socket.getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except OSError as error:
        _tell(loop, partial(_settle, found, error))
    except UnicodeError:  # what cannot even be asked for does not exist
        _tell(loop, partial(_settle, found, socket.gaierror(socket.EAI_NONAME, "no host name")))
    else:
        _tell(loop, partial(_settle, found, infos))


def _tell(loop: AbstractEventLoop, settle: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)


def _settle(found: Future[_Found], outcome: _Found | OSError) -> None:
    if found.done():  # cancelled meanwhile
        return
    if isinstance(outcome, OSError):
        found.set_exception(outcome)
    else:
        found.set_result(outcome)
