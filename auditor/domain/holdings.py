"""What one organization holds under per-device licensing, gathered page by page and judged at the end.

Only what the end needs is kept: the last end and the type of each device, and the little that is asked of
licenses which cover networks, wait in a queue, or end within the windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from auditor.domain.chain import Devices, Ends
from auditor.domain.coverage import Coverage, Expiring, coverage_of
from auditor.domain.license import License, Page, Queue, Queued, Shelter
from auditor.domain.merging import Merger
from auditor.domain.note import NoteKind
from auditor.domain.outlook import Outlook, Spare
from auditor.domain.per_device import per_device_outlook
from auditor.domain.window import Windows

OnDevice: TypeAlias = tuple[str, datetime | None, str]
"""Serial, own end and license type of a license that covers a device."""


class Holdings:
    """Takes in licenses until `close`, and can be dropped then. *notes* and *ends* are those of the end."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._devices = Devices()
        self._network_licenses: list[License] = []
        self._queue = Queue()
        self._expiring_on_devices: list[OnDevice] = []
        self._expiring_elsewhere: list[License] = []
        self._ending_on_devices: list[tuple[datetime, str]] = []
        self._ending_elsewhere: list[tuple[datetime, License]] = []
        self._ending_queued: list[tuple[datetime, Queued, Shelter | None]] = []
        self._merged_ids: set[str] = set()
        self._mergers: list[Merger] = []
        self.notes: Counter[NoteKind] = Counter()
        self.ends: Ends | None = None

    def add_heads(self, rows: Iterable[int], page: Page) -> list[int]:
        """Add licenses that cover the device they are on. Returns those of *rows* that are on none."""
        return self._devices.add(
            rows, serials=page.serials, ends=page.expirations, license_types=page.license_types
        )

    def add_strays(self, rows: Iterable[int], page: Page) -> list[int]:
        """Add licenses whose state tells nothing. Returns those of *rows* that are on no device."""
        return self._devices.add_strays(rows, serials=page.serials, license_types=page.license_types)

    def add_network_licenses(self, licenses: Iterable[License]) -> None:
        """Add those that are on a network and no device; others are left out."""
        self._network_licenses += [one for one in licenses if one.network_id is not None]

    def add_queue(self, queue: Queue) -> None:
        """Add what waits behind other licenses."""
        self._queue.extend(queue)

    def add_expiring(self, on_devices: Iterable[OnDevice], elsewhere: Iterable[License]) -> None:
        """Add licenses that the vendor calls expiring: those on devices, and the others."""
        self._expiring_on_devices += on_devices
        self._expiring_elsewhere += elsewhere

    def add_ending(
        self, on_devices: Iterable[tuple[datetime, str]], elsewhere: Iterable[tuple[datetime, License]]
    ) -> None:
        """Add licenses that count as ending within the windows, with their ends, but for those in a queue.

        Of those on devices only the serials are needed.
        """
        self._ending_on_devices += on_devices
        self._ending_elsewhere += elsewhere

    def add_ending_queued(self, ends: Iterable[datetime | None], queue: Queue) -> None:
        """Add licenses that are queued and all the same count as ending within the windows, at *ends*."""
        self._ending_queued += [
            (end, one, queue.shelters.get(position))
            for position, (end, one) in enumerate(zip(ends, queue, strict=True))
            if end is not None
        ]

    def add_merged(self, merged_ids: Iterable[str], mergers: Iterable[Merger]) -> None:
        """Add ids of licenses that were merged for good into others, and what takes a closer look of it."""
        self._merged_ids.update(merged_ids)
        self._mergers += mergers

    def close(
        self,
        holders: Mapping[str, str | None],
        *,
        ending_within: Mapping[int, int],
        unused: Mapping[Spare, int],
        unused_active: Mapping[str, int],
    ) -> tuple[Coverage, Outlook]:
        """What all licenses of the organization together say. To be asked once.

        *holders* has the device of each license that is on one and covers it. *unused* and *unused_active*
        count licenses to reclaim: see `reclaim.match`.
        """
        windows = self._windows
        self.ends = ends = Ends(
            self._devices,
            self._network_licenses,
            queue=self._queue,
            holders=holders,
            merged_ids=self._merged_ids,
            mergers=self._mergers,
        )
        self.notes[NoteKind.ORPHANED_QUEUE] += ends.orphans
        self.notes[NoteKind.UNREADABLE_DURATION] += ends.unreadable
        soon = self._devices.ending_by(windows.horizon)
        coverage = coverage_of(
            ends, soon, expiring=self._expiring(ends), ending=self._ending(ends), windows=windows
        )
        outlook = per_device_outlook(
            ends,
            soon,
            coverage=coverage,
            windows=windows,
            ending_within=ending_within,
            unused=unused,
            unused_active=unused_active,
        )
        return coverage, outlook

    def _expiring(self, ends: Ends) -> list[Expiring]:
        of_device = self._devices.ends
        return [
            (license_type, own_end, of_device[serial])
            for serial, own_end, license_type in self._expiring_on_devices
        ] + [(one.license_type, one.expires_at, ends.of(one)) for one in self._expiring_elsewhere]

    def _ending(self, ends: Ends) -> list[datetime]:
        """Of each license that ends within the windows the later of its end and that of what it is on.

        Where nobody knows until when that is covered, nothing is known to carry it past the license.
        """
        of_device = self._devices.ends
        told = [(own_end, of_device.get(serial)) for own_end, serial in self._ending_on_devices]
        told += [(own_end, ends.of(one)) for own_end, one in self._ending_elsewhere]
        told += [(own_end, ends.of_queued(one, shelter)) for own_end, one, shelter in self._ending_queued]
        return [own_end if end is None else max(own_end, end) for own_end, end in told]
