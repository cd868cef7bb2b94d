from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth.counts import count_activation, count_burning, count_licenses, ends_within
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.world import World, WorldSpec
from tests.simulator.truth.rows import AS_OF, a_license, burning, day, unused

WORLD = World(WorldSpec(organizations=1, licenses=400, seed=9, as_of=AS_OF, profile="uniform"))
LICENSES = [read_license(row) for row in WORLD.licenses_of(WORLD.organizations[0]["id"])]


@pytest.mark.parametrize(
    ("ends", "windows"),
    [
        (day(0), []),
        (day(0, seconds=1), [30, 60, 90]),
        (day(30), [30, 60, 90]),
        (day(30, seconds=1), [60, 90]),
        (day(60), [60, 90]),
        (day(90), [90]),
        (day(90, seconds=1), []),
        (None, []),
    ],
)
def test_a_window_is_open_at_its_start_and_closed_at_its_end(ends: str | None, windows: list[int]) -> None:
    """A license that ends at the reference time is past; one that ends on the last second is within."""
    one = a_license(expirationDate=ends)

    assert [days for days in (30, 60, 90) if ends_within(one, AS_OF, days)] == windows


def test_states_types_and_seats_are_counted_as_they_are_told() -> None:
    """Each license once, by the text of its state and type."""
    told = count_licenses(
        [
            a_license("1"),
            a_license("2", state="someday"),
            a_license("3", licenseType="SME", seatCount=25, deviceSerial=None, networkId="N_1"),
            unused("4", licenseType="SME", seatCount=0),
            burning("5"),
        ],
        AS_OF,
    )

    assert told["licenses"] == {
        "total": 5,
        "byState": {"active": 2, "someday": 1, "unused": 1, "unusedActive": 1},
        "byType": {
            "MV": {"active": 1, "someday": 1, "unusedActive": 1},
            "SME": {"active": 1, "unused": 1},
        },
    }
    assert told["unused"]["byType"] == {"SME": {"unused": 1}, "MV": {"unusedActive": 1}}
    assert told["seats"] == {"licenses": 2, "total": 25, "byState": {"active": 25, "unused": 0}}


def test_unused_licenses_begin_to_burn_ninety_days_after_the_claim() -> None:
    """Ahead in each window, all of the first day, overdue from the very moment, or not known."""
    moments = [-90, -90 + 1 / 24, -89.5, -60, -60 + 1 / 24, -30, 0, 1 / 24, None]
    claims = [None if one is None else day(one) for one in moments]

    told = count_activation((unused("1", claimDate=claim) for claim in claims), AS_OF)

    assert told == {
        "soonest": "2026-03-01T01:00:00Z",
        "soonestCount": 2,
        "within": {"30": 3, "60": 5, "90": 6},
        "overdue": 1,
        "unknown": 1,
    }


def test_without_anything_ahead_there_is_no_soonest() -> None:
    """What is overdue is not ahead."""
    told = count_activation([unused("1", claimDate=day(-91))], AS_OF)

    assert (told["soonest"], told["soonestCount"], told["overdue"]) == (None, 0, 1)


def test_what_burns_unused_is_told_in_whole_days() -> None:
    """Begun days do not count, neither burned nor left; without both dates nothing is added."""
    told = count_burning(
        [
            burning("1", activationDate=day(-10.5), expirationDate=day(20.5)),
            burning("2", activationDate=day(-1), expirationDate=day(1)),
            burning("3", activationDate=day(-0.9), expirationDate=day(0.9), licenseType="MT"),
            burning("4", activationDate=None, licenseType="MT"),
            burning("5", activationDate=day(-3), expirationDate=day(-1), licenseType="MT"),
        ],
        AS_OF,
    )

    assert told == {
        "licenses": 5,
        "daysBurned": 14,
        "daysLeft": 21,
        "undated": 1,
        "byType": {
            "MT": {"licenses": 3, "daysBurned": 3, "daysLeft": 0},
            "MV": {"licenses": 2, "daysBurned": 11, "daysLeft": 21},
        },
    }


@given(st.permutations(LICENSES[:60]))
def test_the_order_of_licenses_does_not_matter(licenses: list[License]) -> None:
    """Counting is the same whichever comes first."""
    assert count_licenses(licenses, AS_OF) == count_licenses(licenses[::-1], AS_OF)


def test_the_clocks_of_a_world_are_those_of_its_rows() -> None:
    """Each unused license is ahead, overdue or not known, and the soonest is one of them."""
    told = count_licenses(LICENSES, AS_OF)["unused"]
    activation = told["activation"]
    claims = [one.claimed for one in LICENSES if one.state == "unused" and one.claimed]

    assert activation["within"]["90"] + activation["overdue"] + activation["unknown"] == told["unused"]
    assert activation["soonest"] in {
        (claim + timedelta(days=90)).isoformat().replace("+00:00", "Z") for claim in claims
    }
    assert told["burning"]["licenses"] == told["unusedActive"]
