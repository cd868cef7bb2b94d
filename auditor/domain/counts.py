"""Adding counts to counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

K = TypeVar("K")


def added(left: Mapping[K, int], right: Mapping[K, int]) -> Mapping[K, int]:
    """Counts of *left* and *right* together; a zero is kept, for it was counted too."""
    if not right:
        return left
    merged = dict(left)
    for key, count in right.items():
        merged[key] = merged.get(key, 0) + count
    return merged


def known_sum(counts: Collection[int | None]) -> int | None:
    """The sum of *counts*; None where one of them is not known, for the rest would pass for all."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
