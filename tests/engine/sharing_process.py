"""A process that begins requests under the shared budget, run by tests.

Its arguments are the ledger's path, the rate and the seconds to go on for. It prints the instant of each
beginning, a line each, in seconds of the machine's monotonic clock.
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from auditor.engine.shared_budget import SharedBudget


async def begin_requests(path: Path, rate: float, seconds: float) -> None:
    """As many as the budget allows, for *seconds*."""
    budget = SharedBudget.open(path, address_rate=rate, organization_rate=rate, organization_burst=1)
    with anyio.move_on_after(seconds):
        while True:
            await budget.acquire_address()
            sys.stdout.write(f"{anyio.current_time()!r}\n")
            sys.stdout.flush()
    budget.close()


if __name__ == "__main__":
    anyio.run(begin_requests, Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
