"""Waits: what the server asked for, and what is guessed without it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.wire.retry import (
    FIRST_WAIT_SECONDS,
    MAX_BACKOFF_SECONDS,
    SHORTEST_WAIT_SECONDS,
    ZERO_MEANS_SECONDS,
    parse_retry_after,
    wait_seconds,
)

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("2", 2.0),
        (" 2 ", 2.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("+3", 3.0),
        ("-5", 0.0),
        ("3600", 3600.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("1e3", None),
        ("1_0", None),
        ("0x10", None),
        ("1,5", None),
        ("\u0661", None),
        ("9" * 400, None),
        ("Sun, 06 Nov 1994 08:49:40 GMT", 3.0),
        ("Sunday, 06-Nov-94 08:49:40 GMT", 3.0),
        ("Sun Nov  6 08:49:40 1994", 3.0),
        ("Sun, 06 Nov 1994 09:49:40 +0100", 3.0),
        ("Sun, 06 Nov 1994 08:49:30 GMT", 0.0),
        ("Sun, 99 Nov 1994 08:49:40 GMT", None),
        ("Sun, 06 Nov 99999999999 08:49:40 GMT", None),
        ("Sun, 06 Nov 1994 08:49:40 GMT" + " " * 10_000 + "x", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    """Whole, decimal or a date; the past is zero, and nonsense is None instead of a crash."""
    assert parse_retry_after(value, response_date=DATE) == seconds


@pytest.mark.parametrize("response_date", [None, "", "yesterday"])
def test_a_date_without_the_servers_own_date_says_nothing(response_date: str | None) -> None:
    """No clock of this machine is asked, so there is nothing to measure against."""
    assert parse_retry_after("Sun, 06 Nov 1994 08:49:40 GMT", response_date=response_date) is None
    assert parse_retry_after("7", response_date=response_date) == 7.0


def test_what_the_server_asks_wins_up_to_the_cap() -> None:
    """Neither backoff nor jitter changes it, and no server can stop a run for an hour."""
    assert wait_seconds(5, retry_after=2.0, jitter=0.9, cap_seconds=60.0) == 2.0
    assert wait_seconds(1, retry_after=0.25, jitter=0.9, cap_seconds=60.0) == 0.25
    assert wait_seconds(1, retry_after=3600.0, jitter=0.0, cap_seconds=60.0) == 60.0


def test_retry_after_zero_still_waits() -> None:
    """Asking again at once would earn the next 429."""
    assert wait_seconds(1, retry_after=0.0, jitter=0.0, cap_seconds=60.0) == ZERO_MEANS_SECONDS
    assert wait_seconds(1, retry_after=0.001, jitter=0.0, cap_seconds=60.0) == ZERO_MEANS_SECONDS


def test_backoff_doubles_up_to_its_ceiling() -> None:
    """Half a second first, then twice that each time, in the upper half of the range."""
    waits = [wait_seconds(n, retry_after=None, jitter=0.0, cap_seconds=60.0) for n in range(1, 10)]

    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert wait_seconds(1, retry_after=None, jitter=0.5, cap_seconds=60.0) == 0.375
    assert wait_seconds(9, retry_after=None, jitter=0.0, cap_seconds=4.0) == 2.0


@settings(deadline=None)
@given(
    st.integers(1, 10**9),
    st.none() | st.floats(),
    st.floats(0.0, 1.0, exclude_max=True),
    st.floats(1.0, 600.0),
)
def test_every_wait_lies_within_its_bounds(
    attempt: int, retry_after: float | None, jitter: float, cap_seconds: float
) -> None:
    """No wait is zero, endless, or above the cap, whatever the server says and however often it fails."""
    wait = wait_seconds(attempt, retry_after=retry_after, jitter=jitter, cap_seconds=cap_seconds)

    assert SHORTEST_WAIT_SECONDS <= wait <= cap_seconds
    if retry_after is None:
        assert FIRST_WAIT_SECONDS / 2 <= wait <= MAX_BACKOFF_SECONDS


@settings(deadline=None)
@given(st.text() | st.text("0123456789.-+ eNovGMT:,"), st.none() | st.text() | st.just(DATE))
def test_any_header_gives_seconds_or_none(value: str, response_date: str | None) -> None:
    """Garbage never raises, and never gives a negative or endless wish."""
    seconds = parse_retry_after(value, response_date=response_date)

    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))
