"""The journal of a run: which organizations are finished, and with what result.

An organization is resumed whole or not at all: one that was half read is read again from its first page.
Page tokens are opaque and the list may have moved meanwhile, so that going on at a page could count a
license twice or miss it; and at ten requests a second even a hundred pages take ten seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from auditor.domain.finding import NOT_COMPARED
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Status
from auditor.domain.question import PlanKind
from auditor.domain.result import OrganizationResult
from auditor.journal.database import (
    DamagedError,
    JournalBusyError,
    JournalError,
    checksum,
    closed_on_failure,
    open_database,
    set_aside,
)
from auditor.journal.record import Masking, UnreadableRecordError, from_record, to_record
from auditor.journal.terms import Terms

__all__ = ["Journal", "JournalBusyError", "JournalError", "is_settled"]

Text = TypeVar("Text", str, str | None)


class Journal:
    """One open and locked file. `record` and `recall` take microseconds.

    *last* are the terms of the run that it tells of, None where there was none; *is_finished* says that the
    report of that run was written. *set_aside* is where a damaged file was moved to, for *damage*.
    *on_trouble* is told, once, when the journal cannot be written any more. *masker* takes the keys of
    the run out of what is written.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        last: tuple[Terms, bool] | None,
        *,
        pages: dict[str, int],
        aside: Path | None = None,
        damage: str = "",
    ) -> None:
        self.last: Terms | None = last[0] if last else None
        self.is_finished = last is not None and last[1]
        self.set_aside = aside
        self.damage = damage
        self.on_trouble: Callable[[str], None] = _ignore
        self.masker: Masking | None = None
        self._connection = connection
        self._pages = pages
        self._is_broken = False

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Open the journal at *path*, and make sure that all of it is what was written.

        A damaged one is moved aside and a new one made in its place.

        Raises:
            JournalBusyError: another process has it.
            JournalError: it is of another program or version, or cannot be opened.
        """
        try:
            return cls._opened(path)
        except DamagedError as error:
            aside, damage = set_aside(path), str(error)
        try:
            return cls(open_database(path), None, pages={}, aside=aside, damage=damage)
        except DamagedError as error:  # nobody has written to it but this
            raise JournalError(f"{path} cannot be used: {error}") from error

    @classmethod
    def _opened(cls, path: Path) -> Journal:
        connection = open_database(path)
        with closed_on_failure(connection, path):
            return cls(connection, _last_run(connection), pages=_pages(connection))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def __len__(self) -> int:
        count: int = self._connection.execute("SELECT count(*) FROM finished").fetchone()[0]
        return count

    def pages_of_last_run(self) -> dict[str, int]:
        """Pages by organization id, of the lists that the run found in the file had read to their end."""
        return self._pages

    def begin(self, terms: Terms) -> None:
        """Forget the run before, and begin one on *terms*.

        Raises:
            JournalError: it cannot be written.
        """
        try:
            with self._lasting(), self._connection:
                self._connection.execute("BEGIN EXCLUSIVE")
                self._connection.execute("DELETE FROM finished")
                self._write_run(terms, is_finished=False)
        except sqlite3.Error as error:
            raise JournalError(f"the journal cannot be written: {error}") from error
        self.last, self.is_finished = terms, False

    def recall(self, tenant: str, organization: Organization) -> OrganizationResult | None:
        """The result of *organization*, under its name of today; None where it has to be asked."""
        # An organization that moved to another licensing model since is another question.
        key = (tenant, organization.id, organization.licensing_model)
        try:
            row = self._connection.execute(
                "SELECT record FROM finished WHERE tenant = ? AND organization = ? AND model IS ?", key
            ).fetchone()
            return None if row is None else from_record(row[0], organization, tenant=tenant)
        except (sqlite3.Error, UnreadableRecordError):
            return None

    def record(self, result: OrganizationResult) -> None:
        """Keep *result* if it need not be asked for again.

        A journal that cannot be written any more says so once, and the run goes on without it.
        """
        if self._is_broken or not is_settled(result):
            return
        organization = result.organization
        try:
            names = (result.tenant, organization.id, organization.licensing_model)
            row = (*map(self._masked, names), to_record(result, masker=self.masker))
            self._connection.execute(
                "INSERT OR REPLACE INTO finished VALUES (?, ?, ?, ?, ?)", (*row, checksum(*row))
            )
        except (sqlite3.Error, UnicodeEncodeError) as error:
            self._break_off(error)

    def finish(self) -> None:
        """The report is written: the next run begins anew."""
        if self.last is None:
            return
        try:
            with self._lasting():
                self._write_run(self.last, is_finished=True)
            self.is_finished = True
        except sqlite3.Error as error:
            self._break_off(error)

    @contextmanager
    def _lasting(self) -> Iterator[None]:
        """What is written within outlasts a power cut; for single rows, asking again is cheaper."""
        self._connection.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def _write_run(self, terms: Terms, *, is_finished: bool) -> None:
        text = self._masked(terms.to_json())
        self._connection.execute(
            "INSERT OR REPLACE INTO run VALUES (1, ?, ?, ?)",
            (text, is_finished, checksum(text, str(int(is_finished)))),
        )

    def _masked(self, text: Text) -> Text:
        return text if self.masker is None or text is None else self.masker.in_text(text)

    def _break_off(self, error: Exception) -> None:
        if not self._is_broken:
            self._is_broken = True
            self.on_trouble(str(error))


def is_settled(result: OrganizationResult) -> bool:
    """Whether asking again would tell nothing new.

    Not after a failure, nor where a comparison or an extra is missing.
    """
    is_compared = all(finding.subject != NOT_COMPARED for finding in result.findings)
    is_whole = is_compared and not result.missing and NoteKind.SKUS_UNTOLD not in result.notes
    return result.status in {Status.AUDITED, Status.SKIPPED} and is_whole


def _ignore(_: str) -> None:
    """Nobody wants to know."""


def _last_run(connection: sqlite3.Connection) -> tuple[Terms, bool] | None:
    row = connection.execute("SELECT terms, is_finished, checksum FROM run").fetchone()
    if row is None:
        return None
    try:
        text, is_finished, check = row
        if checksum(text, str(is_finished)) != check:
            raise DamagedError("what it says of its run is not what was written")
        return Terms.from_json(text), bool(is_finished)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError("what it says of its run cannot be read") from error


def _pages(connection: sqlite3.Connection) -> dict[str, int]:
    """Goes through all rows, and so finds the one that is damaged."""
    return {
        result.organization.id: result.pages
        for result in _results(connection)
        if result.status is Status.AUDITED and result.plan is PlanKind.FULL and result.pages
    }


def _results(connection: sqlite3.Connection) -> Iterator[OrganizationResult]:
    for *row, check in connection.execute("SELECT * FROM finished"):
        tenant, organization_id, _, record = row
        try:
            if checksum(*row) != check:
                raise DamagedError("a row of it is not what was written")
            yield from_record(record, Organization(OrganizationId(organization_id), ""), tenant=tenant)
        except (ValueError, TypeError, AttributeError) as error:
            raise DamagedError("a row of it cannot be read") from error
