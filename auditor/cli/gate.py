"""A report held against the policy of its run: what it finds, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from auditor.cli.documents import read_policy_at, read_report_at
from auditor.cli.exit_codes import ExitCode
from auditor.domain.finding import Severity
from auditor.judge.policy import Policy
from auditor.judge.verdict import Outcome, check_windows, judge
from auditor.judge.verdict_json import judged_report
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
    """A report with its findings and its verdict, the code that follows, and the verdict in words."""

    document: Document
    code: ExitCode
    lines: Iterator[str]


@dataclass(frozen=True, slots=True)
class Gate:
    """What a report has to pass."""

    policy: Policy
    baseline: Document | None
    fail_on: Severity

    def judge(self, document: Document) -> Judged:
        """Hold *document* against the policy."""
        verdict = judge(document, self.policy, baseline=self.baseline, fail_on=self.fail_on)
        judged = judged_report(document, verdict)
        return Judged(judged, CODE_OF[verdict.outcome], iter(verdict_lines(verdict, document)))


def open_gate(settings: Settings) -> Gate | None:
    """The gate that *settings* ask for, read and checked before anything is fetched; None without a policy.

    Raises:
        SettingsError: the policy or the baseline cannot be read, has a mistake, or does not fit the audit.
    """
    wanted = settings.policy
    if wanted.file is None and wanted.baseline is None:
        return None
    policy = read_policy_at(wanted.file)
    check_windows(policy, settings.audit.windows_days, what="audit")
    baseline = None if wanted.baseline is None else read_report_at(wanted.baseline, where="--baseline")
    return Gate(policy, baseline, wanted.fail_on)
