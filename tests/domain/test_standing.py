from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.standing import BY_SEVERITY, GRACE, Standing, dark_from, standing_at, worst
from tests.domain.builders import AS_OF, WINDOWS

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("end", "standing"),
    [
        (AS_OF + timedelta(days=90) + SECOND, Standing.OK),
        (AS_OF + timedelta(days=90), Standing.EXPIRING),
        (AS_OF + SECOND, Standing.EXPIRING),
        (AS_OF, Standing.IN_GRACE),
        (AS_OF - GRACE + SECOND, Standing.IN_GRACE),
        (AS_OF - GRACE, Standing.DARK),
        (datetime.max.replace(tzinfo=UTC), Standing.OK),
        (datetime.min.replace(tzinfo=UTC), Standing.DARK),
    ],
)
def test_the_standing_changes_on_its_boundaries(end: datetime, standing: Standing) -> None:
    """The end itself is not covered any more, and the last moment of grace is over when 30 days are."""
    assert standing_at(end, WINDOWS) is standing


moments = st.datetimes(timezones=st.just(UTC))


@given(moments, moments)
def test_a_later_end_never_stands_worse(one: datetime, other: datetime) -> None:
    """From ok to dark in one direction, over all of the calendar."""
    first, second = sorted([one, other])

    assert BY_SEVERITY[standing_at(second, WINDOWS)] <= BY_SEVERITY[standing_at(first, WINDOWS)]


@given(moments)
def test_dark_comes_30_days_after_the_end(end: datetime) -> None:
    """As far as the calendar goes."""
    last = datetime.max.replace(tzinfo=UTC)

    assert dark_from(end) == (end + GRACE if end <= last - GRACE else last)
    assert (dark_from(end) <= AS_OF) == (standing_at(end, WINDOWS) is Standing.DARK)


@given(st.lists(st.sampled_from(Standing)))
def test_the_worst_of_several_is_the_one_nearest_to_dark(standings: list[Standing]) -> None:
    """Nothing has no worst."""
    order = [Standing.DARK, Standing.IN_GRACE, Standing.EXPIRING, Standing.OK]

    assert worst(standings) is next((one for one in order if one in standings), None)
