"""How far what is licensed stays so, queues included: sums over devices, network licenses and expiries."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeAlias

from auditor.domain.chain import Ends
from auditor.domain.counts import added
from auditor.domain.standing import GRACE, Standing
from auditor.domain.window import Windows

Expiring: TypeAlias = tuple[str, datetime | None, datetime | None]
"""License type and end of a license, and until when that stays covered which it covers."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How long what is licensed stays so. `Coverage()` is zero; `+` is associative and commutative.

    Of the licenses in state `expiring`, *covered_by_queue* have a device or network that stays covered
    beyond them and beyond the longest window; the others are at risk: *at_risk_by_type*, by license type.
    *at_risk_within* counts, by window length in days, licenses that end within the window and whose device
    or network is not known to be covered beyond it. *devices* and *network_licenses* count by standing, None
    where no end is known.
    """

    covered_by_queue: int = 0
    at_risk_by_type: Mapping[str, int] = field(default_factory=dict)
    at_risk_within: Mapping[int, int] = field(default_factory=dict)
    devices: Mapping[Standing | None, int] = field(default_factory=dict)
    network_licenses: Mapping[Standing | None, int] = field(default_factory=dict)

    def __add__(self, other: Self) -> Coverage:
        return Coverage(
            covered_by_queue=self.covered_by_queue + other.covered_by_queue,
            at_risk_by_type=added(self.at_risk_by_type, other.at_risk_by_type),
            at_risk_within=added(self.at_risk_within, other.at_risk_within),
            devices=added(self.devices, other.devices),
            network_licenses=added(self.network_licenses, other.network_licenses),
        )


def coverage_of(
    ends: Ends,
    soon: Sequence[tuple[datetime, str, str]],
    *,
    expiring: Iterable[Expiring],
    ending: Iterable[datetime],
    windows: Windows,
) -> Coverage:
    """The coverage of an organization.

    *soon* are the devices that end by the horizon: see `Devices.ending_by`. *expiring* are licenses of that
    state. *ending* has, of each license that ends within the windows, when what it is on ends, or itself
    where that is not known.
    """
    at_risk: Counter[str] = Counter()
    covered_by_queue = 0
    horizon = windows.horizon
    for license_type, own_end, end in expiring:
        if is_carried(own_end, end, horizon):
            covered_by_queue += 1
        else:
            at_risk[license_type] += 1
    later = sorted(ending)
    networks_soon = sorted([end for end in ends.network_ends if end is not None and end <= horizon])
    return Coverage(
        covered_by_queue=covered_by_queue,
        at_risk_by_type=dict(at_risk),
        at_risk_within={days: bisect_right(later, last) for days, last in windows.ends},
        devices=_by_standing(list(ends.devices.ends.values()), [end for end, _, _ in soon], windows),
        network_licenses=_by_standing(
            [*ends.network_ends, *[None] * ends.lost_networks], networks_soon, windows
        ),
    )


def is_carried(own_end: datetime | None, end: datetime | None, horizon: datetime) -> bool:
    """Whether what is covered until *end* stays so beyond *horizon*, and beyond a license on it."""
    return end is not None and end > horizon and (own_end is None or end > own_end)


def _by_standing(
    ends: Sequence[datetime | None], soon: Sequence[datetime], windows: Windows
) -> dict[Standing | None, int]:
    """*soon* are those of *ends* that the windows reach, in order; most are beyond them."""
    unknown = ends.count(None)
    expired = bisect_right(soon, windows.as_of)
    dark = bisect_right(soon, windows.as_of - GRACE)
    counts = {
        Standing.OK: len(ends) - len(soon) - unknown,
        Standing.EXPIRING: len(soon) - expired,
        Standing.IN_GRACE: expired - dark,
        Standing.DARK: dark,
        None: unknown,
    }
    return {standing: count for standing, count in counts.items() if count}
