"""Devices in use: each with its model, none lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.device_use import UsedDevice
from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.errors import BadResponseError
from auditor.wire.inventory import decode_devices


def test_devices_are_read_with_their_models() -> None:
    """And nothing else of them, but for the network of an appliance."""
    rows = [
        {"serial": "Q2XX-TEST-0001", "model": "MR46", "mac": "00:11:22:33:44:55", "networkId": "N_1"},
        {"serial": "Q2XX-TEST-0002", "model": "MX64W", "tags": [], "networkId": "N_1"},
    ]
    page = decode_devices(orjson.dumps(rows))

    assert page.devices == (
        UsedDevice("Q2XX-TEST-0001", "MR46"),
        UsedDevice("Q2XX-TEST-0002", "MX64W", "N_1"),
    )
    assert page.notes == {}


@pytest.mark.parametrize(
    ("model", "product_type", "network"),
    [
        ("MX64", "appliance", "N_1"),
        ("Z3", "Appliance", "N_1"),
        ("C8455-G2-MX", "appliance", "N_1"),
        ("mx64", None, "N_1"),
        ("MX64", 5, "N_1"),
        ("MX64", "switch", None),
        ("MS120-8LP", None, None),
        ("Z3", None, None),
    ],
)
def test_an_appliance_is_known_by_its_product_type(
    model: str, product_type: object, network: str | None
) -> None:
    """Where none is stated, by the letters of its model."""
    row = {"serial": "Q2XX-TEST-0001", "model": model, "networkId": "N_1", "productType": product_type}

    (device,) = decode_devices(orjson.dumps([row])).devices
    assert device.network_id == network


@pytest.mark.parametrize("network", [None, "", [], {}, True])
def test_an_appliance_may_have_no_network(network: object) -> None:
    """Then it is in no pair."""
    (device,) = decode_devices(orjson.dumps([{"model": "MX64", "networkId": network}])).devices

    assert device.network_id is None


@pytest.mark.parametrize("value", [None, "", 5.5, [], {}, True])
def test_a_device_without_a_model_counts_under_none(value: object) -> None:
    """Noted, and unlicensed as far as anybody can tell."""
    page = decode_devices(orjson.dumps([{"serial": "Q2XX-TEST-0001", "model": value}]))

    assert page.devices == (UsedDevice("Q2XX-TEST-0001", UNKNOWN),)
    assert page.notes == {NoteKind.MISSING_TYPE: 1}


def test_a_device_without_a_serial_counts() -> None:
    """It is not recognised when it comes again."""
    page = decode_devices(b'[{"model": "MV12"}]')

    assert page.devices == (UsedDevice(None, "MV12"),)
    assert page.notes == {NoteKind.MISSING_ID: 1}


@pytest.mark.parametrize("body", [b"{}", b"5", b"", b"[5]", b"[null]", b'[{"serial": "a"', b"<html>"])
def test_what_is_no_list_of_objects_is_an_error(body: bytes) -> None:
    """Never an empty page."""
    with pytest.raises(BadResponseError):
        decode_devices(body)


values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=2) | st.just([]) | st.just({})
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["serial", "model", "networkId", "productType"]), values), max_size=5
    )
)
def test_no_device_is_lost(rows: list[dict[str, Any]]) -> None:
    """Whatever it lacks."""
    assert len(decode_devices(orjson.dumps(rows)).devices) == len(rows)
