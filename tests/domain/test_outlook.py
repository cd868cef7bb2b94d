from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.outlook import FORECAST_MONTHS, month_of
from tests.domain.builders import AS_OF


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        (AS_OF, None),
        (AS_OF.replace(second=1), 0),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 4, 1, tzinfo=UTC), 1),
        (datetime(2027, 3, 1, tzinfo=UTC), 12),
        (datetime(2029, 2, 28, 23, 59, 59, tzinfo=UTC), 35),
        (datetime(2029, 3, 1, tzinfo=UTC), None),
        (datetime(2026, 2, 28, tzinfo=UTC), None),
    ],
)
def test_the_first_month_is_that_of_the_reference_time(instant: datetime, month: int | None) -> None:
    """By the calendar: what is past, and what lies beyond the 36th month, is in none."""
    assert month_of(instant, AS_OF) == month


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_a_month_is_the_distance_on_the_calendar(instant: datetime, as_of: datetime) -> None:
    """Whatever the day and the time."""
    month = month_of(instant, as_of)

    if month is not None:
        assert 0 <= month < FORECAST_MONTHS
        assert (as_of.year * 12 + as_of.month + month) == instant.year * 12 + instant.month
    else:
        assert instant <= as_of or instant.year - as_of.year >= FORECAST_MONTHS // 12
