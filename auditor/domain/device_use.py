"""Devices in use beside those that are licensed: an estimate, family by family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from auditor.domain.counts import added


class UsedDevice(NamedTuple):
    """A device in use, as far as licenses go by it. *network_id* is that of an appliance, else None."""

    serial: str | None
    model: str
    network_id: str | None = None


class DevicesFold:
    """Counts the devices of an inventory, page by page. Remembers serials until it is dropped.

    *needing* counts by model the devices that need a license; *warm_spares* those that need none. Two
    appliances of one model in one network are an HA pair, which needs one license (the vendor's page "MX
    Warm Spare - High-Availability Pair"); a third of them needs its own.
    """

    def __init__(self) -> None:
        self.needing: Counter[str] = Counter()
        self.warm_spares = 0
        self._serials: set[str] = set()
        self._appliances: Counter[tuple[str, str]] = Counter()

    def fold(self, page: Iterable[UsedDevice]) -> int:
        """Count *page*. Returns how many devices were new; one that comes again counts once."""
        new = 0
        for device in page:
            if device.serial in self._serials:
                continue
            if device.serial is not None:
                self._serials.add(device.serial)
            new += 1
            if self._is_second(device):
                self.warm_spares += 1
            else:
                self.needing[device.model] += 1
        return new

    def _is_second(self, device: UsedDevice) -> bool:
        if device.network_id is None:
            return False
        place = (device.network_id, device.model)
        self._appliances[place] += 1
        return self._appliances[place] == 2  # noqa: PLR2004 - of a pair


@dataclass(frozen=True, slots=True)
class FamilyUse:
    """Devices of one family: how many are licensed, and how many the inventory has in use."""

    licensed: int
    in_use: int

    def __add__(self, other: Self) -> FamilyUse:
        return FamilyUse(self.licensed + other.licensed, self.in_use + other.in_use)


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """The inventory beside the licensed counts: an estimate, for nobody says which name fits which.

    *families* holds those that are licensed, and with a limit of 0 those that are certainly not.
    *unmatched* counts devices in use, by model, for which no licensed family is known and which may be
    licensed under another name. *over_limit* are devices in use beyond what is licensed, and *spare*
    licensed ones not in use, each family and each organization for itself: what one has to spare covers
    nothing in another; both are None where a limit cannot be read. *warm_spares* need no license and stand
    in no other count; None where nobody counted them. `DeviceUse()` is zero, `+` adds.
    """

    families: Mapping[str, FamilyUse] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    over_limit: int | None = 0
    spare: int | None = 0
    warm_spares: int | None = 0

    @property
    def in_use(self) -> int:
        """Devices in use, licensed or not, without warm spares."""
        return sum(one.in_use for one in self.families.values()) + sum(self.unmatched.values())

    @property
    def is_whole(self) -> bool:
        """Whether every limit could be read."""
        return self.over_limit is not None and self.spare is not None

    def __add__(self, other: Self) -> DeviceUse:
        families = dict(self.families)
        for family, use in other.families.items():
            families[family] = families.get(family, FamilyUse(0, 0)) + use
        return DeviceUse(
            families,
            added(self.unmatched, other.unmatched),
            over_limit=_sum_of(self.over_limit, other.over_limit),
            spare=_sum_of(self.spare, other.spare),
            warm_spares=_sum_of(self.warm_spares, other.warm_spares),
        )

    @classmethod
    def of(
        cls,
        families: Mapping[str, FamilyUse],
        *,
        unmatched: Mapping[str, int],
        warm_spares: int = 0,
        is_whole: bool = True,
    ) -> DeviceUse:
        """The use of one organization; *is_whole* says that *families* has every limit that there is."""
        over_limit = sum(max(0, use.in_use - use.licensed) for use in families.values())
        spare = sum(max(0, use.licensed - use.in_use) for use in families.values())
        return cls(
            families,
            unmatched,
            over_limit=over_limit if is_whole else None,
            spare=spare if is_whole else None,
            warm_spares=warm_spares,
        )


def _sum_of(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
