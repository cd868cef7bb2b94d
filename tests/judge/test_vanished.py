"""Organizations that the baseline has and that are skipped or not listed by now are findings."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.finding import Severity
from auditor.judge.policy import Policy
from auditor.judge.tenants import Policies, judge_by
from auditor.judge.vanished import about_vanished
from auditor.judge.verdict import Outcome, Verdict, judge
from tests.judge.reports import a_document, a_policy, an_organization, failed, partial, skipped, unlisted

Json = dict[str, Any]
BASELINE = a_document(*(an_organization(str(number), standing="dark") for number in range(501, 505)))
RULE = 'figure = "standing"\nnone_of = ["dark"]'
WAIVER = (
    '[[waivers]]\nrule = "vanished"\norganization = "50*"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31\n'
)


def vanished(report: Json, rest: str = "", baseline: Json = BASELINE) -> Verdict:
    """The verdict on *report* beside the baseline."""
    return judge(report, a_policy(RULE, rest=rest), baseline=baseline)


def ids(verdict: Verdict) -> list[str | None]:
    """The organizations that vanished."""
    return [one.place.organization_id for one in verdict.findings if one.rule == "vanished"]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (
            a_document(an_organization("501"), *map(skipped, ("502", "503", "504"))),
            "is skipped now (apiDisabled)",
        ),
        (a_document(an_organization("501")), "is not listed now"),
    ],
)
def test_what_nobody_looks_at_any_more_is_a_warning(report: Json, words: str) -> None:
    """It was dark before: that it is gone from the report does not make it well."""
    verdict = vanished(report)
    found = [one for one in verdict.findings if one.rule == "vanished"]

    assert ids(verdict) == ["502", "503", "504"]
    assert {(one.severity, one.is_new) for one in found} == {(Severity.WARNING, True)}
    assert all(f"the baseline has it (audited, dark), and it {words}" in one.message for one in found)
    assert verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize(("most", "outcome"), [(0, Outcome.FAILED), (2, Outcome.FAILED), (3, Outcome.PASSED)])
def test_completeness_makes_too_many_of_them_fail(most: int, outcome: Outcome) -> None:
    """Up to the number that is allowed they stay warnings."""
    verdict = vanished(a_document(an_organization("501")), f"[completeness]\nmax_vanished = {most}")

    assert verdict.outcome is outcome


def test_one_that_is_waived_is_not_counted() -> None:
    """Somebody answers for it, until a day."""
    verdict = vanished(a_document(an_organization("501")), f"[completeness]\nmax_vanished = 0\n{WAIVER}")

    assert verdict.outcome is Outcome.PASSED
    assert all(one.waiver is not None for one in verdict.findings)


@pytest.mark.parametrize(
    "report",
    [
        a_document(an_organization("501"), errors=[unlisted("acme")]),
        a_document(an_organization("501"), run=BASELINE["run"] | {"shard": "1/2"}),
        a_document(
            an_organization("501"),
            run=BASELINE["run"] | {"interrupted": "deadline"},
            completeness=BASELINE["completeness"]
            | {
                "complete": False,
                "organizations": {
                    **dict.fromkeys(("seen", "selected", "audited"), 1),
                    **dict.fromkeys(("partial", "failed", "skipped"), 0),
                },
            },
        ),
        a_document(*(an_organization(str(number), tenant="north") for number in range(501, 505))),
        a_document(*map(failed, ("501", "502")), *map(partial, ("503", "504"))),
    ],
)
def test_what_may_be_there_all_the_same_has_not_vanished(report: Json) -> None:
    """Not listed for a failure, in another part, with another tenant, or not read: that is told elsewhere."""
    assert list(about_vanished(report, BASELINE)) == []


def test_what_the_baseline_skipped_is_missed_by_nobody() -> None:
    """It was in no figure then either."""
    assert ids(vanished(a_document(an_organization("501")), baseline=a_document(skipped("504")))) == []


def test_each_policy_misses_the_organizations_of_its_own_tenants() -> None:
    """A tenant with a policy of its own lets them fail, and the policy for all says nothing of them."""
    tenants: list[Json] = [{"name": name, "tags": [], "contact": ""} for name in ("acme", "north")]
    both = [an_organization("501"), an_organization("502"), an_organization("601", tenant="north")]
    baseline, report = (a_document(*some, tenants=tenants) for some in (both, both[1:]))
    own = a_policy(RULE, rest="[completeness]\nmax_vanished = 0")

    verdict = judge_by(
        Policies(Policy(), {"acme": own}), report, baseline=baseline, fail_on=Severity.ERROR
    ).together

    assert ids(verdict) == ["501"]
    assert verdict.outcome is Outcome.FAILED
