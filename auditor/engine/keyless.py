"""Takes the API key out of every answer, so that a server that says it back does not get it reported."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from auditor.engine.masking import Masker
from auditor.engine.transport import Transport
from auditor.wire.body import is_list
from auditor.wire.message import Request, Response


class KeylessTransport:
    """Sends through *transport*; in what comes back, `MASK` stands wherever *key* stood, escaped or not.

    Names, ids, messages, links and request ids are all of the server's choosing and end up in reports
    and logs. In a list the key is not looked for in other case: no text of a list is shortened before it
    is written, where that is done.
    """

    def __init__(self, transport: Transport, key: str) -> None:
        self._transport = transport
        self._masker = Masker([key])

    async def send(self, request: Request) -> Response:
        """See `Transport.send`."""
        response = await self._transport.send(request)
        return _without(self._masker, response) if self._masker else response


def _without(masker: Masker, response: Response) -> Response:
    body = masker.in_bytes(response.body, in_any_case=not is_list(response.body))
    headers = _headers_without(masker, response.headers)
    if body is response.body and headers is response.headers:
        return response
    return replace(response, headers=headers, body=body)


def _headers_without(masker: Masker, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """*headers* are searched as one text, as one search takes longer to begin than to end."""
    joined = "\n".join(chain(*headers)).encode(errors="surrogatepass")
    if not masker.holds(joined):
        return headers
    return tuple((masker.in_text(name), masker.in_text(value)) for name, value in headers)
