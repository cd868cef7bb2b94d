"""The overview of licenses: tolerant of gaps, never zeros for what is no such overview."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.overview import Overview
from auditor.errors import BadResponseError
from auditor.wire.overview import decode_overview

STATES: dict[str, Any] = {
    "active": {"count": 12},
    "expired": {"count": 5},
    "expiring": {
        "count": 3,
        "critical": {"thresholdInDays": 14, "expiringCount": 1},
        "warning": {"thresholdInDays": 60, "expiringCount": 2},
    },
    "recentlyQueued": {"count": 2},
    "unused": {"count": 1, "soonestActivation": {"activationDate": None, "toActivateCount": 0}},
    "unusedActive": {"count": 0, "oldestActivation": None},
}
WHOLE: dict[str, Any] = {
    "licenseCount": 23,
    "states": STATES,
    "licenseTypes": [{"licenseType": "MX64-ENT", "counts": {"unassigned": 1}}],
    "systemsManager": {"counts": {"totalSeats": 90, "activeSeats": 12, "unassignedSeats": 3}},
}
CO_TERM = {"status": "OK", "expirationDate": "Mar 13, 2027 UTC", "licensedDeviceCounts": {"MV": 4}}


def decoded(**changes: Any) -> Overview:
    return decode_overview(orjson.dumps({k: v for k, v in (WHOLE | changes).items() if v is not ...}))


def test_every_count_is_read() -> None:
    """By state, in sum, the seats, and from when on a license is called expiring."""
    assert decoded() == Overview(
        by_state={
            "active": 12,
            "expired": 5,
            "expiring": 3,
            "recentlyQueued": 2,
            "unused": 1,
            "unusedActive": 0,
        },
        license_count=23,
        warning_days=60,
        seats=90,
    )


@pytest.mark.parametrize("body", [CO_TERM, CO_TERM | {"states": None}, CO_TERM | {"states": {}}])
def test_the_overview_of_another_model_is_no_row_of_zeros(body: dict[str, Any]) -> None:
    """It counts devices, not licenses."""
    with pytest.raises(BadResponseError, match="co-termination"):
        decode_overview(orjson.dumps(body))


@pytest.mark.parametrize("body", [b"{}", b'{"states": {"active": {}}}', b'{"licenseCount": 5}'])
def test_an_object_without_counts_is_refused(body: bytes) -> None:
    """Nothing counted is not zero."""
    with pytest.raises(BadResponseError, match="counts of licenses by state"):
        decode_overview(body)


@pytest.mark.parametrize("body", [b"[]", b"5", b'{"states": {"act', b"", b"<html>"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """Cut off, or something else altogether."""
    with pytest.raises(BadResponseError):
        decode_overview(body)


@pytest.mark.parametrize("count", [None, "12", 12.5, -1, True, {}])
def test_a_count_that_cannot_be_read_is_left_out_and_noted(count: object) -> None:
    """It is not zero; and the states no longer add up."""
    overview = decoded(states=STATES | {"unused": {"count": count}})

    assert "unused" not in overview.by_state
    assert overview.notes == {NoteKind.MISSING_COUNT: 1, NoteKind.COUNTS_DIFFER: 1}


def test_a_missing_state_is_noted() -> None:
    """OpenAPI 1.73.0 lists six."""
    overview = decoded(states={"active": {"count": 23}})

    assert overview.by_state == {"active": 23}
    assert overview.notes == {NoteKind.MISSING_COUNT: len(LicenseState) - 1}


def test_states_that_do_not_add_up_are_noted() -> None:
    """One of the two figures is wrong."""
    assert decoded(licenseCount=24).notes == {NoteKind.COUNTS_DIFFER: 1}


def test_a_missing_sum_is_noted_and_nothing_is_compared_with_it() -> None:
    """The states stand for themselves."""
    overview = decoded(licenseCount=...)

    assert (overview.license_count, overview.total) == (None, 23)
    assert overview.notes == {NoteKind.MISSING_COUNT: 1}


@pytest.mark.parametrize(
    ("block", "notes"), [(..., 0), (None, 0), ({}, 1), ({"counts": {"totalSeats": "9"}}, 1)]
)
def test_seats_may_be_missing(block: object, notes: int) -> None:
    """An organization without Systems Manager may not have the block; in a block they are expected."""
    overview = decoded(systemsManager=block)

    assert overview.seats is None
    assert sum(overview.notes.values()) == notes


def test_a_state_of_tomorrow_keeps_its_name() -> None:
    """As in a list."""
    assert (
        decoded(states=STATES | {"hibernating": {"count": 4}}, licenseCount=27).by_state["hibernating"] == 4
    )


@pytest.mark.parametrize("warning", [..., None, {}, {"thresholdInDays": 0}, {"thresholdInDays": "90"}])
def test_without_a_threshold_none_is_made_up(warning: object) -> None:
    """What is usual is for the planner to say."""
    expiring = {"count": 3} if warning is ... else {"count": 3, "warning": warning}

    assert decoded(states=STATES | {"expiring": expiring}).warning_days is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["count", "warning", "counts", "totalSeats", "expiring"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["states", "licenseCount", "systemsManager"], anything))
)
def test_whatever_comes_is_counts_or_an_error(body: dict[str, Any]) -> None:
    """No shape is a crash, and no count is negative."""
    try:
        overview = decode_overview(orjson.dumps(body))
    except BadResponseError:
        return
    assert overview.by_state
    assert all(count >= 0 for count in overview.by_state.values())
