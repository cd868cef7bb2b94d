from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from auditor.simulator.truth.license import read_license
from tests.simulator.truth.rows import AS_OF, a_license, a_row, day


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"totalDurationInDays": 425, "durationInDays": 365}, 425),
        ({"totalDurationInDays": None, "durationInDays": 60}, 60),
        ({"totalDurationInDays": True, "durationInDays": 60}, 60),
        ({"totalDurationInDays": -1, "durationInDays": 36_501}, 365),
        ({"totalDurationInDays": 36_500}, 36_500),
        ({"totalDurationInDays": 0}, 0),
        ({"totalDurationInDays": None, "durationInDays": None, "expirationDate": day(0)}, 355),
    ],
)
def test_a_term_is_the_first_duration_that_can_be_read(told: dict[str, Any], days: int) -> None:
    """The total, the license's own, then the dates; what is no number of days is passed over."""
    assert a_license(**told).term == timedelta(days=days)


@pytest.mark.parametrize("dates", [{"activationDate": None}, {"expirationDate": day(-400)}])
def test_a_license_without_durations_and_dates_has_no_term(dates: dict[str, Any]) -> None:
    """Dates in the wrong order are none."""
    assert a_license(totalDurationInDays=None, durationInDays="365", **dates).term is None


def test_the_head_may_be_a_number_or_missing() -> None:
    """A number is the same id; a row without the name is behind nothing."""
    row = a_row(headLicenseId=600000000000000000000000001)
    bare = a_row()
    del bare["headLicenseId"]

    assert read_license(row).head == "600000000000000000000000001"
    assert read_license(bare).head is None


@pytest.mark.parametrize(
    ("changes", "is_head"),
    [
        ({}, True),
        ({"state": "expired"}, True),
        ({"state": "someday"}, False),
        ({"state": "recentlyQueued"}, False),
        ({"state": "unusedActive"}, False),
        ({"deviceSerial": None}, False),
        ({"deviceSerial": None, "networkId": "N_1"}, True),
    ],
)
def test_a_head_is_assigned_and_not_queued(changes: dict[str, Any], *, is_head: bool) -> None:
    """In a state that says so."""
    assert a_license(**changes).is_head is is_head


@pytest.mark.parametrize(
    ("changes", "is_stray"),
    [
        ({"state": "someday"}, True),
        ({"state": "someday", "deviceSerial": None}, False),
        ({}, False),
        ({"state": "unused"}, False),
        ({"state": "recentlyQueued"}, False),
    ],
)
def test_a_stray_is_assigned_and_in_a_state_that_nobody_knows(
    changes: dict[str, Any], *, is_stray: bool
) -> None:
    """What it means is not guessed."""
    assert a_license(**changes).is_stray is is_stray


@pytest.mark.parametrize(
    ("whole", "own", "days"),
    [(425, 365, 60), (365, 365, 0), (365, 425, 0), (None, 365, 0), (365, None, 0), (36_501, 365, 0)],
)
def test_what_was_merged_is_by_how_much_the_total_exceeds_its_own_days(
    whole: int | None, own: int | None, days: int
) -> None:
    """Whether or not it is listed; nothing where one of the two cannot be read."""
    assert a_license(totalDurationInDays=whole, durationInDays=own).merged_days == days


@pytest.mark.parametrize(
    ("span", "ends_too_early"),
    [(60, False), (425, False), (364, True), (366, True), (363, False), (367, False)],
)
def test_a_date_leaves_out_what_was_merged_where_it_is_that_of_the_own_days(
    span: int, *, ends_too_early: bool
) -> None:
    """Give or take a day; where the dates fit neither sum, nothing is concluded."""
    one = a_license(
        totalDurationInDays=425, durationInDays=365, activationDate=day(0), expirationDate=day(span)
    )

    assert one.ends_too_early is ends_too_early


def test_the_list_of_what_was_merged_may_be_null_or_missing() -> None:
    """It is deprecated."""
    bare = a_row()
    del bare["permanentlyQueuedLicenses"]

    assert read_license(bare).merged == a_license(permanentlyQueuedLicenses=None).merged == ()


@pytest.mark.parametrize(
    ("changes", "burns"),
    [
        ({"deviceSerial": None}, False),
        ({"deviceSerial": None, "networkId": "N_1"}, True),
        ({"activationDate": day(0)}, True),
        ({"activationDate": day(0, seconds=1)}, False),
        ({"activationDate": None}, True),
        ({"activationDate": None, "state": "recentlyQueued"}, False),
        ({"activationDate": None, "state": "expired"}, True),
        ({"state": "recentlyQueued"}, True),
        ({"expirationDate": None}, False),
    ],
)
def test_a_license_burns_by_its_date_and_by_its_state_only_without_one(
    changes: dict[str, Any], *, burns: bool
) -> None:
    """Assigned by device or network, with an end."""
    assert a_license(**changes).is_burning(AS_OF) is burns
