from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import anyio
import pytest
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from auditor.engine import transport as module
from auditor.engine.transport import HttpTransport, authorization, open_session
from auditor.errors import AuditorError, BadResponseError, ConnectionFailedError, RequestTimeoutError
from auditor.readers import http_transport
from auditor.settings.key import ApiKey
from auditor.settings.model import TenantSettings
from auditor.wire.message import Request, Response
from auditor.wire.rows import decode_rows
from tests.engine.raw_server import Exchange, Reply, closed_port, ok, raw_server, says
from tests.engine.raw_server import says_and_closes as says_once
from tests.shims import aioresponses

KEY = "feedc0de" * 5
SHORT_SECONDS = 0.2
MB = 2**20


@asynccontextmanager
async def a_transport(
    *, timeout_seconds: float = 5.0, headers: dict[str, str] | None = None
) -> AsyncIterator[HttpTransport]:
    async with open_session() as session:
        yield HttpTransport(
            session, headers=headers or authorization("bearer", KEY), timeout_seconds=timeout_seconds
        )


async def asked(url: str, **options: Any) -> Response:
    """The answer to one request of a fresh transport."""
    async with a_transport(**options) as transport:
        return await transport.send(Request(url))


async def answer_of(reply: Reply, **options: Any) -> Response:
    """The answer to one request when the server does *reply*."""
    async with raw_server(reply) as server:
        return await asked(server.url, **options)


class TestAnswers:
    async def test_status_headers_and_body_come_as_they_are(self) -> None:
        """Order and repetition of headers are part of the answer."""
        data = b"HTTP/1.1 429 Slow Down\r\nX-A: 1\r\nContent-Length: 2\r\nX-A: 2\r\n\r\nno"

        response = await answer_of(says(data))

        assert (response.status, response.body) == (429, b"no")
        assert response.headers == (("X-A", "1"), ("Content-Length", "2"), ("X-A", "2"))

    async def test_a_redirect_is_returned_and_not_followed(self) -> None:
        """The key goes nowhere that nobody looked at first."""
        async with raw_server(says(ok())) as elsewhere:
            moved = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
            response = await answer_of(says(moved.encode()))

        assert (response.status, response.header("location")) == (302, elsewhere.url)
        assert elsewhere.heads == []

    async def test_a_link_header_of_20_kb_passes(self) -> None:
        """Page tokens may be long; aiohttp alone would stop at 8 KB."""
        link = f"<https://api.meraki.com/{'a' * 20_000}>; rel=next"

        response = await answer_of(says(ok(b"[]", f"Link: {link}")))

        assert response.header("link") == link

    async def test_a_body_without_a_length_ends_with_the_connection(self) -> None:
        """HTTP/1.0 style, as some proxies answer."""
        response = await answer_of(says_once(b"HTTP/1.1 200 OK\r\n\r\n[1, 2]"))

        assert response.body == b"[1, 2]"

    async def test_a_compressed_body_is_unpacked(self) -> None:
        """Gzip costs the vendor nothing and saves nine tenths of the bytes."""
        body = b'[{"id": "1"}]' * 1000

        response = await answer_of(says(ok(gzip.compress(body), "Content-Encoding: gzip")))

        assert response.body == body


class TestRequests:
    @pytest.mark.parametrize("path", ["/a%2Fb?startingAfter=%3d%2f+x%20y&q=%C3%A9", "/a//b/../c?x=1&x=1"])
    async def test_the_url_is_sent_to_the_letter(self, path: str) -> None:
        """Page tokens are the server's: re-quoting one makes it another."""
        async with raw_server(says(ok())) as server:
            await asked(f"http://127.0.0.1:{server.port}{path}")

        assert server.heads[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())

    async def test_requests_in_turn_share_a_connection(self) -> None:
        """One handshake for many pages."""
        async with raw_server(says(ok())) as server, a_transport() as transport:
            for _ in range(3):
                await transport.send(Request(server.url))

        assert (len(server.heads), server.connections) == (3, 1)

    async def test_no_cookies_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No state that a report could depend on. Hosts need a name to set one, so a proxy gives it."""
        reply = says(ok(b"[]", "Set-Cookie: session=1; Path=/"))
        async with raw_server(reply) as server, a_transport() as transport:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
            for _ in range(2):
                await transport.send(Request("http://dashboard.test/x"))

        assert [b"cookie" in head.lower() for head in server.heads] == [False, False]

    async def test_an_answer_that_is_not_read_to_its_end_is_not_waited_for_by_the_next(self) -> None:
        """A connection whose answer was cut short serves nobody else."""
        replies = [ok(b"[", length=2), ok(b"[]")]

        async def reply(exchange: Exchange) -> None:
            await exchange.send(replies.pop(0))

        async with raw_server(reply) as server, a_transport(timeout_seconds=SHORT_SECONDS) as transport:
            with pytest.raises(RequestTimeoutError):
                await transport.send(Request(server.url))
            response = await transport.send(Request(server.url))

        assert (response.body, server.connections) == (b"[]", 2)

    @pytest.mark.parametrize(
        ("form", "name", "value"),
        [
            ("bearer", "Authorization", f"Bearer {KEY}"),
            ("x-cisco-meraki-api-key", "X-Cisco-Meraki-API-Key", KEY),
        ],
    )
    async def test_every_request_carries_the_key_in_the_form_that_the_tenant_chose(
        self, form: Any, name: str, value: str
    ) -> None:
        """And says who asks, in the vendor's form, and what it can read."""
        tenant = TenantSettings(name="acme", api_key_env="ACME_KEY", auth=form)
        url = f"{tenant.base_url}/organizations"
        with aioresponses() as mocked:
            mocked.get(url, body=b"[]")
            async with open_session() as session:
                transport = http_transport(session, tenant, ApiKey(KEY, "the test"), timeout=5)
                await transport.send(Request(url))
            ((call,),) = mocked.requests.values()

        headers = call.kwargs["headers"]
        assert {key: text for key, text in headers.items() if KEY in text} == {name: value}
        assert headers["User-Agent"].startswith("LicenseAuditor/")
        assert headers["User-Agent"].endswith(" AuditorProject")
        assert (headers["Accept"], headers["Accept-Encoding"]) == ("application/json", "gzip, deflate")
        assert call.kwargs["allow_redirects"] is False

    @pytest.mark.parametrize("form", ["bearer", "x-cisco-meraki-api-key"])
    async def test_a_netrc_file_changes_nothing(
        self, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody's netrc must neither break the key nor be sent beside it."""
        netrc = tmp_path / "netrc"
        netrc.write_text("default login someone password something\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        expected = authorization(form, KEY)

        async with raw_server(says(ok())) as server:
            await asked(server.url, headers=expected)

        ((name, value),) = expected.items()
        assert f"{name}: {value}\r\n".encode() in server.heads[0]
        assert b"Basic" not in server.heads[0]


class TestProxies:
    async def test_a_proxy_of_the_environment_is_used_with_its_credentials(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Written with or without a scheme, as curl takes it."""
        async with raw_server(says(ok(b"[1]"))) as proxy:
            monkeypatch.setenv("http_proxy", f"user:secret@127.0.0.1:{proxy.port}")
            response = await asked("http://dashboard.test/x")

        assert response.body == b"[1]"
        assert proxy.heads[0].startswith(b"GET http://dashboard.test/x HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n" in proxy.heads[0]

    async def test_no_proxy_names_the_hosts_that_are_reached_directly(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a port or without."""
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
        async with raw_server(says(ok())) as server:
            for exempted in ("127.0.0.1", f"127.0.0.1:{server.port}"):
                monkeypatch.setenv("no_proxy", exempted)
                await asked(server.url)

        assert len(server.heads) == 2

    async def test_a_proxy_that_does_not_listen_is_named_as_such(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The vendor is not to blame, and the proxy's password is not shown."""
        monkeypatch.setenv("http_proxy", f"http://user:secret@127.0.0.1:{closed_port()}")

        with pytest.raises(ConnectionFailedError) as raised:
            await asked("http://dashboard.test/x")

        assert str(raised.value) == "the proxy does not accept the connection: Connection refused"

    async def test_a_proxy_that_refuses_the_tunnel_is_named_as_such(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """407 comes from the proxy and says nothing about the API, nor does it get the key."""
        refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        async with raw_server(says(refusal)) as proxy:
            monkeypatch.setenv("https_proxy", f"http://user:secret@127.0.0.1:{proxy.port}")
            with pytest.raises(ConnectionFailedError) as raised:
                await asked("https://dashboard.test/x")

        assert str(raised.value) == "the proxy refused the connection: HTTP 407"
        assert KEY.encode() not in proxy.heads[0]


class TestBrokenConnections:
    async def test_a_refused_connection_says_where_it_knocked(self) -> None:
        """Host, port and the system's word for it."""
        port = closed_port()

        with pytest.raises(ConnectionFailedError) as raised:
            await asked(f"http://127.0.0.1:{port}/x?token=1")

        assert str(raised.value) == f"cannot connect to 127.0.0.1:{port}: Connection refused"

    @pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
    async def test_a_connection_lost_before_the_answer_is_one_request_and_no_more(self, ending: Any) -> None:
        """Aiohttp would send a GET once more on its own, past every budget."""

        async def reply(exchange: Exchange) -> None:
            if len(server.heads) == 1:
                await exchange.send(ok())
            else:
                ending(exchange)

        async with raw_server(reply) as server, a_transport() as transport:
            await transport.send(Request(server.url))  # makes the connection one that is kept
            with pytest.raises(ConnectionFailedError, match="the connection broke"):
                await transport.send(Request(server.url))

        assert len(server.heads) == 2

    @pytest.mark.parametrize(
        "begun",
        [
            pytest.param(ok(b'[{"id": ', length=1000), id="shorter than Content-Length"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n", id="no last chunk"
            ),
            pytest.param(
                ok(gzip.compress(b"[1]" * 9999)[:40], "Content-Encoding: gzip", length=99), id="gzip cut"
            ),
        ],
    )
    @pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
    async def test_a_body_that_breaks_off_is_no_answer(self, begun: bytes, ending: Any) -> None:
        """A part of a list is never taken for the list."""

        async def reply(exchange: Exchange) -> None:
            await exchange.send(begun)
            ending(exchange)

        with pytest.raises(ConnectionFailedError) as raised:
            await answer_of(reply)

        assert str(raised.value).startswith("the connection broke")

    async def test_a_body_that_cannot_be_unpacked_is_no_answer(self) -> None:
        """The length is right and the content is not what it says."""
        with pytest.raises(BadResponseError, match=r"^the answer cannot be unpacked$"):
            await answer_of(says(ok(b"not gzip at all", "Content-Encoding: gzip")))

    @pytest.mark.parametrize("missing", [12, 20, 100])
    async def test_a_compressed_body_that_lacks_its_end_is_never_a_list(self, missing: int) -> None:
        """When the length agrees, aiohttp lets it pass: what comes out must not be taken for the page."""
        body = b"[" + b", ".join(b'{"id": "%d"}' % number for number in range(1000)) + b"]"
        packed = gzip.compress(body)[:-missing]

        response = await answer_of(says(ok(packed, "Content-Encoding: gzip")))

        with pytest.raises(BadResponseError):
            decode_rows(response.body)

    @pytest.mark.parametrize(
        "begun",
        [
            pytest.param(b"", id="no answer"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half a head"),
            pytest.param(ok(b"[", length=1000), id="half a body"),
        ],
    )
    async def test_an_answer_that_stalls_ends_with_the_timeout(self, begun: bytes) -> None:
        """The time limit covers the whole answer, wherever it hangs."""
        with pytest.raises(RequestTimeoutError, match=r"^no complete answer within 0\.2 s$"):
            await answer_of(says(begun), timeout_seconds=SHORT_SECONDS)

    async def test_an_answer_that_trickles_ends_with_the_timeout(self) -> None:
        """A byte now and then does not buy more time."""

        async def reply(exchange: Exchange) -> None:
            await exchange.send(ok(length=10_000))
            while True:
                await exchange.send(b" ")
                await asyncio.sleep(SHORT_SECONDS / 10)

        with anyio.fail_after(5), pytest.raises(RequestTimeoutError):
            await answer_of(reply, timeout_seconds=SHORT_SECONDS)

    @pytest.mark.parametrize(
        "garbage",
        [
            b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"\x00" * 100 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        ],
        ids=["SSH", "no status", "NULs", "endless header"],
    )
    async def test_garbage_is_a_bad_response(self, garbage: bytes) -> None:
        """Something answers, and it does not speak HTTP."""
        with pytest.raises(BadResponseError, match="not readable as HTTP"):
            await answer_of(says_once(garbage))

    async def test_tls_with_a_port_that_speaks_plain_text_fails_at_once(self) -> None:
        """The message says TLS, which is the thing to look at."""

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await reader.read()
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ConnectionFailedError, match=r"^TLS with 127\.0\.0\.1 failed: .*SSL"):
                await asked(f"https://127.0.0.1:{port}/x")

    async def test_a_host_that_does_not_answer_the_call_is_given_up_on_early(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A firewall that drops packets: no reason to wait as long as for an answer."""
        monkeypatch.setattr(module, "CONNECT_TIMEOUT_SECONDS", SHORT_SECONDS)
        with socket.socket() as deaf, ExitStack() as callers:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)  # and never accepts, so once its queue is full the system drops what comes
            for _ in range(5):
                caller = callers.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex(deaf.getsockname())
            with pytest.raises(RequestTimeoutError, match=r"^no connection within 0\.2 s$"):
                await asked(f"http://127.0.0.1:{deaf.getsockname()[1]}/x")

    async def test_a_host_name_that_does_not_resolve_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Asked of the system's resolver, which is played here: tests leave the machine alone."""
        failing = Mock(side_effect=socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        monkeypatch.setattr(socket, "getaddrinfo", failing)

        with pytest.raises(ConnectionFailedError) as raised:
            await asked("http://nonexistent.invalid/x")

        assert failing.called
        assert str(raised.value) == "the host name nonexistent.invalid cannot be resolved"

    async def test_a_cancelled_request_closes_its_connection(self) -> None:
        """An answer that nobody waits for must not reach whoever asks next."""
        asked_for = asyncio.Event()

        async def reply(exchange: Exchange) -> None:
            asked_for.set()
            await exchange.reader.read(1)

        async with raw_server(reply) as server, a_transport() as transport:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(transport.send, Request(server.url))
                await asked_for.wait()
                tasks.cancel_scope.cancel()
            with anyio.fail_after(5):
                await server.closed.wait()

        assert len(server.heads) == 1


class TestTooLarge:
    @pytest.fixture(autouse=True)
    def _one_mb_at_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_BODY_BYTES", MB)

    async def test_a_body_up_to_the_limit_is_read(self) -> None:
        """The limit itself still passes."""
        response = await answer_of(says(ok(b" " * MB)))

        assert len(response.body) == MB

    async def test_an_oversize_body_is_cut_off_long_before_its_end(self) -> None:
        """Whoever sends without end is not listened to without end."""
        sent = 0

        async def reply(exchange: Exchange) -> None:
            nonlocal sent
            await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
            while sent < 256 * MB:
                await exchange.send(b" " * MB)
                sent += MB

        async with raw_server(reply) as server, a_transport() as transport:
            with pytest.raises(BadResponseError, match=r"^the answer is larger than 1 MB$"):
                await transport.send(Request(server.url))
            with anyio.fail_after(5):
                await server.closed.wait()

        assert sent < 64 * MB  # what the buffers of the system take

    async def test_a_body_that_says_how_large_it_will_be_is_not_read_at_all(self) -> None:
        """The refusal does not wait for a byte of it."""
        with pytest.raises(BadResponseError, match=r"^the answer is larger than 1 MB$"):
            await answer_of(says(ok(b"", length=MB + 1)))

    async def test_a_small_body_that_unpacks_without_end_is_refused_in_little_memory(self) -> None:
        """A gzip bomb costs about as much as the limit, not as much as it holds."""
        bomb = gzip.compress(bytes(32 * MB), compresslevel=1)

        async with raw_server(says(ok(bomb, "Content-Encoding: gzip"))) as server:
            tracemalloc.start()
            try:
                with pytest.raises(BadResponseError, match="larger than 1 MB"):
                    await asked(server.url)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()

        assert len(bomb) < MB / 2
        assert peak < 8 * MB


HERE = ConnectionKey("host.test", 443, True, True, None, None, None)
ABOUT = aiohttp.RequestInfo(
    URL("https://host.test/x?startingAfter=token"),
    "GET",
    Mock(spec=dict, __repr__=lambda _: f"<{KEY}>"),
    URL("https://host.test/x?startingAfter=token"),
)
REFUSED = ConnectionRefusedError(111, "Connect call failed ('192.0.2.1', 443)")
UNKNOWN_NAME = socket.gaierror(-2, "Name or service not known")
SELF_SIGNED = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")

TRANSLATIONS: list[tuple[Exception, type[AuditorError], str]] = [
    (
        aiohttp.ClientConnectorDNSError(HERE, UNKNOWN_NAME),
        ConnectionFailedError,
        "the host name host.test cannot be resolved",
    ),
    (
        aiohttp.ClientConnectorCertificateError(HERE, SELF_SIGNED),
        ConnectionFailedError,
        "TLS with host.test failed: certificate verify failed: self-signed certificate",
    ),
    (
        aiohttp.ClientConnectorSSLError(HERE, ssl.SSLError(1, "wrong version number")),
        ConnectionFailedError,
        "TLS with host.test failed: wrong version number",
    ),
    (
        aiohttp.ClientProxyConnectionError(HERE, REFUSED),
        ConnectionFailedError,
        "the proxy does not accept the connection: Connection refused",
    ),
    (
        aiohttp.ClientConnectorError(HERE, REFUSED),
        ConnectionFailedError,
        "cannot connect to host.test:443: Connection refused",
    ),
    (
        aiohttp.ClientConnectorError(HERE, OSError("Multiple exceptions: [Errno 111] 192.0.2.1")),
        ConnectionFailedError,
        "cannot connect to host.test:443: OSError",
    ),
    (
        aiohttp.ClientHttpProxyError(ABOUT, (), status=403, message=KEY),
        ConnectionFailedError,
        "the proxy refused the connection: HTTP 403",
    ),
    (
        aiohttp.ClientPayloadError(f"not enough data {ABOUT}"),
        ConnectionFailedError,
        "the connection broke before the answer was complete",
    ),
    (
        aiohttp.ClientResponseError(ABOUT, (), status=400, message=KEY),
        BadResponseError,
        "the answer is not readable as HTTP: ClientResponseError",
    ),
    (
        aiohttp.ServerDisconnectedError(KEY),
        ConnectionFailedError,
        "the connection broke: ServerDisconnectedError",
    ),
    (
        aiohttp.ClientOSError(104, "Connection reset by peer"),
        ConnectionFailedError,
        "the connection broke: Connection reset by peer",
    ),
    (OSError(24, "Too many open files"), ConnectionFailedError, "the connection broke: Too many open files"),
    (
        aiohttp.ConnectionTimeoutError(f"Connection timeout to host {ABOUT.url}"),
        RequestTimeoutError,
        "no connection within 15 s",
    ),
    (aiohttp.SocketTimeoutError(KEY), RequestTimeoutError, "no complete answer within 7 s"),
    (TimeoutError(), RequestTimeoutError, "no complete answer within 7 s"),
    (aiohttp.InvalidURL(ABOUT.url), BadResponseError, "the exchange failed: InvalidURL"),
    (ValueError(KEY), BadResponseError, "the exchange failed: ValueError"),
]


@pytest.mark.parametrize(
    ("theirs", "ours", "message"), TRANSLATIONS, ids=[f"{type(row[0]).__name__}" for row in TRANSLATIONS]
)
async def test_what_aiohttp_raises_is_told_in_our_words_without_url_or_key(
    theirs: Exception, ours: type[AuditorError], message: str
) -> None:
    """The table of the border: class and sentence for each."""
    url = str(ABOUT.url)
    with aioresponses() as mocked:
        mocked.get(url, exception=theirs)
        with pytest.raises(ours) as raised:
            await asked(url, timeout_seconds=7)

    assert (type(raised.value), str(raised.value)) == (ours, message)
    assert raised.value.__cause__ is theirs


async def test_a_defect_is_not_dressed_up_as_a_failure_of_the_network() -> None:
    """What is neither aiohttp's nor the system's error passes as it is."""
    with aioresponses() as mocked:
        mocked.get("http://host.test/", exception=ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await asked("http://host.test/")


async def test_no_request_waits_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate bounds what is in flight; a request that waited in the pool would hold budget unused."""
    async with raw_server(says(ok())) as server, open_session() as session:
        transport = HttpTransport(session, headers={}, timeout_seconds=5)
        async with anyio.create_task_group() as tasks:
            for _ in range(150):
                tasks.start_soon(transport.send, Request(server.url))

    assert len(server.heads) == 150
    assert server.connections > 100
