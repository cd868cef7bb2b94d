from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.simulator.overview import count_seats, per_device_overview

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_row(state: str, **changes: Any) -> dict[str, Any]:
    """A license in that state without any date, changed as named."""
    return {
        "state": state,
        "licenseType": "MV",
        "networkId": None,
        "seatCount": None,
        "claimDate": None,
        "activationDate": None,
        "expirationDate": None,
    } | changes


def ago(**span: float) -> str:
    """A date of the API so long before the reference time."""
    return (AS_OF - timedelta(**span)).isoformat().replace("+00:00", "Z")


def test_the_soonest_activation_is_the_first_day_ahead() -> None:
    """What is overdue and what has no date are passed over; all of the day count."""
    rows = [
        a_row("unused", claimDate=ago(days=91)),
        a_row("unused", claimDate=ago(days=90)),
        a_row("unused"),
        a_row("unused", claimDate=ago(days=89, hours=23)),
        a_row("unused", claimDate=ago(days=89, hours=14)),
        a_row("unused", claimDate=ago(days=89)),
    ]

    told = per_device_overview(rows, AS_OF)["states"]["unused"]

    assert told == {
        "count": 6,
        "soonestActivation": {"activationDate": "2026-03-01", "toActivateCount": 2},
    }


def test_the_oldest_activation_is_that_of_a_license_with_a_date() -> None:
    """A license that burns without a date is counted all the same."""
    rows = [
        a_row("unusedActive"),
        a_row("unusedActive", activationDate=ago(days=3)),
        a_row("unusedActive", activationDate=ago(days=300)),
    ]

    told = per_device_overview(rows, AS_OF)["states"]["unusedActive"]

    assert told == {"count": 3, "oldestActivation": {"activationDate": "2025-05-05", "activeCount": 1}}


def test_seats_are_those_of_systems_manager_that_are_not_over() -> None:
    """Seats in a network are assigned, and four of five of them taken; some by no device."""
    rows = [
        a_row("active", licenseType="SME", seatCount=50, networkId="N_1"),
        a_row("unused", licenseType="SME", seatCount=20),
        a_row("expired", licenseType="SME", seatCount=100, networkId="N_1"),
        a_row("active"),
    ]

    assert count_seats(rows) == {
        "totalSeats": 70,
        "activeSeats": 40,
        "unassignedSeats": 20,
        "orgwideEnrolledDevices": 35,
    }


def test_devices_are_something_else_than_seats() -> None:
    """More of them are enrolled than seats are taken in one organization, fewer in another."""
    more, fewer, none = (
        count_seats([a_row("active", licenseType="SME", seatCount=seats, networkId=network)])
        for seats, network in ((55, "N_1"), (50, "N_1"), (50, None))
    )

    assert (more["activeSeats"], more["orgwideEnrolledDevices"]) == (44, 50)
    assert (fewer["activeSeats"], fewer["orgwideEnrolledDevices"]) == (40, 35)
    assert (none["activeSeats"], none["orgwideEnrolledDevices"]) == (0, 0)
