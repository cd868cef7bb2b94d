"""How many files and connections this process may have open: enough, or a word to whoever set the limit."""

from __future__ import annotations

import errno
import resource
from typing import Final

from auditor.errors import Problem, SettingsError

NEEDED: Final = 32
"""Streams, event loop, temporary file, journal, history and ledger take 20; the rest are connections."""

WANTED: Final = 1024
"""What most systems give: room for a connection for each request in flight."""

_HINT: Final = f"ulimit -n {WANTED}, or LimitNOFILE= of the service"
_TOO_MANY: Final = frozenset({errno.EMFILE, errno.ENFILE})


def make_room() -> None:
    """Raise the limit as far as this user may, up to what is wanted.

    Raises:
        SettingsError: fewer may be open than a run needs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_enough(soft, WANTED):
        return
    room = WANTED if _is_enough(hard, WANTED) else hard
    if room != soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (room, hard))
    if room < NEEDED:
        what = f"only {room} files and connections may be open at a time, and a run needs {NEEDED}"
        raise SettingsError(Problem("open files", what, _HINT))


def problem_of(error: BaseException) -> Problem | None:
    """What *error* means where it is about too many open files; None where it is not."""
    if isinstance(error, OSError) and error.errno in _TOO_MANY:
        return Problem("open files", "too many are open at a time", _HINT)
    return None


def _is_enough(limit: int, wanted: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= wanted
