"""OpenMetrics text of the run and the fleet alone: where organizations are too many to be series."""

from __future__ import annotations

from auditor.render.openmetrics import exposition, fleet_families, run_families
from auditor.report.reading import Document


def render(report: Document) -> bytes:
    """What `openmetrics` has, but for the metrics of each organization."""
    return exposition([*run_families(report), *fleet_families(report)])
