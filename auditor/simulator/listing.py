"""Replies that are one page of a list, whatever is listed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from auditor.simulator.paging import Query, cut_page, link_header, read_page_size
from auditor.simulator.reply import Ask, Reply

API_PATH = "/api/v1"


class BodyCache:
    """Rendered bodies, the least recently used dropped first, at most *ceiling_bytes* together."""

    def __init__(self, ceiling_bytes: int) -> None:
        self._ceiling = ceiling_bytes
        self._held = 0
        self._bodies: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def body(self, key: tuple[Any, ...], render: Callable[[], bytes]) -> bytes:
        """The body kept under *key*, rendered when there is none."""
        if key in self._bodies:
            self._bodies.move_to_end(key)
            return self._bodies[key]
        body = self._bodies[key] = render()
        self._held += len(body)
        while self._held > self._ceiling:
            _, dropped = self._bodies.popitem(last=False)
            self._held -= len(dropped)
        return body


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to cut a page from.

    *ids* ascend and are the tokens. *rows* writes the rows of some of them. *key* tells the list from any
    other, filters included; *filters* are the parameters that all its pages have in common.
    """

    ids: Sequence[int]
    rows: Callable[[Sequence[int]], Sequence[Mapping[str, Any]]]
    key: tuple[Any, ...]
    filters: Query
    largest_page: int = 1000


class Pages:
    """Cuts pages and keeps their bodies."""

    def __init__(self, *, link_style: str, cache_bytes: int) -> None:
        self._style = link_style
        self.cache = BodyCache(cache_bytes)

    def reply(self, ask: Ask, listing: Listing) -> Reply:
        """The page that *ask* asks for, with its links.

        Raises:
            BadParameterError: a page size or a token that is none.
        """
        size = read_page_size(ask.query, listing.largest_page)
        page = cut_page(listing.ids, ask.query, size)
        body = self.cache.body(
            (*listing.key, page.start, page.stop),
            lambda: orjson.dumps(listing.rows(listing.ids[page.start : page.stop])),
        )
        path = f"{API_PATH}{ask.path}"
        base = path if self._style == "relative" else f"{ask.origin}{path}"
        common = {**listing.filters, "perPage": str(size)}
        return Reply(
            200, body, headers={"Link": link_header(base, common, listing.ids, page, style=self._style)}
        )
