"""The family tree of failures.

    AuditorError
    ├── SettingsError        what the user gave is wrong; carries every problem found, not the first
    ├── WireError            the other side answered, and the answer cannot be used
    │   ├── BadResponseError     not JSON, wrong shape, an HTML page, too large, a redirect not to be followed
    │   └── PaginationError      a next page that cannot be followed, or never ends
    └── TransportError       no complete answer arrived
        ├── RequestTimeoutError
        └── ConnectionFailedError

Expected misfortune (a refused organization, one without per-device licensing) is a value, never an
exception: see `auditor.domain.outcome`. No constructor is ever given a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


class AuditorError(Exception):
    """Root of everything that this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the user gave.

    *where* names the place as the user knows it: `auditor.toml:12: limits.share`, `--as-of`,
    `AUDITOR_LIMITS_SHARE`. *what* says what is wrong with which value; *hint* what to do instead.
    """

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """One line for a terminal."""
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.what}{tail}"


class SettingsError(AuditorError):
    """Options, environment, files or credentials cannot be used; nothing was fetched."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class WireError(AuditorError):
    """An answer arrived and cannot be used."""


class BadResponseError(WireError):
    """Not JSON, the wrong shape, an HTML page, too large, or a redirect that must not be followed."""


class PaginationError(WireError):
    """A next page exists and cannot be followed, or following it would never end."""


class TransportError(AuditorError):
    """No complete answer arrived."""


class RequestTimeoutError(TransportError):
    """The answer did not arrive in time."""


class ConnectionFailedError(TransportError):
    """The connection could not be made, or broke before the answer was complete."""
