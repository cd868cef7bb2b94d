"""The report on a part that did not come back: nothing of it was read, and each organization says so."""

from __future__ import annotations

from auditor import __version__
from auditor.assembly import Found
from auditor.cluster.order import Order
from auditor.domain.outcome import Failure
from auditor.domain.result import Digest, OrganizationResult
from auditor.domain.window import Windows
from auditor.report.document import Evidence, RunFacts, TenantFacts, build_report, organization_block
from auditor.report.reading import Document
from auditor.report.summing import NO_TRAFFIC


def report_without(order: Order, found: Found, failure: Failure) -> Document:
    """What a worker would have reported of *found* that came to nothing but *failure*."""
    settings = order.settings
    windows, digest = Windows(order.as_of, settings.audit.windows_days), Digest()
    failed = [
        OrganizationResult(one.organization, one.tenant, ending=failure) for one in found.plan.assignments
    ]
    results = sorted([*failed, *found.plan.settled], key=lambda one: (one.tenant, one.organization.id))
    for result in results:
        digest.add(result)
    evidence = Evidence(
        windows=windows,
        tenants=[TenantFacts(one.name, one.tags, one.contact) for one in settings.tenants],
        seen=found.plan.seen,
        is_reconciled=settings.audit.reconcile,
        digest=digest,
        discovery_failures=found.failures,
    )
    facts = RunFacts(
        order.run_id,
        order.as_of,
        order.as_of,
        0.0,
        interrupted=failure.message,
        shard=str(order.shard),
        question=order.question,
    )
    report = build_report(evidence, tool_version=__version__, run=facts, traffic=NO_TRAFFIC)
    return {**report, "organizations": [organization_block(one, windows) for one in results]}
