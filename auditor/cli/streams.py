"""Standard streams that cannot break a run: stderr swallows what nobody reads, stdout tells why it failed."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

from auditor.cli.known_keys import masked_text
from auditor.errors import Problem, SettingsError


class Unbreakable:
    """Stands in for *stream*: no known key gets into it, and the first write that fails is the last one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write *text*, if anybody is left to read it."""
        try:
            self._stream.write(masked_text(text))
        except (OSError, ValueError):  # ValueError: the stream was closed
            self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._give_up()

    def _give_up(self) -> None:
        self._stream = io.StringIO()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Telling:
    """Stands in for *stream*, stdout: a write that fails is the user's to know, and no defect.

    So is every write after it; a flush has nothing left to lose then.

    Raises:
        SettingsError: by `write` and `flush`, where the disk is full, say.
        BrokenPipeError: by the same, where the reader went: click ends the program then.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failure: Exception | None = None

    def write(self, text: str) -> int:
        """Write *text*."""
        if self._failure is not None:
            raise self._failure
        try:
            self._stream.write(masked_text(text))
        except OSError as error:
            raise self._told(error) from error
        return len(text)

    def flush(self) -> None:
        """Flush."""
        try:
            self._stream.flush()
        except OSError as error:
            raise self._told(error) from error

    def _told(self, error: OSError) -> Exception:
        abandon(self._stream)
        problem = Problem("stdout", f"cannot be written: {error.strerror}", "free some space")
        self._failure = error if isinstance(error, BrokenPipeError) else SettingsError(problem)
        return self._failure

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def abandon(stream: TextIO) -> None:
    """Let whatever is still buffered go nowhere: it must not fail once more when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _whole(stream: TextIO) -> TextIO:
    """*stream*, but one that is unbuffered never writes a part of a text and leaves out the rest."""
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        return stream
    buffer = io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, stream.encoding, stream.errors, line_buffering=True, write_through=True)


def secure() -> None:
    """Put both in place, and give the process streams where it was started without them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # for as long as the process lives
            setattr(sys, name, open(nowhere, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    if not isinstance(sys.stdout, Telling):
        sys.stdout = Telling(_whole(sys.stdout))
    if not isinstance(sys.stderr, Unbreakable):
        sys.stderr = Unbreakable(sys.stderr)
