from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.finding import Severity
from auditor.errors import SettingsError
from auditor.judge.policy import IDLE_RULE, SELECTION_RULE
from auditor.judge.verdict import Outcome, Verdict, judge
from tests.judge.reports import (
    a_co_term,
    a_document,
    a_policy,
    a_subscriber,
    a_subscription,
    an_organization,
    failed,
    partial,
    skipped,
    unlisted,
)

MAX_UNUSED = 'figure = "unused.unusedActive"\nmax = 2'
MIN_UNUSED = 'figure = "unused.unused"\nmin = 2'
TOLERANT = "[completeness]\nmin_share = 0.5"
NORTH_IS_EMPTY = [
    {"name": "acme", "tags": [], "contact": ""},
    {"name": "north", "tags": [], "contact": ""},
]


def told(verdict: Verdict) -> list[tuple[str | None, object]]:
    """Organization and value of each finding."""
    return [(one.place.organization_id, one.value) for one in verdict.findings]


def reasons(verdict: Verdict) -> list[tuple[str | None, str]]:
    return [(one.place.organization_id, one.reason) for one in verdict.undecided]


@pytest.mark.parametrize(
    ("rule", "figures", "outcome"),
    [
        ('figure = "unused.unusedActive"\nmax = 2', {"unused.unusedActive": 2}, Outcome.PASSED),
        ('figure = "unused.unusedActive"\nmax = 2', {"unused.unusedActive": 3}, Outcome.FAILED),
        ('figure = "unused.unused"\nmin = 2', {"unused.unused": 2}, Outcome.PASSED),
        ('figure = "unused.unused"\nmin = 2', {"unused.unused": 1}, Outcome.FAILED),
        ('figure = "unused.unused"\nmin = 2\nmax = 4', {"unused.unused": 5}, Outcome.FAILED),
        ('figure = "unused.unused"\nmin = 2\nmax = 4', {"unused.unused": 1}, Outcome.FAILED),
        ('figure = "unused.unused"\nmin = 2\nmax = 4', {"unused.unused": 4}, Outcome.PASSED),
        ('figure = "unused.unused"\nequals = 4', {"unused.unused": 4}, Outcome.PASSED),
        ('figure = "unused.unused"\nequals = 4', {"unused.unused": 5}, Outcome.FAILED),
        ('figure = "standing"\nequals = "ok"', {"standing": "ok"}, Outcome.PASSED),
        ('figure = "standing"\nequals = "ok"', {"standing": "dark"}, Outcome.FAILED),
        ('figure = "standing"\none_of = ["ok", "expiring"]', {"standing": "expiring"}, Outcome.PASSED),
        ('figure = "standing"\none_of = ["ok", "expiring"]', {"standing": "inGrace"}, Outcome.FAILED),
        ('figure = "standing"\nnone_of = ["dark"]', {"standing": "inGrace"}, Outcome.PASSED),
        ('figure = "standing"\nnone_of = ["dark"]', {"standing": "dark"}, Outcome.FAILED),
        ('figure = "standing"\nnone_of = ["dark"]', {"standing": None}, Outcome.UNDECIDED),
        ('figure = "dark.soonest"\nmin_days = 30', {"dark.soonest": "2026-03-31T12:00:00Z"}, Outcome.FAILED),
        ('figure = "dark.soonest"\nmin_days = 30', {"dark.soonest": "2026-03-31T12:00:01Z"}, Outcome.PASSED),
        ('figure = "dark.soonest"\nmin_days = 30', {"dark.soonest": None}, Outcome.PASSED),
        ('figure = "dark.soonest"\nmin_days = 30', {"dark": None}, Outcome.UNDECIDED),
        ('figure = "expiring.within.30"\nmax = 0', {"expiring.within": None}, Outcome.UNDECIDED),
        ('figure = "coverage.devices.dark"\nmax = 0', {"coverage": None}, Outcome.UNDECIDED),
        ('figure = "licenses.byState.paused"\nmax = 0', {}, Outcome.PASSED),
        ('figure = "licenses.byType.MV.active"\nmin = 1', {}, Outcome.FAILED),
        ('figure = "licenses.byType.MV.active"\nmax = 0', {"plan": "targeted"}, Outcome.UNDECIDED),
        ('figure = "licenses.byType.MV.unused"\nmax = 0', {"plan": "targeted"}, Outcome.PASSED),
        ('figure = "licenses.byType.MV.unused"\nmax = 0', {"licenses.byType": None}, Outcome.UNDECIDED),
        ('figure = "plan"\nequals = "full"', {"plan": "targeted"}, Outcome.FAILED),
        ('figure = "coTerm.use.overLimit"\nmax = 0', {}, Outcome.PASSED),
    ],
)
def test_a_figure_is_held_against_its_rule(rule: str, figures: dict[str, Any], outcome: Outcome) -> None:
    """Both bounds belong to what is allowed; null is undecided, unless it says that there is no such date."""
    verdict = judge(a_document(an_organization("501", figures)), a_policy(rule))

    assert verdict.outcome is outcome
    found = [one for one in verdict.findings if one.rule != IDLE_RULE]
    assert len(found) == (outcome is Outcome.FAILED)
    assert len(verdict.undecided) == (outcome is Outcome.UNDECIDED)


@pytest.mark.parametrize(
    ("rule", "value", "outcome"),
    [
        (MAX_UNUSED, {"unused.unusedActive": 3}, Outcome.FAILED),
        (MAX_UNUSED, {"unused.unusedActive": 2}, Outcome.UNDECIDED),
        (MIN_UNUSED, {"unused.unused": 1}, Outcome.UNDECIDED),
        (MIN_UNUSED, {"unused.unused": 2}, Outcome.PASSED),
        ('figure = "unused.unused"\nequals = 1', {"unused.unused": 2}, Outcome.FAILED),
        ('figure = "unused.unused"\nequals = 1', {"unused.unused": 1}, Outcome.UNDECIDED),
        (
            'figure = "unused.activation.soonest"\nmin_days = 9',
            {"unused.activation.soonest": "2026-03-03T00:00:00Z"},
            Outcome.FAILED,
        ),
        (
            'figure = "unused.activation.soonest"\nmin_days = 9',
            {"unused.activation.soonest": "2026-05-03T00:00:00Z"},
            Outcome.UNDECIDED,
        ),
        ('figure = "unused.activation.soonest"\nmin_days = 9', {}, Outcome.UNDECIDED),
        (
            'figure = "unused.activation.soonestCount"\nmax = 9',
            {"unused.activation.soonestCount": 10},
            Outcome.UNDECIDED,
        ),
        ('figure = "status"\nequals = "partial"', {}, Outcome.PASSED),
    ],
)
def test_of_what_was_read_in_part_only_what_is_certain_is_said(
    rule: str, value: dict[str, Any], outcome: Outcome
) -> None:
    """Counts are lower bounds, a soonest date may still be sooner. Completeness is tolerated here."""
    tolerant = "[completeness]\nmax_partial = 5"
    verdict = judge(
        a_document(an_organization("501", {"unused.unused": 9}), partial("503", value)),
        a_policy(rule + '\ninclude = ["503"]', rest=tolerant),
    )

    assert {
        Outcome.FAILED: (1, 0),
        Outcome.PASSED: (0, 0),
        Outcome.UNDECIDED: (0, 1),
    }[outcome] == (len(verdict.findings), len(verdict.undecided))


def test_a_certain_failure_is_one_also_where_the_audit_is_incomplete() -> None:
    """A lower bound above the limit cannot shrink."""
    report = a_document(partial("503", {"unused.unusedActive": 3}), failed("502"))

    verdict = judge(report, a_policy(MAX_UNUSED))

    assert verdict.outcome is Outcome.FAILED
    assert told(verdict) == [("503", 3)]
    assert verdict.findings[0].message == "unused.unusedActive is at least 3, allowed is at most 2"
    assert reasons(verdict) == [("502", "it was not read (server)")]
    assert verdict.shortfalls == ("1 of 2 organizations failed", "1 of 2 organizations partial")


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (a_document(an_organization()), Outcome.PASSED),
        (a_document(an_organization(), skipped()), Outcome.PASSED),
        (a_document(an_organization(), failed()), Outcome.UNDECIDED),
        (a_document(an_organization(), partial()), Outcome.UNDECIDED),
        (a_document(an_organization(), errors=[unlisted("north")]), Outcome.UNDECIDED),
        (a_document(), Outcome.NOTHING_AUDITED),
        (a_document(failed()), Outcome.NOTHING_AUDITED),
        (a_document(failed(), skipped()), Outcome.NOTHING_AUDITED),
        (a_document(skipped()), Outcome.PASSED),
    ],
)
def test_an_empty_policy_judges_only_completeness(report: dict[str, Any], outcome: Outcome) -> None:
    """Incomplete is never passed, and never a failure of a rule."""
    assert judge(report, a_policy()).outcome is outcome


def test_a_run_that_ended_early_is_incomplete() -> None:
    """Whatever its counts say."""
    report = a_document(an_organization())
    report["run"]["interrupted"] = "stopped by SIGINT"
    report["completeness"]["complete"] = False

    verdict = judge(report, a_policy())

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.shortfalls == ("the run ended early: stopped by SIGINT",)


@pytest.mark.parametrize(
    ("demand", "shortfalls"),
    [
        ("min_share = 0.75", 0),
        ("min_share = 0.76", 1),
        ("max_failed = 1", 0),
        ("max_failed = 0", 1),
        ("max_partial = 0", 1),
        ("max_partial = 9", 1),
        ("may_end_early = true", 1),
        ("min_share = 0.5\nmax_failed = 0", 1),
        ("min_share = 0.76\nmax_failed = 9", 1),
        ("max_skipped = 0", 1),
        ("max_failed = 0\nmax_skipped = 0\nmin_share = 1", 3),
    ],
)
def test_a_policy_says_how_much_is_enough(demand: str, shortfalls: int) -> None:
    """Of four organizations that were to be audited one failed; a fifth was skipped on purpose."""
    report = a_document(*map(an_organization, "123"), failed(), skipped())

    verdict = judge(report, a_policy(rest=f"[completeness]\n{demand}"))

    # max_skipped alone tolerates no failure
    assert len(verdict.shortfalls) == shortfalls + (demand == "max_skipped = 0")
    assert verdict.outcome is (Outcome.UNDECIDED if verdict.shortfalls else Outcome.PASSED)


@pytest.mark.parametrize("tolerance", ["max_failed = 9", "max_partial = 9", "min_share = 0"])
def test_tolerating_organizations_is_not_tolerating_a_run_that_ended_early(tolerance: str) -> None:
    """Only the key that says so is: what a run did not come to is more than what it counts."""
    report = a_document(an_organization())
    report["run"]["interrupted"] = "the deadline came"
    report["completeness"]["complete"] = False

    cut = judge(report, a_policy(rest=f"[completeness]\n{tolerance}"))
    tolerated = judge(report, a_policy(rest=f"[completeness]\n{tolerance}\nmay_end_early = true"))

    assert cut.shortfalls == ("the run ended early: the deadline came",)
    assert (cut.outcome, tolerated.outcome) == (Outcome.UNDECIDED, Outcome.PASSED)


def test_many_failures_pass_no_demand_that_speaks_only_of_partial_ones() -> None:
    """A key that is not given keeps its strictness beside one that is, and the bound is told."""
    report = a_document(an_organization("1"), partial("2"), failed("3"), failed("4"))

    verdict = judge(report, a_policy(rest="[completeness]\nmax_partial = 1"))

    assert verdict.shortfalls == ("2 of 4 organizations failed, at most 0 may be",)
    assert verdict.outcome is Outcome.UNDECIDED


def test_what_is_tolerated_leaves_rules_undecided_without_consequence() -> None:
    """It is told all the same. A figure that nobody asked for is not tolerated by it."""
    incomplete = a_document(an_organization(), failed())
    unasked = a_document(an_organization("501", {"unused.burning": None}), failed())
    rule = 'figure = "unused.burning.daysBurned"\nmax = 0'

    tolerated = judge(incomplete, a_policy(rule, rest=TOLERANT))
    not_tolerated = judge(unasked, a_policy(rule, rest=TOLERANT))

    assert (tolerated.outcome, len(tolerated.undecided)) == (Outcome.PASSED, 1)
    assert not_tolerated.outcome is Outcome.UNDECIDED


def test_a_tenant_that_could_not_be_listed_is_never_tolerated() -> None:
    """Nobody knows how many organizations it has."""
    report = a_document(an_organization(), errors=[unlisted("north")])

    verdict = judge(report, a_policy(rest=TOLERANT))

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.shortfalls == ("the organizations of tenant north could not be listed (auth)",)


@pytest.mark.parametrize(("licensed", "outcome"), [(0, Outcome.PASSED), (7, Outcome.UNDECIDED)])
def test_without_a_licensed_device_there_is_no_date_to_miss(licensed: int, outcome: Outcome) -> None:
    """The vendor writes N/A; where devices are licensed, it should know when that ends."""
    report = a_document(a_co_term("1", {"coTerm.expiresAt": None, "coTerm.devices.licensed": licensed}))

    assert judge(report, a_policy('figure = "coTerm.expiresAt"\nmin_days = 30')).outcome is outcome


def test_rules_ask_nothing_of_models_without_their_figure() -> None:
    """Nor of what was skipped, nor of a failed organization that states another model."""
    report = a_document(a_co_term(), skipped(), a_subscriber(), failed("502", licensingModel="co-term"))

    verdict = judge(report, a_policy(MAX_UNUSED, rest=TOLERANT))

    assert verdict.outcome is Outcome.PASSED
    assert verdict.rules[0].judged == 0
    assert judge(a_document(a_co_term(), failed()), a_policy(MAX_UNUSED)).rules[0].undecided == 1


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ("", ["1", "2", "3"]),
        ('include = ["*RETAIL*"]', ["1"]),
        ('include = ["tag:gold"]', ["1", "2"]),
        ('exclude = ["1"]', ["2", "3"]),
        ('tenants = ["ac*"]', ["1", "2"]),
        ('tags = ["GOLD"]', ["1", "2"]),
        ('tags = ["iron"]', []),
        ('licensing_models = ["per-device"]', ["1", "2", "3"]),
        ('licensing_models = ["co-term"]', ["3"]),
        ('tenants = ["acme"]\nexclude = ["2"]', ["1"]),
    ],
)
def test_a_rule_selects_organizations(selection: str, chosen: list[str]) -> None:
    """By name, id, tenant, the tenant's tags and licensing model; an unknown model is not left out."""
    report = a_document(
        an_organization("1", name="Acme Retail"),
        an_organization("2"),
        an_organization("3", tenant="north", licensingModel=None),
        tenants=[
            {"name": "acme", "tags": ["gold"], "contact": ""},
            {"name": "north", "tags": [], "contact": ""},
        ],
    )

    verdict = judge(report, a_policy(f'figure = "licenses.total"\nmax = 0\n{selection}'))

    found = [one for one in verdict.findings if one.rule != IDLE_RULE]
    assert [one.place.organization_id for one in found] == chosen


@pytest.mark.parametrize(
    "selection",
    [
        'tags = ["iron"]',
        'tenants = ["acmee"]',
        'include = ["tag:iron"]',
        'include = ["x*"]',
        'exclude = ["*"]',
    ],
)
@pytest.mark.parametrize("scope", ["organization", "tenant", "total"])
def test_a_rule_that_is_for_nobody_is_a_finding(selection: str, scope: str) -> None:
    """A misspelt name must not pass for good. It is a warning, and can be waived like any other."""
    report = a_document(an_organization("1"), tenants=[{"name": "acme", "tags": ["gold"], "contact": ""}])
    rule = f'figure = "licenses.total"\nmax = 0\nscope = "{scope}"\n{selection}'
    waiver = '[[waivers]]\nrule = "idle"\nfinding = "*"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31'

    verdict = judge(report, a_policy(rule), fail_on=Severity.WARNING)

    [finding] = verdict.findings
    assert (finding.rule, finding.severity, finding.subject) == (IDLE_RULE, Severity.WARNING, "rule rule")
    assert verdict.outcome is Outcome.FAILED
    assert judge(report, a_policy(rule)).outcome is Outcome.PASSED
    assert judge(report, a_policy(rule, rest=waiver), fail_on=Severity.WARNING).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ('figure = "coTerm.use.overLimit"\nmax = 0', {}),
        ('figure = "coTerm.use.overLimit"\nmax = 0\ntenants = ["acme"]', {}),
        ('figure = "licenses.total"\nmax = 9\nlicensing_models = ["co-term"]', {}),
        ('figure = "licenses.total"\nmax = 9\ntenants = ["north"]', {"errors": [unlisted("north")]}),
        ('figure = "licenses.total"\nmax = 9\ntags = ["gold"]', {"tenants": []}),
    ],
)
def test_a_rule_that_finds_nothing_of_its_kind_is_no_mistake(rule: str, changes: dict[str, Any]) -> None:
    """A policy speaks of licensing models that one does not have, and of tenants that were not read."""
    verdict = judge(a_document(an_organization("1"), **changes), a_policy(rule))

    assert verdict.findings == ()


def test_a_part_of_an_audit_says_nothing_of_rules_and_tenants_without_organizations() -> None:
    """They have theirs in another part."""
    report = a_document(an_organization("1"), tenants=NORTH_IS_EMPTY)
    report["run"]["shard"] = "1/2"

    verdict = judge(report, a_policy('figure = "licenses.total"\nmax = 9\ntenants = ["north"]'))

    assert verdict.findings == ()


def test_a_tenant_of_whom_nothing_was_selected_is_a_finding() -> None:
    """A misspelt pattern must not make a customer vanish; sums by tenant see its nought."""
    report = a_document(an_organization("1"), tenants=NORTH_IS_EMPTY)

    by_completeness = judge(report, a_policy())
    by_tenant = judge(report, a_policy('figure = "licenses.total"\nmin = 1\nscope = "tenant"'))

    [finding] = by_completeness.findings
    assert (finding.rule, finding.place.tenant) == (SELECTION_RULE, "north")
    assert finding.subject == "tenant north: organizations"
    assert by_completeness.outcome is Outcome.PASSED
    assert judge(report, a_policy(), fail_on=Severity.WARNING).outcome is Outcome.FAILED
    assert ("rule", "tenant north: licenses.total", 0) in {
        (one.rule, one.subject, one.value) for one in by_tenant.findings
    }
    assert by_tenant.outcome is Outcome.FAILED


def test_a_tag_has_one_identity_however_it_is_spelled() -> None:
    """Which spelling comes first depends on who is there: a baseline must not take it for news."""

    def a_fleet(*tags: str) -> dict[str, Any]:
        names = [f"t{place}" for place, _ in enumerate(tags)]
        tenants = [
            {"name": name, "tags": [tag], "contact": ""} for name, tag in zip(names, tags, strict=True)
        ]
        return a_document(*(an_organization(name, tenant=name) for name in names), tenants=tenants)

    rule = a_policy('figure = "licenses.total"\nmax = 0\nscope = "tag"')

    [before] = judge(a_fleet("gold"), rule).findings
    [after] = judge(a_fleet("gold", "Gold"), rule, baseline=a_fleet("gold")).findings

    assert (before.place.tag, after.place.tag) == ("gold", "Gold")
    assert (before.id, after.is_new) == (after.id, False)


def test_two_organizations_of_one_id_are_two_findings() -> None:
    """Two clouds may give out one id; what is known of one of them excuses nothing in the other."""
    before = a_document(
        an_organization("1", {"unused.unusedActive": 3}), an_organization("1", tenant="china")
    )
    after = a_document(
        an_organization("1", {"unused.unusedActive": 3}),
        an_organization("1", {"unused.unusedActive": 3}, tenant="china"),
    )

    verdict = judge(after, a_policy(MAX_UNUSED), baseline=before)

    assert [(one.place.tenant, one.is_new) for one in verdict.findings] == [("acme", False), ("china", True)]
    assert verdict.outcome is Outcome.FAILED


def test_truth_is_spelled_as_in_the_report() -> None:
    """And as the demand beside it."""
    report = a_document(an_organization("1"), failed())

    [finding] = judge(report, a_policy('figure = "completeness.complete"\nequals = true')).findings

    assert finding.message == "completeness.complete is false, allowed is true"


def test_without_tags_a_rule_that_asks_for_them_is_undecided() -> None:
    """It must not pass because nothing was looked at. Tags may also be handed in."""
    report = a_document(an_organization("1", {"unused.unusedActive": 3}))
    policy = a_policy(f'{MAX_UNUSED}\ntags = ["gold"]')

    other = report | {"tenants": [{"name": "north", "tags": ["gold"], "contact": ""}]}

    assert judge(report, policy).outcome is Outcome.UNDECIDED
    assert judge(other, policy).outcome is Outcome.UNDECIDED
    assert judge(report, policy, tags={"acme": ["gold"]}).outcome is Outcome.FAILED


FLEET = a_document(
    an_organization("1", {"unused.unusedActive": 2}),
    an_organization("2", {"unused.unusedActive": 1}),
    an_organization("3", {"unused.unusedActive": 4}, tenant="north"),
    a_co_term("4", tenant="north"),
    tenants=[
        {"name": "acme", "tags": ["gold", "retail"], "contact": ""},
        {"name": "north", "tags": ["Gold"], "contact": ""},
    ],
)


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("organization", {"unused.unusedActive": 4}),
        ("tenant", {"tenant acme: unused.unusedActive": 3, "tenant north: unused.unusedActive": 4}),
        ("tag", {"tag Gold: unused.unusedActive": 7, "tag retail: unused.unusedActive": 3}),
        ("total", {"total: unused.unusedActive": 7}),
    ],
)
def test_figures_are_added_up_by_scope(scope: str, found: dict[str, int]) -> None:
    """Over the organizations of a tenant, of all tenants with a tag, of all."""
    verdict = judge(FLEET, a_policy(f'{MAX_UNUSED}\nscope = "{scope}"'))

    assert {one.subject: one.value for one in verdict.findings} == found


def test_a_sum_with_something_missing_is_a_lower_bound() -> None:
    """Above the limit it is certain, below it nobody can say."""
    report = a_document(
        an_organization("1", {"unused.unusedActive": 3}),
        failed("2"),
        an_organization("4", tenant="north"),
        failed("5", tenant="north"),
    )

    verdict = judge(report, a_policy(f'{MAX_UNUSED}\nscope = "tenant"'))

    assert [(one.subject, one.value) for one in verdict.findings] == [("tenant acme: unused.unusedActive", 3)]
    assert [(one.subject, one.reason) for one in verdict.undecided] == [
        ("tenant north: unused.unusedActive", "5: it was not read (server)")
    ]


def test_a_tenant_that_could_not_be_listed_is_undecided_as_a_whole() -> None:
    """It has no organizations in the report, and yet a place in the verdict."""
    report = a_document(an_organization("1"), errors=[unlisted("north")])

    tenant = judge(report, a_policy(f'{MAX_UNUSED}\nscope = "tenant"'))
    total = judge(report, a_policy(f'{MAX_UNUSED}\nscope = "total"'))

    assert [one.subject for one in tenant.undecided] == ["tenant north: unused.unusedActive"]
    assert [one.subject for one in total.undecided] == ["total: unused.unusedActive"]


def test_a_sum_over_organizations_without_the_figure_is_none() -> None:
    """Demanding spare licenses of tenants that cannot have any would be noise."""
    verdict = judge(a_document(a_co_term()), a_policy(f'{MIN_UNUSED}\nscope = "tenant"'))

    assert verdict.rules[0].judged == 0


def test_a_subscription_that_is_shared_counts_once() -> None:
    """Each of its organizations has all of it."""
    shared = a_subscription("s-1", shared=True)
    report = a_document(
        a_subscriber("1", shared, a_subscription("s-2", status="canceled", violations=[])),
        a_subscriber("2", shared),
    )
    paths = {
        "total": 2,
        "shared": 1,
        "seats.limit": 20,
        "seats.bySku.LIC-MR-E.assigned": 24,
        "byStatus.active": 1,
        "byType.termed": 2,
        "endingWithin.30": 1,
        "violations.productClasses": 1,
        "violations.missing.LIC-MR-E": 2,
        "renewalRequested": 0,
        "byStatus.gone": 0,
    }
    rules = [
        f'id = "{n}"\nfigure = "subscription.{path}"\nscope = "total"\nequals = 99'
        for n, path in enumerate(paths)
    ]

    verdict = judge(report, a_policy(*rules))

    assert {one.subject.removeprefix("total: subscription."): one.value for one in verdict.findings} == paths


@pytest.mark.parametrize(
    ("organization", "rule", "reason"),
    [
        (failed("2"), 'figure = "plan"\nequals = "full"', "it was not read"),
        (skipped("2"), 'figure = "plan"\nequals = "full"', None),
        (failed("2"), 'figure = "licensingModel"\nequals = "co-term"', "the vendor does not say"),
        (failed("2"), 'figure = "notes.orphanedQueue"\nmax = 0', "it was not read (server)"),
        (skipped("2"), 'figure = "notes.orphanedQueue"\nmax = 0', None),
        (failed("2"), 'figure = "error"\nnone_of = ["auth"]', None),
        (an_organization("2"), 'figure = "error"\nnone_of = ["auth"]', None),
        (
            partial("2"),
            'figure = "coverage.devices.dark"\nmax = 0',
            "coverage is not known: it was read in part (timeout)",
        ),
    ],
)
def test_what_is_not_known_is_told_with_its_reason(
    organization: dict[str, Any], rule: str, reason: str | None
) -> None:
    """What has nothing to tell, by its nature, is not asked."""
    verdict = judge(
        a_document(an_organization("1", licensingModel="co-term"), organization),
        a_policy(f'{rule}\ninclude = ["2"]'),
    )

    assert [one.reason for one in verdict.undecided] == ([] if reason is None else [reason])
    assert verdict.findings == ()


def test_figures_of_the_run_are_judged_in_total() -> None:
    """Totals of an incomplete audit are lower bounds; what the run did is known for certain."""
    rules = [
        'id = "a"\nfigure = "completeness.organizations.failed"\nmax = 0',
        'id = "b"\nfigure = "completeness.complete"\nequals = true',
        'id = "c"\nfigure = "totals.licenses.total"\nmax = 5',
        'id = "d"\nfigure = "traffic.requests"\nmax = 11',
        'id = "e"\nfigure = "completeness.reconciled"\nmin = 1',
    ]

    verdict = judge(a_document(an_organization(), failed()), a_policy(*rules))

    assert {one.rule: one.value for one in verdict.findings} == {"a": 1, "b": False, "d": 12}
    assert {one.rule: one.reason for one in verdict.undecided} == {
        "c": "the audit is incomplete: all totals are lower bounds",
        "e": "completeness.reconciled is not known",
    }


def test_a_window_that_the_report_does_not_have_is_a_mistake() -> None:
    """Nothing could be said about it; which windows there are is told."""
    policy = a_policy('figure = "expiring.within.45"\nmax = 0')

    with pytest.raises(SettingsError) as caught:
        judge(a_document(an_organization()), policy)

    assert str(caught.value) == (
        "rule rule: expiring.within.45: looks 45 days ahead, and the report has the windows 30,60,90"
        " (name one of these, or audit with --windows-days 30,45,60,90)"
    )


@pytest.mark.parametrize(
    ("severity", "fail_on", "outcome"),
    [
        ("error", Severity.ERROR, Outcome.FAILED),
        ("warning", Severity.ERROR, Outcome.PASSED),
        ("warning", Severity.WARNING, Outcome.FAILED),
        ("info", Severity.WARNING, Outcome.PASSED),
        ("info", Severity.INFO, Outcome.FAILED),
    ],
)
def test_only_what_matters_enough_fails(severity: str, fail_on: Severity, outcome: Outcome) -> None:
    """The finding is there all the same."""
    report = a_document(an_organization("1", {"unused.unusedActive": 3}))

    verdict = judge(report, a_policy(f'{MAX_UNUSED}\nseverity = "{severity}"'), fail_on=fail_on)

    assert verdict.outcome is outcome
    assert len(verdict.findings) == 1


def test_what_could_not_fail_need_not_be_decided() -> None:
    """A warning that nobody can decide does not stop a gate that fails on errors."""
    report = a_document(an_organization("1", {"unused.burning": None}))
    policy = a_policy('figure = "unused.burning.licenses"\nmax = 0\nseverity = "warning"')

    assert judge(report, policy).outcome is Outcome.PASSED
    assert judge(report, policy, fail_on=Severity.WARNING).outcome is Outcome.UNDECIDED


def test_findings_are_ordered_by_what_is_due_first() -> None:
    """Then by severity and place."""
    report = a_document(
        an_organization("1", {"expiring.total": 1}),
        an_organization("2", {"expiring.total": 1, "dark.soonest": "2026-04-01T00:00:00Z"}),
        an_organization("3", {"expiring.total": 1, "dark.soonest": "2026-03-09T00:00:00Z"}),
    )
    rules = [
        f'id = "{level}"\nseverity = "{level}"\nfigure = "expiring.total"\nmax = 0'
        for level in ("warning", "error")
    ]

    verdict = judge(report, a_policy(*rules))

    assert [(one.place.organization_id, one.rule) for one in verdict.findings] == [
        ("3", "error"),
        ("3", "warning"),
        ("2", "error"),
        ("2", "warning"),
        ("1", "error"),
        ("1", "warning"),
    ]


@pytest.mark.parametrize(
    ("figure", "due"),
    [
        ("expiring.total", "2026-04-01T00:00:00Z"),
        ("unused.unused", "2026-03-20T00:00:00Z"),
        ("unused.unusedActive", None),
        ("pages", None),
    ],
)
def test_a_finding_tells_when_it_comes_to_bite(figure: str, due: str | None) -> None:
    """Expiring licenses when something goes dark, unused ones when they begin to burn."""
    report = a_document(
        an_organization(
            "2",
            {
                "dark.soonest": "2026-04-01T00:00:00Z",
                "unused.activation.soonest": "2026-03-20T00:00:00Z",
                "unused.unused": 3,
                "unused.unusedActive": 3,
                "expiring.total": 3,
                "pages": 3,
            },
        )
    )

    for scope in ("organization", "total"):
        [finding] = judge(report, a_policy(f'figure = "{figure}"\nmax = 2\nscope = "{scope}"')).findings
        assert finding.due == due


def test_findings_of_the_audit_itself_are_judged_with_the_others() -> None:
    """They keep their id; what an earlier judgement left is judged anew."""
    one = {
        "rule": "reconcile",
        "severity": "warning",
        "organizationId": "1",
        "tenant": "acme",
        "subject": "total",
        "message": "the list has 1, the overview says 2",
        "due": None,
        "id": "x",
    }
    report = a_document(an_organization("1"), findings=[one, one | {"rule": "old", "severity": "info"}])

    verdict = judge(report, a_policy(), fail_on=Severity.WARNING)

    assert [(one.rule, one.subject) for one in verdict.failing] == [("reconcile", "total")]
    assert verdict.outcome is Outcome.FAILED


def test_messages_are_filled_with_facts() -> None:
    """Those of the place, the figure and the rule."""
    message = "{value}/{threshold}/{figure}/{rule}/{subject}/{organization}/{id}/{tenant}/{tag}/{due}"
    report = a_document(
        an_organization("1", {"expiring.total": 1234, "dark.soonest": "2026-03-09T00:00:00Z"})
    )

    verdict = judge(
        report, a_policy(f'figure = "expiring.total"\nmax = 2\nmessage = "{message}"\nadvice = "act"')
    )

    assert [(one.message, one.advice) for one in verdict.findings] == [
        ("1,234/at most 2/expiring.total/rule/expiring.total/Org 1/1/acme//2026-03-09", "act")
    ]
