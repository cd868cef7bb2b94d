"""A column of a page of licenses: names, ids, counts or dates, read together and checked at once.

Almost every column is what it should be, and telling that of a whole one is cheaper than of each value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypeAlias

from auditor.domain.note import NoteKind
from auditor.wire.rows import Notes, id_of, instant_of, is_count, named

Column: TypeAlias = Sequence[Any]

_zone_of = attrgetter("tzinfo")


def names_in(column: Column, notes: Notes, *, missing: NoteKind) -> tuple[Column, set[str]]:
    """Types or states, and which are distinct: few. Where there is none, that is noted as *missing*."""
    try:
        distinct = set(column)
    except TypeError:  # a value that cannot even be counted
        distinct = {None}
    if not (_is_text(list(distinct)) and all(distinct)):
        column = [named(value, notes, missing=missing) for value in column]
        distinct = set(column)
    return column, distinct


def _is_text(column: Column) -> bool:
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def own_ids(column: Column, notes: Notes) -> Column:
    """What licenses are called. One without is noted."""
    if _is_text(column) and all(column):
        return column
    ids = list(map(id_of, column))
    notes[NoteKind.MISSING_ID] += ids.count(None)
    return ids


def other_ids(column: Column) -> Column:
    """Names of what licenses are on, behind or from; None where there is none."""
    present = _present(column)
    return column if present is not None and _is_text(present) else list(map(id_of, column))


def _present(column: Column) -> Column | None:
    """The values that are not None; None where one of them is empty or zero, and so is odd."""
    present = list(filter(None, column))
    return present if len(present) + column.count(None) == len(column) else None


def seat_counts(column: Column, notes: Notes) -> Mapping[int, int]:
    """By row, of the licenses that have one: most pages hold no Systems Manager license."""
    if column.count(None) == len(column):
        return {}
    told = {row: value for row, value in enumerate(column) if value is not None}
    counts = {row: value for row, value in told.items() if is_count(value)}
    notes[NoteKind.UNREADABLE_SEAT_COUNT] += len(told) - len(counts)
    return counts


def instants_in(column: Column, notes: Notes) -> Column:
    """Dates as aware instants in UTC, whether the parser has read them or not; what is no date is noted."""
    present = _present(column)
    if present is None:
        return _odd_instants(column, notes)
    if _are_utc(present):  # the parser has read them
        return column
    instants = _read_all(present)
    if instants is None:
        return _odd_instants(column, notes)
    if len(instants) == len(column):
        return instants
    following = iter(instants)
    return [text and next(following) for text in column]


def _are_utc(instants: Column) -> bool:
    try:
        return set(map(_zone_of, instants)) <= {UTC}
    except AttributeError:  # text, to begin with
        return False


def _read_all(texts: Column) -> list[datetime] | None:
    """*texts* as instants in UTC; None when one of them takes a closer look."""
    try:
        instants = list(map(datetime.fromisoformat, texts))
    except (TypeError, ValueError):  # not text, or no date in this form
        return None
    return instants if _are_utc(instants) else None


def _odd_instants(column: Column, notes: Notes) -> Column:
    return [
        instant_of(value.isoformat() if isinstance(value, datetime) else value, notes) for value in column
    ]
