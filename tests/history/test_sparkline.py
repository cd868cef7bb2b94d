from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.history.sparkline import GAP, LEVELS, sparkline


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], LEVELS),
        ([3, 3, 3], "▅▅▅"),
        ([1, None, 2], f"▁{GAP}█"),
        ([None], GAP),
        ([], ""),
    ],
)
def test_a_line_goes_from_the_least_to_the_greatest(values: list[int | None], line: str) -> None:
    """What is not known is a gap, and what never moves is in the middle."""
    assert sparkline(values) == line


@given(st.lists(st.none() | st.integers(0, 10**9) | st.floats(0, 1)), st.integers(1, 60))
def test_a_line_is_as_long_as_there_is_room(values: list[float | None], width: int) -> None:
    """And never longer than there are runs."""
    line = sparkline(values, width=width)

    assert len(line) == min(len(values), width)
    assert set(line) <= {*LEVELS, GAP}


@given(st.lists(st.none() | st.integers(0, 99), min_size=61, max_size=200))
def test_the_end_of_a_long_line_is_the_last_that_is_known(values: list[int | None]) -> None:
    """That is what people look at."""
    values = [*values, 1000]

    assert sparkline(values, width=20)[-1] in {LEVELS[-1], "▅"}
