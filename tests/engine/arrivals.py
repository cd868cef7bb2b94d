"""Measures of pacing, computed without the code that they judge."""

from __future__ import annotations

from bisect import bisect_left


def busiest_window(starts: list[float], seconds: float) -> int:
    """The most starts in any half-open window of *seconds*, wherever it begins."""
    ordered = sorted(starts)
    return max(
        (bisect_left(ordered, start + seconds) - index for index, start in enumerate(ordered)), default=0
    )


def refused_by_token_bucket(starts: list[float], *, rate: float, capacity: float) -> int:
    """How many of *starts* a server refuses whose bucket of *capacity* fills with *rate* per second."""
    tokens, last, refused = capacity, 0.0, 0
    for start in sorted(starts):
        tokens = min(capacity, tokens + (start - last) * rate)
        last = start
        if tokens >= 1:
            tokens -= 1
        else:
            refused += 1
    return refused
