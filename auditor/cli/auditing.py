"""Runs one audit with everything that a person or a job sees of it, and delivers the report."""

from __future__ import annotations

import gc
import logging
import sys
import uuid
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import orjson

from auditor.assembly import Surroundings
from auditor.cli import logs, output
from auditor.cli.exit_codes import ExitCode, of_report
from auditor.cli.facts import digest_of, facts_of
from auditor.cli.journaling import Journaled
from auditor.cli.preparation import Prepared, read_keys
from auditor.cli.progress import Progress, shown
from auditor.cli.signals import SignalWatch
from auditor.cli.summary import printable, summary_lines
from auditor.cluster.order import Order, carry_out
from auditor.engine.clock import present
from auditor.engine.events import Event, Listener
from auditor.engine.spool import Spool
from auditor.engine.stop import Stop
from auditor.engine.traffic import Traffic
from auditor.report.extent import has_entries
from auditor.report.shared import tenants_of
from auditor.report.to_json import ReportText

GC_OBJECTS: Final = 20_000
"""Objects made and kept between two looks: a few pages' worth."""

MAX_TENANTS: Final = 5
"""How many are named on one line."""


async def audit(
    prepared: Prepared,
    *,
    spool: Spool,
    progress_mode: str,
    previous_pages: Mapping[str, int] | None = None,
    journaled: Journaled | None = None,
    listener: Listener | None = None,
) -> tuple[ReportText, ExitCode]:
    """Audit, showing progress, until done, stopped by a signal, or out of time.

    The report is complete once this returns, and readable as long as *spool* is open. With *journaled*, what
    its journal has of this run is not asked again, and the rest is noted there. *listener* hears of every
    event besides.
    """
    order = _order(prepared, journaled, previous_pages or {})
    spare_the_collector()
    traffic, stop = Traffic(), Stop()
    progress = Progress(traffic, prepared.settings.limits.address_rate)

    def listen(event: Event) -> None:
        progress.listen(event)
        logs.log_event(event)

    watch = SignalWatch(stop)
    async with watch.watching(), shown(progress, mode=progress_mode):
        text = await carry_out(
            order,
            keys=prepared.keys,
            surroundings=Surroundings(
                Random(),  # noqa: S311 - jitter, no secret
                traffic,
                listen if listener is None else _both(listen, listener),
                memory=None if journaled is None else journaled.journal,
            ),
            stop=stop,
            spool=spool,
        )
    return text, watch.exit_code or of_report(text.head)


def _order(prepared: Prepared, journaled: Journaled | None, previous_pages: Mapping[str, int]) -> Order:
    settings = prepared.settings
    return Order(
        settings,
        prepared.selection,
        journaled.terms.as_of if journaled else settings.audit.as_of or present(),
        run_id=str(uuid.uuid4()),
        question=digest_of(facts_of(settings, prepared.selection)),
        read_keys=read_keys,
        pages=previous_pages,
        shard=prepared.shard,
    )


def _both(first: Listener, second: Listener) -> Listener:
    def listen(event: Event) -> None:
        first(event)
        second(event)

    return listen


def spare_the_collector() -> None:
    """Look for cycles less often: a page is thousands of objects that hold none and go together.

    Python's default looks 700 objects apart, more than once per page, for 10 % of a run's CPU.
    """
    gc.freeze()  # the modules stay until the end anyway
    gc.set_threshold(GC_OBJECTS)


def deliver(text: ReportText, *, target: str, log_format: str, is_narrowed: bool = False) -> None:
    """Write the report to *target* and say on stderr what it says: to a person, or with `json` to a program.

    That is said also of a report that could not be written: for some it is all that they get of the run.
    Nothing is written when nothing was selected: the last good report stays where it is. An empty part of
    an audit is written all the same. Of tenants without organizations it is warned, unless the selection
    *is_narrowed* for this run.

    Raises:
        SettingsError: it could not be written.
    """
    is_written = False
    try:
        if has_entries(text.head):
            output.write(text, target)
            is_written = True
    finally:
        empty = tenants_without_organizations(text) if has_entries(text.head) and not is_narrowed else []
        _tell(text.head, target=target if is_written else None, log_format=log_format, empty=empty)


def _tell(report: Mapping[str, Any], *, target: str | None, log_format: str, empty: Sequence[str]) -> None:
    """What *report* says, which is at *target* now, or nowhere; *empty* are tenants without organizations."""
    if log_format == "json":
        for tenant in empty:
            logs.notice("nothing_selected", level=logging.WARNING, tenant=tenant)
        logs.tell_end(report, target=target)
        return
    for line in summary_lines(report):
        print(line, file=sys.stderr)
    if empty:
        print(f"auditor: warning: {_told_of_empty(empty)}", file=sys.stderr)
    if not has_entries(report):
        print(f"auditor: {_why_nothing(report)}; no report is written", file=sys.stderr)
    elif target not in {None, output.STDOUT}:
        print(f"  report: {target}", file=sys.stderr)


def tenants_without_organizations(text: ReportText) -> list[str]:
    """The tenants whose list was read and of whom nothing was selected: of a part of an audit, none."""
    head = text.head
    if head["run"]["shard"] is not None or head["run"]["interrupted"] is not None:
        return []
    missing = {one["name"] for one in head["tenants"]} - {one["tenant"] for one in head["errors"]}
    for piece in text.organizations:
        if not missing:
            break
        missing.difference_update(tenants_of(orjson.loads(piece)))
    return sorted(missing)


def _told_of_empty(tenants: Sequence[str]) -> str:
    names = ", ".join(map(printable, tenants[:MAX_TENANTS]))
    more = f" and {len(tenants) - MAX_TENANTS:,} more" if len(tenants) > MAX_TENANTS else ""
    noun = "tenant" if len(tenants) == 1 else "tenants"
    return (
        f"no organization was audited for {noun} {names}{more}: the selection matches none"
        " (see `auditor orgs`, and ids, include, exclude)"
    )


def _why_nothing(report: Mapping[str, Any]) -> str:
    if seen := report["completeness"]["organizations"]["seen"]:
        return (
            f"none of the {seen:,} organizations that the keys see was selected"
            " (see `auditor orgs`, and --org, --include, --exclude)"
        )
    return "no organization could be listed" if report["errors"] else "the keys see no organization at all"
