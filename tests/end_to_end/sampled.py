"""Reports that together have something at every place of a report: what is set to null must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

import orjson

from auditor.domain.co_term import CoTermAccount, CoTermOverview
from auditor.domain.device_use import DeviceUse, FamilyUse
from auditor.domain.extra import Extra
from auditor.domain.finding import Severity, disagreement
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.overview import SeatUse
from auditor.domain.question import PlanKind
from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.domain.subscription import Seats
from auditor.judge.policy_text import read_policy
from auditor.judge.tenants import Policies, judge_by
from auditor.judge.verdict_json import judged_report
from auditor.report.reading import Document, read_report
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, a_license
from tests.report.evidences import (
    NOT_ENABLED,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    an_abridged_result,
)

RULES: Final = """
[completeness]
max_failed = 9
max_unknown = 9

[[rules]]
id = "at-risk"
figure = "expiring.atRisk"
max = 0
advice = "renew it"

[[rules]]
id = "soon"
figure = "dark.soonest"
min_days = 30

[[rules]]
id = "over-limit"
figure = "coTerm.use.overLimit"
max = 1
ratchet = true

[[rules]]
id = "standing"
severity = "warning"
figure = "standing"
one_of = ["ok"]

[[waivers]]
rule = "at-risk"
organization = "501"
reason = "ordered"
owner = "Ada"
expires = 2026-12-31
"""


def _day(days: float) -> Any:
    return AS_OF + timedelta(days=days)


def _per_device(organization_id: str, *, seats: bool = True, **changes: Any) -> OrganizationResult:
    """With licenses in every state, a spare for a device at risk, another that none fits, and detail."""
    listed = [
        a_license(id="1"),
        a_license(id="2", state="expiring", device_serial="Q2XX-TEST-0002", expires_at=_day(20)),
        a_license(id="3", state="expired", device_serial="Q2XX-TEST-0003", expires_at=_day(-5)),
        a_license(id="4", state="unused", device_serial=None, claimed_at=_day(-40), term=timedelta(365)),
        a_license(
            id="5", state="unusedActive", device_serial=None, activates_at=_day(-9), expires_at=_day(9)
        ),
        a_license(id="6", state="expiring", license_type="MR-ENT", device_serial="Q2-6", expires_at=_day(15)),
        a_license(id="7", state="unused", license_type="MV", device_serial=None, claimed_at=_day(-50)),
        a_license(
            id="8", license_type="SME", device_serial=None, network_id="N_1", seat_count=25, state="active"
        ),
        a_license(id="9", state="recentlyQueued", head_license_id="77", device_serial="Q2XX-TEST-0009"),
    ]
    result = a_result(organization_id, [listed], detail=True, **changes)
    return replace(result, seat_use=SeatUse(25, 20, 5, 22)) if seats else result


def _co_term(organization_id: str = "601", **changes: Any) -> OrganizationResult:
    overview = CoTermOverview("OK", _day(45), {"MV": 4, "MX64": 2, "SM": 30})
    use = DeviceUse.of({"MV": FamilyUse(4, 7), "MX64": FamilyUse(2, 1)}, unmatched={"MG21": 1}, warm_spares=2)
    keys = a_co_term_result().co_term
    assert keys is not None
    return a_co_term_result(organization_id, CoTermAccount(overview, keys.keys, use), **changes)


def _subscribed(organization_id: str, **changes: Any) -> OrganizationResult:
    held = a_subscription(
        "77",
        smart_account="pending",
        renews_at=_day(20),
        organizations=2,
        seats={"LIC-MX": Seats(5, 6, 1, 2), "MV": Seats(2, 1, 1), "ODD": None},
        notes={NoteKind.UNKNOWN_STATUS: 1},
    )
    other = a_subscription("78", ends_at=_day(12), violations=())
    return a_subscription_result(organization_id, held, other, **changes)


def _named(result: OrganizationResult, name: str) -> OrganizationResult:
    return replace(result, organization=Organization(result.organization.id, name, "per-device"))


def _filled(report: Document, **run: Any) -> bytes:
    """The text of *report*, judged against itself, with what no builder has."""
    report["run"] |= {"shard": "1/1", "question": "q", "spread": "s"} | run
    for one in report["organizations"]:
        for license_ in one.get("attention") or ():
            license_ |= {"orderNumber": "5S1", "networkId": license_["networkId"] or "N_2"}
        if one.get("coverage"):
            one["coverage"]["organizations"] = 1
    return _judged(orjson.dumps(report))


def _judged(report: bytes) -> bytes:
    document = read_report(report)
    before = read_report(report)
    for one in before["organizations"]:
        if (one["coTerm"] or {}).get("use"):
            one["coTerm"]["use"]["overLimit"] -= 1
    policy = read_policy(RULES, name="rules.toml")
    policies = Policies(policy, {"north": policy})
    verdicts = judge_by(policies, document, baseline=before, fail_on=Severity.ERROR)
    return to_json(judged_report(document, verdicts.together))


@cache
def samples() -> Mapping[str, bytes]:
    """The texts of reports by name: one of each licensing model, of what broke off, of plans, and of all."""
    refused = Failure(FailureClass.FORBIDDEN, "no", http_status=403, attempts=1, request_id="r-2")
    finding = disagreement("501", "acme", subject="total", message="differs")
    own = replace(_per_device("501"), findings=(finding,), is_reconciled=True)
    broken = [
        _named(a_result("502", [[a_license(id="1")]], ending=SERVER), "Broken"),
        a_result("503", [], ending=SERVER),
        a_result("504", [], ending=NOT_ENABLED),
        a_result("505", [[a_license(id="1")]], tenant="north", missing={Extra.SEAT_USE: refused}),
    ]
    abridged = [
        an_abridged_result("501"),
        an_abridged_result("502", [a_license(id="1", state="expiring")], plan=PlanKind.TARGETED),
        a_co_term_result("601", CoTermAccount(CoTermOverview("Expired", None, knows_devices=False))),
        a_co_term_result("602", missing={Extra.INVENTORY: refused}),
        a_subscription_result("701", a_subscription("7", seats=None, ends_at=None)),
        a_subscription_result("702", a_subscription("8"), missing={Extra.COMPLIANCE: refused}),
    ]
    ended: dict[str, Any] = {
        "interrupted": "the deadline",
        "discovery_failures": [DiscoveryFailure("north", SERVER)],
    }
    reports = {
        "per-device": a_report(own, is_reconciled=True),
        "co-term": a_report(_co_term()),
        "subscription": a_report(_subscribed("701")),
        "broken": a_report(*broken, **ended),
        "abridged": a_report(*abridged),
        "whole": a_report(own, *broken, _co_term(), _subscribed("701"), is_reconciled=True, **ended),
    }
    return {name: _filled(report) for name, report in reports.items()}
