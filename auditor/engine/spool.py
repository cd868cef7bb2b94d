"""Keeps finished organizations on disk until the report is written, so that memory does not hold a fleet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

Key = tuple[str, str]
"""Tenant and organization id: the order of the report."""


class Spool:
    """Pieces of bytes by key, read back in the order of their keys.

    The file has no name, so it goes with the process however that ends. Memory holds the keys alone.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._places: dict[Key, tuple[int, int]] = {}
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, key: Key, piece: bytes) -> None:
        """Keep *piece*; the latest of a key stands.

        Raises:
            OSError: the folder for temporary files is full.
        """
        self._file.seek(self._end)
        self._file.write(piece)
        self._places[key] = (self._end, len(piece))
        self._end += len(piece)

    def __iter__(self) -> Iterator[bytes]:
        for key in sorted(self._places):
            start, length = self._places[key]
            self._file.seek(start)
            yield self._file.read(length)
