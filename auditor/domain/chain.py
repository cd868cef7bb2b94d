"""What is licensed until when: devices and network licenses, and the queues behind them.

A subject is a device, or a license that covers a network and no device. Its heads are the licenses that
cover it by themselves; what is queued behind them adds its term, each license once, in whatever order. To
whom a queued license belongs tells its device or, where that has no head, the license in front of it: some
rows name the head of the queue there and some the license just before them, so both are understood.

What was merged for good into a license is part of its total term, and of its date. Where the vendor lists it,
the rows that it may have besides add nothing. Where nothing is listed although the total says that something
was merged, nobody can tell which of the queued rows it is, so every row of the queue counts its own days, and
the difference counts only once nothing else is queued: never is cover promised twice, and what was merged and
is no row is left out at worst. Network licenses that share a shelter cover each other: what one of them
covers is covered until the last of them ends. See `merging` for dates that do not hold what was merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from auditor.domain.license import HEADS, UNKNOWN, License, LicenseState, Queue, Queued, Shelter
from auditor.domain.merging import Merger, Place

HEADLESS: Final = frozenset(
    {LicenseState.RECENTLY_QUEUED.value, LicenseState.UNUSED.value, LicenseState.UNUSED_ACTIVE.value}
)
"""States of licenses that cover nothing by themselves."""

_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)


class Devices:
    """The devices with a head, by serial: *ends* has the end of the head that ends last, *types* its type.

    An end is None where none of the heads tells it. Where two end together, the first type by name counts.
    Both have the same order. *strays* are the types of licenses in states that tell nothing.
    """

    __slots__ = ("ends", "strays", "types")

    def __init__(self) -> None:
        self.ends: dict[str, datetime | None] = {}
        self.types: dict[str, str] = {}
        self.strays: dict[str, str] = {}

    def add(
        self,
        rows: Iterable[int],
        *,
        serials: Sequence[str | None],
        ends: Sequence[datetime | None],
        license_types: Sequence[str],
    ) -> list[int]:
        """Add the heads in *rows* of the columns. Returns those of the rows that are on no device."""
        known_ends, known_types, elsewhere = self.ends, self.types, list[int]()
        for row in rows:  # plain statements: of all of it, this runs once for each license
            serial = serials[row]
            if serial is None:
                elsewhere.append(row)
            elif serial not in known_ends or self._is_later(serial, ends[row], license_types[row]):
                known_ends[serial] = ends[row]
                known_types[serial] = license_types[row]
        return elsewhere

    def add_strays(
        self, rows: Iterable[int], *, serials: Sequence[str | None], license_types: Sequence[str]
    ) -> list[int]:
        """Add licenses of states that tell nothing. Returns those of the rows that are on no device."""
        elsewhere = list[int]()
        for row in rows:
            serial = serials[row]
            if serial is None:
                elsewhere.append(row)
            else:
                self.strays[serial] = license_types[row]
        return elsewhere

    def prolong(self, serial: str, end: datetime | None, license_type: str) -> None:
        """One of the heads of *serial* ends at *end*, which is later than it said."""
        if self._is_later(serial, end, license_type):
            self.ends[serial], self.types[serial] = end, license_type

    def settle_strays(self) -> None:
        """Devices with nothing but strays are known of, and their ends are not."""
        for serial, license_type in self.strays.items():
            if serial not in self.ends:
                self.ends[serial], self.types[serial] = None, license_type

    def settle_waiting(self, serials: Iterable[str | None]) -> None:
        """Devices in *serials* have licenses that wait behind nothing; without another no end is known."""
        for serial in serials:
            if serial is not None and serial not in self.ends:
                self.ends[serial], self.types[serial] = None, UNKNOWN

    def _is_later(self, serial: str, end: datetime | None, license_type: str) -> bool:
        """Whether such a head ends after what is known of *serial*, or comes before it by name."""
        known = self.ends[serial]
        if known is None or end is None or known == end:
            return license_type < self.types[serial] if known == end else known is None
        return end > known

    def ending_by(self, last: datetime) -> list[tuple[datetime, str, str]]:
        """End, serial and license type of those that end by *last*, in order."""
        types = self.types
        return sorted(
            [
                (end, serial, types[serial])
                for serial, end in self.ends.items()
                if end is not None and end <= last
            ]
        )


class Places:
    """Finds what each of *queue* belongs to.

    *devices* are those with a head, *network_licenses* the ids of such; *holders* has the device that each
    license covers. A chain that ends in nothing of these, or in itself, leads nowhere.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        devices: Collection[str],
        network_licenses: Collection[str],
        holders: Mapping[str, str | None],
    ) -> None:
        self._queue = queue
        self._position_by_id = {own_id: at for at, own_id in enumerate(queue.ids) if own_id is not None}
        self._devices = devices
        self._network_licenses = network_licenses
        self._holders = holders
        self._found: dict[str, Place | None] = {}

    def find(self, one: Queued) -> Place | None:
        """What *one* belongs to. Chains are walked once, however many licenses they pass."""
        passed: list[str] = []
        following: Queued | None = one
        place: Place | None = None
        while following is not None:
            if following.id is not None:
                if following.id in self._found:
                    place = self._found[following.id]
                    break
                self._found[following.id] = None  # what comes by here again goes round in circles
                passed.append(following.id)
            place = self._place_of(following)
            following = self._in_front_of(following) if place is None else None
        self._found.update(dict.fromkeys(passed, place))
        return place

    def _in_front_of(self, one: Queued) -> Queued | None:
        """What *one* is queued behind, as far as that is queued too."""
        position = self._position_by_id.get(one.head_license_id or "")
        return None if position is None else self._queue.at(position)

    def _place_of(self, one: Queued) -> Place | None:
        """Where *one* belongs, as far as itself or a license in front that is not queued tells."""
        if one.serial is not None and one.serial in self._devices:
            return Place(one.serial, None)
        head = one.head_license_id
        if head is None or head in self._position_by_id:
            return None
        if head in self._network_licenses:
            return Place(None, head)
        holder = self._holders.get(head)
        return Place(holder, None) if holder in self._devices else None


class Ends:
    """Until when each subject is covered by its heads and all that is queued behind them.

    *devices* is brought up to date in place. *network_licenses* are themselves; in the same order
    *network_ends* has until when their networks are covered, *own_network_ends* until when by each of them
    and its queue alone. *lost_networks* counts licenses that wait on a network where no other license is.
    *orphans* counts queued licenses that belong to nothing, *unreadable* those that
    should add a term and tell none.
    """

    def __init__(
        self,
        devices: Devices,
        network_licenses: Sequence[License],
        *,
        queue: Queue,
        holders: Mapping[str, str | None],
        merged_ids: Collection[str],
        mergers: Sequence[Merger],
    ) -> None:
        self.devices = devices
        self.network_licenses = network_licenses
        self.unreadable = 0
        self._queue = queue
        self._network_ends = {
            one.id: one.expires_at for one in network_licenses if one.id is not None and one.state in HEADS
        }
        self._holders = holders
        self._places: Places | None = None
        ends = devices.ends
        elsewhere = [at for at, serial in enumerate(queue.serials) if serial not in ends]
        self._found = {at: self._find(queue.at(at)) for at in elsewhere}
        self.orphans = list(self._found.values()).count(None)
        self._add_all(merged_ids, mergers)
        devices.settle_strays()  # only now: they head no queue
        orphaned = [at for at, place in self._found.items() if place is None]
        devices.settle_waiting(queue.serials[at] for at in orphaned)
        self.own_network_ends = [self._own_end_of(one) for one in network_licenses]
        self._shelter_ends = self._ends_by_shelter()
        self.network_ends = [self.of(one) for one in network_licenses]
        waiting = [queue.shelters[at] for at in orphaned if at in queue.shelters]
        self.lost_networks = sum(shelter not in self._shelter_ends for shelter in waiting)

    def _add_all(self, merged_ids: Collection[str], mergers: Sequence[Merger]) -> None:
        """Add every queue; most have nothing merged into them that takes a closer look."""
        if not mergers and not self._queue.surpluses:
            self._add_queue(self._queue.terms, merged_ids)
            return
        queued_at = self._counter_of_queued()
        self._prolong([one for one in mergers if not one.is_in_date], queued_at)
        hidden: dict[Place, timedelta] = {}
        for one in mergers:
            if one.is_in_date:  # and not listed: what is queued may be in the date already
                hidden[one.place] = hidden.get(one.place, timedelta()) + one.term
        before = {place: self._at(place) for place in hidden}
        self._add_queue(self._terms_in_doubt(queued_at), merged_ids)
        for place, term in hidden.items():
            own_end, end = before[place], self._at(place)
            if own_end is not None and end is not None:
                self._put(place, max(own_end, end - term))

    def _counter_of_queued(self) -> Callable[[Place], int]:
        """Tells how many licenses are queued at a place."""
        by_serial, elsewhere = Counter(self._queue.serials), Counter(self._found.values())

        def queued_at(place: Place) -> int:
            return elsewhere[place] + (by_serial[place.serial] if place.serial is not None else 0)

        return queued_at

    def _prolong(self, mergers: Sequence[Merger], queued_at: Callable[[Place], int]) -> None:
        """Move the ends of heads that do not hold what was merged into them, and has no row of its own."""
        if not mergers:
            return
        terms = dict(zip(self._queue.ids, self._queue.terms, strict=True))
        for place, license_type, ends_at, term, ids, _ in mergers:
            rest = term
            for listed in ids:
                rest -= terms.get(listed) or timedelta()
            if rest <= timedelta() or (not ids and queued_at(place)):
                continue
            end = _after(ends_at, rest)
            if place.serial is not None:
                self.devices.prolong(place.serial, end, license_type)
            else:
                self._put(place, end)

    def _terms_in_doubt(self, queued_at: Callable[[Place], int]) -> Sequence[timedelta | None]:
        """Terms without what was merged and not listed, where it may be queued at the same place."""
        queue = self._queue
        terms = list(queue.terms)
        for position, surplus in queue.surpluses.items():
            place, term = self._place_at(position), terms[position]
            if place is not None and term is not None and queued_at(place) > 1:
                terms[position] = term - surplus
        return terms

    def _place_at(self, position: int) -> Place | None:
        found = self._found
        return found[position] if position in found else Place(self._queue.serials[position], None)

    def _add_queue(self, terms: Sequence[timedelta | None], merged_ids: Collection[str]) -> None:
        """Add each term to its subject. Where the row names a device that has a head, no search is needed."""
        ends, queue = self.devices.ends, self._queue
        for own_id, serial, term in zip(queue.ids, queue.serials, terms, strict=True):
            # What was merged is in the date of the license that it was merged into.
            if serial is None or serial not in ends or own_id in merged_ids:
                continue
            if term is None:
                self.unreadable += 1
            else:
                ends[serial] = _after(ends[serial], term)
        for position, place in self._found.items():
            if place is None or queue.ids[position] in merged_ids:
                continue
            found_term = terms[position]
            if found_term is None:
                self.unreadable += 1
            else:
                self._put(place, _after(self._at(place), found_term))

    def _at(self, place: Place) -> datetime | None:
        if place.serial is not None:
            return self.devices.ends[place.serial]
        return self._network_ends.get(place.network_license_id or "")

    def _put(self, place: Place, end: datetime | None) -> None:
        if place.serial is not None:
            self.devices.ends[place.serial] = end
        elif place.network_license_id is not None:
            self._network_ends[place.network_license_id] = end

    def _find(self, one: Queued) -> Place | None:
        if self._places is None:  # most lists never need it
            self._places = Places(
                self._queue,
                devices=self.devices.ends.keys(),
                network_licenses=self._network_ends.keys(),
                holders=self._holders,
            )
        return self._places.find(one)

    def _own_end_of(self, license_: License) -> datetime | None:
        """Until when the network of *license_* is covered by it and its queue; None where it covers none."""
        if license_.state not in HEADS:
            return None
        return license_.expires_at if license_.id is None else self._network_ends[license_.id]

    def _ends_by_shelter(self) -> dict[Shelter | None, datetime | None]:
        """The last of the ends of the licenses of each shelter; None where none of them has an end."""
        found: dict[Shelter | None, datetime | None] = {}
        for one, end in zip(self.network_licenses, self.own_network_ends, strict=True):
            known = found.setdefault(one.shelter, end)
            if end is not None and (known is None or end > known):
                found[one.shelter] = end
        for one in self.network_licenses:
            if one.id in self._network_ends:
                self._network_ends[one.id] = found[one.shelter]
        return found

    def of(self, license_: License) -> datetime | None:
        """Until when that is covered which *license_* is on; None where that is nothing, or unknown."""
        if license_.device_serial is not None:
            return self.devices.ends.get(license_.device_serial)
        return self._shelter_ends.get(license_.shelter)

    def of_queued(self, one: Queued, shelter: Shelter | None) -> datetime | None:
        """Until when that is covered which *one* belongs to, or else where it is: *shelter* on a network.

        None where that is nothing, or unknown.
        """
        place = self._find(one)
        return self._shelter_ends.get(shelter) if place is None else self._at(place)


def _after(end: datetime | None, term: timedelta) -> datetime | None:
    """*end* and *term* after it, as far as the calendar goes."""
    try:
        return end and end + term
    except OverflowError:
        return _LAST_MOMENT
