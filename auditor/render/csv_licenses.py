"""CSV: a row for each license that asks for attention, of an audit with detail."""

from __future__ import annotations

from typing import Final

from auditor.render.csv import table
from auditor.render.licenses import KEYS, licenses_of
from auditor.report.reading import Document

_ORGANIZATION: Final = ("tenant", "id", "name")
COLUMNS: Final = ("tenant", "organizationId", "organization", *KEYS)


def render(report: Document) -> bytes:
    """The licenses in the order of the report; empty where something is not known or has no meaning."""
    return table(
        COLUMNS,
        (
            (*(organization[key] for key in _ORGANIZATION), *(one.get(key) for key in KEYS))
            for organization, one in licenses_of(report)
        ),
    )
