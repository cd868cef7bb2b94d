"""Devices in use beside those that are licensed: an estimate, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from auditor.domain.counts import added


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

    *families* holds those that are licensed. *unmatched* counts devices in use, by model, for which no
    licensed family is known: unlicensed, or licensed under another name. *over_limit* are devices in use
    beyond what is licensed, and *spare* licensed ones not in use, each family and each organization for
    itself: what one has to spare covers nothing in another. Where no device at all is licensed, there is no
    other name, and every device in use is over the limit. `DeviceUse()` is zero, `+` adds.
    """

    families: Mapping[str, FamilyUse] = field(default_factory=dict)
    unmatched: Mapping[str, int] = field(default_factory=dict)
    over_limit: int = 0
    spare: int = 0

    @property
    def in_use(self) -> int:
        """Devices in use, licensed or not."""
        return sum(one.in_use for one in self.families.values()) + sum(self.unmatched.values())

    def __add__(self, other: Self) -> DeviceUse:
        families = dict(self.families)
        for family, use in other.families.items():
            families[family] = families.get(family, FamilyUse(0, 0)) + use
        return DeviceUse(
            families,
            added(self.unmatched, other.unmatched),
            over_limit=self.over_limit + other.over_limit,
            spare=self.spare + other.spare,
        )

    @classmethod
    def of(
        cls, families: Mapping[str, FamilyUse], *, unmatched: Mapping[str, int], is_whole: bool = True
    ) -> DeviceUse:
        """The use of one organization; *is_whole* says that all is known that is licensed."""
        is_unlicensed = is_whole and not any(use.licensed for use in families.values())
        beyond = sum(max(0, use.in_use - use.licensed) for use in families.values())
        return cls(
            families,
            unmatched,
            over_limit=beyond + sum(unmatched.values()) * is_unlicensed,
            spare=sum(max(0, use.licensed - use.in_use) for use in families.values()),
        )
