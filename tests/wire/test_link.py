"""Link headers: what is read, what is refused, and that nothing is skipped quietly."""

from __future__ import annotations

from time import perf_counter
from types import SimpleNamespace

import pytest
from aiohttp import ClientResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from auditor.errors import PaginationError
from auditor.wire.link import next_url, parse_link
from auditor.wire.message import Response
from auditor.wire.origin import Origin

HERE = "https://api.meraki.com/api/v1/organizations/1/licenses?perPage=1000"
ORIGIN = Origin("https://api.meraki.com/api/v1")


def _next(*links: str, url: str = HERE) -> str | None:
    return next_url(Response.of(url, 200, [("link", each) for each in links]), origin=ORIGIN)


@pytest.mark.parametrize(
    ("header", "relations"),
    [
        ("<https://h.example/2>; rel=next", {"next": "https://h.example/2"}),
        ('<https://h.example/2>; rel="next"', {"next": "https://h.example/2"}),
        ("<https://h.example/2>; REL=Next", {"next": "https://h.example/2"}),
        ("<https://h.example/2>; rel='next'", {"next": "https://h.example/2"}),
        ("<https://h.example/2>;rel=next", {"next": "https://h.example/2"}),
        ("<https://h.example/2> ; rel = next ", {"next": "https://h.example/2"}),
        ("<https://h.example/2>;; rel=next;", {"next": "https://h.example/2"}),
        (
            '<https://h.example/2>; rel="next last"',
            {"next": "https://h.example/2", "last": "https://h.example/2"},
        ),
        ('<https://h.example/2>; title="a, <b>; \\"c\\""; rel=next', {"next": "https://h.example/2"}),
        ('<https://h.example/2>; title="rel=prev"; rel=next; type=x', {"next": "https://h.example/2"}),
        ("<https://h.example/2>; rel=next; rel=prev", {"next": "https://h.example/2"}),
        ("<https://h.example/2>; crossorigin; rel=next", {"next": "https://h.example/2"}),
        ('<https://h.example/2>; rel="\\next"', {"next": "https://h.example/2"}),
        (
            "</api/v1/x?startingAfter=1>; rel=next",
            {"next": "https://api.meraki.com/api/v1/x?startingAfter=1"},
        ),
        ("<?a=1>; rel=next", {"next": "https://api.meraki.com/api/v1/organizations/1/licenses?a=1"}),
        ("<https://h.example/?a=%3A%2F;b,c>; rel=next", {"next": "https://h.example/?a=%3A%2F;b,c"}),
        (
            "<https://h.example/1>; rel=first, <https://h.example/9>; rel=last,",
            {"first": "https://h.example/1", "last": "https://h.example/9"},
        ),
        ("<https://h.example/1>; rel=next, <https://h.example/2>; rel=next", {"next": "https://h.example/1"}),
        ("<https://h.example/1>, <https://h.example/2>; rel=next", {"next": "https://h.example/2"}),
        ("", {}),
        ("  ", {}),
    ],
)
def test_links_are_read_in_every_spelling(header: str, relations: dict[str, str]) -> None:
    """Whatever RFC 8288 allows, and the single quotes it does not, give the same relations."""
    assert parse_link([header], base=HERE) == relations


def test_no_header_has_no_relations() -> None:
    """A response without the header is one without relations, not an error."""
    assert parse_link([], base=HERE) == {}


def test_several_lines_are_read_as_one() -> None:
    """A server may send the header more than once; the first of a relation counts."""
    lines = ["<https://h.example/1>; rel=first", "", "<https://h.example/2>; rel=next", "<x>; rel=next"]

    assert parse_link(lines, base=HERE) == {
        "first": "https://h.example/1",
        "next": "https://h.example/2",
    }


@pytest.mark.parametrize(
    "header",
    [
        "garbage",
        ",",
        "<https://h.example/2>",
        "<https://h.example/2>; rel",
        '<https://h.example/2>; rel=""',
        '<https://h.example/2>; rel=""; rel=next',
        '<https://h.example/2>; rel="next',
        "<https://h.example/2; rel=next",
        "https://h.example/2; rel=next",
        "<https://h.example/2>; rel=first garbage",
        "<https://h.example/2>; rel='next last'",
        "<https://h.example/2>; rel=first <https://h.example/3>; rel=next",
        "<https://h.example/a b>; rel=next",
        "<https://h.example/1>; rel=first, <https://h.example/2",
        "<//[::1/x>; rel=next",
        "<\\evil>; rel=next",
        "<https://h.example/2>; =next",
    ],
)
def test_a_header_that_cannot_be_read_is_an_error(header: str) -> None:
    """An unreadable header never passes for the last page."""
    with pytest.raises(PaginationError, match=r"Link header|no relation") as caught:
        parse_link([header], base=HERE)
    assert "h.example" not in str(caught.value)


@pytest.mark.parametrize(
    "garbage",
    [
        "<" * 40_000,
        "<a>" * 13_000,
        " " * 40_000 + "x",
        "," * 40_000 + "x",
        "<a>;" + " " * 40_000 + "x=",
        "<a>" + ";a=b" * 10_000 + "!?",
        '<a>;a="' + "\\" * 40_000,
        '<a>;a="' + "x" * 40_000,
        "<a>" + ";" * 40_000,
        "<a>;rel=b, " * 3_600 + "?",
    ],
)
def test_garbage_costs_linear_time(garbage: str) -> None:
    """40 kB of anything are refused at once: no pattern goes back over what it read."""
    begun = perf_counter()

    with pytest.raises(PaginationError):
        parse_link([garbage], base=HERE)

    assert perf_counter() - begun < 1.0


def test_a_page_without_next_is_the_last() -> None:
    """First and last alone are what a single page carries."""
    assert _next() is None
    assert _next(f"<{HERE}&startingAfter=0>; rel=first, <{HERE}&endingBefore=Z>; rel=last") is None


def test_next_may_lie_on_a_shard() -> None:
    """The vendor answers for a shard, and its links name it; the token comes through to the letter."""
    shard = "https://n383.meraki.com/api/v1/organizations/1/licenses?perPage=1000&startingAfter=a%2Fb%3D"

    assert _next(f"<{shard}>; rel=next, <{HERE}>; rel=first") == shard


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("https://evil.example/x?token=secret", "https://evil.example"),
        ("http://api.meraki.com/x?token=secret", "http://api.meraki.com"),
        ("//evil.example/x?token=secret", "https://evil.example"),
        ("https://user:secret@api.meraki.com/x", "api.meraki.com"),
        ("https://api.meraki.ca/x?token=secret", "https://api.meraki.ca"),
    ],
)
def test_next_elsewhere_is_an_error_that_names_the_host(target: str, place: str) -> None:
    """Off-host links are never followed, and the message holds no token."""
    with pytest.raises(PaginationError, match=f"lies on {place}, outside of") as caught:
        _next(f"<{target}>; rel=next")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [HERE, "", f"{HERE}#again", "?perPage=1000", "?perPage=1000#again"],
)
def test_next_that_is_this_page_is_a_loop(target: str) -> None:
    """A page that follows itself would never end."""
    with pytest.raises(PaginationError, match="never end"):
        _next(f"<{target}>; rel=next")


def test_a_loop_is_seen_through_another_order_of_the_query() -> None:
    """The vendor changes the order of parameters from link to link."""
    with pytest.raises(PaginationError, match="never end"):
        _next("<?startingAfter=1&perPage=3>; rel=next", url=f"{ORIGIN.base_url}?perPage=3&startingAfter=1")


_word = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
_targets = st.builds(
    lambda host, path, query: f"https://{host}.example/{path}?{query}=1", _word, _word, _word
) | st.builds(lambda path: f"/{path}", _word)
_relations = st.sampled_from(["first", "prev", "next", "last"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(_targets, _relations, st.booleans()), min_size=1, max_size=4, unique_by=lambda x: x[1])
)
def test_well_formed_headers_are_read_as_aiohttp_reads_them(links: list[tuple[str, str, bool]]) -> None:
    """On plain input a parser by other authors agrees (it errs on several relations, case and escapes)."""
    header = ", ".join(
        f'<{url}>; rel="{rel}"' if quoted else f"<{url}>; rel={rel}" for url, rel, quoted in links
    )
    answer = SimpleNamespace(headers=CIMultiDict({"Link": header}), url=URL(HERE))

    oracle = {rel: str(link["url"]) for rel, link in ClientResponse.links.wrapped(answer).items()}

    assert parse_link([header], base=HERE) == oracle


@settings(deadline=None)
@given(st.lists(st.text() | st.text("<>;,=\"'\\ reln/a")))
def test_any_header_gives_relations_or_a_pagination_error(values: list[str]) -> None:
    """Garbage never raises anything else, and never looks like the last page."""
    try:
        relations = parse_link(values, base=HERE)
    except PaginationError:
        return
    assert relations or not any(value.strip() for value in values)
