"""Devices in use: each with its model, none lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.errors import BadResponseError
from auditor.wire.inventory import decode_devices


def test_devices_are_read_with_their_models() -> None:
    """And nothing else of them."""
    rows = [
        {"serial": "Q2XX-TEST-0001", "model": "MR46", "mac": "00:11:22:33:44:55", "networkId": "N_1"},
        {"serial": "Q2XX-TEST-0002", "model": "MX64W", "tags": []},
    ]
    page = decode_devices(orjson.dumps(rows))

    assert page.devices == (("Q2XX-TEST-0001", "MR46"), ("Q2XX-TEST-0002", "MX64W"))
    assert page.notes == {}


@pytest.mark.parametrize("value", [None, "", 5.5, [], {}, True])
def test_a_device_without_a_model_counts_under_none(value: object) -> None:
    """Noted, and unlicensed as far as anybody can tell."""
    page = decode_devices(orjson.dumps([{"serial": "Q2XX-TEST-0001", "model": value}]))

    assert page.devices == (("Q2XX-TEST-0001", UNKNOWN),)
    assert page.notes == {NoteKind.MISSING_TYPE: 1}


def test_a_device_without_a_serial_counts() -> None:
    """It is not recognised when it comes again."""
    page = decode_devices(b'[{"model": "MV12"}]')

    assert page.devices == ((None, "MV12"),)
    assert page.notes == {NoteKind.MISSING_ID: 1}


@pytest.mark.parametrize("body", [b"{}", b"5", b"", b"[5]", b"[null]", b'[{"serial": "a"', b"<html>"])
def test_what_is_no_list_of_objects_is_an_error(body: bytes) -> None:
    """Never an empty page."""
    with pytest.raises(BadResponseError):
        decode_devices(body)


values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=2) | st.just([]) | st.just({})
)


@given(st.lists(st.dictionaries(st.sampled_from(["serial", "model"]), values), max_size=5))
def test_no_device_is_lost(rows: list[dict[str, Any]]) -> None:
    """Whatever it lacks."""
    assert len(decode_devices(orjson.dumps(rows)).devices) == len(rows)
