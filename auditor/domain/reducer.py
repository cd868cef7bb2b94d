"""The reducer: licenses folded into counts, page by page, and counts added to counts.

`Tally` is a value with a zero and a `+` that is associative and commutative, so neither the order in
which pages and organizations arrive nor the way they are split can change a report. `LicenseFold` is
the one mutable thing: it reads an organization's pages as they come, remembers the ids seen so that a
license which the vendor lists twice counts once, and is dropped when the organization is done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeVar

from auditor.domain.license import UNKNOWN, LicenseState, Page
from auditor.domain.note import NoteKind
from auditor.domain.window import Windows, is_assigned, is_burning

KNOWN_STATES = {state.value: None for state in LicenseState}
"""As an ordered set: plain text is looked up faster than members of an enumeration."""

K = TypeVar("K")


def added(left: Mapping[K, int], right: Mapping[K, int]) -> Mapping[K, int]:
    """Counts of *left* and *right* together; a zero is kept, for it was counted too."""
    if not right:
        return left
    merged = dict(left)
    for key, count in right.items():
        merged[key] = merged.get(key, 0) + count
    return merged


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over licenses. `Tally()` is zero; `+` is associative and commutative.

    *by_type_and_state* counts licenses by (license type, state), both as the vendor spells them;
    *untyped* counts, by state, others that were only counted and never read. *expiring_within* counts,
    by window length in days, licenses that are assigned and burning and end within the window, whatever
    their state; it is empty where no license was read. *seats_by_state* adds the seats of Systems
    Manager licenses that were read, of which there are *seat_licenses*; *seats_as_summed* are seats of
    which only the vendor's sum is known, None where it is not. *notes* counts what was odd about the data.
    """

    by_type_and_state: Mapping[tuple[str, str], int] = field(default_factory=dict)
    untyped: Mapping[str, int] = field(default_factory=dict)
    expiring_within: Mapping[int, int] = field(default_factory=dict)
    seats_by_state: Mapping[str, int] = field(default_factory=dict)
    seat_licenses: int = 0
    seats_as_summed: int | None = None
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Tally:
        return Tally(
            by_type_and_state=added(self.by_type_and_state, other.by_type_and_state),
            untyped=added(self.untyped, other.untyped),
            expiring_within=added(self.expiring_within, other.expiring_within),
            seats_by_state=added(self.seats_by_state, other.seats_by_state),
            seat_licenses=self.seat_licenses + other.seat_licenses,
            seats_as_summed=_sum_of_known(self.seats_as_summed, other.seats_as_summed),
            notes=added(self.notes, other.notes),
        )

    @property
    def total(self) -> int:
        """All licenses counted."""
        return sum(self.by_type_and_state.values()) + sum(self.untyped.values())

    @property
    def seats(self) -> int:
        """All seats that are known of."""
        return sum(self.seats_by_state.values()) + (self.seats_as_summed or 0)

    @property
    def by_state(self) -> dict[str, int]:
        """Licenses by state: the known states in the order of reports, then any others by name."""
        counts = dict(self.untyped)
        for (_, state), count in self.by_type_and_state.items():
            counts[state] = counts.get(state, 0) + count
        return dict.fromkeys(KNOWN_STATES, 0) | _in_report_order(counts)

    @property
    def by_type(self) -> dict[str, dict[str, int]]:
        """Licenses that were read, by type and state, types by name; without states that do not occur."""
        table: dict[str, dict[str, int]] = {}
        for (license_type, state), count in self.by_type_and_state.items():
            table.setdefault(license_type, {})[state] = count
        return {license_type: _in_report_order(table[license_type]) for license_type in sorted(table)}


def _sum_of_known(left: int | None, right: int | None) -> int | None:
    return left if right is None else right if left is None else left + right


def _in_report_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by state: known states in the order of reports, then any others by name."""
    ordered = {state: counts[state] for state in KNOWN_STATES if state in counts}
    if len(ordered) < len(counts):
        ordered |= {state: counts[state] for state in sorted(counts.keys() - ordered.keys())}
    return ordered


class LicenseFold:
    """Folds the pages of one organization into a `Tally` as they arrive.

    Holds counts and the ids seen, never licenses. A license without an id is counted every time.
    """

    def __init__(self, windows: Windows) -> None:
        self._as_of = windows.as_of
        self._horizon = windows.horizon
        self._ends = windows.ends
        self._seen: set[str | None] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._within: dict[int, int] = dict.fromkeys(sorted(windows.days), 0)
        self._seats: Counter[str] = Counter()
        self._seat_licenses = 0
        self._notes: Counter[NoteKind] = Counter()

    def fold(self, page: Page) -> int:
        """Count *page* and what was noted of it. Returns how many of its licenses were new."""
        new = self._fold(page)
        self._notes.update(page.notes)  # which may have grown while the page was looked at
        return new

    def _fold(self, page: Page) -> int:
        ids = page.ids
        distinct = set(ids)
        if None in distinct or len(distinct) < len(ids) or not self._seen.isdisjoint(distinct):
            return self._fold_repeated(page)
        self._seen |= distinct
        self._counts.update(page.kind_counts)
        self._count_seats(page, range(len(ids)))
        self._count_ending(page, range(len(ids)))
        return len(ids)

    def _fold_repeated(self, page: Page) -> int:
        """The same for a page in which a license has no id, or one that was seen: row by row."""
        new = list(self._new_rows(page.ids))
        self._notes[NoteKind.DUPLICATE_LICENSE] += len(page.ids) - len(new)
        self._counts.update(page.kinds[row] for row in new)
        self._count_seats(page, new)
        self._count_ending(page, new)
        return len(new)

    def _new_rows(self, ids: Sequence[str | None]) -> Iterator[int]:
        for row, license_id in enumerate(ids):
            if license_id is None:
                yield row
            elif license_id not in self._seen:
                self._seen.add(license_id)
                yield row

    def _count_seats(self, page: Page, rows: Sequence[int]) -> None:
        seat_counts = page.seat_counts
        if seat_counts.count(None) == len(seat_counts):  # Systems Manager licenses are rare
            return
        for row in [row for row in rows if seat_counts[row] is not None]:
            self._seats[page.kinds[row][1]] += seat_counts[row] or 0
            self._seat_licenses += 1

    def _count_ending(self, page: Page, rows: Sequence[int]) -> None:
        """Look closer at those that end within the longest window, which are few."""
        as_of, horizon, expirations = self._as_of, self._horizon, page.expirations
        ending = [row for row in rows if (at := expirations[row]) is not None and as_of < at <= horizon]
        counted = sorted(
            at
            for license_ in map(page.license_at, ending)
            if (at := license_.expires_at) is not None
            and is_assigned(license_)
            and is_burning(license_, as_of)
        )
        for days, end in self._ends:
            self._within[days] += bisect_right(counted, end)

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
