"""How severities compare."""

from __future__ import annotations

from typing import Final

from auditor.domain.finding import Severity

RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}
"""From worst to least."""


def is_at_least(severity: Severity, other: Severity) -> bool:
    """Whether *severity* matters as much as *other*, or more."""
    return RANK[severity] <= RANK[other]
