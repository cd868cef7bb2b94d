"""Bodies into records: tolerant about values, strict about rows."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN, License, LicenseState, Queued
from auditor.domain.merging import Place
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.errors import BadResponseError
from auditor.wire.co_term import decode_co_term_keys
from auditor.wire.dates import parse_instant
from auditor.wire.decode import (
    LicensePage,
    UnusableRow,
    decode_licenses,
    decode_organizations,
)
from auditor.wire.inventory import decode_devices
from auditor.wire.rows import decode_rows
from auditor.wire.subscriptions import decode_subscriptions

ROW: Mapping[str, Any] = {
    "id": "1001",
    "licenseType": "MX64-ENT",
    "licenseKey": "Z2AA-PLANTED-KEY",
    "orderNumber": "4C0000001",
    "deviceSerial": "Q2AA-0000-0001",
    "networkId": "N_1",
    "state": "active",
    "seatCount": None,
    "totalDurationInDays": 425,
    "durationInDays": 365,
    "permanentlyQueuedLicenses": [],
    "claimDate": "2019-08-29T12:40:10Z",
    "activationDate": "2019-09-01T15:01:46Z",
    "expirationDate": "2020-10-30T15:01:46Z",
    "headLicenseId": None,
}
LICENSE = License(
    id="1001",
    state="active",
    license_type="MX64-ENT",
    device_serial="Q2AA-0000-0001",
    network_id="N_1",
    seat_count=None,
    activates_at=datetime(2019, 9, 1, 15, 1, 46, tzinfo=UTC),
    expires_at=datetime(2020, 10, 30, 15, 1, 46, tzinfo=UTC),
    head_license_id=None,
)


def _all(page: LicensePage) -> list[License]:
    return [page.license_at(index) for index in range(len(page))]


def _one(**changes: Any) -> tuple[License, dict[NoteKind, int]]:
    """The license and notes of a page of one row, changed."""
    page = decode_licenses(orjson.dumps([{**ROW, **changes}]))
    (license_,) = _all(page)
    return license_, dict(page.notes)


def _without(key: str) -> tuple[License, dict[NoteKind, int]]:
    page = decode_licenses(orjson.dumps([{k: v for k, v in ROW.items() if k != key}]))
    (license_,) = _all(page)
    return license_, dict(page.notes)


def test_a_clean_row_becomes_a_license() -> None:
    """Every field lands where it belongs, and nothing is noted."""
    license_, notes = _one()

    assert license_ == LICENSE
    assert type(license_) is License
    assert notes == {}


def test_a_systems_manager_row_keeps_its_seats() -> None:
    """Seats are set and the serial is null, as in the vendor's example."""
    license_, notes = _one(licenseType="SME", seatCount=25, deviceSerial=None)

    assert (license_.seat_count, license_.device_serial, notes) == (25, None, {})


@pytest.mark.parametrize("body", [b"[]", b" [\n] "])
def test_an_empty_page_has_no_licenses(body: bytes) -> None:
    """No rows are a page, not an error."""
    page = decode_licenses(body)

    assert (_all(page), dict(page.notes)) == ([], {})


@pytest.mark.parametrize("value", [None, "", 7, True, ["active"], {"a": 1}])
def test_a_state_that_is_no_text_is_unknown_and_noted(value: object) -> None:
    """The license is counted all the same."""
    assert _one(state=value) == (LICENSE._replace(state=UNKNOWN), {NoteKind.MISSING_STATE: 1})
    assert _without("state") == (LICENSE._replace(state=UNKNOWN), {NoteKind.MISSING_STATE: 1})


@pytest.mark.parametrize("value", [None, "", 7, False, [], {}])
def test_a_type_that_is_no_text_is_unknown_and_noted(value: object) -> None:
    """The same for `licenseType`."""
    assert _one(licenseType=value) == (LICENSE._replace(license_type=UNKNOWN), {NoteKind.MISSING_TYPE: 1})
    assert _without("licenseType") == (LICENSE._replace(license_type=UNKNOWN), {NoteKind.MISSING_TYPE: 1})


def test_a_state_of_tomorrow_keeps_its_name() -> None:
    """A state that this version does not know is no oddity of the row."""
    assert _one(state="hibernating") == (LICENSE._replace(state="hibernating"), {})


@pytest.mark.parametrize("value", [None, "", True, [], {}])
def test_a_row_without_id_is_kept_and_noted(value: object) -> None:
    """It is counted, and cannot be recognised when it comes again."""
    assert _one(id=value) == (LICENSE._replace(id=None), {NoteKind.MISSING_ID: 1})
    assert _without("id") == (LICENSE._replace(id=None), {NoteKind.MISSING_ID: 1})


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (b"0", "0"),
        (b"1234", "1234"),
        (b"18446744073709551615", "18446744073709551615"),
        (b"123456789012345678901234567", "123456789012345678901234567"),
        (b"1.5", "1.5"),
    ],
)
def test_an_id_sent_as_a_number_is_read_to_the_last_digit(number: bytes, text: str) -> None:
    """Rounded to a float, a long number would name another license."""
    body = orjson.dumps([{**ROW, "headLicenseId": "<H>", "id": "<I>"}, ROW])
    body = body.replace(b'"<H>"', number).replace(b'"<I>"', number)

    page = decode_licenses(body)

    assert _all(page) == [LICENSE._replace(id=text, head_license_id=text), LICENSE]
    assert dict(page.notes) == {}


@pytest.mark.parametrize("value", [None, "", False, [], {}, "gone"])
def test_optional_ids_are_text_or_none(value: object) -> None:
    """Unassigned is null; empty or mistyped ids are no ids, and no oddity worth a note."""
    expected = value if value == "gone" else None

    license_, notes = _one(deviceSerial=value, networkId=value, headLicenseId=value)

    assert (license_.device_serial, license_.network_id, license_.head_license_id) == (expected,) * 3
    assert notes == {}
    assert _without("headLicenseId") == (LICENSE, {})


@pytest.mark.parametrize(
    "value", ["soon", 7, True, ["2020-10-30T15:01:46Z", "Z"], {"a": 1}, "2020-10-32T00:00:00Z"]
)
def test_an_unreadable_date_is_none_and_noted(value: object) -> None:
    """It costs its own field, and both dates are watched."""
    assert _one(expirationDate=value) == (LICENSE._replace(expires_at=None), {NoteKind.UNREADABLE_DATE: 1})
    assert _one(expirationDate=value, activationDate=value)[1] == {NoteKind.UNREADABLE_DATE: 2}


@pytest.mark.parametrize("value", [None, "", "N/A"])
def test_an_absent_date_is_none_and_not_noted(value: object) -> None:
    """An unused license has no dates."""
    assert _one(expirationDate=value) == (LICENSE._replace(expires_at=None), {})
    assert _without("expirationDate") == (LICENSE._replace(expires_at=None), {})


@pytest.mark.parametrize(
    "value", ["2020-10-30T17:01:46+02:00", "2020-10-30T15:01:46", "2020-10-30T15:01:46.000Z"]
)
def test_other_spellings_of_a_date_are_read_too(value: str) -> None:
    """The page's quick look at its dates mistakes none of them."""
    assert _one(expirationDate=value) == (LICENSE, {})


@pytest.mark.parametrize(
    "odd",
    ["", "N/A", "soon", 7, "2020-10-30T17:01:46+02:00", "2020-10-30T15:01:46", "0001-01-01T00:00:00+14:00"],
)
def test_an_end_that_the_parser_does_not_know_changes_no_other(odd: object) -> None:
    """Whichever way a page is parsed, each of its ends is read as it would be alone."""
    rows = [ROW, {**ROW, "expirationDate": odd}, {**ROW, "expirationDate": None}, ROW]
    page = decode_licenses(orjson.dumps(rows))
    alone, notes = _one(expirationDate=odd)

    assert list(page.expirations) == [LICENSE.expires_at, alone.expires_at, None, LICENSE.expires_at]
    assert dict(page.notes) == notes
    assert all(at is None or at.tzinfo is UTC for at in page.expirations)


def test_rows_are_told_by_state() -> None:
    """In the order of the page, for every state that occurs."""
    states = ["active", "unused", "active", "hibernating", None]
    page = decode_licenses(orjson.dumps([{**ROW, "state": state} for state in states]))

    assert page.rows_by_state == {"active": [0, 2], "unused": [1], "hibernating": [3], UNKNOWN: [4]}


@pytest.mark.parametrize("value", [True, False, 1.5, "25", [], {}])
def test_a_seat_count_that_is_no_integer_is_none_and_noted(value: object) -> None:
    """A truth value is no count, whatever Python says."""
    assert _one(seatCount=value) == (LICENSE, {NoteKind.UNREADABLE_SEAT_COUNT: 1})


def test_a_claim_is_read_of_a_license_that_waits_for_its_activation() -> None:
    """Nothing follows from it for others, so that it is not even read."""
    claimed_at = datetime(2019, 8, 29, 12, 40, 10, tzinfo=UTC)

    assert _one(state="unused")[0].claimed_at == claimed_at
    assert _one(state="unused", claimDate="soon") == (
        LICENSE._replace(state="unused"),
        {NoteKind.UNREADABLE_DATE: 1},
    )
    assert _one(claimDate="soon") == (LICENSE, {})


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({}, 425),  # what was merged into it for good is in it
        ({"totalDurationInDays": None}, 365),
        ({"totalDurationInDays": True}, 365),
        ({"totalDurationInDays": -1}, 365),
        ({"totalDurationInDays": 36_501}, 365),
        ({"totalDurationInDays": 36_500}, 36_500),
        ({"totalDurationInDays": 0}, 0),
        ({"totalDurationInDays": "425", "durationInDays": 365.0}, 425),  # from one date to the other
        ({"totalDurationInDays": None, "durationInDays": None, "activationDate": None}, None),
        ({"totalDurationInDays": None, "durationInDays": None, "activationDate": "x"}, None),
        ({"totalDurationInDays": None, "durationInDays": None, "expirationDate": "2019-08-31"}, None),
    ],
)
def test_a_queued_license_lasts_as_long_as_it_says_or_as_its_dates_do(
    told: dict[str, Any], days: int | None
) -> None:
    """The first of its durations that makes sense, and the dates only where none does."""
    term = None if days is None else timedelta(days=days)

    assert _one(state="recentlyQueued", **told)[0].term == term
    page = decode_licenses(orjson.dumps([{**ROW, "state": "recentlyQueued", **told}]))
    assert [one.term for one in page.queue_at([0])] == [term]
    assert NoteKind.UNREADABLE_DATE not in page.notes


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ([], set()),
        (None, set()),
        ([{"id": "7", "licenseKey": "Z2AA-PLANTED-KEY"}, {"id": "8"}], {"7", "8"}),
        ([{"id": 7}, {"id": None}, {}], {"7"}),
        ([None, "x", {"id": "7"}], {"7"}),
        ("7", set()),
        ({"id": "7"}, set()),
    ],
)
def test_ids_of_what_was_merged_for_good_are_told(value: object, ids: set[str]) -> None:
    """Of any license, in any shape; what is odd there is of no consequence."""
    page = decode_licenses(orjson.dumps([{**ROW, "permanentlyQueuedLicenses": value}, ROW]))

    assert set(page.merged_ids) == ids
    assert (_all(page), dict(page.notes)) == ([LICENSE, LICENSE], {})


LISTED = [{"id": "7"}]
APART = {"expirationDate": "2020-08-31T12:00:00Z"}
"""An end that is 365 days after the activation of `ROW`, and not 425."""


@pytest.mark.parametrize(
    ("changes", "merger", "merged_ids"),
    [
        ({"permanentlyQueuedLicenses": LISTED}, None, {"7"}),  # in the date, and listed: as the manual has it
        ({}, ((), True), set()),
        ({"permanentlyQueuedLicenses": None}, ((), True), set()),
        ({"permanentlyQueuedLicenses": [{"id": None}]}, ((), True), set()),
        ({**APART}, ((), False), set()),
        ({**APART, "permanentlyQueuedLicenses": LISTED}, (("7",), False), set()),
        ({**APART, "permanentlyQueuedLicenses": LISTED, "activationDate": None}, None, {"7"}),
        ({**APART, "permanentlyQueuedLicenses": LISTED, "state": "unusedActive"}, None, {"7"}),
        ({**APART, "permanentlyQueuedLicenses": LISTED, "state": "revoked"}, None, {"7"}),
        ({"totalDurationInDays": 365}, None, set()),
        ({"totalDurationInDays": 300}, None, set()),
        ({"totalDurationInDays": None}, None, set()),
        ({"durationInDays": True}, None, set()),
        ({"totalDurationInDays": 36_501}, None, set()),
        ({"deviceSerial": None, "networkId": None}, None, set()),
    ],
)
def test_what_was_merged_takes_a_closer_look_where_it_is_not_listed_or_not_in_the_date(
    changes: dict[str, Any], merger: tuple[tuple[str, ...], bool] | None, merged_ids: set[str]
) -> None:
    """Of licenses in use, which are on something; what is not in a date is not held by that license."""
    page = decode_licenses(orjson.dumps([{**ROW, "state": "active", **changes}]))
    found = [(one.term.days, one.ids, one.is_in_date) for one in page.mergers.values()]

    assert found == ([] if merger is None else [(60, *merger)])
    assert set(page.merged_ids) == merged_ids
    assert all(one.place == Place(ROW["deviceSerial"], None) for one in page.mergers.values())
    assert not page.notes


def test_what_was_merged_into_a_license_of_a_network_belongs_to_that_license() -> None:
    """As far as it has an id by which it can be found."""
    row = {**ROW, "state": "active", "deviceSerial": None, "networkId": "N_1"}
    page = decode_licenses(orjson.dumps([row, {**row, "id": None}]))

    assert {number: one.place for number, one in page.mergers.items()} == {0: Place(None, ROW["id"])}


@pytest.mark.parametrize(
    ("changes", "surpluses"),
    [
        ({}, {1: timedelta(60)}),
        ({"permanentlyQueuedLicenses": LISTED}, {}),
        ({"durationInDays": None}, {}),
        ({"durationInDays": 425}, {}),
    ],
)
def test_a_queued_license_tells_what_it_took_in_and_does_not_list(
    changes: dict[str, Any], surpluses: dict[int, timedelta]
) -> None:
    """By its position in the queue, also where that is added to another."""
    plain = {**ROW, "durationInDays": 425}
    page = decode_licenses(orjson.dumps([plain, {**ROW, "state": "recentlyQueued", **changes}]))

    queue = page.queue_at([0, 1])
    assert queue.surpluses == surpluses
    queue.extend(page.queue_at([1]))
    assert queue.surpluses == surpluses | ({2: timedelta(60)} if surpluses else {})


def test_an_odd_value_costs_no_other_row_anything() -> None:
    """The rows around it, and the other columns, read as before."""
    page = decode_licenses(orjson.dumps([ROW, {**ROW, "seatCount": True, "state": None}, ROW]))

    assert _all(page) == [LICENSE, LICENSE._replace(state=UNKNOWN), LICENSE]
    assert dict(page.notes) == {NoteKind.UNREADABLE_SEAT_COUNT: 1, NoteKind.MISSING_STATE: 1}


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("x", "text"),
        (7, "a number"),
        (1.5, "a number"),
        (None, "null"),
        ([ROW], "a list"),
        (True, "a truth value"),
    ],
)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_row_that_is_no_object_is_an_error(row: object, name: str, position: int) -> None:
    """A license may not vanish because its row has another shape."""
    rows: list[object] = [ROW, ROW]
    rows.insert(position, row)

    with pytest.raises(BadResponseError, match=f"row {position + 1} of 3 is {name}, not an object"):
        decode_licenses(orjson.dumps(rows))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty body"),
        (b"<html>maintenance</html>", "an HTML page"),
        (b'{"errors":["API rate limit exceeded for organization"]}', "an error: API rate limit exceeded"),
        (b"{}", "a JSON object"),
        (b'{"items":[]}', "a JSON object"),
        (b"null", "a single JSON value"),
        (b'[{"id":"1"},{"id"', r"JSON that cannot be read \("),
        (b'[{"id":"1"},{"id"]', r"JSON that cannot be read \("),
        (b"[" * 3_000 + b"]" * 3_000, r"JSON that cannot be read \("),
    ],
)
def test_what_is_no_list_is_an_error_that_names_it(body: bytes, what: str) -> None:
    """Nothing but a JSON list passes, and an error object is never an empty page."""
    for decode in (decode_rows, decode_organizations, decode_licenses):
        with pytest.raises(BadResponseError, match=what):
            decode(body)


@pytest.mark.parametrize(
    ("decode", "asked", "row"),
    [
        (decode_licenses, 1000, b'{"id":"1"}'),
        (decode_organizations, 9000, b'{"id":"1"}'),
        (decode_devices, 1000, b"{}"),
        (decode_co_term_keys, 1000, b"{}"),
        (decode_subscriptions, 1000, b'{"subscriptionId":"1"}'),
    ],
)
def test_a_page_with_far_more_rows_than_were_asked_for_is_an_error(
    decode: Callable[[bytes], object], asked: int, row: bytes
) -> None:
    """A server that does not heed `perPage` is read; one that pours out rows is not."""
    decode(b"[" + b",".join([row] * (10 * asked)) + b"]")

    with pytest.raises(BadResponseError, match=rf"a page of {10 * asked + 1:,} rows, where {asked:,} were"):
        decode(b"[" + b",".join([row] * (10 * asked + 1)) + b"]")


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_a_page_nested_to_the_brink_is_read_or_refused(depth: int) -> None:
    """The readers differ in how deep they go; none of them crashes."""
    deep = b"[" * depth + b"]" * depth
    body = b'[{"id":"1001","x":' + deep + b"}]"

    try:
        page = decode_licenses(body)
    except BadResponseError as error:
        assert depth > 100, error  # noqa: PT017  # either ending is right
    else:
        assert page.license_at(0).id == "1001"


def test_order_numbers_are_read_only_where_they_are_asked_for() -> None:
    """The page of an audit without detail has never seen one; a number counts as its text."""
    body = orjson.dumps(
        [{"id": "1", "orderNumber": "4C1234567"}, {"id": "2", "orderNumber": 77}, {"id": "3"}]
    )

    asked = decode_licenses(body, with_orders=True).details_at([0, 1, 2])
    not_asked = decode_licenses(body).details_at([0, 1, 2])

    assert [number for _, number in asked] == ["4C1234567", "77", None]
    assert [number for _, number in not_asked] == [None] * 3


def test_details_are_those_of_the_whole_licenses_and_note_nothing() -> None:
    """They are asked for besides, and nothing odd counts twice."""
    row = {"id": "1", "state": "unused", "activationDate": "soon", "claimDate": "2026-01-01T00:00:00Z"}
    page = decode_licenses(orjson.dumps([row]), with_orders=True)
    before = dict(page.notes)

    ((license_, _),) = page.details_at([0])

    assert dict(page.notes) == before
    assert license_ == page.license_at(0)
    assert page.notes[NoteKind.UNREADABLE_DATE] == 1


def test_license_keys_stay_behind() -> None:
    """Neither the page nor anything it refers to holds a key."""
    page = decode_licenses(orjson.dumps([ROW, {**ROW, "seatCount": "odd"}]))

    assert "PLANTED" not in repr(page)
    assert not any("PLANTED" in str(each) for license_ in _all(page) for each in gc.get_referents(license_))


# The same reading once more, row by row and without a thought for speed: what the columns are judged by.


def _oracle_id(value: object) -> str | None:
    if isinstance(value, bool) or value == "":
        return None
    if isinstance(value, float):
        return orjson.dumps(value).decode()
    return str(value) if isinstance(value, str | int) else None


def _oracle_text(value: object, notes: Counter[NoteKind], note: NoteKind) -> str:
    if isinstance(value, str) and value:
        return value
    notes[note] += 1
    return UNKNOWN


def _oracle_instant(value: Any, notes: Counter[NoteKind]) -> datetime | None:
    try:
        return parse_instant(value)
    except (TypeError, ValueError):
        notes[NoteKind.UNREADABLE_DATE] += 1
        return None


def _oracle_license(row: dict[str, Any], notes: Counter[NoteKind]) -> License:
    seats = row.get("seatCount")
    if seats is not None and not (type(seats) is int and 0 <= seats <= 10**9):
        notes[NoteKind.UNREADABLE_SEAT_COUNT] += 1
        seats = None
    own_id = _oracle_id(row.get("id"))
    notes[NoteKind.MISSING_ID] += own_id is None
    return License(
        id=own_id,
        state=_oracle_text(row.get("state"), notes, NoteKind.MISSING_STATE),
        license_type=_oracle_text(row.get("licenseType"), notes, NoteKind.MISSING_TYPE),
        device_serial=_oracle_id(row.get("deviceSerial")),
        network_id=_oracle_id(row.get("networkId")),
        seat_count=seats,
        activates_at=_oracle_instant(row.get("activationDate"), notes),
        expires_at=_oracle_instant(row.get("expirationDate"), notes),
        head_license_id=_oracle_id(row.get("headLicenseId")),
        claimed_at=_oracle_instant(row.get("claimDate"), notes) if row.get("state") == "unused" else None,
        term=_oracle_term(row) if row.get("state") == "recentlyQueued" else None,
    )


def _oracle_term(row: dict[str, Any]) -> timedelta | None:
    for days in (row.get("totalDurationInDays"), row.get("durationInDays")):
        if isinstance(days, int) and not isinstance(days, bool) and 0 <= days <= 36_500:
            return timedelta(days=days)
    begins_at = _oracle_instant(row.get("activationDate"), Counter())
    ends_at = _oracle_instant(row.get("expirationDate"), Counter())
    if begins_at is None or ends_at is None or not begins_at <= ends_at <= begins_at + timedelta(days=36_500):
        return None
    return ends_at - begins_at


def _oracle_merged(row: dict[str, Any]) -> set[str]:
    merged = row.get("permanentlyQueuedLicenses")
    entries = merged if isinstance(merged, list) else []
    ids = {_oracle_id(one.get("id")) for one in entries if isinstance(one, dict)}
    return {one for one in ids if one is not None}


_text = st.text("abcXYZ019-_\u00e9", max_size=6)
_odd: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    _text,
    st.lists(_text, max_size=2),
    st.dictionaries(_text, _text, max_size=2),
)
_date = st.one_of(
    st.none(),
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001  # written with a Z below
        lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
    st.sampled_from(["2020-10-30", "2020-10-30T15:01:46+02:00", "Feb 8, 2020 UTC", "", "N/A", "Z", "0Z"]),
)


def _mostly(clean: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A column's strategy: clean values alone in most pages, odd ones among them in some."""
    return st.sampled_from([clean, clean, clean, clean | _odd])


_columns = st.fixed_dictionaries(
    {
        "id": _mostly(_text),
        "state": _mostly(st.sampled_from([*map(str, LicenseState), "new"])),
        "licenseType": _mostly(st.sampled_from(["MX64-ENT", "SME"])),
        "deviceSerial": _mostly(st.none() | _text),
        "networkId": _mostly(st.none() | _text),
        "seatCount": _mostly(st.none() | st.integers(0, 99)),
        "activationDate": _mostly(_date),
        "expirationDate": _mostly(_date),
        "headLicenseId": _mostly(st.none() | _text),
        "claimDate": _mostly(_date),
        "totalDurationInDays": _mostly(st.none() | st.sampled_from([0, 365, 36_500, 36_501, -1])),
        "durationInDays": _mostly(st.none() | st.sampled_from([0, 365])),
        "permanentlyQueuedLicenses": _mostly(st.lists(st.fixed_dictionaries({"id": _text}), max_size=2)),
    }
)


@st.composite
def _pages(draw: st.DrawFn) -> list[dict[str, Any]]:
    columns = draw(_columns)
    may_lack = draw(st.sets(st.sampled_from(sorted(columns)), max_size=2))
    optional = {key: columns[key] for key in may_lack}
    required = {key: strategy for key, strategy in columns.items() if key not in may_lack}
    return draw(st.lists(st.fixed_dictionaries(required, optional=optional), max_size=5))


@settings(deadline=None, max_examples=300)
@given(_pages())
def test_columns_read_what_rows_would(rows: list[dict[str, Any]]) -> None:
    """The quick way and the slow way give the same licenses and the same notes, whatever is odd."""
    notes: Counter[NoteKind] = Counter()
    expected = [_oracle_license(row, notes) for row in rows]

    page = decode_licenses(orjson.dumps(rows))

    assert _all(page) == expected
    assert dict(page.notes) == {kind: count for kind, count in notes.items() if count}
    assert all(map(_is_typed, _all(page)))
    outside = {row for row, one in page.mergers.items() if not one.is_in_date}
    held = [row for number, row in enumerate(rows) if number not in outside]
    assert set(page.merged_ids) == set().union(*map(_oracle_merged, held))
    assert list(page.queue_at(range(len(rows)))) == [
        Queued(one.id, one.device_serial, one.head_license_id, _oracle_term(row))
        for one, row in zip(expected, rows, strict=True)
    ]


@settings(deadline=None)
@given(_pages())
def test_dates_asked_for_alone_are_those_of_the_whole_licenses(rows: list[dict[str, Any]]) -> None:
    """A column of them is read as each would be, and as often noted."""
    notes: Counter[NoteKind] = Counter()
    expected = [
        [_oracle_instant(row.get(name), notes) for row in rows] for name in ("claimDate", "activationDate")
    ]
    page = decode_licenses(orjson.dumps(rows))
    before = Counter(page.notes)

    read = [list(page.claims_at(range(len(page)))), list(page.activations_at(range(len(page))))]

    assert read == expected
    assert page.notes - before == +notes


def _is_typed(license_: License) -> bool:
    instants = (license_.activates_at, license_.expires_at)
    ids = (license_.id, license_.device_serial, license_.network_id, license_.head_license_id)
    return (
        all(instant is None or instant.tzinfo is UTC for instant in instants)
        and all(each is None or (type(each) is str and each != "") for each in ids)
        and (license_.seat_count is None or type(license_.seat_count) is int)
    )


@settings(deadline=None)
@given(_pages(), _odd)
def test_a_row_more_never_changes_the_rows_before_it(rows: list[dict[str, Any]], odd: Any) -> None:
    """Which way a page is read depends on all its rows; what a row says does not."""
    last = dict.fromkeys(ROW, odd)

    alone = _all(decode_licenses(orjson.dumps(rows)))
    joined = _all(decode_licenses(orjson.dumps([*rows, last])))

    assert joined[:-1] == alone


_json_bodies = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | _text,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "state", "api", "licensing", "name", "errors"]), inner, max_size=3
        )
    ),
    max_leaves=8,
).map(orjson.dumps)


@settings(deadline=None)
@given(
    st.binary()
    | st.binary().map(lambda x: b"[" + x + b"]")
    | _json_bodies
    | _json_bodies.map(lambda x: b"[" + x + b"]")
)
def test_any_body_gives_records_or_a_bad_response(body: bytes) -> None:
    """Bytes of any kind are decoded or refused, and nothing else happens."""
    for decode in (decode_rows, decode_organizations, decode_licenses):
        try:
            decode(body)
        except BadResponseError as error:
            assert str(error)  # noqa: PT017  # either ending is right


def test_organizations_are_read_with_model_and_api_state() -> None:
    """What the vendor lists, in its order."""
    body = orjson.dumps(
        [
            {
                "id": "2930418",
                "name": "Example One",
                "url": "https://n1.meraki.com/o/x/manage/organization/overview",
                "api": {"enabled": True},
                "licensing": {"model": "per-device"},
            },
            {"id": "5", "name": "Example Two", "api": {"enabled": False}, "licensing": {"model": "leased"}},
        ]
    )

    assert decode_organizations(body).organizations == (
        Organization(OrganizationId("2930418"), "Example One", "per-device", api_enabled=True),
        Organization(OrganizationId("5"), "Example Two", "leased", api_enabled=False),
    )


@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"name": None, "api": None, "licensing": None},
        {"name": 7, "api": [], "licensing": "per-device"},
        {"api": {}, "licensing": {}},
        {"api": {"enabled": "true"}, "licensing": {"model": 3}},
        {"licensing": {"model": ""}},
    ],
)
def test_an_organization_needs_no_more_than_an_id(rest: dict[str, Any]) -> None:
    """What is missing or mistyped is unknown; the organization is still audited."""
    assert decode_organizations(orjson.dumps([{"id": "1", **rest}])).organizations == (
        Organization(OrganizationId("1"), ""),
    )


def test_an_organization_id_sent_as_a_number_is_its_text() -> None:
    """Typed clients broke on numbers where text is promised."""
    assert decode_organizations(b'[{"id":2930418}]').organizations[0].id == "2930418"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({}, "null"),
        ({"id": None}, "null"),
        ({"id": ""}, "an empty text"),
        ({"id": True}, "a truth value"),
        ({"id": 1.5}, "a number"),
        ({"id": ["1"]}, "a list"),
        ({"id": ".."}, "a text that no request can name"),
        ({"id": "."}, "a text that no request can name"),
        ({"id": "1/licenses"}, "a text that no request can name"),
        ({"id": "1?perPage=3"}, "a text that no request can name"),
        ({"id": "1\n2"}, "a text that no request can name"),
    ],
)
def test_an_organization_without_usable_id_costs_no_other(row: dict[str, Any], what: str) -> None:
    """It is named with its place and what is known of it; an organization must not vanish quietly."""
    body = orjson.dumps([{"id": "1"}, {"name": "Example Two", **row}, {"id": "3"}])

    page = decode_organizations(body)

    assert [one.id for one in page.organizations] == ["1", "3"]
    assert page.unusable == (UnusableRow(1, "Example Two", what),)
    assert page.rows == 3


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\uDE00", rb"\ud83d\ud83d", rb"\ude00\ud83d"])
def test_half_a_character_in_a_name_costs_that_character_alone(half: bytes) -> None:
    """A name cut in the middle of an emoji must not hide every organization of the list."""
    whole = rb"\ud83d\ude00"
    body = b'[{"id": "1", "name": "cut ' + half + b'"}, {"id": "2", "name": "' + whole + b'"}]'

    first, second = decode_organizations(body).organizations

    assert first.name.startswith("cut \ufffd")
    assert second.name == "\U0001f600"


@pytest.mark.parametrize("seats", [-1, 10**9 + 1, 2**64 - 1])
def test_a_seat_count_beyond_reason_is_noted_and_spoils_no_sum(seats: int) -> None:
    """One organization's slip must not keep the report from being written."""
    license_, notes = _one(seatCount=seats)

    assert license_.seat_count is None
    assert notes == {NoteKind.UNREADABLE_SEAT_COUNT: 1}
