"""Findings: what a reader of the report should look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from auditor.domain.overview import Overview
from auditor.domain.reducer import Tally

RECONCILE_RULE: Final = "reconcile"
NOT_COMPARED: Final = "notCompared"
"""The subject of a finding that there is none to be had."""

TOTAL: Final = "total"
BY_STATE: Final = "byState."
_ID_CHARACTERS: Final = 16


class Severity(StrEnum):
    """How much a finding matters."""

    WARNING = "warning"
    INFO = "info"


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


def not_compared(organization_id: str, tenant: str, *, reason: str) -> Finding:
    """The list of an organization was read, but there was no overview to compare it with, for *reason*.

    It says nothing about the data.
    """
    message = f"the overview was not read, so the list stands alone: {reason}"
    return Finding(RECONCILE_RULE, Severity.INFO, organization_id, tenant, NOT_COMPARED, message)


def reconcile(
    tally: Tally, overviews: Sequence[Overview], *, organization_id: str, tenant: str
) -> tuple[Finding, ...]:
    """A finding for each count in which the whole list, as *tally*, differs from all *overviews*.

    These are readings of the same overview from before and after the list, which takes a while to read. A
    license that came or went meanwhile is in one of them: a count that lies between what they say is no
    disagreement. What one of them does not count is not compared. A finding tells the last reading.
    """
    counted = tally.by_state
    readings = [_counts_of(one) for one in overviews]
    pairs = {
        subject: (tally.total if subject == TOTAL else counted.get(subject.removeprefix(BY_STATE), 0), told)
        for subject, told in readings[-1].items()
        if all(subject in reading for reading in readings)
    }
    return tuple(
        disagreement(
            organization_id,
            tenant,
            subject=subject,
            message=f"the list has {listed:,}, the overview says {told:,}",
        )
        for subject, (listed, told) in pairs.items()
        if not _is_between(listed, [reading[subject] for reading in readings])
    )


def _counts_of(overview: Overview) -> dict[str, int]:
    """What *overview* counts, by the subject of a finding about it."""
    total = {} if overview.license_count is None else {TOTAL: overview.license_count}
    return total | {f"{BY_STATE}{state}": count for state, count in overview.by_state.items()}


def _is_between(listed: int, told: Sequence[int]) -> bool:
    return min(told) <= listed <= max(told)
