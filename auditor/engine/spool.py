"""Keeps finished organizations on disk until the report is written, so that memory does not hold a fleet."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from auditor.errors import Problem, SettingsError

Key = tuple[str, str]
"""Tenant and organization id: the order of the report."""


BUFFER_BYTES: Final = 256 * 1024
"""Written at once: a write for each organization took longer than all else of a run that was stopped."""


class Spool:
    """Pieces of bytes by key, read back in the order of their keys.

    The file has no name, so it goes with the process however that ends. Memory holds the keys, and the
    pieces of the last `BUFFER_BYTES`.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._tenants: list[str] = []
        self._ids: list[str] = []
        self._ends = array("Q")
        self._pending = bytearray()
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written then cannot be now, and is not wanted any more
            self._file.close()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, key: Key, piece: bytes) -> None:
        """Keep *piece* under *key*, which comes but once.

        Raises:
            SettingsError: the folder for temporary files is full.
        """
        self._pending += piece
        self._tenants.append(key[0])
        self._ids.append(key[1])
        self._ends.append(self._written + len(self._pending))
        if len(self._pending) >= BUFFER_BYTES:
            self.settle()

    def settle(self) -> None:
        """Bring what is pending to the file; what could not be written stays pending.

        Raises:
            SettingsError: the folder for temporary files is full.
        """
        try:
            self._file.seek(self._written)
            self._file.write(self._pending)
            self._file.flush()
        except OSError as error:
            raise SettingsError(_no_room(error)) from error
        self._written += len(self._pending)
        self._pending.clear()

    def __iter__(self) -> Iterator[bytes]:
        self.settle()
        # By id, then by tenant: sorting is stable, and no key is built for each of them.
        places = sorted(range(len(self)), key=self._ids.__getitem__)
        places.sort(key=self._tenants.__getitem__)
        for first, last in self._runs(places):
            start = self._start(first)
            self._file.seek(start)
            read = self._file.read(self._ends[last] - start)
            for place in range(first, last + 1):
                yield read[self._start(place) - start : self._ends[place] - start]

    def _start(self, place: int) -> int:
        return self._ends[place - 1] if place else 0

    def _runs(self, places: list[int]) -> Iterator[tuple[int, int]]:
        """The first and the last of those *places* that lie beside one another: one read for each run."""
        run = places[:1]
        for place in places[1:]:
            if place == run[-1] + 1 and self._ends[place] - self._start(run[0]) <= BUFFER_BYTES:
                run.append(place)
                continue
            yield run[0], run[-1]
            run = [place]
        if run:
            yield run[0], run[-1]


def _no_room(error: OSError) -> Problem:
    return Problem(
        f"temporary files in {tempfile.gettempdir()}",
        f"cannot be written: {error.strerror}",
        "free some space, or name another folder in TMPDIR",
    )
