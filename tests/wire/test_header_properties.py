"""Headers of any content: `Link` and `Retry-After` by their grammars, by the byte, and at length."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import PaginationError
from auditor.wire.dates import parse_instant
from auditor.wire.link import next_url, parse_link
from auditor.wire.message import Response
from auditor.wire.retry import parse_retry_after
from tests.fuzz.targets import ORIGIN, PAGE_URL, check_date, check_link, check_response, check_retry_after

MAX_SECONDS = 5.0
"""For half a megabyte on a busy machine: what grows with the square takes minutes."""

BLANKS = st.text(" \t", max_size=2)
TOKENS = st.from_regex(r"[a-z][a-z0-9!#$&+.^_`|~-]{0,5}", fullmatch=True)
QUOTED = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=6)
RELATIONS = st.lists(st.sampled_from(["first", "prev", "last", "up", "next"]), min_size=1, max_size=2)
TARGETS = st.from_regex(
    r"(/[a-z0-9%,;=?&\"'._~-]{0,12}|\?[a-z=&]{0,8}|https://[a-z]{1,5}\.test/[a-z?=,;]{0,8})", fullmatch=True
)


def _escaped(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def _links(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """A link as RFC 8288 lets it be written; its target; its relations."""
    target, relations = draw(TARGETS), draw(RELATIONS)
    others = draw(
        st.lists(st.tuples(TOKENS.filter(lambda name: name != "rel"), QUOTED | st.none()), max_size=2)
    )
    parameters = [name if value is None else f"{name}={_escaped(value)}" for name, value in others]
    rel = " ".join(relations)
    bare = len(relations) == 1 and draw(st.booleans())
    name = draw(st.sampled_from(["rel", "REL", "Rel"]))
    equals = f"{draw(BLANKS)}={draw(BLANKS)}"
    parameters.insert(
        draw(st.integers(0, len(parameters))), f"{name}{equals}{rel if bare else _escaped(rel)}"
    )
    gap = draw(BLANKS)
    return f"<{target}>" + "".join(f"{gap};{gap}{one}" for one in parameters), target, relations


@settings(deadline=None, max_examples=100)
@given(st.lists(_links(), min_size=1, max_size=4), st.data())
def test_every_link_that_the_grammar_allows_is_found(
    links: list[tuple[str, str, list[str]]], data: st.DataObject
) -> None:
    """In one line or several, with parameters of any content around the relation; the first one counts."""
    first: dict[str, str] = {}
    for _, target, relations in links:
        for relation in relations:
            first.setdefault(relation, target)
    cut = data.draw(st.integers(0, len(links)))
    comma = data.draw(st.sampled_from([",", " , ", ",,", ", \t,"]))
    lines = [comma.join(one[0] for one in part) for part in (links[:cut], links[cut:]) if part]

    found = parse_link(lines, base=PAGE_URL)

    assert found.keys() == first.keys()
    assert all(found[name] == target for name, target in first.items() if target.startswith("https:"))
    assert all(found[name].startswith("https:") for name in found)


@settings(deadline=None, max_examples=100)
@given(_links(), st.integers(0, 60), st.binary(min_size=1, max_size=3))
def test_a_spoiled_link_is_read_or_refused_and_never_leads_astray(
    link: tuple[str, str, list[str]], place: int, noise: bytes
) -> None:
    """Any bytes, put in anywhere; what comes of it lies where the key may go."""
    text = link[0].encode("latin-1")
    check_link(text[:place] + noise + text[place:])
    check_link(noise + b"\n" + text[: -place or None])
    check_response(b"200\nLink: " + text[:place] + noise.replace(b"\n", b"") + text[place:] + b"\n\n[]")


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_in_a_header_are_survived(data: bytes) -> None:
    """By all three readers."""
    check_link(data)
    check_retry_after(data)
    check_date(data)
    check_response(data)


@given(st.integers(0, 10**9), st.integers(0, 999_999), st.sampled_from(["", " ", "\t "]))
def test_seconds_are_read_as_written(whole: int, millionths: int, blank: str) -> None:
    """Whole and decimal, with blanks around."""
    assert parse_retry_after(f"{blank}{whole}{blank}", response_date=None) == whole
    assert parse_retry_after(f"{whole}.{millionths:06}", response_date=None) == pytest.approx(
        whole + millionths / 1e6
    )
    assert parse_retry_after(f"-{whole}.{millionths:06}", response_date=None) == 0


FIRST_SECOND, LAST_SECOND = 10**9, 3 * 10**9
"""From 2001 to 2065: two digits of a year stand for no other century."""

FORMS: dict[str, Callable[[datetime], str]] = {
    "RFC 9110": lambda moment: format_datetime(moment, usegmt=True),
    "RFC 850": lambda moment: moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda moment: moment.strftime("%a %b %e %H:%M:%S %Y"),
    "with an offset": format_datetime,
}


@settings(deadline=None)
@given(
    st.integers(FIRST_SECOND, LAST_SECOND).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.integers(-(10**6), 10**6),
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(sorted(FORMS)),
)
def test_a_date_is_measured_against_the_servers_own(
    date: datetime, seconds: int, form: str, other: str
) -> None:
    """In each of the forms of HTTP dates, mixed as they may be; the past is now."""
    until = date + timedelta(seconds=seconds)
    read = parse_retry_after(FORMS[form](until), response_date=FORMS[other](date))

    assert read == max(0, seconds)


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@given(st.dates(), st.sampled_from(["{} {}, {} UTC", "{} {:02}, {:04} UTC", "{} {} {}", " {}. {},  {} gmt "]))
def test_a_date_of_the_overview_is_read_back(day: datetime, form: str) -> None:
    """`Feb 8, 2020 UTC`, and what people make of it."""
    if day.year < 1000:
        return
    text = form.format(MONTHS[day.month - 1], day.day, day.year)

    assert parse_instant(text) == datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert parse_instant(text.upper()) == parse_instant(text.lower())


LONG: dict[str, Callable[[], str]] = {
    "commas": lambda: "," * 500_000,
    "blanks": lambda: " " * 500_000 + "x",
    "open brackets": lambda: "<" * 500_000,
    "links": lambda: "<a>;rel=b," * 50_000,
    "links without a relation": lambda: "<a>," * 100_000,
    "parameters": lambda: "<a>" + ";b=c" * 100_000 + ";rel=next",
    "semicolons": lambda: "<a>" + "; " * 200_000,
    "an open quote": lambda: '<a>;rel="' + "x" * 500_000,
    "escapes": lambda: '<a>;rel="' + "\\" * 500_000,
    "relations": lambda: '<a>;rel="' + "next " * 100_000 + '"',
    "a long target": lambda: f"<{PAGE_URL}&startingAfter={'a' * 500_000}>;rel=next",
    "digits": lambda: "9" * 500_000,
    "a date that goes on": lambda: "Wed, 21 Oct " * 50_000,
    "points": lambda: "1." * 200_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_headers_take_time_in_proportion(kind: str) -> None:
    """Whatever is repeated in them, and whichever header it is in."""
    text = LONG[kind]()
    began = time.process_time()
    with contextlib.suppress(PaginationError):
        next_url(Response.of(PAGE_URL, 200, [("Link", text)]), origin=ORIGIN)
    seconds = parse_retry_after(text, response_date=text)
    check_date(text.encode())

    assert seconds is None
    assert time.process_time() - began < MAX_SECONDS
