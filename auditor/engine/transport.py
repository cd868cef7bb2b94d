"""Sends one request and reads one whole response. No retry, no pacing, no reading of meaning."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Final, Protocol
from urllib.request import getproxies, proxy_bypass

import aiohttp
import anyio
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from auditor.engine.resolver import SystemResolver
from auditor.errors import (
    BadResponseError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
    WireError,
)
from auditor.settings.addresses import is_loopback
from auditor.wire.message import Request, Response

MAX_BODY_BYTES: Final = 32 * 1024 * 1024
"""A page of 1,000 licenses has 0.4 MB and 9,000 organizations about 5 MB: more is not an answer."""

MAX_HEADER_BYTES: Final = 64 * 1024
"""aiohttp's own limit of 8 KB is shorter than a Link header with long tokens may be."""

CONNECT_TIMEOUT_SECONDS: Final = 15.0
READ_CHUNK_BYTES: Final = 256 * 1024


class Transport(Protocol):
    """Sends one request."""

    async def send(self, request: Request) -> Response:
        """Return the whole response, whatever its status.

        Raises:
            TransportError: no complete response arrived.
            BadResponseError: it is larger than `MAX_BODY_BYTES`, or not HTTP that can be decoded.
        """
        ...


@asynccontextmanager
async def open_session(source_address: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """The connection pool of one run. Cookies are not kept.

    *source_address* is one of this machine's, which connections leave from; None lets the system choose.
    It has no limit of its own: gates bound what is in flight, and a request that waited here would hold
    budget that it does not use.
    """
    local_address = None if source_address is None else (source_address, 0)
    connector = aiohttp.TCPConnector(
        limit=0, ttl_dns_cache=300, resolver=SystemResolver(), local_addr=local_address
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS),
        # A netrc entry for the host would fight with, or be sent beside, the tenant's key.
        trust_env=False,
        read_bufsize=READ_CHUNK_BYTES,
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
    ) as session:
        # aiohttp sends a GET once more, unasked, when a kept connection breaks before the answer. That
        # request would pass no budget and be counted nowhere. It offers no public switch (3.14, 2026-11).
        session._retry_connection = False  # noqa: SLF001
        yield session


class HttpTransport:
    """HTTP over a shared aiohttp session, with one tenant's credentials on every request.

    Redirects are returned, not followed: the key must not travel where nobody looked first. Proxies come
    from the environment (`https_proxy`, `http_proxy`, `no_proxy`). *timeout_seconds* bounds a request
    from its first byte to the last byte of its answer.
    """

    def __init__(
        self, session: aiohttp.ClientSession, *, headers: Mapping[str, str], timeout_seconds: float
    ) -> None:
        self._session = session
        self._headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", **headers}
        self._timeout_seconds = timeout_seconds
        self._proxies: dict[URL, str | None] = {}

    async def send(self, request: Request) -> Response:
        """See `Transport.send`."""
        try:
            with anyio.fail_after(self._timeout_seconds):
                return await self._exchange(request)
        except aiohttp.ConnectionTimeoutError as error:
            raise RequestTimeoutError(f"no connection within {CONNECT_TIMEOUT_SECONDS:g} s") from error
        except TimeoutError as error:
            raise RequestTimeoutError(f"no complete answer within {self._timeout_seconds:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def _exchange(self, request: Request) -> Response:
        # The vendor's page tokens are sent back as they came, so the URL is not normalised.
        url = URL(request.url, encoded=True)
        async with self._session.get(
            url, headers=self._headers, allow_redirects=False, proxy=self._proxy_for(url)
        ) as response:
            if (response.content_length or 0) > MAX_BODY_BYTES:
                raise _too_large()
            body = await _read_bounded(response.content)
            return Response.of(request.url, response.status, response.headers.items(), body)

    def _proxy_for(self, url: URL) -> str | None:
        """As `_proxy_of`, which looks through the whole environment, once per origin."""
        origin = url.origin()
        if origin not in self._proxies:
            self._proxies[origin] = _proxy_of(url)
        return self._proxies[origin]


def _proxy_of(url: URL) -> str | None:
    """The proxy that the environment names for *url*; None goes there directly, as to this machine itself."""
    if url.host is not None and is_loopback(url.host):
        return None
    proxy = getproxies().get(url.scheme)
    if not proxy or proxy_bypass(f"{url.host}:{url.port}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


async def _read_bounded(content: aiohttp.StreamReader) -> bytes:
    # A buffer that hands over what it holds: joining chunks would hold a long body twice.
    buffer = BytesIO()
    async for chunk in content.iter_any():
        if buffer.tell() + len(chunk) > MAX_BODY_BYTES:
            raise _too_large()
        buffer.write(chunk)
    return buffer.getvalue()


def _too_large() -> BadResponseError:
    return BadResponseError(f"the answer is larger than {MAX_BODY_BYTES // 2**20} MB")


def _translated(error: Exception) -> TransportError | WireError:  # noqa: PLR0911 - a table
    """The border: what aiohttp and the system raise, in this project's words and without the URL."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return ConnectionFailedError(f"the host name {error.host} cannot be resolved")
        case aiohttp.ClientSSLError():
            return ConnectionFailedError(f"TLS with {error.host} failed: {_reason(error)}")
        case aiohttp.ClientProxyConnectionError():
            return ConnectionFailedError(f"the proxy does not accept the connection: {_reason(error)}")
        case aiohttp.ClientConnectorError():
            return ConnectionFailedError(f"cannot connect to {error.host}:{error.port}: {_reason(error)}")
        case aiohttp.ClientHttpProxyError():
            return ConnectionFailedError(f"the proxy refused the connection: HTTP {error.status}")
        case aiohttp.ClientPayloadError(__cause__=ContentEncodingError()):
            return BadResponseError("the answer cannot be unpacked")
        case aiohttp.ClientPayloadError():
            return ConnectionFailedError("the connection broke before the answer was complete")
        case aiohttp.ClientResponseError():
            return BadResponseError(f"the answer is not readable as HTTP: {type(error).__name__}")
        case aiohttp.ClientConnectionError() | OSError():
            return ConnectionFailedError(f"the connection broke: {_reason(error)}")
        case _:
            return BadResponseError(f"the exchange failed: {type(error).__name__}")


def _reason(error: Exception) -> str:
    """The system's own short text for *error*, without addresses or credentials in it."""
    match cause := getattr(error, "os_error", error):
        case ssl.SSLError() | socket.gaierror() if cause.strerror:
            return str(cause.strerror)
        case OSError() if cause.errno:  # asyncio puts the address where the system's text would be
            return os.strerror(cause.errno)
        case _:
            return type(cause).__name__


def authorization(form: str, key: str) -> dict[str, str]:
    """The header that carries an API key: `bearer` or `x-cisco-meraki-api-key` (OpenAPI 1.73.0)."""
    if form == "bearer":
        return {"Authorization": f"Bearer {key}"}
    return {"X-Cisco-Meraki-API-Key": key}
