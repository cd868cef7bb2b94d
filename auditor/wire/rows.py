"""Lists of objects, and single values in them, read tolerantly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import GenericAlias
from typing import Any, Final, TypeAlias, TypeGuard, TypeVar

import msgspec
import orjson

from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.errors import BadResponseError
from auditor.wire.body import describe_body, is_list, parse_json
from auditor.wire.dates import parse_instant

Notes: TypeAlias = Counter[NoteKind]

MAX_COUNT: Final = 10**9
"""More devices or seats than there are: a slip of the sender, which must not spoil a sum."""

MOST_TIMES_ASKED: Final = 10
"""A page may have so many times the rows that were asked for: some servers do not heed `perPage`."""

R = TypeVar("R", bound=msgspec.Struct)


def reader_of(row_type: type[R], *, asked: int | None) -> Callable[[bytes], list[R]]:
    """A reader of lists of *row_type*: `rows_as` with a parser that is made once."""
    decoder = msgspec.json.Decoder(GenericAlias(list, row_type))
    return partial(rows_as, decoder.decode, row_type, asked=asked)


def rows_as(
    read: Callable[[bytes], list[R]], row_type: type[R], body: bytes, *, asked: int | None
) -> list[R]:
    """The rows of *body*, of each only what *row_type* has a place for.

    *asked* is how many rows were asked for, None where the endpoint has no pages.

    Raises:
        BadResponseError: *body* is no list of objects, or has more than `MOST_TIMES_ASKED` times the rows
            that were *asked* for; the message says what it is instead.
    """
    rows = _rows(read, row_type, body)
    if asked is not None and len(rows) > MOST_TIMES_ASKED * asked:
        raise BadResponseError(f"a page of {len(rows):,} rows, where {asked:,} were asked for")
    return rows


def _rows(read: Callable[[bytes], list[R]], row_type: type[R], body: bytes) -> list[R]:
    if is_list(body):
        try:
            return read(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass  # the reader of whole values mends what can be mended, and has the words for the rest
    keys = row_type.__struct_encode_fields__
    return [row_type(*map(row.get, keys)) for row in _objects(body)]


def decode_rows(body: bytes) -> list[Any]:
    """The values of a JSON list.

    Raises:
        BadResponseError: *body* is no JSON list; the message says what it is instead.
    """
    rows = parse_json(body) if is_list(body) else None
    if not isinstance(rows, list):
        raise BadResponseError(f"expected a JSON list, got {describe_body(body)}")
    return rows


def _objects(body: bytes) -> list[dict[str, Any]]:
    rows = decode_rows(body)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadResponseError(f"row {number} of {len(rows)} is {name_type(row)}, not an object")
    return rows


def name_type(value: object) -> str:
    """What kind of JSON value *value* is, for a message."""
    names = {str: "text", bool: "a truth value", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number")


def inner(table: object, key: str) -> Any:
    """The value under *key*; None where *table* is no object."""
    return table.get(key) if isinstance(table, dict) else None


def entries(value: object, notes: Notes, *, unreadable: NoteKind) -> list[Mapping[str, Any]]:
    """The objects in a list of them. What is no such list, and what in it is no object, is noted."""
    if not isinstance(value, list):
        notes[unreadable] += 1
        return []
    objects: list[Mapping[str, Any]] = [entry for entry in value if isinstance(entry, dict)]
    notes[unreadable] += len(value) - len(objects)
    return objects


def id_of(value: object) -> str | None:
    """An id is text; numbers were met in the wild, of 27 digits, and stand for their own text."""
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        return orjson.dumps(value).decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def named(value: object, notes: Notes, *, missing: NoteKind) -> str:
    """*value* where it is text; else `UNKNOWN`, which is noted."""
    if isinstance(value, str) and value:
        return value
    notes[missing] += 1
    return UNKNOWN


def instant_of(value: Any, notes: Notes) -> datetime | None:
    """The moment that *value* names; None where there is none, which is noted unless nothing was said."""
    try:
        return parse_instant(value)
    except (TypeError, ValueError):  # of another type, or no date
        notes[NoteKind.UNREADABLE_DATE] += 1
        return None


def truth_of(value: object) -> bool | None:
    """*value* where it is true or false; None for anything else."""
    return value if isinstance(value, bool) else None


def is_count(value: object) -> TypeGuard[int]:
    """Whether *value* is a whole number from 0 on, within reason."""
    return type(value) is int and 0 <= value <= MAX_COUNT  # a bool is an int, and no count


def count_of(value: object, notes: Notes) -> int | None:
    """*value* where it is a count; None for anything else, which is noted."""
    if is_count(value):
        return value
    notes[NoteKind.UNREADABLE_COUNT] += 1
    return None
