"""Rows of the fault table: no complete answer arrives, or none that is HTTP."""

from __future__ import annotations

import gzip
import socket
import zlib
from typing import Any, Final

import anyio
import pytest

from tests.end_to_end.faults.fault import (
    ATTEMPTS,
    BACK_OFF_SECONDS,
    TIMEOUT_SECONDS,
    Fault,
    Place,
    for_good,
    forever,
    once,
)
from tests.end_to_end.faults.replies import (
    MB,
    Ask,
    brings,
    chunked,
    drip,
    endless,
    half,
    http,
    in_json,
    late,
    misstating,
    raw,
    sound,
    sound_with,
)
from tests.engine.raw_server import Exchange

TIMED_OUT: Final[dict[str, Any]] = {
    "seconds": (
        ATTEMPTS * TIMEOUT_SECONDS,
        ATTEMPTS * TIMEOUT_SECONDS + BACK_OFF_SECONDS + 0.5,
    ),
    "says": "no complete answer within 2 s",
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
UNPACKS_TO: Final = 1024 * MB


def _bomb(wbits: int) -> bytes:
    """A gigabyte of blanks after a bracket, packed: one block of it repeats."""
    packer = zlib.compressobj(1, zlib.DEFLATED, wbits)
    opening = packer.compress(b"[" + b" " * MB) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MB) + packer.flush(zlib.Z_FULL_FLUSH)
    return opening + block * (UNPACKS_TO // MB)


def _unresolvable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answer, played: tests leave the machine alone."""

    async def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("auditor.engine.resolver.SystemResolver.resolve", fail)


class _EndlessBrotli:
    """What aiohttp would unpack with where the package is installed."""

    def __init__(self, *_: object, **__: object) -> None:
        self.data_available = True

    def decompress_sync(self, _: bytes, max_length: int = 0) -> bytes:
        assert max_length > 0, "asked to unpack without a bound"
        return bytes(max_length)

    def flush(self) -> bytes:
        return b""


def _with_brotli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiohttp.http_parser.HAS_BROTLI", True)
    monkeypatch.setattr("aiohttp.http_parser.BrotliDecompressor", _EndlessBrotli)


async def _twice(ask: Ask) -> None:
    """The sound answer, and one more that nobody asked for."""
    await ask.answer_well(after=http(in_json({"id": "L666", "state": "expired"})))


async def _chunk_then_nonsense(ask: Ask) -> None:
    await ask.exchange.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n")
    await anyio.sleep(0.1)
    await ask.exchange.send(b"zz\r\n")
    ask.exchange.close()


async def _packed(ask: Ask) -> None:
    await ask.answer_well("Content-Encoding: gzip", pack=gzip.compress)


async def _packed_and_cut(ask: Ask) -> None:
    await ask.answer("Content-Encoding: gzip", body=gzip.compress(ask.body)[:-12])


async def _packed_twice(ask: Ask) -> None:
    await ask.answer("Content-Encoding: gzip, gzip", body=gzip.compress(gzip.compress(ask.body)))


CONNECTIONS = (
    forever("connection refused", sound, "connection", road="refused", says="Connection refused"),
    forever(
        "host name does not resolve",
        sound,
        "connection",
        road="unknown name",
        says="nowhere.invalid cannot be resolved",
        prepare=_unresolvable,
    ),
    forever("host does not answer the call", sound, "timeout", road="deaf", **TIMED_OUT),
    forever("TLS handshake stalls", sound, "timeout", road="mute", **TIMED_OUT),
    forever("TLS self-signed", sound, "connection", road="self-signed", says="TLS .* self.signed"),
    forever("TLS expired", sound, "connection", road="expired", says="TLS .* expired"),
    forever("TLS for another host", sound, "connection", road="wrong host", says="TLS .* mismatch"),
    Fault("TLS as it should be", (sound,), tls=True),
    forever("another protocol than HTTP", raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "badResponse"),
    forever("closed before the answer", raw(b"", then=Exchange.close), "connection"),
    forever("reset before the status line", raw(b"", then=Exchange.reset), "connection"),
    forever("reset within the status line", raw(b"HTTP/1.1 20", then=Exchange.reset), "connection"),
    forever("closed within the headers", raw(HEAD, then=Exchange.close), "connection"),
    forever("reset within the body", half(Exchange.reset), "connection"),
    forever("closed within the body", half(Exchange.close), "connection"),
    once("reset once", raw(b"", then=Exchange.reset), sound),
    once("cut off once", half(Exchange.close), sound),
)

STALLS = (
    forever("stalls before the headers", raw(b""), "timeout", **TIMED_OUT),
    forever("stalls within the headers", raw(HEAD), "timeout", **TIMED_OUT),
    forever("stalls within the body", half(), "timeout", **TIMED_OUT),
    forever("a byte a second", drip(seconds_per_byte=1.0), "timeout", **TIMED_OUT),
    once("stalls once", raw(b""), sound, seconds=(TIMEOUT_SECONDS, TIMEOUT_SECONDS + BACK_OFF_SECONDS)),
    once("slow and within the timeout", late(1.5), seconds=(1.5, 2.5)),
    forever("Content-Length too long, left open", misstating(+10), "timeout", **TIMED_OUT),
)

LENGTHS = (
    forever("Content-Length too long", misstating(+10, Exchange.close), "connection"),
    forever("Content-Length too short", misstating(-10), "badResponse"),
    forever("Content-Length negative", raw(HEAD + b"Content-Length: -1\r\n\r\n[]"), "badResponse"),
    forever("Content-Length no number", raw(HEAD + b"Content-Length: two\r\n\r\n[]"), "badResponse"),
    forever(
        "Content-Length twice", raw(HEAD + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n[]"), "badResponse"
    ),
    forever("chunk size no number", chunked(b"zz\r\n[]\r\n", b"0\r\n\r\n"), "badResponse"),
    forever("chunk longer than it says", chunked(b"1\r\n[]\r\n", b"0\r\n\r\n"), "badResponse"),
    # aiohttp 3.14 forgets its reader when it meets nonsense after the head was handed over.
    forever("chunk size no number, later", _chunk_then_nonsense, "timeout", **TIMED_OUT),
    forever("last chunk missing", chunked(b"2\r\n[]\r\n"), "connection"),
    forever("chunk cut off", chunked(b"ff\r\n[1,"), "connection"),
    # One request at a time, so that the next one would go out on the connection where it lies.
    Fault("an answer more than was asked for", (_twice,), limits={"max_in_flight": 1}),
)

HEADERS = (
    forever("a header of 100 KB", brings(b"[]", f"X-Long: {'a' * 100_000}"), "badResponse"),
    forever("a header that never ends", endless("X-Long: " + "a" * MB), "badResponse"),
    forever(
        "2,000 headers of 100 bytes",
        brings(b"[]", *[f"X-{n}: {'a' * 100}" for n in range(2000)]),
        "badResponse",
    ),
    once("a header of 20 KB", sound_with(f"X-Long: {'a' * 20_000}")),
    forever(
        "a header without a colon", raw(HEAD + b"nonsense\r\nContent-Length: 2\r\n\r\n[]"), "badResponse"
    ),
    forever("NULs for an answer", raw(bytes(100) + b"\r\n\r\n", then=Exchange.close), "badResponse"),
    forever(
        "a status that is no number", raw(b"HTTP/1.1 abc OK\r\n\r\n", then=Exchange.close), "badResponse"
    ),
)

ENCODINGS = (
    once("gzip", _packed),
    forever("gzip cut short", _packed_and_cut, "badResponse", http=200),
    forever(
        "gzip in name only", brings(b"[]", "Content-Encoding: gzip"), "badResponse", says="cannot be unpacked"
    ),
    forever("deflate in name only", brings(b"[]", "Content-Encoding: deflate"), "badResponse"),
    forever("gzip twice", _packed_twice, "badResponse", http=200),
    forever("brotli, not asked for", brings(b"\x0b\x01\x80[]\x03", "Content-Encoding: br"), "badResponse"),
    forever("zstd, not asked for", brings(b"\x28\xb5\x2f\xfd", "Content-Encoding: zstd"), "badResponse"),
    forever(
        "an encoding that nobody knows",
        brings(b"\x01\x02", "Content-Encoding: rot13"),
        "badResponse",
        http=200,
    ),
    once("an encoding that is none", sound_with("Content-Encoding: utf-8")),
)

_BIG: Final[dict[str, Any]] = {
    "places": (Place.FIRST,),
    "limits": {"attempts": 1},
    "says": "larger than 32 MB",
    "most_bytes": 48 * MB,
}
SIZES = (
    for_good("100 MB, declared", endless(f"Content-Length: {100 * MB + 1}"), "badResponse", **_BIG),
    for_good("100 MB, not declared", endless("Connection: close"), "badResponse", **_BIG),
    for_good("gzip bomb", brings(_bomb(31), "Content-Encoding: gzip"), "badResponse", **_BIG),
    for_good("deflate bomb", brings(_bomb(15), "Content-Encoding: deflate"), "badResponse", **_BIG),
    for_good("bare deflate bomb", brings(_bomb(-15), "Content-Encoding: deflate"), "badResponse", **_BIG),
    for_good(
        "brotli bomb, brotli missing",
        brings(_bomb(15), "Content-Encoding: br"),
        "badResponse",
        **_BIG | {"says": "not readable as HTTP"},
    ),
    for_good(
        "brotli bomb, brotli installed",
        brings(b"[", "Content-Encoding: br"),
        "badResponse",
        **_BIG,
        prepare=_with_brotli,
    ),
)

ROWS = (*CONNECTIONS, *STALLS, *LENGTHS, *HEADERS, *ENCODINGS, *SIZES)
