from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.json_rows import rows_of

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just('tricky "]},[{ \\'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(
    st.lists(st.lists(values) | st.dictionaries(st.text(max_size=3), values), max_size=5), st.integers(1, 40)
)
def test_rows_are_those_of_the_whole_wherever_the_text_is_cut(rows: list[Any], size: int) -> None:
    """In the middle of a character, a string or an escape: the rows are the same."""
    for data in (json.dumps(rows).encode(), json.dumps(rows, indent=2, ensure_ascii=False).encode()):
        assert list(rows_of(cut(data, size))) == rows


def test_a_list_inside_of_an_object_is_found_by_what_leads_to_it() -> None:
    """What comes before and after it is of no interest."""
    text = b'{"a": {"rows": 1}, "rows": [{"x": 1}, {"x": 2}], "rest": [3]} and more'

    assert list(rows_of([text], opening=re.compile(r'"rows"\s*:\s*\['))) == [{"x": 1}, {"x": 2}]


@pytest.mark.parametrize("text", [b"", b"{}", b"x[]", b'[{"a": 1}', b'[{"a": 1}] x', b'[{"a" 1}]', b"[\xff]"])
def test_what_is_no_list_is_an_error_and_no_short_list(text: bytes) -> None:
    """Rows before the break may have been read; that there are no more is not said."""
    with pytest.raises(ValueError, match=r"."):
        list(rows_of([text]))


def test_rows_come_before_the_rest_is_there() -> None:
    """Memory holds a row and a chunk, not the list."""

    def chunks() -> Any:
        yield b'[{"a": 1}, {"b"'
        raise RuntimeError("nobody asked for more")

    rows = rows_of(chunks())

    assert next(rows) == {"a": 1}
