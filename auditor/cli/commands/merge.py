"""`auditor merge`: the reports on parts of the organizations become the report on all of them."""

from __future__ import annotations

import sys

import click

from auditor.cli import output
from auditor.cli.bounded import STDIN
from auditor.cli.documents import read_report_at
from auditor.cli.exit_codes import ExitCode, of_report
from auditor.cli.options import target_option
from auditor.cli.summary import summary_lines
from auditor.cli.targets import Named, check_apart
from auditor.engine.spool import Spool
from auditor.errors import Problem, SettingsError
from auditor.report.merging import Merge
from auditor.report.parts import MergeError
from auditor.report.reading import Document
from auditor.report.to_json import ReportText


@click.command("merge")
@click.argument("parts", metavar="PART...", nargs=-1, required=True)
@target_option("Report file, replaced as a whole")
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Join what there is: the report says what is missing, and is incomplete.",
)
def command(*, parts: tuple[str, ...], target: str, allow_missing: bool) -> ExitCode:
    """Join the reports of `auditor run --shard` into the one that a single run would have written.

    Each PART is a report's path; one of them may be -, stdin. Parts that overlap, are missing, or are not of
    one audit are refused by name. A verdict of a part is left out: judge the joined report.

    Exit code 0: the audit is complete. 3: it is not, or a part is missing. 4: nothing was audited. 2:
    nothing was joined.
    """
    if parts.count(STDIN) > 1:
        raise click.UsageError("stdin holds one report: give files for the others")
    output.check_writable(target)
    check_apart(Named("--output", target), *(Named("PART", path) for path in parts if path != STDIN))
    with Spool() as spool:
        merge, verdicts = Merge(spool.add), 0
        for path in parts:
            part = read_report_at(path, where="PART")
            verdicts += part["verdict"] is not None
            merge.add(part, name=path)
            del part  # one is held at a time
        head = _finished(merge, allow_missing=allow_missing)
        output.write(ReportText(head, spool), target)
    _tell(head, verdicts=verdicts)
    return of_report(head)


def _finished(merge: Merge, *, allow_missing: bool) -> Document:
    try:
        return merge.finish(allow_missing=allow_missing)
    except MergeError as error:
        raise SettingsError(*(Problem("merge", one, error.hint) for one in error.complaints)) from error


def _tell(head: Document, *, verdicts: int) -> None:
    for line in summary_lines(head):
        print(line, file=sys.stderr)
    if verdicts:
        print(
            "auditor: the parts were judged, each for itself; that is left out: judge the joined report with"
            " auditor check",
            file=sys.stderr,
        )
