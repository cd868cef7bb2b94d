"""Which unused licenses fit which devices at risk: in one organization, and then across a tenant.

A license in state `unused` can go to a device or into its queue; one in state `unusedActive` burns already
and can only go to a device without a license, which one in grace is. There it must last beyond the longest
window: one with a day left saves no device. None is ever spent twice. Devices that are dark already are left
out: they are lost until somebody looks after them, and may be gone for good.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from auditor.domain.outlook import Reclaim
from auditor.domain.standing import dark_from


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


def match(
    devices: Iterable[DeviceAtRisk],
    *,
    as_of: datetime,
    unused: Mapping[str, int],
    unused_active: Mapping[str, int],
) -> Reclaim:
    """Give each of *devices* of one organization, the first to end first, a license of its type.

    *unused* and *unused_active* count what there is, by license type; of the latter only what ends after the
    longest window.
    """
    idle, burning = dict(unused), dict(unused_active)
    matched: dict[str, tuple[int, int]] = {}
    needs: Counter[tuple[str, date]] = Counter()
    for device in sorted(devices):
        end, _, license_type = device
        if end <= as_of and burning.get(license_type, 0) > 0:
            burning[license_type] -= 1
            idle_fits, burning_fits = matched.get(license_type, (0, 0))
            matched[license_type] = idle_fits, burning_fits + 1
        elif idle.get(license_type, 0) > 0:
            idle[license_type] -= 1
            idle_fits, burning_fits = matched.get(license_type, (0, 0))
            matched[license_type] = idle_fits + 1, burning_fits
        else:
            needs[license_type, dark_from(end).date()] += 1
    return Reclaim(matched, dict(needs), {name: left for name, left in idle.items() if left > 0})


def hints(reclaims: Iterable[tuple[str, Reclaim]]) -> list[Hint]:
    """What each organization of one tenant could have of which other; *reclaims* are by organization id.

    Served in the order of the day on which devices go dark, of organization id and license type; taken
    from organizations in the order of their ids. Sorted by day, license type, taker and giver.
    """
    ordered = sorted(reclaims, key=lambda one: one[0])
    shelves: dict[str, deque[tuple[str, int]]] = defaultdict(deque)
    for giver, reclaim in ordered:
        for license_type, count in reclaim.surplus.items():
            shelves[license_type].append((giver, count))
    needs = sorted(
        (day, taker, license_type, count)
        for taker, reclaim in ordered
        for (license_type, day), count in reclaim.needs.items()
    )
    moved: dict[tuple[str, str, str], tuple[date, int]] = {}
    for day, taker, license_type, count in needs:
        for giver, taken in _taken_from(shelves[license_type], count):
            first_day, so_far = moved.get((license_type, giver, taker), (day, 0))
            moved[license_type, giver, taker] = first_day, so_far + taken
    found = [Hint(*key, count, day) for key, (day, count) in moved.items()]
    return sorted(found, key=_in_report_order)


def _in_report_order(hint: Hint) -> tuple[date, str, str, str]:
    return hint.soonest_dark_day, hint.license_type, hint.to_organization, hint.from_organization


def _taken_from(shelf: deque[tuple[str, int]], count: int) -> Iterator[tuple[str, int]]:
    """Take up to *count* licenses off *shelf*, and tell how many from whom."""
    while count and shelf:
        giver, left = shelf.popleft()
        taken = min(count, left)
        count -= taken
        if taken < left:
            shelf.appendleft((giver, left - taken))
        if taken:
            yield giver, taken
