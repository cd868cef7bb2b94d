"""Naming what a body is without trusting it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import BadResponseError
from auditor.wire.body import MAX_TEXT_LENGTH, clean_text, describe_body, is_list, parse_json, vendor_errors


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b'{"errors":["Invalid API key"]}', ("Invalid API key",)),
        (b' \n{"errors":["a","b"]}', ("a", "b")),
        (b'{"errors":"alone"}', ("alone",)),
        (b'{"errors":["a",7,null,{"x":"y"},""," "]}', ("a",)),
        (b'{"errors":[]}', ()),
        (b'{"errors":{"a":"b"}}', ()),
        (b'{"error":"a"}', ()),
        (b'["errors"]', ()),
        (b'{"errors":["a"', ()),
        (b"<html>errors</html>", ()),
        (b"", ()),
        (b" ", ()),
        pytest.param(b'{"errors":["' + b"a" * 70_000 + b'"]}', (), id="longer than any refusal"),
    ],
)
def test_only_the_vendors_error_texts_are_taken(body: bytes, errors: tuple[str, ...]) -> None:
    """Texts in the list `errors` count; the same words anywhere else are noise."""
    assert vendor_errors(body) == errors


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<!DOCTYPE html><p>x", "an HTML page"),
        (b"\n<html>", "an HTML page"),
        (b'{"errors":["no","way"]}', "an error: no; way"),
        (b'{"items":[]}', "a JSON object"),
        (b"[1]", "a JSON list"),
        (b"null", "a single JSON value"),
        (b"Bad Gateway", "text that is not JSON"),
        (b"\xff\xfe", "text that is not JSON"),
        (b"\x1f\x8b", "text that is not JSON"),
    ],
)
def test_a_body_is_named(body: bytes, phrase: str) -> None:
    """A message says what came, not that something was unexpected."""
    assert describe_body(body) == phrase


@pytest.mark.parametrize("body", [b'[{"id":"1"},{"i', b'{"a":', b"[" * 5_000, b'["\xff"]', b"[NaN]"])
def test_unreadable_json_is_named_without_quoting_it(body: bytes) -> None:
    """The message tells where reading stopped and holds nothing of the body, nor does its cause."""
    assert describe_body(body).startswith("JSON that cannot be read (")
    with pytest.raises(BadResponseError, match="cannot be read") as caught:
        parse_json(body)
    assert caught.value.__context__ is None


def test_a_list_is_told_by_its_brackets() -> None:
    """The cheap test looks at both ends and leaves the middle to the decoder."""
    assert is_list(b" [1] \r\n")
    assert is_list(b"[]")
    assert not is_list(b"[")
    assert not is_list(b'[{"id":"1"}')
    assert not is_list(b'{"errors":[]}')
    assert not is_list(b"")


def test_foreign_text_is_made_fit_for_a_terminal() -> None:
    """No control characters, no second line, no query of a URL, not endless."""
    assert clean_text("a\x1b[31mb\r\nc\u202ed\x00") == "a [31mb c d"
    assert clean_text("see https://h.example/o/x?token=secret#y now") == "see https://h.example/o/x now"
    assert clean_text("x" * 1_000) == "x" * (MAX_TEXT_LENGTH - 1) + "…"
    assert clean_text("  ") == ""


@settings(deadline=None)
@given(st.text())
def test_clean_text_is_one_short_printable_line(text: str) -> None:
    """Whatever comes in."""
    cleaned = clean_text(text)

    assert len(cleaned) <= MAX_TEXT_LENGTH
    assert cleaned.isprintable()


@settings(deadline=None)
@given(
    st.binary() | st.binary().map(lambda tail: b'{"errors":[' + tail) | st.binary().map(lambda x: b"[" + x)
)
def test_any_body_can_be_named(body: bytes) -> None:
    """Bytes of any kind get a phrase and a tuple, never an exception."""
    assert describe_body(body)
    assert all(isinstance(text, str) for text in vendor_errors(body))
