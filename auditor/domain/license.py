"""One license of an organization under per-device licensing, and its states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, Self

from auditor.domain.merging import Merger
from auditor.domain.note import NoteKind


class LicenseState(StrEnum):
    """`state` of a license (`getOrganizationLicenses`, OpenAPI 1.73.0), in the order of reports."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    RECENTLY_QUEUED = "recentlyQueued"
    UNUSED = "unused"
    UNUSED_ACTIVE = "unusedActive"


HEADS: Final = frozenset({LicenseState.ACTIVE.value, LicenseState.EXPIRING.value, LicenseState.EXPIRED.value})
"""States of licenses that cover what they are on, and may have others queued behind them.

A state that this version does not know is none of them: it may say that the license covers nothing any more.
"""

UNKNOWN = "unknown"
"""Counted in place of a `state` or `licenseType` that is missing, null or not text."""


MAX_TERM: Final = timedelta(days=36_500)
"""A century, beyond any license: a slip of the sender, which must not spoil a sum."""


class Shelter(NamedTuple):
    """What licenses of one network that are on no device share: those of one shelter cover each other.

    All licenses of Systems Manager do, by *kind* `seats`; of others only those of the same type.
    """

    network_id: str
    kind: str


SEATED: Final = frozenset({"SM", "SME"})
"""Types of licenses of Systems Manager, whether or not they state their seats."""


def shelter_of(network_id: str | None, license_type: str, seat_count: int | None) -> Shelter | None:
    """The shelter of a license that is on no device; None where it is on no network either."""
    if network_id is None:
        return None
    has_seats = seat_count is not None or license_type in SEATED
    return Shelter(network_id, "seats" if has_seats else license_type)


class License(NamedTuple):
    """One row of `getOrganizationLicenses`, reduced to what the audit counts.

    A run makes few of them: it looks at columns, see `Page`. *state* and *license_type* keep the vendor's
    text, also where this version does not know it, or are `UNKNOWN`. *id* is None when the row has none:
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

    @property
    def shelter(self) -> Shelter | None:
        """Where it covers a network together with others; None for one that is on a device or on nothing."""
        if self.device_serial is not None:
            return None
        return shelter_of(self.network_id, self.license_type, self.seat_count)


class Queued(NamedTuple):
    """What is needed of a license that waits behind another.

    *term* is how long it lasts, with what was merged into it for good: `totalDurationInDays`, else
    `durationInDays`, else from one date to the other. None where nothing of these can be read.
    """

    id: str | None
    serial: str | None
    head_license_id: str | None
    term: timedelta | None


@dataclass(slots=True, eq=False)
class Queue:
    """Licenses that wait behind others, column by column: what `Queued` says of each.

    *surpluses* has, by position, what of the term was merged into licenses that do not list it, *shelters*
    where those wait that are on a network and on no device.
    """

    ids: list[str | None] = field(default_factory=list)
    serials: list[str | None] = field(default_factory=list)
    head_license_ids: list[str | None] = field(default_factory=list)
    terms: list[timedelta | None] = field(default_factory=list)
    surpluses: dict[int, timedelta] = field(default_factory=dict)
    shelters: dict[int, Shelter] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Queued]:
        return map(self.at, range(len(self.ids)))

    def at(self, position: int) -> Queued:
        """The license at *position*, counted from 0."""
        return Queued(
            self.ids[position],
            self.serials[position],
            self.head_license_ids[position],
            self.terms[position],
        )

    def extend(self, other: Self) -> None:
        """Add those of *other*."""
        before = len(self.ids)
        self.surpluses.update({before + position: one for position, one in other.surpluses.items()})
        self.shelters.update({before + position: one for position, one in other.shelters.items()})
        self.ids += other.ids
        self.serials += other.serials
        self.head_license_ids += other.head_license_ids
        self.terms += other.terms


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

    All sequences have one length; a row is a place in them, counted from 0. What only a few licenses are
    asked for is read when it is asked for, and what is odd in it is noted then: nothing is to be asked of
    a row twice, be it in a column or in a whole license. Only `queue_at` and `details_at` note nothing.
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
    def rows_by_state(self) -> Mapping[str, Sequence[int]]:
        """In which rows the licenses of each state are, in ascending order."""
        ...

    @property
    def serials(self) -> Sequence[str | None]:
        """`deviceSerial` of each; None where it is on no device."""
        ...

    @property
    def seat_counts(self) -> Mapping[int, int]:
        """`seatCount` by row, of those that have one: Systems Manager licenses."""
        ...

    @property
    def expirations(self) -> Sequence[datetime | None]:
        """`expirationDate` of each, aware, in UTC."""
        ...

    @property
    def merged_ids(self) -> Collection[str]:
        """Ids of licenses that were merged for good into others, which hold their terms.

        They may be licenses of the list.
        """
        ...

    @property
    def mergers(self) -> Mapping[int, Merger]:
        """By row, what was merged into licenses in use, where that takes a closer look."""
        ...

    @property
    def notes(self) -> Mapping[NoteKind, int]:
        """What was odd, how often."""
        ...

    def claims_at(self, rows: Sequence[int]) -> Sequence[datetime | None]:
        """`claimDate` of the licenses in *rows*."""
        ...

    def activations_at(self, rows: Sequence[int]) -> Sequence[datetime | None]:
        """`activationDate` of the licenses in *rows*."""
        ...

    def queue_at(self, rows: Sequence[int]) -> Queue:
        """The licenses in *rows* as what waits in a queue."""
        ...

    def license_at(self, row: int) -> License:
        """The whole license in *row*."""
        ...

    def details_at(self, rows: Sequence[int]) -> Sequence[tuple[License, str | None]]:
        """The whole licenses in *rows*, each with its `orderNumber`, where that was read."""
        ...
