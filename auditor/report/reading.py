"""A written report, read back: by whoever judges, compares, joins or renders it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from auditor.errors import AuditorError
from auditor.report.consistency import disagreements
from auditor.report.schema.report import Organization, Report

Document = dict[str, Any]
"""A report as plain JSON values, in the shape of the newest version: what an older one lacks is null."""


_REST: Final = TypeAdapter(Report)
_ORGANIZATION: Final = TypeAdapter(Organization)
_SPARE_DEPTH: Final = 16
"""Levels that a block may lie deeper in what is made of it, such as a report, than it does here."""

_Fault = tuple[tuple[int | str, ...], str]


class UnreadableReportError(AuditorError):
    """The text is no report that this version understands; the message says where and why."""


def read_report(text: bytes) -> Document:
    """The report that *text* holds.

    Keys that this version does not know are kept. A key that a report of an older version lacks is null,
    or an empty list.

    Raises:
        UnreadableReportError: not JSON, no report, one of another major version, or one that contradicts
            itself.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableReportError(f"not JSON: {error}") from None  # its context carries the whole text
    version = value.get("schemaVersion") if isinstance(value, dict) else None
    if not isinstance(version, str):
        raise UnreadableReportError("not a report of auditor: it has no schemaVersion")
    if version.partition(".")[0] != "1":
        raise UnreadableReportError(f"a report of version {version[:20]}: this program reads version 1")
    report = _filled(value)
    found = list(disagreements(report))
    if found:
        more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
        raise UnreadableReportError(f"contradicts itself: {found[0]}{more}")
    return report


def _filled(value: Document) -> Document:
    """*value* with all that it leaves out; of its organizations one at a time, so that there is one fleet."""
    faults: list[_Fault] = []
    organizations = value.get("organizations")
    if isinstance(organizations, list):
        value = {**value, "organizations": []}
    else:
        organizations = []
    report = _filled_block(_REST, value, (), faults)
    for place, one in enumerate(organizations):
        organizations[place] = _filled_block(_ORGANIZATION, one, ("organizations", place), faults)
    if faults:
        raise UnreadableReportError(_told(faults))
    return {**report, "organizations": organizations}


def _filled_block(
    shape: TypeAdapter[Any], value: object, place: tuple[int | str, ...], faults: list[_Fault]
) -> Document:
    try:
        block: Document = shape.dump_python(shape.validate_python(value), mode="json", by_alias=True)
        inside: object = block
        for _ in range(_SPARE_DEPTH):
            inside = [inside]
        orjson.dumps(inside)
    except ValidationError as error:
        faults += ((place + loc, message) for loc, message in _faults_of(error))
    except (ValueError, TypeError, RecursionError):  # of pydantic, and of orjson
        faults.append((place or ("report",), "a key that this version does not know is nested too deeply"))
    else:
        return block
    return {}


def _faults_of(error: ValidationError) -> Iterator[_Fault]:
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        yield one["loc"], one["msg"]


def _told(faults: list[_Fault]) -> str:
    """The first fault, with its place, and how many more there are."""
    place, message = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{'.'.join(map(str, place))}: {message}{more}"
