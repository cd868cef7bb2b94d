from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from auditor.domain.finding import Severity
from auditor.domain.outcome import Failure, FailureClass
from auditor.errors import SettingsError
from auditor.judge.policy import Policy
from auditor.judge.tenants import Policies, Verdicts, judge_by
from auditor.judge.verdict import Outcome, Verdict, judge
from auditor.judge.verdict_text import verdict_lines
from auditor.report.reading import Document, read_report
from auditor.report.split import split
from auditor.report.to_json import to_json
from tests.domain.builders import a_license
from tests.judge.drawn import FEW, reports
from tests.judge.reports import a_policy, unlisted
from tests.judge.test_verdict_properties import rules
from tests.report.evidences import a_report, a_result

UNUSED = 'figure = "unused.total"\nmax = 0'
WAIVER = (
    '[[waivers]]\nrule = "*"\nreason = "ordered"\nowner = "jane"\nexpires = 2099-12-31\norganization = "*"'
)


def a_fleet(unused: Mapping[str, int], **changes: Any) -> Document:
    """A report on an organization of each tenant, with as many unused licenses as it has in *unused*."""
    owned = [
        a_result(
            str(500 + place),
            [[a_license(id=str(n), state="unused", device_serial=None) for n in range(count)]],
            tenant=tenant,
        )
        for place, (tenant, count) in enumerate(unused.items())
    ]
    report = a_report(*owned)
    report["tenants"] = [{"name": one, "tags": ["gold"], "contact": ""} for one in unused]
    return read_report(to_json(report | changes))


def judged(report: Document, for_all: Policy, own: Mapping[str, Policy], **more: Any) -> Verdicts:
    """The verdicts on *report*."""
    return judge_by(Policies(for_all, own), report, **{"fail_on": Severity.ERROR, **more})


def told(verdict: Verdict) -> set[tuple[str, str | None, str | None]]:
    """Of each finding its rule, tenant and tag."""
    return {(one.rule, one.place.tenant, one.place.tag) for one in verdict.findings}


def at(scope: str, rule_id: str) -> str:
    """A rule that allows no unused license."""
    return f'id = "{rule_id}"\n{UNUSED}\nscope = "{scope}"'


FLEET = a_fleet({"acme": 2, "north": 3})


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ("organization", {("r", "north", None)}),
        ("tenant", {("r", "north", None)}),
        ("tag", {("r", None, "gold")}),
        ("total", {("r", None, None)}),
    ],
)
def test_rules_for_each_customer_leave_out_who_has_a_policy_of_its_own(
    scope: str, places: set[tuple[str, str | None, str | None]]
) -> None:
    """Sums over several still have everything in."""
    verdict = judged(FLEET, a_policy(at(scope, "r")), {"acme": Policy()}).together

    assert told(verdict) == places
    assert {one.value for one in verdict.findings} == {3 if scope in {"organization", "tenant"} else 5}


@pytest.mark.parametrize("scope", ["organization", "tenant", "tag", "total"])
def test_all_that_an_own_policy_finds_is_of_its_tenant(scope: str) -> None:
    """A total as well, which is that of the tenant; and nothing of another one is seen."""
    verdict = judged(FLEET, Policy(), {"acme": a_policy(at(scope, "r"))}).together

    assert told(verdict) == {("r", "acme", "gold" if scope == "tag" else None)}
    assert [one.value for one in verdict.findings] == [2]
    assert verdict.outcome is Outcome.FAILED


def test_a_figure_of_the_totals_is_that_of_the_tenant() -> None:
    """The report on the tenant alone has totals of its own."""
    rule = 'id = "r"\nfigure = "totals.unused.total"\nmax = 0'

    (finding,) = judged(FLEET, Policy(), {"acme": a_policy(rule)}).together.findings

    assert (finding.value, finding.subject) == (2, "tenant acme: totals.unused.total")


def test_an_own_policy_may_ask_for_less() -> None:
    """That is what it is for: the rule for all does not speak of this tenant any more."""
    lenient = a_policy(f'id = "unused"\n{UNUSED.replace("0", "2")}')
    strict = a_policy(f'id = "unused"\n{UNUSED}')

    assert judged(a_fleet({"acme": 2}), strict, {}).together.outcome is Outcome.FAILED
    assert judged(a_fleet({"acme": 2}), strict, {"acme": lenient}).together.outcome is Outcome.PASSED


def test_each_policy_has_its_own_waivers() -> None:
    """One of the policy for all excuses nothing of an own one, nor the other way round."""
    rule = at("organization", "r")
    plain, waiving = a_policy(rule), a_policy(rule, rest=WAIVER)

    by_all = judged(FLEET, waiving, {"acme": plain}).together
    by_own = judged(FLEET, plain, {"acme": waiving}).together

    assert {one.place.tenant for one in by_all.failing} == {"acme"}
    assert {one.place.tenant for one in by_own.failing} == {"north"}


def test_what_is_wrong_with_an_own_waiver_is_told_to_its_tenant() -> None:
    """Unused ones of two tenants are two findings."""
    own = a_policy(rest=WAIVER)

    findings = judged(FLEET, Policy(), {"acme": own, "north": own}).together.findings

    assert {(one.rule, one.place.tenant) for one in findings} == {("waiver", "acme"), ("waiver", "north")}
    assert len({one.id for one in findings}) == 2


def test_one_file_may_serve_several_tenants() -> None:
    """Rules of one name are told apart by the tenant."""
    own = a_policy(at("organization", "r"))

    verdict = judged(FLEET, a_policy(at("total", "r")), {"acme": own, "north": own}).together

    assert [(one.rule.id, one.tenant, one.broken) for one in verdict.rules] == [
        ("r", None, 1),
        ("r", "acme", 1),
        ("r", "north", 1),
    ]
    assert len({one.id for one in verdict.findings}) == 3


def test_what_a_tenant_lacks_is_told_with_its_name() -> None:
    """Where the policy for all tolerates it, the tenant's own one may not."""
    tolerant = a_policy(rest="[completeness]\nmax_failed = 9\nmin_share = 0")
    failure = Failure(FailureClass.SERVER, "no", http_status=503, attempts=5, request_id=None)
    owned = (a_result("500", [], tenant="acme", ending=failure), a_result("501", tenant="north"))
    report = read_report(to_json(a_report(*owned)))

    verdict = judged(report, tolerant, {"acme": Policy()}).together

    assert verdict.shortfalls == ("tenant acme: 1 of 1 organization failed",)
    assert verdict.outcome is Outcome.UNDECIDED
    assert judged(report, tolerant, {"north": Policy()}).together.outcome is Outcome.PASSED


def test_a_tenant_that_could_not_be_listed_is_told_once() -> None:
    """A dead key leaves the audit incomplete, in the same words by both policies."""
    report = a_fleet({"north": 0})
    report["errors"] = [unlisted("acme")]
    report["completeness"]["complete"] = False

    verdict = judged(report, Policy(), {"acme": Policy()}).together

    assert verdict.shortfalls == ("the organizations of tenant acme could not be listed (auth)",)
    assert verdict.outcome is Outcome.UNDECIDED


def test_of_a_tenant_without_organizations_nothing_is_judged() -> None:
    """It is said that its rules had nothing to judge."""
    verdict = judged(FLEET, Policy(), {"elsewhere": a_policy(at("organization", "r"))}).together

    assert verdict.outcome is Outcome.PASSED
    assert "found nothing to judge: r (tenant elsewhere)" in [*verdict_lines(verdict, FLEET)]


def test_a_baseline_is_judged_by_the_same_policies() -> None:
    """What was there before is known, whoever's policy finds it."""
    own = {"acme": a_policy(at("total", "own"))}
    policy = a_policy(at("organization", "r"))

    same = judged(FLEET, policy, own, baseline=FLEET).together
    grown = judged(FLEET, policy, own, baseline=a_fleet({"acme": 0, "north": 3})).together

    assert same.outcome is Outcome.PASSED
    assert {(one.rule, one.is_new) for one in grown.findings} == {("own", True), ("r", False)}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('figure = "traffic.requests"\nmax = 9', "no tenant's"),
        ('figure = "run.durationSeconds"\nmax = 9', "no tenant's"),
        ('figure = "expiring.within.45"\nmax = 9', "45 days"),
    ],
)
def test_what_an_own_policy_can_never_answer_is_refused(rule: str, said: str) -> None:
    """With the name of the tenant; in the policy for all, figures of the run are fine."""
    with pytest.raises(SettingsError, match=r"tenant 'acme': rule rule: .*") as caught:
        Policies(Policy(), {"acme": a_policy(rule)}).check([30, 60, 90], what="audit")

    assert said in str(caught.value)
    if said == "no tenant's":
        Policies(a_policy(rule)).check([30, 60, 90], what="audit")


def test_all_that_can_never_be_answered_is_told_at_once() -> None:
    """Of all policies."""
    late = a_policy('figure = "expiring.within.45"\nmax = 9')

    with pytest.raises(SettingsError) as caught:
        Policies(late, {"acme": late, "north": late}).check([30], what="audit")

    assert len(caught.value.problems) == 3


def test_a_verdict_of_its_own_is_that_on_its_own_report() -> None:
    """A customer who judges the report that was sent, by the same policy, comes to the same."""
    own = a_policy(at("organization", "r"), at("total", "all"))
    parts = dict(split(FLEET))

    mine, theirs = judged(FLEET, Policy(), {"acme": own}).own["acme"], judge(parts["acme"], own)

    assert [(one.rule, one.value) for one in mine.findings] == [
        (one.rule, one.value) for one in theirs.findings
    ]
    assert mine.outcome is theirs.outcome
    assert [replace(one, tenant=None) for one in mine.rules] == [*theirs.rules]


@FEW
@given(reports(), rules(), rules("b"))
def test_without_own_policies_the_verdict_is_that_of_the_policy_for_all(
    report: Document, one: str, other: str
) -> None:
    """Nothing is lost or added."""
    policy = a_policy(one, other)

    assert judged(report, policy, {}).together == judge(report, policy)


@FEW
@given(reports(), rules(), rules("b"))
def test_the_rules_for_all_as_own_ones_find_the_same(report: Document, one: str, other: str) -> None:
    """Of each organization and tenant, under the same ids: a move to an own policy is no news."""
    near = (text for text in (one, other) if 'scope = "t' not in text or 'scope = "tenant"' in text)
    own = a_policy(*near)

    by_all = judge(report, own)
    by_own = judged(report, Policy(), {"acme": own, "north": own}).together

    assert {each.id for each in by_own.findings} == {each.id for each in by_all.findings}
    assert {(each.rule, each.place, each.reason) for each in by_own.undecided} == {
        (each.rule, each.place, each.reason) for each in by_all.undecided
    }
