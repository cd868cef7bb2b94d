"""What came back from the workers, made one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.cluster.coordinator import Harvest
from auditor.report.instant import to_rfc3339
from auditor.report.merging import merged
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


def joined(harvest: Harvest, course: Course, *, address_rate: float) -> Document:
    """The report on all parts of *harvest*, of which there is one at least.

    Parts that are missing make it incomplete: `run.interrupted` names them, and says why where that is known.
    """
    reports = [harvest.reports[index] for index in sorted(harvest.reports)]
    document = merged(reports, allow_missing=True)
    return {
        **document,
        "run": _run_block(document["run"], harvest, course),
        "traffic": _traffic_block(
            document["traffic"], seconds=course.seconds, rate=address_rate * harvest.addresses
        ),
    }


def _run_block(run: Mapping[str, Any], harvest: Harvest, course: Course) -> dict[str, Any]:
    told = run["interrupted"]
    if course.interrupted is not None:  # each part that was cut short says the same, after what is missing
        missing = told.partition("; ")[0] if len(harvest.reports) < harvest.count else None
        told = "; ".join(filter(None, [course.interrupted, missing]))
    failures = [f"part {index}: {reason}" for index, reason in sorted(harvest.failures.items())]
    return {
        **run,
        "id": course.run_id,
        "startedAt": to_rfc3339(course.started_at),
        "finishedAt": to_rfc3339(course.finished_at),
        "durationSeconds": round(course.seconds, 3),
        "resumed": run["resumed"] or course.is_resumed,
        "interrupted": "; ".join(filter(None, [told, *failures])) or None,
    }


def _traffic_block(traffic: Mapping[str, Any], *, seconds: float, rate: float) -> dict[str, Any]:
    return {
        **traffic,
        "effectiveRate": round(traffic["requests"] / seconds, 2) if seconds else 0.0,
        "budgetUtilization": round(traffic["requests"] / max(1.0, seconds) / rate, 4),
    }
