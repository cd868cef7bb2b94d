"""What is licensed until when: devices and network licenses, and the queues behind them.

A subject is a device, or a license that covers a network and no device. Its heads are the licenses that
cover it by themselves; what is queued behind them adds its term, each license once, in whatever order. To
whom a queued license belongs tells its device or, where that has no head, the license in front of it: some
rows name the head of the queue there and some the license just before them, so both are understood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from auditor.domain.license import License, LicenseState, Queued

HEADLESS: Final = frozenset(
    {LicenseState.RECENTLY_QUEUED.value, LicenseState.UNUSED.value, LicenseState.UNUSED_ACTIVE.value}
)
"""States of licenses that cover nothing by themselves."""

_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
_LONGEST: Final = timedelta.max

Head: TypeAlias = tuple[datetime | None, str]
"""The end of a license, None where it is not known, and the license type."""


class Place(NamedTuple):
    """The subject that a queued license belongs to: a device, or the network license of an id."""

    serial: str | None
    network_license_id: str | None


def later_head(one: Head, other: Head) -> Head:
    """Of two heads of a device the one that ends last; where both do, the first type by name."""
    if one[0] == other[0]:
        return min(one, other, key=lambda head: head[1])
    if one[0] is None or other[0] is None:
        return one if other[0] is None else other
    return one if one[0] > other[0] else other


class Places:
    """Finds what each of *queue* belongs to.

    *devices* are those with a head, *network_licenses* the ids of such; *holders* has the device that each
    license covers. A chain that ends in nothing of these, or in itself, leads nowhere.
    """

    def __init__(
        self,
        queue: Iterable[Queued],
        *,
        devices: Collection[str],
        network_licenses: Collection[str],
        holders: Mapping[str, str | None],
    ) -> None:
        self._by_id = {one.id: one for one in queue if one.id is not None}
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
            following = self._by_id.get(following.head_license_id or "") if place is None else None
        self._found.update(dict.fromkeys(passed, place))
        return place

    def _place_of(self, one: Queued) -> Place | None:
        """Where *one* belongs, as far as itself or a license in front that is not queued tells."""
        if one.serial is not None and one.serial in self._devices:
            return Place(one.serial, None)
        head = one.head_license_id
        if head is None or head in self._by_id:
            return None
        if head in self._network_licenses:
            return Place(None, head)
        holder = self._holders.get(head)
        return Place(holder, None) if holder in self._devices else None


class Ends:
    """Until when each subject is covered by its heads and all that is queued behind them.

    *devices* has end and license type by serial, and is brought up to date in place. *network_licenses* are
    themselves, *network_ends* the ends of these in the same order. *orphans* counts queued licenses that
    belong to nothing, *unreadable* those that should add a term and tell none.
    """

    def __init__(
        self,
        devices: dict[str, Head],
        network_licenses: Sequence[License],
        *,
        queue: Sequence[Queued],
        holders: Mapping[str, str | None],
        merged_ids: Collection[str],
    ) -> None:
        self.devices = devices
        self.network_licenses = network_licenses
        self.orphans = 0
        self.unreadable = 0
        self._queue = queue
        self._network_terms: dict[str, timedelta] = {}
        self._network_by_id = {one.id: one for one in network_licenses if one.id is not None}
        self._holders = holders
        self._places: Places | None = None
        self._add_queue(merged_ids)
        self.network_ends = [self._of_network(one) for one in network_licenses]

    def _add_queue(self, merged_ids: Collection[str]) -> None:
        """Add each term to its subject. Where the row names a device that has a head, no search is needed."""
        devices, terms = self.devices, dict[str, timedelta]()
        for one in self._queue:
            own_id, serial, _, term = one
            if serial is None or serial not in devices:
                place = self._find(one)
                if place is None:
                    self.orphans += 1
                    continue
                serial = place.serial
            else:
                place = None
            if own_id in merged_ids:  # its term is in the date of the license that it was merged into
                continue
            if term is None:
                self.unreadable += 1
            elif serial is not None:
                terms[serial] = _sum(terms[serial], term) if serial in terms else term
            elif place is not None and (head := place.network_license_id) is not None:
                self._network_terms[head] = _sum(self._network_terms.get(head, timedelta()), term)
        for serial, term in terms.items():
            end, license_type = devices[serial]
            devices[serial] = _after(end, term), license_type

    def _find(self, one: Queued) -> Place | None:
        if self._places is None:  # most lists never need it
            self._places = Places(
                self._queue,
                devices=self.devices.keys(),
                network_licenses=self._network_by_id.keys(),
                holders=self._holders,
            )
        return self._places.find(one)

    def _of_network(self, license_: License) -> datetime | None:
        return _after(license_.expires_at, self._network_terms.get(license_.id or ""))

    def of(self, license_: License) -> datetime | None:
        """Until when that is covered which *license_* belongs to; None where that is nothing, or unknown."""
        serial = license_.device_serial
        if license_.state in HEADLESS:
            if license_.state != LicenseState.RECENTLY_QUEUED:
                return None
            place = self._find(Queued(license_.id, serial, license_.head_license_id, None))
            if place is None:
                return None
            if place.network_license_id is not None:
                return self._of_network(self._network_by_id[place.network_license_id])
            serial = place.serial
        if serial is None:
            return None if license_.network_id is None else self._of_network(license_)
        return self.devices[serial][0]


def _sum(one: timedelta, other: timedelta) -> timedelta:
    try:
        return one + other
    except OverflowError:  # which no date takes either
        return _LONGEST


def _after(end: datetime | None, term: timedelta | None) -> datetime | None:
    """*end* and *term* after it, as far as the calendar goes."""
    if end is None or term is None:
        return end
    return end + term if term <= _LAST_MOMENT - end else _LAST_MOMENT
