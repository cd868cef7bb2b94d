"""`auditor check`: a finished report held against a policy; the exit code is for a gate."""

from __future__ import annotations

from typing import Any

import click

from auditor.cli import output
from auditor.cli.attempts import Attempts
from auditor.cli.documents import check_age, read_policy_at, read_report_at, warn_of_order
from auditor.cli.gate import CODE_OF
from auditor.cli.summary import printable
from auditor.cli.targets import Named, check_apart
from auditor.domain.finding import Severity
from auditor.engine.clock import utc_now
from auditor.judge.verdict import Verdict, judge
from auditor.judge.verdict_json import judged_report, verdict_block
from auditor.judge.verdict_text import verdict_lines
from auditor.report.reading import Document
from auditor.report.to_json import to_json


@click.command("check")
@click.argument("report", metavar="REPORT")
@click.option("--policy", metavar="FILE", help="Policy, TOML; without one, only completeness is demanded.")
@click.option("--baseline", metavar="REPORT", help="Earlier report: only what it does not have yet fails.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Least severity that fails.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the verdict is told on stdout.",
)
@click.option("--output", "-o", "target", metavar="FILE", help="Write the report there with its findings.")
def command(
    *, report: str, policy: str | None, baseline: str | None, fail_on: str, form: str, target: str | None
) -> int:
    """Judge a REPORT of `auditor run` (- is stdin) by a policy.

    Exit code 1: a rule is broken for certain, also where the audit is incomplete. 3: no rule is, but the
    audit is incomplete, or a rule cannot be decided. 4: nothing was audited. 2: nothing was judged.
    """
    _check_target(target, policy)
    rules = read_policy_at(policy)
    document = read_report_at(report, where="REPORT")
    check_age(document, rules, path=report, now=utc_now())
    earlier = None if baseline is None else read_report_at(baseline, where="--baseline")
    if earlier is not None:
        warn_of_order(earlier, document, old="the baseline", new="the report")
    verdict = judge(document, rules, baseline=earlier, fail_on=Severity(fail_on))
    attempts = Attempts()
    if target is not None:
        with attempts.attempt():
            _write(judged_report(document, verdict), target)
    with attempts.attempt(), output.readers_may_leave():
        _tell(verdict, document, form=form)
    return attempts.concluded(CODE_OF[verdict.outcome])


def _check_target(target: str | None, policy: str | None) -> None:
    """The report that is judged, and the baseline, may be replaced by the one with findings."""
    if target == output.STDOUT:
        raise click.UsageError("--output: stdout has the verdict; give a file's path")
    if target is not None:
        output.check_writable(target)
        if policy is not None:
            check_apart(Named("--output", target), Named("--policy", policy))


def _write(report: dict[str, Any], target: str) -> None:
    output.write(to_json(report), target)


def _tell(verdict: Verdict, report: Document, *, form: str) -> None:
    if form == "text":
        for line in verdict_lines(verdict, report):
            click.echo(printable(line))
        return
    told = {
        "asOf": report["asOf"],
        "exitCode": int(CODE_OF[verdict.outcome]),
        **verdict_block(verdict),
        "completeness": report["completeness"],
        "findings": [one.to_json() for one in verdict.findings],
    }
    output.write(to_json(told), output.STDOUT)
