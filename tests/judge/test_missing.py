"""What a policy makes of extras that could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.cli.gate import CODE_OF
from auditor.domain.extra import Extra
from auditor.errors import SettingsError
from auditor.judge.figure import to_figure
from auditor.judge.missing import lacks
from auditor.judge.observation import Bound, Cause, observe, observe_run
from auditor.judge.policy import Policy
from auditor.judge.policy_text import read_policy
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
)

Json = dict[str, Any]
SEATED = {"seats.total": 50, "seats.licenses": 1}
UNUSED = 'figure = "unused.total"\nmax = 0'


def without(extra: Extra) -> Json:
    """An audited organization that lacks *extra* and its figures."""
    changes: Json = {"missing": [extra.value]}
    match extra:
        case Extra.SEAT_USE:
            return an_organization("501", SEATED, **changes)
        case Extra.INVENTORY:
            return a_co_term("501", {"coTerm.use": None}, **changes)
        case Extra.SKUS | Extra.COMPLIANCE:
            one = a_subscriber("501", a_subscription(), **changes)
    if extra is Extra.COMPLIANCE:
        one["subscription"] |= {"violations": None, "skus": {}}
        one["subscription"]["subscriptions"][0]["violations"] = None
        return one | {"standing": None, "dark": {"soonest": None, "known": False, "dates": []}}
    one["subscription"]["skus"] = None
    return one


def report_without(extra: Extra, *others: Json) -> Json:
    """The report on one organization that lacks *extra*, and on *others*."""
    report = a_document(without(extra), *others)
    report["completeness"]["missing"] = {extra.value: 1}
    if extra is Extra.COMPLIANCE:
        report["completeness"]["complete"] = False
    return report


def verdict_on(report: Json, *rules: str, rest: str = "") -> Verdict:
    """What the policy of *rules* makes of *report*."""
    return judge(report, a_policy(*rules, rest=rest))


READS_IT = [
    (Extra.SEAT_USE, 'figure = "seats.systemsManager.activeSeats"\nmax = 9', "the seats in use"),
    (Extra.INVENTORY, 'figure = "coTerm.use.overLimit"\nmax = 0', "the inventory"),
    (Extra.INVENTORY, 'figure = "coTerm.use.darkAt"\nmin_days = 14', "the inventory"),
    (Extra.SKUS, 'figure = "subscription.skus.LIC-MR-E.name"\none_of = ["MR"]', "the list of SKUs"),
    (Extra.COMPLIANCE, 'figure = "subscription.violations.productClasses"\nmax = 0', "the compliance"),
    (Extra.COMPLIANCE, 'figure = "standing"\nnone_of = ["dark"]', "the compliance"),
    (Extra.COMPLIANCE, 'figure = "dark.soonest"\nmin_days = 14', "the compliance"),
]
OTHERS = [
    (Extra.SEAT_USE, 'figure = "unused.total"\nmax = 0'),
    (Extra.SEAT_USE, 'figure = "dark.soonest"\nmin_days = 14'),
    (Extra.INVENTORY, 'figure = "coTerm.expiresAt"\nmin_days = 14'),
    (Extra.INVENTORY, 'figure = "standing"\nnone_of = ["dark"]'),
    (Extra.SKUS, 'figure = "subscription.seats.limit"\nmax = 10'),
    (Extra.COMPLIANCE, 'figure = "subscription.seats.limit"\nmax = 10'),
    (Extra.COMPLIANCE, 'figure = "totals.subscription.total"\nmax = 1'),
]


class TestRules:
    @pytest.mark.parametrize(("extra", "rule", "words"), READS_IT)
    def test_a_rule_that_reads_what_is_missing_is_undecided(
        self, extra: Extra, rule: str, words: str
    ) -> None:
        """With the extra in the reason, and exit code 3."""
        verdict = verdict_on(report_without(extra), rule)

        (undecided,) = verdict.undecided
        assert CODE_OF[verdict.outcome] == 3
        assert words in undecided.reason
        assert "could not be read" in undecided.reason

    @pytest.mark.parametrize(("extra", "rule"), OTHERS)
    def test_any_other_rule_is_decided(self, extra: Extra, rule: str) -> None:
        """What was read whole is exact, and nothing that nobody asked for stands in the way."""
        verdict = verdict_on(report_without(extra), rule)

        assert (verdict.outcome, verdict.undecided, verdict.shortfalls) == (Outcome.PASSED, (), ())

    def test_no_tolerance_of_organizations_is_one_of_extras(self) -> None:
        """`max_failed` is about organizations that failed, and nothing else."""
        rest = "[completeness]\nmax_failed = 1\nmax_partial = 1"
        verdict = verdict_on(
            report_without(Extra.INVENTORY, failed()), 'figure = "coTerm.use.overLimit"\nmax = 0', rest=rest
        )

        assert verdict.outcome is Outcome.UNDECIDED

    def test_of_an_organization_that_is_partial_too_the_extra_is_named(self) -> None:
        """It would be missing if the list had not broken off."""
        one = partial("501", {"seats.total": 50}, missing=["seatUse"])
        reading = observe(to_figure("seats.systemsManager.activeSeats"), a_document(one)["organizations"][0])

        assert reading is not None
        assert (reading.bound, reading.cause) == (Bound.UNKNOWN, Cause.UNKNOWN)


class TestTotals:
    @pytest.mark.parametrize(
        ("extra", "path"),
        [
            (Extra.SEAT_USE, "totals.seats.systemsManager.activeSeats"),
            (Extra.INVENTORY, "totals.coTerm.use.overLimit"),
            (Extra.COMPLIANCE, "totals.subscription.violations.productClasses"),
            (Extra.COMPLIANCE, "totals.organizations.byStanding.dark"),
        ],
    )
    def test_a_sum_that_lacks_an_organization_is_a_lower_bound(self, extra: Extra, path: str) -> None:
        """Though the audit is complete: with all in it, it might break the rule."""
        report = report_without(extra)
        *parents, last = path.split(".")
        place: Any = report
        for key in parents:
            place[key] = place[key] or {}
            place = place[key]
        place[last] = 4

        reading = observe_run(to_figure(path), report)

        assert (reading.value, reading.bound, reading.cause) == (4, Bound.AT_LEAST, Cause.LACKING)
        assert f"{extra.value} of 1" in reading.reason

    def test_the_sums_of_all_else_are_exact(self) -> None:
        """Also of an audit that is incomplete for want of compliance alone."""
        report = report_without(Extra.COMPLIANCE, an_organization("502"))

        assert observe_run(to_figure("totals.licenses.total"), report).bound is Bound.EXACT

    def test_of_an_audit_that_was_cut_off_no_sum_is(self) -> None:
        """Something was not read besides."""
        report = report_without(Extra.COMPLIANCE, partial())

        assert observe_run(to_figure("totals.licenses.total"), report).bound is Bound.AT_LEAST


class TestRequirements:
    @pytest.mark.parametrize("extra", Extra)
    def test_what_is_required_and_missing_is_a_shortfall(self, extra: Extra) -> None:
        """No rule reads it, and it ends with 3 all the same."""
        rest = f'[completeness]\nrequire = ["{extra.value}"]'
        verdict = verdict_on(report_without(extra), UNUSED, rest=rest)

        assert CODE_OF[verdict.outcome] == 3
        assert verdict.shortfalls == (f"1 organization without {extra.value}, which is required",)

    @pytest.mark.parametrize("extra", Extra)
    def test_what_was_not_asked_for_is_missing_as_well(self, extra: Extra) -> None:
        """A run with `--no-inventory` names nothing, and knows as little."""
        assert lacks(without(extra) | {"missing": []}, extra)

    @pytest.mark.parametrize("extra", Extra)
    def test_an_organization_without_such_a_thing_lacks_nothing(self, extra: Extra) -> None:
        """A network without Systems Manager has no seats in use, and a failed organization lacks all."""
        assert not lacks(an_organization(), extra)
        assert not lacks(failed(), extra)

    def test_another_extra_is_not_required(self) -> None:
        """Each is named by itself."""
        rest = '[completeness]\nrequire = ["inventory", "compliance"]'

        assert verdict_on(report_without(Extra.SKUS), UNUSED, rest=rest).outcome is Outcome.PASSED

    def test_a_word_that_is_no_extra_is_refused(self) -> None:
        """With its place, and what may stand there."""
        with pytest.raises(SettingsError) as raised:
            read_policy('[completeness]\nrequire = ["inventroy"]\n', name="policy.toml")

        (problem,) = raised.value.problems
        assert problem.where.startswith("policy.toml:2")
        assert "inventory" in f"{problem.what} {problem.hint}"


class TestNoRules:
    def test_a_standing_that_is_missing_leaves_an_audit_incomplete(self) -> None:
        """Without a rule there is nobody else to ask for it: the exit code is that of no policy."""
        verdict = judge(report_without(Extra.COMPLIANCE), Policy())

        assert verdict.outcome is Outcome.UNDECIDED
        assert verdict.shortfalls == (
            "the standing of 1 organization is not known, for an extra could not be read",
        )

    @pytest.mark.parametrize("extra", [Extra.SEAT_USE, Extra.INVENTORY, Extra.SKUS])
    def test_an_extra_that_decides_no_standing_does_not(self, extra: Extra) -> None:
        """The report is complete."""
        assert judge(report_without(extra), Policy()).outcome is Outcome.PASSED
