"""What a sick server says instead of a page: the words of the fault table."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from tests.engine.raw_server import Exchange

MB: Final = 2**20
LICENSE_KEY: Final = "Z2AA-BBBB-CCCC"
"""Planted in every license; it must never come out."""


@dataclass
class Scene:
    """Where a fault is played: *origin* is the server's own, *elsewhere* another one's."""

    origin: str
    elsewhere: str
    asked: int = 0
    """Requests that met the fault."""
    sent: int = 0
    """Bytes of endless bodies that the client took, or its system did."""
    paths: list[str] = field(default_factory=list)


@dataclass
class Ask:
    """One request that meets the fault. *body* and *next_page* are what a sound server would answer."""

    exchange: Exchange
    scene: Scene
    body: bytes
    next_page: str | None

    async def answer(
        self,
        *headers: str,
        status: str = "200 OK",
        body: bytes | None = None,
        length: int | None = None,
        after: bytes = b"",
    ) -> None:
        """Say it in proper HTTP, but for a *length* that is not the truth, and *after* that whatever."""
        body = self.body if body is None else body
        await self.exchange.send(http(body, *headers, status=status, length=length) + after)

    async def answer_well(
        self, *headers: str, pack: Callable[[bytes], bytes] = bytes, after: bytes = b""
    ) -> None:
        """Say what a sound server says, and *headers* beside it."""
        link = [f"Link: <{self.next_page}>; rel=next"] if self.next_page else []
        await self.answer(*link, *headers, body=pack(self.body), after=after)


Reply = Callable[[Ask], Awaitable[None]]


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A response; *length* is what Content-Length claims, when that is not the truth."""
    claimed = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {claimed}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def a_license(number: int, state: Any = "active", **fields: Any) -> dict[str, Any]:
    """A row of a page of licenses; a field that is None is null, and `...` leaves it out."""
    row = {
        "id": f"L{number}",
        "licenseType": "ENT",
        "licenseKey": LICENSE_KEY,
        "state": state,
        "headLicenseId": f"L{number}",
        "seatCount": None,
        "expirationDate": "2027-01-01T00:00:00Z",
    } | fields
    return {name: value for name, value in row.items() if value is not ...}


def in_json(*rows: Any) -> bytes:
    """A list of *rows*."""
    return json.dumps(rows).encode()


def vendor_says(text: str) -> bytes:
    """The vendor's own form of an error."""
    return json.dumps({"errors": [text]}).encode()


def says(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Reply:
    """A whole answer of *status* with *body*."""

    async def reply(ask: Ask) -> None:
        await ask.answer(*headers, status=status, body=body, length=length)

    return reply


def brings(body: bytes, *headers: str) -> Reply:
    """200 with *body*."""
    return says("200 OK", body, *headers)


async def sound(ask: Ask) -> None:
    """What a server in good health answers."""
    await ask.answer_well()


def sound_with(*headers: str) -> Reply:
    """The sound answer with *headers* beside it."""

    async def reply(ask: Ask) -> None:
        await ask.answer_well(*headers)

    return reply


def late(seconds: float) -> Reply:
    """The sound answer, after *seconds*."""

    async def reply(ask: Ask) -> None:
        await anyio.sleep(seconds)
        await ask.answer_well()

    return reply


def raw(data: bytes, *, then: Callable[[Exchange], None] | None = None) -> Reply:
    """*data* as it is, HTTP or not; *then* ends the connection."""

    async def reply(ask: Ask) -> None:
        if data:
            await ask.exchange.send(data)
        if then is not None:
            then(ask.exchange)

    return reply


def half(then: Callable[[Exchange], None] | None = None) -> Reply:
    """The head and half of the sound body; *then* ends the connection, else it hangs."""

    async def reply(ask: Ask) -> None:
        await ask.exchange.send(http(ask.body[: len(ask.body) // 2], length=len(ask.body)))
        if then is not None:
            then(ask.exchange)

    return reply


def drip(*, seconds_per_byte: float) -> Reply:
    """The sound answer byte by byte."""

    async def reply(ask: Ask) -> None:
        await ask.exchange.send(http(b"", length=len(ask.body)))
        for byte in ask.body:
            await ask.exchange.send(bytes([byte]))
            await anyio.sleep(seconds_per_byte)

    return reply


def misstating(difference: int, then: Callable[[Exchange], None] | None = None) -> Reply:
    """The sound body under a Content-Length that is *difference* off."""

    async def reply(ask: Ask) -> None:
        await ask.answer(length=len(ask.body) + difference)
        if then is not None:
            then(ask.exchange)

    return reply


def endless(head: str, block: bytes = b" " * MB, *, total: int = 100 * MB) -> Reply:
    """A body of *total* bytes, for as long as somebody takes it."""

    async def reply(ask: Ask) -> None:
        await ask.exchange.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n[".encode())
        for _ in range(total // len(block)):
            await ask.exchange.send(block)
            ask.scene.sent += len(block)

    return reply


def chunked(*chunks: bytes) -> Reply:
    """A chunked body of *chunks*, which say their own lengths, right or wrong."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return raw(head + b"".join(chunks), then=Exchange.close)


def moved(location: str | None, status: str = "307 Temporary Redirect") -> Reply:
    """A redirect; *location* may hold `{origin}`, `{elsewhere}` and `{path}`."""

    async def reply(ask: Ask) -> None:
        headers = [] if location is None else [f"Location: {_filled(location, ask)}"]
        await ask.answer(*headers, status=status, body=b"")

    return reply


def page(*rows: Any, link: str | None = None) -> Reply:
    """A page of *rows*; *link* is the whole Link header and may hold `{origin}`, `{elsewhere}`, `{path}`."""

    async def reply(ask: Ask) -> None:
        headers = [] if link is None else [f"Link: {_filled(link, ask)}"]
        await ask.answer(*headers, body=in_json(*rows))

    return reply


def _filled(text: str, ask: Ask) -> str:
    path = ask.exchange.head.split(b" ")[1].decode()
    scene = ask.scene
    return (
        text.replace("{origin}", scene.origin).replace("{elsewhere}", scene.elsewhere).replace("{path}", path)
    )
