"""Writes the whole of what is to be written, where a stream takes a part of it at a time."""

from __future__ import annotations

import errno
import io
import os
import select
from collections.abc import Iterable
from typing import IO


def write_all(stream: IO[bytes] | io.RawIOBase | io.BufferedIOBase, pieces: Iterable[bytes]) -> None:
    """Write *pieces* to *stream* to the last byte, and flush it.

    An unbuffered stream, as stdout is under `PYTHONUNBUFFERED`, writes what there is room for and says how
    much that was. One that must not block, as another program may have left it, is waited for.

    Raises:
        OSError: the rest cannot be written.
    """
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            rest = rest[_write_some(stream, rest) :]
    while True:
        try:
            stream.flush()
        except BlockingIOError:
            _wait_for(stream)
        else:
            return


def _write_some(stream: IO[bytes] | io.RawIOBase | io.BufferedIOBase, rest: memoryview) -> int:
    try:
        count = stream.write(rest)
    except BlockingIOError as error:
        _wait_for(stream)
        return error.characters_written
    if count is None:
        _wait_for(stream)
        return 0
    if count == 0:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return count


def _wait_for(stream: IO[bytes] | io.RawIOBase | io.BufferedIOBase) -> None:
    select.select([], [stream], [])
