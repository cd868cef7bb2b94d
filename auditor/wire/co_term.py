"""Overview and keys of an organization under co-termination (OpenAPI 1.73.0).

What is no such overview is an error, never a row of zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from auditor.domain.co_term import CoTermKey, CoTermOverview, counts_seats
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.overview import Overview
from auditor.errors import BadResponseError
from auditor.wire.body import clean_text, parse_json
from auditor.wire.endpoints import ROWS_PER_PAGE
from auditor.wire.overview import decode_overview
from auditor.wire.rows import (
    Notes,
    count_of,
    entries,
    id_of,
    instant_of,
    name_type,
    named,
    reader_of,
    truth_of,
)

Table = Mapping[str, Any]

_KEYS_NAMED = 5  # of an object of another shape, in a message


@dataclass(frozen=True, slots=True)
class Overviews:
    """The parts of one overview: each is None where the body has no such part, and one at least is there.

    The vendor's own example holds both parts in one body (OpenAPI 1.73.0). Which of them counts is for the
    licensing model of the organization to say.
    """

    per_device: Overview | None
    co_term: CoTermOverview | None

    def under(self, model: str | None) -> tuple[Overview | CoTermOverview, ...]:
        """The parts that are there, the one that an organization of *model* is read by first.

        Of any other model it is the part that has licenses. Where both have, or neither has, the licenses
        that are counted by state come first.
        """
        is_co_term = model == LicensingModel.CO_TERM
        if model not in {LicensingModel.CO_TERM, LicensingModel.PER_DEVICE}:
            per_device, co_term = self.per_device, self.co_term
            has_states = per_device is not None and per_device.total > 0
            is_co_term = not has_states and co_term is not None and bool(co_term.licensed)
        parts = (self.co_term, self.per_device) if is_co_term else (self.per_device, self.co_term)
        return tuple(part for part in parts if part is not None)


def decode_overviews(body: bytes) -> Overviews:
    """Both parts of the body of `getOrganizationLicensesOverview`, of which at least one is there.

    A co-termination overview has at least one readable count of licensed devices, or a status beside one of
    its other fields.

    Raises:
        BadResponseError: *body* has neither shape.
    """
    overview = _per_device(body)
    try:
        table = parse_json(body)
    except BadResponseError:
        if overview is None:
            raise
        table = None
    co_term = _co_term(table) if isinstance(table, dict) else None
    if overview is None and co_term is None:
        raise BadResponseError(
            f"expected counts of licenses by state, or of licensed devices, got {_name_shape(table)}"
        )
    return Overviews(overview, co_term)


def decode_any_overview(body: bytes, *, stated: str | None = None) -> Overview | CoTermOverview:
    """The part of the overview in *body* that an organization of the *stated* model is read by.

    Raises:
        BadResponseError: *body* has neither shape.
    """
    return decode_overviews(body).under(stated)[0]


def _per_device(body: bytes) -> Overview | None:
    try:
        return decode_overview(body)
    except BadResponseError:
        return None


def _co_term(table: Table) -> CoTermOverview | None:
    notes: Notes = Counter()
    counts = _counts(table.get("licensedDeviceCounts"), notes)
    licensed = {name: count for name, count in (counts or {}).items() if count is not None}
    unread = None if counts is None else counts.keys() - licensed.keys()
    status = table.get("status")
    has_status = isinstance(status, str) and bool(status.strip())
    if not licensed and not (has_status and ("expirationDate" in table or "licensedDeviceCounts" in table)):
        return None
    notes[NoteKind.MISSING_STATE] += not has_status
    expires_at = _expiration(table.get("expirationDate"), notes)
    overview = CoTermOverview(
        status if has_status else None,
        expires_at,
        licensed,
        knows_devices=unread is not None and all(map(counts_seats, unread)),
        knows_seats=unread is not None and not any(map(counts_seats, unread)),
    )
    notes[NoteKind.UNKNOWN_STATUS] += has_status and not overview.is_status_known
    return replace(overview, notes=+notes)


def _counts(value: object, notes: Notes) -> dict[str, int | None] | None:
    """By name, None for what is no count; None where there is no table of them."""
    if not isinstance(value, dict):
        notes[NoteKind.MISSING_COUNT] += 1
        return None
    return {name: count_of(count, notes) for name, count in value.items()}


def _expiration(value: object, notes: Notes) -> datetime | None:
    """The first moment of the day: `Feb 8, 2020 UTC` names no other."""
    at = instant_of(value, notes)
    return at and at.replace(hour=0, minute=0, second=0, microsecond=0)


def _name_shape(value: object) -> str:
    if not isinstance(value, dict):
        return name_type(value)
    keys = clean_text(", ".join(list(value)[:_KEYS_NAMED]))
    return f"an object of {keys}" if keys else "an empty object"


class _Row(msgspec.Struct, gc=False, rename="camel"):
    key: Any = None
    mode: Any = None
    invalidated: Any = None
    expired: Any = None
    editions: Any = None
    counts: Any = None


_read_rows = reader_of(_Row, asked=ROWS_PER_PAGE)


@dataclass(frozen=True, slots=True)
class KeysPage:
    """One page of keys, and what was odd about it."""

    keys: tuple[CoTermKey, ...]
    notes: Mapping[NoteKind, int]


def decode_co_term_keys(body: bytes) -> KeysPage:
    """One page of `getOrganizationLicensingCotermLicenses`.

    A key is live only where the vendor says that it is neither invalidated nor expired; where it does not
    say, that is noted as a missing state. A mode, edition or model without a name is a missing type.

    Raises:
        BadResponseError: *body* is no list of objects.
    """
    notes: Notes = Counter()
    keys = tuple(_key(row, notes) for row in _read_rows(body))
    return KeysPage(keys, notes=+notes)


def _key(row: _Row, notes: Notes) -> CoTermKey:
    key = id_of(row.key)
    invalidated, expired = truth_of(row.invalidated), truth_of(row.expired)
    notes[NoteKind.MISSING_ID] += key is None
    notes[NoteKind.MISSING_STATE] += invalidated is None or expired is None
    return CoTermKey(
        key,
        named(row.mode, notes, missing=NoteKind.MISSING_TYPE),
        invalidated,
        expired,
        editions=tuple(
            _edition(entry, notes) for entry in entries(row.editions, notes, unreadable=NoteKind.MISSING_TYPE)
        ),
        devices=_devices(row.counts, notes),
    )


def _edition(entry: Table, notes: Notes) -> str:
    product, edition = (
        named(entry.get(name), notes, missing=NoteKind.MISSING_TYPE) for name in ("productType", "edition")
    )
    return f"{product} {edition}"


def _devices(value: object, notes: Notes) -> dict[str, int]:
    devices: Counter[str] = Counter()
    for entry in entries(value, notes, unreadable=NoteKind.UNREADABLE_COUNT):
        count = count_of(entry.get("count"), notes)
        if count is not None:
            devices[named(entry.get("model"), notes, missing=NoteKind.MISSING_TYPE)] += count
    return dict(devices)
