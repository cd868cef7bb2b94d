"""One license of an organization under per-device licensing, and its states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, TypeAlias

from auditor.domain.note import NoteKind


class LicenseState(StrEnum):
    """`state` of a license (`getOrganizationLicenses`, OpenAPI 1.73.0), in the order of reports."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    RECENTLY_QUEUED = "recentlyQueued"
    UNUSED = "unused"
    UNUSED_ACTIVE = "unusedActive"


UNKNOWN = "unknown"
"""Counted in place of a `state` or `licenseType` that is missing, null or not text."""


Kind: TypeAlias = tuple[str, str]
"""License type and state, both as the vendor spells them."""

MAX_TERM: Final = timedelta(days=36_500)
"""A century, beyond any license: a slip of the sender, which must not spoil a sum."""


class License(NamedTuple):
    """One row of `getOrganizationLicenses`, reduced to what the audit counts.

    A tuple because a run reads millions of them. *state* and *license_type* keep the vendor's text,
    also where this version does not know it, or are `UNKNOWN`. *id* is None when the row has none:
    such a license is counted, and cannot be recognised when it comes again. *head_license_id* names the
    one in front of it in a queue. *claimed_at* is told of a license in state `unused`, *term* (see `Queued`)
    of one in state `recentlyQueued`, neither of any other. The license key is left behind at the decoder.
    """

    id: str | None
    state: str
    license_type: str
    device_serial: str | None
    network_id: str | None
    seat_count: int | None
    activates_at: datetime | None
    expires_at: datetime | None
    head_license_id: str | None
    claimed_at: datetime | None = None
    term: timedelta | None = None


class Queued(NamedTuple):
    """What is needed of a license that waits behind another.

    *term* is how long it lasts, with what was merged into it for good: `totalDurationInDays`, else
    `durationInDays`, else from one date to the other. None where nothing of these can be read.
    """

    id: str | None
    serial: str | None
    head_license_id: str | None
    term: timedelta | None


def term_of(
    told_days: Iterable[object], begins_at: datetime | None, ends_at: datetime | None
) -> timedelta | None:
    """How long a license lasts: the first of *told_days* that makes sense, else between the dates."""
    for days in told_days:
        if type(days) is int and 0 <= days <= MAX_TERM.days:  # a bool is an int, and no count
            return timedelta(days)
    if begins_at is None or ends_at is None:
        return None
    return ends_at - begins_at if timedelta() <= ends_at - begins_at <= MAX_TERM else None


class Page(Protocol):
    """Licenses in the vendor's order, column by column: a run folds millions of them.

    All columns have one length. *notes* counts what was odd in the page.
    """

    @property
    def ids(self) -> Sequence[str | None]:
        """`id` of each license; None where there is none."""
        ...

    @property
    def license_types(self) -> Sequence[str]:
        """License type of each."""
        ...

    @property
    def states(self) -> Sequence[str]:
        """`state` of each."""
        ...

    @property
    def kind_counts(self) -> Mapping[Kind, int]:
        """How often each pair of license type and state occurs."""
        ...

    @property
    def serials(self) -> Sequence[str | None]:
        """`deviceSerial` of each; None where it is on no device."""
        ...

    @property
    def seat_counts(self) -> Sequence[int | None]:
        """`seatCount` of each; None for all but Systems Manager licenses."""
        ...

    @property
    def expirations(self) -> Sequence[datetime | None]:
        """`expirationDate` of each, aware, in UTC."""
        ...

    @property
    def merged_ids(self) -> Collection[str]:
        """Ids of licenses that were merged into others for good; they may be licenses of the list."""
        ...

    @property
    def notes(self) -> Mapping[NoteKind, int]:
        """What was odd, how often."""
        ...

    def claims_at(self, indices: Sequence[int]) -> Sequence[datetime | None]:
        """`claimDate` of the licenses at *indices*. To be asked once: what is odd in it is noted."""
        ...

    def activations_at(self, indices: Sequence[int]) -> Sequence[datetime | None]:
        """`activationDate` of the licenses at *indices*. To be asked once, and not beside `license_at`."""
        ...

    def queue_at(self, indices: Sequence[int]) -> Sequence[Queued]:
        """The licenses at *indices* as what waits in a queue."""
        ...

    def license_at(self, index: int) -> License:
        """The whole license at *index*, counted from 0. To be asked once: what is odd in it is noted."""
        ...
