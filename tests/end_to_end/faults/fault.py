"""One row of the fault table: what the server does, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import pytest

from tests.end_to_end.faults.replies import Reply

ATTEMPTS: Final = 3
TIMEOUT_SECONDS: Final = 2.0
LONGEST_WAIT_SECONDS: Final = 4.0
"""What a Retry-After may ask for."""

BACK_OFF_SECONDS: Final = 1.5
"""At most, over all attempts: a half and one second, less the jitter."""


class Place(Enum):
    """Which requests meet the fault."""

    FIRST = "first page"
    SECOND = "second page"  # the first was good: its counts are lower bounds
    LISTING = "list of organizations"
    WALK = "every page"  # the rows of the table are the pages, in the order in which they are asked for


EVERYWHERE: Final = (Place.FIRST, Place.SECOND, Place.LISTING)


@dataclass(frozen=True)
class Fault:
    """A row.

    *replies* come one per request, the last one for ever. *ends* is the class of the failure, the reason
    of the skip, or None where the audit recovers. *asks* is how many requests meet the fault, *seconds*
    how long the whole run lasts, at least and at most. *http* and *says*, a pattern, are of the error.
    *counts* and *notes* are the organization's, where they are not those of its sound pages.
    """

    name: str
    replies: tuple[Reply, ...] = ()
    ends: str | None = None
    asks: int = 1
    http: int | None = None
    says: str = ""
    places: tuple[Place, ...] = EVERYWHERE
    seconds: tuple[float, float] = (0.0, BACK_OFF_SECONDS + 0.5)
    is_skip: bool = False
    counts: Mapping[str, int] | None = None
    notes: Mapping[str, int] = field(default_factory=dict)
    attempts: int | None = None
    """As the report tells them; None where they are *asks*."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    road: str | None = None
    """Where the requests that meet the fault end up instead of at the server, as a key of the roads."""
    tls: bool = False
    """Whether the server speaks TLS, with a certificate that is good."""
    base_url: str | None = None
    """The base URL as the settings name it; its requests are led to the server."""
    slows_all: bool = False
    """Whether the neighbours have to wait too: the address itself was refused."""
    kills_key: bool = False
    """Whether what comes later with the same key must fail at once."""
    most_bytes: int | None = None
    """What of an endless body may have left the server."""
    prepare: Callable[[pytest.MonkeyPatch], None] | None = None

    @property
    def told_attempts(self) -> int:
        """`errors[].attempts` of the report."""
        return self.asks if self.attempts is None else self.attempts


def forever(name: str, reply: Reply, ends: str, **fields: Any) -> Fault:
    """A fault that every attempt meets."""
    return Fault(name, (reply,), ends, **{"asks": ATTEMPTS} | fields)


def for_good(name: str, reply: Reply, ends: str, **fields: Any) -> Fault:
    """A fault that nobody asks about twice."""
    return Fault(name, (reply,), ends, **fields)


def once(name: str, *replies: Reply, **fields: Any) -> Fault:
    """A fault that is over when it is asked again: *replies*, the last of which is sound."""
    return Fault(name, replies, **{"asks": len(replies)} | fields)
