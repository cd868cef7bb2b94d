"""The licenses that ask for attention, over all organizations: there where the audit was asked for detail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.report.reading import Document

KEYS: Final = (
    *("darkAt", "state", "licenseType", "id", "deviceSerial", "networkId", "orderNumber"),
    *("activationDate", "expirationDate", "burnsAt", "daysBurned", "daysLeft", "coveredUntil", "atRisk"),
)
"""What is told of each, in the order of columns."""

INSTANTS: Final = frozenset({"darkAt", "activationDate", "expirationDate", "burnsAt", "coveredUntil"})
"""Those that hold instants."""


def has_detail(report: Document) -> bool:
    """Whether licenses are named in *report*, be it none."""
    return any(one.get("attention") is not None for one in report["organizations"])


def licenses_of(report: Document) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each license with its organization, in the order of the report."""
    for organization in report["organizations"]:
        for one in organization.get("attention") or ():
            yield organization, one
