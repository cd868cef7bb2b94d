"""Pages of an ordered list and the `Link` header that leads from one to the next.

Tokens are ids, as far as is known of the vendor's; a token need not name a row that exists: a page
begins after the place where it would stand. That gives `first` and `last` their tokens, below and
above every id, as in the vendor's own recorded header.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

LOWEST = "0"
HIGHEST = "9999999999999999999"
SMALLEST_PAGE = 3
AGAIN = "~"
"""Ends a token under which a page is served a second time (the fault `duplicatePage`)."""

LINK_STYLES = ("absolute", "quoted", "relative")


class BadParameterError(Exception):
    """A query parameter is not what the API takes; the text is for the client."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows number *start* up to *stop* (exclusive) of *total*."""

    start: int
    stop: int
    total: int


def read_page_size(query: Mapping[str, str], largest: int) -> int:
    """Read `perPage`, 3 up to *largest*, which is also the default.

    Raises:
        BadParameterError: not a whole number, or out of range.
    """
    text = query.get("perPage", str(largest))
    if not text.isdecimal() or not SMALLEST_PAGE <= int(text) <= largest:
        raise BadParameterError(f"'perPage' must be an integer between {SMALLEST_PAGE} and {largest}")
    return int(text)


def cut_page(ids: Sequence[int], query: Mapping[str, str], size: int) -> Page:
    """Cut the page that *query* asks for out of ascending *ids*.

    Raises:
        BadParameterError: a token that this server never gave.
    """
    if "endingBefore" in query and "startingAfter" not in query:
        stop = bisect_left(ids, _read_token(query, "endingBefore"))
        return Page(max(0, stop - size), stop, len(ids))
    start = bisect_right(ids, _read_token(query, "startingAfter")) if "startingAfter" in query else 0
    return Page(start, min(start + size, len(ids)), len(ids))


Query = Mapping[str, str | Sequence[str]]
"""Parameters by name; one with several values comes as often."""


def link_header(base: str, query: Query, ids: Sequence[int], page: Page, *, style: str) -> str:
    """Write the header for *page*: `first` and `last` always, `prev` and `next` where there are any.

    *base* is the URL without its query; *query* what all pages have in common.
    """
    tokens = {"first": {"startingAfter": LOWEST}}
    if page.start > 0:
        before = ids[page.start] if page.start < page.total else HIGHEST
        tokens["prev"] = {"endingBefore": str(before)}
    if page.stop < page.total:
        after = ids[page.stop - 1] if page.stop else LOWEST
        tokens["next"] = {"startingAfter": str(after)}
    tokens["last"] = {"endingBefore": HIGHEST}
    return ", ".join(
        write_link(base, {**query, **token}, relation, style=style) for relation, token in tokens.items()
    )


def write_link(base: str, query: Query, relation: str, *, style: str) -> str:
    """Write one link. The parameters stand in the order of their names, as recorded from the vendor."""
    mark = '"' if style == "quoted" else ""
    return f"<{base}?{urlencode(sorted(query.items()), doseq=True)}>; rel={mark}{relation}{mark}"


def _read_token(query: Mapping[str, str], name: str) -> int:
    text = query[name].removesuffix(AGAIN)
    if not text.isdecimal():
        raise BadParameterError(f"'{name}' is not a token of this list")
    return int(text)
