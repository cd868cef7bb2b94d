"""The history that the user asked for with `--history`: looked at before a run, added to after it, shown."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson

from auditor.cli import logs
from auditor.cli.own_files import own_path
from auditor.errors import Problem, SettingsError
from auditor.history.database import HistoryError
from auditor.history.history import History, Point
from auditor.report.reading import Document
from auditor.report.to_json import ReportText


def check_history(named: str | None, *, others: tuple[str | None, ...]) -> None:
    """Fail before anything is fetched where the history cannot be added to later.

    *others* are the files that the run writes besides.

    Raises:
        SettingsError: it cannot be opened, or is no file of its own.
    """
    if named is None:
        return
    path = own_path(named, option="--history", others=others)
    with open_history(path, where="--history"):
        pass


def open_history(path: Path, *, where: str, must_exist: bool = False) -> History:
    """The history at *path*; *where* names the argument that told of it.

    Raises:
        SettingsError: it cannot be used.
    """
    try:
        return History.open(path, must_exist=must_exist)
    except HistoryError as error:
        raise SettingsError(Problem(where, str(error))) from error


def remember(text: ReportText, *, path: str | None, keep_days: int | None) -> None:
    """Add the report that was just written to the history, and forget what is older than *keep_days*.

    Where that fails it is logged, and no more: the report is there, and can be added later.
    """
    if path is None or not text.head["completeness"]["organizations"]["selected"]:
        return
    try:
        with History.open(Path(path)) as history:
            added = history.add(text.head, map(orjson.loads, text.organizations))
            pruned = 0 if keep_days is None else history.prune(keep_days=keep_days)
    except HistoryError as error:
        logs.notice("history_not_written", level=logging.WARNING, reason=str(error))
    else:
        logs.notice("history_written", history=path, added=added.value, pruned=pruned)


def points_at(path: str, report: Document, *, tenant: str | None = None) -> Sequence[Point]:
    """How the figures moved until *report*, in all or of *tenant*, for its page.

    Raises:
        SettingsError: the history cannot be read.
    """
    until = datetime.fromisoformat(report["asOf"])
    try:
        with History.open(Path(path), must_exist=True) as history:
            return history.points(tenant=tenant, until=until)
    except HistoryError as error:
        raise SettingsError(Problem("--history", str(error))) from error


def recall(path: str | None, report: Document, *, tenant: str | None = None) -> Sequence[Point] | None:
    """The same after a run, which a history that cannot be read must not fail: it is logged."""
    if path is None:
        return None
    try:
        return points_at(path, report, tenant=tenant)
    except SettingsError as error:
        logs.notice("history_not_read", level=logging.WARNING, reason=str(error))
        return None
