import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.settings.durations import DURATION_PATTERN, parse_duration

UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("25m", 1500.0),
        ("1h30m", 5400.0),
        ("500ms", 0.5),
        ("1h1ms", 3600.001),
        ("1.5h", 5400.0),
        (" 10s ", 10.0),
        ("90", 90.0),
        ("0.25", 0.25),
        ("0s", 0.0),
    ],
)
def test_a_duration_is_read_as_a_person_means_it(text: str, seconds: float) -> None:
    """Each unit counts as its name says, a bare number is seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "s",
        "-5s",
        "1 h",
        "30m1h",
        "1s1s",
        "1d",
        "1e3s",
        "inf",
        "nan",
        "1.s",
        ".5s",
        "\u0661s",
        "9" * 41,
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    """The message shows what a duration looks like, whatever was given."""
    with pytest.raises(ValueError, match="must be a duration such as 90s, 25m, 1h30m or 500ms"):
        parse_duration(text)


@given(st.dictionaries(st.sampled_from(sorted(UNITS)), st.integers(0, 10**6), min_size=1))
def test_writing_and_reading_gives_the_same_time(parts: dict[str, int]) -> None:
    """Any mixture of units reads back as the float nearest to its exact sum."""
    text = "".join(f"{parts[unit]}{unit}" for unit in UNITS if unit in parts)
    milliseconds = sum(parts[unit] * size for unit, size in UNITS.items() if unit in parts)

    assert parse_duration(text) == milliseconds / 1000


@given(st.text() | st.from_regex(r"[0-9.]{1,6}(h|m|s|ms)?[0-9]{0,2}(m|s|ms)?", fullmatch=True))
def test_any_text_is_a_finite_duration_or_a_value_error(text: str) -> None:
    """Nothing else is ever raised, and the published pattern accepts exactly what the parser does."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        assert (
            not re.search(DURATION_PATTERN, text, re.ASCII) or len(text.strip()) > 40 or text.endswith("\n")
        )
    else:
        assert math.isfinite(seconds)
        assert seconds >= 0
        assert re.search(DURATION_PATTERN, text)
