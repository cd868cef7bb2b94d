"""A simulator of the load test, in a process of its own: its memory is not taken for the auditor's.

    python -m tests.load.server ORGANIZATIONS [FAULT_RATE [struck]]

Prints a line of JSON: where it serves, and how many licenses an audit must find. Serves until its stdin
ends, so it cannot outlive whoever started it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import orjson

from auditor.simulator.budgets import BudgetLimits
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import a_world

ACCELERATION: Final = 100
"""The vendor's budgets, a hundred times as large: both are enforced, and the machine is the limit."""

LICENSES: Final = 5
STRUCK: Final = 10
STRIKING: Final = (
    FaultKind.FORBIDDEN,
    FaultKind.NOT_FOUND,
    FaultKind.API_DISABLED_TEXT,
    FaultKind.HTML,
    FaultKind.TRUNCATED,
    FaultKind.LINK_OFF_HOST,
)


async def serve(organizations: int, fault_rate: float, *, is_struck: bool) -> None:
    """Open the door, print where it is, and close it when stdin ends."""
    world = a_world(organizations, LICENSES, profile="uniform")
    ids = [one["id"] for one in Simulator(world).world.organizations] if is_struck else []
    struck = {one: STRIKING[turn % len(STRIKING)] for turn, one in enumerate(ids[:STRUCK])}
    plan = FaultPlan(rate=fault_rate, seed=3, slow_seconds=0.05, organizations=struck)
    async with Simulator(world, faults=plan, budgets=BudgetLimits().scaled(ACCELERATION)) as simulator:
        licenses = simulator.truth["totals"]["licenses"]["total"]
        told = {"baseUrl": simulator.base_url, "licenses": licenses}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
        sys.stdout.flush()
        stdin_ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin, stdin_ended.set)
        await stdin_ended.wait()


if __name__ == "__main__":
    rate = float(sys.argv[2]) if sys.argv[2:] else 0.0
    asyncio.run(serve(int(sys.argv[1]), rate, is_struck=sys.argv[3:] == ["struck"]))
