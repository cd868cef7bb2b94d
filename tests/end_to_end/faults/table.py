"""The fault table: a new fault is one row of one of these lists."""

from __future__ import annotations

from typing import Final

from tests.end_to_end.faults import broken_connections, lost_pages, refusals, unusable_bodies
from tests.end_to_end.faults.fault import Fault

TABLE: Final[tuple[Fault, ...]] = (
    *broken_connections.ROWS,
    *unusable_bodies.ROWS,
    *refusals.ROWS,
    *lost_pages.ROWS,
)
