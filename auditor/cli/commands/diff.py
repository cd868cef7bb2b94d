"""`auditor diff`: what changed from one report to another."""

from __future__ import annotations

from typing import Final

import click

from auditor.cli import output
from auditor.cli.bounded import STDIN
from auditor.cli.documents import read_report_at
from auditor.cli.exit_codes import ExitCode
from auditor.cli.summary import printable
from auditor.judge.comparison.compare import difference_of
from auditor.judge.comparison.telling import markdown_lines, text_lines
from auditor.report.to_json import to_json

CHANGED: Final = 1  # as diff(1) has it


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="How the changes are told on stdout.",
)
@click.option("--exit-code", is_flag=True, help="End with 1 when something changed.")
def command(*, old: str, new: str, form: str, exit_code: bool) -> int:
    """Compare two reports of `auditor run`; one of them may be -, stdin.

    Tells what became expiring, expired, was renewed, became unused or was reclaimed, which organizations
    appeared, vanished, or cannot be read any more, and which counts changed. Reports hold counts, no
    licenses: all of it is net. What one side did not read is not taken for a change.
    """
    if old == new == STDIN:
        raise click.UsageError("stdin holds one report: give a file for the other")
    before, after = read_report_at(old, where="OLD"), read_report_at(new, where="NEW")
    difference = difference_of(before, after)
    with output.readers_may_leave():
        if form == "json":
            output.write(to_json(difference.to_json()), output.STDOUT)
        else:
            lines = text_lines(difference) if form == "text" else markdown_lines(difference)
            output.write("".join(f"{printable(line)}\n" for line in lines).encode(), output.STDOUT)
    return CHANGED if exit_code and difference.changed else ExitCode.COMPLETE
