"""Which unused licenses fit which devices at risk: in one organization, and then across a tenant.

A license in state `unused` can go to a device or into its queue: it lasts its term from the end of the
device's coverage, or from now where that is over. One in state `unusedActive` burns already and can only go
to a device without a license, which one in grace is. Either must last beyond the longest window: one with a
day left saves no device. None is ever spent twice. Devices that are dark already are left out: they are lost
until somebody looks after them, and may be gone for good.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from auditor.domain.outlook import Need, Reclaim, Spare
from auditor.domain.standing import dark_from
from auditor.domain.window import Windows

_A_DAY: Final = timedelta(days=1)


class DeviceAtRisk(NamedTuple):
    """A device that is covered until *end*, which lies in the windows or in the grace before them.

    The order is the one in which devices are served.
    """

    end: datetime
    serial: str
    license_type: str


@dataclass(frozen=True, slots=True)
class Hint:
    """*count* unused licenses of one organization that devices of another of the same tenant lack.

    *soonest_dark_day* is the UTC day on which the first of these devices goes dark.
    """

    license_type: str
    from_organization: str
    to_organization: str
    count: int
    soonest_dark_day: date


class _Shelf:
    """Unused licenses of one type: the shortest that fits goes first, of one term those that came first."""

    def __init__(self) -> None:
        self._by_term: dict[int, deque[tuple[str, int]]] = {}
        self._terms: list[int] = []  # of which there are some, in ascending order

    def put(self, term_days: int, count: int, *, giver: str = "") -> None:
        """Add *count* licenses of one term."""
        if count <= 0:
            return
        if term_days not in self._by_term:
            self._by_term[term_days] = deque()
            insort(self._terms, term_days)
        self._by_term[term_days].append((giver, count))

    def take(self, least_days: int, count: int = 1) -> list[tuple[str, int]]:
        """Take up to *count* licenses of *least_days* or more; how many of whom."""
        taken: list[tuple[str, int]] = []
        place = bisect_left(self._terms, least_days)
        while count and place < len(self._terms):
            giver, some = self._take_some(place, count)
            count -= some
            taken.append((giver, some))
        return taken

    def _take_some(self, place: int, count: int) -> tuple[str, int]:
        """Take up to *count* of the first giver of the term in *place*."""
        stock = self._by_term[self._terms[place]]
        giver, left = stock.popleft()
        some = min(count, left)
        if some < left:
            stock.appendleft((giver, left - some))
        elif not stock:
            del self._by_term[self._terms.pop(place)]
        return giver, some

    @property
    def left(self) -> dict[int, int]:
        """How many there are, by term."""
        return {days: sum(count for _, count in stock) for days, stock in self._by_term.items()}


def least_days(end: datetime, windows: Windows) -> int:
    """The whole days that a license must last to cover a device that ends at *end* beyond the windows."""
    return (windows.horizon - max(end, windows.as_of)) // _A_DAY + 1


def match(
    devices: Iterable[DeviceAtRisk],
    *,
    windows: Windows,
    unused: Mapping[Spare, int],
    unused_active: Mapping[str, int],
) -> Reclaim:
    """Give each of *devices* of one organization, the first to end first, a license of its type.

    *unused* counts what there is, by license type and term; *unused_active*, by license type, only what ends
    after the longest window. That goes first, where it can go: it is lost otherwise.
    """
    burning, shelves = dict(unused_active), _shelves([("", unused)])
    matched: dict[str, tuple[int, int]] = {}
    needs: Counter[Need] = Counter()
    for end, _, license_type in sorted(devices):
        idle_fits, burning_fits = matched.get(license_type, (0, 0))
        days = least_days(end, windows)
        if end <= windows.as_of and burning.get(license_type, 0) > 0:
            burning[license_type] -= 1
            matched[license_type] = idle_fits, burning_fits + 1
        elif shelves[license_type].take(days):
            matched[license_type] = idle_fits + 1, burning_fits
        else:
            needs[Need(license_type, dark_from(end).date(), days)] += 1
    return Reclaim(matched, dict(needs), _left_over(shelves, unused))


def _shelves(stocks: Iterable[tuple[str, Mapping[Spare, int]]]) -> defaultdict[str, _Shelf]:
    """By license type, what each of several givers has; a license of an unknown term is of no use."""
    shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)
    for giver, stock in stocks:
        for (license_type, term_days), count in stock.items():
            if term_days is not None:
                shelves[license_type].put(term_days, count, giver=giver)
    return shelves


def _left_over(shelves: Mapping[str, _Shelf], unused: Mapping[Spare, int]) -> dict[Spare, int]:
    """What is left in *shelves* of all that was *unused*, with that which is in no shelf."""
    left = {
        Spare(license_type, days): count
        for license_type, shelf in shelves.items()
        for days, count in shelf.left.items()
    }
    return left | {spare: count for spare, count in unused.items() if spare.term_days is None and count > 0}


def hints(reclaims: Iterable[tuple[str, Reclaim]]) -> list[Hint]:
    """What each organization of one tenant could have of which other; *reclaims* are by organization id.

    Served in the order of the day on which devices go dark, on one day those first that need the longest
    term, then of organization id and license type. Each takes the shortest license that fits, and of those of
    one term that of the first organization by id. Sorted by day, license type, taker and giver.
    """
    ordered = sorted(reclaims, key=lambda one: one[0])
    shelves = _shelves((giver, reclaim.surplus) for giver, reclaim in ordered)
    needs = sorted(
        (need.dark_day, -need.least_days, taker, need.license_type, count)
        for taker, reclaim in ordered
        for need, count in reclaim.needs.items()
    )
    moved: dict[tuple[str, str, str], tuple[date, int]] = {}
    for day, minus_days, taker, license_type, count in needs:
        for giver, taken in shelves[license_type].take(-minus_days, count):
            first_day, so_far = moved.get((license_type, giver, taker), (day, 0))
            moved[license_type, giver, taker] = first_day, so_far + taken
    found = [Hint(*key, count, day) for key, (day, count) in moved.items()]
    return sorted(found, key=_in_report_order)


def _in_report_order(hint: Hint) -> tuple[date, str, str, str]:
    return hint.soonest_dark_day, hint.license_type, hint.to_organization, hint.from_organization
