"""A report held against the policy of its run: what it finds, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor.cli.documents import read_policy_at, read_report_at
from auditor.cli.exit_codes import ExitCode
from auditor.domain.finding import Severity
from auditor.errors import Problem, SettingsError
from auditor.judge.policy import Policy
from auditor.judge.tenants import Policies, judge_by
from auditor.judge.verdict import Outcome
from auditor.judge.verdict_json import judged_report, verdict_block
from auditor.judge.verdict_text import verdict_lines
from auditor.report.reading import Document
from auditor.settings.model import Settings

CODE_OF: Final = {
    Outcome.PASSED: ExitCode.COMPLETE,
    Outcome.FAILED: ExitCode.POLICY_FAILED,
    Outcome.UNDECIDED: ExitCode.INCOMPLETE,
    Outcome.NOTHING_AUDITED: ExitCode.NOTHING_AUDITED,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A report with its findings and its verdict, the code that follows, and the verdict in words.

    *own* has the block `verdict` of each tenant that is judged by a policy of its own.
    """

    document: Document
    code: ExitCode
    lines: Iterator[str]
    own: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Gate:
    """What a report has to pass."""

    policies: Policies
    baseline: Document | None
    fail_on: Severity

    def judge(self, document: Document) -> Judged:
        """Hold *document* against the policies."""
        verdicts = judge_by(self.policies, document, baseline=self.baseline, fail_on=self.fail_on)
        verdict, own = verdicts.together, verdicts.own
        return Judged(
            judged_report(document, verdict),
            CODE_OF[verdict.outcome],
            iter(verdict_lines(verdict, document)),
            {tenant: verdict_block(one) for tenant, one in own.items()},
        )


def open_gate(settings: Settings) -> Gate | None:
    """The gate that *settings* ask for, read and checked before anything is fetched; None without a policy.

    Raises:
        SettingsError: a policy or the baseline cannot be read, has a mistake, or does not fit the audit.
    """
    wanted, policies = settings.policy, read_policies(settings)
    if wanted.file is None and wanted.baseline is None and not policies.own:
        return None
    baseline = None if wanted.baseline is None else read_report_at(wanted.baseline, where="--baseline")
    if baseline is not None:
        _check_baseline(baseline, policies)
    return Gate(policies, baseline, wanted.fail_on)


def read_policies(settings: Settings) -> Policies:
    """The policy for all and those of the tenants, as *settings* name them.

    Raises:
        SettingsError: one cannot be read, has a mistake, or does not fit the audit; all mistakes together.
    """
    named = {None: (settings.policy.file, "--policy")} | {
        tenant.name: (tenant.policy, f"tenant {tenant.name!r}: policy")
        for tenant in settings.tenants
        if tenant.policy is not None
    }
    policies, problems = dict[str | None, Policy](), list[Problem]()
    for tenant, (path, where) in named.items():
        try:
            policies[tenant] = read_policy_at(path, where=where)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(*dict.fromkeys(problems))
    found = Policies(policies.pop(None), {name: one for name, one in policies.items() if name is not None})
    found.check(settings.audit.windows_days, what="audit")
    return found


def _check_baseline(baseline: Document, policies: Policies) -> None:
    policies.check(baseline["windowsDays"], what="baseline")
    if policies.own and baseline["forecast"] is None:
        what = "a report of version 1.0 tells too little to be held against the policy of a tenant"
        raise SettingsError(Problem("--baseline", what, "give a newer report"))
