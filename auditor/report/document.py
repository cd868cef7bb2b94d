"""Builds the report, version 1, as plain JSON values from results.

Organizations are ordered by tenant, then id; counts by the order of reports or by name. Nothing
outside `run` and `traffic` depends on when or in which order answers arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from auditor.domain.finding import Finding
from auditor.domain.license import LicenseState
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, Skip, Status
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult, Totals

SCHEMA_VERSION: Final = "1.0"
"""Major.minor. Within a major, keys are only added."""

_WHOLE: Final = frozenset({PlanKind.FULL})
"""The plan that gives seats by state: every license is read."""

_READING: Final = frozenset({PlanKind.FULL, PlanKind.TARGETED})
"""The plans that give types and windows. All plans give counts by state.

Where organizations are summed up, a figure is there only when it is there for each of them: a sum over
some would pass for the whole. Where there is no organization, each sum is zero.
"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What differs from run to run: the report's `run` block."""

    id: str
    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    interrupted: str | None = None
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class TrafficFacts:
    """What the run cost: the report's `traffic` block. Rates in requests per second."""

    requests: int
    pages: int
    redirects: int
    refusals: int
    retries: int
    retries_by_class: Mapping[str, int]
    failures: int
    abandoned: int
    rate_limited: int
    bytes: int
    peak_in_flight: int
    effective_rate: float
    budget_utilization: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a run found out, before it is written down.

    *is_reconciled* says that findings were looked for, so that there being none tells something.
    """

    as_of: datetime
    windows_days: tuple[int, ...]
    seen: int
    digest: Digest
    discovery_failures: Sequence[DiscoveryFailure] = ()
    is_reconciled: bool = False


def build_report(evidence: Evidence, *, tool_version: str, run: RunFacts, traffic: TrafficFacts) -> Json:
    """The report as JSON values, keys in the order in which people read, but for its organizations.

    Their list is empty here: see `organization_block` and `to_json.ReportText`.
    """
    totals = evidence.digest.totals
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": {"name": "auditor", "version": tool_version},
        "run": _run_block(run),
        "asOf": to_rfc3339(evidence.as_of),
        "windowsDays": sorted(evidence.windows_days),
        "completeness": _completeness_block(evidence, totals, interrupted=run.interrupted is not None),
        "totals": _totals_block(totals, evidence.windows_days),
        "organizations": [],
        **({"findings": _finding_blocks(evidence.digest)} if evidence.is_reconciled else {}),
        "errors": _error_blocks(evidence.digest, evidence.discovery_failures),
        "traffic": _traffic_block(traffic),
    }


def to_rfc3339(instant: datetime) -> str:
    """UTC with `Z`; fractions of a second only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _run_block(run: RunFacts) -> Json:
    return {
        "id": run.id,
        "startedAt": to_rfc3339(run.started_at),
        "finishedAt": to_rfc3339(run.finished_at),
        "durationSeconds": round(run.duration_seconds, 3),
        "resumed": run.resumed,
        "interrupted": run.interrupted,
        "shard": None,
    }


def _completeness_block(evidence: Evidence, totals: Totals, *, interrupted: bool) -> Json:
    by_status = totals.by_status
    unfinished = by_status.get(Status.FAILED, 0) + by_status.get(Status.PARTIAL, 0)
    return {
        "complete": not (unfinished or interrupted or evidence.discovery_failures),
        "organizations": {
            "seen": evidence.seen,
            "selected": evidence.digest.selected,
            **{status.value: by_status.get(status, 0) for status in Status},
        },
        "skippedByReason": dict(sorted(totals.skipped_by_reason.items())),
        "failedByClass": dict(sorted(totals.failed_by_class.items())),
        "reconciled": evidence.digest.reconciled if evidence.is_reconciled else None,
    }


def _totals_block(totals: Totals, windows_days: Iterable[int]) -> Json:
    by_model = {model.value: totals.by_licensing_model.get(model, 0) for model in LicensingModel}
    plans = {kind for kind, count in totals.by_plan.items() if count}
    others = {m: n for m, n in sorted(totals.by_licensing_model.items()) if m not in by_model}
    return {
        "organizations": {
            "byLicensingModel": by_model | others,
            "byPlan": {kind.value: totals.by_plan.get(kind, 0) for kind in PlanKind},
            "expiringWithin": _by_window(totals.expiring_within, windows_days, plans=plans),
        },
        **_tally_blocks(totals.licenses, windows_days, plans=plans, has_all_seats=not totals.without_seats),
    }


def organization_block(result: OrganizationResult, windows_days: Iterable[int]) -> Json:
    """The entry of `organizations` for *result*."""
    ending = result.ending
    block: Json = {
        "id": result.organization.id,
        "name": result.organization.name,
        "tenant": result.tenant,
        "licensingModel": result.organization.licensing_model,
        "status": result.status.value,
        "reason": ending.reason.value if isinstance(ending, Skip) else None,
        "error": ending.failure_class.value if isinstance(ending, Failure) else None,
        "message": ending.message if ending is not None else None,
        "pages": result.pages,
        "plan": None if result.tally is None else result.plan.value,
    }
    if result.tally is None:
        return block
    return block | _tally_blocks(
        result.tally, windows_days, plans={result.plan}, has_all_seats=result.has_all_seats
    )


def _tally_blocks(
    tally: Tally, windows_days: Iterable[int], *, plans: AbstractSet[PlanKind], has_all_seats: bool
) -> Json:
    """The blocks that the totals and every audited organization share.

    *plans* are those that gave the figures of *tally*; what one of them cannot tell is null.
    """
    by_state, by_type = tally.by_state, _by_type(tally, plans)
    unused, unused_active = by_state[LicenseState.UNUSED], by_state[LicenseState.UNUSED_ACTIVE]
    return {
        "licenses": {
            "total": tally.total,
            "byState": by_state,
            "byType": by_type,
        },
        "expiring": {
            "total": by_state[LicenseState.EXPIRING],
            "within": _by_window(tally.expiring_within, windows_days, plans=plans),
        },
        "unused": {
            "total": unused + unused_active,
            "unused": unused,
            "unusedActive": unused_active,
            "byType": None if by_type is None else _unused_by_type(by_type),
        },
        "seats": _seats_block(tally, by_state, is_whole=plans <= _WHOLE, has_all_seats=has_all_seats),
        "notes": {kind.value: count for kind, count in sorted(tally.notes.items()) if count},
    }


def _by_type(tally: Tally, plans: AbstractSet[PlanKind]) -> Mapping[str, Mapping[str, int]] | None:
    """None where one of *plans* tells no types; without the states that one of them does not read."""
    if plans <= _WHOLE:
        return tally.by_type
    if not plans <= _READING:
        return None
    asked_for = {
        license_type: {state: count for state, count in states.items() if state in STATES_ASKED_FOR}
        for license_type, states in tally.by_type.items()
    }
    return {license_type: states for license_type, states in asked_for.items() if states}


def _seats_block(tally: Tally, states: Iterable[str], *, is_whole: bool, has_all_seats: bool) -> Json:
    """Seats by state, in the order of *states*."""
    seats = tally.seats_by_state
    return {
        "licenses": tally.seat_licenses if is_whole else None,
        "total": tally.seats if has_all_seats else None,
        "byState": {state: seats[state] for state in states if state in seats} if is_whole else None,
    }


def _unused_by_type(by_type: Mapping[str, Mapping[str, int]]) -> Json:
    wanted = (LicenseState.UNUSED, LicenseState.UNUSED_ACTIVE)
    return {
        license_type: {state.value: states.get(state, 0) for state in wanted}
        for license_type, states in by_type.items()
        if any(states.get(state) for state in wanted)
    }


def _by_window(
    counts: Mapping[int, int], windows_days: Iterable[int], *, plans: AbstractSet[PlanKind]
) -> Json | None:
    """None where one of *plans* reads no license whose dates could be looked at."""
    if not plans <= _READING:
        return None
    return {str(days): counts.get(days, 0) for days in sorted(windows_days)}


def _finding_blocks(digest: Digest) -> list[Json]:
    findings = sorted(digest.findings, key=lambda one: (one.tenant, one.organization_id))
    return [_finding_block(finding) for finding in findings]


def _finding_block(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "organizationId": finding.organization_id,
        "tenant": finding.tenant,
        "subject": finding.subject,
        "message": finding.message,
        "due": None if finding.due is None else to_rfc3339(finding.due),
    }


def _error_blocks(digest: Digest, discovery_failures: Iterable[DiscoveryFailure]) -> list[Json]:
    """Failures of whole tenants first, then of organizations in the order of the report."""
    tenants = [
        _error_block(one.failure, tenant=one.tenant, organization_id=None) for one in discovery_failures
    ]
    organizations = [
        _error_block(failure, tenant=tenant, organization_id=organization_id)
        for tenant, organization_id, failure in sorted(digest.failures, key=lambda one: one[:2])
    ]
    return tenants + organizations


def _error_block(failure: Failure, *, tenant: str, organization_id: str | None) -> Json:
    return {
        "organizationId": organization_id,
        "tenant": tenant,
        "class": failure.failure_class.value,
        "httpStatus": failure.http_status,
        "message": failure.message,
        "attempts": failure.attempts,
        "requestId": failure.request_id,
    }


def _traffic_block(traffic: TrafficFacts) -> Json:
    return {
        "requests": traffic.requests,
        "pages": traffic.pages,
        "redirects": traffic.redirects,
        "refusals": traffic.refusals,
        "retries": traffic.retries,
        "retriesByClass": dict(sorted(traffic.retries_by_class.items())),
        "failures": traffic.failures,
        "abandoned": traffic.abandoned,
        "rateLimited": traffic.rate_limited,
        "bytes": traffic.bytes,
        "peakInFlight": traffic.peak_in_flight,
        "effectiveRate": round(traffic.effective_rate, 2),
        "budgetUtilization": round(traffic.budget_utilization, 4),
    }
