"""Rows of the fault table: the server says no, not now, or elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from tests.end_to_end.faults.fault import (
    BACK_OFF_SECONDS,
    LONGEST_WAIT_SECONDS,
    Fault,
    Place,
    for_good,
    forever,
    once,
)
from tests.end_to_end.faults.replies import Reply, moved, says, sound, vendor_says

PAGES_ONLY: Final = (Place.FIRST, Place.SECOND)
HTML = b"<html><body>nginx</body></html>"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
UNSUPPORTED = vendor_says("Organization with ID 102 does not support per-device licensing")
SHARD_DISABLED = vendor_says("Must first enable API access for this organization")
TEXT_DISABLED = vendor_says("API access is disabled for this organization")

REFUSED = (
    for_good(
        "401 in the middle of a run",
        says("401 Unauthorized", vendor_says("Invalid API key")),
        "auth",
        http=401,
        kills_key=True,
        limits={"max_in_flight": 1},
        says="the API key is missing, wrong or revoked",
    ),
    for_good(
        "401 in HTML",
        says("401 Unauthorized", HTML),
        "auth",
        http=401,
        kills_key=True,
        limits={"max_in_flight": 1},
    ),
    for_good("403", says("403 Forbidden", vendor_says("no")), "forbidden", http=403),
    for_good("403 in HTML", says("403 Forbidden", HTML), "forbidden", http=403),
    for_good(
        "404, API disabled, of a shard", says("404 Not Found", SHARD_DISABLED), "apiDisabled", is_skip=True
    ),
    for_good("404, API disabled, as text", says("404 Not Found", TEXT_DISABLED), "apiDisabled", is_skip=True),
    for_good("404, empty", says("404 Not Found"), "notFound", http=404),
    for_good("404 in HTML", says("404 Not Found", HTML), "notFound", http=404),
    for_good(
        "404 in HTML with the words of a disabled API",
        says("404 Not Found", b"<html>API access is disabled</html>"),
        "notFound",
        http=404,
    ),
    for_good("404 of the vendor", says("404 Not Found", vendor_says("Not found")), "notFound", http=404),
    for_good(
        "400, unsupported model", says("400 Bad Request", UNSUPPORTED), "unsupportedModel", is_skip=True
    ),
    for_good("400", says("400 Bad Request", vendor_says("perPage is wrong")), "badResponse", http=400),
    for_good("405", says("405 Method Not Allowed"), "badResponse", http=405),
    for_good("410", says("410 Gone", HTML), "badResponse", http=410),
    for_good("418", says("418 I'm a teapot"), "badResponse", http=418),
    for_good("a status of 299 places", says("999 No Reason"), "badResponse", http=999),
    forever("408", says("408 Request Timeout"), "timeout", http=408),
)

FAILING = ("500 Internal Server Error", "502 Bad Gateway", "503 Unavailable", "504 Gateway Timeout", "530 ")
SERVER = (
    *[
        forever(f"{status[:3]} for ever", says(status, HTML), "server", http=int(status[:3]))
        for status in FAILING
    ],
    *[once(f"{status[:3]} once", says(status, HTML), sound) for status in FAILING],
    forever(
        "500 in the vendor's form",
        says("500 Oops", vendor_says("Internal error")),
        "server",
        http=500,
        says="Internal error",
    ),
    once(
        "503 with Retry-After",
        says("503 Service Unavailable", b"", "Retry-After: 3"),
        sound,
        seconds=(3.0, 3.5),
    ),
)

EXCEEDED = vendor_says("API rate limit exceeded for organization")


def _limited(*headers: str, body: bytes = EXCEEDED) -> Reply:
    return says("429 Too Many Requests", body, *headers)


def _wait(name: str, *headers: str, least: float, most: float) -> Fault:
    """429 once: how long *headers* hold back the organization, and nobody else."""
    return once(
        f"429 once, {name}", _limited(*headers), sound, seconds=(least, most + 0.5), places=PAGES_ONLY
    )


def _after(seconds: float) -> str:
    return f"Retry-After: {format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)}"


DATE = f"Date: {format_datetime(NOW, usegmt=True)}"
SLOWEST = 2 * LONGEST_WAIT_SECONDS

LIMITED = (
    _wait("Retry-After 2", "Retry-After: 2", least=2, most=2),
    _wait("Retry-After decimal", "Retry-After: 1.5", least=1.5, most=1.5),
    _wait("Retry-After a date", DATE, _after(3), least=3, most=3),
    _wait("Retry-After a date in the past", DATE, _after(-60), least=1, most=1),
    _wait("Retry-After a date, no Date", _after(3), least=0, most=BACK_OFF_SECONDS),
    _wait("Retry-After zero", "Retry-After: 0", least=1, most=1),
    _wait("Retry-After negative", "Retry-After: -5", least=1, most=1),
    _wait("Retry-After huge", "Retry-After: 86400", least=LONGEST_WAIT_SECONDS, most=LONGEST_WAIT_SECONDS),
    _wait("Retry-After a number without end", f"Retry-After: {'9' * 400}", least=0, most=BACK_OFF_SECONDS),
    _wait(
        "Retry-After a date centuries ahead",
        DATE,
        "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
        least=4,
        most=4,
    ),
    _wait("Retry-After nonsense", "Retry-After: soon", least=0, most=BACK_OFF_SECONDS),
    _wait("Retry-After empty", "Retry-After:", least=0, most=BACK_OFF_SECONDS),
    _wait("Retry-After twice", "Retry-After: 2", "Retry-After: 3", least=2, most=3),
    _wait("no Retry-After", least=0, most=BACK_OFF_SECONDS),
    forever(
        "429 for ever",
        _limited("Retry-After: 1"),
        "rateLimited",
        http=429,
        seconds=(2, 2.6),
        places=PAGES_ONLY,
    ),
    forever(
        "429 for ever, Retry-After huge",
        _limited("Retry-After: 86400"),
        "rateLimited",
        http=429,
        seconds=(SLOWEST, SLOWEST + 1),
        places=PAGES_ONLY,
    ),
    forever(
        "429 of a web server",
        _limited("Retry-After: 1", body=HTML),
        "rateLimited",
        http=429,
        seconds=(2, 2 * LONGEST_WAIT_SECONDS),
        slows_all=True,
    ),
    once(
        "429 of a web server once",
        _limited("Retry-After: 2", body=b""),
        sound,
        seconds=(2, 3),
        slows_all=True,
    ),
    once(
        "429 for the list of organizations",
        _limited("Retry-After: 2"),
        sound,
        seconds=(2, 3),
        places=(Place.LISTING,),
    ),
)

VENDOR: Final = "https://api.meraki.com/api/v1"
OUTSIDE: Final = "redirected to .*, outside of .*: not followed, the key was not sent there"


def _followed(name: str, location: str, **fields: Any) -> Fault:
    """A redirect to a place that answers well."""
    return Fault(name, (moved(location),), **fields)


def _refused(name: str, location: str | None, says: str = OUTSIDE, **fields: Any) -> Fault:
    """A redirect that is not followed."""
    return for_good(name, moved(location), "badResponse", **{"http": 307, "says": says} | fields)


LOOPED: Final[dict[str, Any]] = {"asks": 6, "attempts": 1, "says": "redirected more than 5 times"}

REDIRECTS = (
    _followed("redirect on the same origin", "{origin}{path}&moved=1"),
    _followed("redirect to a path", "{path}&moved=1"),
    _followed("redirect to a shard of the vendor", "https://n123.meraki.com{path}&moved=1", base_url=VENDOR),
    once("redirect once around", moved("{origin}{path}"), sound),
    *[
        Fault(f"redirect by {status[:3]}", (moved("{path}&moved=1", status),), places=(Place.FIRST,))
        for status in ("301 Moved Permanently", "302 Found", "303 See Other", "308 Permanent Redirect")
    ],
    _refused("redirect to another host", "http://{elsewhere}{path}"),
    _refused(
        "redirect to another host by user",
        "http://127.0.0.1:80@{elsewhere}{path}",
        "redirected to .* not followed",
    ),
    _refused("redirect to another host without a scheme", "//{elsewhere}{path}"),
    _refused("redirect out of the vendor's domain", "https://meraki.com.evil.test{path}", base_url=VENDOR),
    _refused("redirect to another region", "https://api.meraki.cn{path}", base_url=VENDOR),
    _refused("redirect from https to http", "http://{elsewhere}{path}", tls=True),
    _refused("redirect from https to http on a shard", "http://n123.meraki.com{path}", base_url=VENDOR),
    _refused("redirect to a file", "file:///etc/passwd"),
    _refused("redirect without Location", None, "redirected without saying where to"),
    _refused("redirect to nowhere", "", "redirected without saying where to"),
    _refused("redirect that cannot be read", "http://[::bad{path}", "redirected to .*"),
    Fault("redirect loop", (moved("{origin}{path}"),), "badResponse", **LOOPED),
    for_good("300", says("300 Multiple Choices"), "badResponse", http=300),
    for_good("304", says("304 Not Modified"), "badResponse", http=304),
)

ROWS = (*REFUSED, *SERVER, *LIMITED, *REDIRECTS)
