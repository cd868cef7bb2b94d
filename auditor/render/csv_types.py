"""CSV in long form: a row for each organization, license type (or model, or SKU) and state."""

from __future__ import annotations

from typing import Final

from auditor.render.csv import table
from auditor.render.types import counts_of
from auditor.report.reading import Document

COLUMNS: Final = ("tenant", "id", "name", "licensingModel", "unit", "type", "state", "count")


def render(report: Document) -> bytes:
    """All counts by type, in the order of the report."""
    return table(
        COLUMNS,
        (
            (
                *(organization[key] for key in COLUMNS[:4]),
                *(one.unit, one.type, one.state, one.count),
            )
            for organization in report["organizations"]
            for one in counts_of(organization)
        ),
    )
