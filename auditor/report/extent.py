"""Whether an audit had anything to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_nothing_audited(report: Mapping[str, Any]) -> bool:
    """Whether nothing was selected, or nothing of it could be read. An empty part is read to its end."""
    counts = report["completeness"]["organizations"]
    nothing_read = counts["audited"] + counts["partial"] == 0
    return not has_entries(report) or bool(nothing_read and counts["failed"])


def is_read_in_part(report: Mapping[str, Any]) -> bool:
    """Whether counts are lower bounds: of some list there is more, or nobody knows how many there are.

    An audit is incomplete also where all that is missing is an extra that decides a standing. Its counts are
    exact.
    """
    counts = report["completeness"]["organizations"]
    is_cut_off = report["run"]["interrupted"] is not None
    return bool(
        counts["failed"]
        or counts["partial"]
        or is_cut_off
        or any(one["organizationId"] is None for one in report["errors"])
        or not (report["completeness"]["complete"] or report["completeness"].get("missing"))
    )


def missing_in_words(report: Mapping[str, Any]) -> str:
    """Which extras are missing, and in how many organizations; empty where none is."""
    counts = (report["completeness"].get("missing") or {}).items()
    told = [f"{name} in {count:,}" for name, count in counts]
    if told:
        noun = "organization" if next(iter(counts))[1] == 1 else "organizations"
        told[0] = f"{told[0]} {noun}"
    return ", ".join(told)


def has_entries(report: Mapping[str, Any]) -> bool:
    """Whether there is a list of organizations to be told of, be it that of a part that happens to have none.

    Of many parts some are empty where few organizations are selected. Whoever joins them wants each.
    """
    counts = report["completeness"]["organizations"]
    return bool(counts["selected"] or (report["run"]["shard"] is not None and counts["seen"]))
