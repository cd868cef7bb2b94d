from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.paging import BadParameterError, Page, cut_page, link_header, read_page_size

ids_of_any_list = st.lists(st.integers(1, 10**18), unique=True, max_size=60).map(sorted)
BASE = "http://127.0.0.1:1/api/v1/organizations"


def relations(header: str) -> dict[str, dict[str, str]]:
    """The query of each relation in a header, read the simple way."""
    return {
        relation: dict(parse_qsl(urlsplit(url).query))
        for url, relation in re.findall(r"<([^>]*)>; rel=([a-z]+)", header)
    }


def turn(ids: list[int], query: dict[str, str], size: int) -> tuple[list[int], dict[str, dict[str, str]]]:
    """One page and where it leads."""
    page = cut_page(ids, query, size)
    header = link_header(BASE, {"perPage": str(size)}, ids, page, style="absolute")
    return ids[page.start : page.stop], relations(header)


@given(ids_of_any_list, st.integers(3, 20))
def test_following_next_visits_each_row_once_in_order(ids: list[int], size: int) -> None:
    """From the first page by `next` until there is none: everything, once."""
    seen, links = turn(ids, {}, size)
    while "next" in links:
        rows, links = turn(ids, links["next"], size)
        seen += rows

    assert seen == ids


@given(ids_of_any_list, st.integers(3, 20))
def test_following_prev_from_last_visits_each_row_once_backwards(ids: list[int], size: int) -> None:
    """From `last` by `prev` until there is none: everything, once."""
    _, links = turn(ids, {}, size)
    seen, links = turn(ids, links["last"], size)
    while "prev" in links:
        rows, links = turn(ids, links["prev"], size)
        seen = rows + seen

    assert seen == ids


@given(ids_of_any_list, st.integers(3, 20))
def test_first_leads_to_the_first_page(ids: list[int], size: int) -> None:
    """The token of `first` stands before every row."""
    rows, links = turn(ids, {}, size)

    assert turn(ids, links["first"], size) == (rows, links)


def test_a_single_page_has_only_first_and_last() -> None:
    """As in the vendor's recorded header of a single page."""
    _, links = turn([1, 2, 3], {}, 3)

    assert list(links) == ["first", "last"]


def test_a_page_after_all_rows_is_empty_and_leads_back() -> None:
    """A token beyond the last row is no error."""
    page = cut_page([1, 2, 3, 4], {"startingAfter": "9"}, 3)

    assert page == Page(4, 4, 4)
    assert "rel=prev" in link_header(BASE, {}, [1, 2, 3, 4], page, style="absolute")


def test_links_look_like_the_recorded_ones() -> None:
    """Relations unquoted, parameters in the order of their names, the page size carried along."""
    header = link_header(BASE, {"perPage": "3"}, [5, 6, 7, 8], Page(0, 3, 4), style="absolute")

    assert header == (
        f"<{BASE}?perPage=3&startingAfter=0>; rel=first, "
        f"<{BASE}?perPage=3&startingAfter=7>; rel=next, "
        f"<{BASE}?endingBefore=9999999999999999999&perPage=3>; rel=last"
    )


def test_relations_can_be_quoted() -> None:
    """The form of RFC 8288's examples."""
    header = link_header(BASE, {}, [5, 6, 7, 8], Page(0, 3, 4), style="quoted")

    assert f'<{BASE}?startingAfter=7>; rel="next"' in header


def test_filters_are_carried_along_and_escaped() -> None:
    """A filter stays in force on the next page, also one with odd characters."""
    header = link_header(BASE, {"networkId": "N_1&<,>"}, [5, 6, 7, 8], Page(0, 3, 4), style="absolute")

    assert relations(header)["next"] == {"networkId": "N_1&<,>", "startingAfter": "7"}


@pytest.mark.parametrize("text", ["2", "1001", "0", "-5", "many", "", "3.5"])
def test_a_page_size_out_of_range_is_refused(text: str) -> None:
    """`perPage` takes 3 up to the largest, in digits."""
    with pytest.raises(BadParameterError, match="between 3 and 1000"):
        read_page_size({"perPage": text}, 1000)


def test_the_default_page_size_is_the_largest() -> None:
    """Without `perPage` a page is as large as it may be."""
    assert read_page_size({}, 1000) == 1000
    assert read_page_size({"perPage": "3"}, 1000) == 3


@pytest.mark.parametrize("name", ["startingAfter", "endingBefore"])
def test_a_token_of_elsewhere_is_refused(name: str) -> None:
    """A token that is no id is a bad parameter."""
    with pytest.raises(BadParameterError, match=name):
        cut_page([1, 2, 3], {name: "Q2XX"}, 3)
