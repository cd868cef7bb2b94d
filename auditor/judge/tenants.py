"""The verdict on a report of several tenants, some of whom have a policy of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from auditor.domain.finding import Severity
from auditor.errors import Problem, SettingsError
from auditor.judge.policy import Policy
from auditor.judge.verdict import Remit, Verdict, check_windows, concluded, judge
from auditor.report.reading import Document
from auditor.report.split import split

_OF_THE_RUN: Final = frozenset({"run", "traffic"})
"""Roots of figures that nobody counted by tenant."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy for all, and *own* ones of tenants, by name.

    An own policy stands in place of the rules for organizations and tenants of the policy for all, with its
    own waivers and its own demand of completeness: it judges the report on that tenant alone, as it would be
    split off. The policy for all still judges sums over tags and in total, and the completeness of all.
    """

    for_all: Policy
    own: Mapping[str, Policy] = field(default_factory=dict)

    def check(self, windows_days: Sequence[int], *, what: str) -> None:
        """Refuse rules that *what* (in words), with windows of *windows_days*, can never answer.

        Raises:
            SettingsError: naming each of them.
        """
        problems = [*_problems(self.for_all, None, windows_days, what=what)]
        for tenant, policy in self.own.items():
            problems += _problems(policy, tenant, windows_days, what=what)
        if problems:
            raise SettingsError(*problems)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdict by all policies together, and *own* ones: those by tenants' own policies alone."""

    together: Verdict
    own: Mapping[str, Verdict]


def judge_by(
    policies: Policies, report: Document, *, baseline: Document | None = None, fail_on: Severity
) -> Verdicts:
    """Hold *report* against *policies*, as `judge` does against one.

    Raises:
        SettingsError: a rule looks into a window that the report, or the baseline, does not have.
        UnreadableReportError: a tenant has a policy of its own, and one of the reports is of version 1.0.
    """
    others = frozenset(policies.own)
    for_all = judge(report, policies.for_all, baseline=baseline, fail_on=fail_on, remit=Remit(others=others))
    if not others:
        return Verdicts(for_all, {})
    before = {} if baseline is None else dict(split(baseline, wanted=others))
    own = {
        tenant: judge(
            part,
            policies.own[tenant],
            baseline=before.get(tenant),
            fail_on=fail_on,
            remit=Remit(owner=tenant),
        )
        for tenant, part in split(report, wanted=others)
    }
    return Verdicts(concluded(_together(for_all, own), report), own)


def _together(for_all: Verdict, own: Mapping[str, Verdict]) -> Verdict:
    """What one tenant's report lacks is told with its name, unless that is said of all in the same words."""
    lacks = [
        f"tenant {tenant}: {one}"
        for tenant, verdict in own.items()
        for one in verdict.shortfalls
        if one not in for_all.shortfalls
    ]
    verdicts = (for_all, *own.values())
    findings = chain.from_iterable(one.findings for one in verdicts)
    return replace(
        for_all,
        findings=tuple(sorted(findings, key=lambda one: one.urgency)),
        undecided=tuple(chain.from_iterable(one.undecided for one in verdicts)),
        rules=tuple(chain.from_iterable(one.rules for one in verdicts)),
        shortfalls=(*for_all.shortfalls, *lacks),
    )


def _problems(
    policy: Policy, owner: str | None, windows_days: Sequence[int], *, what: str
) -> Iterator[Problem]:
    try:
        check_windows(policy, windows_days, what=what, owner=owner)
    except SettingsError as error:
        yield from error.problems
    for rule in policy.rules if owner is not None else ():
        if rule.target.path[0] in _OF_THE_RUN:
            yield Problem(
                f"tenant {owner!r}: rule {rule.id}: {rule.figure}",
                "is a figure of the whole run, which is no tenant's",
                "put the rule into the policy for all",
            )
