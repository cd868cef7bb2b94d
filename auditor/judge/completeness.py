"""Whether enough of the selection was read."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.judge.observation import Json
from auditor.judge.policy import CompletenessDemand


def is_nothing_audited(report: Json) -> bool:
    """Whether nothing was selected, or nothing of it could be read."""
    counts = report["completeness"]["organizations"]
    nothing_read = counts["audited"] + counts["partial"] == 0
    return not counts["selected"] or bool(nothing_read and counts["failed"])


def shortfalls(report: Json, demand: CompletenessDemand) -> list[str]:
    """What *report* lacks of *demand*, in sentences; nothing where it is complete enough."""
    return [
        *_lists(report),
        *(_relaxed if demand.is_relaxed else _strict)(report, demand),
        *_skipped(report, demand),
    ]


def _lists(report: Json) -> Iterator[str]:
    for error in report["errors"]:
        if error["organizationId"] is None:
            yield f"the organizations of tenant {error['tenant']} could not be listed ({error['class']})"


def _strict(report: Json, _demand: CompletenessDemand) -> Iterator[str]:
    counts = report["completeness"]["organizations"]
    for status in ("failed", "partial"):
        if counts[status]:
            yield f"{counts[status]:,} of {_organizations(counts['selected'])} {status}"
    if report["run"]["interrupted"] is not None:
        yield f"the run ended early: {report['run']['interrupted']}"
    has_a_cause = counts["failed"] or counts["partial"] or report["errors"] or report["run"]["interrupted"]
    if not (report["completeness"]["complete"] or has_a_cause):
        yield "the report says that it is incomplete"


def _relaxed(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    counts = report["completeness"]["organizations"]
    wanted = counts["selected"] - counts["skipped"]
    if demand.min_share is not None and counts["audited"] < demand.min_share * wanted:
        share = f"{demand.min_share * 100:g} %"
        yield f"{counts['audited']:,} of {_organizations(wanted)} audited, demanded are {share}"
    for status, most in (("failed", demand.max_failed), ("partial", demand.max_partial)):
        if most is not None and counts[status] > most:
            selected = _organizations(counts["selected"])
            yield f"{counts[status]:,} of {selected} {status}, at most {most:,} may be"


def _skipped(report: Json, demand: CompletenessDemand) -> Iterator[str]:
    skipped = report["completeness"]["organizations"]["skipped"]
    if demand.max_skipped is not None and skipped > demand.max_skipped:
        yield f"{_organizations(skipped)} skipped, at most {demand.max_skipped:,} may be"


def _organizations(count: int) -> str:
    return f"{count:,} organization{'' if count == 1 else 's'}"
