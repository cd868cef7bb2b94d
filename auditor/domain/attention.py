"""The licenses that ask for attention, one by one: what has ended or soon ends, and what lies unused.

They are kept only where the user asks for them, and only they: of all others the audit keeps counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from auditor.domain.chain import Ends
from auditor.domain.coverage import is_carried
from auditor.domain.idle import activation_of
from auditor.domain.license import License, LicenseState, Page, Queued
from auditor.domain.standing import dark_from
from auditor.domain.window import Windows, is_burning

STATES: Final = (
    LicenseState.EXPIRED.value,
    LicenseState.EXPIRING.value,
    LicenseState.UNUSED.value,
    LicenseState.UNUSED_ACTIVE.value,
)
"""States that ask for attention by themselves; of any other state only what ends by the longest window."""

_EXPIRING: Final = LicenseState.EXPIRING.value
_QUEUED: Final = LicenseState.RECENTLY_QUEUED.value
_UNUSED_ACTIVE: Final = LicenseState.UNUSED_ACTIVE.value
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attention:
    """One license that asks for attention: what the vendor says of it, but for its key, and what follows.

    *burns_at* is when a license in state `unused` begins to burn (an estimate: see `idle`). *days_burned* and
    *days_left* are of one in state `unusedActive` with both dates, in whole days; they add up to `Burning`.
    *covered_until* is the end of what it is on, a device or a network, after all that is queued there: None
    where it is on nothing, no license tells an end, or the list was not read to its end. *dark_at* is 30
    days later, where that end lies behind or within the longest window, and may be past. *at_risk* is of one
    in state `expiring`: whether nothing carries what it is on past both it and the longest window, as
    `Coverage` counts; None where the list was not read to its end.
    """

    id: str | None
    license_type: str
    state: str
    device_serial: str | None = None
    network_id: str | None = None
    order_number: str | None = None
    activates_at: datetime | None = None
    expires_at: datetime | None = None
    burns_at: datetime | None = None
    days_burned: int | None = None
    days_left: int | None = None
    covered_until: datetime | None = None
    dark_at: datetime | None = None
    at_risk: bool | None = None


class AttentionFold:
    """Picks the licenses that ask for attention out of the pages of one organization, as they come."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._picked: list[tuple[License, str | None]] = []
        self._ends: Sequence[datetime | None] | None = None

    def fold(self, page: Page, new: Collection[int]) -> None:
        """Take in those of *page* in the rows that are *new*."""
        horizon, by_state = self._windows.horizon, page.rows_by_state
        rows = {row for state in STATES for row in by_state.get(state, ())}
        rows.update(row for row, end in enumerate(page.expirations) if end is not None and end <= horizon)
        details = page.details_at(sorted(row for row in rows if row in new))
        self._picked += [one for one in details if self._asks(one[0])]

    def _asks(self, one: License) -> bool:
        """By its state, or because it is in use, runs, and has ended or ends within the longest window."""
        if one.state in STATES:
            return True
        is_assigned = one.device_serial is not None or one.network_id is not None
        return is_assigned and is_burning(one.state, one.activates_at, self._windows.as_of)

    def close(self, ends: Ends) -> None:
        """The whole list was read: *ends* tells until when that stays covered which licenses cover."""
        self._ends = [_end_of(one, ends) for one, _ in self._picked]

    @property
    def licenses(self) -> tuple[Attention, ...]:
        """Those so far: what has a dark date first, by it; then by end or by when they begin to burn."""
        is_whole = self._ends is not None
        ends = self._ends or [None] * len(self._picked)
        told = [
            _told(one, order_number, end, self._windows, is_whole=is_whole)
            for (one, order_number), end in zip(self._picked, ends, strict=True)
        ]
        return tuple(sorted(told, key=_urgency))


def _end_of(one: License, ends: Ends) -> datetime | None:
    """Until when that stays covered which *one* is on, or is queued for."""
    if one.state == _QUEUED:
        queued = Queued(one.id, one.device_serial, one.head_license_id, one.term)
        return ends.of_queued(queued, one.shelter)
    return ends.of(one)


def _told(
    one: License, order_number: str | None, end: datetime | None, windows: Windows, *, is_whole: bool
) -> Attention:
    is_decided = is_whole and one.state == _EXPIRING
    burned, left = _days_of(one, windows.as_of)
    return Attention(
        one.id,
        one.license_type,
        one.state,
        one.device_serial,
        one.network_id,
        order_number,
        one.activates_at,
        one.expires_at,
        burns_at=None if one.claimed_at is None else activation_of(one.claimed_at),
        days_burned=burned,
        days_left=left,
        covered_until=end,
        dark_at=dark_from(end) if end is not None and end <= windows.horizon else None,
        at_risk=not is_carried(one.expires_at, end, windows.horizon) if is_decided else None,
    )


def _days_of(one: License, as_of: datetime) -> tuple[int | None, int | None]:
    """Whole days that a license in state `unusedActive` has burned, and has left."""
    if one.state != _UNUSED_ACTIVE or one.activates_at is None or one.expires_at is None:
        return None, None
    return max(0, (as_of - one.activates_at).days), max(0, (one.expires_at - as_of).days)


def _urgency(one: Attention) -> tuple[bool, datetime, str, str]:
    """Ids are unique; what has none is told apart by all that is known of it."""
    due = one.dark_at or one.expires_at or one.burns_at or _NEVER
    return one.dark_at is None, due, one.id or "", repr(one) if one.id is None else ""
