"""What the simulator is asked and what it replies, as values; and the replies that never change.

Each body is one that was recorded from the vendor, where a recording is public; the texts of 401,
403 and 400 for bad parameters, and all bodies of 5xx, are likely ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import orjson

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Ask:
    """One GET under `/api/v1`. *target* is path and query as they came, *path* lies below `/api/v1`.

    *origin* is how the client spelled scheme and host; absolute links name the same.
    """

    target: str
    path: str
    query: Mapping[str, str]
    origin: str
    visible: frozenset[str] | None = None  # the organizations that the key sees; None means all

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of parameter *name*, in order: lists come as one parameter that is repeated."""
        return tuple(value for found, value in parse_qsl(urlsplit(self.target).query) if found == name)

    def sees(self, organization_id: str) -> bool:
        """Whether the key sees the organization."""
        return self.visible is None or organization_id in self.visible


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. *breaks_after* is the part of the body after which the connection breaks.

    0.0 means before anything was sent, None that it holds.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_after: float | None = None
    delay_seconds: float = 0.0


def errors(status: int, text: str, **headers: str) -> Reply:
    """The vendor's form of an error. An underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, orjson.dumps({"errors": [text]}), headers=named)


def html(status: int, title: str) -> Reply:
    """A page for humans, as a web server in front of the dashboard writes it."""
    page = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, page.encode(), HTML)


MISSING_KEY = errors(401, "Missing API key")
INVALID_KEY = errors(401, "Invalid API key")
FORBIDDEN = errors(403, "Access denied: you do not have permission for this resource")
NOT_FOUND = Reply(404, b" ", HTML)
OTHER_WORDS = errors(400, "This endpoint is not available under the licensing of the organization")
NOT_ENTITLED = errors(402, "The organization is not licensed for this endpoint")
PARTIAL_CONTENT = Reply(206, b"[]", headers={"Content-Range": "bytes 0-1/1000"})
UNKNOWN_PATH = Reply(
    404,
    b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\n<html><head><title>Not found</title></head>'
    b"<body><h1>The page you were looking for does not exist.</h1></body></html>\n",
    HTML,
)
NOT_ALLOWED = html(405, "Not Allowed")
ADDRESS_LIMITED = html(429, "Too Many Requests")
API_DISABLED_TEXT = errors(
    404,
    "API access is disabled for this organization. To make API requests for this organization you must "
    "first enable API access.",
)


NO_SUBSCRIPTIONS = errors(404, "No subscriptions found for the requested organization")
"""A client library tolerates 404 where there are none; the text is a likely one."""


def organization_limited(retry_after: str) -> Reply:
    """The 429 of an organization's budget."""
    return errors(429, "API rate limit exceeded for organization", Retry_After=retry_after)


def api_disabled_shard(organization_id: str) -> Reply:
    """The older text for an organization without API access."""
    place = f"https://n123.meraki.com/o/{organization_id}/manage/organization/edit"
    return errors(404, f"To make requests you must first enable API access via {place}")


def no_co_term(organization_id: str) -> Reply:
    """A likely 400 of `getOrganizationLicensingCotermLicenses` under another model; none is recorded."""
    return errors(400, f"Organization with ID {organization_id} does not support co-termination licensing")


def unsupported_model(organization_id: str) -> Reply:
    """The 400 of `getOrganizationLicenses` under any licensing model but per-device."""
    return errors(400, f"Organization with ID {organization_id} does not support per-device licensing")
