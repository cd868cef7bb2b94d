"""Puts bytes where the user wants them: on stdout, or into a file that is never seen half written."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from auditor.cli.known_keys import masked_pieces
from auditor.cli.rescue import rescue
from auditor.cli.short_writes import write_all
from auditor.cli.streams import abandon
from auditor.errors import Problem, SettingsError

STDOUT: Final = "-"
STDOUT_DESCRIPTOR: Final = 1

_NAMED_DESCRIPTORS: Final = {STDOUT: STDOUT_DESCRIPTOR, "/dev/stdout": STDOUT_DESCRIPTOR, "/dev/stderr": 2}
_PRIVATE: Final = 0o600


def check_writable(target: str) -> None:
    """Fail before anything is fetched when *target* cannot be written later.

    Raises:
        SettingsError: its folder is missing or not writable, it is a folder itself, no path at all, or a
            stream that is closed.
    """
    descriptor = _descriptor(target)
    if descriptor is not None:
        _check_open(descriptor, target)
        return
    try:
        _check_path(Path(target), target)
    except (OSError, ValueError) as error:  # too long, links in a circle, a folder that may not be searched
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            Problem("--output", f"{target} cannot be used: {reason}", "give a file's path, or - for stdout")
        ) from error


def _check_open(descriptor: int, target: str) -> None:
    name = "stdout" if descriptor == STDOUT_DESCRIPTOR else target
    try:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except (OSError, OverflowError):
        is_open = False
    else:
        is_open = mode != os.O_RDONLY
    # Started without stdout, Python leaves this empty, whatever stands in for it by now.
    if not is_open or (descriptor == STDOUT_DESCRIPTOR and sys.__stdout__ is None):
        raise SettingsError(Problem("--output", f"{name} is not open for writing", "give a file's path"))


def _check_path(path: Path, target: str) -> None:
    with suppress(FileNotFoundError):
        path.stat()
    if path.is_dir():
        raise SettingsError(
            Problem("--output", f"{target} is a folder", "give a file's path, or - for stdout")
        )
    if is_stream(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise SettingsError(
            Problem("--output", f"the folder {folder} does not exist", f"make it first: mkdir -p {folder}")
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(Problem("--output", f"the folder {folder} is not writable by this user"))


class StdoutClosedError(SettingsError):
    """The reader of stdout went before it had all."""


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Let what is within end where the reader of stdout leaves: `head` has what it wanted."""
    with suppress(BrokenPipeError, StdoutClosedError):
        yield


@contextmanager
def told_as(option: str) -> Iterator[None]:
    """Name the *option* that was given: what is here knows only `--output`."""
    try:
        yield
    except SettingsError as error:
        problems = (
            Problem(one.where.replace("--output", option), one.what, one.hint) for one in error.problems
        )
        raise SettingsError(*problems) from error


def write(data: bytes | Iterable[bytes], target: str) -> None:
    """Write *data*, whole or in pieces, to *target*: `-` is stdout, anything else a file replaced as a whole.

    *data* may be gone through more than once. A link keeps pointing where it does; a device, a pipe or an
    open descriptor (`/dev/stdout`, `/dev/fd/63`) is written to and stays what it is.

    Raises:
        StdoutClosedError: the reader of stdout went.
        SettingsError: it cannot be written; unless the reader of stdout went, *data* is kept as near as can
            be, and the message says where.
    """
    pieces = masked_pieces([data] if isinstance(data, bytes) else data)
    descriptor = _descriptor(target)
    if descriptor == STDOUT_DESCRIPTOR:
        _write_stdout(pieces)
        return
    try:
        _write_to(target if descriptor is None else os.dup(descriptor), pieces)
    except OSError as error:
        kept = rescue(pieces, meant_for=_place_of(target))
        raise SettingsError(
            Problem(f"--output {target}", f"cannot be written: {error.strerror}", kept)
        ) from error


def _place_of(target: str) -> Path | None:
    """The file that *target* names; None for a stream: beside a device there is no place for a file."""
    if _descriptor(target) is not None or (is_stream(Path(target)) and not Path(target).is_dir()):
        return None
    return Path(target).resolve()


def _write_to(place: str | int, pieces: Iterable[bytes]) -> None:
    if isinstance(place, int) or is_stream(Path(place)):
        with open(place, "wb") as stream:  # noqa: PTH123 - a descriptor, perhaps
            write_all(stream, pieces)
    else:
        _replace(Path(place).resolve(), pieces)


def _descriptor(target: str) -> int | None:
    """The open descriptor that *target* names: `-`, `/dev/stdout`, `/dev/fd/63` of a shell's `>(...)`.

    Opened by name, a file behind it would be cut off where the shell meant to append.
    """
    if target in _NAMED_DESCRIPTORS:
        return _NAMED_DESCRIPTORS[target]
    match = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d{1,9})", target)
    return int(match[1]) if match else None


def is_stream(path: Path) -> bool:
    """Whether *path* is there and is no regular file: `/dev/null`, a named pipe, `>(...)` of a shell."""
    return path.exists() and not path.is_file()


def _write_stdout(pieces: Iterable[bytes]) -> None:
    try:
        write_all(sys.stdout.buffer, pieces)
    except BrokenPipeError as error:
        abandon(sys.stdout)
        raise StdoutClosedError(
            Problem("stdout", "was closed before the output was complete", "use --output FILE to keep it")
        ) from error
    except OSError as error:
        abandon(sys.stdout)
        raise SettingsError(
            Problem("stdout", f"cannot be written: {error.strerror}", rescue(pieces, meant_for=None))
        ) from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """A file without a name, fsync, a name in the same folder, rename, fsync of the folder.

    Killed on the way, the process leaves the old report and nothing else; where the file system knows no
    files without a name, it may leave a part of the new one as `.auditor-*.tmp`.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    temporary = path.with_name(f".auditor-{secrets.token_hex(8)}.tmp")
    try:
        if not _write_unnamed(temporary, pieces, folder=folder, like=path):
            with open(temporary, "xb", opener=_private) as file:
                _fill(file, pieces, like=path)
        temporary.replace(path)
        os.fsync(folder)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(folder)


def _write_unnamed(temporary: Path, pieces: Iterable[bytes], *, folder: int, like: Path) -> bool:
    """Give the whole content the name *temporary* at once; False where the file system cannot."""
    try:
        descriptor = os.open(temporary.parent, os.O_TMPFILE | os.O_WRONLY, _PRIVATE)
    except OSError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        _fill(file, pieces, like=like)
        try:
            # With a folder's descriptor, and only so, the link in /proc is followed to the file.
            os.link(f"/proc/self/fd/{descriptor}", temporary.name, dst_dir_fd=folder, follow_symlinks=True)
        except OSError:
            return False
    return True


def _fill(file: BinaryIO, pieces: Iterable[bytes], *, like: Path) -> None:
    """Write and sync *pieces* and the permissions that the file *like* has or would get."""
    write_all(file, pieces)
    _permit(file.fileno(), like)
    os.fsync(file.fileno())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, _PRIVATE)


def _permit(descriptor: int, like: Path) -> None:
    """Keep owner, group and mode of the file that is replaced; a new one is this user's alone.

    It holds names of customers and serials, as the journal and the history do.
    """
    try:
        old = like.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, _PRIVATE)
        return
    mode = old.st_mode & 0o777
    for owner in (old.st_uid, -1):  # giving files away takes root
        with suppress(OSError):
            os.fchown(descriptor, owner, old.st_gid)
            break
    else:  # another group: it gets no more than everybody
        mode = mode & ~0o070 | (mode & 0o007) << 3
    os.fchmod(descriptor, mode)
