from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import orjson
import pytest

from auditor.simulator.listing import BodyCache, Listing, Pages
from auditor.simulator.paging import BadParameterError
from auditor.simulator.reply import Ask


def a_listing(asked: list[Sequence[int]] | None = None) -> Listing:
    """Ten rows; *asked* takes note of what is written."""

    def rows(ids: Sequence[int]) -> list[dict[str, int]]:
        if asked is not None:
            asked.append(ids)
        return [{"id": one} for one in ids]

    return Listing(ids=range(1, 11), rows=rows, key=("ten",), filters={"names[]": ("a", "b")}, largest_page=5)


def an_ask(**query: str) -> Ask:
    """A request of the list with that query."""
    return Ask("/list", "/list", query, "http://127.0.0.1:1")


def test_a_page_has_its_rows_and_leads_on_with_every_filter() -> None:
    """The largest page is the default; a filter of several values comes as often in the link."""
    reply = Pages(link_style="absolute", cache_bytes=1000).reply(an_ask(), a_listing())

    assert orjson.loads(reply.body) == [{"id": one} for one in range(1, 6)]
    assert (
        "<http://127.0.0.1:1/api/v1/list?names%5B%5D=a&names%5B%5D=b&perPage=5&startingAfter=5>; rel=next"
        in reply.headers["Link"]
    )


def test_a_page_is_written_once() -> None:
    """Who asks for the same page again gets the kept body."""
    asked: list[Sequence[int]] = []
    pages = Pages(link_style="relative", cache_bytes=1000)

    replies = {pages.reply(an_ask(perPage="3"), a_listing(asked)).body for _ in range(3)}

    assert len(replies) == 1
    assert asked == [range(1, 4)]


def test_a_page_that_is_too_large_is_refused() -> None:
    """The size of a page is that of the list's own operation."""
    with pytest.raises(BadParameterError, match="between 3 and 5"):
        Pages(link_style="absolute", cache_bytes=1000).reply(an_ask(perPage="6"), a_listing())


def test_the_cache_keeps_the_recently_used_within_its_ceiling() -> None:
    """What was used last stays; what is kept never exceeds the ceiling, and is not rendered again."""
    cache = BodyCache(ceiling_bytes=10)
    rendered: list[str] = []

    def render(name: str) -> bytes:
        rendered.append(name)
        return b"1234"

    for name in ("a", "b", "a", "c", "a", "b"):
        assert cache.body((name,), partial(render, name)) == b"1234"

    assert rendered == ["a", "b", "c", "b"]


def test_a_body_larger_than_the_cache_is_still_served() -> None:
    """A ceiling bounds memory, not answers."""
    assert BodyCache(ceiling_bytes=3).body(("a",), lambda: b"1234") == b"1234"
