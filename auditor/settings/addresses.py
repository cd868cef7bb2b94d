"""The base URL that an API key may be sent to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from auditor.settings.fault import Fault

DEFAULT_BASE_URL = "https://api.meraki.com/api/v1"  # the vendor's documentation, "Base URI", 2026-08

_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/\[\]@!$&'()*+,;=%?#-]+")
_HOST_NAME = re.compile(r"[a-z0-9-]+(?:[.][a-z0-9-]+)*")
_EXAMPLE = f"for example {DEFAULT_BASE_URL}"


def to_base_url(text: str) -> str:
    """Normalise *text*: lower-case scheme and host, no slash at the end.

    Plain http is for loopback only, where nobody can listen to the API key. No message repeats the
    text, since the likeliest mistake is a secret inside of it.

    Raises:
        Fault: not an absolute https URL, or one with credentials, a query or a fragment.
    """
    parts = _split(text)
    if not parts.netloc:
        raise Fault("must begin with https:// and a host", _EXAMPLE)
    if "@" in parts.netloc:
        raise Fault("must not hold credentials", "name the API key with api_key_env or api_key_file")
    if "?" in text or "#" in text:
        raise Fault("must end with the path: no query and no fragment", _EXAMPLE)
    host = parts.hostname or ""
    if not _is_host(host):
        raise Fault("must name a host", _EXAMPLE)
    if parts.scheme == "http" and not is_loopback(host):
        raise Fault("must be https: the API key would travel in the clear", "plain http is for loopback only")
    if parts.scheme not in {"http", "https"}:
        raise Fault("must begin with https://", _EXAMPLE)
    netloc = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine by its very spelling: 127.0.0.0/8, ::1, localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def to_source_address(text: str) -> str:
    """An IP address in its usual form. Raises `Fault` when *text* is none."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise Fault("is not an IP address", "one of this machine's, for example 192.0.2.7") from None


def _split(text: str) -> SplitResult:
    if not _URL_CHARACTERS.fullmatch(text):
        raise Fault("must be a URL of plain ASCII without spaces", _EXAMPLE)
    try:
        parts = urlsplit(text)
        _ = parts.port  # only reading it finds a port that is no number from 0 to 65535
    except ValueError as error:
        raise Fault("is not a URL that can be read", _EXAMPLE) from error
    return parts


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return _HOST_NAME.fullmatch(host) is not None
    return True
