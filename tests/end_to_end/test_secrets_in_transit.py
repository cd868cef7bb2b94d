"""The key travels over TLS that is verified, through the proxy of the environment, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from auditor.cli.main import cli, exit_code_of
from auditor.settings.environment import variable_paths
from auditor.settings.fields import keys_at
from tests.end_to_end.driving import Ended, auditor
from tests.end_to_end.faults.certificates import Certificates, make_certificates
from tests.end_to_end.planting import PASSWORD, PLANTED, find_traces
from tests.engine.raw_server import Exchange, accepting, raw_server

pytestmark = pytest.mark.slow

HOST = "dashboard.test"
"""Resolves nowhere: only a proxy can reach it."""

ORGANIZATIONS = (
    b'[{"id": "1", "name": "One", "api": {"enabled": true}, "licensing": {"model": "per-device"}}]'
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


async def sound(exchange: Exchange) -> None:
    """One organization without licenses."""
    body = b"[]" if b"/licenses" in exchange.head.split(b"\r\n")[0] else ORGANIZATIONS
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def leads_to(url: str, *, by: str) -> Callable[[Exchange], object]:
    """A reply that sends on to *url*: by a redirect, or by a next page."""

    async def reply(exchange: Exchange) -> None:
        if by == "redirect":
            await exchange.send(
                f"HTTP/1.1 307 Moved\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()
            )
        else:
            link = f"Link: <{url}>; rel=next\r\nContent-Length: {len(ORGANIZATIONS)}\r\n\r\n"
            await exchange.send(b"HTTP/1.1 200 OK\r\n" + link.encode() + ORGANIZATIONS)

    return reply


async def audited(base_url: str, **variables: str) -> Ended:
    return await auditor(
        *("run", "--base-url", base_url, "--log-level", "debug"),
        **{"MERAKI_DASHBOARD_API_KEY": PLANTED, "AUDITOR_LIMITS_ATTEMPTS": "1"} | variables,
    )


class TestTls:
    async def test_an_authority_of_the_environment_is_trusted(self, certificates: Certificates) -> None:
        """`SSL_CERT_FILE` names a bundle, as for other programs; without it nobody knows the server."""
        async with raw_server(sound, tls=certificates.server("good")) as server:
            url = f"https://127.0.0.1:{server.port}/api/v1"
            stranger = await audited(url)
            assert server.heads == []
            trusted = await audited(url, SSL_CERT_FILE=str(certificates.authority))

        assert (stranger.code, trusted.code) == (4, 0)
        assert "TLS with 127.0.0.1 failed" in stranger.stderr
        assert find_traces({"stderr": (stranger.stderr + trusted.stderr).encode()}, PLANTED) == []

    @pytest.mark.parametrize("name", ["self-signed", "expired", "wrong host"])
    async def test_a_bundle_makes_nobody_else_trusted(self, name: str, certificates: Certificates) -> None:
        """A name, a date and a signature are checked as ever, and the key stays here."""
        async with raw_server(sound, tls=certificates.server(name)) as server:
            done = await audited(
                f"https://127.0.0.1:{server.port}/api/v1", SSL_CERT_FILE=str(certificates.authority)
            )

        assert (done.code, server.heads) == (4, [])

    async def test_nothing_in_the_environment_turns_verification_off(
        self, certificates: Certificates
    ) -> None:
        """All that other programs obey, at once; a bundle that is none trusts nobody."""
        others = {
            "PYTHONHTTPSVERIFY": "0",
            "CURL_CA_BUNDLE": "/dev/null",
            "REQUESTS_CA_BUNDLE": "/dev/null",
            "NODE_TLS_REJECT_UNAUTHORIZED": "0",
            "GIT_SSL_NO_VERIFY": "1",
            "SSL_VERIFY": "0",
            "SSL_NO_VERIFY": "1",
        }
        async with raw_server(sound, tls=certificates.server("good")) as server:
            url = f"https://127.0.0.1:{server.port}/api/v1"
            ends = [
                await audited(url, SSL_CERT_FILE=bundle, **others) for bundle in ("", "/dev/null", "/nowhere")
            ]

        assert [done.code for done in ends] == [4, 4, 4]
        assert server.heads == []

    def test_no_option_no_setting_and_no_variable_is_about_verification(self) -> None:
        """What does not exist cannot be left on by mistake."""
        words = {"insecure", "verify", "ssl", "tls", "unsafe", "trust", "skip"}
        options = {
            option.strip("-") for command in _commands(cli) for one in command.params for option in one.opts
        }
        settings = {key for section in keys_at(()) for key in keys_at((section,))}
        names = options | settings | set(map(str.lower, variable_paths()))

        assert len(names) > 40
        assert [name for name in names if words & set(name.replace("-", "_").split("_"))] == []

    @pytest.mark.parametrize(
        "option", ["--insecure", "-k", "--no-verify", "--verify=no", "--skip-tls-verify"]
    )
    def test_an_option_of_other_programs_is_refused(
        self, option: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Not ignored: whoever writes it would believe in it."""
        assert exit_code_of(["run", option]) == 2
        assert "No such option" in capfd.readouterr().err

    @pytest.mark.parametrize("key", ["verify", "verify_ssl", "insecure", "tls_verify"])
    def test_a_setting_of_other_programs_is_refused(
        self, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """In the file and in the environment."""
        config = tmp_path / "a.toml"
        config.write_text(
            f'[limits]\n{key} = false\n[[tenants]]\nname = "n"\napi_key_env = "K"\n{key} = false\n'
        )
        monkeypatch.setenv(f"AUDITOR_LIMITS_{key.upper()}", "false")

        assert exit_code_of(["config", "check", str(config)]) == 2
        told = capfd.readouterr().err
        assert [told.count(one) for one in ("no such key", "no such setting")] == [2, 1]


def _commands(group: click.Group) -> Iterator[click.Command]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield command
        if isinstance(command, click.Group):
            yield from _commands(command)


class TestPlainHttp:
    @pytest.mark.parametrize(
        "host", ["api.example.test", "10.0.0.1", "0", "2130706433", "127.0.0.1.example.test", "[::2]"]
    )
    def test_it_is_refused_to_any_host_but_this_machine(
        self, host: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Before anything is asked."""
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", PLANTED)

        assert exit_code_of(["run", "--base-url", f"http://{host}/api/v1"]) == 2
        assert "must be https" in capfd.readouterr().err

    @pytest.mark.parametrize("by", ["redirect", "link"])
    async def test_what_began_over_tls_does_not_go_on_without(
        self, by: str, certificates: Certificates
    ) -> None:
        """A server on the same host that speaks plainly gets no request at all."""
        async with raw_server(sound) as plain:
            reply = leads_to(f"http://127.0.0.1:{plain.port}/api/v1/organizations", by=by)
            async with raw_server(reply, tls=certificates.server("good")) as server:  # type: ignore[arg-type]
                done = await audited(
                    f"https://127.0.0.1:{server.port}/api/v1", SSL_CERT_FILE=str(certificates.authority)
                )

        assert done.code in {3, 4}
        assert (len(server.heads), plain.connections) == (1 if by == "redirect" else len(server.heads), 0)

    @pytest.mark.parametrize("by", ["redirect", "link"])
    async def test_another_port_of_this_machine_is_another_host(self, by: str) -> None:
        """Somebody else may listen there."""
        async with raw_server(sound) as other:
            reply = leads_to(f"http://127.0.0.1:{other.port}/api/v1/organizations", by=by)
            async with raw_server(reply) as server:  # type: ignore[arg-type]
                done = await audited(f"http://127.0.0.1:{server.port}/api/v1")

        assert done.code in {3, 4}
        assert server.heads
        assert other.connections == 0


@dataclass
class Proxy:
    """A forward proxy on loopback that answers CONNECT by a tunnel to one port."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)

    def url(self, scheme: str = "http") -> str:
        """As the environment names it, with a user and a password."""
        return f"{scheme}://someone:{PASSWORD}@127.0.0.1:{self.port}"


@asynccontextmanager
async def a_proxy(to_port: int, *, refuses: str = "") -> AsyncIterator[Proxy]:
    """Tunnel to *to_port* whatever host is asked for, or refuse with the status *refuses*."""
    proxy = Proxy()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        proxy.heads.append(head)
        if refuses:
            body = head.decode()
            writer.write(f"HTTP/1.1 {refuses}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async with accepting(serve) as proxy.port:
        yield proxy


class TestProxies:
    @pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
    async def test_the_proxy_of_the_environment_is_used_and_does_not_see_the_key(
        self, variable: str, certificates: Certificates
    ) -> None:
        """A tunnel with TLS inside; the password is shown to the proxy alone."""
        async with (
            raw_server(sound, tls=certificates.server("wrong host")) as server,
            a_proxy(server.port) as proxy,
        ):
            done = await audited(
                f"https://{HOST}/api/v1",
                **{variable: proxy.url(), "SSL_CERT_FILE": str(certificates.authority)},
                AUDITOR_LIMITS_SHARED_BUDGET="off",
            )

        assert done.code == 0, done.stderr
        assert {head.split(b"\r\n")[0] for head in proxy.heads} == {f"CONNECT {HOST}:443 HTTP/1.1".encode()}
        assert all(b"Proxy-Authorization: Basic" in head for head in proxy.heads)
        assert find_traces({"proxy": b"".join(proxy.heads)}, PLANTED) == []
        assert not any(b"proxy-authorization" in head.lower() for head in server.heads)
        assert find_traces(_shown(done), PLANTED, PASSWORD) == []

    @pytest.mark.parametrize(
        "status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"]
    )
    async def test_a_proxy_that_refuses_is_told_without_its_password(self, status: str) -> None:
        """It says back what it was sent."""
        async with a_proxy(0, refuses=status) as proxy:
            done = await audited(
                f"https://{HOST}/api/v1", https_proxy=proxy.url(), AUDITOR_LIMITS_SHARED_BUDGET="off"
            )

        assert done.code == 4
        assert f"the proxy refused the connection: HTTP {status[:3]}" in done.stderr
        assert find_traces(_shown(done), PLANTED, PASSWORD) == []

    @pytest.mark.parametrize(
        "proxy",
        [
            f"http://someone:{PASSWORD}@127.0.0.1:1",
            f"http://someone:{PASSWORD}@proxy.invalid:8080",
            f"http://someone:{PASSWORD}@127.0.0.1:port",
            f"http://someone:{PASSWORD}@",
            f"socks5://someone:{PASSWORD}@127.0.0.1:1",
            f"someone:{PASSWORD}@127.0.0.1:1",
            f"http://[{PASSWORD}]:1",
        ],
        ids=["closed", "unknown", "no port", "no host", "socks", "no scheme", "brackets"],
    )
    async def test_a_proxy_that_cannot_be_used_is_told_without_its_password(self, proxy: str) -> None:
        """Nor does anything go around it."""
        done = await audited(f"https://{HOST}/api/v1", https_proxy=proxy, AUDITOR_LIMITS_SHARED_BUDGET="off")

        assert done.code == 4, done.stderr
        assert "Traceback" not in done.stderr
        assert find_traces(_shown(done), PLANTED, PASSWORD) == []

    async def test_a_server_on_this_machine_is_reached_without_the_proxy(self) -> None:
        """Plain http is for loopback, and loopback is not behind a proxy."""
        async with raw_server(sound) as server, a_proxy(server.port) as proxy:
            done = await audited(
                f"http://127.0.0.1:{server.port}/api/v1", http_proxy=proxy.url(), HTTP_PROXY=proxy.url()
            )

        assert (done.code, proxy.heads) == (0, [])


def _shown(done: Ended) -> dict[str, bytes]:
    return {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
