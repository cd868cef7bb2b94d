"""Bodies into organizations and licenses, one column at a time.

Reading is tolerant: a value that is missing, null or of the wrong type becomes None or `UNKNOWN`, is
noted, and costs its own row nothing else. Only what leaves no row at all is an error.

A run decodes millions of licenses, so a page is turned by 90 degrees first. Each column is checked in
C as a whole, and looked at value by value only where that check finds something odd: a clean page of
1000 costs less than half of its JSON, and an odd value slows down nothing but its own column. What only
a few licenses are asked for is read when they are asked for. The rows, and the license keys in them, are
gone when the page is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from sys import intern
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import orjson

from auditor.domain.license import MAX_TERM, UNKNOWN, Kind, License, LicenseState, Queued, term_of
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.errors import BadResponseError
from auditor.wire.body import describe_body, is_list, parse_json
from auditor.wire.dates import parse_instant

Row: TypeAlias = dict[str, Any]
Column: TypeAlias = Sequence[Any]
Notes: TypeAlias = Counter[NoteKind]

MAX_SEATS: Final = 10**9
"""More people than there are to manage devices of: a slip of the sender, which must not spoil a sum."""

_NONE: Final = type(None)
_UNUSED: Final = LicenseState.UNUSED.value
_QUEUED: Final = LicenseState.RECENTLY_QUEUED.value
_MAX_DAYS: Final = MAX_TERM.days
_zone_of = attrgetter("tzinfo")


class _Merged(msgspec.Struct, gc=False):
    id: Any = None


class _Row(msgspec.Struct, gc=False, rename="camel"):
    """What the audit reads of a row of `getOrganizationLicenses` (OpenAPI 1.73.0), of whatever type it is.

    Everything else in the row, the license key with it, is skipped by the parser and never becomes an
    object: half of the cost of a page.
    """

    id: Any = None
    state: Any = None
    license_type: Any = None
    device_serial: Any = None
    network_id: Any = None
    seat_count: Any = None
    activation_date: Any = None
    expiration_date: Any = None
    head_license_id: Any = None
    claim_date: Any = None
    total_duration_in_days: Any = None
    duration_in_days: Any = None
    permanently_queued_licenses: tuple[_Merged, ...] | None = None


_read_rows = msgspec.json.Decoder(list[_Row]).decode


class _Api(msgspec.Struct, gc=False):
    enabled: Any = None


class _Licensing(msgspec.Struct, gc=False):
    model: Any = None


class _OrganizationRow(msgspec.Struct, gc=False):
    """The same of a row of `getOrganizations`, of which a page may hold 9,000."""

    id: Any = None
    name: Any = None
    api: _Api | None = None
    licensing: _Licensing | None = None


_read_organization_rows = msgspec.json.Decoder(list[_OrganizationRow]).decode

R = TypeVar("R", bound=msgspec.Struct)


class LicensePage:
    """One page of licenses in the vendor's order, column by column: see `domain.license.Page`."""

    __slots__ = (
        "_rows",
        "expirations",
        "ids",
        "kind_counts",
        "license_types",
        "merged_ids",
        "notes",
        "seat_counts",
        "serials",
        "states",
    )

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows
        notes: Notes = Counter()
        self.ids: Sequence[str | None] = _own_ids(_column("id", rows), notes)
        self.license_types = _names(_column("license_type", rows), notes, NoteKind.MISSING_TYPE)
        self.states = _names(_column("state", rows), notes, NoteKind.MISSING_STATE)
        self.kind_counts: Mapping[Kind, int] = Counter(zip(self.license_types, self.states, strict=True))
        self.serials: Sequence[str | None] = _other_ids(_column("device_serial", rows))
        self.seat_counts: Sequence[int | None] = _seat_counts(_column("seat_count", rows), notes)
        self.expirations: Sequence[datetime | None] = _instants(_column("expiration_date", rows), notes)
        self.merged_ids = frozenset(_merged_ids(_column("permanently_queued_licenses", rows)))
        self.notes: Counter[NoteKind] = +notes  # the plus drops zeros

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<LicensePage of {len(self)}>"

    def claims_at(self, indices: Sequence[int]) -> Sequence[datetime | None]:
        """When the licenses in rows *indices* were claimed. These dates are read, and noted, here."""
        rows = self._rows
        return _instants([rows[index].claim_date for index in indices], self.notes)

    def activations_at(self, indices: Sequence[int]) -> Sequence[datetime | None]:
        """When the licenses in rows *indices* began. These dates are read, and noted, here."""
        rows = self._rows
        return _instants([rows[index].activation_date for index in indices], self.notes)

    def queue_at(self, indices: Sequence[int]) -> Sequence[Queued]:
        """The licenses in rows *indices* as what waits in a queue."""
        return list(map(self._queued_at, indices))

    def _queued_at(self, index: int) -> Queued:
        row = self._rows[index]
        head = row.head_license_id
        return Queued(
            self.ids[index],
            self.serials[index],
            head if head is None or (type(head) is str and head) else _id(head),
            self._term_at(index),
        )

    def _term_at(self, index: int) -> timedelta | None:
        row = self._rows[index]
        days = row.total_duration_in_days
        if type(days) is int and 0 <= days <= _MAX_DAYS:
            return timedelta(days)
        begins_at = _instant(row.activation_date, Counter())  # noted where a date is what was asked for
        return term_of((days, row.duration_in_days), begins_at, self.expirations[index])

    def license_at(self, index: int) -> License:
        """The whole license in row *index*, counted from 0. Its other dates are read, and noted, here."""
        row, state = self._rows[index], self.states[index]
        network, head, activated = row.network_id, row.head_license_id, row.activation_date
        return License(
            self.ids[index],
            state,
            self.license_types[index],
            self.serials[index],
            network if network is None or (type(network) is str and network) else _id(network),
            self.seat_counts[index],
            activated if activated is None else _instant(activated, self.notes),
            self.expirations[index],
            head if head is None else _id(head),
            _instant(row.claim_date, self.notes) if state == _UNUSED else None,
            self._term_at(index) if state == _QUEUED else None,
        )


def decode_rows(body: bytes) -> list[object]:
    """The values of a JSON list.

    Raises:
        BadResponseError: *body* is no JSON list; the message says what it is instead.
    """
    if not is_list(body):
        raise BadResponseError(f"expected a JSON list, got {describe_body(body)}")
    rows = parse_json(body)
    assert isinstance(rows, list)  # noqa: S101  # JSON that opens with a bracket is a list
    return rows


def _as_objects(rows: list[Any]) -> list[Row]:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadResponseError(f"row {number} of {len(rows)} is {_name_type(row)}, not an object")
    return rows


def _name_type(value: object) -> str:
    names = {str: "text", bool: "a truth value", list: "a list", _NONE: "null"}
    return names.get(type(value), "a number")


def decode_organizations(body: bytes) -> tuple[Organization, ...]:
    """One page of `getOrganizations`, in the vendor's order.

    Raises:
        BadResponseError: *body* is no list of objects, or one of them has no usable `id`: an
            organization that cannot be asked for must not vanish quietly.
    """
    rows = _rows_as(_read_organization_rows, _OrganizationRow, body)
    return tuple(_decode_organization(row, number) for number, row in enumerate(rows, 1))


def _decode_organization(row: _OrganizationRow, number: int) -> Organization:
    # A float is what is left of a number too long for the reader: it would ask for another organization.
    organization_id = None if isinstance(row.id, float) else _id(row.id)
    if organization_id is None:
        raise BadResponseError(f"organization {number} of the list has no usable id")
    enabled, model = _inner(row.api, "enabled"), _inner(row.licensing, "model")
    return Organization(
        id=OrganizationId(organization_id),
        name=row.name if isinstance(row.name, str) else "",
        licensing_model=intern(model) if isinstance(model, str) and model else None,
        api_enabled=enabled if isinstance(enabled, bool) else None,
    )


def _inner(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else getattr(value, key, None)


def decode_licenses(body: bytes) -> LicensePage:
    """One page of `getOrganizationLicenses`.

    A `state` that this version does not know is kept and not noted here: the reducer counts it under
    its own name.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    return LicensePage(_rows_as(_read_rows, _Row, body))


def _rows_as(read: Callable[[bytes], list[R]], row_type: type[R], body: bytes) -> list[R]:
    """The rows of *body*, of each only what *row_type* has a place for."""
    if is_list(body):
        try:
            return read(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass  # the reader of whole values mends what can be mended, and has the words for the rest
    keys = row_type.__struct_encode_fields__
    return [row_type(*map(row.get, keys)) for row in _as_objects(decode_rows(body))]


def _column(name: str, rows: Sequence[_Row]) -> Column:
    return list(map(attrgetter(name), rows))


def _names(column: Column, notes: Notes, missing: NoteKind) -> Sequence[str]:
    """Types or states, of which few are distinct: one text stands for all that are equal."""
    try:
        distinct = set(column)
    except TypeError:  # a value that cannot even be counted
        distinct = {None}
    if not (_is_text(list(distinct)) and all(distinct)):
        column = [_named(value, notes, missing) for value in column]
        distinct = set(column)
    one_of_each = {name: intern(name) for name in distinct}
    return list(map(one_of_each.__getitem__, column))


def _named(value: object, notes: Notes, missing: NoteKind) -> str:
    if isinstance(value, str) and value:
        return value
    notes[missing] += 1
    return UNKNOWN


def _is_text(column: Column) -> bool:
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def _own_ids(column: Column, notes: Notes) -> Column:
    if _is_text(column) and all(column):
        return column
    ids = list(map(_id, column))
    notes[NoteKind.MISSING_ID] += ids.count(None)
    return ids


def _other_ids(column: Column) -> Column:
    present = _present(column)
    return column if present is not None and _is_text(present) else list(map(_id, column))


def _merged_ids(column: Column) -> Iterator[str]:
    """Ids of what was merged for good into any license; few licenses have something to tell of it."""
    for merged in filter(None, column):
        for one in merged if isinstance(merged, list | tuple) else ():
            if (merged_id := _id(_inner(one, "id"))) is not None:
                yield merged_id


def _present(column: Column) -> Column | None:
    """The values that are not None; None where one of them is empty or zero, and so is odd."""
    present = list(filter(None, column))
    return present if len(present) + column.count(None) == len(column) else None


def _id(value: object) -> str | None:
    """An id is text; numbers were met in the wild, of 27 digits, and stand for their own text."""
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        return orjson.dumps(value).decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _seat_counts(column: Column, notes: Notes) -> Column:
    if column.count(None) == len(column):  # most pages hold no Systems Manager license
        return column
    present = [value for value in column if value is not None]
    if set(map(type, present)) == {int} and min(present) >= 0 and max(present) <= MAX_SEATS:
        return column
    counts = [value if _is_seat_count(value) else None for value in column]
    notes[NoteKind.UNREADABLE_SEAT_COUNT] += counts.count(None) - column.count(None)
    return counts


def _is_seat_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SEATS  # a bool is an int, and no count


def _instants(column: Column, notes: Notes) -> Column:
    present = _present(column)
    instants = None if present is None else _read_all(present)
    if instants is None:
        return _odd_instants(column, notes)
    if len(instants) == len(column):
        return instants
    following = iter(instants)
    return [text and next(following) for text in column]


def _read_all(texts: Column) -> list[datetime] | None:
    """*texts* as instants in UTC; None when one of them takes a closer look."""
    try:
        instants = list(map(datetime.fromisoformat, texts))
    except (TypeError, ValueError):  # not text, or no date in this form
        return None
    return instants if set(map(_zone_of, instants)) <= {UTC} else None


def _instant(value: Any, notes: Notes) -> datetime | None:
    try:
        return parse_instant(value)
    except (TypeError, ValueError):  # of another type, or no date
        notes[NoteKind.UNREADABLE_DATE] += 1
        return None


def _odd_instants(column: Column, notes: Notes) -> Column:
    return [_instant(value, notes) for value in column]
