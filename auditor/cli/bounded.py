"""Reads files that a person names, which may be a pipe or a device without an end: never more than fits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from auditor.json_rows import CHUNK_BYTES

STDIN: Final = "-"
MAX_SETTINGS_BYTES: Final = 16 * 1024 * 1024
"""Of a configuration or a policy; the longest have some thousand lines."""

MAX_LIST_BYTES: Final = 256 * 1024 * 1024
"""Of a list of organizations: 300,000 of them, with names and models, as JSON take a third of it."""

MAX_REPORT_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Of a report: 300,000 organizations of 5 KB take two thirds of it."""

_BLANK: Final = b" \t\r\n\xef\xbb\xbf"


class TooLargeError(ValueError):
    """There is more of it than can be what was asked for; the message says how much is read."""


def read_whole(path: str, *, limit: int) -> bytes:
    """The content of the file at *path*.

    Raises:
        OSError: it cannot be read.
        ValueError: *path* is none.
        TooLargeError: it has more than *limit* bytes.
    """
    with Path(path).open("rb") as file:
        return _whole(file, limit)


def read_stdin(*, limit: int) -> bytes:
    """The same of the standard input."""
    return _whole(sys.stdin.buffer, limit)


def report_chunks(path: str) -> Iterator[bytes]:
    """The content of the report at *path*, or on the standard input, in pieces.

    Of what does not begin as a report does, the first piece is all: it is none, however much follows.

    Raises:
        OSError: it cannot be read.
        ValueError: *path* is none.
        TooLargeError: it has more than `MAX_REPORT_BYTES`.
    """
    if path == STDIN:
        yield from _report(sys.stdin.buffer)
        return
    with Path(path).open("rb") as file:
        yield from _report(file)


def _whole(file: BinaryIO, limit: int) -> bytes:
    content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLargeError(_beyond(limit))
    return content


def _report(file: BinaryIO) -> Iterator[bytes]:
    total = 0
    is_begun = False
    while chunk := file.read(CHUNK_BYTES):
        total += len(chunk)
        if total > MAX_REPORT_BYTES:
            raise TooLargeError(_beyond(MAX_REPORT_BYTES))
        yield chunk
        if not is_begun and (begin := chunk.lstrip(_BLANK)):
            is_begun = True
            if not begin.startswith(b"{"):
                return


def _beyond(limit: int) -> str:
    return f"it has more than {limit:,} bytes"
