"""What an earlier report tells a later run: how many pages each organization had."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from auditor.domain.outcome import Status
from auditor.domain.question import LICENSES_PER_PAGE, PlanKind, pages_of
from auditor.json_rows import rows_of

ORGANIZATIONS = re.compile(r'"organizations"\s*:\s*\[')
"""The list of a report; under `completeness` and `totals`, the same name opens an object."""


def pages_by_organization(chunks: Iterable[bytes]) -> dict[str, int]:
    """Pages by organization id, of those that a report says were audited to their end.

    Where the list was not read page by page, the number of licenses tells how many it has. *chunks* are
    the report's text. Tolerant, for a wrong size costs time and nothing else: what does not look like an
    organization of a report is passed over. A report without `plan` is of a version that read everything.

    Raises:
        ValueError: it holds no organizations at all, or is not JSON.
    """
    found: dict[str, int] = {}
    for block in rows_of(chunks, opening=ORGANIZATIONS):
        if isinstance(block, dict) and block.get("status") == Status.AUDITED:
            organization_id, pages = block.get("id"), _pages_of(block)
            if isinstance(organization_id, str) and pages:
                found[organization_id] = pages
    return found


def _pages_of(block: dict[str, Any]) -> int | None:
    if block.get("plan", PlanKind.FULL) == PlanKind.FULL:
        pages = block.get("pages")
        return pages if type(pages) is int and pages > 0 else None
    licenses = block.get("licenses")
    total = licenses.get("total") if isinstance(licenses, dict) else None
    return pages_of(total, page_size=LICENSES_PER_PAGE) if type(total) is int and total >= 0 else None
