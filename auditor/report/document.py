"""Builds the report, version 1, as plain JSON values from results.

Organizations are ordered by tenant, then id; counts by the order of reports or by name. Nothing
outside `run` and `traffic` depends on when or in which order answers arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from auditor.domain.counts import added
from auditor.domain.extra import Extra, in_order
from auditor.domain.finding import Finding
from auditor.domain.note import NoteKind
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, Skip, Status
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult, Totals
from auditor.domain.subscription import Subscription
from auditor.domain.window import Windows
from auditor.report.ahead import (
    dark_dates_block,
    forecast_block,
    hints_block,
    outlook_blocks,
    own_renewals_block,
)
from auditor.report.attention import attention_block
from auditor.report.co_term import co_term_block, co_term_totals_block
from auditor.report.instant import to_rfc3339
from auditor.report.per_device import (
    READING,
    WHOLE,
    by_window,
    license_blocks,
    notes_block,
    own_reclaim_block,
    reclaim_block,
    seats_block,
    standings,
)
from auditor.report.shared import OTHERS, RENEWALS
from auditor.report.subscription import subscription_block, subscription_totals_block

SCHEMA_VERSION: Final = "1.2"
"""Major.minor. Within a major, keys are only added."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What differs from run to run: the report's `run` block.

    *question* and *spread* tell runs apart that are not parts of one audit.
    """

    id: str
    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    interrupted: str | None = None
    resumed: bool = False
    shard: str | None = None
    spread: str | None = None
    question: str | None = None


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
class TenantFacts:
    """What the configuration says of a tenant: an entry of the report's `tenants`."""

    name: str
    tags: Sequence[str] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a run found out, before it is written down.

    *is_reconciled* says that findings were looked for, so that there being none tells something.
    """

    windows: Windows
    seen: int
    digest: Digest
    tenants: Sequence[TenantFacts] = ()
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
        "asOf": to_rfc3339(evidence.windows.as_of),
        "windowsDays": sorted(evidence.windows.days),
        "tenants": [
            {"name": one.name, "tags": list(one.tags), "contact": one.contact} for one in evidence.tenants
        ],
        "completeness": _completeness_block(evidence, totals, interrupted=run.interrupted is not None),
        "totals": _totals_block(evidence, totals),
        "darkDates": dark_dates_block(evidence.digest.dark_dates),
        "forecast": forecast_block(evidence.digest, evidence.windows.as_of),
        "reclaimHints": hints_block(evidence.digest),
        "organizations": [],
        **({"findings": _finding_blocks(evidence.digest)} if evidence.is_reconciled else {}),
        "errors": _error_blocks(evidence.digest, evidence.discovery_failures),
        "traffic": _traffic_block(traffic),
    }


def _run_block(run: RunFacts) -> Json:
    return {
        "id": run.id,
        "startedAt": to_rfc3339(run.started_at),
        "finishedAt": to_rfc3339(run.finished_at),
        "durationSeconds": round(run.duration_seconds, 3),
        "resumed": run.resumed,
        "interrupted": run.interrupted,
        "shard": run.shard,
        "question": run.question,
        "spread": run.spread,
    }


def _completeness_block(evidence: Evidence, totals: Totals, *, interrupted: bool) -> Json:
    by_status = totals.by_status
    unfinished = by_status.get(Status.FAILED, 0) + by_status.get(Status.PARTIAL, 0)
    return {
        "complete": not (
            unfinished or interrupted or evidence.discovery_failures or totals.standings_missing
        ),
        "organizations": {
            "seen": evidence.seen,
            "selected": evidence.digest.selected,
            **{status.value: by_status.get(status, 0) for status in Status},
        },
        "skippedByReason": dict(sorted(totals.skipped_by_reason.items())),
        "failedByClass": dict(sorted(totals.failed_by_class.items())),
        "missing": {extra.value: totals.missing[extra] for extra in in_order(totals.missing)},
        "reconciled": evidence.digest.reconciled if evidence.is_reconciled else None,
    }


def _totals_block(evidence: Evidence, totals: Totals) -> Json:
    windows = evidence.windows
    days = sorted(windows.days)
    by_model = {model.value: totals.by_licensing_model.get(model, 0) for model in LicensingModel}
    others = {m: n for m, n in sorted(totals.by_licensing_model.items()) if m not in by_model}
    plans = {kind for kind, count in totals.per_device_plans.items() if count}
    # Of lists that broke off nothing is known; where there is no other, that is no zero.
    is_told = plans <= WHOLE and (totals.coverages > 0 or not plans)
    subscriptions = [subscription for _, subscription in evidence.digest.subscriptions.values()]
    return {
        "organizations": {
            "byLicensingModel": by_model | others,
            "byPlan": {kind.value: totals.by_plan.get(kind, 0) for kind in PlanKind},
            "expiringWithin": by_window(totals.expiring_within, days) if plans <= READING else None,
            "byStanding": standings(totals.by_standing),
        },
        **license_blocks(
            totals.licenses,
            days=days,
            plans=plans,
            coverage=totals.coverage if is_told else None,
            told_by=totals.coverages,
            seats=seats_block(
                totals.licenses,
                plans=plans,
                has_all_seats=not totals.without_seats,
                use=totals.seat_use if totals.seat_uses else None,
                told_by=totals.seat_uses,
            ),
        ),
        "notes": notes_block(_with_notes_of(subscriptions, totals.notes)),
        "reclaim": reclaim_block(totals.reclaimed) if is_told else None,
        "coTerm": co_term_totals_block(totals.co_term),
        "subscription": subscription_totals_block(
            subscriptions,
            windows,
            organizations=evidence.digest.subscription_organizations,
            unknown=evidence.digest.compliances_unknown,
            entitlements=evidence.digest.entitlements,
        ),
    }


def organization_block(result: OrganizationResult, windows: Windows) -> Json:
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
        "plan": result.plan.value if result.is_counted else None,
    }
    if not result.is_counted:
        return block | _shared_blocks(result, windows)
    block["missing"] = [extra.value for extra in in_order(result.missing)]
    blocks = outlook_blocks(result.outlook) | _figures(result, windows)
    return block | blocks | _shared_blocks(result, windows)


def _shared_blocks(result: OrganizationResult, windows: Windows) -> Json:
    """Whose else it is, and what these need that no other block tells: nothing where it is of one tenant."""
    others = result.organization.others_than(result.tenant)
    if not others:
        return {}
    return {OTHERS: others, RENEWALS: own_renewals_block(result, windows.as_of)}


def _figures(result: OrganizationResult, windows: Windows) -> Json:
    """The blocks of the licensing model that answered."""
    if result.co_term is not None:
        return {"coTerm": co_term_block(result.co_term, windows), "notes": notes_block(result.notes)}
    if result.subscriptions is not None:
        account = result.subscriptions
        notes = _with_notes_of(account.subscriptions, result.notes)
        return {"subscription": subscription_block(account, windows), "notes": notes_block(notes)}
    return _license_figures(result, result.tally or Tally(), windows)


def _with_notes_of(
    subscriptions: Iterable[Subscription], notes: Mapping[NoteKind, int]
) -> Mapping[NoteKind, int]:
    for subscription in subscriptions:
        notes = added(notes, subscription.notes)
    return notes


def _license_figures(result: OrganizationResult, tally: Tally, windows: Windows) -> Json:
    plans, reclaim = {result.known_plan}, None if result.outlook is None else result.outlook.reclaim
    blocks = license_blocks(
        tally,
        days=sorted(windows.days),
        plans=plans,
        coverage=result.coverage,
        seats=seats_block(
            tally,
            plans=plans,
            has_all_seats=result.has_all_seats,
            use=result.seat_use,
            told_by=int(result.seat_use is not None),
        ),
    )
    blocks["reclaim"] = None if reclaim is None else own_reclaim_block(reclaim)
    if result.attention is not None:
        blocks["attention"] = attention_block(result.attention)
    return blocks


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
        _error_block(failure, tenant=tenant, organization_id=organization_id, extra=extra)
        for tenant, organization_id, failure, extra in sorted(digest.failures, key=lambda one: one[:2])
    ]
    return tenants + organizations


def _error_block(
    failure: Failure, *, tenant: str, organization_id: str | None, extra: Extra | None = None
) -> Json:
    return {
        "organizationId": organization_id,
        "tenant": tenant,
        "class": failure.failure_class.value,
        "httpStatus": failure.http_status,
        "message": failure.message,
        "attempts": failure.attempts,
        "requestId": failure.request_id,
        "missing": None if extra is None else extra.value,
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
