"""How much faster more addresses are: the same fleet on 1, 2 and 4 workers, each from an address of its own.

    python -m tests.cluster.scaling [ORGANIZATIONS [WORKERS ...]]

The simulated vendor grants each address 100 requests/s, and each organization takes one request, so that
nothing but the addresses' budgets binds. The wall clock is that of the whole program. Ends with code 1 where
a request was refused, or a report differs from that of one process.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import orjson

from auditor.simulator.server import Simulator
from tests.cluster.driving import KEY_OF_WORKERS, a_cluster, a_run, report_at
from tests.end_to_end.driving import a_world, environment, lasting

ORGANIZATIONS: Final = 24_000
WORKERS: Final = (1, 2, 4)
LICENSES: Final = 3
LATENCY_SECONDS: Final = 0.1
ONE_REQUEST_EACH: Final = ("--no-seat-use", "--no-inventory")
HEADER: Final = f"{'workers':>8} {'wall s':>8} {'requests':>9} {'per s':>7} {'429s':>5} {'ratio':>6}  report"


@dataclass(frozen=True)
class Measured:
    """One run: *seconds* of the whole program, and what the vendor saw of it."""

    name: str
    seconds: float
    stats: dict[str, Any]
    report: bytes

    @property
    def refused(self) -> int:
        """Answers with 429, for the address's budget or an organization's."""
        return sum(self.stats["rateLimited"].values())

    def line(self, first: Measured) -> str:
        """A row of the table; *first* is what it is held against."""
        requests = self.stats["requests"]
        verdict = "the same" if self.report == first.report else "DIFFERS"
        return (
            f"{self.name:>8} {self.seconds:8.1f} {requests:9,} {requests / self.seconds:7.1f}"
            f" {self.refused:5} {first.seconds / self.seconds:6.2f}  {verdict}"
        )


async def timed(simulator: Simulator, name: str, *more: str, **variables: str) -> Measured:
    """One run of the whole program, against a vendor that has seen nothing yet."""
    simulator._forget()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        arguments = a_run(simulator.base_url, *ONE_REQUEST_EACH, "--output", str(target), *more)
        began = anyio.current_time()
        await anyio.run_process(
            [sys.executable, "-m", "auditor", *arguments], env=environment(**variables), stderr=None
        )
        seconds = anyio.current_time() - began
        report = lasting(report_at(target))
    return Measured(name, seconds, orjson.loads(orjson.dumps(simulator.stats)), report)


async def on_workers(simulator: Simulator, count: int) -> Measured:
    """One run on so many workers."""
    addresses = [f"127.0.0.{2 + number}" for number in range(count)]
    words = [word for address in addresses for word in (KEY_OF_WORKERS, address)]
    async with a_cluster(*words) as cluster:
        return await timed(
            simulator, str(count), "--engine", cluster.engine, MERAKI_DASHBOARD_API_KEY="", PYTHONWARNINGS=""
        )


async def measure(organizations: int, workers: tuple[int, ...]) -> bool:
    """Print the table; whether nothing was refused and every report is the same."""
    # A collection stops the server for 70 ms, and requests that were paced arrive together.
    gc.disable()
    world = a_world(organizations, LICENSES, profile="uniform")
    async with Simulator(world, latency=LATENCY_SECONDS) as simulator:
        say(f"{organizations:,} organizations, {LATENCY_SECONDS:g} s for an answer\n{HEADER}")
        done: list[Measured] = []
        for count in workers:
            done.append(await on_workers(simulator, count))
            say(done[-1].line(done[0]))
        done.append(await timed(simulator, "local"))
        say(done[-1].line(done[0]))
    return all(not one.refused and one.report == done[0].report for one in done)


def say(line: str) -> None:
    """A line as soon as it is known."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    is_sound = anyio.run(measure, numbers[0] if numbers else ORGANIZATIONS, tuple(numbers[1:]) or WORKERS)
    sys.exit(0 if is_sound else 1)
