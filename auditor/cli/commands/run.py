"""`auditor run`: the audit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import anyio
import click

from auditor.cli import logs
from auditor.cli.auditing import audit
from auditor.cli.delivering import Orders, take_orders
from auditor.cli.distributing import audit_distributed, keeping
from auditor.cli.journaling import journaling
from auditor.cli.options import (
    delivery_options,
    detail_option,
    engine_option,
    journal_options,
    limit_options,
    output_option,
    policy_options,
    previous_option,
    question_options,
    selection_options,
    shard_options,
    source_options,
    voice_options,
)
from auditor.cli.preparation import Prepared, inputs_of, prepare, read_previous_pages, read_shard_sizes
from auditor.cli.progress import mode_beside
from auditor.cli.telemetry import observing
from auditor.engine.spool import Spool
from auditor.settings.selection import Selection
from auditor.settings.texts import LOCAL_ENGINE


@click.command("run")
@source_options
@selection_options
@question_options
@detail_option
@shard_options
@engine_option
@output_option
@journal_options
@policy_options
@delivery_options
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
    prepared = prepare(options, may_delegate=True)
    is_narrowed = prepared.selection != Selection()
    orders = take_orders(
        prepared.settings, log_format=log_format, inputs=inputs_of(options), is_narrowed=is_narrowed
    )
    previous_pages = read_previous_pages(options, prepared.settings)
    run = _run_here if prepared.settings.audit.engine == LOCAL_ENGINE else _run_elsewhere
    return run(prepared, orders, previous_pages=previous_pages, progress=progress, resume=resume)


def _run_here(
    prepared: Prepared, orders: Orders, *, previous_pages: Mapping[str, int], progress: str, resume: bool
) -> int:
    with (
        observing(prepared.settings, os.environ) as observer,
        journaling(prepared, resume=resume) as journaled,
        Spool() as spool,
    ):
        report, code = anyio.run(
            lambda: audit(
                prepared,
                spool=spool,
                progress_mode=progress,
                previous_pages=previous_pages or (journaled.pages if journaled else {}),
                journaled=journaled,
                listener=observer.listener,
            )
        )
        delivered = orders.carry_out(report, code)
        observer.conclude(report.head, delivered.code)
        is_done = report.head["run"]["interrupted"] is None and not delivered.is_lost
        if journaled is not None and is_done:
            journaled.journal.finish()
    return delivered.code


def _run_elsewhere(
    prepared: Prepared, orders: Orders, *, previous_pages: Mapping[str, int], progress: str, resume: bool
) -> int:
    sizes = read_shard_sizes(prepared.settings) or previous_pages
    with (
        observing(prepared.settings, os.environ) as observer,
        keeping(prepared, resume=resume) as kept,
        Spool() as spool,
    ):
        report, code = anyio.run(
            lambda: audit_distributed(
                prepared, kept, pages=sizes, spool=spool, shows_progress=progress != "off"
            )
        )
        if report is not None:
            delivered = orders.carry_out(report, code)
            code = delivered.code
            observer.conclude(report.head, code)
            if not delivered.is_lost:
                kept.finish(report)
    return code
