from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.render.text import clean, clipped, counted
from tests.render.documents import names


@given(names())
def test_clean_text_is_one_line_of_what_can_be_shown(text: str) -> None:
    """No control character, line break or override of direction is left, and no length changes."""
    tidy = clean(text)

    assert len(tidy) == len(text)
    assert not {unicodedata.category(char) for char in tidy} & {"Cc", "Zl", "Zp", "Cs"}
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(tidy)
    assert clean(tidy) == tidy


@pytest.mark.parametrize(
    "text", ["شركة الأمثلة", "🏢👩\u200d💻 Acme", "Tørnblad & Sønner", "北辰物流", "=1 <b>"]
)
def test_letters_of_every_script_stay(text: str) -> None:
    """A customer's name is shown as the customer writes it."""
    assert clean(text) == text


@given(names(), st.integers(1, 40))
def test_clipped_text_says_that_it_was_cut(text: str, limit: int) -> None:
    """It is no longer than asked for, and ends in an ellipsis where something is missing."""
    short = clipped(text, limit)

    assert len(short) <= limit
    assert short == clean(text) or short.endswith("…")


@pytest.mark.parametrize(("count", "expected"), [(0, "0 rows"), (1, "1 row"), (2000, "2,000 rows")])
def test_counts_agree_with_their_noun(count: int, expected: str) -> None:
    """One row, two rows."""
    assert counted(count, "row") == expected
