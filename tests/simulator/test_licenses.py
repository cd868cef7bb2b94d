from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.simulator.catalog import CODES, code
from auditor.simulator.licenses import Estate, Row, write_block

SOON = timedelta(days=90)
LAG = timedelta(days=3)

moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
estates = st.builds(Estate, st.integers(), st.integers(0, 20_000), moments)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = [row for block in range(10) for row in write_block(Estate(1, 0, AS_OF), block, 1000)]


def moment(text: str | None) -> datetime | None:
    """A date of the API as a moment."""
    return None if text is None else datetime.fromisoformat(text)


def share(rows: list[Row]) -> float:
    """Which part of the ten thousand rows these are."""
    return len(rows) / len(ROWS)


@settings(max_examples=30)
@given(estates, st.integers(0, 50), st.integers(0, 200))
def test_dates_agree_with_states(estate: Estate, block: int, rows: int) -> None:
    """Each state keeps its promise about device, activation and expiration, but for the known lag."""
    as_of = estate.as_of

    for row in write_block(estate, block, rows):
        starts, ends = moment(row["activationDate"]), moment(row["expirationDate"])
        is_assigned = row["deviceSerial"] is not None or row["networkId"] is not None
        match row["state"]:
            case "active":
                assert is_assigned
                assert starts is None or starts <= as_of
                assert ends is None or as_of < ends
            case "expiring":
                assert is_assigned
                assert ends is not None
                assert as_of < ends <= as_of + SOON + LAG
            case "expired":
                assert is_assigned
                assert ends is not None
                assert ends <= as_of
            case "recentlyQueued":
                assert is_assigned
                assert row["headLicenseId"] is not None
                assert starts is None or starts > as_of
            case "unused":
                assert not is_assigned
                assert starts is ends is None
            case "unusedActive":
                assert not is_assigned
                assert starts is not None
                assert ends is not None
                assert starts <= as_of < ends
            case other:
                raise AssertionError(other)


@settings(max_examples=30)
@given(estates, st.integers(0, 5), st.integers(0, 300))
def test_a_queue_stands_behind_its_head(estate: Estate, block: int, rows: int) -> None:
    """Queued licenses follow their head in the list and share its device or network and its type."""
    written = write_block(estate, block, rows)
    by_id = {row["id"]: row for row in written}

    for row in written:
        if row["state"] == "recentlyQueued":
            head = by_id[str(row["headLicenseId"])]
            assert int(head["id"]) < int(row["id"]) <= int(head["id"]) + 3
            assert head["state"] in {"active", "expiring"}
            assert (head["deviceSerial"], head["licenseType"]) == (row["deviceSerial"], row["licenseType"])


@given(estates, st.integers(0, 300))
def test_a_shorter_block_is_the_beginning_of_a_longer_one_in_ids(estate: Estate, rows: int) -> None:
    """A block has as many rows as asked for, with ids that follow without a gap."""
    ids = [int(row["id"]) for row in write_block(estate, 2, rows)]

    assert ids == list(range(estate.first_license_id + 2000, estate.first_license_id + 2000 + rows))


@given(st.sets(st.integers(0, CODES - 1), max_size=50))
def test_codes_do_not_collide(numbers: set[int]) -> None:
    """Different numbers are spelled differently."""
    assert len({code(number) for number in numbers}) == len(numbers)


def test_every_state_and_the_vendors_oddities_occur() -> None:
    """Ten thousand rows hold every state and every null, number and gap that clients have met."""
    queued = [row for row in ROWS if row["state"] == "recentlyQueued"]

    assert {row["state"] for row in ROWS} == {
        "active",
        "expired",
        "expiring",
        "recentlyQueued",
        "unused",
        "unusedActive",
    }
    assert len({row["licenseType"] for row in ROWS}) == 32
    assert any(isinstance(row["headLicenseId"], int) for row in queued)
    assert any("headLicenseId" not in row for row in ROWS)
    assert any(row["permanentlyQueuedLicenses"] for row in ROWS)
    assert any(row["activationDate"] is None for row in ROWS if row["state"] == "active")
    assert any(row["expirationDate"] is None for row in ROWS if row["state"] == "active")
    assert any(row["networkId"] is None for row in ROWS if row["deviceSerial"] is not None)
    assert any(row["activationDate"] is not None for row in queued)
    assert any(row["activationDate"] is None for row in queued)


def test_the_lag_of_states_behind_dates_is_small_and_both_ways() -> None:
    """A few rows are `active` inside the 90 days, a few `expiring` beyond them."""
    edge = AS_OF + SOON

    def ends(row: Row) -> datetime:
        return moment(row["expirationDate"]) or datetime.max.replace(tzinfo=UTC)

    late = [row for row in ROWS if row["state"] == "active" and ends(row) <= edge]
    early = [row for row in ROWS if row["state"] == "expiring" and ends(row) > edge]

    assert 0 < share(late) < 0.02
    assert 0 < share(early) < 0.02


def test_some_dates_stand_exactly_on_a_boundary() -> None:
    """Off-by-one errors at the windows' edges would be seen."""
    ends = {row["expirationDate"] for row in ROWS}

    for days in (0, 30, 60, 90):
        assert (AS_OF + timedelta(days=days)).isoformat().replace("+00:00", "Z") in ends


def test_seats_belong_to_systems_manager() -> None:
    """Licenses by the seat are bound to a network and no device; all others have no seats."""
    for row in ROWS:
        is_by_seat = row["licenseType"] == "SME"
        assert (row["seatCount"] is not None) == is_by_seat
        assert not (is_by_seat and row["deviceSerial"])


def test_merged_licenses_are_in_the_total_duration() -> None:
    """The total duration is the license's own plus those of the licenses merged into it."""

    def merged(row: dict[str, Any]) -> int:
        return sum(other["durationInDays"] for other in row["permanentlyQueuedLicenses"])

    assert all(row["totalDurationInDays"] == row["durationInDays"] + merged(row) for row in ROWS)
