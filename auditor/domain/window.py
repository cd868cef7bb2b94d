"""The reference time of an audit and the windows that look ahead from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.domain.license import LicenseState

BURNING_STATES = frozenset({LicenseState.ACTIVE, LicenseState.EXPIRING, LicenseState.EXPIRED})
"""States of a license that has started; asked only where its activation date is not known."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of *days* days ahead of *as_of* (aware UTC), each half-open: (as_of, as_of + days]."""

    as_of: datetime
    days: tuple[int, ...]

    @property
    def ends(self) -> tuple[tuple[int, datetime], ...]:
        """Each window's days and its last instant, which still belongs to it; shortest first."""
        return tuple((days, self.as_of + timedelta(days=days)) for days in sorted(self.days))

    @property
    def horizon(self) -> datetime:
        """The last instant of the longest window."""
        return self.as_of + timedelta(days=max(self.days))


def is_burning(state: str, begins_at: datetime | None, as_of: datetime) -> bool:
    """True when the term of a license has started by *as_of*.

    The activation date decides. Where the vendor gives none, the state does.
    """
    return state in BURNING_STATES if begins_at is None else begins_at <= as_of
