"""A figure over time in one line of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

LEVELS: Final = "▁▂▃▄▅▆▇█"
GAP: Final = "·"
"""A run that does not know the figure."""

WIDTH: Final = 48
"""Characters at most; of more runs than that, each stands for several and shows the last known."""


def sparkline(values: Sequence[float | None], *, width: int = WIDTH) -> str:
    """*values* as a line from the least to the greatest of them; all the same, it is halfway up."""
    shown = _thinned(values, width)
    known = [value for value in shown if value is not None]
    low, span = min(known, default=0), max(known, default=0) - min(known, default=0)
    return "".join(GAP if value is None else _level((value - low) / span if span else 0.5) for value in shown)


def _level(share: float) -> str:
    return LEVELS[min(int(share * len(LEVELS)), len(LEVELS) - 1)]


def _thinned(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width:
        return list(values)
    edges = [place * len(values) // width for place in range(width + 1)]
    groups = [values[start:end] for start, end in pairwise(edges)]
    return [next((value for value in reversed(group) if value is not None), None) for group in groups]
