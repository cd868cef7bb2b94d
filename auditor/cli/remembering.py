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
from auditor.history.history import Added, History, Point
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


def remember(text: ReportText, *, path: str | None, keep_days: int | None) -> bool:
    """Add the report of a run to the history, and forget what is older than *keep_days*; whether that worked.

    Where it failed that is logged, and no more: the report is there, and can be added later.
    """
    if path is None or not text.head["completeness"]["organizations"]["selected"]:
        return True
    try:
        with History.open(Path(path)) as history:
            added, pruned = _added(history, text, keep_days=keep_days)
    except HistoryError as error:
        logs.notice("history_not_written", level=logging.WARNING, reason=str(error))
        return False
    logs.notice("history_written", history=path, added=added.value, pruned=pruned)
    return True


def _added(history: History, text: ReportText, *, keep_days: int | None) -> tuple[Added, int]:
    added = history.add(text.head, map(orjson.loads, text.organizations))
    return added, 0 if keep_days is None else history.prune(keep_days=keep_days)


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


class Past:
    """How the figures moved until a run and with it, for its pages, while its history is still to be written.

    A history that cannot be read, or cannot take the run, must not fail a page: it is logged, once.
    """

    def __init__(self, path: str | None, text: ReportText, *, keep_days: int | None) -> None:
        self._path, self._text, self._keep_days = path, text, keep_days
        self._history: History | None = None

    def points(self, report: Document, *, tenant: str | None = None) -> Sequence[Point] | None:
        """The points until *report*, in all or of *tenant*; None where there is no history to show."""
        try:
            history = self._history or self._foreseen()
            until = datetime.fromisoformat(report["asOf"])
            return None if history is None else history.points(tenant=tenant, until=until)
        except Exception as error:  # noqa: BLE001 - a page without a trend is worth more than none
            self.close()
            self._path = None
            logs.notice("history_not_read", level=logging.WARNING, reason=_reason_of(error))
            return None

    def close(self) -> None:
        """Give the memory back."""
        if self._history is not None:
            self._history.close()
        self._history = None

    def _foreseen(self) -> History | None:
        """The history as it will be, in memory."""
        if self._path is None:
            return None
        with History.open(Path(self._path)) as history:
            self._history = history.copied()
        if self._text.head["completeness"]["organizations"]["selected"]:
            _added(self._history, self._text, keep_days=self._keep_days)
        return self._history


def _reason_of(error: Exception) -> str:
    return str(error) if isinstance(error, HistoryError) else type(error).__name__
