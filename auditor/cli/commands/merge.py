"""`auditor merge`: the reports on parts of the organizations become the report on all of them."""

from __future__ import annotations

import sys

import click

from auditor.cli import output
from auditor.cli.documents import STDIN, read_report_at
from auditor.cli.exit_codes import ExitCode, of_report
from auditor.cli.summary import summary_lines
from auditor.errors import Problem, SettingsError
from auditor.report.merging import MergeError, merged
from auditor.report.reading import Document
from auditor.report.to_json import to_json


@click.command("merge")
@click.argument("parts", metavar="PART...", nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    "target",
    metavar="FILE",
    default=output.STDOUT,
    help="Report file, replaced as a whole; - is stdout.  [default: -]",
)
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
    documents = [read_report_at(path, where="PART") for path in parts]
    report = _joined(documents, names=parts, allow_missing=allow_missing)
    output.write(to_json(report), target)
    _tell(report, verdicts=sum(one["verdict"] is not None for one in documents))
    return of_report(report)


def _joined(documents: list[Document], *, names: tuple[str, ...], allow_missing: bool) -> Document:
    try:
        return merged(documents, allow_missing=allow_missing, names=names)
    except MergeError as error:
        raise SettingsError(*(Problem("merge", one, error.hint) for one in error.complaints)) from error


def _tell(report: Document, *, verdicts: int) -> None:
    for line in summary_lines(report):
        print(line, file=sys.stderr)
    if verdicts:
        print(
            "auditor: the parts were judged, each for itself; that is left out: judge the joined report with"
            " auditor check",
            file=sys.stderr,
        )
