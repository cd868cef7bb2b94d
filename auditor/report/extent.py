"""Whether an audit had anything to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_nothing_audited(report: Mapping[str, Any]) -> bool:
    """Whether nothing was selected, or nothing of it could be read. An empty part is read to its end."""
    counts = report["completeness"]["organizations"]
    nothing_read = counts["audited"] + counts["partial"] == 0
    return not has_entries(report) or bool(nothing_read and counts["failed"])


def has_entries(report: Mapping[str, Any]) -> bool:
    """Whether there is a list of organizations to be told of, be it that of a part that happens to have none.

    Of many parts some are empty where few organizations are selected. Whoever joins them wants each.
    """
    counts = report["completeness"]["organizations"]
    return bool(counts["selected"] or (report["run"]["shard"] is not None and counts["seen"]))
