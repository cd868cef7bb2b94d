"""What happens while workers audit parts, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditor.cluster.place import SharedEgress
from auditor.errors import Problem


@dataclass(frozen=True, slots=True)
class PartsSent:
    """*workers* are there, *parts* are to be audited, and *kept* more, of *organizations*, are known."""

    workers: int
    parts: int
    kept: int
    organizations: int


@dataclass(frozen=True, slots=True)
class WorkerUnfit:
    """A worker gets no part, for want of what *problems* name."""

    worker: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class EgressShared:
    """Workers share an address, and so its budget."""

    shared: SharedEgress


@dataclass(frozen=True, slots=True)
class PartDone:
    """The report on part *name*, of *organizations*, came back."""

    name: str
    organizations: int


@dataclass(frozen=True, slots=True)
class PartFailed:
    """There is no report on part *name*, and none will come."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PartRefused:
    """What *worker* returned for part *name* is not what was ordered: another worker does it again.

    *worker* is None where the part is kept from the run that is resumed.
    """

    name: str
    worker: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class PartNotKept:
    """A report came back and cannot be written where a later run would look for it."""

    reason: str


ClusterEvent = PartsSent | WorkerUnfit | EgressShared | PartDone | PartFailed | PartRefused | PartNotKept
ClusterListener = Callable[[ClusterEvent], None]
