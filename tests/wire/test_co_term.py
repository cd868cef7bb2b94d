"""Co-termination on the wire: overviews told apart by shape, keys counted whatever they lack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.co_term import CoTermKey, CoTermKeys, CoTermOverview
from auditor.domain.note import NoteKind
from auditor.domain.overview import Overview
from auditor.errors import BadResponseError
from auditor.wire.co_term import KeysPage, decode_any_overview, decode_co_term_keys

CO_TERM: dict[str, Any] = {
    "status": "OK",
    "expirationDate": "Mar 13, 2027 UTC",
    "licensedDeviceCounts": {"MV": 4, "MR-ADV": 7},
}
KEY: dict[str, Any] = {
    "key": "Z2AA-0000-0001",
    "organizationId": "501",
    "duration": 365,
    "mode": "addDevices",
    "startedAt": "2026-05-02T10:52:00Z",
    "claimedAt": "2026-07-04T16:23:00Z",
    "invalidated": False,
    "invalidatedAt": None,
    "expired": False,
    "editions": [{"edition": "Enterprise", "productType": "appliance"}],
    "counts": [{"model": "MR Enterprise", "count": 2}],
}


def overview(**changes: Any) -> Overview | CoTermOverview:
    return decode_any_overview(orjson.dumps({k: v for k, v in (CO_TERM | changes).items() if v is not ...}))


def co_term(**changes: Any) -> CoTermOverview:
    read = overview(**changes)
    assert isinstance(read, CoTermOverview)
    return read


def keys(*rows: object) -> KeysPage:
    return decode_co_term_keys(orjson.dumps(rows))


def one_key(**changes: Any) -> tuple[CoTermKey, dict[NoteKind, int]]:
    page = keys({k: v for k, v in (KEY | changes).items() if v is not ...})
    (key,) = page.keys
    return key, dict(page.notes)


class TestOverview:
    def test_a_co_termination_overview_is_read(self) -> None:
        """Status, the first moment of the day, and devices by the vendor's names."""
        assert overview() == CoTermOverview("OK", datetime(2027, 3, 13, tzinfo=UTC), {"MV": 4, "MR-ADV": 7})

    def test_a_per_device_overview_is_told_apart(self) -> None:
        """By its counts of states."""
        body = orjson.dumps({"licenseCount": 3, "states": {"active": {"count": 3}}})

        assert isinstance(decode_any_overview(body), Overview)

    @pytest.mark.parametrize("active", [0, 10])
    def test_of_both_parts_the_stated_model_reads_its_own(self, active: int) -> None:
        """The vendor's own example has status, date and counts beside states, which may all be 0."""
        both = orjson.dumps(CO_TERM | {"states": {"active": {"count": active}}, "licenseCount": active})

        assert isinstance(decode_any_overview(both, stated="co-term"), CoTermOverview)
        assert isinstance(decode_any_overview(both, stated="per-device"), Overview)

    @pytest.mark.parametrize("stated", [None, "subscription", "per-galaxy"])
    @pytest.mark.parametrize(
        ("active", "counts", "part"),
        [
            (10, {"MV": 4}, Overview),
            (0, {"MV": 4}, CoTermOverview),
            (10, {}, Overview),
            (0, {}, Overview),
        ],
    )
    def test_of_both_parts_any_other_model_reads_the_one_with_licenses(
        self, stated: str | None, active: int, counts: dict[str, int], part: type
    ) -> None:
        """A part that is all zeros beside one that counts is of no use."""
        table = CO_TERM | {"licensedDeviceCounts": counts, "states": {"active": {"count": active}}}

        assert isinstance(decode_any_overview(orjson.dumps(table), stated=stated), part)

    @pytest.mark.parametrize("stated", [None, "co-term", "per-device"])
    def test_a_part_that_stands_alone_is_read_whatever_is_stated(self, stated: str | None) -> None:
        """Its shape shows the licensing model."""
        alone = orjson.dumps({"states": {"active": {"count": 3}}})

        assert isinstance(decode_any_overview(alone, stated=stated), Overview)
        assert isinstance(decode_any_overview(orjson.dumps(CO_TERM), stated=stated), CoTermOverview)

    @pytest.mark.parametrize("states", [None, {}, {"active": {}}, 5])
    def test_states_without_a_count_are_no_per_device_overview(self, states: object) -> None:
        """The other part of the body is."""
        assert co_term(states=states).licensed == {"MV": 4, "MR-ADV": 7}

    @pytest.mark.parametrize(
        ("date", "noted"), [("N/A", 0), ("", 0), (None, 0), (..., 0), ("soon", 1), (7, 1), (["Mar"], 1)]
    )
    def test_a_date_may_be_missing(self, date: object, noted: int) -> None:
        """What is there and cannot be read is noted."""
        read = co_term(expirationDate=date)

        assert read.expires_at is None
        assert read.notes == ({NoteKind.UNREADABLE_DATE: 1} if noted else {})

    def test_a_date_with_a_time_is_its_day(self) -> None:
        """Nothing in the vendor's form could tell a time."""
        assert co_term(expirationDate="2027-03-13T18:30:00Z").expires_at == datetime(2027, 3, 13, tzinfo=UTC)

    @pytest.mark.parametrize("status", [None, ..., "", "  ", 5])
    def test_without_a_status_the_counts_stand(self, status: object) -> None:
        """That it is missing is noted."""
        read = co_term(status=status)

        assert (read.status, read.notes) == (None, {NoteKind.MISSING_STATE: 1})
        assert read.licensed

    @pytest.mark.parametrize(
        ("status", "noted"),
        [("License expired", 1), ("Expired", 1), ("Warning", 0), ("license required", 0), (" n/a ", 0)],
    )
    def test_a_status_that_nobody_knows_is_noted(self, status: str, noted: int) -> None:
        """It stands as the vendor spells it."""
        read = co_term(status=status)

        assert (read.status, read.notes) == (status, {NoteKind.UNKNOWN_STATUS: 1} if noted else {})

    def test_an_organization_without_licenses_is_empty(self) -> None:
        """It says so."""
        read = co_term(status="N/A", expirationDate="N/A", licensedDeviceCounts={})

        assert (read.licensed, read.notes, read.is_empty) == ({}, {}, True)

    @pytest.mark.parametrize(
        ("counts", "devices", "seats", "note"),
        [
            (None, None, None, NoteKind.MISSING_COUNT),
            (..., None, None, NoteKind.MISSING_COUNT),
            ([], None, None, NoteKind.MISSING_COUNT),
            ({"MV": "4"}, None, 0, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "MT": None}, None, 0, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "MT": -1}, None, 0, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "MT": True}, None, 0, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "MT": 1.5, "SM": 9}, None, 9, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "MT": 10**12}, None, 0, NoteKind.UNREADABLE_COUNT),
            ({"MV": 4, "SM": "9"}, {"MV": 4}, None, NoteKind.UNREADABLE_COUNT),
        ],
    )
    def test_counts_that_cannot_be_read_are_noted_and_no_sign_of_emptiness(
        self, counts: object, devices: dict[str, int] | None, seats: int | None, note: NoteKind
    ) -> None:
        """A sum with one of them in it is not known, and never zero."""
        read = co_term(licensedDeviceCounts=counts)

        assert (read.devices, read.seats, read.notes) == (devices, seats, {note: 1})
        assert not read.is_empty

    def test_several_counts_that_cannot_be_read_are_noted_each(self) -> None:
        """Text is no count, and below zero there is none."""
        read = co_term(licensedDeviceCounts={"MX67": "4", "wireless": -2})

        assert (read.devices, read.notes) == (None, {NoteKind.UNREADABLE_COUNT: 2})

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ("{}", "an empty object"),
            ('{"status": "OK"}', "an object of status"),
            ('{"licensedDeviceCounts": {}}', "an object of licensedDeviceCounts"),
            ('{"licensedDeviceCounts": {"MV": "4"}}', "an object of licensedDeviceCounts"),
            ('{"expirationDate": "Mar 13, 2027 UTC"}', "an object of expirationDate"),
            ('{"status": 1, "expirationDate": 2}', "an object of status, expirationDate"),
            ('{"licenseCount": 5}', "an object of licenseCount"),
            ("[]", "got a list"),
            ("5", "a number"),
            ("null", "null"),
            ('"OK"', "text"),
            ("", "JSON that cannot be read"),
            ('{"status": "OK", ', "JSON that cannot be read"),
            ("<html>", "JSON that cannot be read"),
        ],
    )
    def test_anything_else_is_an_error_that_names_it(self, body: str, named: str) -> None:
        """Never a row of zeros."""
        with pytest.raises(BadResponseError, match=named):
            decode_any_overview(body.encode())


class TestKeys:
    def test_a_key_is_read(self) -> None:
        """All that is counted."""
        assert one_key() == (
            CoTermKey(
                "Z2AA-0000-0001", "addDevices", False, False, ("appliance Enterprise",), {"MR Enterprise": 2}
            ),
            {},
        )

    @pytest.mark.parametrize("key", [None, ..., "", True, {}])
    def test_a_key_without_its_text_counts_and_is_noted(self, key: object) -> None:
        """It is not recognised when it comes again."""
        read, notes = one_key(key=key)

        assert (read.key, notes) == (None, {NoteKind.MISSING_ID: 1})

    @pytest.mark.parametrize("flag", ["invalidated", "expired"])
    @pytest.mark.parametrize("value", [None, ..., "false", 0])
    def test_a_key_that_does_not_say_whether_it_lives_is_not_live(self, flag: str, value: object) -> None:
        """Nor is it dead."""
        read, notes = one_key(**{flag: value})

        assert notes == {NoteKind.MISSING_STATE: 1}
        assert (CoTermKeys.of([read]).live, CoTermKeys.of([read]).total) == (0, 1)

    @pytest.mark.parametrize(
        ("changes", "notes"),
        [
            ({"mode": None}, {NoteKind.MISSING_TYPE: 1}),
            ({"editions": None}, {NoteKind.MISSING_TYPE: 1}),
            ({"editions": [5, {"edition": "Enterprise"}]}, {NoteKind.MISSING_TYPE: 2}),
            ({"counts": ...}, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"counts": "many"}, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"counts": [None, {"model": "MV", "count": "2"}]}, {NoteKind.UNREADABLE_COUNT: 2}),
            ({"counts": [{"count": 2}]}, {NoteKind.MISSING_TYPE: 1}),
            ({"counts": [], "editions": []}, {}),
        ],
    )
    def test_a_gap_costs_itself_and_is_noted(
        self, changes: dict[str, Any], notes: dict[NoteKind, int]
    ) -> None:
        """The key is counted all the same."""
        read, noted = one_key(**changes)

        assert noted == notes
        assert read.is_live

    def test_counts_of_one_model_in_one_key_add_up(self) -> None:
        """They are bought twice."""
        read, _ = one_key(counts=[{"model": "MV", "count": 2}, {"model": "MV", "count": 3}])

        assert read.devices == {"MV": 5}

    def test_half_a_character_costs_no_key(self) -> None:
        """A cut text is mended."""
        page = decode_co_term_keys(rb'[{"key": "a", "mode": "re\ud83d", "invalidated": false}]')

        assert [key.key for key in page.keys] == ["a"]

    @pytest.mark.parametrize("body", [b"{}", b"5", b"", b"[5]", b"[null]", b'[{"key": "a"', b"<html>"])
    def test_what_is_no_list_of_objects_is_an_error(self, body: bytes) -> None:
        """Never an empty page."""
        with pytest.raises(BadResponseError):
            decode_co_term_keys(body)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CO_TERM, *KEY]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*CO_TERM, "states"]), anything))
def test_whatever_comes_is_an_overview_with_figures_or_an_error(body: dict[str, Any]) -> None:
    """No shape is a crash, and without counts there is at least a status."""
    try:
        read = decode_any_overview(orjson.dumps(body))
    except BadResponseError:
        return
    assert isinstance(read, CoTermOverview)
    assert read.licensed or read.status
    assert all(count >= 0 for count in read.licensed.values())
    if read.is_empty:  # told so, and nothing that was told is missing
        told = body.get("licensedDeviceCounts")
        assert isinstance(told, dict)
        assert read.licensed == told


@given(st.lists(st.dictionaries(st.sampled_from([*KEY]), anything), max_size=4))
def test_no_key_is_lost_whatever_it_holds(rows: list[dict[str, Any]]) -> None:
    """Every object of the list is a key."""
    page = keys(*rows)

    assert len(page.keys) == len(rows)
    assert all(count >= 0 for key in page.keys for count in key.devices.values())


@given(anything)
def test_any_json_is_keys_or_an_error(body: Any) -> None:
    """Nothing else."""
    try:
        page = decode_co_term_keys(orjson.dumps(body))
    except BadResponseError:
        return
    assert isinstance(body, list)
    assert len(page.keys) == len(body)
