"""The latest starts of requests, in a file: so that no second sees more of them than the budget.

A ring of instants and the number of starts so far. Start number *n* may not come before
`WINDOW_SECONDS` after start *n - limit*. A start that is reserved and has not begun is logged at its
latest, and settled when it begins. Entries never decrease, so each stands for all starts before it.

Whoever changes the log holds the ledger's lock, except to settle: nobody else writes that entry.
"""

from __future__ import annotations

import os
import struct
from typing import Final

WINDOW_SECONDS: Final = 1.0

CAPACITY: Final = 1024
"""No process begins more per window than this, whatever its limit."""

_HEAD: Final = struct.Struct("<qq")  # starts so far, limit
_INSTANT: Final = struct.Struct("<d")
SIZE: Final = _HEAD.size + CAPACITY * _INSTANT.size


class StartLog:
    """The log in the open file *fd* from *offset* on."""

    def __init__(self, fd: int, offset: int) -> None:
        self._fd = fd
        self._offset = offset

    def head(self) -> tuple[int, int]:
        """How many starts were logged so far, and the limit that held for the latest."""
        head = os.pread(self._fd, _HEAD.size, self._offset)
        if len(head) < _HEAD.size:  # cut short by somebody
            return 0, 1
        count, limit = _HEAD.unpack(head)
        return max(0, count), min(max(1, limit), CAPACITY)

    def opens_at(self, number: int, *, limit: int, horizon: float) -> float:
        """When start *number* may come. An entry beyond *horizon* comes from another clock."""
        if number < limit:
            return 0.0
        entry = self._entry(number - limit) + WINDOW_SECONDS
        return entry if entry <= horizon else 0.0

    def append(self, number: int, latest: float, *, limit: int, horizon: float) -> None:
        """Log start *number*, which begins at *latest* at the latest, as the newest."""
        self.settle(number, latest, horizon=horizon)
        self._set_head(number + 1, limit)

    def settle(self, number: int, begun: float, *, horizon: float) -> None:
        """Log when a start really began."""
        before = self._entry(number - 1) if number else 0.0
        instant = max(begun, before) if before <= horizon else begun
        os.pwrite(self._fd, _INSTANT.pack(instant), self._place(number))

    def drop_last(self) -> None:
        """Forget the latest start: it will not begin."""
        count, limit = self.head()
        self._set_head(max(0, count - 1), limit)

    def _set_head(self, count: int, limit: int) -> None:
        os.pwrite(self._fd, _HEAD.pack(count % 2**62, limit), self._offset)

    def _entry(self, number: int) -> float:
        entry = os.pread(self._fd, _INSTANT.size, self._place(number))
        return float(_INSTANT.unpack(entry)[0]) if len(entry) == _INSTANT.size else 0.0

    def _place(self, number: int) -> int:
        return self._offset + _HEAD.size + number % CAPACITY * _INSTANT.size
