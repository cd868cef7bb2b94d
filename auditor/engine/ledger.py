"""A small file in which the processes of one machine keep account of the requests they begin.

One account for the source address and one for each organization: the instant from which the next
request may count, and the instant until which a 429 holds everybody back. Both are seconds of the
machine's monotonic clock, which all its processes share and which is also the event loop's.

The arithmetic is GCRA, a leaky bucket that needs one number. Requests *count* at instants that lie at
least `Pace.interval` apart and *begin* at most `Pace.tolerance` after the instant at which they count.
So a timer that fires late delays nobody, and any window of *w* seconds sees at most
(w + tolerance) / interval requests, rounded up, of all processes together. Where a pace has a
`Pace.limit`, which only the address's has, `StartLog` cuts that to the limit in any one second.

A change is a few reads and writes of some bytes under `flock`, which the kernel releases when a
process dies; a reservation that nobody uses costs one interval. The file is read and written, not mapped:
that takes a few microseconds more, and a process whose map is cut short by somebody else would die of SIGBUS.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from dataclasses import dataclass
from errno import EBADF
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from time import sleep
from typing import Final
from zlib import crc32

from auditor.engine import start_log
from auditor.engine.start_log import StartLog

ADDRESS_SLOT: Final = 0

ORGANIZATION_SLOTS: Final = 65_536
"""Two organizations in one slot share one budget, which is safe and only slower, while both are busy."""

LONGEST_HOLD_SECONDS: Final = 120.0
"""A longer Retry-After holds back for this long whoever did not see it."""

HORIZON_SECONDS: Final = 180.0
"""No account reaches further ahead: one that does is damaged or of another clock, and counts as empty."""

_MAKING_ATTEMPTS: Final = 20
_MAKING_PAUSE_SECONDS: Final = 0.001

_ACCOUNT: Final = struct.Struct("<dd")  # counts again from, held until
_INSTANT: Final = struct.Struct("<d")
_HEADER_SIZE: Final = 64
ACCOUNTS_AT: Final = _HEADER_SIZE + start_log.SIZE
FILE_SIZE: Final = ACCOUNTS_AT + (1 + ORGANIZATION_SLOTS) * _ACCOUNT.size

_NEVER: Final = float("-inf")
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class LedgerUnavailableError(OSError):
    """The file cannot be used; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one account may be spent: a request every *interval*, up to *tolerance* late, in seconds.

    With a *limit*, no second sees more than so many. Only the address's account keeps the log for it.
    """

    interval: float
    tolerance: float
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to begin one request at *start* or up to the tolerance of *pace* later."""

    slot: int
    pace: Pace
    start: float
    made_at: float
    number: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether it could be used as soon as it was made."""
        return self.start <= self.made_at

    def is_late(self, now: float) -> bool:
        """Whether it can no longer be used: beginning now would crowd those who come after."""
        return now > self.start + self.pace.tolerance


def organization_slot(organization_id: str) -> int:
    """The slot of an organization, the same in every process."""
    return 1 + crc32(organization_id.encode()) % ORGANIZATION_SLOTS


class Ledger:
    """An open ledger. Not to be carried over a fork: the lock would be one for parent and child.

    *damages* counts how often the file was found removed, cut short or overwritten by somebody else. Each
    time the ledger is made anew, and knows nothing of the requests before.
    """

    def __init__(self, path: Path, *, is_group_shared: bool = False) -> None:
        """Open the file at *path*, and make it when there is none or when it is not a ledger of this boot.

        Its folder is made too, if only that is missing. Both must belong to this user and be writable
        by nobody else; with *is_group_shared*, the folder's owner answers for who may write.

        Raises:
            LedgerUnavailableError: it cannot be made or opened, or is not to be trusted.
        """
        self.path = path
        self.damages = 0
        self._is_group_shared = is_group_shared
        self._starts_seen = 0
        self._header = _header()
        self._fd = -1
        self._is_closed = False
        self._open()

    def reserve(
        self, slot: int, pace: Pace, now: float, *, instead_of: Reservation | None = None
    ) -> Reservation:
        """Reserve the next free instant. *instead_of* is handed back, if nobody reserved after it.

        Processes with different paces keep their own distance from whoever was before them, so all
        together stay within the fastest of them.

        Raises:
            BlockingIOError: another process is at it this very moment.
            OSError: the file cannot be used any more.
        """
        self._open_again_where_needed()
        flock(self._fd, LOCK_EX | LOCK_NB)
        try:
            self._look_for_damage(slot, now)
            if instead_of is not None:
                self._undo(instead_of, now)
            return self._reserve(slot, pace, now)
        finally:
            flock(self._fd, LOCK_UN)

    def settle(self, reservation: Reservation, now: float) -> None:
        """Account for the request as begun *now*, and not as late as it might have. Raises OSError."""
        if reservation.number is not None:
            self._log.settle(reservation.number, now, horizon=now + HORIZON_SECONDS)

    def give_back(self, reservation: Reservation, now: float) -> None:
        """Undo a reservation that will not be used, if nobody reserved after it. Raises like `reserve`."""
        flock(self._fd, LOCK_EX | LOCK_NB)
        try:
            self._undo(reservation, now)
        finally:
            flock(self._fd, LOCK_UN)

    def hold(self, slot: int, until: float, now: float) -> None:
        """Let no process begin a request there before *until*, within the longest hold.

        Takes no lock: no change of `reserve` touches this number, and of two that hold at the same
        instant either may win. Raises OSError when the file cannot be used any more.
        """
        until = min(until, now + LONGEST_HOLD_SECONDS)
        if until > self.held_until(slot, now):
            os.pwrite(self._fd, _INSTANT.pack(until), _offset(slot) + _INSTANT.size)

    def held_until(self, slot: int, now: float) -> float:
        """Until when a 429 holds back the requests there; in the past when none does."""
        return self._read(slot, now)[1]

    def close(self) -> None:
        """Close the file and leave it to the others. Every later use raises OSError."""
        self._is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open_again_where_needed(self) -> None:
        """A clean-up may remove the file, and others use a new one; if none can be had now, then later."""
        if self._is_closed:
            raise OSError(EBADF, "the ledger was closed")
        if self._fd >= 0 and os.fstat(self._fd).st_nlink == 0:
            self.damages += 1
            self._let_go()
        if self._fd < 0:
            self._open()

    def _look_for_damage(self, slot: int, now: float) -> None:
        """Make the file anew where it is no ledger any more; the lock is held.

        A ledger that another process has made anew meanwhile is sound, and knows of fewer starts than before.
        """
        if not self._is_current(self._header):
            self._make(self._header)
        elif not self._is_plausible(slot, now):
            os.pwrite(self._fd, bytes(_ACCOUNT.size), _offset(slot))
        elif self._log.head()[0] >= self._starts_seen:
            return
        self.damages += 1
        self._starts_seen = 0

    def _is_plausible(self, slot: int, now: float) -> bool:
        """Whether no instant of the account lies beyond the horizon; NaN fails every comparison."""
        account = os.pread(self._fd, _ACCOUNT.size, _offset(slot))
        return all(one <= now + HORIZON_SECONDS for one in _ACCOUNT.unpack(account))

    def _reserve(self, slot: int, pace: Pace, now: float) -> Reservation:
        free_from, held_until = self._read(slot, now)
        start = max(free_from, held_until, now - pace.tolerance)
        if pace.limit is None:
            self._write(slot, start + pace.interval)
            return Reservation(slot, pace, start, made_at=now)
        number, joint_limit = self._log.head()
        is_idle = free_from < now - start_log.WINDOW_SECONDS
        limit = min(start_log.CAPACITY, pace.limit if is_idle else max(pace.limit, joint_limit))
        horizon = now + HORIZON_SECONDS
        start = max(start, self._log.opens_at(number, limit=limit, horizon=horizon))
        latest = now if start <= now else start + pace.tolerance
        self._log.append(number, latest, limit=limit, horizon=horizon)
        self._starts_seen = number + 1
        self._write(slot, start + pace.interval)
        return Reservation(slot, pace, start, made_at=now, number=number)

    def _undo(self, reservation: Reservation, now: float) -> None:
        free_from, _ = self._read(reservation.slot, now)
        if free_from == reservation.start + reservation.pace.interval:
            self._write(reservation.slot, reservation.start)
            if reservation.number is not None:
                self._log.drop_last()
                self._starts_seen = self._log.head()[0]

    def _read(self, slot: int, now: float) -> tuple[float, float]:
        account = os.pread(self._fd, _ACCOUNT.size, _offset(slot))
        if len(account) < _ACCOUNT.size:  # cut short by somebody
            return _NEVER, _NEVER
        free_from, held_until = _ACCOUNT.unpack(account)
        horizon = now + HORIZON_SECONDS
        # Zero is what a new file is full of; a NaN fails every comparison, and so counts as never too.
        return (
            free_from if 0 != free_from <= horizon else _NEVER,
            held_until if 0 != held_until <= horizon else _NEVER,
        )

    def _write(self, slot: int, free_from: float) -> None:
        os.pwrite(self._fd, _INSTANT.pack(free_from), _offset(slot))

    def _open(self) -> None:
        try:
            self._fd = self._open_trusted()
            self._log = StartLog(self._fd, _HEADER_SIZE)
            self._starts_seen = 0
            self._make_unless_current()
        except OSError as error:
            self._let_go()
            raise LedgerUnavailableError(f"{self.path}: {_reason(error)}") from error

    def _open_trusted(self) -> int:
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if not self._is_group_shared:
                _demand_private(os.fstat(folder), "its folder")
            return self._open_within(folder)
        finally:
            os.close(folder)

    def _open_within(self, folder: int) -> int:
        # O_NONBLOCK: a pipe that was put there must not hang us.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = os.open(self.path.name, flags, 0o600, dir_fd=folder)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise PermissionError("it is not a regular file")
            if not self._is_group_shared:
                _demand_private(status, "it")
            elif status.st_uid == os.geteuid():
                os.fchmod(fd, 0o660)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _make_unless_current(self) -> None:
        """Lock only to make it: a process that was stopped while it held the lock keeps nobody out."""
        header = self._header
        for _ in range(_MAKING_ATTEMPTS):
            if self._is_current(header):
                return
            try:
                flock(self._fd, LOCK_EX | LOCK_NB)
            except BlockingIOError:  # somebody is making it
                sleep(_MAKING_PAUSE_SECONDS)
                continue
            try:
                self._make(header)
            finally:
                flock(self._fd, LOCK_UN)
        raise BlockingIOError("another process holds its lock")

    def _is_current(self, header: bytes) -> bool:
        return os.fstat(self._fd).st_size == FILE_SIZE and os.pread(self._fd, _HEADER_SIZE, 0) == header

    def _make(self, header: bytes) -> None:
        if not self._is_current(header):
            os.ftruncate(self._fd, 0)
            os.ftruncate(self._fd, FILE_SIZE)
            os.pwrite(self._fd, header, 0)


def _offset(slot: int) -> int:
    return ACCOUNTS_AT + slot * _ACCOUNT.size


def _header() -> bytes:
    """What a ledger of this format and of this boot begins with; the clock starts anew with each boot."""
    try:
        boot_id = _BOOT_ID.read_bytes().strip()
    except OSError:  # no Linux: the horizon alone tells a clock that started anew
        boot_id = b""
    return (b"auditor budget 1\n" + boot_id + b"\n").ljust(_HEADER_SIZE, b"\n")[:_HEADER_SIZE]


def _demand_private(status: os.stat_result, what: str) -> None:
    if status.st_uid != os.geteuid():
        raise PermissionError(f"{what} belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{what} can be written by other users")


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return error.strerror or str(error)
