"""What lies idle under per-device licensing: licenses about to burn unused, and those that burn already."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, Self

from auditor.domain.counts import added
from auditor.domain.outlook import Spare
from auditor.domain.window import Windows

ACTIVATION_WINDOW: Final = timedelta(days=90)
"""From the claim of a license until its term starts by itself (the vendor's announcement of the model).

What starts the 90 days, the claim or the shipping, is not confirmed: what follows from it is an estimate.
"""

_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
_LAST_CLAIM: Final = _LAST_MOMENT - ACTIVATION_WINDOW


@dataclass(frozen=True, slots=True)
class Burning:
    """Licenses in state `unusedActive`: their term runs, and no device has them.

    *days_burned* and *days_left* add up whole days of the *licenses*, none of which counts less than zero.
    *undated* are those of them that lack a date; they add to neither sum. `Burning()` is zero, `+` adds.
    """

    licenses: int = 0
    days_burned: int = 0
    days_left: int = 0
    undated: int = 0

    def __add__(self, other: Self) -> Burning:
        return Burning(
            self.licenses + other.licenses,
            self.days_burned + other.days_burned,
            self.days_left + other.days_left,
            self.undated + other.undated,
        )


@dataclass(frozen=True, slots=True)
class Idle:
    """Unused licenses and when their terms start. `Idle()` is zero; `+` is associative and commutative.

    *soonest* is the first start that is still ahead, None where none is, and *soonest_count* how many
    licenses start on the same day (UTC). *activating_within* counts by window length in days, *overdue*
    those that should have started, *unclaimed* those without a readable `claimDate`. *burning* is what burns
    already, by license type.
    """

    soonest: datetime | None = None
    soonest_count: int = 0
    activating_within: Mapping[int, int] = field(default_factory=dict)
    overdue: int = 0
    unclaimed: int = 0
    burning: Mapping[str, Burning] = field(default_factory=dict)

    def __add__(self, other: Self) -> Idle:
        soonest, soonest_count = _sooner(self, other)
        return Idle(
            soonest,
            soonest_count,
            activating_within=added(self.activating_within, other.activating_within),
            overdue=self.overdue + other.overdue,
            unclaimed=self.unclaimed + other.unclaimed,
            burning=_all_burning(self.burning, other.burning),
        )


class IdleFold:
    """Adds up what lies idle in one organization, page by page."""

    def __init__(self, windows: Windows) -> None:
        self._as_of = windows.as_of
        self._horizon = windows.horizon
        self._windows = windows
        self._idle = Idle(activating_within=dict.fromkeys(sorted(windows.days), 0))
        self._burning: dict[str, list[int]] = {}  # by type, the figures of `Burning` in their order
        self.lasting: Counter[str] = Counter()  # burning beyond the longest window: they save a device
        self.spare: Counter[Spare] = Counter()  # in state `unused`

    def add_unused(self, claims: Sequence[datetime | None]) -> None:
        """Add licenses in state `unused` that were claimed at *claims*."""
        if claims:
            self._idle += _idle_of(claims, self._windows)

    def add_spare(self, unused: Iterable[tuple[str, timedelta | None]]) -> None:
        """Add licenses in state `unused`, of each its type and how long it lasts."""
        for (license_type, term), count in Counter(unused).items():
            self.spare[Spare(license_type, None if term is None else term.days)] += count

    def add_burning(self, burning: Iterable[tuple[str, datetime | None, datetime | None]]) -> None:
        """Add licenses in state `unusedActive`, of each its type, begin and end."""
        as_of = self._as_of
        for license_type, begin, end in burning:
            figures = self._burning.setdefault(license_type, [0, 0, 0, 0])
            figures[0] += 1
            is_ahead = end is not None and end > as_of
            if end is not None and end > self._horizon:
                self.lasting[license_type] += 1
            if begin is None or end is None:
                figures[3] += 1
                continue
            if begin < as_of:
                figures[1] += (as_of - begin).days
            if is_ahead:
                figures[2] += (end - as_of).days

    @property
    def idle(self) -> Idle:
        """What lies idle so far."""
        return replace(self._idle, burning={name: Burning(*each) for name, each in self._burning.items()})


def _idle_of(claims: Sequence[datetime | None], windows: Windows) -> Idle:
    starts = sorted([activation_of(claimed_at) for claimed_at in claims if claimed_at is not None])
    ahead = starts[bisect_right(starts, windows.as_of) :]
    return Idle(
        soonest=ahead[0] if ahead else None,
        soonest_count=_count_of_first_day(ahead),
        activating_within={days: bisect_right(ahead, last) for days, last in windows.ends},
        overdue=len(starts) - len(ahead),
        unclaimed=len(claims) - len(starts),
    )


def activation_of(claimed_at: datetime) -> datetime:
    """When a license that was claimed at *claimed_at* and is not used starts to burn."""
    return claimed_at + ACTIVATION_WINDOW if claimed_at <= _LAST_CLAIM else _LAST_MOMENT


def _count_of_first_day(ahead: list[datetime]) -> int:
    return sum(1 for _ in takewhile(lambda start: start.date() == ahead[0].date(), ahead))


def _sooner(left: Idle, right: Idle) -> tuple[datetime | None, int]:
    if left.soonest is None or right.soonest is None:
        return left.soonest or right.soonest, left.soonest_count + right.soonest_count
    first, second = sorted([(left.soonest, left.soonest_count), (right.soonest, right.soonest_count)])
    is_same_day = first[0].date() == second[0].date()
    return first[0], first[1] + (second[1] if is_same_day else 0)


def _all_burning(left: Mapping[str, Burning], right: Mapping[str, Burning]) -> Mapping[str, Burning]:
    if not right:
        return left
    together = dict(left)
    for license_type, burning in right.items():
        together[license_type] = together.get(license_type, Burning()) + burning
    return together
