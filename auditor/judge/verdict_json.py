"""A verdict as JSON values: the blocks of a judged report."""

from __future__ import annotations

from typing import Any

from auditor.judge.observation import Json
from auditor.judge.tolerance import Undecided
from auditor.judge.verdict import RuleResult, Verdict


def verdict_block(verdict: Verdict) -> dict[str, Any]:
    """The block `verdict` of a judged report."""
    findings = verdict.findings
    return {
        "outcome": verdict.outcome.value,
        "failOn": verdict.fail_on.value,
        "baselineAsOf": verdict.baseline_as_of,
        "shortfalls": list(verdict.shortfalls),
        "counts": {
            "failing": len(verdict.failing),
            "waived": sum(one.waiver is not None for one in findings),
            "known": sum(one.waiver is None and one.is_new is False for one in findings),
            "undecided": len(verdict.undecided),
        },
        "rules": [_rule_block(one) for one in verdict.rules],
        "undecided": [_undecided_block(one) for one in verdict.undecided],
    }


def judged_report(report: Json, verdict: Verdict) -> dict[str, Any]:
    """*report* with the findings of *verdict*, and with `verdict` itself."""
    findings = [one.to_json() for one in verdict.findings]
    return with_verdict({**report, "findings": findings}, verdict_block(verdict))


def with_verdict(report: Json, block: Json) -> dict[str, Any]:
    """*report*, which has the findings of a verdict, with the *block* of that verdict."""
    found = {"findings": report["findings"], "verdict": block}
    judged: dict[str, Any] = {}
    for key, value in report.items():
        if key not in found:
            judged[key] = value
        if key == "organizations":  # where findings stand in a report
            judged |= found
    return judged


def _rule_block(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    return {
        "id": rule.id,
        "tenant": result.tenant,
        "severity": rule.severity.value,
        "scope": rule.level.value,
        "figure": rule.figure,
        "judged": result.judged,
        "broken": result.broken,
        "waived": result.waived,
        "undecided": result.undecided,
    }


def _undecided_block(one: Undecided) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity.value,
        "organizationId": one.place.organization_id,
        "tenant": one.place.tenant,
        "subject": one.subject,
        "reason": one.reason,
        "matters": one.matters,
    }
