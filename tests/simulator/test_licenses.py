from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.simulator.catalog import CODES, code
from auditor.simulator.licenses import Estate, Row, write_block
from auditor.simulator.oddities import UNHEARD_OF

SOON = timedelta(days=90)
LAG = timedelta(days=3)
UNTOLD: tuple[Any, ...] = ([], None, "missing")

moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
estates = st.builds(Estate, st.integers(), st.integers(0, 20_000), moments)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = [row for block in range(10) for row in write_block(Estate(1, 0, AS_OF), block, 1000)]


def moment(text: str | None) -> datetime | None:
    """A date of the API as a moment."""
    return None if text is None else datetime.fromisoformat(text)


def queues(rows: list[Row]) -> list[tuple[Row, list[Row]]]:
    """Each head that something is queued behind, with its queue in the order of the list; no orphans."""
    by_id = {row["id"]: row for row in rows}
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["state"] != "recentlyQueued" or is_orphan(row, by_id):
            continue
        head = row
        while head["state"] == "recentlyQueued":
            head = by_id[str(head["headLicenseId"])]
        found.setdefault(head["id"], []).append(row)
    return [(by_id[head], queue) for head, queue in found.items()]


def is_orphan(row: Row, by_id: dict[str, Row]) -> bool:
    """Whether a queued row stands behind nothing, a stranger, or itself."""
    return str(row["headLicenseId"]) not in by_id.keys() - {row["id"]}


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
                assert starts is None or starts > as_of
                assert (starts is None) == (ends is None)
            case "unused":
                assert not is_assigned
                assert starts is ends is None
            case "unusedActive":
                assert not is_assigned
                assert starts is not None or ends is not None
                assert starts is None or starts <= as_of
                assert ends is None or as_of < ends
            case other:
                assert other == UNHEARD_OF
                assert is_assigned


@settings(max_examples=30)
@given(estates, st.integers(0, 5), st.integers(0, 300))
def test_a_queue_stands_behind_its_head(estate: Estate, block: int, rows: int) -> None:
    """Queued licenses follow their head in the list and share its device or network and its type."""
    for head, queue in queues(write_block(estate, block, rows)):
        ids = [int(row["id"]) for row in (head, *queue)]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert len(queue) <= 4
        assert head["state"] in {"active", "expiring"}
        for row in queue:
            assert (head["deviceSerial"], head["licenseType"]) == (row["deviceSerial"], row["licenseType"])
            assert head["seatCount"] == row["seatCount"]


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
        UNHEARD_OF,
    }
    assert len({row["licenseType"] for row in ROWS}) == 32
    assert any(isinstance(row["headLicenseId"], int) for row in queued)
    assert any("headLicenseId" not in row for row in ROWS)
    assert any(row.get("permanentlyQueuedLicenses") for row in ROWS)
    assert 0 < share([row for row in ROWS if row["state"] == UNHEARD_OF]) < 0.003
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


def merged_days(row: Row) -> int:
    """By how much the total exceeds the license's own duration."""
    return (row["totalDurationInDays"] or 0) and row["totalDurationInDays"] - row["durationInDays"]


def span(row: Row) -> timedelta | None:
    """From the first date of *row* to the last."""
    starts, ends = moment(row["activationDate"]), moment(row["expirationDate"])
    return None if starts is None or ends is None else ends - starts


def test_merged_licenses_are_in_the_total_duration() -> None:
    """The total duration is the license's own plus those merged into it, where these are listed."""
    listed = [row for row in ROWS if row.get("permanentlyQueuedLicenses")]

    assert all(row["durationInDays"] for row in listed)
    for row in listed:
        assert merged_days(row) == sum(one["durationInDays"] for one in row["permanentlyQueuedLicenses"])


def test_some_lists_of_what_was_merged_are_gone() -> None:
    """Empty, null or missing, while the total still tells of it; of heads and of queued licenses."""
    gone = [row for row in ROWS if merged_days(row) and not row.get("permanentlyQueuedLicenses")]

    assert all(any(row.get("permanentlyQueuedLicenses", "missing") == one for row in gone) for one in UNTOLD)
    assert {"active", "recentlyQueued"} <= {row["state"] for row in gone}
    assert share(gone) < 0.02


def test_dates_span_the_total_and_of_a_few_heads_the_own_days_alone() -> None:
    """Nobody knows for sure what the vendor does; queued licenses span the total."""
    merged = [row for row in ROWS if merged_days(row) and span(row) is not None]
    apart = [row for row in merged if span(row) == timedelta(days=row["durationInDays"])]

    for row in ROWS:
        if row["totalDurationInDays"] is not None and span(row) is not None and row not in apart:
            assert span(row) == timedelta(days=row["totalDurationInDays"])
    assert 0.05 < len(apart) / len(merged) < 0.3
    assert "recentlyQueued" not in {row["state"] for row in apart}


def test_queues_have_up_to_four_links_and_name_what_is_in_front_in_two_ways() -> None:
    """Each link names the head, or each names the link before it."""
    long = [(head, queue) for head, queue in queues(ROWS) if len(queue) > 1]
    names_head = [{str(row["headLicenseId"]) for row in queue} == {head["id"]} for head, queue in long]

    assert {len(queue) for _, queue in queues(ROWS)} == {1, 2, 3, 4}
    assert 0.3 < sum(names_head) / len(long) < 0.7
    for (head, queue), is_flat in zip(long, names_head, strict=True):
        if not is_flat:
            before = [head, *queue[:-1]]
            assert [str(row["headLicenseId"]) for row in queue] == [row["id"] for row in before]


def test_dated_links_take_up_where_the_one_before_ends() -> None:
    """The first link begins when the head ends, and the next when the first does; dates span the term."""
    followed = 0
    for head, queue in queues(ROWS):
        known = [row for row in queue if row["durationInDays"] is not None]
        merged = {one["id"] for one in head.get("permanentlyQueuedLicenses") or ()}
        if merged_days(head) and (not merged or span(head) == timedelta(days=head["durationInDays"])):
            continue  # what is merged has a place of its own, or none that is told
        if head["expirationDate"] is None or len(known) < len(queue):
            continue
        ends = moment(head["expirationDate"])
        for row in queue:
            term = timedelta(days=row["totalDurationInDays"] or row["durationInDays"])
            if row["id"] in merged:
                assert row["expirationDate"] in {None, head["expirationDate"]}
                continue
            if row["activationDate"] is not None:
                assert moment(row["activationDate"]) == ends
                followed += 1
            assert ends
            ends += term
            assert moment(row["expirationDate"]) in {None, ends}
    assert followed > 100


def test_some_merged_licenses_are_still_listed() -> None:
    """The id in a head's `permanentlyQueuedLicenses` is then that of a row queued behind it."""
    by_id = {row["id"]: row for row in ROWS}
    merged = [(row, one) for row in ROWS for one in row.get("permanentlyQueuedLicenses") or ()]
    listed = [(row, by_id[one["id"]], one) for row, one in merged if one["id"] in by_id]

    assert 0 < len(listed) < len(merged)
    for row, queued, one in listed:
        assert queued["state"] == "recentlyQueued"
        assert str(queued["headLicenseId"]) == row["id"]
        assert queued["durationInDays"] in {None, one["durationInDays"]}
        assert queued["licenseKey"] == one["licenseKey"]


def test_some_devices_were_renewed_by_another_license() -> None:
    """One serial, two heads: the first is over, the second is not; some are of another type."""
    heads: dict[str, list[Row]] = {}
    for row in ROWS:
        if row["deviceSerial"] and row["state"] in {"active", "expiring", "expired"}:
            heads.setdefault(row["deviceSerial"], []).append(row)
    pairs = [rows for rows in heads.values() if len(rows) > 1]

    assert len(pairs) > 50
    assert {len(rows) for rows in pairs} == {2}
    assert all(past["state"] == "expired" != new["state"] for past, new in pairs)
    assert any(past["licenseType"] != new["licenseType"] for past, new in pairs)


def test_expired_licenses_lie_on_both_sides_of_the_grace() -> None:
    """Within 30 days of the end, beyond them, and on the second between."""
    since = [
        AS_OF - ends for row in ROWS if row["state"] == "expired" and (ends := moment(row["expirationDate"]))
    ]
    grace = timedelta(days=30)

    assert sum(one < grace for one in since) > 100
    assert sum(one > grace for one in since) > 100
    assert grace in since
    assert {grace - timedelta(seconds=1), grace + timedelta(seconds=1)} & set(since)


def test_the_clock_of_unused_licenses_runs_out_in_every_window() -> None:
    """90 days from the claim: in each window, on its edge, overdue, and not known."""
    claims = [moment(row["claimDate"]) for row in ROWS if row["state"] == "unused"]
    left = [(claim + timedelta(days=90) - AS_OF) / timedelta(days=1) for claim in claims if claim]

    for days in (30, 60, 90):
        assert sum(days - 30 < one <= days for one in left) > 50
        assert days in left
    assert 0 < sum(one <= 0 for one in left) < 60
    assert 0 < claims.count(None) < 60


def test_a_few_queued_licenses_are_behind_nothing() -> None:
    """They name a stranger, themselves or nobody, and their device has no other license."""
    by_id = {row["id"]: row for row in ROWS}
    orphans = [row for row in ROWS if row["state"] == "recentlyQueued" and is_orphan(row, by_id)]
    serials = [row["deviceSerial"] for row in ROWS if row["deviceSerial"]]

    assert 0 < share(orphans) < 0.01
    assert any(row["headLicenseId"] is None for row in orphans)
    assert any(str(row["headLicenseId"]) == row["id"] for row in orphans)
    assert all(row["deviceSerial"] is None or serials.count(row["deviceSerial"]) == 1 for row in orphans)


def test_some_virtual_appliances_are_bound_to_a_network_alone() -> None:
    """They have no device and no seats; others have a device."""
    virtual = [row for row in ROWS if row["licenseType"] == "VMX-S-ENT" and row["state"] == "active"]

    assert any(row["deviceSerial"] is None and row["networkId"] for row in virtual)
    assert any(row["deviceSerial"] for row in virtual)
    assert {row["seatCount"] for row in virtual} == {None}


def test_durations_of_queued_licenses_have_gaps() -> None:
    """Some tell only their own duration, some none."""
    told = {
        (row["totalDurationInDays"] is None, row["durationInDays"] is None)
        for row in ROWS
        if row["state"] == "recentlyQueued"
    }

    assert told == {(False, False), (True, False), (True, True)}
