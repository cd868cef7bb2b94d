"""Rows of the fault table: the way from page to page is broken, or goes round in a circle."""

from __future__ import annotations

from typing import Any, Final

from tests.end_to_end.faults.fault import Fault, Place
from tests.end_to_end.faults.replies import Reply, a_license, page
from tests.end_to_end.faults.stage import PAGES, SICK

FIRST, SECOND = PAGES[SICK]
NEXT: Final = "<{origin}/api/v1/organizations/102/licenses?perPage=1000&startingAfter=L9>; rel=next"
WALK: Final[dict[str, Any]] = {"places": (Place.WALK,)}


def _lost(name: str, link: str, says: str = "", **fields: Any) -> Fault:
    """A first page whose Link cannot be followed: what it counted stands."""
    told: dict[str, Any] = {"http": 200, "attempts": 0, "says": says}
    return Fault(name, (page(*FIRST, link=link),), "pagination", **WALK | told | fields)


def _found(name: str, link: str, **fields: Any) -> Fault:
    """A first page whose Link leads to the second."""
    return _pages(name, page(*FIRST, link=link), page(*SECOND), **fields)


def _pages(name: str, *pages: Reply, ends: str | None = None, **fields: Any) -> Fault:
    told: dict[str, Any] = {} if ends is None else {"http": None, "attempts": 0}
    return Fault(name, pages, ends, **WALK | {"asks": len(pages)} | told | fields)


ON: Final = "<{path}&startingAfter=%s>; rel=next"
OUTSIDE: Final = "the next page lies on .*, outside of .*: not followed, no key sent there"
VENDOR: Final = "https://api.meraki.com/api/v1"

LINKS = (
    _found("Link as it should be", NEXT),
    _found("Link relative", "</api/v1/organizations/102/licenses?startingAfter=L9>; rel=next"),
    _found("Link of a query alone", '<?startingAfter=L9>; rel="next"'),
    _found("Link among others", "<{origin}/first>; rel=first, " + NEXT + ', <{origin}/last>; rel="last"'),
    _found(
        "Link to a shard of the vendor",
        "<https://n123.meraki.com/api/v1/organizations/102/licenses?startingAfter=L9>; rel=next",
        base_url=VENDOR,
    ),
    _lost("Link to the page just read", "<{origin}{path}>; rel=next", "the page just read"),
    _lost("Link to another host", "<http://{elsewhere}{path}&startingAfter=L9>; rel=next", OUTSIDE),
    _lost("Link to another host without a scheme", "<//{elsewhere}/x>; rel=next", OUTSIDE),
    _lost(
        "Link out of the vendor's domain",
        "<https://n1.meraki.com.evil.test/x>; rel=next",
        OUTSIDE,
        base_url=VENDOR,
    ),
    _lost("Link to another region", "<https://api.meraki.cn/x>; rel=next", OUTSIDE, base_url=VENDOR),
    _lost(
        "Link from https to plain http",
        "<http://{elsewhere}{path}&startingAfter=L9>; rel=next",
        OUTSIDE,
        tls=True,
    ),
    _lost(
        "Link to the vendor in plain http", "<http://api.meraki.com/x>; rel=next", OUTSIDE, base_url=VENDOR
    ),
    _lost("Link without brackets", "{origin}/x; rel=next", "cannot be read"),
    _lost("Link cut off", "<{origin}/x", "cannot be read"),
    _lost("Link without a relation", "<{origin}/x>", "names no relation"),
    _lost("Link that is no URL", "<http://[::bad>; rel=next"),
    _lost("Link with a backslash", "<{origin}\\@{elsewhere}/x>; rel=next"),
    _lost("Link with a quote left open", '<{origin}/x>; rel="next'),
)

PAGED = (
    _pages(
        "page whose items were all seen, the last",
        page(*FIRST, link=NEXT),
        page(*FIRST),
        counts={"active": 2, "unused": 1},
        notes={"duplicateLicense": 3},
    ),
    _pages(
        "page whose items were partly seen",
        page(*FIRST, link=NEXT),
        page(*FIRST[1:], *SECOND),
        notes={"duplicateLicense": 2},
    ),
    _pages(
        "page whose last item opens the next",
        page(*FIRST, link=NEXT),
        page(FIRST[-1], *SECOND),
        notes={"duplicateLicense": 1},
    ),
    _pages(
        "the first page for ever",
        page(*FIRST, link=NEXT),
        page(*FIRST, link=NEXT),
        ends="pagination",
        notes={"duplicateLicense": 3},
        says="the page just read",
        http=200,
    ),
    _pages(
        "pages in a circle",
        page(*FIRST, link=NEXT),
        page(*SECOND, link=NEXT.replace("&startingAfter=L9", "")),
        ends="pagination",
        counts={"active": 2, "unused": 1, "expiring": 1, "expired": 1},
        says="read already",
    ),
    _pages(
        "seen items on ever new pages",
        *[page(*FIRST, link=ON % number) for number in range(5)],
        ends="pagination",
        asks=4,
        notes={"duplicateLicense": 9},
        says="brings nothing new",
    ),
    _pages(
        "empty pages without end",
        page(*FIRST, link=ON % 0),
        *[page(link=ON % number) for number in range(1, 5)],
        ends="pagination",
        asks=4,
    ),
    _pages("an empty page in between", page(*FIRST, link=ON % 1), page(link=ON % 2), page(*SECOND)),
    _pages("an empty page at the end", page(*FIRST, link=ON % 1), page(*SECOND, link=ON % 2), page()),
    _pages(
        "an item twice on one page",
        page(*FIRST, FIRST[0], link=ON % 1),
        page(a_license(14, "expiring"), a_license(15, "expired")),
        notes={"duplicateLicense": 1},
    ),
)

ROWS = (*LINKS, *PAGED)
