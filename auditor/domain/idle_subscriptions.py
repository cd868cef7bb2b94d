"""Subscriptions that are paid for and lie idle: bound to no network, Smart Account pending, or not begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from auditor.domain.subscription import Subscription, seats_of

_PENDING: Final = "pending"
_INACTIVE: Final = "inactive"


class IdleReason(Enum):
    """Why a subscription that is not over does nothing for its money."""

    NO_NETWORK = auto()
    PENDING = auto()
    NOT_STARTED = auto()


@dataclass(frozen=True, slots=True)
class IdleSubscriptions:
    """Subscriptions with a reason to be idle, each once, and their *seats*.

    *seats* are the limits that can be read, None where some should be and none can. Each reason counts for
    itself. *unknown* are those without a reason of which nobody says how many networks they are bound to.
    """

    subscriptions: int
    seats: int | None
    no_network: int
    pending: int
    not_started: int
    unknown: int


def idle_reasons(one: Subscription, as_of: datetime) -> frozenset[IdleReason]:
    """Why *one* is idle at *as_of*; nothing where it is not, is over, or nobody can say.

    It has not begun by its date, or by its status: `inactive`.
    """
    if one.is_over(as_of):
        return frozenset()
    is_ahead = one.starts_at is not None and one.starts_at > as_of
    found = {
        IdleReason.NO_NETWORK: one.networks == 0,
        IdleReason.PENDING: (one.smart_account or "").casefold() == _PENDING,
        IdleReason.NOT_STARTED: is_ahead or one.status == _INACTIVE,
    }
    return frozenset(reason for reason, holds in found.items() if holds)


def idle_of(subscriptions: Iterable[Subscription], as_of: datetime) -> IdleSubscriptions:
    """What of *subscriptions*, each of which is there once, is idle at *as_of*."""
    lasting = [one for one in subscriptions if not one.is_over(as_of)]
    reasons = [(one, idle_reasons(one, as_of)) for one in lasting]
    idle = [one for one, found in reasons if found]
    seats = seats_of(idle)
    no_network, pending, not_started = (sum(reason in found for _, found in reasons) for reason in IdleReason)
    return IdleSubscriptions(
        len(idle),
        None if seats is None else seats.limit,
        no_network,
        pending,
        not_started,
        unknown=sum(not found and one.networks is None for one, found in reasons),
    )
