"""How far what is licensed stays so, queues included: sums over devices, network licenses and expiries."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from auditor.domain.chain import Ends
from auditor.domain.counts import added
from auditor.domain.license import License
from auditor.domain.standing import GRACE, Standing
from auditor.domain.window import Windows


@dataclass(frozen=True, slots=True)
class Coverage:
    """How long what is licensed stays so. `Coverage()` is zero; `+` is associative and commutative.

    Of the licenses in state `expiring`, *covered_by_queue* have a device or network that stays covered
    beyond them and beyond the longest window; the others are at risk: *at_risk_by_type*, by license type.
    *at_risk_within* counts, by window length in days, licenses that end within the window and whose device
    or network does so too. *devices* and *network_licenses* count by standing, None where no end is known.
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
    ends: Ends, *, expiring: Iterable[License], ending: Iterable[License], windows: Windows
) -> Coverage:
    """The coverage of an organization: *expiring* by their state, and *ending* within the windows by date."""
    at_risk: Counter[str] = Counter()
    covered_by_queue = 0
    horizon = windows.horizon
    for license_ in expiring:
        if _is_covered(license_, ends.of(license_), horizon):
            covered_by_queue += 1
        else:
            at_risk[license_.license_type] += 1
    later = sorted([max(own, end) for one in ending if (own := one.expires_at) and (end := ends.of(one))])
    return Coverage(
        covered_by_queue=covered_by_queue,
        at_risk_by_type=dict(at_risk),
        at_risk_within={days: bisect_right(later, last) for days, last in windows.ends},
        devices=_by_standing([end for end, _ in ends.devices.values()], windows),
        network_licenses=_by_standing(ends.network_ends, windows),
    )


def _is_covered(license_: License, end: datetime | None, horizon: datetime) -> bool:
    """Whether what *license_* covers stays covered until *end*: beyond the windows, and beyond itself."""
    own = license_.expires_at
    return end is not None and end > horizon and (own is None or end > own)


def _by_standing(ends: Sequence[datetime | None], windows: Windows) -> dict[Standing | None, int]:
    """Most are beyond the windows, and sorting the others is quicker than asking each."""
    horizon = windows.horizon
    closer = sorted([end for end in ends if end is not None and end <= horizon])
    unknown = ends.count(None)
    expired = bisect_right(closer, windows.as_of)
    dark = bisect_right(closer, windows.as_of - GRACE)
    counts = {
        Standing.OK: len(ends) - len(closer) - unknown,
        Standing.EXPIRING: len(closer) - expired,
        Standing.IN_GRACE: expired - dark,
        Standing.DARK: dark,
        None: unknown,
    }
    return {standing: count for standing, count in counts.items() if count}
