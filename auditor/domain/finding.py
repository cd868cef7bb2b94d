"""Findings: what a reader of the report should look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from auditor.domain.idle import Idle
from auditor.domain.overview import Overview
from auditor.domain.reducer import Tally

RECONCILE_RULE: Final = "reconcile"
NOT_COMPARED: Final = "notCompared"
"""The subject of a finding that there is none to be had."""

SOONEST_ACTIVATION: Final = "soonestActivation"
"""The subject of a finding that the vendor names another day for the next unused licenses to burn."""

TOTAL: Final = "total"
BY_STATE: Final = "byState."
_ID_CHARACTERS: Final = 16


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
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
        """The same for the same rule, tenant, organization and subject, in every run.

        Two clouds may give one id to organizations of two tenants. So an organization that is audited for
        another tenant than before has new findings: a baseline or a waiver excuses too little then, never
        too much.
        """
        identity = f"{self.rule}\n{self.tenant}\n{self.organization_id}\n{self.subject}"
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
    differences = [
        disagreement(
            organization_id,
            tenant,
            subject=subject,
            message=f"the list has {listed:,}, the overview says {told:,}",
        )
        for subject, (listed, told) in pairs.items()
        if not _is_between(listed, [reading[subject] for reading in readings])
    ]
    message = _activation_difference(tally.idle, overviews)
    if message is not None:
        differences.append(
            Finding(RECONCILE_RULE, Severity.INFO, organization_id, tenant, SOONEST_ACTIVATION, message)
        )
    return tuple(differences)


def _activation_difference(idle: Idle, overviews: Sequence[Overview]) -> str | None:
    """How the clock of unused licenses differs from what all *overviews* say; None where it does not.

    The list has no such date: it is computed from the day of the claim, and whether the vendor counts from
    there is not confirmed. So it is no disagreement of its data.
    """
    told = [one.soonest_activation for one in overviews]
    if idle.soonest is None or idle.unclaimed or None in told:
        return None
    counted = (idle.soonest.date(), idle.soonest_count)
    if counted in told or told[-1] is None:
        return None
    day, count = told[-1]
    return (
        f"90 days after their claim, {counted[1]:,} unused begin to burn on {counted[0]};"
        f" the overview says {count:,} on {day}"
    )


def _counts_of(overview: Overview) -> dict[str, int]:
    """What *overview* counts, by the subject of a finding about it."""
    total = {} if overview.license_count is None else {TOTAL: overview.license_count}
    return total | {f"{BY_STATE}{state}": count for state, count in overview.by_state.items()}


def _is_between(listed: int, told: Sequence[int]) -> bool:
    return min(told) <= listed <= max(told)
