"""Bodies of any JSON in any field: licenses, organizations, overviews; counted or refused, in linear time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, check_licenses, check_organizations, check_overview, check_response

MAX_SECONDS = 5.0
"""For a megabyte on a busy machine: what grows with the square takes minutes."""

CHECKS: dict[str, Callable[[bytes], None]] = {
    "licenses": check_licenses,
    "organizations": check_organizations,
    "overview": check_overview,
    "response": lambda body: check_response(b"200\n\n" + body),
    "refusal": lambda body: check_response(b"404\nX-Request-Id: 1\n\n" + body),
}

_texts = st.text() | st.sampled_from(
    ["", "N/A", "active", "Feb 8, 2020 UTC", "2027-01-31T00:00:00Z", "\x1b[2J", "\ud83d"]
)
_numbers = st.integers() | st.floats(allow_nan=False) | st.integers(1, 40).map(lambda digits: 10**digits)
JSON = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
LICENSE_KEYS = """
    id licenseType licenseKey orderNumber deviceSerial networkId state seatCount totalDurationInDays
    durationInDays permanentlyQueuedLicenses claimDate activationDate expirationDate headLicenseId
"""
ORGANIZATION_KEYS = "id name url samlConsumerUrls api licensing cloud management enabled model"
OVERVIEW_KEYS = """
    states licenseCount licenseTypes systemsManager status expirationDate licensedDeviceCounts active expired
    expiring unused unusedActive recentlyQueued count counts totalSeats warning critical thresholdInDays
"""


def check_body(body: bytes, *kinds: str) -> None:
    """Read *body* as each of *kinds*: what comes of it must hold."""
    for kind in kinds:
        CHECKS[kind](body)


def _nested(keys: str) -> st.SearchStrategy[Any]:
    """Objects of *keys*, in each other and around any JSON."""
    return st.recursive(
        JSON, lambda inner: st.dictionaries(st.sampled_from(keys.split()), inner, max_size=6), max_leaves=10
    )


def _dumped(value: Any) -> bytes:
    """As JSON, with the numbers and half characters that orjson would not write."""
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("reader", "keys"),
    [("licenses", LICENSE_KEYS), ("organizations", ORGANIZATION_KEYS)],
)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_json_in_any_field_of_a_list_is_read_or_refused(
    reader: str, keys: str, data: st.DataObject
) -> None:
    """Every column is gone through, every row is made: types hold, counts add up."""
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(keys.split()), JSON), max_size=4))
    body = _dumped(rows)

    check_body(body, reader, "response")
    if reader == "licenses":
        check_licenses(_dumped([*rows, *rows]))


@settings(deadline=None, max_examples=100)
@given(_nested(OVERVIEW_KEYS), _nested(ORGANIZATION_KEYS))
def test_any_nesting_of_known_names_is_read_or_refused(overview: Any, organization: Any) -> None:
    """Blocks where numbers are due, numbers where blocks are due."""
    check_overview(_dumped(overview))
    check_overview(_dumped({"states": overview, "licenseCount": overview, "systemsManager": overview}))
    check_organizations(_dumped([organization]))
    check_body(_dumped(organization), *CHECKS)


@pytest.mark.parametrize("reader", CHECKS)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_bytes_and_any_spoiled_body_are_read_or_refused(reader: str, data: st.DataObject) -> None:
    """Sound bodies with bytes put in, taken out, cut short."""
    noise = data.draw(
        st.binary(max_size=4) | st.sampled_from([b"\\ud800", b"1e999", b"9" * 30, b"NaN", b"\xef\xbb\xbf"])
    )
    seeds = TARGETS[reader].seeds if reader in TARGETS else (b'{"errors": ["Not found"]}',)
    body = data.draw(st.sampled_from(seeds))
    begin, end = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))

    for spoiled in (body[:begin] + noise + body[end:], body[:begin] + noise + body[begin:], noise):
        check_body(spoiled, reader)


LONG: dict[str, Callable[[], bytes]] = {
    "brackets": lambda: b"[" * 500_000 + b"]" * 500_000,
    "open brackets": lambda: b"[" * 1_000_000,
    "objects": lambda: b'{"states":' * 100_000,
    "objects in a list": lambda: b"[" + b'{"id":' * 100_000 + b"1" + b"}" * 100_000 + b"]",
    "digits": lambda: b"[" + b"9" * 1_000_000 + b"]",
    "digits in an id": lambda: b'[{"id":' + b"9" * 1_000_000 + b"}]",
    "blanks": lambda: b" " * 1_000_000,
    "half characters": lambda: b'[{"id":"' + b"\\ud800" * 150_000 + b'"}]',
    "backslashes": lambda: b'["' + b"\\" * 1_000_000,
    "empty rows": lambda: b"[" + b"{}," * 100_000 + b"{}]",
    "odd rows": lambda: b"[" + b'{"id":1,"state":[],"expirationDate":0},' * 20_000 + b"{}]",
    "states": lambda: orjson.dumps({"states": {f"s{number}": {"count": 1} for number in range(30_000)}}),
    "errors": lambda: orjson.dumps({"errors": ["http://x?" * 3] * 50_000}),
    "one long error": lambda: orjson.dumps({"errors": ["http://" * 150_000]}),
    "tags": lambda: b"<" * 1_000_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_bodies_take_time_in_proportion(kind: str) -> None:
    """Whatever is repeated in them, and whatever they were expected to be."""
    body = LONG[kind]()
    began = time.process_time()
    check_body(body, *CHECKS)

    assert time.process_time() - began < MAX_SECONDS
