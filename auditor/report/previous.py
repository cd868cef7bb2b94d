"""What an earlier report tells a later run: how many pages each organization had."""

from __future__ import annotations

from typing import Any

from auditor.domain.question import PlanKind


def pages_by_organization(report: Any) -> dict[str, int]:
    """Pages by organization id, of those that *report* says were read page by page.

    Tolerant, for a wrong size costs time and nothing else: what does not look like an organization of a
    report is passed over. A report without `plan` is of a version that read everything.

    Raises:
        ValueError: *report* holds no organizations at all.
    """
    organizations = report.get("organizations") if isinstance(report, dict) else None
    if not isinstance(organizations, list):
        raise ValueError("holds no organizations: is it a report of auditor?")  # noqa: TRY004 - data, no type
    return {
        block["id"]: block["pages"]
        for block in organizations
        if isinstance(block, dict)
        and isinstance(block.get("id"), str)
        and type(block.get("pages")) is int
        and block["pages"] > 0
        and block.get("plan", PlanKind.FULL) == PlanKind.FULL
    }
