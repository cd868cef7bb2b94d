"""What one organization holds under per-device licensing, gathered page by page and judged at the end.

Only what the end needs is kept: the last end and the type of each device, and the few licenses that cover
networks, wait in a queue, or end within the windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress

from auditor.domain.chain import HEADLESS, Ends, Head, later_head
from auditor.domain.coverage import Coverage, coverage_of
from auditor.domain.license import License, Queued
from auditor.domain.note import NoteKind
from auditor.domain.outlook import Outlook
from auditor.domain.per_device import per_device_outlook
from auditor.domain.window import Windows


class Holdings:
    """Takes in licenses until `close`, and can be dropped then. *notes* are those of the end."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._devices: dict[str, Head] = {}
        self._network_licenses: list[License] = []
        self._queue: list[Queued] = []
        self._expiring: list[License] = []
        self._ending: list[License] = []
        self._merged_ids: set[str] = set()
        self.notes: Counter[NoteKind] = Counter()

    def add_heads(
        self,
        states: Iterable[str],
        serials: Sequence[str | None],
        expirations: Sequence[datetime | None],
        license_types: Sequence[str],
    ) -> list[int]:
        """Add those of a page that cover the device they are on, column by column.

        Returns where in the columns those are that would cover, and are on no device.
        """
        is_head = [state not in HEADLESS for state in states]
        heads = zip(compress(expirations, is_head), compress(license_types, is_head), strict=True)
        positions = compress(range(len(is_head)), is_head)
        devices, put = self._devices, self._devices.setdefault
        left = [
            (position, serial, head)
            for position, serial, head in zip(positions, compress(serials, is_head), heads, strict=True)
            if serial is None or put(serial, head) is not head
        ]
        for _, serial, head in left:
            if serial is not None:
                devices[serial] = later_head(devices[serial], head)
        return [position for position, serial, _ in left if serial is None]

    def add_network_licenses(self, licenses: Iterable[License]) -> None:
        """Add those that cover a network and no device; others are left out."""
        self._network_licenses += [one for one in licenses if one.network_id is not None]

    def add_queue(self, queue: Iterable[Queued]) -> None:
        """Add what waits behind other licenses."""
        self._queue += queue

    def add_expiring(self, licenses: Iterable[License]) -> None:
        """Add licenses that the vendor calls expiring."""
        self._expiring += licenses

    def add_ending(self, licenses: Iterable[License]) -> None:
        """Add licenses that count as ending within the windows."""
        self._ending += licenses

    def add_merged(self, merged_ids: Iterable[str]) -> None:
        """Add ids of licenses that were merged into others for good."""
        self._merged_ids.update(merged_ids)

    def close(
        self,
        holders: Mapping[str, str | None],
        *,
        ending_within: Mapping[int, int],
        unused: Mapping[str, int],
        unused_active: Mapping[str, int],
    ) -> tuple[Coverage, Outlook]:
        """What all licenses of the organization together say. To be asked once.

        *holders* has the device of each license that is on one and covers it. *unused* and *unused_active*
        count licenses to reclaim, by type.
        """
        windows = self._windows
        ends = Ends(
            self._devices,
            self._network_licenses,
            queue=self._queue,
            holders=holders,
            merged_ids=self._merged_ids,
        )
        self.notes[NoteKind.ORPHANED_QUEUE] += ends.orphans
        self.notes[NoteKind.UNREADABLE_DURATION] += ends.unreadable
        coverage = coverage_of(ends, expiring=self._expiring, ending=self._ending, windows=windows)
        outlook = per_device_outlook(
            ends, windows=windows, ending_within=ending_within, unused=unused, unused_active=unused_active
        )
        return coverage, outlook
