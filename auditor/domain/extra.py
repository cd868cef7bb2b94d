"""What is read of an organization beside its lists: no count of licenses depends on it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Extra(StrEnum):
    """One kind of extra. The text is the report's, under `missing`. The order is that of the report."""

    SEAT_USE = "seatUse"  # per-device: the overview after the list, for Systems Manager seats in use
    INVENTORY = "inventory"  # co-termination: the devices in use
    SKUS = "skus"  # subscriptions: what each SKU is
    COMPLIANCE = "compliance"  # subscriptions: which product classes are out of compliance


def in_order(extras: Iterable[Extra]) -> list[Extra]:
    """*extras* in the order of the report, each once."""
    found = set(extras)
    return [extra for extra in Extra if extra in found]
