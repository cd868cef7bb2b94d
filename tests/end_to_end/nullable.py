"""Every place of a report that may be null, by the published schema, and reports with nulls there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import orjson

from auditor.report.reading import Document
from auditor.report.schema.report import report_schema

EACH: Final = "*"
"""In a pattern: whatever entry of a list, or of a table whose keys are names."""

Json: TypeAlias = Mapping[str, Any]
Pattern: TypeAlias = tuple[str, ...]
Place: TypeAlias = tuple[str | int, ...]


@cache
def nullable_patterns() -> tuple[Pattern, ...]:
    """The paths from the top of a report at which its schema lets null stand."""
    schema = report_schema()
    return tuple(dict.fromkeys(_nullable(schema, schema["$defs"], ())))


def _nullable(schema: Json, blocks: Json, path: Pattern) -> Iterator[Pattern]:
    options = schema.get("anyOf", ())
    if {"type": "null"} in options:
        yield path
    for option in options:
        yield from _nullable(option, blocks, path)
    if "$ref" in schema:
        yield from _nullable(blocks[schema["$ref"].rpartition("/")[2]], blocks, path)
    for key, inner in schema.get("properties", {}).items():
        yield from _nullable(inner, blocks, (*path, key))
    named = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    for inner in (*named, schema.get("items")):
        if isinstance(inner, Mapping):
            yield from _nullable(inner, blocks, (*path, EACH))


def places_in(report: Document, pattern: Pattern) -> Iterator[Place]:
    """Where something other than null stands in *report* at *pattern*."""
    yield from _places(report, pattern, ())


def _places(value: Any, pattern: Pattern, place: Place) -> Iterator[Place]:
    if value is None:
        return
    if not pattern:
        yield place
        return
    key, *rest = pattern
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, list) and key == EACH:
        inner = enumerate(value)
    elif isinstance(value, dict):
        inner = value.items() if key == EACH else ((key, value.get(key)),)
    for step, one in inner:
        yield from _places(one, tuple(rest), (*place, step))


def with_values(report: bytes, places: Collection[Place], value: Any = None) -> bytes:
    """The text of *report* with *value* at each of *places*, where it still has them."""
    document = orjson.loads(report)
    for place in places:
        around = document
        for step in place[:-1]:
            around = None if around is None else around[step]
        if around is not None:
            around[place[-1]] = value
    return orjson.dumps(document)


def told(pattern: Collection[str | int]) -> str:
    """*pattern*, or a place, as people write it."""
    return ".".join(map(str, pattern))


def value_at(report: Document, place: Place) -> Any:
    """What stands in *report* at *place*."""
    value: Any = report
    for step in place:
        value = value[step]
    return value


def zeroed(value: Any) -> Any:
    """*value* with 0 for each number, and nothing in its lists: what null must not be taken for."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {key: zeroed(one) for key, one in value.items()}
    return value


def leaves_of(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The values in *value* that are no tables or lists, each with its place."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path, value
    for step, one in inner:
        yield from leaves_of(one, (*path, step))
