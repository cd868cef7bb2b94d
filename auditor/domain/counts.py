"""Adding counts to counts."""

from __future__ import annotations

from collections.abc import Mapping
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
