"""Keeps what could not be written where it was wanted: beside that place, or in the state directory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from auditor.cli.short_writes import write_all

_PREFIX: Final = "auditor-rescued-"
_LONGEST_SUFFIX: Final = 16
_PRIVATE_FOLDER: Final = 0o700


def rescue(pieces: Iterable[bytes], *, meant_for: Path | None) -> str:
    """Keep *pieces* in a file that only this user can read; the sentence says where, or that none was kept.

    The file lies beside *meant_for*, else in the state directory, else in the folder for temporary files, of
    which a service has one of its own that goes with it. It ends as *meant_for* does. None means stdout.
    """
    suffix = _suffix_of(meant_for, pieces)
    for folder in _folders(meant_for, os.environ):
        kept = _keep(pieces, folder, suffix)
        if kept is not None:
            return f"the report was kept in {kept}"
    return "and no other place could be written either: free some space and run again"


def _suffix_of(meant_for: Path | None, pieces: Iterable[bytes]) -> str:
    if meant_for is not None and 0 < len(meant_for.suffix) <= _LONGEST_SUFFIX:
        return meant_for.suffix
    return ".json" if next(iter(pieces), b"").lstrip()[:1] in {b"{", b"["} else ".txt"


def _folders(meant_for: Path | None, environment: Mapping[str, str]) -> Iterator[Path]:
    if meant_for is not None:
        yield meant_for.parent
    yield from _state_folders(environment)
    yield Path(tempfile.gettempdir())


def _state_folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """What systemd made for the service, else the user's own; none where there is no home."""
    if of_service := environment.get("STATE_DIRECTORY"):
        yield Path(of_service.partition(":")[0])
    elif (root := environment.get("XDG_STATE_HOME", "")).startswith("/"):
        yield Path(root) / "auditor"
    elif (home := environment.get("HOME", "")).startswith("/"):
        yield Path(home) / ".local" / "state" / "auditor"


def _keep(pieces: Iterable[bytes], folder: Path, suffix: str) -> Path | None:
    """What cannot be kept whole is removed."""
    name = ""
    try:
        if not folder.exists() and folder.name == "auditor":  # a state directory that nobody made yet
            folder.mkdir(mode=_PRIVATE_FOLDER, parents=True)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=suffix, dir=folder)  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            write_all(file, pieces)
            os.fsync(descriptor)
    except (OSError, ValueError):
        if name:
            Path(name).unlink(missing_ok=True)
        return None
    return Path(name)
