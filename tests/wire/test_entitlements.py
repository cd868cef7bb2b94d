"""The vendor's list of entitlements, in whichever shape it comes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.entitlement import Entitlement
from auditor.errors import BadResponseError
from auditor.wire.answer import Page, Refused, RetryLater, read_answer
from auditor.wire.entitlements import decode_entitlements
from auditor.wire.message import Request, Response, Shape
from auditor.wire.origin import Origin

URL = "https://api.meraki.com/api/v1/administered/licensing/subscription/entitlements"
ORIGIN = Origin("https://api.meraki.com/api/v1")
ROW: dict[str, Any] = {
    "sku": "LIC-MR-A",
    "name": "MR",
    "productType": "wireless",
    "productClass": "MR",
    "featureTier": "advantage",
    "isAddOn": False,
    "isFree": True,
}
FACTS = Entitlement("MR", "wireless", "MR", "advantage", is_add_on=False, is_free=True)


def decoded(*rows: Any) -> Any:
    return decode_entitlements(orjson.dumps(rows))


def test_a_row_is_read_by_the_names_of_the_description() -> None:
    """Each field under its own."""
    assert decoded(ROW) == {"LIC-MR-A": FACTS}


def test_a_single_object_is_a_list_of_one() -> None:
    """That is what the description shows, where a list was met."""
    assert decode_entitlements(b"\n" + orjson.dumps(ROW)) == decoded(ROW)


ODD: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("name", "productType", "productClass", "featureTier"), (None, "", 7, [])),
    **dict.fromkeys(("isAddOn", "isFree"), (None, "true", 1)),
}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name, odd in ODD.items() for value in odd])
def test_a_value_of_another_type_costs_itself_alone(field: str, value: object) -> None:
    """It is not told; the others are."""
    odd, absent = decoded(ROW | {field: value}), decoded({k: v for k, v in ROW.items() if k != field})

    assert odd == absent
    (facts,) = odd.values()
    assert facts != FACTS
    kept = [getattr(facts, name) == getattr(FACTS, name) for name in Entitlement.__slots__]
    assert kept.count(False) == 1


@pytest.mark.parametrize("sku", [None, "", True, []])
def test_a_row_without_an_sku_is_left_out(sku: object) -> None:
    """Nobody could say what it is about."""
    assert decoded(ROW | {"sku": sku}, ROW) == decoded(ROW)


def test_of_an_sku_that_comes_twice_the_first_row_counts() -> None:
    """Whatever the second says."""
    assert decoded(ROW, ROW | {"name": "another"}) == decoded(ROW)


@pytest.mark.parametrize("body", [b"", b"5", b"[5]", b'{"errors": ["no"]}', b"<html>", b'{"sku": '])
def test_what_is_neither_list_nor_object_is_refused(body: bytes) -> None:
    """It never passes for an empty list."""
    with pytest.raises(BadResponseError):
        decode_entitlements(body)


texts = st.text(st.characters(exclude_categories=["Cs"]))
lists = st.lists(st.dictionaries(st.sampled_from([*ROW]), texts))


@given(st.binary(max_size=60) | lists.map(orjson.dumps))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    """What is read has text for SKUs."""
    try:
        told = decode_entitlements(body)
    except BadResponseError:
        return
    assert {type(sku) for sku in told if sku} == ({str} if told else set())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", Page),
        (b'{"sku": "A"}', Page),
        (b'{"errors": ["no"]}', Refused),
        (b"5", Refused),
        (b'{"sku": ', RetryLater),
        (b"<html>", RetryLater),
    ],
)
def test_an_answer_may_be_a_list_or_an_object(body: bytes, kind: type) -> None:
    """What is cut off may come whole the next time."""
    request = Request(URL, shape=Shape.LIST_OR_OBJECT)

    assert isinstance(read_answer(request, Response.of(URL, 200, (), body), origin=ORIGIN), kind)


def test_a_list_may_have_a_next_page() -> None:
    """Though none is described."""
    link = [("Link", f"<{URL}?page=2>; rel=next")]
    answer = read_answer(
        Request(URL, shape=Shape.LIST_OR_OBJECT), Response.of(URL, 200, link, b"[]"), origin=ORIGIN
    )

    assert isinstance(answer, Page)
    assert answer.next_url == f"{URL}?page=2"
