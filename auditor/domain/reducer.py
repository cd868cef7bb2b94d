"""The reducer: licenses folded into counts, page by page, and counts added to counts.

`Tally` is a value with a zero and a `+` that is associative and commutative, so neither the order in
which pages and organizations arrive nor the way they are split can change a report. `LicenseFold` is
the one mutable thing: it reads an organization's pages as they come, remembers the ids seen so that a
license which the vendor lists twice counts once, and is dropped when the organization is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar

from auditor.domain.license import UNKNOWN, License, LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.window import Windows, is_assigned, is_burning

KNOWN_STATES = frozenset(LicenseState)

K = TypeVar("K")


def added(left: Mapping[K, int], right: Mapping[K, int]) -> dict[K, int]:
    """Counts of *left* and *right* together; a zero is kept, for it was counted too."""
    merged = dict(left)
    for key, count in right.items():
        merged[key] = merged.get(key, 0) + count
    return merged


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over licenses. `Tally()` is zero; `+` is associative and commutative.

    *by_type_and_state* counts licenses by (license type, state), both as the vendor spells them.
    *expiring_within* counts, by window length in days, licenses that are assigned and burning and end
    within the window, whatever their state. *seats_by_state* adds the seats of Systems Manager
    licenses, of which there are *seat_licenses*. *notes* counts what was odd about the data.
    """

    by_type_and_state: Mapping[tuple[str, str], int] = field(default_factory=dict)
    expiring_within: Mapping[int, int] = field(default_factory=dict)
    seats_by_state: Mapping[str, int] = field(default_factory=dict)
    seat_licenses: int = 0
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Tally:
        return Tally(
            by_type_and_state=added(self.by_type_and_state, other.by_type_and_state),
            expiring_within=added(self.expiring_within, other.expiring_within),
            seats_by_state=added(self.seats_by_state, other.seats_by_state),
            seat_licenses=self.seat_licenses + other.seat_licenses,
            notes=added(self.notes, other.notes),
        )

    @property
    def total(self) -> int:
        """All licenses counted."""
        return sum(self.by_type_and_state.values())

    @property
    def by_state(self) -> dict[str, int]:
        """Licenses by state: the known states in the order of reports, then any others by name."""
        counts: dict[str, int] = {state.value: 0 for state in LicenseState}
        for (_, state), count in sorted(self.by_type_and_state.items()):
            counts[state] = counts.get(state, 0) + count
        return counts

    @property
    def by_type(self) -> dict[str, dict[str, int]]:
        """Licenses by type and state, types by name; states that do not occur are left out."""
        table: dict[str, dict[str, int]] = {}
        for (license_type, state), count in sorted(self.by_type_and_state.items(), key=_report_order):
            table.setdefault(license_type, {})[state] = count
        return table


def _report_order(item: tuple[tuple[str, str], int]) -> tuple[str, int, str]:
    (license_type, state), _ = item
    known = list(LicenseState)
    return license_type, known.index(LicenseState(state)) if state in KNOWN_STATES else len(known), state


class LicenseFold:
    """Folds the pages of one organization into a `Tally` as they arrive.

    Holds counts and the ids seen, never licenses. A license without an id is counted every time.
    """

    def __init__(self, windows: Windows) -> None:
        self._as_of = windows.as_of
        self._horizon = windows.horizon
        self._ends = windows.ends
        self._seen: set[str] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._within: dict[int, int] = dict.fromkeys(sorted(windows.days), 0)
        self._seats: Counter[str] = Counter()
        self._seat_licenses = 0
        self._notes: Counter[NoteKind] = Counter()

    def fold(self, page: Iterable[License], notes: Mapping[NoteKind, int] | None = None) -> int:
        """Count *page*, and what its decoder noted. Returns how many licenses were new."""
        new = 0
        for license_ in page:
            if license_.id is not None:
                if license_.id in self._seen:
                    self._notes[NoteKind.DUPLICATE_LICENSE] += 1
                    continue
                self._seen.add(license_.id)
            new += 1
            self._count(license_)
        self._notes.update(notes or {})
        return new

    def _count(self, license_: License) -> None:
        self._counts[license_.license_type, license_.state] += 1
        if license_.seat_count is not None:
            self._seats[license_.state] += license_.seat_count
            self._seat_licenses += 1
        if license_.expires_at is not None and self._as_of < license_.expires_at <= self._horizon:
            self._count_windows(license_)

    def _count_windows(self, license_: License) -> None:
        expires_at = license_.expires_at
        if expires_at is None or not is_assigned(license_) or not is_burning(license_, self._as_of):
            return
        for days, end in self._ends:
            if expires_at <= end:
                self._within[days] += 1

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        notes = Counter(self._notes)
        for (_, state), count in self._counts.items():
            if state not in KNOWN_STATES and state != UNKNOWN:  # a missing state has its own note
                notes[NoteKind.UNKNOWN_STATE] += count
        return Tally(
            by_type_and_state=dict(self._counts),
            expiring_within=dict(self._within),
            seats_by_state=dict(self._seats),
            seat_licenses=self._seat_licenses,
            notes=dict(notes),
        )
