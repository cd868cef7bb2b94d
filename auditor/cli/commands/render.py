"""`auditor render`: a finished report in the form that somebody or something reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from auditor.cli import output
from auditor.cli.bounded import STDIN
from auditor.cli.documents import read_report_at
from auditor.cli.options import target_option
from auditor.cli.per_tenant import check_directory, delivery_lines, write_per_tenant
from auditor.cli.remembering import points_at
from auditor.cli.salting import salt_of
from auditor.cli.targets import Named, check_apart, check_folder
from auditor.errors import Problem, SettingsError
from auditor.history.history import Point
from auditor.render.findings import is_judged
from auditor.render.formats import FORMATS, MissingExtraError, rendered
from auditor.render.licenses import has_detail
from auditor.report.reading import Document
from auditor.report.redaction import redact as masked
from auditor.report.shared import tenants_of

_FILE_WITHOUT_NAME: Final = "report.json"


def _epilog() -> str:
    width = max(map(len, FORMATS))
    lines = [f"  {name.ljust(width)}  {one.summary}" for name, one in FORMATS.items()]
    return "\n".join(["\b", "Formats:", *lines])


@click.command("render", epilog=_epilog())
@click.argument("report", metavar="REPORT")
@click.option(
    "--to",
    "form",
    metavar="FORMAT",
    type=click.Choice(tuple(FORMATS)),
    help="One of the formats below.",
)
@target_option("Where to write it")
@click.option("--per-tenant", metavar="DIR", help="Write a report and a page of each tenant there.")
@click.option("--redact", is_flag=True, help="Mask names, ids, serials and order numbers.")
@click.option("--history", metavar="FILE", help="Show how figures moved until this report; html only.")
def command(
    *,
    report: str,
    form: str | None,
    target: str,
    per_tenant: str | None,
    redact: bool,
    history: str | None,
) -> None:
    """Write a REPORT of `auditor run` (- is stdin) in another format.

    Works from the report alone: nothing is fetched, and the same report gives the same bytes; with
    --history, from that file as well.
    """
    if form is None and per_tenant is None:
        raise click.UsageError("give --to FORMAT, or --per-tenant DIR")
    if history is not None and (form is None or not FORMATS[form].shows_trend):
        raise click.UsageError(f"--history: {form or '--per-tenant'} shows no trend; --to html does")
    salt = salt_of(os.environ) if redact else None
    if per_tenant is not None:
        check_directory(per_tenant)
    if form is not None:
        output.check_writable(target)
        _check_terminal(form, target)
        check_apart(Named("--output", target), *_read(report, history))
    document = read_report_at(report, where="REPORT")
    if per_tenant is not None:
        if salt is None:
            page = () if form is None else (Named("--output", target),)
            check_folder(per_tenant, _tenants_of(document), *page, *_read(report, history))
        delivery = write_per_tenant(document, per_tenant, salt=salt)
        lines = delivery_lines(delivery, is_masked=redact, is_terminal=sys.stderr.isatty())
        print(*lines, sep="\n", file=sys.stderr)
    if form is not None:
        trend = None if history is None else points_at(history, document)
        shown = document if salt is None else masked(document, salt=salt)
        file = _FILE_WITHOUT_NAME if redact else _path_in_repository(report)
        _write(shown, form, target=target, file=file, trend=trend)


def _read(report: str, history: str | None) -> list[Named]:
    files = {"REPORT": None if report == STDIN else report, "--history": history}
    return [Named(option, path) for option, path in files.items() if path is not None]


def _tenants_of(document: Document) -> list[str]:
    told = (*document["organizations"], *document["errors"])
    return sorted({tenant for one in told for tenant in tenants_of(one)})


def _write(document: Document, form: str, *, target: str, file: str, trend: Sequence[Point] | None) -> None:
    output.write(_rendered(document, form, file=file, trend=trend), target)
    if FORMATS[form].tells_findings and not is_judged(document):
        print("auditor: no findings: judge it first with auditor check --output", file=sys.stderr)
    if FORMATS[form].tells_licenses and not has_detail(document):
        print("auditor: no licenses: it takes the report of auditor run --detail", file=sys.stderr)


def _rendered(document: Document, form: str, *, file: str, trend: Sequence[Point] | None) -> bytes:
    try:
        return rendered(document, form, file=file, trend=trend)
    except MissingExtraError as error:
        install = f"install it with: pip install 'auditor[{error.extra}]'"
        raise SettingsError(Problem(f"--to {form}", str(error), install)) from error


def _check_terminal(form: str, target: str) -> None:
    if FORMATS[form].is_binary and target == output.STDOUT and sys.stdout.isatty():
        raise SettingsError(Problem(f"--to {form}", "is no text for a terminal", "give --output FILE"))


def _path_in_repository(report: str) -> str:
    """The report's path as platforms want it: relative, with slashes, the same on every machine."""
    if report == STDIN:
        return _FILE_WITHOUT_NAME
    path = Path(report)
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):
        return path.name or _FILE_WITHOUT_NAME
