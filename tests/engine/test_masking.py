from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.engine.masking import Masker

KEY: Final = "5e0c7a94b1d263f8e7a05c49d8b3126f0a9e4d7b"
ODD_KEY: Final = 'open-sesame/of%no\\particular"form'
MASKER: Final = Masker([KEY, ODD_KEY])


def _each(form: str, text: str) -> str:
    return "".join(form.format(ord(character)) for character in text)


FORMS: Final[dict[str, Callable[[str], str]]] = {
    "as it is": str,
    "in upper case": str.upper,
    "in escapes of JSON": partial(_each, "\\u{:04x}"),
    "in escapes of JSON in upper case": partial(_each, "\\u{:04X}"),
    "in escapes of JSON, escaped once more": partial(_each, "\\\\u{:04x}"),
    "in long escapes of Python": partial(_each, "\\U{:08x}"),
    "in braces": partial(_each, "\\u{{{:x}}}"),
    "in escapes of bytes": partial(_each, "\\x{:02x}"),
    "in escapes of URLs": partial(_each, "%{:02x}"),
    "in escapes of URLs, escaped once more": partial(_each, "%25{:02X}"),
    "in references of HTML": partial(_each, "&#{};"),
    "in hexadecimal references of HTML": partial(_each, "&#x{:02x};"),
    "in escapes of URLs that JSON escapes": partial(_each, "\\u0025{:02x}"),
}
CUT: Final = [name for name in FORMS if name != "in escapes of URLs that JSON escapes"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [KEY, ODD_KEY])
def test_a_text_keeps_no_form_of_a_key(form: str, key: str) -> None:
    """Whatever else is in the text may go with the key, and the key never stays."""
    text = f"before {FORMS[form](key)} after"

    masked = MASKER.in_text(text)

    assert "****" in masked
    assert not MASKER.holds(masked.encode())
    assert masked in {"before **** after", "****"}


@pytest.mark.parametrize("form", CUT)
def test_what_stands_around_a_key_is_kept(form: str) -> None:
    """A message stays readable, and JSON stays JSON."""
    data = b'["\\n' + FORMS[form](KEY).encode() + b'\\n", 1]'

    assert orjson.loads(MASKER.in_bytes(data)) == ["\n****\n", 1]


@given(st.lists(st.sampled_from(list(FORMS.values())[:-1]), min_size=len(KEY), max_size=len(KEY)))
def test_each_character_may_be_written_in_its_own_way(writings: list[Callable[[str], str]]) -> None:
    """A server chooses the form of each character by itself."""
    written = "".join(write(character) for write, character in zip(writings, KEY, strict=True))

    assert MASKER.in_text(f"<{written}>") == "<****>"
    assert MASKER.in_bytes(written.encode()) == b"****"


@given(st.text(max_size=200))
def test_a_text_without_a_key_stays_as_it_is(text: str) -> None:
    """The masker changes nothing by chance, and takes every text."""
    assert MASKER.in_text(text) is text


@pytest.mark.parametrize(
    "data", [b"", KEY[:-1].encode(), b"\\u0026 100% &#39; &#999999; \\u{}", b"\xff\\u00e9" + KEY[1:].encode()]
)
def test_bytes_without_a_key_are_the_same_object(data: bytes) -> None:
    """A caller sees by identity that nothing was changed."""
    assert MASKER.in_bytes(data) is data


def test_a_value_is_masked_in_names_and_texts_at_any_depth() -> None:
    """Numbers and nulls keep their types."""
    escaped = FORMS["in escapes of JSON"](KEY)
    document = {"a": [{KEY: 1, "b": [escaped, None, 2.5, True]}]}

    assert MASKER.in_document(document) == {"a": [{"****": 1, "b": ["****", None, 2.5, True]}]}


def test_a_document_without_a_key_is_the_same_object() -> None:
    """A report is not copied for nothing."""
    document = {"a": ["\\u0026", "100%"]}

    assert MASKER.in_document(document) is document


@pytest.mark.parametrize("keys", [[], ["short"], ["12345678901"]])
def test_what_is_too_short_to_be_a_secret_is_not_looked_for(keys: list[str]) -> None:
    """A simulator takes any key, such as a digit."""
    masker = Masker(keys)

    assert not masker
    assert masker.in_bytes(b"short 12345678901") == b"short 12345678901"


def test_a_masker_shows_no_key() -> None:
    """Its text may stand in a traceback."""
    assert KEY not in repr(MASKER)


@pytest.mark.parametrize(
    "filling", [b"\\", b"%25", b"&#0", b"0", b"\\u{0", b"%", b"\\u00", KEY[:-1].encode()], ids=repr
)
def test_no_body_makes_the_search_slow(filling: bytes) -> None:
    """A hostile server pays in bytes what this program pays in time."""
    data = b"\\u{" + filling * (400_000 // len(filling)) + KEY.encode()
    started = process_time()

    masked = MASKER.in_bytes(data)

    assert b"****" in masked
    assert process_time() - started < 5


@given(st.lists(st.sampled_from([b"", b"no key", KEY.encode(), KEY.upper().encode() + b"!"]), max_size=600))
def test_pieces_are_masked_each_for_itself(pieces: list[bytes]) -> None:
    """They are only looked through together."""
    assert list(MASKER.in_pieces(pieces)) == list(map(MASKER.in_bytes, pieces))
