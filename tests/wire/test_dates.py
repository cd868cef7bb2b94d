"""The vendor's dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.wire.dates import parse_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2020-10-30T15:01:46Z", datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC)),
        ("2020-10-30T15:01:46z", datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC)),
        (" 2020-10-30T15:01:46Z ", datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC)),
        ("2020-10-30T15:01:46", datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC)),
        ("2020-10-30 15:01:46", datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC)),
        ("2020-10-30T15:01:46.25Z", datetime(2020, 10, 30, 15, 1, 46, 250_000, tzinfo=UTC)),
        ("2020-10-30T15:01:46.123456789Z", datetime(2020, 10, 30, 15, 1, 46, 123_456, tzinfo=UTC)),
        ("2020-10-30T15:01:46+02:00", datetime(2020, 10, 30, 13, 1, 46, tzinfo=UTC)),
        ("2020-10-30T23:01:46-0130", datetime(2020, 10, 31, 0, 31, 46, tzinfo=UTC)),
        ("2020-10-30", datetime(2020, 10, 30, tzinfo=UTC)),
        ("Feb 8, 2020 UTC", datetime(2020, 2, 8, tzinfo=UTC)),
        ("Feb 29, 2020 UTC", datetime(2020, 2, 29, tzinfo=UTC)),
        ("mar 13, 2027", datetime(2027, 3, 13, tzinfo=UTC)),
        ("September 1, 2021 UTC", datetime(2021, 9, 1, tzinfo=UTC)),
        ("May 1, 2021 UTC", datetime(2021, 5, 1, tzinfo=UTC)),
    ],
)
def test_every_spelling_gives_the_moment_in_utc(text: str, instant: datetime) -> None:
    """ISO 8601 with or without a zone, days alone, and the overview's own form."""
    parsed = parse_instant(text)

    assert parsed == instant
    assert parsed is not None
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("text", [None, "", "  ", "N/A", "n/a"])
def test_no_date_is_none(text: str | None) -> None:
    """Absence has several spellings, and none is an error."""
    assert parse_instant(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "0",
        "1604070106",
        "2020-13-01T00:00:00Z",
        "2021-02-29T00:00:00Z",
        "2020-10-30T25:00:00Z",
        "Feb 30, 2020 UTC",
        "Mai 3, 2020 UTC",
        "Feb 8, 2020 PST",
        "Feb 8, 0000 UTC",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "\ud800",
    ],
)
def test_what_is_no_date_is_an_error_that_quotes_it(text: str) -> None:
    """An unreadable date is told with its text, so that it can be looked up."""
    with pytest.raises(ValueError, match="not a date: ") as caught:
        parse_instant(text)
    assert repr(text)[1:-1] in str(caught.value)


@settings(deadline=None)
@given(
    st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001  # Hypothesis wants naive bounds
        timezones=st.integers(-839, 839).map(lambda minutes: timezone(timedelta(minutes=minutes))),
        max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    )
)
def test_an_iso_date_is_read_back_as_the_same_moment(instant: datetime) -> None:
    """Writing and reading are inverse, whatever the offset."""
    assert parse_instant(instant.isoformat()) == instant


@settings(deadline=None)
@given(st.text() | st.text("0123456789-:TZ.+ ,WFebUTC"))
def test_any_text_gives_an_aware_moment_none_or_value_error(text: str) -> None:
    """Garbage never raises anything else, and never gives a naive moment."""
    try:
        instant = parse_instant(text)
    except ValueError:
        return
    assert instant is None or instant.tzinfo is UTC
