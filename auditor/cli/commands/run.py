"""`auditor run`: the audit."""

from __future__ import annotations

from typing import Any

import anyio
import click

from auditor.cli import logs, output
from auditor.cli.auditing import audit, deliver
from auditor.cli.journaling import journaling
from auditor.cli.options import (
    journal_options,
    limit_options,
    output_option,
    previous_option,
    question_options,
    selection_options,
    source_options,
    voice_options,
)
from auditor.cli.preparation import prepare, read_previous_pages
from auditor.cli.progress import mode_beside
from auditor.engine.spool import Spool


@click.command("run")
@source_options
@selection_options
@question_options
@output_option
@journal_options
@previous_option
@limit_options
@voice_options
def command(*, progress: str, log_level: str, log_format: str, resume: bool, **options: Any) -> int:
    """Audit the licenses of every organization; write one JSON report.

    With nothing but MERAKI_DASHBOARD_API_KEY set, audits every organization that the key sees and
    prints the report on stdout. Progress, logs and a summary go to stderr.

    Every key of the configuration can also be set as AUDITOR_SECTION_KEY, for example
    AUDITOR_LIMITS_DEADLINE; an option wins over the environment, the environment over the file.
    """
    logs.configure(level=log_level, log_format=log_format)
    progress = mode_beside(log_format, progress)
    prepared = prepare(options)
    output.check_writable(prepared.settings.output.report)
    previous_pages = read_previous_pages(options, prepared.settings)
    with journaling(prepared, resume=resume) as journaled, Spool() as spool:
        report, code = anyio.run(
            lambda: audit(
                prepared,
                spool=spool,
                progress_mode=progress,
                previous_pages=previous_pages or (journaled.pages if journaled else {}),
                journaled=journaled,
            )
        )
        deliver(report, target=prepared.settings.output.report, log_format=log_format)
        if journaled is not None and report.head["run"]["interrupted"] is None:
            journaled.journal.finish()
    return code
