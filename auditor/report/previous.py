"""What an earlier report tells a later run: how many pages each organization had."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.domain.question import PlanKind
from auditor.json_rows import rows_of

ORGANIZATIONS = re.compile(r'"organizations"\s*:\s*\[')
"""The list of a report; under `completeness` and `totals`, the same name opens an object."""


def pages_by_organization(chunks: Iterable[bytes]) -> dict[str, int]:
    """Pages by organization id, of those that a report says were read page by page.

    *chunks* are the report's text. Tolerant, for a wrong size costs time and nothing else: what does not
    look like an organization of a report is passed over. A report without `plan` is of a version that
    read everything.

    Raises:
        ValueError: it holds no organizations at all, or is not JSON.
    """
    return {
        block["id"]: block["pages"]
        for block in rows_of(chunks, opening=ORGANIZATIONS)
        if isinstance(block, dict)
        and isinstance(block.get("id"), str)
        and type(block.get("pages")) is int
        and block["pages"] > 0
        and block.get("plan", PlanKind.FULL) == PlanKind.FULL
    }
