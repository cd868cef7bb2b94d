from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.settings.fault import Fault
from auditor.settings.instants import to_instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T07:00:00Z",
        "2026-11-24t07:00:00z",
        "2026-11-24 08:00:00+01:00",
        "2026-11-24T02:00:00.000-05:00",
    ],
)
def test_every_spelling_of_an_instant_is_the_same_instant(text: str) -> None:
    """RFC 3339 with any offset is read as UTC."""
    assert to_instant(text) == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert to_instant(text).tzinfo is UTC


@pytest.mark.parametrize("value", ["2026-11-24T07:00:00", datetime(2026, 11, 24, 7)])  # noqa: DTZ001 - the point
def test_a_time_without_an_offset_is_refused_and_told_so(value: object) -> None:
    """Naive is an error of its own, with the way out in the hint."""
    with pytest.raises(Fault, match="has no offset") as caught:
        to_instant(value)

    assert caught.value.hint == "for example 2026-11-24T07:00:00Z for UTC"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (date(2026, 11, 24), "names no instant"),
        (time(7), "names no instant"),
        ("2026-11-24", "RFC 3339"),
        ("20261124T070000Z", "RFC 3339"),
        ("tomorrow", "RFC 3339"),
        ("2026-02-30T00:00:00Z", "no date of the calendar"),
        ("2026-02-28T25:00:00Z", "no date of the calendar"),
        ("0001-01-01T00:00:00+23:00", "outside the years"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "outside the years"),
        (1763967600, "with an offset"),
    ],
)
def test_what_is_no_instant_is_refused_with_the_reason(value: object, what: str) -> None:
    """A date, a time, other spellings of ISO 8601, impossible dates and numbers each get their sentence."""
    with pytest.raises(Fault, match=what):
        to_instant(value)


@given(
    st.text()
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2}|Z)?")
)
def test_any_text_is_an_instant_or_a_fault(text: str) -> None:
    """Nothing else is ever raised."""
    try:
        instant = to_instant(text)
    except Fault:
        return
    assert instant.tzinfo is UTC
