"""The file of a history: made where there is none, known for what it is, checked before it is used.

SQLite with its rollback journal and `synchronous=EXTRA`: at rest it is one file that can be copied, what
was committed outlasts a power cut, and a process that was killed leaves the state before. Any number of
processes may read and write it; they wait for each other.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from auditor.errors import AuditorError

APPLICATION_ID: Final = 0x61756468  # "audh"
SCHEMA_VERSION: Final = 1

_MAGIC: Final = b"SQLite format 3\0"
_PRIVATE: Final = 0o600
_PRIMARY: Final = 0xFF
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_MISFITS: Final = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH})

# A checksum tells what was written from what a bad disk made of it; SQLite has none of its own.
_SCHEMA: Final = f"""
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {SCHEMA_VERSION};
    CREATE TABLE run (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        as_of TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        tool_version TEXT NOT NULL,
        windows_days TEXT NOT NULL,
        organizations INTEGER NOT NULL
    );
    CREATE TABLE part (
        run INTEGER NOT NULL,
        tenant TEXT,
        is_complete INTEGER NOT NULL,
        plan TEXT,
        digest TEXT NOT NULL,
        figures TEXT NOT NULL,
        checksum INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX part_of_run ON part (run, tenant);
    CREATE TABLE organization (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        tenant TEXT NOT NULL,
        UNIQUE (id, tenant)
    );
    CREATE TABLE member (
        run INTEGER NOT NULL,
        organization INTEGER NOT NULL,
        status TEXT NOT NULL,
        standing TEXT,
        plan TEXT,
        expiring INTEGER,
        at_risk INTEGER,
        unused INTEGER,
        licenses INTEGER,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (run, organization)
    ) WITHOUT ROWID;
"""


class HistoryError(AuditorError):
    """The history cannot be used; the message names the file and says why. The file is left as it is."""


class HistoryBusyError(HistoryError):
    """Another process has been writing it for longer than one may wait."""


def open_database(path: Path, *, patience_seconds: float, must_exist: bool) -> sqlite3.Connection:
    """Open the history at *path*; a new one is readable by this user alone.

    Raises:
        HistoryError: it is missing and *must_exist*, is damaged, of another program or of a newer version
            of this one, stays busy, or the machine fails.
    """
    _look_at(path, must_exist=must_exist)
    with blamed(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=patience_seconds, isolation_level=None
        )
    try:
        with blamed(path):
            _set_up(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def blamed(path: Path) -> Iterator[None]:
    """Turn what SQLite raises within into a `HistoryError` that says who is at fault."""
    try:
        yield
    except sqlite3.Error as error:
        _blame(path, error)
    except UnicodeDecodeError as error:  # in SQLite's message, which quotes what is in the file
        raise damaged(path, "it holds what is no text") from error


def _blame(path: Path, error: sqlite3.Error) -> NoReturn:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & _PRIMARY
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise HistoryBusyError(f"{path} is being written by another process: try again later") from error
    if primary in _DAMAGE | _MISFITS:
        raise damaged(path, str(error)) from error
    if primary == sqlite3.SQLITE_READONLY:
        raise HistoryError(f"{path} is not writable by this user") from error
    raise HistoryError(f"{path} cannot be used: {error}") from error


def damaged(path: Path, reason: str) -> HistoryError:
    """The error that says that the file is not what was written."""
    return HistoryError(f"{path} is damaged ({reason}): put a copy in its place, or name another file")


def _look_at(path: Path, *, must_exist: bool) -> None:
    """Make sure that there is a file, and that SQLite would not take one of the user's for its own."""
    try:
        if path.exists() and not path.is_file():
            raise HistoryError(f"{path} cannot be used: it is no regular file")
        flags = os.O_RDONLY | os.O_CLOEXEC if must_exist or path.exists() else os.O_RDWR | os.O_CREAT
        with os.fdopen(os.open(path, flags, _PRIVATE), "rb") as file:
            start = file.read(len(_MAGIC))
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
        raise HistoryError(f"{path} cannot be used: {reason.lower()}") from error
    if start and start != _MAGIC:
        raise HistoryError(f"{path} is no history: it is no SQLite file")


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    # What a bad disk made of a text must come to its checksum, not fail on the way there.
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    connection.execute("PRAGMA synchronous = EXTRA")
    if not _is_ours(connection, path):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        with writing(connection):
            if not _is_ours(connection, path):  # another process may have been quicker
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict is None or verdict[0] != "ok":
        raise damaged(path, "it fails SQLite's own check")


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a history; False where it is empty.

    Raises:
        HistoryError: it is anything else.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == 0 and not tables:
        return False
    if application != APPLICATION_ID:
        raise HistoryError(f"{path} is a database of another program")
    if version > SCHEMA_VERSION:
        raise HistoryError(
            f"{path} has version {version}, and this program knows {SCHEMA_VERSION}: a newer one wrote it"
        )
    if version != SCHEMA_VERSION:
        raise damaged(path, f"there is no version {version}")
    return True


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written within, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read within is of one state."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
