"""What a client can be served of one organization: all that the truth is told from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Rows = Callable[[str], Iterable[Row]]


def nothing(_: str) -> tuple[Row, ...]:
    """Serve no rows."""
    return ()


def empty(_: str) -> Row:
    """Serve an object of nothing."""
    return {}


@dataclass(frozen=True, slots=True)
class Served:
    """Each gives, for the id of an organization, the rows of one list in full; *overview* one object.

    *overview* and *keys* and *devices* are asked of organizations under co-termination, *subscriptions*
    and *compliance* of those with subscriptions, *licenses* of the others. *entitlements* are the
    same for all.
    """

    licenses: Rows = nothing
    overview: Callable[[str], Row] = empty
    keys: Rows = nothing
    devices: Rows = nothing
    subscriptions: Rows = nothing
    compliance: Rows = nothing
    entitlements: Sequence[Row] = ()
