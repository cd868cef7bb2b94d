"""The body of `getOrganizationLicensesOverview` into counts (OpenAPI 1.73.0).

Its shape depends on the licensing model. Only that of per-device licensing counts licenses; anything
else is an error, never a row of zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.overview import Overview, SeatUse
from auditor.errors import BadResponseError
from auditor.wire.body import describe_body, parse_json
from auditor.wire.dates import parse_instant

Table = Mapping[str, Any]

_CO_TERM_KEYS = frozenset({"status", "expirationDate", "licensedDeviceCounts"})


def decode_overview(body: bytes) -> Overview:
    """The counts in *body*. One that is missing or unreadable is noted and left out.

    Raises:
        BadResponseError: *body* holds no count of licenses by state, as under other licensing models.
    """
    table = parse_json(body)
    if not isinstance(table, dict):
        raise BadResponseError(f"expected a JSON object, got {describe_body(body)}")
    states = table.get("states")
    counts = _counts(states) if isinstance(states, dict) else {}
    if not counts:
        raise BadResponseError(f"expected counts of licenses by state, got {_name_shape(table)}")
    license_count, seats = _count(table.get("licenseCount")), _seats(table)
    notes = Counter({NoteKind.MISSING_COUNT: _missing(counts) + (license_count is None)})
    notes[NoteKind.MISSING_COUNT] += seats is None and isinstance(table.get("systemsManager"), dict)
    notes[NoteKind.COUNTS_DIFFER] += license_count not in {None, sum(counts.values())}
    return Overview(
        by_state=counts,
        license_count=license_count,
        warning_days=_warning_days(states),
        seats=seats,
        seat_use=_seat_use(table),
        soonest_activation=_soonest_activation(states),
        notes=+notes,
    )


def _counts(states: Table) -> dict[str, int]:
    told = {state: _count(_inner(block, "count")) for state, block in states.items()}
    return {state: count for state, count in told.items() if count is not None}


def _missing(counts: Mapping[str, int]) -> int:
    return sum(state not in counts for state in LicenseState)


def _warning_days(states: Any) -> int | None:
    """The days before its end from which a license is `expiring`."""
    warning = _inner(_inner(states, LicenseState.EXPIRING), "warning")
    return _count(_inner(warning, "thresholdInDays")) or None


def _seats(table: Table) -> int | None:
    return _count(_inner(_inner(table.get("systemsManager"), "counts"), "totalSeats"))


def _seat_use(table: Table) -> SeatUse | None:
    """How Systems Manager seats are used; None unless all of it is told."""
    counts = _inner(table.get("systemsManager"), "counts")
    names = ("totalSeats", "activeSeats", "unassignedSeats", "orgwideEnrolledDevices")
    told = [count for name in names if (count := _count(_inner(counts, name))) is not None]
    return SeatUse(*told) if len(told) == len(names) else None


def _soonest_activation(states: Any) -> tuple[date, int] | None:
    """The day on which the next unused licenses begin to burn, and how many do."""
    soonest = _inner(_inner(states, LicenseState.UNUSED), "soonestActivation")
    count, text = _count(_inner(soonest, "toActivateCount")), _inner(soonest, "activationDate")
    if not count or not isinstance(text, str):
        return None
    try:
        instant = parse_instant(text)
    except ValueError:
        return None
    return None if instant is None else (instant.date(), count)


def _inner(table: Any, key: str) -> Any:
    return table.get(key) if isinstance(table, dict) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None  # a bool is an int, and no count


def _name_shape(table: Table) -> str:
    if _CO_TERM_KEYS & table.keys():
        return "the overview of a co-termination organization"
    return "an object without any"
