"""The verdict on a report: every rule held against it, excuses applied, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from enum import StrEnum
from typing import Final

from auditor.domain.finding import RECONCILE_RULE, Severity
from auditor.errors import Problem, SettingsError
from auditor.judge.broken import finding_of
from auditor.judge.comparing import Answer, compare, is_worse
from auditor.judge.completeness import shortfalls
from auditor.judge.excuse import excuse_for, findings_about, is_live
from auditor.judge.finding import JudgedFinding
from auditor.judge.idle import about_empty_tenants, about_idle_rule, about_unknown_names
from auditor.judge.observation import Json, Value, instant_of
from auditor.judge.place import Place, Tags, readings, tags_of
from auditor.judge.policy import RESERVED_RULES, Policy, Rule, Scope
from auditor.judge.severity import is_at_least
from auditor.judge.tolerance import Undecided, tolerated, undecided_by
from auditor.judge.vanished import about_vanished, held_to
from auditor.judge.waiver import WAIVER_RULE, Waiver
from auditor.report.extent import is_nothing_audited
from auditor.report.shared import left_to

_NEAR: Final = frozenset({Scope.ORGANIZATION, Scope.TENANT})
"""Scopes of rules that ask for each customer."""


class Outcome(StrEnum):
    """What follows from a verdict."""

    PASSED = "passed"
    FAILED = "failed"  # something is certain that nothing excuses
    UNDECIDED = "undecided"  # nothing failed, but not everything could be proven
    NOTHING_AUDITED = "nothingAudited"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What came of one rule: places judged, broken (of which *waived*), and undecided.

    *tenant* is whose own policy has it, None where it is one for all.
    """

    rule: Rule
    judged: int
    broken: int
    waived: int
    undecided: int
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Remit:
    """What a policy is for. With *owner* it is the own policy of that tenant, whose report it judges.

    Of the tenants *others* its rules for organizations and tenants see nothing: these have policies of
    their own. Sums over tags and in total have them in.
    """

    owner: str | None = None
    others: frozenset[str] = frozenset()

    def seen(self, report: Json) -> Json:
        """*report* without what is of *others*."""
        if not self.others:
            return report
        organizations, heirs = list[Json](), dict[tuple[str, str | None], str]()
        for one in report["organizations"]:
            left = left_to(one, without=self.others)
            if left is not None:
                organizations.append(left)
                heirs[one["tenant"], one["id"]] = left["tenant"]
        own = {key: report.get(key) and [*self._left(report[key], heirs)] for key in ("errors", "findings")}
        tenants = [one for one in report["tenants"] if one["name"] not in self.others]
        return {**report, **own, "organizations": organizations, "tenants": tenants}

    def _left(self, entries: Iterable[Json], heirs: Mapping[tuple[str, str | None], str]) -> Iterator[Json]:
        """*entries*, each of the tenant that *heirs* has for its organization, but for those of *others*."""
        for one in entries:
            tenant = heirs.get((one["tenant"], one["organizationId"]), one["tenant"])
            if tenant not in self.others:
                yield one if tenant == one["tenant"] else {**one, "tenant": tenant}


ALL: Final = Remit()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything about one judgement. *shortfalls* is what completeness lacks, in sentences.

    *failing* are the findings for which it failed.
    """

    outcome: Outcome
    findings: tuple[JudgedFinding, ...]
    undecided: tuple[Undecided, ...]
    rules: tuple[RuleResult, ...]
    shortfalls: tuple[str, ...]
    fail_on: Severity
    baseline_as_of: str | None = None

    @property
    def failing(self) -> tuple[JudgedFinding, ...]:
        """In the order of `findings`."""
        return tuple(
            one for one in self.findings if not one.is_excused and is_at_least(one.severity, self.fail_on)
        )


@dataclass(slots=True)
class _Judgement:
    """What is found while a report is gone through, before the baseline is asked."""

    findings: list[JudgedFinding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    rules: list[RuleResult] = field(default_factory=list)
    used: set[Waiver] = field(default_factory=set)


def judge(
    report: Json,
    policy: Policy,
    *,
    tags: Tags | None = None,
    baseline: Json | None = None,
    fail_on: Severity = Severity.ERROR,
    remit: Remit = ALL,
) -> Verdict:
    """Hold *report*, as `read_report` gives it, against *policy*.

    *tags* are the tenants' tags, by default those that each report tells itself. With a *baseline*, an
    earlier report, only what it does not have yet fails.

    Raises:
        SettingsError: a rule looks into a window that the report, or the baseline, does not have.
    """
    check_windows(policy, report["windowsDays"], what="report", owner=remit.owner)
    short = shortfalls(report, policy.completeness, has_rules=bool(policy.rules))
    judgement = _judgement(
        report, policy, tags=tags, is_enough=not short, fail_on=fail_on, remit=remit, baseline=baseline
    )
    findings = judgement.findings
    if baseline is not None:
        check_windows(policy, baseline["windowsDays"], what="baseline", owner=remit.owner)
        known = _judgement(baseline, policy, tags=tags, is_enough=True, fail_on=fail_on, remit=remit).findings
        findings = list(_compared(findings, known, policy))
    verdict = Verdict(
        Outcome.PASSED,
        tuple(sorted(findings, key=lambda one: one.urgency)),
        tuple(judgement.undecided),
        tuple(judgement.rules),
        tuple(short),
        fail_on,
        None if baseline is None else baseline["asOf"],
    )
    return concluded(verdict, report)


def check_windows(
    policy: Policy, windows_days: Sequence[int], *, what: str, owner: str | None = None
) -> None:
    """Refuse a policy, with *owner* that of a tenant, that looks into windows which *what* does not have.

    Raises:
        SettingsError: naming each rule that does.
    """
    whose = "" if owner is None else f"tenant {owner!r}: "
    problems = [
        Problem(
            f"{whose}rule {rule.id}: {rule.figure}",
            f"looks {days} days ahead, and the {what} has the windows {_listed(windows_days)}",
            f"name one of these, or audit with --windows-days {_listed({*windows_days, days})}",
        )
        for rule in policy.rules
        for days in rule.target.windows
        if days not in windows_days
    ]
    if problems:
        raise SettingsError(*problems)


def _listed(days: Iterable[int]) -> str:
    return ",".join(map(str, sorted(days)))


def _judgement(
    report: Json,
    policy: Policy,
    *,
    tags: Tags | None,
    is_enough: bool,
    fail_on: Severity,
    remit: Remit,
    baseline: Json | None = None,
) -> _Judgement:
    judgement, near = _Judgement(), remit.seen(report)
    tags = tags_of(report) if tags is None else tags
    today = instant_of(report["asOf"]).astimezone(UTC).date()
    live = [one for one in policy.waivers if is_live(one, today)]
    is_tolerant = policy.completeness.is_relaxed and is_enough
    for rule in policy.rules:
        _judge_rule(
            rule,
            near if rule.level in _NEAR else report,
            tags=tags,
            owner=remit.owner,
            waivers=live,
            into=judgement,
            is_tolerant=is_tolerant,
            fail_on=fail_on,
        )
    judgement.undecided = tolerated(judgement.undecided, policy.completeness.max_unknown)
    empty = about_empty_tenants(report) if remit.owner is None else ()
    vanished = () if baseline is None else about_vanished(near, remit.seen(baseline))
    found = [_excused(finding, live, judgement.used) for finding in (*_own_findings(near), *empty, *vanished)]
    judgement.findings += held_to(found, policy.completeness.max_vanished)
    judgement.findings += [_within(one, remit.owner) for one in _about_waivers(policy, judgement, today)]
    return judgement


def _judge_rule(
    rule: Rule,
    report: Json,
    *,
    tags: Tags | None,
    owner: str | None,
    waivers: Sequence[Waiver],
    into: _Judgement,
    is_tolerant: bool,
    fail_on: Severity,
) -> None:
    as_of = instant_of(report["asOf"])
    judged, broken, undecided = 0, [], []
    for found, reading in readings(rule, report, tags):
        judged, place = judged + 1, found.within(owner)
        comparison = compare(rule, reading, as_of)
        if comparison.answer is Answer.KEPT:
            continue
        finding = _excused(finding_of(rule, place, reading, comparison), waivers, into.used)
        if comparison.answer is Answer.BROKEN:
            broken.append(finding)
        elif finding.waiver is None:
            undecided.append(
                undecided_by(
                    rule,
                    place,
                    reading,
                    subject=finding.subject,
                    is_tolerant=is_tolerant,
                    fail_on=fail_on,
                )
            )
    into.findings += broken
    into.undecided += undecided
    idle = [
        *about_idle_rule(rule, report, tags, is_idle=not judged),
        *(() if broken else about_unknown_names(rule, report)),
    ]
    into.findings += [_excused(_within(one, owner), waivers, into.used) for one in idle]
    waived = sum(one.waiver is not None for one in broken)
    into.rules.append(RuleResult(rule, judged, len(broken), waived, len(undecided), owner))


def _own_findings(report: Json) -> Iterator[JudgedFinding]:
    """What the audit itself found. What an earlier judgement left in the report is judged anew."""
    names = {(one["tenant"], one["id"]): one["name"] for one in report["organizations"]}
    for one in report.get("findings") or ():
        if one["rule"] == RECONCILE_RULE:
            name = names.get((one["tenant"], one["organizationId"]), "")
            yield JudgedFinding(
                one["rule"],
                Severity(one["severity"]),
                Place(one["organizationId"], name, one["tenant"]),
                one["subject"],
                one["message"],
                due=one["due"],
                advice="run again; if it stays, the vendor's own counts differ",
            )


def _excused(finding: JudgedFinding, waivers: Iterable[Waiver], used: set[Waiver]) -> JudgedFinding:
    waiver = excuse_for(waivers, rule=finding.rule, place=finding.place, finding_id=finding.id)
    if waiver is None:
        return finding
    used.add(waiver)
    return replace(finding, waiver=waiver)


def _within(finding: JudgedFinding, owner: str | None) -> JudgedFinding:
    """*finding*, about the policy itself, as one of the own policy of the tenant *owner*."""
    if owner is None:
        return finding
    place = finding.place.within(owner)
    return replace(finding, place=place, subject=place.subject(finding.subject))


def _about_waivers(policy: Policy, judgement: _Judgement, today: date) -> Iterator[JudgedFinding]:
    own = (rule for rule in RESERVED_RULES if rule != WAIVER_RULE)
    rules = [*(rule.id for rule in policy.rules), *own]
    return findings_about(policy.waivers, used=judgement.used, rules=rules, today=today)


def _compared(
    findings: Iterable[JudgedFinding], known: Iterable[JudgedFinding], policy: Policy
) -> Iterator[JudgedFinding]:
    """*findings*, each with whether the baseline has it; what was waived there is no excuse here."""
    rules = {rule.id: rule for rule in policy.rules}
    before: dict[str, Value] = {one.id: one.value for one in known if one.waiver is None}
    for one in findings:
        if one.id not in before:
            yield replace(one, is_new=True)
            continue
        rule, value = rules.get(one.rule), before[one.id]
        got_worse = rule is not None and rule.ratchet and is_worse(rule, one.value, value)
        yield replace(one, is_new=got_worse, before=value)


def concluded(verdict: Verdict, report: Json) -> Verdict:
    """*verdict* on *report* with the outcome that follows from the rest of it."""
    return replace(verdict, outcome=_outcome(verdict, report))


def _outcome(verdict: Verdict, report: Json) -> Outcome:
    if is_nothing_audited(report):
        return Outcome.NOTHING_AUDITED
    if verdict.failing:
        return Outcome.FAILED
    if verdict.shortfalls or any(one.matters for one in verdict.undecided):
        return Outcome.UNDECIDED
    return Outcome.PASSED
