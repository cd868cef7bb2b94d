"""A server hides the key that it was sent in escapes: of JSON, of URLs, of both, in other case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from tests.end_to_end.driving import auditor
from tests.end_to_end.planting import PLANTED, files_below, find_traces
from tests.engine.raw_server import Exchange, raw_server

pytestmark = pytest.mark.slow

ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in PLANTED)
QUOTED = "".join(f"%{ord(letter):02X}" for letter in PLANTED)
MIXED_CASE = "".join(letter.upper() if place % 3 else letter for place, letter in enumerate(PLANTED))

FORMS = {
    "in escapes of JSON": ESCAPED,
    "in part in escapes of JSON": f"{ESCAPED[:48]}{PLANTED[8:]}",
    "in escapes of JSON that are text": ESCAPED.replace("\\", "\\\\"),
    "in escapes of URLs": QUOTED,
    "in escapes of URLs that JSON escapes": QUOTED.replace("%", "\\u0025"),
    "in upper case": PLANTED.upper(),
    "in mixed case": MIXED_CASE,
}
OUTPUTS = ("--journal", "night.journal", "--history", "nights.history", "--per-tenant", "tenants", "--detail")
RENDERINGS = ("html=page.html", "markdown=page.md", "csv=page.csv", "xlsx=page.xlsx")


def says(written: str) -> Callable[[Exchange], Awaitable[None]]:
    """A reply in which *written* is each name that a server chooses, and the reason why one of two fails."""
    listed = (
        '[{"id": "1", "name": "NAME", "api": {"enabled": true}, "licensing": {"model": "per-device"}},'
        ' {"id": "2", "name": "NAME", "api": {"enabled": true}, "licensing": {"model": "per-device"}}]'
    )
    licenses = (
        '[{"id": "NAME", "licenseType": "NAME", "state": "active", "deviceSerial": "NAME",'
        ' "networkId": "NAME", "expirationDate": "2030-01-01T00:00:00Z", "orderNumber": "NAME"}]'
    )

    async def reply(exchange: Exchange) -> None:
        target = exchange.head.split(b" ")[1]
        is_list = b"/licenses" in target and b"/overview" not in target
        status, body = ("200 OK", licenses) if is_list else ("200 OK", listed)
        if b"/organizations/2/" in target:
            status, body = "400 Bad Request", '{"errors": ["no: NAME"]}'
        body = body.replace("NAME", written)
        length = len(body.encode())
        await exchange.send(f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}".encode())

    return reply


@pytest.mark.parametrize("form", FORMS)
async def test_no_output_holds_a_key_that_was_said_back_in_escapes(form: str, tmp_path: Path) -> None:
    """Neither the report nor a page, the journal, the history, a tenant's file, nor the log."""
    places = [str(tmp_path / one) if not one.startswith("--") else one for one in OUTPUTS]
    for rendering in RENDERINGS:
        kind, _, name = rendering.partition("=")
        places += ["--render", f"{kind}={tmp_path / name}"]
    async with raw_server(says(FORMS[form])) as server:
        done = await auditor(
            *("run", "--base-url", f"http://127.0.0.1:{server.port}/api/v1", "--log-level", "debug"),
            *(*places, "--output", str(tmp_path / "report.json")),
            MERAKI_DASHBOARD_API_KEY=PLANTED,
            AUDITOR_LIMITS_ATTEMPTS="1",
        )

    blobs = dict(files_below(tmp_path)) | {"stderr": done.stderr.encode(), "stdout": done.stdout.encode()}
    report = orjson.loads((tmp_path / "report.json").read_bytes())
    assert done.code == 3, done.stderr
    assert [one["status"] for one in report["organizations"]] == ["audited", "failed"]
    assert report["organizations"][0]["name"] == "****"
    assert {name for name in blobs if name.startswith(("page.", "night"))} >= {"page.html", "night.journal"}
    assert find_traces(blobs, PLANTED) == []
    assert all(FORMS[form].encode() not in blob for blob in blobs.values())
    assert ESCAPED[:60].encode() not in b"".join(blobs.values())
