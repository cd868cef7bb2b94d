"""The vendor's own counts of an organization's licenses, and how they complete what was read."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from auditor.domain.counts import added
from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.domain.reducer import KNOWN_STATES, Tally


@dataclass(frozen=True, slots=True)
class SeatUse:
    """Systems Manager seats as the vendor sums them, beside the devices enrolled in the organization.

    `SeatUse()` is zero, `+` adds.
    """

    total: int = 0
    active: int = 0
    unassigned: int = 0
    enrolled: int = 0

    def __add__(self, other: Self) -> SeatUse:
        return SeatUse(
            self.total + other.total,
            self.active + other.active,
            self.unassigned + other.unassigned,
            self.enrolled + other.enrolled,
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """The counts of `getOrganizationLicensesOverview` for per-device licensing (OpenAPI 1.73.0).

    *by_state* holds the states that it gives a count for. *license_count* is its own sum, None when it
    gives none. *warning_days* is how long before its end a license is called expiring. *seats* are
    those of Systems Manager licenses, as the vendor sums them, and *seat_use* how they are used, None
    unless it tells all of it. *soonest_activation* is the day (UTC) on which the next unused licenses begin
    to burn, and how many. *notes* counts what was odd.
    """

    by_state: Mapping[str, int]
    license_count: int | None = None
    warning_days: int | None = None
    seats: int | None = None
    seat_use: SeatUse | None = None
    soonest_activation: tuple[date, int] | None = None
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All licenses; never fewer than those whose state is told."""
        return max(self.license_count or 0, sum(self.by_state.values()))


def completed(read: Tally, overview: Overview, *, finished: Container[str] = ()) -> Tally:
    """*read*, and as a number what was not read.

    Of the states in *finished* every license was read; of the others, the overview says how many there
    are. Licenses that it counts under no state are `UNKNOWN`. Seats are the overview's.
    """
    so_far = read.by_state
    unread = {
        state: max(0, count - so_far.get(state, 0))
        for state, count in overview.by_state.items()
        if state not in finished
    }
    stateless = overview.total - sum(overview.by_state.values())
    unheard_of = sum(count for state, count in unread.items() if state not in KNOWN_STATES)
    notes = added(read.notes, overview.notes)
    return replace(
        read,
        untyped=added(unread, {UNKNOWN: stateless} if stateless else {}),
        seats_by_state={},
        seat_licenses=0,
        seats_as_summed=overview.seats,
        notes=added(notes, {NoteKind.UNKNOWN_STATE: unheard_of} if unheard_of else {}),
    )
