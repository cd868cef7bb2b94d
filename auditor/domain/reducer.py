"""The reducer: licenses folded into counts, page by page, and counts added to counts.

`Tally` is a value with a zero and a `+` that is associative and commutative, so neither the order in
which pages and organizations arrive nor the way they are split can change a report. `LicenseFold` is
the one mutable thing: it reads an organization's pages as they come, remembers the ids seen so that a
license which the vendor lists twice counts once, and is dropped when the organization is done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Self

from auditor.domain.counts import added
from auditor.domain.coverage import Coverage
from auditor.domain.holdings import Holdings
from auditor.domain.idle import Idle, IdleFold
from auditor.domain.license import UNKNOWN, Kind, License, LicenseState, Page
from auditor.domain.note import NoteKind
from auditor.domain.outlook import Outlook
from auditor.domain.window import Windows, is_assigned, is_burning

KNOWN_STATES = {state.value: None for state in LicenseState}
"""As an ordered set: plain text is looked up faster than members of an enumeration."""

UNUSED: Final = LicenseState.UNUSED.value
UNUSED_ACTIVE: Final = LicenseState.UNUSED_ACTIVE.value
QUEUED: Final = LicenseState.RECENTLY_QUEUED.value
EXPIRING: Final = LicenseState.EXPIRING.value
IDLE: Final = frozenset({UNUSED, UNUSED_ACTIVE})
MARKED: Final = frozenset({*IDLE, QUEUED, EXPIRING})
"""States of licenses that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over licenses. `Tally()` is zero; `+` is associative and commutative.

    *by_type_and_state* counts licenses by (license type, state), both as the vendor spells them;
    *untyped* counts, by state, others that were only counted and never read. *expiring_within* counts,
    by window length in days, licenses that are assigned and burning and end within the window, whatever
    their state; it is empty where no license was read. *seats_by_state* adds the seats of Systems
    Manager licenses that were read, of which there are *seat_licenses*; *seats_as_summed* are seats of
    which only the vendor's sum is known, None where it is not. *idle* looks closer at what is unused.
    *notes* counts what was odd about the data.
    """

    by_type_and_state: Mapping[tuple[str, str], int] = field(default_factory=dict)
    untyped: Mapping[str, int] = field(default_factory=dict)
    expiring_within: Mapping[int, int] = field(default_factory=dict)
    seats_by_state: Mapping[str, int] = field(default_factory=dict)
    seat_licenses: int = 0
    seats_as_summed: int | None = None
    idle: Idle = field(default_factory=Idle)
    notes: Mapping[NoteKind, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Tally:
        return Tally(
            by_type_and_state=added(self.by_type_and_state, other.by_type_and_state),
            untyped=added(self.untyped, other.untyped),
            expiring_within=added(self.expiring_within, other.expiring_within),
            seats_by_state=added(self.seats_by_state, other.seats_by_state),
            seat_licenses=self.seat_licenses + other.seat_licenses,
            seats_as_summed=_sum_of_known(self.seats_as_summed, other.seats_as_summed),
            idle=self.idle + other.idle,
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


class _Columns(NamedTuple):
    """What is new of a page, column by column. *rows* says where in the page each license is."""

    rows: Sequence[int]
    ids: Sequence[str | None]
    license_types: Sequence[str]
    states: Sequence[str]
    kind_counts: Mapping[Kind, int]
    serials: Sequence[str | None]
    seat_counts: Sequence[int | None]
    expirations: Sequence[datetime | None]

    @classmethod
    def whole(cls, page: Page) -> _Columns:
        return cls(
            range(len(page.ids)),
            page.ids,
            page.license_types,
            page.states,
            page.kind_counts,
            page.serials,
            page.seat_counts,
            page.expirations,
        )

    @classmethod
    def only(cls, page: Page, rows: Sequence[int]) -> _Columns:
        types = [page.license_types[row] for row in rows]
        states = [page.states[row] for row in rows]
        return cls(
            rows,
            [page.ids[row] for row in rows],
            types,
            states,
            Counter(zip(types, states, strict=True)),
            [page.serials[row] for row in rows],
            [page.seat_counts[row] for row in rows],
            [page.expirations[row] for row in rows],
        )


class LicenseFold:
    """Folds the pages of one organization into a `Tally` as they arrive, and judges the whole at the end.

    Holds counts, the ids seen with the devices they are on, and of licenses what `Holdings` needs. A license
    without an id is counted every time.
    """

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._as_of = windows.as_of
        self._horizon = windows.horizon
        self._ends = windows.ends
        self._holders: dict[str, str | None] = {}  # of every license seen, the device that it covers
        self._counts: Counter[Kind] = Counter()
        self._within: dict[int, int] = dict.fromkeys(sorted(windows.days), 0)
        self._seats: Counter[str] = Counter()
        self._seat_licenses = 0
        self._idle = IdleFold(windows)
        self._holdings = Holdings(windows)
        self._notes: Counter[NoteKind] = Counter()

    def fold(self, page: Page) -> int:
        """Count *page* and what was noted of it. Returns how many of its licenses were new."""
        columns = self._new(page)
        self._counts.update(columns.kind_counts)
        self._count_seats(columns)
        holdings = self._holdings
        holdings.add_merged(page.merged_ids)
        deviceless = holdings.add_heads(
            columns.states, columns.serials, columns.expirations, columns.license_types
        )
        self._look_closer(columns, page, deviceless)
        self._notes.update(page.notes)  # which may have grown while the page was looked at
        return len(columns.rows)

    def _new(self, page: Page) -> _Columns:
        ids = page.ids
        own = dict(zip(ids, page.serials, strict=True))
        if None in own or len(own) < len(ids) or not self._holders.keys().isdisjoint(own):
            rows = list(self._new_rows(page))
            self._notes[NoteKind.DUPLICATE_LICENSE] += len(ids) - len(rows)
            return _Columns.only(page, rows)
        self._holders.update(own)  # type: ignore[arg-type]  # there is no None in it
        return _Columns.whole(page)

    def _new_rows(self, page: Page) -> Iterator[int]:
        for row, license_id in enumerate(page.ids):
            if license_id is None:
                yield row
            elif license_id not in self._holders:
                self._holders[license_id] = page.serials[row]
                yield row

    def _count_seats(self, columns: _Columns) -> None:
        if columns.seat_counts.count(None) == len(columns.rows):  # Systems Manager licenses are rare
            return
        for state, seats in zip(columns.states, columns.seat_counts, strict=True):
            if seats is not None:
                self._seats[state] += seats
                self._seat_licenses += 1

    def _look_closer(self, columns: _Columns, page: Page, deviceless: Sequence[int]) -> None:
        """Look at those whole that end soon or cover no device, and at parts of those that wait or idle."""
        as_of, horizon = self._as_of, self._horizon
        rows, states, holdings = columns.rows, columns.states, self._holdings
        ending = [
            at for at, end in enumerate(columns.expirations) if end is not None and as_of < end <= horizon
        ]
        marked = [at for at, state in enumerate(states) if state in MARKED]
        expiring = [at for at in marked if states[at] == EXPIRING]
        whole = {at: page.license_at(rows[at]) for at in dict.fromkeys([*ending, *expiring, *deviceless])}
        holdings.add_expiring(whole[at] for at in expiring)
        holdings.add_network_licenses(whole[at] for at in deviceless)
        holdings.add_queue(page.queue_at([rows[at] for at in marked if states[at] == QUEUED]))
        self._count_ending([whole[at] for at in ending])
        self._count_idle(columns, page, [at for at in marked if states[at] in IDLE], whole)

    def _count_idle(
        self, columns: _Columns, page: Page, idle: Sequence[int], whole: Mapping[int, License]
    ) -> None:
        rows, states, types, ends = columns.rows, columns.states, columns.license_types, columns.expirations
        for at in idle:
            own_id = columns.ids[at]
            if columns.serials[at] is not None and own_id is not None:
                self._holders[own_id] = None  # it covers nothing, and heads no queue
        unused = [at for at in idle if states[at] == UNUSED]
        read = [at for at in unused if at in whole]
        claims = [whole[at].claimed_at for at in read]
        if unused:
            self._idle.add_unused([*claims, *page.claims_at([rows[at] for at in unused if at not in whole])])
        burning = [at for at in idle if states[at] != UNUSED and at not in whole]
        begins = page.activations_at([rows[at] for at in burning])
        self._idle.add_burning(
            (types[at], begin, ends[at]) for at, begin in zip(burning, begins, strict=True)
        )
        self._idle.add_burning(
            (whole[at].license_type, whole[at].activates_at, whole[at].expires_at)
            for at in idle
            if at in whole and states[at] != UNUSED
        )

    def _count_ending(self, licenses: Iterable[License]) -> None:
        """Count those that are in use and run."""
        as_of = self._as_of
        counted = [one for one in licenses if is_assigned(one) and is_burning(one, as_of)]
        instants = sorted([one.expires_at for one in counted if one.expires_at is not None])
        for days, end in self._ends:
            self._within[days] += bisect_right(instants, end)
        self._holdings.add_ending(counted)

    def close(self) -> tuple[Coverage, Outlook]:
        """What the whole list says together. To be asked once, when all of it was read."""
        unused = {kind: count for (kind, state), count in self._counts.items() if state == UNUSED}
        coverage, outlook = self._holdings.close(
            self._holders,
            ending_within=dict(self._within),
            unused=unused,
            unused_active=self._idle.still_burning,
        )
        self._notes.update(self._holdings.notes)
        self._holders, self._holdings = {}, Holdings(self._windows)  # of no use any more, and large
        return coverage, outlook

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
            idle=self._idle.idle,
            notes=dict(+notes),
        )
