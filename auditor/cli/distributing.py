"""Runs an audit on the workers of another engine, and tells how it goes."""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from auditor.cli import logs
from auditor.cli.exit_codes import ExitCode, of_report
from auditor.cli.facts import digest_of, facts_of
from auditor.cli.preparation import Prepared, read_keys
from auditor.cli.progress import clock
from auditor.cli.signals import SignalWatch
from auditor.cluster.coordinator import Harvest, Parts, audit_in_parts
from auditor.cluster.events import (
    ClusterEvent,
    EgressShared,
    PartDone,
    PartFailed,
    PartNotKept,
    PartRefused,
    PartsSent,
    WorkerUnfit,
)
from auditor.cluster.folder import PartedRun, PartsFolder
from auditor.cluster.joining import Course, joined
from auditor.cluster.order import Order
from auditor.domain.shard import Shard
from auditor.engine.clock import elapsed, present, utc_now
from auditor.engine.spool import Spool
from auditor.engine.stop import Stop
from auditor.errors import Problem, SettingsError
from auditor.readers import host_of
from auditor.report.merging import Merge
from auditor.report.to_json import ReportText
from auditor.settings.texts import DASK_ENGINE

_WAYS_OUT: Final = "leave out --resume to begin anew, or give another --journal"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where reports on parts are kept, and those of the run that is resumed."""

    folder: PartsFolder | None = None
    last: PartedRun | None = None

    def finish(self, text: ReportText) -> None:
        """The report is written: if nothing is missing, the next run begins anew."""
        unlisted = any(one["organizationId"] is None for one in text.head["errors"])
        if self.folder is not None and text.head["run"]["interrupted"] is None and not unlisted:
            try:
                self.folder.clear()
            except OSError as error:
                logs.notice("journal_ended", level=logging.WARNING, reason=str(error.strerror or error))


@contextmanager
def keeping(prepared: Prepared, *, resume: bool) -> Iterator[Kept]:
    """The folder of `--journal`, and with *resume* the run in it.

    Raises:
        SettingsError: it cannot be used, or is of a run about something else.
    """
    if prepared.shard is not None:
        raise SettingsError(Problem("--shard", "this engine makes the parts itself", "leave one of them out"))
    named = prepared.settings.output.journal
    if named is None:
        if resume:
            raise SettingsError(
                Problem("--resume", "there is no journal to resume from", "add --journal FOLDER")
            )
        yield Kept()
        return
    with PartsFolder(Path(named)) as folder:
        last = folder.recall(utc_now()) if resume else None
        if last is not None:
            _check_same(last, prepared)
            logs.notice(
                "journal_resumed",
                level=logging.WARNING,
                as_of=last.as_of.isoformat(),
                parts=last.count,
            )
        yield Kept(folder, last)


def _check_same(last: PartedRun, prepared: Prepared) -> None:
    problems = []
    if last.question != _question(prepared):
        what = "it is of a run of another version, selection or plan"
        problems.append(Problem("--resume", what, _WAYS_OUT))
    as_of = prepared.settings.audit.as_of
    if as_of is not None and as_of != last.as_of:
        what = f"as_of: {last.as_of.isoformat()}, now {as_of.isoformat()}"
        problems.append(Problem("--resume", what, _WAYS_OUT))
    if problems:
        raise SettingsError(*problems)


def _question(prepared: Prepared) -> str:
    return digest_of(facts_of(prepared.settings, prepared.selection))


async def audit_distributed(
    prepared: Prepared, kept: Kept, *, pages: Mapping[str, int], spool: Spool, shows_progress: bool
) -> tuple[ReportText | None, ExitCode]:
    """Audit on the engine's workers, until done, stopped by a signal, or out of time.

    No report comes of it where it could not be found out what there is to audit. Entries of organizations go
    to *spool*.
    """
    order, started_at, started, stop = _order(prepared, kept, pages), utc_now(), elapsed(), Stop()
    merge, watch = Merge(spool.add), SignalWatch(stop)
    async with watch.watching():
        harvest = await audit_in_parts(
            order,
            scheduler=_scheduler(prepared),
            parts=_parts(order, kept, merge),
            stop=stop,
            on_event=_Teller(shows_progress=shows_progress).tell,
        )
    if not harvest.count:
        _tell_nothing(harvest, stop)
        return None, watch.exit_code or ExitCode.NOTHING_AUDITED
    is_resumed = kept.last is not None
    course = Course(
        order.run_id, started_at, utc_now(), elapsed() - started, is_resumed, interrupted=stop.reason
    )
    settings = prepared.settings
    hosts = len({host_of(tenant) for tenant in settings.tenants})
    head = joined(merge, harvest, course, address_rate=settings.limits.address_rate, hosts=hosts)
    return ReportText(head, spool), watch.exit_code or of_report(head)


def _scheduler(prepared: Prepared) -> str:
    found = DASK_ENGINE.fullmatch(prepared.settings.audit.engine)
    assert found is not None  # noqa: S101 - the settings take no other text
    return found["scheduler"]


def _order(prepared: Prepared, kept: Kept, pages: Mapping[str, int]) -> Order:
    as_of = kept.last.as_of if kept.last else prepared.settings.audit.as_of or present()
    return Order(
        prepared.settings,
        prepared.selection,
        as_of,
        run_id=str(uuid.uuid4()),
        question=_question(prepared),
        read_keys=read_keys,
        pages=kept.last.pages if kept.last else pages,
    )


def _parts(order: Order, kept: Kept, merge: Merge) -> Parts:
    folder, last = kept.folder, kept.last
    if folder is None:
        return Parts(merge.add, _ignore_cut, _ignore_report)
    if last is not None:
        known = folder.reports(last)
        return Parts(merge.add, _ignore_cut, folder.keep, last.count, last.sizes, known)

    def begin(count: int, sizes: Mapping[str, int]) -> None:
        folder.begin(PartedRun(order.question, order.as_of, utc_now(), count, order.pages, sizes))

    return Parts(merge.add, begin, folder.keep)


def _ignore_cut(_: int, __: Mapping[str, int]) -> None:
    """It is known, or nobody wants to know."""


def _ignore_report(_: Shard, __: bytes) -> None:
    """Nothing is kept."""


@dataclass(slots=True)
class _Teller:
    """Tells on stderr what happens; *organizations* are done so far."""

    shows_progress: bool
    started: float = field(default_factory=elapsed)
    parts: int = 0
    done: int = 0
    organizations: int = 0

    def tell(self, event: ClusterEvent) -> None:
        """Log *event*, and say how far the run is."""
        match event:
            case PartsSent():
                self.parts, self.done = event.parts + event.kept, event.kept
                self.organizations = event.organizations
                logs.notice("parts_sent", workers=event.workers, parts=event.parts, kept=event.kept)
            case WorkerUnfit():
                problems = "; ".join(map(str, event.problems))
                logs.notice("worker_unfit", level=logging.WARNING, worker=event.worker, problems=problems)
            case EgressShared():
                one = event.shared
                logs.notice(
                    "address_shared",
                    level=logging.WARNING,
                    address=one.egress,
                    workers=len(one.workers),
                    address_rate=round(one.rate, 3),
                )
            case PartDone():
                self.done, self.organizations = self.done + 1, self.organizations + event.organizations
                logs.notice("part_done", part=event.name, organizations=event.organizations)
                self._show()
            case PartFailed():
                logs.notice("part_failed", level=logging.WARNING, part=event.name, reason=event.reason)
            case PartRefused():
                logs.notice(
                    "part_refused",
                    level=logging.WARNING,
                    part=event.name,
                    worker=event.worker or "of the run before",
                    reason=event.reason,
                )
            case PartNotKept():
                logs.notice("part_not_kept", level=logging.WARNING, reason=event.reason)

    def _show(self) -> None:
        if self.shows_progress:
            print(
                f"auditor: {clock(elapsed() - self.started)}  {self.done:,}/{self.parts:,} parts,"
                f" {self.organizations:,} organizations",
                file=sys.stderr,
                flush=True,
            )


def _tell_nothing(harvest: Harvest, stop: Stop) -> None:
    reasons = list(dict.fromkeys(harvest.failures.values())) or [stop.reason or "no part came back"]
    for reason in reasons:
        print(f"auditor: {reason}; no report is written", file=sys.stderr)
