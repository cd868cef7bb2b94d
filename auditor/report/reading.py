"""A written report, read back: by whoever judges, compares, joins or renders it."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import ValidationError

from auditor.errors import AuditorError
from auditor.report.schema.report import Report

Document = dict[str, Any]
"""A report as plain JSON values, in the shape of the newest version: what an older one lacks is null."""


class UnreadableReportError(AuditorError):
    """The text is no report that this version understands; the message says where and why."""


def read_report(text: bytes) -> Document:
    """The report that *text* holds.

    Keys that this version does not know are kept. A key that a report of an older version lacks is null,
    or an empty list.

    Raises:
        UnreadableReportError: not JSON, no report, or one of another major version.
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
    try:
        report = Report.model_validate(value)
    except ValidationError as error:
        raise UnreadableReportError(_told(error)) from None
    return report.model_dump(mode="json", by_alias=True)


def _told(error: ValidationError) -> str:
    """The first fault, with its place, and how many more there are."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    place = ".".join(map(str, faults[0]["loc"]))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {faults[0]['msg']}{more}"
