"""A server that says on a socket whatever a test wants said, HTTP or not."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Reply = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request and the connection it came on, which stays open unless the reply closes it."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Put *data* on the wire."""
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        """End the connection in good order."""
        self.writer.close()

    def reset(self) -> None:
        """Drop the connection with RST, as a crashed peer or a firewall does."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class RawServer:
    """Where it listens and what it was asked."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has ended a connection, or broken it."""

    @property
    def url(self) -> str:
        """Some path on it."""
        return f"http://127.0.0.1:{self.port}/licenses"


@asynccontextmanager
async def raw_server(
    reply: Reply, *, tls: ssl.SSLContext | None = None, at: socket.socket | None = None
) -> AsyncIterator[RawServer]:
    """Answer every request with *reply*, on loopback, until the block ends.

    *at* is a socket that is bound already, for whoever has to know the port beforehand.
    """
    server = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                server.heads.append(head)
                await reply(Exchange(head, reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            server.closed.set()
        finally:
            writer.close()

    async with accepting(serve, at=at, tls=tls) as server.port:
        yield server


@asynccontextmanager
async def accepting(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
    *,
    at: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """The port at which *serve* gets each connection in a task of its own; all are cancelled at the end."""
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    listening = await asyncio.start_server(connected, sock=at or bound_socket(), ssl=tls)
    try:
        yield int(listening.sockets[0].getsockname()[1])
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def says(data: bytes) -> Reply:
    """A reply that sends *data* and keeps the connection."""

    async def reply(exchange: Exchange) -> None:
        await exchange.send(data)

    return reply


def says_and_closes(data: bytes) -> Reply:
    """A reply that sends *data* and ends the connection."""

    async def reply(exchange: Exchange) -> None:
        await exchange.send(data)
        exchange.close()

    return reply


def ok(body: bytes = b"[]", *headers: str, length: int | None = None) -> bytes:
    """200 with *body*; *length* is what Content-Length claims, when that is not the truth."""
    claimed = len(body) if length is None else length
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {claimed}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def bound_socket() -> socket.socket:
    """A socket on some free port of loopback."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on, whose 40 ms the virtual clock does not wait for.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    return bound


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
