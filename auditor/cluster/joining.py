"""What came back from the workers, made one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.cluster.coordinator import Harvest
from auditor.domain.counts import added
from auditor.report.document import TrafficFacts
from auditor.report.instant import to_rfc3339
from auditor.report.merging import Merge
from auditor.report.reading import Document


@dataclass(frozen=True, slots=True)
class Course:
    """How the run went, as who sent the parts saw it; *interrupted* is why it was ended early."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    seconds: float
    is_resumed: bool
    interrupted: str | None = None


def joined(
    merge: Merge, harvest: Harvest, course: Course, *, address_rate: float, hosts: int = 1
) -> Document:
    """The report on all parts that *merge* was given, of which there is one at least, but for organizations.

    Parts that came to nothing make it incomplete: `run.interrupted` names them, and says why. Each address
    has a budget of *address_rate* towards each of *hosts*.
    """
    document = merge.finish()
    rate = address_rate * harvest.addresses * hosts
    return {
        **document,
        "run": _run_block(document["run"], course),
        "traffic": _traffic_block(document["traffic"], harvest.search, seconds=course.seconds, rate=rate),
    }


def _run_block(run: Mapping[str, Any], course: Course) -> dict[str, Any]:
    told = course.interrupted or run["interrupted"]  # each part that was cut short says the same
    return {
        **run,
        "id": course.run_id,
        "startedAt": to_rfc3339(course.started_at),
        "finishedAt": to_rfc3339(course.finished_at),
        "durationSeconds": round(course.seconds, 3),
        "resumed": run["resumed"] or course.is_resumed,
        "interrupted": told,
    }


def _traffic_block(
    traffic: Mapping[str, Any], search: TrafficFacts | None, *, seconds: float, rate: float
) -> dict[str, Any]:
    """What the parts took, and the *search* for organizations before them."""
    total = dict(traffic)
    if search is not None:
        for key, count in (
            ("requests", search.requests),
            ("pages", search.pages),
            ("redirects", search.redirects),
            ("refusals", search.refusals),
            ("retries", search.retries),
            ("failures", search.failures),
            ("abandoned", search.abandoned),
            ("rateLimited", search.rate_limited),
            ("bytes", search.bytes),
        ):
            total[key] += count
        by_class = added(traffic["retriesByClass"], search.retries_by_class)
        total["retriesByClass"] = dict(sorted(by_class.items()))
    return {
        **total,
        "effectiveRate": round(total["requests"] / seconds, 2) if seconds else 0.0,
        "budgetUtilization": round(total["requests"] / max(1.0, seconds) / rate, 4),
    }
