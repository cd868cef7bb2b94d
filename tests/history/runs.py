"""Runs to keep: each test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from auditor.report.reading import Document
from tests.judge import reports

Json = dict[str, Any]

FIRST = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def an_organization(
    organization_id: str = "501", *, tenant: str = "acme", expiring: int = 3, unused: int = 2
) -> Json:
    """An organization that was read to its end, with *expiring* of its licenses at risk but for two."""
    figures = {
        "licenses.total": 14 + expiring,
        "expiring.total": expiring,
        "expiring.atRisk": max(expiring - 2, 0),
        "expiring.within.30": 1,
        "unused.total": unused,
        "unused.unused": unused,
    }
    return reports.an_organization(organization_id, figures, tenant=tenant, standing="expiring")


def a_run(night: int = 0, *organizations: Json, run_id: str = "", **changes: Any) -> Document:
    """The report of the run of one night; its totals tell the night."""
    begun = text_of(FIRST + timedelta(days=night))
    ended = text_of(FIRST + timedelta(days=night, minutes=7))
    document = reports.a_document(*(organizations or (an_organization(),)), asOf=begun, **changes)
    totals = document["totals"]
    expiring = {**totals["expiring"], "total": 100 + night, "atRisk": 10 + night}
    run = {**document["run"], "id": run_id or f"run-{night}", "finishedAt": ended}
    unused = {**totals["unused"], "total": 3}
    return {**document, "run": run, "totals": {**totals, "expiring": expiring, "unused": unused}}


def text_of(instant: datetime) -> str:
    """RFC 3339, as reports have it."""
    return instant.isoformat().replace("+00:00", "Z")


@cache
def a_kept_run(night: int, size: int) -> Document:
    """The run of a night that tells of *size* organizations; the same one each time, to be quick."""
    return a_run(night, *(an_organization(str(500 + number)) for number in range(size)))


def runs() -> st.SearchStrategy[list[Document]]:
    """Reports of some nights; of a night there may be several, of more and of fewer organizations."""
    return st.lists(st.builds(a_kept_run, st.integers(0, 4), st.integers(1, 3)), max_size=6)
