from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth.moments import (
    END_OF_TIME,
    count_standings,
    count_within,
    later,
    month_ahead,
    months_ahead,
    read_moment,
    standing_of,
    worst_of,
    write_moment,
)

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("days", "seconds", "standing"),
    [
        (90, 1, "ok"),
        (90, 0, "expiring"),
        (0, 1, "expiring"),
        (0, 0, "inGrace"),
        (-30, 1, "inGrace"),
        (-30, 0, "dark"),
        (-400, 0, "dark"),
    ],
)
def test_a_standing_changes_on_the_second(days: int, seconds: int, standing: str) -> None:
    """The longest window is closed at its end, and the grace is over when thirty days are."""
    assert standing_of(AS_OF + timedelta(days=days, seconds=seconds), AS_OF) == standing


def test_the_end_of_time_is_no_error() -> None:
    """What lasts longer than the calendar ends with it."""
    assert later(AS_OF, timedelta(days=3_000_000)) == END_OF_TIME
    assert standing_of(END_OF_TIME, AS_OF) == "ok"


def test_windows_hold_one_another() -> None:
    """A moment in a window is in every longer one; what is past or unknown is in none."""
    ends = [AS_OF, AS_OF + SECOND, AS_OF + timedelta(days=30), AS_OF + timedelta(days=30, seconds=1), None]

    assert count_within(ends, AS_OF) == {"30": 2, "60": 3, "90": 3}


def test_the_worst_standing_is_the_last_named() -> None:
    """And nothing has no standing."""
    assert worst_of(["ok", "inGrace", "expiring"]) == "inGrace"
    assert worst_of([]) is None
    assert count_standings(["ok", "ok", None]) == {
        "ok": 2,
        "expiring": 0,
        "inGrace": 0,
        "dark": 0,
        "unknown": 1,
    }


def test_the_forecast_has_thirty_six_months() -> None:
    """From the month of the reference time on; what is past in that month is in none."""
    months = months_ahead(AS_OF)

    assert (months[0], months[2], months[-1], len(months)) == ("2026-11", "2027-01", "2029-10", 36)
    assert month_ahead(AS_OF, AS_OF) is None
    assert month_ahead(AS_OF + SECOND, AS_OF) == "2026-11"
    assert month_ahead(datetime(2029, 10, 31, 23, 59, 59, tzinfo=UTC), AS_OF) == "2029-10"
    assert month_ahead(datetime(2029, 11, 1, tzinfo=UTC), AS_OF) is None
    assert month_ahead(None, AS_OF) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_survive_being_written(moment: datetime) -> None:
    """RFC 3339 with `Z`, to the microsecond."""
    text = write_moment(moment)

    assert text is not None
    assert text.endswith("Z")
    assert read_moment(text) == moment
