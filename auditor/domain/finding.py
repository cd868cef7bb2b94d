"""Findings: what a reader of the report should look into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from auditor.domain.overview import Overview
from auditor.domain.reducer import Tally

RECONCILE_RULE: Final = "reconcile"
_ID_CHARACTERS: Final = 16


class Severity(StrEnum):
    """How much a finding matters."""

    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found by *rule* about *subject* in an organization. *due* is when it comes to bite."""

    rule: str
    severity: Severity
    organization_id: str
    tenant: str
    subject: str
    message: str
    due: datetime | None = None

    @property
    def id(self) -> str:
        """The same for the same rule, organization and subject, in every run."""
        identity = f"{self.rule}\n{self.organization_id}\n{self.subject}"
        return sha256(identity.encode(errors="replace")).hexdigest()[:_ID_CHARACTERS]


def disagreement(organization_id: str, tenant: str, *, subject: str, message: str) -> Finding:
    """The list and the overview of an organization do not agree on *subject*."""
    return Finding(RECONCILE_RULE, Severity.WARNING, organization_id, tenant, subject, message)


def reconcile(tally: Tally, overview: Overview, *, organization_id: str, tenant: str) -> tuple[Finding, ...]:
    """A finding for each count in which the whole list, as *tally*, differs from *overview*.

    What the overview does not count is not compared.
    """
    counted = tally.by_state
    pairs = {f"byState.{state}": (counted.get(state, 0), n) for state, n in overview.by_state.items()}
    if overview.license_count is not None:
        pairs = {"total": (tally.total, overview.license_count), **pairs}
    return tuple(
        disagreement(
            organization_id,
            tenant,
            subject=subject,
            message=f"the list has {listed:,}, the overview says {told:,}",
        )
        for subject, (listed, told) in pairs.items()
        if listed != told
    )
