"""Where the key may be sent: the place of the base URL, and the shards of its region.

A next link or a redirect is followed only to a URL that `Origin.admits`. One strict pattern reads every
URL, and whatever it cannot read is refused: two parsers that disagree about a backslash, an `@` or a
control character are how keys get lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

REGIONS: Final = {
    "api.meraki.com": "meraki.com",
    "api.meraki.ca": "meraki.ca",
    "api.meraki.cn": "meraki.cn",
    "api.meraki.in": "meraki.in",
    "api.gov-meraki.com": "gov-meraki.com",
}
"""The vendor's base hosts and the domain that holds each one's shards (n123.meraki.com); vendor's page
on base URIs, 2026-08. A key belongs to one region and is not shown to another."""

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]++\]|(?:[a-z0-9_-]++\.)*+[a-z0-9_-]++)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?=[/?#]|\Z)[\x21-\x5b\x5d-\x7e]*+\Z",
    re.IGNORECASE | re.ASCII,
)
HTTPS_PORT: Final = 443
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*+:", re.IGNORECASE | re.ASCII)
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9._-]{1,100}\Z", re.IGNORECASE | re.ASCII)
_DEFAULT_PORTS: Final = {"http": 80, "https": HTTPS_PORT}
_MAX_PORT: Final = 65_535


class _Place(NamedTuple):
    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def _parse_place(url: str) -> _Place | None:
    match = _URL.match(url)
    if match is None:
        return None
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    return _Place(scheme, host, int(port) if port else _DEFAULT_PORTS[scheme])


def name_place(url: str) -> str:
    """Scheme, host and port of *url* for a message; never its user, path or query."""
    place = _parse_place(url)
    if place is not None:
        return str(place)
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host if _HOST.match(host) else "an address that cannot be read"


def resolve(target: str, *, base: str) -> str:
    """*target* of a link or a redirect found at *base* as an absolute URL, without its fragment.

    An absolute target is kept to the letter: its tokens are the server's. Whether the result may be
    followed is for `Origin.admits` to say.

    Raises:
        ValueError: no URL.
    """
    if _NOT_IN_URLS.search(target):  # `urljoin` would drop some of these, and so mend a bad URL
        raise ValueError("a URL holds no blanks, control characters or backslashes")
    url = target if _ABSOLUTE.match(target) else urljoin(base, target)
    return url.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Origin:
    """The place that a tenant's key belongs to.

    Raises:
        ValueError: *base_url* is no plain `http` or `https` URL, or names one of the vendor's hosts
            without TLS, where the key would travel in clear.
    """

    base_url: str
    _place: _Place = field(init=False, repr=False, compare=False)
    _domain: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = _parse_place(self.base_url)
        if place is None or "?" in self.base_url or "#" in self.base_url:
            raise ValueError(
                "a base URL looks like https://api.meraki.com/api/v1: no user, query or fragment"
            )
        if not 0 < place.port <= _MAX_PORT:
            raise ValueError(f"port {place.port} of the base URL lies outside 1..{_MAX_PORT}")
        if place.host in REGIONS and place.scheme != "https":
            raise ValueError(f"{place.host} is reached by https only: the key would travel in clear")
        object.__setattr__(self, "_place", place)
        object.__setattr__(self, "_domain", REGIONS.get(place.host) if place.port == HTTPS_PORT else None)

    def __str__(self) -> str:
        return str(self._place)

    def admits(self, url: str) -> bool:
        """Whether the key may be sent to absolute *url*.

        True for the scheme, host and port of the base URL. When that is one of the vendor's base hosts,
        also for `https` on the default port to any host of the same region. Anything unreadable, with a
        user in it, or outside printable ASCII is refused.
        """
        place = _parse_place(url)
        if place is None:
            return False
        return place == self._place or self._is_shard(place)

    def _is_shard(self, place: _Place) -> bool:
        if self._domain is None or (place.scheme, place.port) != ("https", HTTPS_PORT):
            return False
        return place.host == self._domain or place.host.endswith(f".{self._domain}")
