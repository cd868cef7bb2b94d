"""The server of the benchmark: one fleet in one process, behind three doors.

    python -m tests.benchmarks.server ORGANIZATIONS LICENSES LATENCY_SECONDS

`budgeted` enforces the vendor's budgets and takes its time, `open` does neither, `empty` shows no
organization at all. Every page is rendered before the doors open, so that a client is never measured
against the making of a page. Prints the doors' base URLs as a line of JSON and serves until its stdin
ends, so it cannot outlive whoever started it.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

import orjson

from auditor.simulator.dashboard import LICENSES_PER_PAGE
from auditor.simulator.reply import Ask
from auditor.simulator.server import Simulator
from auditor.simulator.world import WorldSpec

AS_OF: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEED: Final = 7
CACHE_BYTES: Final = 2 * 1024**3
"""Enough for every page of the largest fleet: 600 pages need 0.2 GB."""


def render_pages(simulator: Simulator) -> None:
    """Fill the cache with what a client will ask for, page by page."""
    world = simulator.world
    asks = [("/organizations", "")]
    for record in world.organizations:
        first = world.first_license_id(record["id"])
        starts = range(0, max(1, world.size_of(record["id"])), LICENSES_PER_PAGE)
        asks += [
            (f"/organizations/{record['id']}/licenses", str(first + start - 1) if start else "")
            for start in starts
        ]
    for path, after in asks:
        query = {"startingAfter": after} if after else {}
        reply = simulator._dashboard.answer(Ask(path, path, query, ""))
        assert reply.status == 200, reply


async def serve(organizations: int, licenses: int, latency: float) -> None:
    """Open the doors, print where they are, and close them when stdin ends."""
    spec = WorldSpec(organizations, licenses, SEED, AS_OF, "uniform")
    nobody = WorldSpec(0, 0, SEED, AS_OF, "uniform")
    budgeted = Simulator(spec, latency=latency, cache_bytes=CACHE_BYTES)
    render_pages(budgeted)
    assert budgeted.truth["organizations"]  # counted now, and not while a client is measured
    unbounded = Simulator(nobody, budgets=False)
    # The same pages, not rendered and held a second time.
    unbounded.world, unbounded._dashboard = budgeted.world, budgeted._dashboard
    doors = {"budgeted": budgeted, "open": unbounded, "empty": Simulator(nobody, budgets=False)}
    # A collection that walks the rendered fleet would stop the server in the middle of a run.
    gc.collect()
    gc.freeze()
    async with AsyncExitStack() as stack:
        for simulator in doors.values():
            await stack.enter_async_context(simulator)
        sys.stdout.buffer.write(orjson.dumps({name: door.base_url for name, door in doors.items()}) + b"\n")
        sys.stdout.flush()
        stdin_ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin, stdin_ended.set)
        await stdin_ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
