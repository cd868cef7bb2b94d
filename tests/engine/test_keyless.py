from __future__ import annotations

import pytest

from auditor.engine.keyless import KeylessTransport
from auditor.engine.transport import HttpTransport, open_session
from auditor.readers import http_transport
from auditor.settings.key import ApiKey
from auditor.settings.model import TenantSettings
from auditor.wire.message import Request, Response

KEY = "open-sesame-of-no-particular-form"
REQUEST = Request("https://api.example.test/x")


class Echo:
    """Answers with what it was made with."""

    def __init__(self, response: Response) -> None:
        self.response = response

    async def send(self, request: Request) -> Response:
        """Whatever is asked."""
        return self.response


async def test_the_key_is_taken_out_of_body_and_headers() -> None:
    """Wherever it stands, as often as it stands there."""
    headers = [("X-Request-Id", KEY), ("Link", f"<https://{KEY}.test/{KEY}>; rel=next"), (KEY, "1")]
    answer = Response.of(REQUEST.url, 403, headers, f'["{KEY}", "{KEY}x"]'.encode())

    response = await KeylessTransport(Echo(answer), KEY).send(REQUEST)

    assert (response.url, response.status) == (REQUEST.url, 403)
    assert response.body == b'["****", "****x"]'
    assert response.headers == (
        ("X-Request-Id", "****"),
        ("Link", "<https://****.test/****>; rel=next"),
        ("****", "1"),
    )


@pytest.mark.parametrize("key", [KEY, "1"])
async def test_other_answers_are_passed_on_as_they_are(key: str) -> None:
    """The same object; a key too short to be a secret is not looked for."""
    answer = Response.of(REQUEST.url, 200, [("Date", "1")], b'[{"id": "1"}]')

    assert await KeylessTransport(Echo(answer), key).send(REQUEST) is answer


async def test_every_real_transport_is_without_the_key() -> None:
    """It is put together so."""
    tenant = TenantSettings(name="acme", api_key_env="ACME_KEY")
    async with open_session() as session:
        transport = http_transport(session, tenant, ApiKey(KEY, "the test"), timeout=5)

    assert isinstance(transport, KeylessTransport)
    assert isinstance(transport._transport, HttpTransport)
    assert KEY not in repr(transport)


ESCAPED = "".join(f"\\u{ord(character):04x}" for character in KEY)
QUOTED = "".join(f"%{ord(character):02X}" for character in KEY)


@pytest.mark.parametrize("written", [ESCAPED, QUOTED, f"{ESCAPED[:60]}{KEY[10:]}"])
async def test_an_escaped_key_is_taken_out_before_it_is_decoded(written: str) -> None:
    """JSON and URLs stand for the key without holding its bytes."""
    headers = [("Location", f"https://{KEY.upper()}.test/{QUOTED}")]
    answer = Response.of(REQUEST.url, 302, headers, f'[{{"name": "x {written}"}}]'.encode())

    response = await KeylessTransport(Echo(answer), KEY).send(REQUEST)

    assert response.body == b'[{"name": "x ****"}]'
    assert response.headers == (("Location", "https://****.test/****"),)


async def test_an_error_that_says_the_key_in_other_case_is_masked_before_it_is_shortened() -> None:
    """Half of a key would not be found any more where the message is written."""
    answer = Response.of(REQUEST.url, 400, [], f'{{"errors": ["{KEY.upper()}"]}}'.encode())

    response = await KeylessTransport(Echo(answer), KEY).send(REQUEST)

    assert response.body == b'{"errors": ["****"]}'
