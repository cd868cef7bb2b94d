"""The file of a journal: opened and locked, checked from end to end, or set aside.

SQLite in WAL mode with `synchronous=NORMAL`: a killed process loses nothing, a power cut at most the last
organizations, and neither damages the file. The lock is SQLite's own, held by the operating system, so that
no crash leaves one behind.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

from auditor.errors import AuditorError

APPLICATION_ID: Final = 0x61756469  # "audi"
SCHEMA_VERSION: Final = 3

_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_ID_AT: Final = 68  # "Database File Format" of SQLite, section 1.3
_HEADER_BYTES: Final = 100
_START_BYTES: Final = 1024 * 1024
_MARKS: Final = (b"CREATE TABLE finished", b"is_reconciled")
_PATIENCE_SECONDS: Final = 0.2  # for a process that is just about to end
_PRIVATE: Final = 0o600
_COMPANIONS: Final = ("-wal", "-shm", "-journal")
_PRIMARY: Final = 0xFF
_OF_THE_MACHINE: Final = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
}

_SCHEMA: Final = f"""
    BEGIN EXCLUSIVE;
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {SCHEMA_VERSION};
    CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        terms TEXT NOT NULL, is_finished INTEGER NOT NULL, checksum BLOB NOT NULL
    );
    CREATE TABLE finished (
        tenant TEXT NOT NULL, organization TEXT NOT NULL, model TEXT,
        record BLOB NOT NULL, checksum BLOB NOT NULL,
        PRIMARY KEY (tenant, organization)
    ) WITHOUT ROWID;
    COMMIT;
"""


class JournalError(AuditorError):
    """The journal cannot be used; the message names the file and says why."""


class JournalBusyError(JournalError):
    """Another process has it."""


class DamagedError(Exception):
    """The file cannot be trusted and may be set aside. The message says why."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open and lock the journal at *path*, made where there is none, readable by this user alone.

    Raises:
        JournalError: another process has it, it is of another program or version, or the machine fails.
        DamagedError: it is no journal, or was one.
    """
    try:
        is_new = _look_at(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JournalError(f"{path} cannot be used: {reason}") from error
    try:
        connection = sqlite3.connect(path.absolute(), timeout=_PATIENCE_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        blame(path, error)
    with closed_on_failure(connection, path):
        _set_up(connection, path, is_new=is_new)
    return connection


@contextmanager
def closed_on_failure(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Close *connection* where the block fails, and `blame` what SQLite raises."""
    try:
        yield
    except sqlite3.Error as error:
        connection.close()
        blame(path, error)
    except UnicodeDecodeError as error:  # SQLite quotes what it cannot read, and Python cannot either
        connection.close()
        raise DamagedError("it is damaged") from error
    except BaseException:
        connection.close()
        raise


def set_aside(path: Path) -> Path:
    """Move the file, and what SQLite keeps beside it, out of the way; where to is the result."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside, turn = path.with_name(f"{path.name}.corrupt-{stamp}"), 1
    while aside.exists():
        turn += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{turn}")
    try:
        path.rename(aside)
        for end in _COMPANIONS:
            companion = path.with_name(path.name + end)
            if companion.exists():
                companion.rename(aside.with_name(aside.name + end))
    except OSError as error:
        raise JournalError(f"{path} is damaged and cannot be moved: {error.strerror}") from error
    return aside


def checksum(*parts: str | bytes | None) -> bytes:
    """What tells parts that were written from those that a bad disk made of them."""
    return sha256(b"\0".join(map(_as_bytes, parts))).digest()


def _as_bytes(part: str | bytes | None) -> bytes:
    return part if isinstance(part, bytes) else (part or "").encode()


def blame(path: Path, error: sqlite3.Error) -> NoReturn:
    """Say of *error* whether another process, the machine or the file is at fault.

    Raises:
        JournalError: one of the first two.
        DamagedError: the last.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    primary = code & _PRIMARY
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise JournalBusyError(f"{path}: another run is writing this journal") from error
    is_readonly = primary == sqlite3.SQLITE_READONLY and not os.access(path, os.W_OK)
    if is_readonly or (primary in _OF_THE_MACHINE and code != sqlite3.SQLITE_IOERR_SHORT_READ):
        raise JournalError(f"{path} cannot be used: {error}") from error
    raise DamagedError(str(error)) from error


def _look_at(path: Path) -> bool:
    """Whether the file is still to be written. It is closed again before SQLite locks it."""
    if path.exists() and not path.is_file():
        raise JournalError(f"{path} cannot be used: it is no regular file")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "rb") as file:
        start = file.read(_START_BYTES)
    if not start:
        return True
    if not start.startswith(_MAGIC) or len(start) < _HEADER_BYTES:
        if _was_a_journal(start):
            raise DamagedError("it is no SQLite file any more")
        raise JournalError(f"{path} is no journal")
    application_id = int.from_bytes(start[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big")
    if application_id not in {0, APPLICATION_ID}:
        raise JournalError(f"{path} is a database of another program")
    return application_id == 0


def _was_a_journal(start: bytes) -> bool:
    """Whether a file that is no SQLite file may be what a crash left of a journal.

    Anything else is a file of the user's that was named by mistake, and must not be moved.
    """
    is_cut_short = _MAGIC.startswith(start) or start.startswith(_MAGIC)
    return is_cut_short or not any(start) or any(mark in start for mark in _MARKS)


def _set_up(connection: sqlite3.Connection, path: Path, *, is_new: bool) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    if is_new:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise JournalError(f"{path} is a database of another program")
        # Before the switch to WAL, so that the file itself says from the start whose it is.
        connection.executescript(_SCHEMA)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript("BEGIN EXCLUSIVE; COMMIT;")
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict is None or verdict[0] != "ok":
        raise DamagedError("it fails SQLite's own check")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise JournalError(f"{path} has schema {version}, this version writes {SCHEMA_VERSION}")
