"""Puts bytes where the user wants them: on stdout, or into a file that is never seen half written."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from auditor.errors import Problem, SettingsError

STDOUT: Final = "-"


def check_writable(target: str) -> None:
    """Fail before anything is fetched when *target* cannot be written later.

    Raises:
        SettingsError: its folder is missing or not writable, or it is a folder itself.
    """
    if target == STDOUT:
        return
    path = Path(target)
    if path.is_dir():
        raise SettingsError(
            Problem("--output", f"{target} is a folder", "give a file's path, or - for stdout")
        )
    if _is_stream(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise SettingsError(
            Problem("--output", f"the folder {folder} does not exist", f"make it first: mkdir -p {folder}")
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(Problem("--output", f"the folder {folder} is not writable by this user"))


def write(data: bytes | Iterable[bytes], target: str) -> None:
    """Write *data*, whole or in pieces, to *target*: `-` is stdout, anything else a file replaced as a whole.

    A link keeps pointing where it does; a device or a pipe is written to and stays what it is.

    Raises:
        SettingsError: it cannot be written; for a file, *data* is kept beside it or in the folder for
            temporary files, and the message says where.
    """
    pieces = [data] if isinstance(data, bytes) else data
    if target == STDOUT:
        _write_stdout(pieces)
        return
    path = Path(target)
    try:
        if _is_stream(path):
            with path.open("wb") as stream:
                stream.writelines(pieces)
        else:
            _replace(path.resolve(), pieces)
    except OSError as error:
        raise SettingsError(
            Problem(f"--output {target}", f"cannot be written: {error.strerror}", _rescued(pieces))
        ) from error


def _is_stream(path: Path) -> bool:
    """Whether *path* is there and is no regular file: `/dev/null`, a named pipe, `>(...)` of a shell."""
    return path.exists() and not path.is_file()


def _write_stdout(pieces: Iterable[bytes]) -> None:
    try:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        # Whatever is still buffered must not fail once more when the interpreter shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SettingsError(
            Problem("stdout", "was closed before the output was complete", "use --output FILE to keep it")
        ) from error
    except OSError as error:
        raise SettingsError(
            Problem("stdout", f"cannot be written: {error.strerror}", _rescued(pieces))
        ) from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Temporary file in the same folder, fsync, rename, fsync of the folder."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode_for(path))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode_for(path: Path) -> int:
    """Keep the mode of the file that is replaced; a new one is readable as the umask allows."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rescued(pieces: Iterable[bytes]) -> str:
    """Try to keep *pieces* somewhere; the sentence says where."""
    try:
        with tempfile.NamedTemporaryFile(prefix="auditor-", suffix=".json", delete=False) as file:
            file.writelines(pieces)
    except OSError:
        return "and no other place could be written either: free some space and run again"
    return f"the report was kept in {file.name}"
