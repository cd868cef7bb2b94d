"""The history of the runs in one file: reports go in, the movement of their figures comes out."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from auditor.domain.outcome import Status
from auditor.history.database import HistoryError, blamed, damaged, open_database, reading, writing
from auditor.history.entry import SHORT_NAMES, Entry, full_name, steps_of
from auditor.history.record import Part, Record, record_of
from auditor.history.sums import COMPLETENESS

Json = Mapping[str, Any]
Point = Mapping[str, Any]
"""One run as the HTML page draws it: `asOf`, `expiring`, `atRisk`, `unused` and `completeness`.

Besides, `run` is its id, and `marks` tells why it does not compare with the run before."""

PATIENCE_SECONDS: Final = 10.0
"""Longest wait for other processes: each holds the file for a fraction of a second."""

_DRAWN: Final = ("expiring", "atRisk", "unused", "completeness")
_RUN: Final = "run.id, run.as_of, run.finished_at, run.tool_version, run.windows_days"


class Added(StrEnum):
    """What became of a report."""

    NEW = "new"
    KNOWN = "known"  # its run is there already
    WIDER = "wider"  # in place of one that told of fewer organizations of the same run


class History:
    """One open file. Each call reads or writes one state of it, whatever other processes do meanwhile."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def open(
        cls, path: Path, *, must_exist: bool = False, patience_seconds: float = PATIENCE_SECONDS
    ) -> History:
        """Open the history at *path*, which is made where there is none.

        Raises:
            HistoryError: it is missing and *must_exist*, is damaged, of another program or of a newer
                version of this one, stays busy, or the machine fails.
        """
        connection = open_database(path, patience_seconds=patience_seconds, must_exist=must_exist)
        return cls(connection, path)

    def copied(self) -> History:
        """The same in memory alone: what is added there reaches no file.

        Raises:
            HistoryError: it cannot be read, or is too large for the memory.
        """
        memory = sqlite3.connect(":memory:", isolation_level=None)
        memory.text_factory = self._connection.text_factory
        with blamed(self._path):
            self._connection.backup(memory)
        return History(memory, self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the file, which stays as it is."""
        self._connection.close()

    def __len__(self) -> int:
        with blamed(self._path):
            count: int = self._connection.execute("SELECT count(*) FROM run").fetchone()[0]
        return count

    def add(self, report: Json, organizations: Iterable[Json] | None = None) -> Added:
        """Keep what *report* tells; once this returns, no crash takes it away.

        The entries of its `organizations` may be given apart, one by one. A run that is there already
        stays as it is, unless this report tells of more of its organizations: one that was split off for
        a tenant never takes the place of the whole.

        Raises:
            HistoryError: it cannot be written; the history is as it was.
        """
        try:
            record = record_of(report, organizations)
            with blamed(self._path), writing(self._connection):
                return self._keep(record)
        except OverflowError as error:
            raise HistoryError(f"{self._path} cannot hold this report: {error}") from error

    def entries(self, *, tenant: str | None = None, organization: str | None = None) -> list[Entry]:
        """The runs in the order of their reference times: of all, of *tenant*, or of *organization*.

        Runs that had nothing of that tenant or organization are left out.

        Raises:
            HistoryError: it cannot be read, or is not what was written.
        """
        with blamed(self._path), reading(self._connection):
            if organization is None:
                return list(self._entries_of_part(tenant))
            return sorted(self._entries_of_organization(organization, tenant), key=_order)

    def points(
        self,
        *,
        tenant: str | None = None,
        organization: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Point]:
        """The same from *since* to *until*, both included, for a drawing."""
        entries = self.entries(tenant=tenant, organization=organization)
        return [
            {
                "asOf": step.entry.as_of_text,
                **{name: step.entry.figures.get(full_name(name)) for name in _DRAWN},
                "run": step.entry.run_id,
                "marks": [mark.value for mark in step.marks],
            }
            for step in steps_of(entries, ())
            if (since is None or step.entry.as_of >= since) and (until is None or step.entry.as_of <= until)
        ]

    def tenants(self) -> list[str]:
        """The tenants that any run had."""
        query = "SELECT DISTINCT tenant FROM part WHERE tenant IS NOT NULL ORDER BY tenant"
        with blamed(self._path):
            return [row[0] for row in self._connection.execute(query)]

    def prune(self, *, keep_days: int) -> int:
        """Forget runs that ended more than *keep_days* before the latest one; how many is the result.

        No clock is asked, and reference times do not count: neither a clock that is wrong nor a run that
        looked far ahead empties a history, and the latest run always stays.

        Raises:
            HistoryError: it cannot be written; the history is as it was.
        """
        with blamed(self._path):
            with writing(self._connection):
                ends = {
                    key: self._instant(text)
                    for key, text in self._connection.execute("SELECT key, finished_at FROM run")
                }
                latest = max(ends.values(), default=None)
                old = [key for key, end in ends.items() if latest and latest - end > timedelta(keep_days)]
                for key in old:
                    self._forget(key)
                if old:
                    self._connection.execute(
                        "DELETE FROM organization WHERE key NOT IN (SELECT organization FROM member)"
                    )
            # As a script, for each page that is given back is a step, and no row comes of it.
            self._connection.executescript("PRAGMA incremental_vacuum")
        return len(old)

    def _keep(self, record: Record) -> Added:
        known = self._connection.execute(
            "SELECT key, organizations FROM run WHERE id = ?", (record.run_id,)
        ).fetchone()
        if known is not None and known[1] >= len(record.members):
            return Added.KNOWN
        if known is not None:
            self._forget(known[0])
        self._insert(record)
        return Added.NEW if known is None else Added.WIDER

    def _insert(self, record: Record) -> None:
        windows = " ".join(map(str, record.windows_days))
        head = (record.run_id, record.as_of, record.finished_at, record.tool_version, windows)
        execute, run_many = self._connection.execute, self._connection.executemany
        run = execute(
            "INSERT INTO run (id, as_of, finished_at, tool_version, windows_days, organizations)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*head, len(record.members)),
        ).lastrowid
        parts = [(None, record.whole), *record.tenants.items()]
        run_many(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((run, *_with_checksum(_row_of(tenant, part), head)) for tenant, part in parts),
        )
        run_many(
            "INSERT OR IGNORE INTO organization (tenant, id) VALUES (?, ?)",
            (one[:2] for one in record.members),
        )
        run_many(
            "INSERT INTO member SELECT ?, key, ?, ?, ?, ?, ?, ?, ?, ? FROM organization"
            " WHERE tenant = ? AND id = ?",
            ((run, *one[2:], _checksum(*head, *one), *one[:2]) for one in record.members),
        )

    def _forget(self, run: int) -> None:
        for statement in (
            "DELETE FROM member WHERE run = ?",
            "DELETE FROM part WHERE run = ?",
            "DELETE FROM run WHERE key = ?",
        ):
            self._connection.execute(statement, (run,))

    def _entries_of_part(self, tenant: str | None) -> Iterator[Entry]:
        rows = self._connection.execute(
            f"SELECT {_RUN}, part.tenant, is_complete, plan, digest, figures, checksum, run.key"  # noqa: S608
            " FROM part JOIN run ON run.key = part.run WHERE part.tenant IS ?",
            (tenant,),
        ).fetchall()
        if tenant is None and len(rows) != len(self):
            raise damaged(self._path, "a run is not what was written")
        before: tuple[int, str, bool] | None = None
        found = [(self._read(row[:5], row[5:10], row[10]), row[8], row[11]) for row in rows]
        for entry, digest, run in sorted(found, key=lambda one: _order(one[0])):
            if before is not None and before[1] != digest:
                appeared = self._count_missing(run, before[0], tenant)
                vanished = self._count_missing(before[0], run, tenant)
                yield replace(entry, appeared=appeared, vanished=vanished)
            elif before is None or entry.is_complete or before[2]:
                yield entry
            else:
                lacks = self._lacks(run, tenant)
                is_alike = lacks is not None and lacks == self._lacks(before[0], tenant)
                yield replace(entry, lacks_as_before=is_alike)
            before = run, digest, entry.is_complete

    def _read(self, head: tuple[Any, ...], row: tuple[Any, ...], checksum: int) -> Entry:
        self._check(checksum, *head, *row)
        _, is_complete, plan, _, figures = row
        return self._entry(head, plan=plan, is_complete=bool(is_complete), figures=orjson.loads(figures))

    def _lacks(self, run: int, tenant: str | None) -> set[tuple[int, str]] | None:
        """The organizations of *run* that were not read, or of which nobody knows where they stand.

        None where the list of one broke off: how much of it is missing is another thing each time.
        """
        rows = self._connection.execute(
            "SELECT member.organization, status FROM member JOIN organization"
            " ON organization.key = member.organization WHERE run = ? AND (? IS NULL OR tenant = ?)"
            " AND (status IN (?, ?) OR (status = ? AND standing IS NULL))",
            (run, tenant, tenant, Status.FAILED, Status.PARTIAL, Status.AUDITED),
        ).fetchall()
        return None if any(status == Status.PARTIAL for _, status in rows) else set(rows)

    def _count_missing(self, run: int, other: int, tenant: str | None) -> int:
        """How many organizations *run* has that *other* has not."""
        count: int = self._connection.execute(
            "SELECT count(*) FROM member JOIN organization ON organization.key = member.organization"
            " WHERE run = ? AND (? IS NULL OR tenant = ?) AND NOT EXISTS (SELECT 1 FROM member AS other"
            " WHERE other.run = ? AND other.organization = member.organization)",
            (run, tenant, tenant, other),
        ).fetchone()[0]
        return count

    def _entries_of_organization(self, organization: str, tenant: str | None) -> Iterator[Entry]:
        rows = self._connection.execute(
            f"SELECT {_RUN}, organization.tenant, organization.id, status, standing, plan, expiring, at_risk,"  # noqa: S608
            " unused, licenses, checksum"
            # In this order, for each run has a row of it at a place that is known, and members are many.
            " FROM organization CROSS JOIN run CROSS JOIN member"
            " ON member.run = run.key AND member.organization = organization.key"
            " WHERE organization.id = ? AND (? IS NULL OR organization.tenant = ?)"
            " ORDER BY status <> ?, organization.tenant",
            (organization, tenant, tenant, Status.AUDITED),
        ).fetchall()
        seen: set[str] = set()
        for row in rows:  # where two tenants had it in one run, the one that read it tells
            if row[0] not in seen:
                seen.add(row[0])
                yield self._read_member(row)

    def _read_member(self, row: tuple[Any, ...]) -> Entry:
        head, (_, _, status, standing, plan, expiring, at_risk, unused, licenses) = row[:5], row[5:14]
        self._check(row[14], *row[:14])
        counts = {"expiring": expiring, "atRisk": at_risk, "unused": unused, "licenses": licenses}
        share = {Status.AUDITED: 1.0, Status.SKIPPED: None}.get(status, 0.0)
        return self._entry(
            head,
            plan=plan,
            is_complete=status in {Status.AUDITED, Status.SKIPPED},
            figures={
                COMPLETENESS: share,
                **{SHORT_NAMES[name]: count for name, count in counts.items()},
            },
            status=status,
            standing=standing,
        )

    def _entry(self, head: tuple[Any, ...], **rest: Any) -> Entry:
        run_id, as_of, finished_at, tool_version, windows = head
        return Entry(
            run_id=run_id,
            as_of=self._instant(as_of),
            finished_at=self._instant(finished_at),
            tool_version=tool_version,
            windows_days=tuple(map(int, windows.split())),
            **rest,
        )

    def _instant(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except (TypeError, ValueError) as error:
            raise damaged(self._path, "a date is none") from error

    def _check(self, checksum: object, *values: object) -> None:
        if checksum != _checksum(*values):
            raise damaged(self._path, "a run is not what was written")


def _order(entry: Entry) -> tuple[datetime, datetime, str]:
    return entry.as_of, entry.finished_at, entry.run_id


def _row_of(tenant: str | None, part: Part) -> tuple[str | None, int, str | None, str, str]:
    figures = orjson.dumps(part.figures, option=orjson.OPT_SORT_KEYS).decode()
    return tenant, int(part.is_complete), part.plan, part.digest, figures


def _with_checksum(row: tuple[Any, ...], head: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row, _checksum(*head, *row))


def _checksum(*values: object) -> int:
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))
