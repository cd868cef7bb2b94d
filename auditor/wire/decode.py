"""Bodies into organizations and licenses, one column at a time.

Reading is tolerant: a value that is missing, null or of the wrong type becomes None or `UNKNOWN`, is
noted, and costs its own row nothing else. Only what leaves no row at all is an error.

A run decodes millions of licenses, so a page is turned by 90 degrees first. Each column is checked in
C as a whole, and looked at value by value only where that check finds something odd, which slows down
nothing but its own column. The parser makes dates of the ends of licenses; a page with an end that it does
not know, such as an empty text, is parsed once more and its ends read one by one. What only a few licenses
are asked for is read when they are asked for. The rows, and the license keys in them, are gone when the
page is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import compress, repeat
from operator import ne
from sys import intern
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import astuple

from auditor.domain.license import HEADS, MAX_TERM, License, LicenseState, Queue, Shelter, shelter_of, term_of
from auditor.domain.merging import Merger, Place, is_in_date
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.question import LICENSES_PER_PAGE
from auditor.wire.body import clean_text
from auditor.wire.columns import Column, instants_in, names_in, other_ids, own_ids, seat_counts
from auditor.wire.endpoints import ORGANIZATIONS_PER_PAGE
from auditor.wire.rows import Notes, id_of, instant_of, name_type, rows_as

_UNUSED: Final = LicenseState.UNUSED.value
_QUEUED: Final = LicenseState.RECENTLY_QUEUED.value
_MAX_DAYS: Final = MAX_TERM.days
_term_of = lru_cache(maxsize=4096)(timedelta)  # of days; there are few, and many licenses keep one


class _Merged(msgspec.Struct, gc=False):
    id: Any = None


E = TypeVar("E")


class _Row(msgspec.Struct, Generic[E], gc=False, rename="camel"):
    """What the audit reads of a row of `getOrganizationLicenses` (OpenAPI 1.73.0), of whatever type it is.

    Everything else in the row, the license key with it, is skipped by the parser and never becomes an
    object: half of the cost of a page. *E* is what every row has for its end.
    """

    id: Any = None
    state: Any = None
    license_type: Any = None
    device_serial: Any = None
    network_id: Any = None
    seat_count: Any = None
    activation_date: Any = None
    expiration_date: E | None = None
    head_license_id: Any = None
    claim_date: Any = None
    total_duration_in_days: Any = None
    duration_in_days: Any = None
    permanently_queued_licenses: tuple[_Merged, ...] | None = None


class _Ordered(msgspec.Struct, gc=False, rename="camel"):
    """What is read besides where single licenses are told."""

    order_number: Any = None


_read_orders = msgspec.json.Decoder(list[_Ordered]).decode
_read_dated_rows = msgspec.json.Decoder(list[_Row[datetime]]).decode
_read_any_rows = msgspec.json.Decoder(list[_Row[Any]]).decode


def _read_rows(body: bytes) -> list[_Row[Any]]:
    """Rows whose ends are dates already; where one of them is none that the parser knows, as they are."""
    try:
        return _read_dated_rows(body)
    except msgspec.ValidationError:
        return _read_any_rows(body)


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


class UnusableRow(NamedTuple):
    """A row of `getOrganizations` that no request can name; its *place* on the page counts from 0.

    *name* is what the organization is called, empty where the row does not say; *what* its `id` is instead.
    """

    place: int
    name: str
    what: str


class OrganizationPage(NamedTuple):
    """The organizations of one page in the vendor's order, and the rows that cannot be asked for.

    *rows* counts both.
    """

    organizations: tuple[Organization, ...]
    unusable: tuple[UnusableRow, ...] = ()
    rows: int = 0


_OTHER_PATH: Final = re.compile(r"[/\\?#\s]")
_read_organization_rows = msgspec.json.Decoder(list[_OrganizationRow]).decode


class LicensePage:
    """One page of licenses in the vendor's order, column by column: see `domain.license.Page`."""

    __slots__ = (
        "_orders",
        "_surpluses",
        "_told",
        "expirations",
        "ids",
        "license_types",
        "merged_ids",
        "mergers",
        "notes",
        "rows_by_state",
        "seat_counts",
        "serials",
        "states",
    )

    def __init__(self, rows: Sequence[_Row[Any]], orders: Column | None = None) -> None:
        self._told = told = _turned(rows)
        self._orders = orders
        notes: Notes = Counter()
        self.ids: Sequence[str | None] = own_ids(told["id"], notes)
        types, distinct_types = names_in(told["license_type"], notes, missing=NoteKind.MISSING_TYPE)
        states, distinct_states = names_in(told["state"], notes, missing=NoteKind.MISSING_STATE)
        one_of_each = {name: intern(name) for name in distinct_types}  # what is kept of a page is small
        self.license_types: Sequence[str] = list(map(one_of_each.__getitem__, types))
        self.states: Sequence[str] = states
        self.rows_by_state: Mapping[str, Sequence[int]] = _rows_by(states, distinct_states)
        self.serials: Sequence[str | None] = other_ids(told["device_serial"])
        self.seat_counts: Mapping[int, int] = seat_counts(told["seat_count"], notes)
        self.expirations: Sequence[datetime | None] = instants_in(told["expiration_date"], notes)
        self._surpluses = _surpluses(told["total_duration_in_days"], told["duration_in_days"])
        self.mergers: Mapping[int, Merger] = self._mergers()
        self.merged_ids = frozenset(_merged_ids(self._lists_of_what_is_held()))
        self.notes: Counter[NoteKind] = +notes  # the plus drops zeros

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<LicensePage of {len(self)}>"

    def _mergers(self) -> dict[int, Merger]:
        """Of licenses in use, all that is merged and is either not listed or not in the date."""
        told, states, unnoted = self._told, self.states, Counter[NoteKind]()
        begins, lists, found = told["activation_date"], told["permanently_queued_licenses"], {}
        for row, surplus in self._surpluses.items():
            if states[row] not in HEADS:
                continue
            begins_at, ends_at = instant_of(begins[row], unnoted), self.expirations[row]  # noted elsewhere
            own_term = _term_of(told["duration_in_days"][row])
            holds_it = is_in_date(begins_at, ends_at, own_term=own_term, merged_term=surplus)
            ids = tuple(_merged_ids([lists[row]]))
            place = None if holds_it and ids else self._place_of(row)
            if place is not None:
                found[row] = Merger(place, self.license_types[row], ends_at, surplus, ids, holds_it)
        return found

    def _place_of(self, row: int) -> Place | None:
        """What the license in *row* is on, as far as others can be found there."""
        if self.serials[row] is not None:
            return Place(self.serials[row], None)
        is_on_network = id_of(self._told["network_id"][row]) is not None and self.ids[row] is not None
        return Place(None, self.ids[row]) if is_on_network else None

    def _lists_of_what_is_held(self) -> Column:
        """What is listed as merged, but for that which is not in the date of the license that lists it."""
        column = self._told["permanently_queued_licenses"]
        outside = {row for row, one in self.mergers.items() if not one.is_in_date}
        return [one for row, one in enumerate(column) if row not in outside] if outside else column

    def claims_at(self, rows: Sequence[int]) -> Sequence[datetime | None]:
        """When the licenses in *rows* were claimed. These dates are read, and noted, here."""
        return instants_in(_at(rows, self._told["claim_date"]), self.notes)

    def activations_at(self, rows: Sequence[int]) -> Sequence[datetime | None]:
        """When the licenses in *rows* began. These dates are read, and noted, here."""
        return instants_in(_at(rows, self._told["activation_date"]), self.notes)

    def queue_at(self, rows: Sequence[int]) -> Queue:
        """The licenses in *rows* as what waits in a queue."""
        heads = other_ids(_at(rows, self._told["head_license_id"]))
        merged, surpluses = self._told["permanently_queued_licenses"], self._surpluses
        not_listed = {
            position: surpluses[row]
            for position, row in enumerate(rows)
            if row in surpluses and not any(_merged_ids([merged[row]]))
        }
        serials = _at(rows, self.serials)
        return Queue(
            _at(rows, self.ids),
            serials,
            list(heads),
            self._terms_at(rows),
            not_listed,
            {} if None not in serials else self._shelters_at(rows),
        )

    def _shelters_at(self, rows: Sequence[int]) -> dict[int, Shelter]:
        """By position in *rows*, where those are that are on a network and on no device: few."""
        found = {}
        for position, row in enumerate(rows):
            if self.serials[row] is None:
                network_id = id_of(self._told["network_id"][row])
                shelter = shelter_of(network_id, self.license_types[row], self.seat_counts.get(row))
                if shelter is not None:
                    found[position] = shelter
        return found

    def _terms_at(self, rows: Sequence[int]) -> list[timedelta | None]:
        told = self._told["total_duration_in_days"]
        return [
            _term_of(days)
            if type(days := told[row]) is int and 0 <= days <= _MAX_DAYS
            else self._term_at(row)
            for row in rows
        ]

    def _term_at(self, row: int) -> timedelta | None:
        told = self._told
        days = told["total_duration_in_days"][row], told["duration_in_days"][row]
        begins_at = instant_of(told["activation_date"][row], Counter())  # noted by who asks for the date
        return term_of(days, begins_at, self.expirations[row])

    def license_at(self, row: int) -> License:
        """The whole license in *row*. Its other dates are read, and noted, here."""
        return self._license(row, self.notes)

    def details_at(self, rows: Sequence[int]) -> Sequence[tuple[License, str | None]]:
        """The whole licenses in *rows*, each with its order number. Nothing is noted here."""
        unnoted = Counter[NoteKind]()
        return [(self._license(row, unnoted), self._order_number(row)) for row in rows]

    def _order_number(self, row: int) -> str | None:
        number = None if self._orders is None else id_of(self._orders[row])
        return None if number is None else intern(number)  # one order is of many licenses

    def _license(self, row: int, notes: Notes) -> License:
        told, state = self._told, intern(self.states[row])
        return License(
            self.ids[row],
            state,
            self.license_types[row],
            self.serials[row],
            id_of(told["network_id"][row]),
            self.seat_counts.get(row),
            instant_of(told["activation_date"][row], notes),
            self.expirations[row],
            id_of(told["head_license_id"][row]),
            instant_of(told["claim_date"][row], notes) if state == _UNUSED else None,
            self._term_at(row) if state == _QUEUED else None,
        )


def _turned(rows: Sequence[_Row[Any]]) -> Mapping[str, Column]:
    """What *rows* have in each of their fields."""
    columns = zip(*map(astuple, rows), strict=True) if rows else repeat(())
    return dict(zip(_Row.__struct_fields__, columns, strict=False))


def _at(rows: Sequence[int], column: Column) -> list[Any]:
    return [column[row] for row in rows]


def _rows_by(states: Sequence[str], distinct: Iterable[str]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {intern(state): [] for state in sorted(distinct)}
    add = {state: rows.append for state, rows in found.items()}
    for row, state in enumerate(states):
        add[state](row)
    return found


def decode_organizations(body: bytes) -> OrganizationPage:
    """One page of `getOrganizations`; a row without a usable `id` costs the others nothing.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    rows = rows_as(_read_organization_rows, _OrganizationRow, body, asked=ORGANIZATIONS_PER_PAGE)
    organizations: list[Organization] = []
    unusable: list[UnusableRow] = []
    for place, row in enumerate(rows):
        organization = _decode_organization(row)
        if organization is None:
            name = clean_text(row.name) if isinstance(row.name, str) else ""
            unusable.append(UnusableRow(place, name, _what_is_wrong_with(row.id)))
        else:
            organizations.append(organization)
    return OrganizationPage(tuple(organizations), tuple(unusable), len(rows))


def _what_is_wrong_with(organization_id: object) -> str:
    if not isinstance(organization_id, str):
        return name_type(organization_id)
    return "a text that no request can name" if organization_id else "an empty text"


def _decode_organization(row: _OrganizationRow) -> Organization | None:
    # A float is what is left of a number too long for the reader: it would ask for another organization.
    organization_id = None if isinstance(row.id, float) else id_of(row.id)
    if organization_id is None or not _can_be_asked_for(organization_id):
        return None
    enabled, model = _field(row.api, "enabled"), _field(row.licensing, "model")
    return Organization(
        id=OrganizationId(organization_id),
        name=row.name if isinstance(row.name, str) else "",
        licensing_model=intern(model) if isinstance(model, str) and model else None,
        api_enabled=enabled if isinstance(enabled, bool) else None,
    )


def _can_be_asked_for(organization_id: str) -> bool:
    """False where the id would name another path, or none: `..`, `1/2`, a text with control characters."""
    is_segment = organization_id not in {".", ".."} and not _OTHER_PATH.search(organization_id)
    return is_segment and organization_id.isprintable()


def _field(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else getattr(value, key, None)


def decode_licenses(body: bytes, *, with_orders: bool = False) -> LicensePage:
    """One page of `getOrganizationLicenses`; order numbers are read only *with_orders*.

    A `state` that this version does not know is kept and not noted here: the reducer counts it under
    its own name.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    rows = rows_as(_read_rows, _Row, body, asked=LICENSES_PER_PAGE)
    if not with_orders:
        return LicensePage(rows)
    orders = rows_as(_read_orders, _Ordered, body, asked=LICENSES_PER_PAGE)
    return LicensePage(rows, [one.order_number for one in orders])


def _merged_ids(column: Column) -> Iterator[str]:
    """Ids of what was merged for good into any license; few licenses have something to tell of it."""
    for merged in filter(None, column):
        for one in merged if isinstance(merged, list | tuple) else ():
            if (merged_id := id_of(_field(one, "id"))) is not None:
                yield merged_id


def _surpluses(totals: Column, owns: Column) -> Mapping[int, timedelta]:
    """By row, how much longer a license lasts with what was merged into it than by itself: few do."""
    return {
        row: _term_of(totals[row] - owns[row])
        for row in compress(range(len(totals)), map(ne, totals, owns))
        if type(totals[row]) is int and type(owns[row]) is int and 0 <= owns[row] < totals[row] <= _MAX_DAYS
    }
