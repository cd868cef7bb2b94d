"""The reducer: licenses folded into counts, page by page, and counts added to counts.

`Tally` is a value with a zero and a `+` that is associative and commutative, so neither the order in
which pages and organizations arrive nor the way they are split can change a report. `LicenseFold` is
the one mutable thing: it reads an organization's pages as they come, remembers the ids seen so that a
license which the vendor lists twice counts once, and is dropped when the organization is done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from sys import intern
from typing import Final, Self, TypeVar

from auditor.domain.attention import Attention, AttentionFold
from auditor.domain.chain import HEADLESS
from auditor.domain.counts import added
from auditor.domain.coverage import Coverage
from auditor.domain.holdings import Holdings
from auditor.domain.idle import Idle, IdleFold
from auditor.domain.license import HEADS, UNKNOWN, License, LicenseState, Page
from auditor.domain.note import NoteKind
from auditor.domain.outlook import Outlook
from auditor.domain.window import Windows, is_burning

KNOWN_STATES = {state.value: None for state in LicenseState}
"""As an ordered set: plain text is looked up faster than members of an enumeration."""

UNUSED: Final = LicenseState.UNUSED.value
UNUSED_ACTIVE: Final = LicenseState.UNUSED_ACTIVE.value
QUEUED: Final = LicenseState.RECENTLY_QUEUED.value
EXPIRING: Final = LicenseState.EXPIRING.value

T = TypeVar("T")


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


class LicenseFold:
    """Folds the pages of one organization into a `Tally` as they arrive, and judges the whole at the end.

    Holds counts, the ids seen with the devices they are on, and of licenses what `Holdings` needs. A license
    without an id is counted every time. With *detail* it also holds the licenses that ask for attention.
    """

    def __init__(self, windows: Windows, *, detail: bool = False) -> None:
        self._windows = windows
        self._as_of = windows.as_of
        self._horizon = windows.horizon
        self._ends = windows.ends
        self._holders: dict[str, str | None] = {}  # of every license seen, the device that it covers
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by state, then by type
        self._within: dict[int, int] = dict.fromkeys(sorted(windows.days), 0)
        self._seats: Counter[str] = Counter()
        self._seat_licenses = 0
        self._idle = IdleFold(windows)
        self._holdings = Holdings(windows)
        self._attention = AttentionFold(windows) if detail else None
        self._notes: Counter[NoteKind] = Counter()

    def fold(self, page: Page) -> int:
        """Count *page* and what was noted of it. Returns how many of its licenses were new."""
        new = self._new_rows(page)
        by_state = page.rows_by_state
        if len(new) < len(page.ids):
            by_state = {state: [row for row in rows if row in new] for state, rows in by_state.items()}
        deviceless: list[int] = []
        for state, rows in by_state.items():
            self._counts[state].update(_at(rows, page.license_types))
            if state in HEADS:
                deviceless += self._holdings.add_heads(rows, page)
            elif state not in HEADLESS:
                deviceless += self._holdings.add_strays(rows, page)
                self._forget_holders(rows, page)
        self._count_seats(page, new)
        mergers = [one for row, one in page.mergers.items() if row in new]
        self._holdings.add_merged(page.merged_ids, mergers)
        self._holdings.add_queue(page.queue_at(by_state.get(QUEUED, ())))
        self._look_closer(page, by_state, ending=self._ending_rows(page, new), deviceless=deviceless)
        if self._attention is not None:
            self._attention.fold(page, new)
        self._notes.update(page.notes)  # which may have grown while the page was looked at
        return len(new)

    def _new_rows(self, page: Page) -> Collection[int]:
        """The rows of *page* whose licenses were not seen before."""
        ids, holders = page.ids, self._holders
        if None not in ids and holders.keys().isdisjoint(ids):
            before = len(holders)
            holders.update(zip(ids, page.serials, strict=True))  # type: ignore[arg-type]
            if len(holders) == before + len(ids):
                return range(len(ids))
            for license_id in set(ids):  # the page has one of them twice
                del holders[license_id]  # type: ignore[arg-type]
        new: set[int] = set()
        for row, (license_id, serial) in enumerate(zip(ids, page.serials, strict=True)):
            if license_id not in holders:
                new.add(row)
                if license_id is not None:
                    holders[license_id] = serial
        self._notes[NoteKind.DUPLICATE_LICENSE] += len(ids) - len(new)
        return new

    def _count_seats(self, page: Page, new: Collection[int]) -> None:
        for row, seats in page.seat_counts.items():
            if row in new:
                self._seats[intern(page.states[row])] += seats
                self._seat_licenses += 1

    def _ending_rows(self, page: Page, new: Collection[int]) -> list[int]:
        as_of, horizon = self._as_of, self._horizon
        return [
            row
            for row, end in enumerate(page.expirations)
            if end is not None and end <= horizon and end > as_of and row in new  # most are not <= horizon
        ]

    def _look_closer(
        self,
        page: Page,
        by_state: Mapping[str, Sequence[int]],
        *,
        ending: Sequence[int],
        deviceless: Sequence[int],
    ) -> None:
        """Look at those that end soon, expire, idle, or would cover something and are on no device."""
        serials, types, ends = page.serials, page.license_types, page.expirations
        expiring, unused, burning = (by_state.get(state, ()) for state in (EXPIRING, UNUSED, UNUSED_ACTIVE))
        nowhere = dict.fromkeys([*deviceless, *[row for row in ending if serials[row] is None]])
        whole = {row: page.license_at(row) for row in nowhere}  # which tells of a network
        dated = [row for row in dict.fromkeys([*ending, *expiring, *burning]) if row not in whole]
        begins = {row: one.activates_at for row, one in whole.items()}
        begins.update(zip(dated, page.activations_at(dated), strict=True))

        self._holdings.add_network_licenses(whole[row] for row in deviceless)
        self._holdings.add_expiring(
            [(serial, ends[row], types[row]) for row in expiring if (serial := serials[row]) is not None],
            [whole[row] for row in expiring if row in whole],
        )
        self._count_ending(page, ending, begins, whole)
        self._idle.add_burning((types[row], begins[row], ends[row]) for row in burning)
        self._idle.add_unused(
            [
                *[whole[row].claimed_at for row in unused if row in whole],
                *page.claims_at([row for row in unused if row not in whole]),
            ]
        )
        self._idle.add_spare(zip(_at(unused, types), page.queue_at(unused).terms, strict=True))
        self._forget_holders([*unused, *burning], page)

    def _forget_holders(self, rows: Iterable[int], page: Page) -> None:
        """What is in *rows* covers nothing, and heads no queue."""
        for row in rows:
            license_id = page.ids[row]
            if license_id is not None and page.serials[row] is not None:
                self._holders[license_id] = None

    def _count_ending(
        self,
        page: Page,
        ending: Sequence[int],
        begins: Mapping[int, datetime | None],
        whole: Mapping[int, License],
    ) -> None:
        """Count those of *ending* that are in use and run."""
        as_of, states, serials, ends = self._as_of, page.states, page.serials, page.expirations
        counted = [
            row
            for row in ending
            if is_burning(states[row], begins[row], as_of)
            and (row not in whole or whole[row].network_id is not None)
        ]
        instants = sorted([end for row in counted if (end := ends[row]) is not None])
        for days, last in self._ends:
            self._within[days] += bisect_right(instants, last)
        dated = [(end, row) for row in counted if states[row] != QUEUED and (end := ends[row]) is not None]
        self._holdings.add_ending(
            [(end, serial) for end, row in dated if (serial := serials[row]) is not None],
            [(end, whole[row]) for end, row in dated if row in whole],
        )
        queued = [row for row in counted if states[row] == QUEUED]
        self._holdings.add_ending_queued(_at(queued, ends), page.queue_at(queued))

    def close(self) -> tuple[Coverage, Outlook]:
        """What the whole list says together. To be asked once, when all of it was read."""
        coverage, outlook = self._holdings.close(
            self._holders,
            ending_within=dict(self._within),
            unused=self._idle.spare,
            unused_active=self._idle.lasting,
        )
        self._notes.update(self._holdings.notes)
        if self._attention is not None and self._holdings.ends is not None:
            self._attention.close(self._holdings.ends)
        self._holders, self._holdings = {}, Holdings(self._windows)  # of no use any more, and large
        return coverage, outlook

    @property
    def attention(self) -> tuple[Attention, ...] | None:
        """The licenses so far that ask for attention; None where nobody asked for detail."""
        return None if self._attention is None else self._attention.licenses

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        notes = Counter(self._notes)
        for state, by_type in self._counts.items():
            if state not in KNOWN_STATES and state != UNKNOWN:  # a missing state has its own note
                notes[NoteKind.UNKNOWN_STATE] += by_type.total()
        return Tally(
            by_type_and_state={
                (license_type, state): count
                for state, by_type in self._counts.items()
                for license_type, count in by_type.items()
            },
            expiring_within=dict(self._within),
            seats_by_state=dict(self._seats),
            seat_licenses=self._seat_licenses,
            idle=self._idle.idle,
            notes=dict(+notes),
        )


def _at(rows: Sequence[int], column: Sequence[T]) -> list[T]:
    return [column[row] for row in rows]
