"""Bodies into organizations and licenses, one column at a time.

Reading is tolerant: a value that is missing, null or of the wrong type becomes None or `UNKNOWN`, is
noted, and costs its own row nothing else. Only what leaves no row at all is an error.

A run decodes millions of licenses, so a page is turned by 90 degrees first. Each column is checked in
C as a whole, and looked at value by value only where that check finds something odd: a clean page of
1000 costs less than its JSON does, and an odd value slows down nothing but its own column. Neither
the rows nor the license keys in them outlive the call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final, TypeAlias

from auditor.domain.license import UNKNOWN, License
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.errors import BadResponseError
from auditor.wire.body import describe_body, is_list, parse_json
from auditor.wire.dates import parse_instant

Row: TypeAlias = dict[str, Any]
Column: TypeAlias = Sequence[Any]
Notes: TypeAlias = Counter[NoteKind]

_KEYS: Final = (
    "id",
    "state",
    "licenseType",
    "deviceSerial",
    "networkId",
    "seatCount",
    "activationDate",
    "expirationDate",
    "headLicenseId",
)
"""Where each field of `License` comes from, in their order; `getOrganizationLicenses`, OpenAPI 1.73.0."""

_NONE: Final = type(None)
_INTEGER_OR_NONE: Final = frozenset({int, _NONE})
_last_character_of = itemgetter(-1)


@dataclass(frozen=True, slots=True)
class LicensePage:
    """The licenses of one page in the vendor's order, and how often something in them was odd."""

    licenses: list[License]
    notes: Mapping[NoteKind, int] = field(default_factory=dict)


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
    return tuple(_decode_organization(row, n) for n, row in enumerate(_as_objects(decode_rows(body)), 1))


def _decode_organization(row: Row, number: int) -> Organization:
    organization_id = _id(row.get("id"))
    if organization_id is None:
        raise BadResponseError(f"organization {number} of the list has no usable id")
    name, enabled = row.get("name"), _inner(row, "api", "enabled")
    model = _inner(row, "licensing", "model")
    return Organization(
        id=OrganizationId(organization_id),
        name=name if isinstance(name, str) else "",
        licensing_model=model if isinstance(model, str) and model else None,
        api_enabled=enabled if isinstance(enabled, bool) else None,
    )


def _inner(row: Row, outer: str, inner: str) -> object:
    value = row.get(outer)
    return value.get(inner) if isinstance(value, dict) else None


def decode_licenses(body: bytes) -> LicensePage:
    """One page of `getOrganizationLicenses`.

    A `state` that this version does not know is kept and not noted here: the reducer counts it under
    its own name.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    ids, states, types, serials, networks, seats, activated, expires, heads = _columns(decode_rows(body))
    notes: Notes = Counter()
    columns = (
        _own_ids(ids, body, notes),
        _texts(states, notes, NoteKind.MISSING_STATE),
        _texts(types, notes, NoteKind.MISSING_TYPE),
        _ids(serials, body, "deviceSerial"),
        _ids(networks, body, "networkId"),
        _seat_counts(seats, notes),
        _instants(activated, notes),
        _instants(expires, notes),
        _ids(heads, body, "headLicenseId"),
    )
    # `License(*values)` would run Python code for each row; this runs none and builds the same.
    licenses = list(map(tuple.__new__, repeat(License), zip(*columns, strict=True)))
    return LicensePage(licenses, +notes)  # the plus drops zeros


def _columns(rows: list[Any]) -> list[Column]:
    """One column for each of `_KEYS`; None where a row has no such key."""
    try:
        # A dict finds the very object it holds as key twice as fast as an equal one, and orjson gives
        # all rows the same key objects: so ask with those of the first row.
        own = {key: key for key in rows[0]}
        fields_of = itemgetter(*[own[key] for key in _KEYS])
        fields = list(chain.from_iterable(map(fields_of, rows)))
    except (KeyError, TypeError, IndexError):  # a row without one of the keys, no object, no row at all
        objects = _as_objects(rows)
        return [[row.get(key) for row in objects] for key in _KEYS]
    return [fields[index :: len(_KEYS)] for index in range(len(_KEYS))]


def _is_text(column: Column) -> bool:
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def _texts(column: Column, notes: Notes, missing: NoteKind) -> Column:
    if _is_text(column) and all(column):
        return column
    texts = [value if isinstance(value, str) and value else UNKNOWN for value in column]
    notes[missing] += sum(text is UNKNOWN for text in texts)
    return texts


def _own_ids(column: Column, body: bytes, notes: Notes) -> Column:
    if _is_text(column) and all(column):
        return column
    ids = _ids(column, body, "id")
    notes[NoteKind.MISSING_ID] += ids.count(None)
    return ids


def _present(column: Column) -> Column | None:
    """The values that are not None; None where one of them is empty or zero, and so is odd."""
    present = list(filter(None, column))
    return present if len(present) + column.count(None) == len(column) else None


def _ids(column: Column, body: bytes, key: str) -> Column:
    present = _present(column)
    if present is not None and _is_text(present):
        return column
    if float in map(type, column):
        return _exact_ids(body, key)
    return list(map(_id, column))


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _exact_ids(body: bytes, key: str) -> Column:
    """Ids from a page where one is a number beyond 64 bits, which orjson would round.

    A `headLicenseId` of 27 digits was met in the wild. Rounded, it would name another license.
    """
    try:
        rows = json.loads(body, parse_int=str, parse_float=str)
    except RecursionError:
        raise BadResponseError("JSON that cannot be read (nested too deeply)") from None
    return [_id(row.get(key)) for row in rows]


def _seat_counts(column: Column, notes: Notes) -> Column:
    if set(map(type, column)) <= _INTEGER_OR_NONE:
        return column
    counts = [value if type(value) is int else None for value in column]  # a bool is an int, and no count
    notes[NoteKind.UNREADABLE_SEAT_COUNT] += counts.count(None) - column.count(None)
    return counts


def _instants(column: Column, notes: Notes) -> Column:
    present, read = _present(column), datetime.fromisoformat
    try:
        if present is not None and set(map(_last_character_of, present)) <= {"Z"}:
            return [text and read(text) for text in column]
    except (TypeError, KeyError, ValueError):  # not text, or no date
        pass
    return _odd_instants(column, notes)


def _odd_instants(column: Column, notes: Notes) -> Column:
    instants: list[datetime | None] = []
    for value in column:
        try:
            instants.append(parse_instant(value))
        except (TypeError, ValueError):  # of another type, or no date
            notes[NoteKind.UNREADABLE_DATE] += 1
            instants.append(None)
    return instants
