from __future__ import annotations

from dataclasses import replace

from auditor.assembly import Found
from auditor.cluster.untold import report_without
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.plan import Assignment, Plan
from auditor.domain.result import OrganizationResult
from auditor.domain.shard import Shard
from auditor.report.merging import Merge
from tests.cluster.builders import an_order

LOST = Failure(FailureClass.INTERNAL, "not read: every worker that was given it died")


def named(text: str) -> Organization:
    return Organization(OrganizationId(text), f"Organization {text}", "per-device")


def test_each_organization_of_a_lost_part_says_why_it_was_not_read() -> None:
    """So that the whole has all that was selected; what was settled before stays as it is."""
    skip = Skip(SkipReason.API_DISABLED, "API access is disabled for this organization")
    settled = OrganizationResult(named("502"), "north", ending=skip)
    found = Found(Plan((Assignment(named("503"), "north"), Assignment(named("501"), "north")), (settled,), 9))
    order = replace(an_order().sent({}), shard=Shard(1, 1))
    kept: list[tuple[str, str]] = []
    merge = Merge(lambda key, _: kept.append(key))

    report = report_without(order, found, LOST)
    merge.add(report)
    head = merge.finish()

    assert [(one["id"], one["status"], one["error"]) for one in report["organizations"]] == [
        ("501", "failed", "internal"),
        ("502", "skipped", None),
        ("503", "failed", "internal"),
    ]
    assert kept == [("north", "501"), ("north", "502"), ("north", "503")]
    assert head["completeness"]["organizations"]["seen"] == 9
    assert head["completeness"]["organizations"]["failed"] == 2
    assert not head["completeness"]["complete"]
    assert [one["message"] for one in head["errors"]] == [LOST.message] * 2
    assert head["run"]["interrupted"] == f"part 1/1: {LOST.message}"
